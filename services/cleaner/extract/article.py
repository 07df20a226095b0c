"""The article's body on a parsed page, in paragraphs. Pure: see docs/decisions/0012-extraction.md."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lxml.html import HtmlElement

from services.cleaner.extract.blocks import Block, Element, read, running
from services.cleaner.extract.features import HEADINGS, measure
from services.cleaner.extract.linked import article_body
from services.cleaner.extract.model import Model, load
from services.cleaner.extract.parse import parse

Kind = Literal["paragraph", "heading", "list-item", "quote", "caption", "cell"]

LEAST = 400  # characters of running text that a page with an article has
ENOUGH = 0.0  # log-odds from which a block is text of the article
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
    return tree, assemble(blocks, measure(blocks, told), told, load())


def open_page(html: str) -> tuple[HtmlElement, list[Block]]:
    """The page's tree and blocks, without navigation and the like.

    With them where hardly any text is left: an element that nobody closed may have swallowed it.
    """
    tree = parse(html)
    blocks = read(tree)
    if running(blocks) < LEAST:
        tree = parse(html, whole=True)
        blocks = read(tree, whole=True)
    return tree, blocks


def assemble(
    blocks: Sequence[Block], rows: Sequence[list[float] | None], told: str, model: Model
) -> list[Paragraph]:
    """The body, of all blocks and their features; without headings at the end, whose text was furniture."""
    chosen = [
        block
        for block, row in zip(blocks, rows, strict=True)
        if row is not None and model.score(row) >= ENOUGH
    ]
    while chosen and chosen[-1].element.tag in HEADINGS:
        chosen.pop()
    return _fuller([Paragraph(kind(block.element), block.text) for block in chosen], told)


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


def _fuller(found: list[Paragraph], told: str) -> list[Paragraph]:
    """What the page tells apart from its body, where it has no such body: scripts fill it in."""
    size = sum(len(paragraph.text) for paragraph in found)
    if size * 2 > len(told):
        return found
    return [Paragraph("paragraph", " ".join(line.split())) for line in told.splitlines() if line.strip()]
