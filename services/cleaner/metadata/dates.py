"""When an article was published and changed. Pure.

What machines are told comes first (JSON-LD, meta elements, microdata, <time>), then what readers see near the
headline, then the address. A date in the future of the capture is a mistake and the next statement is asked.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from datetime import time as time_of_day
from itertools import islice

from services.cleaner.metadata import address, linked_data, spoken
from services.cleaner.metadata.moments import TOLERANCE, moment
from services.cleaner.metadata.page import Page
from services.cleaner.metadata.tree import Element, elements, lines, lines_near, marked

PUBLISHED = (
    "article.publishedtime",
    "og.article.publishedtime",
    "datepublished",
    "article.published",
    "og.publishedtime",
    "publishedtime",
    "publishedat",
    "published",
    "publishedon",
    "dateposted",
    "timestamp",
    "publishdate",
    "pubdate",
    "publicationdate",
    "datepublication",
    "parselypubdate",
    "sailthru.date",
    "cxenseparse.recs.publishtime",
    "cxenseparse.publishtime",
    "dc.dateissued",
    "dc.date.issued",
    "dcterms.issued",
    "dcterms.date",
    "dcterms.created",
    "dc.date.created",
    "dc.date",
    "dc.created",
    "originalpublicationdate",
    "firstpublished",
    "vr.publishedtime",
    "ptime",
    "bt.pubdate",
    "rnews.datepublished",
    "citation.publicationdate",
    "citationpublicationdate",
    "citationonlinedate",
    "og.pubdate",
    "og.regdate",
    "article.created",
    "datecreated",
    "created",
    "articledate",
    "article.date",
    "date",
    "lastmod",
)
MODIFIED = (
    "article.modifiedtime",
    "og.article.modifiedtime",
    "datemodified",
    "og.updatedtime",
    "article.updatedtime",
    "article.modified",
    "article.updated",
    "dcterms.modified",
    "dc.date.modified",
    "dc.modified",
    "lastmodified",
    "moddate",
    "lastupdated",
    "updated",
    "revised",
)
_ITEMPROP = re.compile(r"datepublished", re.IGNORECASE)
_DATE_CLASS = re.compile(
    r"(?:post|publi[a-z]*|entry|article|story|news|single)[-_]{0,2}(?:meta[-_]{0,2})?(?:date|time|on\b)"
    r"|^date$|dateline|timestamp|^fecha|^datum",
    re.IGNORECASE,
)
_BARS = re.compile(r"\s[|–—-]\s")
_CHANGED = re.compile(r"modif|updat|revis|aktualis|actualiz|changed", re.IGNORECASE)
# In pages that scripts fill in, the data that they fill in.
_EMBEDDED = re.compile(
    r"""\\?["'](?:date_?published|published_?(?:at|on|date|time)?|publish_?(?:date|time|edat)|publication_?date"""
    r"""|first_?published(?:_?at)?|display_?date)\\?["']\s*:\s*\\?["']?"""
    r"""(\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?)""",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"updat|modif|revis|aktualis|actualiz|actualis|mis à jour|aggiorna|bijgewerkt|gewijzigd|oppdatert"
    r"|opdateret|uppdaterad|päivitetty|zaktualiz|güncelle|обновлен|оновлен|diperbarui|cập nhật|更新"
    r"|업데이트|수정|تحديث",
    re.IGNORECASE,
)
LATER = timedelta(days=30)  # news is corrected within days
CLOSE = timedelta(days=2)  # of a calendar day and a moment that may be the same, in some zone
MOST = 100  # elements of a kind
MOST_EMBEDDED = 600_000
BEFORE, AFTER = 12, 30
MIDNIGHT = time_of_day()
ALONE = 32  # characters of a line that is a date and a time and no more: Wednesday, 8 April 2024, 10:15
MOST_LINES = 3_000
SHORT = 40  # characters of a line that is there for its date


def published(page: Page, headline: str) -> datetime | None:
    """The first statement that is a date and does not lie in the future.

    Guides and the like, which call themselves neither news nor (Open Graph) an article of a certain time,
    carry their template's dates: there the day that readers see by the headline stands. What calls itself
    news and was changed weeks later, as readers are told there instead of its publication, is a guide, too.
    """
    if page.is_timeless:
        shown = next(
            (found for found in _near(page, headline, SHORT) if found and _is_past(found, page)), None
        )
        if shown and (not page.is_news or _is_later_version(page, headline, shown)):
            return min(shown, page.fetched_at)
    told = _first(page, _statements(page, headline))
    named = address.day(page.url)
    # A site that moves to another program dates its archive anew; its addresses stay.
    return named if told and named and told - named > LATER else told


