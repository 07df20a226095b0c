"""What else a page says of an article: its picture, section, keywords, and whether it costs. Pure."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin, urlsplit

from services.cleaner.metadata import linked_data
from services.cleaner.metadata.page import Page

MOST_KEYWORDS, LONGEST_KEYWORD, LONGEST_SECTION = 30, 80, 60
_LOGO = re.compile(
    r"(?:^|[/_-])(?:logo|favicon|placeholder|default|blank|spacer|avatar)s?(?:[/_.-]|$)", re.IGNORECASE
)
_PAID = frozenset(
    ("metered", "locked", "paid", "premium", "subscriber", "subscription", "paywall", "plus", "closed")
)
_FREE = frozenset(("free", "open", "public"))
_TIERS = (
    "article.contenttier",
    "contenttier",
    "og.contenttier",
    "access",
    "paywall",
    "articleaccess",
    "cxenseparse.paywall",
)
_HOMES = frozenset(
    ("home", "homepage", "start", "startseite", "inicio", "accueil", "news", "главная", "トップ", "首页",
     "uncategorized", "uncategorised", "archive", "archives", "article", "articles", "page", "pages", "all")
)  # fmt: skip
# What programs write for themselves where subjects stand: ids, marks, the name of the list, nothing.
_LISTS = re.compile(r"^(?:nlp |primary )?(?:category|tag|topic)\s*:\s*", re.IGNORECASE)
_NO_KEYWORD = re.compile(
    r"^_|^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$|^\W*$"
    r"|^(?:not set|none|null|undefined|n/?a|uncategori[sz]ed|true|false)$",
    re.IGNORECASE,
)


def image(page: Page) -> str:
    """The address of the lead image, or an empty text. A logo is none."""
    said = [
        *page.meta("og.image", "og.image.secureurl", "og.image.url", "twitter.image", "twitter.image.src")
    ]
    said += [text for item in page.articles for text in _image_addresses(item.get("image"))]
    said += page.meta("thumbnailurl", "image")
    for text in said:
        address = _absolute(page.url, text)
        if address and not _LOGO.search(urlsplit(address).path):
            return address
    return ""


def section(page: Page) -> str:
    """The part of the site: Politics. The first of several; empty where it is not said."""
    said = page.meta(
        "article.section", "articlesection", "section", "parselysection", "cxenseparse.recs.articlesection"
    )
    told = page.said("articleSection") or said or _crumbs(page)
    parts = (part.strip() for text in told for part in text.split(","))
    return next(
        (part for part in parts if 1 < len(part) <= LONGEST_SECTION and part.casefold() not in _HOMES), ""
    )


def keywords(page: Page) -> tuple[str, ...]:
    """The subjects that the publisher gave the article, in order, each once."""
    said = page.said("keywords") + page.meta(
        "newskeywords", "article.tag", "keywords", "parselytags", "sailthru.tags"
    )
    words = (_LISTS.sub("", word.strip()) for text in said for word in re.split(r"[,;،、]", text))
    folded: dict[str, str] = {}
    for word in words:
        if len(word) <= LONGEST_KEYWORD and not _NO_KEYWORD.search(word):
            folded.setdefault(word.casefold(), word)
    return tuple(folded.values())[:MOST_KEYWORDS]


def paywalled(page: Page) -> bool | None:
    """Whether it is for those who pay; None where the page does not say."""
    for item in page.articles:
        if (free := _truth(item.get("isAccessibleForFree"))) is not None:
            return not free
    for value in page.meta("isaccessibleforfree"):
        if (free := _truth(value)) is not None:
            return not free
    for value in page.meta(*_TIERS):
        word = value.casefold()
        if word in _PAID or word in _FREE:
            return word in _PAID
    return None


def _truth(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False, "yes": True, "no": False}.get(
        str(value).rpartition("/")[2].strip().casefold()
    )


def _image_addresses(value: Any) -> Iterator[str]:
    for key in ("url", "contentUrl", "@id"):
        yield from linked_data.texts(value, key)


def _absolute(base: str, text: str) -> str:
    try:
        address = urljoin(base, text.strip())
        return address if urlsplit(address).scheme in {"http", "https"} else ""
    except ValueError:
        return ""


def _crumbs(page: Page) -> list[str]:
    """The breadcrumbs from the innermost out, without the article itself."""
    for item in page.items:
        if "BreadcrumbList" in linked_data.kinds(item):
            names = [name for element in _list(item.get("itemListElement")) for name in _crumb(element)]
            own = {page.title.casefold(), *(heading.casefold() for heading in page.headings)}
            return [name for name in reversed(names[1:]) if name.casefold() not in own][:1]
    return []


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _crumb(element: Any) -> list[str]:
    if not isinstance(element, dict):
        return []
    return list(linked_data.texts(element.get("name") or element.get("item")))[:1]
