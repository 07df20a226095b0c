"""What a page says of itself: title, signatures, dates, language, site, picture. Pure.

page.py        the statements, gathered once: JSON-LD (linked_data.py), meta elements, headings
tree.py        the one module that knows the parser
title.py       headline          authors.py, names.py, agencies.py   who signs
address.py     the headline's words and the day in the address
dates.py       when, of ISO and other spellings (moments.py) and of what readers see (spoken.py)
claims.py      the language that the page claims; language.py the one that its text is in
site_name.py, details.py   the rest
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.cleaner.metadata import authors, claims, dates, details, site_name, title
from services.cleaner.metadata.page import Hints, gather

__all__ = ["Hints", "Metadata", "read"]


@dataclass(frozen=True, slots=True)
class Metadata:
    """Dates are aware, in UTC, and never later than the capture; `languages` the claimed ones, ISO 639-1, the
    likeliest first; authors and agencies in the order of the page; texts are empty where the page says
    nothing.
    """

    title: str = ""
    authors: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    published_at: datetime | None = None
    modified_at: datetime | None = None
    languages: tuple[str, ...] = ()
    site_name: str = ""
    image: str = ""
    section: str = ""
    keywords: tuple[str, ...] = ()
    paywalled: bool | None = None


def read(tree: Any, html: str, url: str, fetched_at: datetime, hints: Hints | None = None) -> Metadata:
    """Everything that the page says of itself. `tree`: the page as lxml parsed it, left as it was;
    `fetched_at`: aware. Never raises on account of the page.
    """
    hints = hints or Hints()
    page = gather(tree, html, url, fetched_at, hints)
    names = list(dict.fromkeys(site_name.names(page)))
    headline = title.headline(page, names) or hints.title or ""
    signatures = authors.signed(page, headline, names)
    published = dates.published(page, headline) or hints.published_at
    return Metadata(
        title=headline,
        authors=signatures.authors,
        agencies=signatures.agencies,
        published_at=min(published, fetched_at) if published else None,
        modified_at=dates.modified(page, published),
        languages=tuple(claims.languages(page)),
        site_name=site_name.site_name(page),
        image=details.image(page),
        section=details.section(page),
        keywords=details.keywords(page),
        paywalled=details.paywalled(page),
    )
