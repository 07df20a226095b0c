"""What kind of page is it: an article, a live blog, a video, a gallery, or none of them? Pure.

An article is what does not plainly show that it is something else. A page that says of itself that it is an
article (Open Graph, schema.org) and has text is never refused. Live blogs, videos and galleries with text are
articles that say so; without, they are refused, as are lists of articles, walls and error pages that say 200.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from schemas.events import Entry
from services.cleaner import kind_marks as marks
from services.cleaner import live_blog
from services.cleaner.extract.blocks import read
from services.cleaner.extract.elements import Block
from services.kit.walls import LONG, wall_of

Kind = Literal["article", "live-blog", "video", "gallery"]

LEAST_WORDS = 12
LEAST_BESIDE_PICTURES = 40  # words that make a video or a gallery with text an article
LONG_READ = 200  # words of a page that has a video, whatever it calls itself
DENSE = 8  # characters that count for a word where words are written without spaces between them
LEAST_PICTURES = 4
LONGEST_TITLE = 500
MOST_OF_ERROR = 1200  # characters of the text that an error page has
# A list of articles: so many headlines that are links, and nowhere between two of them so much running text,
# in characters or in paragraphs of so many.
HEADLINES = 12
RUNNING = 300
PARAGRAPHS, PARAGRAPH = 3, 60
LARGEST_LIST = 2_000_000  # characters of HTML in which headlines are counted
HEADLINE = 20  # characters of a link that may be a headline; half of them in scripts without spaces
OF_ITS_OWN = 5  # words of a heading that is a headline and no section's name


@dataclass(frozen=True, slots=True)
class NoArticle:
    """`code` for machines, `reason` for people."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Judged:
    """The kind of an article, and the reports of a live blog."""

    kind: Kind = "article"
    entries: tuple[Entry, ...] = ()


def judge(html: str, tree: Any, url: str, text: str) -> Judged | NoArticle:
    """Of a page, its tree (as services.cleaner.extract.parse makes it) and the text that was found on it."""
    said = _Said(tree)
    words = _words(text)
    if not said.article:
        if len(text) < LONG and (wall := wall_of(html)) is not None:
            return NoArticle(wall.kind, wall.reason)
        if len(text) < MOST_OF_ERROR and (title := _error(tree)):
            return NoArticle("error-page", f"a page called {title!r}")
    entries = live_blog.entries(tree, said.scripts, url)
    if entries is not None and words >= LEAST_WORDS:
        return Judged("live-blog", entries)
    beside = _beside(tree, said, url, words)
    if beside and words < (LEAST_WORDS if said.article else LEAST_BESIDE_PICTURES):
        return NoArticle(beside, f"a {beside} with {words} words of text")
    # A front page may name its articles, each as one.
    front = marks.FRONT_PATH.fullmatch(urlsplit(url).path) is not None and not urlsplit(url).query
    listed = not said.article or (front and said.type == "website")
    if listed and not beside and len(html) <= LARGEST_LIST and (count := _headlines(tree, front)):
        return NoArticle("index-page", f"a list of {count} headlines")
    if words < LEAST_WORDS:
        return _nothing(tree, words)
    return Judged(beside or "article")


class _Said:
    """What the page says of itself, in the head and in JSON-LD."""

    def __init__(self, tree: Any) -> None:
        self.type = ""
        self.article = False
        for tag in tree.iter("meta"):
            name = tag.get("property") or tag.get("name") or ""
            if name == "og:type":
                self.type = self.type or (tag.get("content") or "").strip().lower()
            elif name == "article:published_time":
                self.article = True
        self.scripts = [
            script.text for script in tree.iterfind(".//script[@type='application/ld+json']") if script.text
        ]
        self.article = (
            self.article
            or self.type == "article"
            or any(marks.ARTICLE_TYPE.search(script) for script in self.scripts)
        )

    def has(self, pattern: re.Pattern[str]) -> bool:
        """Whether JSON-LD names such a thing."""
        return any(pattern.search(script) for script in self.scripts)


