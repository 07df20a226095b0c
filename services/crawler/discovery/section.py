"""Web pages that list articles: which of their links are articles, told from one look at the page. Pure.

Each link is judged by its address, its words, its place and the company it is in; what several links to one
address say counts together. What a page shows from look to look says more: see `learned` beside this.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urldefrag, urljoin

from lxml import html

from services.crawler.discovery.dates import moment
from services.crawler.discovery.links import ENOUGH, company, of_address, of_title, same_publisher
from services.crawler.discovery.markup import address, addresses, line
from services.crawler.discovery.model import Entry, Feed, Link

MOST = 2000
MOST_LINKS = 20_000

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5"})
FRAME = frozenset({"nav", "footer", "menu", "dialog"})
# In names of classes; `tag-politics` or `category-legal` say what a teaser is about.
FRAME_WORDS = re.compile(
    r"(?:^|[\s_-])(?:nav|navi|nav(?:bar|igation)(?:bar)?|\w*(?:nav|menu)|menus?|footer|breadcrumbs?|pagination|pager|"
    r"cookies?|consent|sitemap)(?:$|[\s_-])|(?:^|\s)(?:share|social|tags?|language|legal|sponsored|advertorial)"
    r"(?:$|\s|[_-](?:bar|buttons?|links?|list|cloud|menu|icons?|container|wrapper|switcher|content))|"
    r"(?:^|\s)tagcloud(?:$|\s)",
    re.IGNORECASE,
)
NEXT = re.compile(
    r"^(?:next(?: page)?|older(?: posts| stories)?|weiter|nächste(?: seite)?|suivant(?:e|s)?|page suivante|"
    r"siguiente|próxima|seguinte|successiva?|avanti|volgende|далее|следующая|下一页|下一頁|次へ|다음|التالي|»|›|→|>)\s*[»›→>]*$",
    re.IGNORECASE,
)
SMALL_TALK = re.compile(
    r"^(?:read more|more|continue reading|full story|weiterlesen|mehr|lire la suite|leer más|ler mais|"
    r"\d+ (?:comments?|kommentare)|comments?|share|video|photos?|watch|listen)\b.{0,12}$",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Link:
    """An address and what the links to it say."""

    titles: list[tuple[int, str]] = field(default_factory=list)
    place: int = -9
    published: datetime | None = None


def section_page(text: str, url: str) -> Feed:
    page = html.document_fromstring(
        text.encode("utf-8", "replace"), parser=html.HTMLParser(encoding="utf-8", huge_tree=True)
    )
    base = next((node.get("href") for node in page.iter("base") if node.get("href")), "")
    base = urljoin(url, base)
    links: dict[str, _Link] = {}
    following: list[str] = []
    for number, node in enumerate(page.iter("a", "link")):
        if number >= MOST_LINKS:
            break
        if _is_next(node):
            following.append(node.get("href"))
        elif node.tag == "a":
            _note(node, base, url, links)
    for found in _listed(page, base):
        if found in links:
            links[found].place += 5
    judged = tuple(_judged(links))[:MOST]
    return Feed(
        "section-page",
        entries=tuple(
            Entry(link.url, link.title, link.published) for link in judged if link.points >= ENOUGH
        ),
        children=addresses(following, base),
        hubs=addresses(_related(page, "hub"), base),
        topic=next(iter(addresses(_related(page, "self"), base)), url),
        links=judged,
    )


def _related(page: Any, relation: str) -> list[str]:
    """Of its <link>s, those of that relation."""
    return [
        node.get("href") for node in page.iter("link") if relation in (node.get("rel") or "").lower().split()
    ]


def _judged(links: dict[str, _Link]) -> Iterator[Link]:
    """Each with its points: for address, words, place, and the company it is in."""
    titles = {url: max(link.titles, default=(0, ""))[1] for url, link in links.items()}
    points = {url: of_address(url) + of_title(titles[url]) + link.place for url, link in links.items()}
    further = company([(url, titles[url], points[url]) for url in links])
    for (url, link), more in zip(links.items(), further, strict=True):
        yield Link(url, titles[url], link.published, points[url] + more)


def _listed(page: Any, base: str) -> set[str]:
    """Addresses of a list that the page describes for machines (schema.org's ItemList)."""
    found: list[Any] = []
    for node in page.iter("script"):
        text = node.text or ""
        if "ld+json" not in (node.get("type") or "") or "ItemList" not in text:
            continue
        try:
            found += _items(json.loads(text), 6)
        except (ValueError, RecursionError):
            continue
    return {urldefrag(url)[0] for url in addresses(found[:MOST], base)}


def _items(value: Any, depth: int) -> list[Any]:
    if depth == 0:
        return []
    if isinstance(value, list):
        return [url for each in value for url in _items(each, depth - 1)]
    if not isinstance(value, dict):
        return []
    elements = value.get("itemListElement")
    if value.get("@type") == "ItemList" and isinstance(elements, list):
        items = [each for each in elements if isinstance(each, dict)]
        inner = [each["item"] if isinstance(each.get("item"), dict) else each for each in items]
        return [each.get("url") or each.get("@id") for each in inner]
    return [url for each in value.values() for url in _items(each, depth - 1)]


def _is_next(node: Any) -> bool:
    if "next" in (node.get("rel") or "").lower().split():
        return True
    return (
        node.tag == "a" and bool(node.get("href")) and len(node) <= 2 and bool(NEXT.match(_words(node)[:40]))
    )


def _note(node: Any, base: str, page: str, links: dict[str, _Link]) -> None:
    found = address(node.get("href"), base)
    if found is None:
        return
    found = urldefrag(found)[0]
    if not same_publisher(found, page) or found.rstrip("/") == urldefrag(page)[0].rstrip("/"):
        return
    link = links.setdefault(found, _Link())
    place, headed, card = _place(node)
    if "sponsored" in (node.get("rel") or "").lower():
        place -= 2
    link.place = max(link.place, place)
    for weight, title in _titles(node, headed):
        if title and not SMALL_TALK.match(title):
            link.titles.append((weight + min(len(title), 200), title))
    if link.published is None and card is not None:
        link.published = next((moment(time.get("datetime")) for time in card.iter("time")), None)


def _titles(node: Any, headed: bool) -> list[tuple[int, str]]:
    heading = next((child for child in node.iter(*HEADINGS)), None)
    if heading is not None:
        return [(1000, _words(heading))]
    words = _words(node)
    found = [(1000 if headed else 300 if len(words) <= 200 else 0, words[:300])]
    if not words:
        found = [(100, line(node.get(name) or "")) for name in ("aria-label", "title")]
        found += [(0, line(image.get("alt") or "")) for image in node.iter("img")]
    return found


def _place(node: Any) -> tuple[int, bool, Any]:
    """Points for where a link stands, whether in a heading, and the card that it belongs to."""
    points, headed, card = 0, node.find(".//h2") is not None or node.find(".//h3") is not None, None
    if headed:
        points = 2
    above = node.getparent()
    for _ in range(12):
        if above is None:
            break
        if above.tag in HEADINGS and not headed:
            points, headed = points + 2, True
        if above.tag == "article":
            return points + 1, headed, above
        if above.tag in FRAME or above.get("role") in {"navigation", "contentinfo", "menu", "dialog"}:
            return points - 3, headed, None
        kind = f"{above.get('class') or ''} {above.get('id') or ''}"
        if above.tag not in {"body", "html"} and FRAME_WORDS.search(kind[:300]):
            return points - 3, headed, None
        if card is None and above.tag in {"li", "div", "section"} and len(above.findall(".//time")) == 1:
            card = above
        above = above.getparent()
    return points, headed, card


def _words(node: Any) -> str:
    return line(" ".join(part for part in node.itertext() if isinstance(part, str))[:2000])