def modified(page: Page, since: datetime | None = None) -> datetime | None:
    """When the page says that it was changed, if that was not before it was published (`since`)."""
    said = [text for item in page.articles for text in _texts(item, "dateModified")]
    found = _first(page, map(moment, [*said, *page.meta(*MODIFIED)]))
    return found if found is None or since is None or found >= since else None


def _is_later_version(page: Page, headline: str, shown: datetime) -> bool:
    """Whether the day by the headline is a change's, weeks after the publication, which is not shown."""
    told = _first(page, _statements(page, headline))
    if told is None or shown - told < LATER:
        return False
    lines = list(_lines_near(page, headline))
    dated = [place for place, line in enumerate(lines) if len(line) <= SHORT and spoken.date(line, page)]
    first = dated[0] if dated else 0
    days = {spoken.date(lines[place], page) for place in dated}
    return bool(_LABEL.search(" ".join(lines[max(0, first - 1) : first + 1]))) and len(days) == 1


def _first(page: Page, candidates: Iterable[datetime | None]) -> datetime | None:
    """The first that is not in the future; where all are, the capture's time, as it was out by then."""
    future = False
    for found in candidates:
        if found and _is_past(found, page):
            return min(found, page.fetched_at)
        future = future or found is not None
    return page.fetched_at if future else None


def _is_past(found: datetime, page: Page) -> bool:
    return found <= page.fetched_at + TOLERANCE


def _statements(page: Page, headline: str) -> Iterator[datetime | None]:
    yield from _precisely(page, _linked(page, "datePublished"))
    for text in page.meta(*PUBLISHED):
        yield moment(text) or spoken.date(text, page)
    yield from _linked(page, "dateCreated")
    yield from _linked(page, "uploadDate")
    yield from _times(page, certain=True)
    for element in islice(marked(page.tree, "itemprop", _ITEMPROP), MOST):
        yield _of_element(element, page)
    # A window's title may end in the day: Ends | DW | 28.04.2023.
    yield spoken.date(_BARS.split(page.title)[-1] if _BARS.search(page.title) else "", page)
    yield address.day(page.url)
    yield from _near(page, headline, spoken.LONGEST)
    yield from _times(page, certain=False)
    for element in islice(marked(page.tree, "class", _DATE_CLASS), MOST):
        yield _of_element(element, page) if len(element.text) <= spoken.LONGEST else None
    for found in _EMBEDDED.finditer(page.html[:MOST_EMBEDDED]):
        yield moment(found[1])
    yield modified(page)
    yield _only_one(page)


def _precisely(page: Page, days: Iterable[datetime | None]) -> Iterator[datetime | None]:
    """The same dates, a calendar day as the moment that the page has for it elsewhere."""
    for found in days:
        if found and found.time() == MIDNIGHT:
            told = (moment(text) for item in page.items for text in _texts(item, "datePublished"))
            yield from (
                each for each in told if each and each.time() != MIDNIGHT and abs(each - found) < CLOSE
            )
        yield found


def _only_one(page: Page) -> datetime | None:
    """The day that stands in lines of its own, where there is but one on the page."""
    dated = (spoken.date(line, page) for line in lines(page.tree) if len(line) <= ALONE)
    days = {found for found in islice(dated, MOST_LINES) if found}
    return days.pop() if len(days) == 1 else None


def _linked(page: Page, key: str) -> Iterator[datetime | None]:
    for item in page.articles:
        for text in _texts(item, key):
            yield moment(text) or spoken.date(text, page)


def _texts(item: linked_data.Item, key: str) -> Iterator[str]:
    return linked_data.texts(item.get(key), "@value")


def _times(page: Page, *, certain: bool) -> Iterator[datetime | None]:
    """<time> elements: first those that say that they are the publication's, then any but a change's."""
    for time in islice(elements(page.tree, "time"), MOST):
        says = " ".join((time.get("class"), time.get("itemprop"), time.get("property"), time.get("id")))
        is_published = "pubdate" in time.attributes or "publish" in says.lower() or "entry-date" in says
        if is_published if certain else not _CHANGED.search(says):
            yield _of_element(time, page)


def _of_element(element: Element, page: Page) -> datetime | None:
    for name in ("datetime", "content", "data-datetime", "data-date", "title"):
        if found := moment(element.get(name)):
            return found
    return moment(element.text) or spoken.date(element.text, page)


def _near(page: Page, headline: str, longest: int) -> Iterator[datetime | None]:
    for line in _lines_near(page, headline):
        if len(line) <= longest:
            yield spoken.date(line, page)


def _lines_near(page: Page, headline: str) -> Iterator[str]:
    heading = headline if headline in page.headings else next(iter(page.headings), "")
    return lines_near(page.tree, heading, BEFORE, AFTER)
