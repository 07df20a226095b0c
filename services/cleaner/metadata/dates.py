"""When an article was published and changed. Pure.

What machines are told comes first (JSON-LD, meta elements, microdata, <time>), then what readers see near the
headline, then the address. A date in the future of the capture is a mistake and the next statement is asked.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain, islice

from services.cleaner.metadata import address, linked_data, spoken
from services.cleaner.metadata.moments import TOLERANCE, moment
from services.cleaner.metadata.page import Page
from services.cleaner.metadata.tree import Element, elements, lines_near, marked

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
MOST = 100  # elements of a kind
MOST_EMBEDDED = 600_000
BEFORE, AFTER = 12, 30
SHORT = 40  # characters of a line that is there for its date


def published(page: Page, headline: str) -> datetime | None:
    """The first statement that is a date and does not lie in the future.

    Guides and the like, which call themselves neither news nor (Open Graph) an article of a certain time,
    carry their template's dates: there the day that readers see by the headline stands.
    """
    statements = _statements(page, headline)
    return _first(page, chain(_near(page, headline, SHORT), statements) if page.is_guide else statements)


def modified(page: Page) -> datetime | None:
    """When the page says that it was changed."""
    said = [text for item in page.articles for text in linked_data.texts(item.get("dateModified"), "@value")]
    return _first(page, map(moment, [*said, *page.meta(*MODIFIED)]))


def _first(page: Page, candidates: Iterable[datetime | None]) -> datetime | None:
    """The first that is not in the future; where all are, the capture's time, as it was out by then."""
    latest = page.fetched_at + TOLERANCE
    future = False
    for found in candidates:
        if found and found <= latest:
            return min(found, page.fetched_at)
        future = future or found is not None
    return page.fetched_at if future else None


def _statements(page: Page, headline: str) -> Iterator[datetime | None]:
    yield from _linked(page, "datePublished")
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


def _linked(page: Page, key: str) -> Iterator[datetime | None]:
    for item in page.articles:
        for text in linked_data.texts(item.get(key), "@value"):
            yield moment(text) or spoken.date(text, page)


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
    heading = headline if headline in page.headings else next(iter(page.headings), "")
    for line in lines_near(page.tree, heading, BEFORE, AFTER):
        if len(line) <= longest:
            yield spoken.date(line, page)
