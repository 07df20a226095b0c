"""The article's body on a parsed page, in paragraphs. Pure: see docs/decisions/0012-extraction.md."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lxml.html import HtmlElement

from services.cleaner.extract.blocks import read, running
from services.cleaner.extract.elements import Block, Element
from services.cleaner.extract.features import HEADINGS, measure
from services.cleaner.extract.linked import article_body
from services.cleaner.extract.model import Model, load
from services.cleaner.extract.parse import parse
from services.cleaner.extract.state import state_markup

Kind = Literal["paragraph", "heading", "list-item", "quote", "caption", "cell"]

LEAST = 400  # characters of running text that a page with an article has
MOST_TITLES = 3
ENOUGH = 0.0  # log-odds from which a block is text of the article
# A page of one or two sentences is like none that the model has seen: there, sentences count from here.
FAINT = -1.6
SENTENCE = 8  # words
ENDS = tuple('.!?…。！？؟।۔"”»’')
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(HEADINGS, "heading"),
    "li": "list-item",
    "dd": "list-item",
    "dt": "list-item",
    "blockquote": "quote",
    "figcaption": "caption",
    "td": "cell",
    "th": "cell",
}


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One line of text, and what it is on the page."""

    kind: Kind
    text: str


def extract(html: str) -> tuple[HtmlElement, list[Paragraph]]:
    """The page's tree and the article's body, empty where there is none; Unreadable without a page."""
    tree, blocks = open_page(html)
    told = article_body(tree)
    found = assemble(blocks, measure(blocks, told), told, load())
    if size(found) < LEAST:
        found = _fuller(found, _of_state(html, tree))
    return tree, found


def open_page(html: str) -> tuple[HtmlElement, list[Block]]:
    """The page's tree and blocks, without navigation and the like.

    With them where hardly any text is left: an element that nobody closed may have swallowed it.
    """
    tree = parse(html)
    blocks = read(tree)
    if running(blocks) < LEAST:
        del tree, blocks  # two trees of a large page are more than memory is meant to hold
        tree = parse(html, whole=True)
        blocks = read(tree, whole=True)
    return tree, blocks


def assemble(
    blocks: Sequence[Block], rows: Sequence[list[float] | None], told: str, model: Model
) -> list[Paragraph]:
    """The body, of all blocks and their features; without headings at the end, whose text was furniture."""
    scores = [(block, model.score(row)) for block, row in zip(blocks, rows, strict=True) if row is not None]
    chosen = [block for block, score in scores if score >= ENOUGH]
    chosen = chosen or [block for block, score in scores if score >= FAINT and _is_told(block)]
    while chosen and chosen[-1].element.tag in HEADINGS:
        chosen.pop()
    lines = [" ".join(line.split()) for line in told.splitlines()]
    return _fuller(
        [Paragraph(kind(block.element), block.text) for block in chosen],
        [Paragraph("paragraph", line) for line in lines if line],
    )


def _is_told(block: Block) -> bool:
    """Whether it is a sentence, and no link."""
    text = block.text
    told = len(text.split()) >= SENTENCE or len(text) >= 8 * SENTENCE
    return (
        told
        and text.endswith(ENDS)
        and 4 * block.link_chars < len(text)
        and block.element.tag not in HEADINGS
    )


def size(body: Sequence[Paragraph]) -> int:
    """Characters of a body."""
    return sum(len(paragraph.text) for paragraph in body)


def kind(element: Element) -> Kind:
    """Of a block in this element."""
    above: Element | None = element
    for _ in range(3):
        if above is None:
            break
        if above.tag in _KINDS:
            return _KINDS[above.tag]
        above = above.parent
    return "paragraph"


def _fuller(found: list[Paragraph], told: list[Paragraph]) -> list[Paragraph]:
    """What the page tells apart from its body, where it has no such body: scripts fill it in."""
    return found if size(found) * 2 > size(told) else told


def _of_state(html: str, tree: HtmlElement) -> list[Paragraph]:
    """The body that the state of the page's scripts holds."""
    for title in _titles(tree):
        markup = state_markup(html, title)
        if markup:
            return [
                Paragraph(kind(block.element), block.text)
                for block in read(parse(f"<html><body>{markup}", whole=True), whole=True)
            ]
    return []


def _titles(tree: HtmlElement) -> list[str]:
    """The page's names for itself, each once."""
    named = [
        *(meta.get("content") for meta in tree.iter("meta") if meta.get("property") == "og:title"),
        *(title.text for title in tree.iter("title")),
    ]
    return list(dict.fromkeys(filter(None, named)))[:MOST_TITLES]