def _words(text: str) -> int:
    return max(len(text.split()), len(text) // DENSE if not text.isascii() else 0)


def _error(tree: Any) -> str:
    """The title that says that the page is missing or broken; empty where none does."""
    whole = " ".join((tree.findtext(".//title") or "")[:LONGEST_TITLE].split())
    headings = (str(heading.text_content())[:LONGEST_TITLE] for heading in _first(tree.iter("h1"), 2))
    for title in (whole, *marks.PARTS.split(whole), *headings):
        if _is_error(title):
            return title.strip()
    return ""


def _is_error(title: str) -> bool:
    folded = title.casefold().replace("’", "'")
    folded = " ".join(folded.split())
    bare = marks.ERROR_CODE.sub("", folded, count=1).strip(" \t.!?:;,()–—-…|")
    return bare in marks.ERROR_TITLES or (not bare and any(letter.isdigit() for letter in title))


def _beside(tree: Any, said: _Said, url: str, words: int) -> Literal["video", "gallery"] | None:
    """What the page is there for, if not for its text."""
    path = urlsplit(url).path
    if said.type.startswith("video") and (words < LONG_READ or marks.VIDEO_PATH.search(path)):
        return "video"
    if said.type == "article" and not marks.VIDEO_PATH.search(path) and not marks.GALLERY_PATH.search(path):
        return None
    if marks.VIDEO_PATH.search(path) and (said.has(marks.VIDEO_TYPE) or _has_player(tree)):
        return "video"
    few = words < LEAST_BESIDE_PICTURES
    if few and not said.article and said.has(marks.VIDEO_TYPE) and _has_player(tree):
        return "video"
    if (marks.GALLERY_PATH.search(path) or said.has(marks.GALLERY_TYPE)) and _pictures(tree):
        return "gallery"
    return None


def _has_player(tree: Any) -> bool:
    if next(tree.iter("video"), None) is not None:
        return True
    return any(marks.PLAYER.search(frame.get("src") or "") for frame in tree.iter("iframe"))


def _pictures(tree: Any) -> bool:
    return sum(1 for _ in _first(tree.iter("figure", "img"), LEAST_PICTURES)) >= LEAST_PICTURES


def _headlines(tree: Any, front: bool) -> int:
    """How many headlines a list of articles has; 0 where the page is none. `front`: by its address."""
    if not front and _headed(tree):
        return 0
    found = running = paragraphs = 0
    for block in read(tree):
        if _is_headline(block):
            found += 1
            running = paragraphs = 0
        elif block.link_chars * 2 < len(block.text):
            running += len(block.text)
            paragraphs += len(block.text) >= PARAGRAPH
            if running >= RUNNING * (2 if front else 1) or paragraphs >= PARAGRAPHS:
                return 0
    return found if found >= HEADLINES else 0


def _headed(tree: Any) -> bool:
    """Whether one heading stands above the page that is a headline of its own."""
    headings = [" ".join(h1.text_content().split()) for h1 in _first(tree.iter("h1"), 2)]
    if len(headings) != 1 or next(next(tree.iter("h1")).iter("a"), None) is not None:
        return False
    return len(headings[0].split()) >= OF_ITS_OWN or _is_dense(headings[0])


def _is_headline(block: Block) -> bool:
    if block.link_chars < 0.8 * len(block.text):
        return False
    return len(block.text) >= HEADLINE or (len(block.text) * 2 >= HEADLINE and _is_dense(block.text))


def _is_dense(text: str) -> bool:
    """Whether it is long and of a script without spaces between words."""
    return len(text) * 2 >= HEADLINE and len(text) > DENSE * 2 * (text.count(" ") + 1)


def _nothing(tree: Any, words: int) -> NoArticle:
    if next(tree.iter("frameset"), None) is not None:
        return NoArticle("empty", "a set of frames, whose text is elsewhere")
    if words:
        return NoArticle("no-text", f"only {words} words of text")
    return NoArticle("empty", "no text: a front page, a video, or a page that scripts fill in")


def _first(elements: Iterator[Any], most: int) -> Iterator[Any]:
    for _ in range(most):
        element = next(elements, None)
        if element is None:
            return
        yield element
