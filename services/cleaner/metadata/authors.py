"""Who signs an article, and the agencies among them. Pure.

Authors are those who sign, as the page names them: people, and the organisations beside them or alone. What
machines are told comes first (JSON-LD, meta elements, microdata); where that names the site alone, or nobody,
the byline that readers see.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise

from services.cleaner.metadata.agencies import agencies_in
from services.cleaner.metadata.names import is_person, people
from services.cleaner.metadata.page import Page
from services.cleaner.metadata.site_name import host, host_words
from services.cleaner.metadata.tree import Element, lines_near, marked

METAS = (
    "author",
    "article.author",
    "og.article.author",
    "articleauthor",
    "parselyauthor",
    "dc.creator",
    "dcterms.creator",
    "dc.contributor",
    "sailthru.author",
    "cxenseparse.author",
    "byl",
    "byline",
    "authors",
    "article.authorname",
    "authorname",
    "creator",
    "citationauthor",
    "rnews.author",
    "cre",
)
MOST = 20
LONGEST_LINE = 150
BEFORE, AFTER = 6, 25
_ALONE = re.compile(
    r"(?:written |story |words |text )?(?:by|von|par|por|di|door|av|af|автор|текст|oleh)\s*:?", re.IGNORECASE
)
_AUTHOR = re.compile(r"\bauthor\b", re.IGNORECASE)
_BYLINE = re.compile(
    r"(?:^|[\s_-])(?:author|authors|byline|bylines|autor|autore|auteur|writer|reporter|contributor|creator|firma|"
    r"signature|autoren|penulis)(?:$|[\s_-]?(?:name|names|list|link|info|block|text|s)?(?:$|\s))"
    r"|by-?line|author-?name|authored-?by|posted-?by|written-?by|article-?author|entry-?author|post-?author",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"^(?:[,&]|and\b|und\b|et\b|y\b|e\b|og\b|och\b|и\b)|(?:[,&:]|\band|\bund|\bet|\by|\bog|\boch|\bby|\bvon|\bpar|\bpor)$",
    re.IGNORECASE,
)
_STARTS = re.compile(
    r"^(?:written |story |words |reported |posted |published )?(?:by|von|par|por|di|door|av|af|автор|текст"
    r"|oleh|text|作者|文|بقلم|מאת)"
    r"\s*[:：]?\s+(?=\S)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Signatures:
    """`authors` in the page's order; `agencies` by the names of services.cleaner.metadata.agencies."""

    authors: tuple[str, ...]
    agencies: tuple[str, ...]


def signed(page: Page, headline: str, names: Iterable[str]) -> Signatures:
    """Who signs the article. An agency that signs is among both."""
    site = {_squash(name) for name in (*names, host_words(page), host(page))}
    told = _told(page, site)
    only_site = all(_squash(name) in site for name in told)
    shown = _byline(page, headline, anybody=not told) if only_site else []
    sources = [text for key in ("sourceOrganization", "creditText", "provider") for text in page.said(key)]
    sources += page.meta("source", "dc.source", "dcterms.source", "articlesource", "newssource")
    agencies = [name for text in (*told, *shown, *sources) for name in agencies_in(text)]
    return Signatures(tuple(shown or told), tuple(dict.fromkeys(agencies)))


def _byline(page: Page, headline: str, *, anybody: bool) -> list[str]:
    """The people of the first line that names some; if none does and `anybody` may sign, its first names."""
    first: list[str] = []
    for line in islice(_shown(page, headline), MOST):
        names = _names([line])
        if persons := [name for name in names if is_person(name)]:
            return persons
        first = first or names
    return first if anybody else []


def _names(lines: Iterable[str]) -> list[str]:
    found = dict.fromkeys(name for line in lines for name in people(line))
    return list(found)[:MOST]


def _told(page: Page, site: set[str]) -> list[str]:
    """The names of the first source that names more than the site; else of the first that names anybody."""
    sources = [page.said("author"), page.said("creator"), *(page.meta(name) for name in METAS)]
    named = [found for source in sources if (found := _names(source))]
    return next(
        (names for names in named if any(_squash(name) not in site for name in names)), [*named, []][0]
    )


def _shown(page: Page, headline: str) -> Iterator[str]:
    """Lines that may be the byline, the surest first."""
    for attribute, pattern in (("itemprop", _AUTHOR), ("rel", _AUTHOR), ("class", _BYLINE)):
        for element in marked(page.tree, attribute, pattern):
            if len(element.text) <= LONGEST_LINE:
                yield _line(element)
    heading = headline if headline in page.headings else next(iter(page.headings), "")
    lines = list(lines_near(page.tree, heading, BEFORE, AFTER))
    for line, following in pairwise([*lines, ""]):
        if _STARTS.match(line) and len(line) <= LONGEST_LINE:
            yield line
        elif _ALONE.fullmatch(line):
            yield following


def _line(element: Element) -> str:
    """Its pieces as a list of names, where they are not words of one sentence."""
    line = element.parts[0] if element.parts else ""
    for before, piece in pairwise(element.parts):
        within = _LINK.match(piece) or _LINK.search(before) or _STARTS.fullmatch(f"{before} ")
        line += f"{' ' if within else '; '}{piece}"
    return line


def _squash(text: str) -> str:
    return re.sub(r"[\W_]+|^the ", "", text.casefold())
