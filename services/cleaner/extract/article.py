"""The article's body on a parsed page, in paragraphs. Pure: see docs/decisions/0010-extraction.md."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from services.cleaner.extract.blocks import Block, Element, read
from services.cleaner.extract.features import HEADINGS, bare, measure
from services.cleaner.extract.model import load
from services.cleaner.extract.said import Said, said

Kind = Literal["paragraph", "heading", "list-item", "quote", "caption", "cell"]

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
}  # type: ignore[dict-item]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One line of text, and what it is on the page."""

    kind: Kind
    text: str


def extract(tree: Any) -> list[Paragraph]:
    """The body on an lxml tree that was parsed without comments; empty where there is none."""
    told = said(tree)
    blocks = read(tree)
    score = load().score
    rows = measure(blocks, told)
    chosen = [
        block for block, row in zip(blocks, rows, strict=True) if row is not None and score(row) >= ENOUGH
    ]
    found = [Paragraph(kind(block.element), block.text) for block in _without_loose_ends(chosen, told)]
    return _fuller(found, told)


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


def _without_loose_ends(blocks: Sequence[Block], told: Said) -> list[Block]:
    """Neither the title at the top, which is told apart, nor headings at the end, whose text was furniture."""
    kept = list(blocks)
    while kept and kept[-1].element.tag in HEADINGS:
        kept.pop()
    return kept


def _fuller(found: list[Paragraph], told: Said) -> list[Paragraph]:
    """What the page tells apart from its body, where it has no such body: scripts fill it in."""
    size = sum(len(paragraph.text) for paragraph in found)
    if not told.text or size * 2 > len(told.text):
        return found
    return [Paragraph("paragraph", " ".join(line.split())) for line in told.text.splitlines() if line.strip()]
