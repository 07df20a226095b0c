"""What a page says of itself: title, authors, dates, language. Pure.

Sources, the most explicit first: JSON-LD (schema.org NewsArticle and kin), meta tags (Open Graph, article:,
Dublin Core, parsely), then the page's own elements (<time>, <h1>, <title>).
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from lxml.html import HtmlElement

ARTICLE_TYPES = ("article", "posting", "report", "review", "analysis", "opinion")
PUBLISHED = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "parsely-pub-date",
    "dc.date.issued",
    "dcterms.created",
    "dc.date",
    "date",
    "pubdate",
    "publish-date",
    "sailthru.date",
)
MODIFIED = ("article:modified_time", "og:updated_time", "datemodified", "last-modified", "dcterms.modified")
AUTHORS = ("author", "article:author", "parsely-author", "dc.creator", "sailthru.author", "byl")
TITLES = ("og:title", "twitter:title", "dc.title")
NOT_A_NAME = re.compile(r"https?://|@|^\s*(admin|staff|editor|redaktion|redaction)\s*$", re.IGNORECASE)
BY = re.compile(r"^\s*(by|von|par|por|di|door|af|av)\s+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Metadata:
    """Dates are aware, in UTC; language is ISO 639-1; authors in the order of the page."""

    title: str = ""
    authors: tuple[str, ...] = ()
    published_at: datetime | None = None
    modified_at: datetime | None = None
    language: str | None = None


def read(tree: HtmlElement) -> Metadata:
    """Everything that the page says of itself."""
    linked = list(_linked_data(tree))
    metas = _metas(tree)
    return Metadata(
        title=_title(tree, linked, metas),
        authors=_authors(tree, linked, metas),
        published_at=_date(linked, "datePublished", metas, PUBLISHED) or _time_element(tree),
        modified_at=_date(linked, "dateModified", metas, MODIFIED),
        language=_language(tree, linked, metas),
    )


def moment(text: str) -> datetime | None:
    """An ISO 8601 date or time, as an aware moment in UTC; one without a zone is taken as UTC."""
    cleaned = text.strip().replace("Z", "+00:00")
    cleaned = re.sub(r"(\.\d{6})\d+", r"\1", cleaned)
    cleaned = re.sub(r"([+-]\d\d)(\d\d)$", r"\1:\2", cleaned)
    try:
        found = datetime.fromisoformat(cleaned)
    except ValueError:
        return None
    aware = found if found.tzinfo else found.replace(tzinfo=UTC)
    try:
        return aware.astimezone(UTC)
    except OverflowError:
        return None


def _linked_data(tree: HtmlElement) -> Iterator[dict[str, Any]]:
    """The JSON-LD objects that describe an article."""
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        try:
            data = json.loads(script.text or "", strict=False)
        except (ValueError, RecursionError):
            continue
        pending = [data]
        for _ in range(500):
            if not pending:
                break
            item = pending.pop(0)
            if isinstance(item, list):
                pending.extend(item)
            elif isinstance(item, dict):
                kinds = item.get("@type")
                names = kinds if isinstance(kinds, list) else [kinds]
                if any(str(name).lower().endswith(ARTICLE_TYPES) for name in names):
                    yield item
                pending.extend(
                    value
                    for key, value in item.items()
                    if key in ("@graph", "mainEntity", "mainEntityOfPage")
                )


def _metas(tree: HtmlElement) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for tag in tree.iter("meta"):
        name = tag.get("property") or tag.get("name") or tag.get("itemprop") or ""
        content = (tag.get("content") or "").strip()
        if name and content:
            found.setdefault(name.lower(), []).append(content)
    return found


def _title(tree: HtmlElement, linked: list[dict[str, Any]], metas: dict[str, list[str]]) -> str:
    headings = [text for h1 in tree.iter("h1") if (text := _squeeze(h1.text_content()))]
    named = [_squeeze(str(item["headline"])) for item in linked if isinstance(item.get("headline"), str)]
    tagged = [_squeeze(value) for name in TITLES for value in metas.get(name, [])]
    whole = _squeeze(tree.findtext(".//title") or "")
    # A heading that the page's other names confirm is the headline as readers see it.
    for heading in headings:
        if any(heading.casefold() in other.casefold() for other in (*named, *tagged, whole) if other):
            return heading
    for candidate in (*named, *tagged):
        if candidate:
            return candidate
    return headings[0] if len(headings) == 1 else re.split(r"\s[|–—]\s|\s-\s(?=[^-]*$)", whole)[0]


def _authors(tree: HtmlElement, linked: list[dict[str, Any]], metas: dict[str, list[str]]) -> tuple[str, ...]:
    names: list[str] = []
    for item in linked:
        given = item.get("author") or []
        for author in given if isinstance(given, list) else [given]:
            name = author.get("name") if isinstance(author, dict) else author
            for each in name if isinstance(name, list) else [name]:
                if isinstance(each, str):
                    names += _people(each)
    if not names:
        for key in AUTHORS:
            for value in metas.get(key, []):
                names += _people(value)
            if names:
                break
    if not names:
        for element in tree.iterfind(".//*[@rel='author']"):
            names += _people(element.text_content())
    return tuple(dict.fromkeys(names))


def _people(text: str) -> list[str]:
    parts = re.split(r"\s*(?:,|;|\band\b|\bund\b|\bet\b|&)\s*", BY.sub("", _squeeze(text)))
    return [part for part in parts if 1 < len(part) <= 80 and not NOT_A_NAME.search(part)]


def _date(
    linked: list[dict[str, Any]], key: str, metas: dict[str, list[str]], names: tuple[str, ...]
) -> datetime | None:
    given = [str(item[key]) for item in linked if item.get(key)]
    given += [value for name in names for value in metas.get(name, [])]
    return next((found for text in given if (found := moment(text))), None)


def _time_element(tree: HtmlElement) -> datetime | None:
    stamps = (element.get("datetime") or "" for element in tree.iter("time"))
    return next((found for stamp in stamps if (found := moment(stamp))), None)


def _language(tree: HtmlElement, linked: list[dict[str, Any]], metas: dict[str, list[str]]) -> str | None:
    said = [tree.get("lang") or "", *(str(item.get("inLanguage") or "") for item in linked)]
    said += [value for name in ("og:locale", "language", "content-language") for value in metas.get(name, [])]
    for text in said:
        code = re.match(r"([a-zA-Z]{2})(?:[-_]|$)", text.strip())
        if code:
            return code.group(1).lower()
    return None


def _squeeze(text: str) -> str:
    return " ".join(text.split())
