"""Where the main text of a page seems to be, judged by its running text alone. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.cleaner.extract.blocks import GROUPS
from services.cleaner.extract.elements import LONG, Block, Element


def _bits(*names: str) -> int:
    return sum(1 << GROUPS.index(name) for name in names)


POOR = _bits("consent", "side", "hidden", "<furniture>", "<aside>", "<list>")
POORER = 0.4  # what running text is worth in an element that is called so
OTHERS = _bits("comment", "related")
ANOTHER = 0.1  # likewise: text that is no less running, but of others
LINKED = 0.5  # what it is worth with a link over a fifth of it: a teaser's headline
LABEL = 0.3  # what a line is worth that is shorter than LONG
LINE = 0.2  # what a paragraph tells of its own element: nearly nothing, of the one around it everything
FADE = 0.7


@dataclass(frozen=True, slots=True)
class Main:
    """best: the element that holds most running text. first, last: places of its first and last paragraph.

    level: the depth of most of its paragraphs, chars: how many characters these have.
    """

    best: Element
    first: int
    last: int
    level: int
    chars: int


def find_main(blocks: Sequence[Block]) -> Main:
    """Of a page with at least one block."""
    best = _best(blocks)
    first = last = None
    level, chars = best.depth, 0
    for i, block in enumerate(blocks):
        size = len(block.text)
        if size < LONG or block.link_chars * 2 > size:
            continue
        above = block.element
        while above.depth > best.depth and above.parent is not None:
            above = above.parent
        if above is best:
            if first is None:
                first = i
            last = i
            shape = block.element.shape
            if shape.long_chars > chars:
                chars, level = shape.long_chars, block.element.depth
    return Main(best, first or 0, len(blocks) if last is None else last, level, chars)


def _best(blocks: Sequence[Block]) -> Element:
    best = blocks[0].element
    for block in blocks:
        size = len(block.text)
        if size < LONG // 2:
            continue
        element: Element | None = block.element
        assert element is not None
        weight = (size - block.link_chars) * (1.0 if size >= LONG else LABEL)
        weight *= (
            POORER ** (element.within & POOR).bit_count() * ANOTHER ** (element.within & OTHERS).bit_count()
        )
        if block.link_chars * 5 > size:
            weight *= LINKED
        if element.hidden:
            weight *= POORER
        share = LINE if element.tag in ("p", "li") else 1.0
        for _ in range(3):
            if element is None:
                break
            element.score += weight * share
            if element.score > best.score:
                best = element
            share = 1.0 if share == LINE else share * FADE
            element = element.parent
    return best
