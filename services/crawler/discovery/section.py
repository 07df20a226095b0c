"""Web pages that list articles: which of their links are articles, told from one look at the page. Pure.

Each link is judged by its address, its words and its place; what several links to one address say counts
together. A page's own history says more: see services/crawler/core.plan, by which a first look only learns.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

from lxml import html

from services.crawler.discovery.dates import moment
from services.crawler.discovery.markup import address, addresses, line
from services.crawler.discovery.model import Entry, Feed

MOST = 2000
MOST_LINKS = 20_000
ENOUGH = 3  # points that make an article

DATE = re.compile(r"/(?:19|20)\d\d(?:[/-]?[01]?\d(?:[/-]?[0-3]?\d)?)?(?=[/-]|\b)")
NUMBER = re.compile(r"\d{5,}")
UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|[0-9a-f]{24,}", re.IGNORECASE)
DOCUMENT = re.compile(r"\.(?:s?html?|ece|cms|stm|story|php|aspx?|amp)$", re.IGNORECASE)
FILE = re.compile(r"\.(?:jpe?g|png|gif|webp|svg|pdf|mp[34]|xml|rss|json|zip|ics|css|js)$", re.IGNORECASE)
# Parts of a path that lead to lists, people and services, not to articles.
ELSEWHERE = frozenset(
    """
        abo about account accounts ads advertise advertising agb app apps auteur auteurs author authors
        autor autoren autores byline careers cart categoria categories category contact contacto
        contributors cookie cookies corrections datenschutz donate epaper faq feed feeds help hilfe
        impressum imprint jobs journalist kontakt legal login logout mein member members menu my
        newsletter newsletters page pages people person preferences privacy privacy-policy profil
        profile register registration rss search search-results settings shop signin signup sitemap
        staff subscribe subscription subscriptions suche tag tag-page tags team terms terms-of-service
        theme themen topic topico topics user users weather wetter
    """.split()  # noqa: SIM905
)
HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5"})
FRAME = frozenset({"nav", "footer", "menu"})
FRAME_WORDS = re.compile(
    r"(?:^|[\s_-])(?:nav(?:bar|igation)?|menu|footer|breadcrumbs?|share|social|pagination|pager|tags?|cookie|"
    r"consent|sitemap|legal|language)(?:$|[\s_-])",
    re.IGNORECASE,
)
NEXT = re.compile(
    r"^(?:next(?: page)?|older(?: posts| stories)?|weiter|nächste(?: seite)?|suivant(?:e|s)?|page suivante|"
    r"siguiente|próxima|seguinte|successiva?|avanti|volgende|далее|следующая|下一页|下一頁|次へ|다음|التالي|»|›|→|>)\s*[»›→>]*$",
    re.IGNORECASE,
)
UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
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
    entries = []
    for found, link in links.items():
        title = max(link.titles, default=(0, ""))[1]
        if _of_address(found) + _of_title(title) + link.place >= ENOUGH:
            entries.append(Entry(found, title, link.published))
    hubs, selves = addresses(_related(page, "hub"), base), addresses(_related(page, "self"), base)
    topic = next(iter(selves), url)
    return Feed("section-page", tuple(entries[:MOST]), addresses(following, base), hubs=hubs, topic=topic)


def _related(page: Any, relation: str) -> list[str]:
    """Of its <link>s, those of that relation."""
    return [
        node.get("href") for node in page.iter("link") if relation in (node.get("rel") or "").lower().split()
    ]


def _is_next(node: Any) -> bool:
    if "next" in (node.get("rel") or "").lower().split():
        return True
    return (
        node.tag == "a" and bool(node.get("href")) and len(node) <= 2 and bool(NEXT.match(_words(node)[:40]))
    )


def _says_next(node: Any) -> bool:
    return NEXT.match(_words(node)[:40]) is not None


def _note(node: Any, base: str, page: str, links: dict[str, _Link]) -> None:
    found = address(node.get("href"), base)
    if found is None:
        return
    found = urldefrag(found)[0]
    if not _same_site(found, page) or found.rstrip("/") == urldefrag(page)[0].rstrip("/"):
        return
    link = links.setdefault(found, _Link())
    place, headed, card = _place(node)
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
        if above.tag in FRAME or above.get("role") in {"navigation", "contentinfo", "menu"}:
            return points - 3, headed, None
        kind = f"{above.get('class') or ''} {above.get('id') or ''}"
        if above.tag not in {"body", "html"} and FRAME_WORDS.search(kind[:300]):
            return points - 3, headed, None
        if card is None and above.tag in {"li", "div", "section"} and len(above.findall(".//time")) == 1:
            card = above
        above = above.getparent()
    return points, headed, card


def _of_address(url: str) -> int:
    parts = urlsplit(url)
    path = parts.path.rstrip("/")
    steps = [step for step in path.lower().split("/") if step]
    if FILE.search(path) or (not steps and not parts.query):
        return -9
    if not ELSEWHERE.isdisjoint(steps[:-1]) or (steps and steps[-1] in ELSEWHERE):
        return -5
    points = 0
    slug = steps[-1] if steps else ""
    breaks = slug.count("-") + slug.count("_") + (slug.count("%") // 6)
    points += 3 if breaks >= 4 else 2 if breaks >= 2 else 0
    points += 2 if DATE.search(path) else 0
    points += 2 if NUMBER.search(path) or UUID.search(path) or NUMBER.search(parts.query) else 0
    points += 1 if DOCUMENT.search(path) else 0
    return points or -1


def _of_title(title: str) -> int:
    if UNSPACED.search(title):
        letters = len(title)
        return 2 if letters >= 10 else 0 if letters >= 6 else -2
    words = len(title.split())
    if words >= 5 and len(title) >= 25:
        return 2
    return 1 if words >= 3 and len(title) >= 15 else -1 if title else -2


def _same_site(url: str, page: str) -> bool:
    one, other = _bare_host(url), _bare_host(page)
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _bare_host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _words(node: Any) -> str:
    return line(" ".join(part for part in node.itertext() if isinstance(part, str))[:2000])
