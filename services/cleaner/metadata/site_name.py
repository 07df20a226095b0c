"""How a site calls itself. Pure."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from services.cleaner.metadata import linked_data
from services.cleaner.metadata.linked_data import Item
from services.cleaner.metadata.page import Page

_SITE = re.compile(r"website$", re.IGNORECASE)
LONGEST = 80  # characters


def site_name(page: Page) -> str:
    """The name that readers know, or an empty text."""
    return next(names(page), "")


def names(page: Page) -> Iterator[str]:
    """Every name the page gives its site, the likeliest first. Templates put the headline there, too."""
    headlines = set(page.meta("og.title"))
    yield from (
        name
        for name in _named(page)
        if len(name) <= LONGEST and name not in headlines and name.casefold() not in _ANY_SITE
    )


def _named(page: Page) -> Iterator[str]:
    yield from page.meta("og.sitename")
    yield from page.said("publisher")
    yield from (name for item in page.items if _is_site(item) for name in linked_data.texts(item.get("name")))
    yield from page.meta("applicationname", "dc.publisher", "publisher", "cre", "author.site")
    if page.hints.site_name:
        yield page.hints.site_name


def host(page: Page) -> str:
    """The page's host without www."""
    return re.sub(r"^www\d?\.", "", (urlsplit(page.url).hostname or "").lower())


def host_words(page: Page) -> str:
    """The registered part of the host, in lower case without marks: www.the-sun.co.uk → thesun."""
    labels = (urlsplit(page.url).hostname or "").lower().split(".")
    kept = [label for label in labels[:-1] if label not in _NO_NAMES and len(label) > 2] or labels[:1]
    return re.sub(r"[^\w]", "", kept[-1]) if kept else ""


_NO_NAMES = frozenset(
    ("www", "www1", "www2", "com", "net", "org", "gov", "edu", "news", "blog", "amp", "mobile")
)


# What templates are delivered with.
_ANY_SITE = frozenset(
    (
        "home",
        "homepage",
        "blog",
        "website",
        "my site",
        "my blog",
        "startseite",
        "untitled",
        "undefined",
        "null",
    )
)


def _is_site(item: Item) -> bool:
    return any(_SITE.search(kind) for kind in linked_data.kinds(item))
