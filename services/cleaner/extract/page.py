"""Where the main text of a page seems to be, judged by its running text alone. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from services.cleaner.extract.blocks import GROUPS, Block, Element


def _bits(*names: str) -> int:
    return sum(1 << GROUPS.index(name) for name in names)


LONG = 90  # characters of a block that is a paragraph and no label
POOR = _bits("consent", "side", "hidden", "<furniture>", "<aside>", "<list>")
POORER = 0.4  # what running text is worth in an element that is called so
OTHERS = _bits("comment", "related")
ANOTHER = 0.1  # likewise: text that is no less running, but of others
LINKED = 0.5  # what it is worth with a link over a fifth of it: a teaser's headline
LABEL = 0.3  # what a line is worth that is shorter than LONG
LINE = 0.2  # what a paragraph tells of its own element: nearly nothing, of the one around it everything
FADE = 0.7


class Shape:
    """Sums over the blocks whose elements have one shape."""

    __slots__ = ("blocks", "chars", "link_chars", "long_chars")

    def __init__(self) -> None:
        self.blocks = self.chars = self.link_chars = self.long_chars = 0


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


def sum_shapes(blocks: Sequence[Block]) -> dict[int, Shape]:
    """By shape of the blocks' elements."""
    shapes: dict[int, Shape] = {}
    for block in blocks:
        key = block.element.shape
        shape = shapes.get(key)
        if shape is None:
            shape = shapes[key] = Shape()
        size = len(block.text)
        shape.blocks += 1
        shape.chars += size
        shape.link_chars += block.link_chars
        if size >= LONG:
            shape.long_chars += size
    return shapes


def sum_elements(blocks: Sequence[Block]) -> Counter[int]:
    """Fill in each element's sums over the blocks below it; how many elements there are of each shape."""
    levels: dict[int, dict[int, Element]] = {}
    for block in blocks:
        size = len(block.text)
        element = block.element
        if not element.children:
            levels.setdefault(element.depth, {})[id(element)] = element
        element.children += 1
        element.blocks += 1
        element.chars += size
        element.link_chars += block.link_chars
        if size >= LONG and block.link_chars < size / 2:
            element.long_chars += size
        if element.tag == "p":
            element.paragraphs += 1
    twins: Counter[int] = Counter()
    # From the deepest up, so that each element's sum is whole before it goes to its parent.
    for depth in range(max(levels, default=0), -1, -1):
        for element in levels.get(depth, {}).values():
            twins[element.shape] += 1
            parent = element.parent
            if parent is not None:
                parent.blocks += element.blocks
                parent.chars += element.chars
                parent.link_chars += element.link_chars
                parent.long_chars += element.long_chars
                parent.paragraphs += element.paragraphs
                levels.setdefault(depth - 1, {})[id(parent)] = parent
    return twins


def find_main(blocks: Sequence[Block], shapes: dict[int, Shape]) -> Main:
    """Of a page with at least one block, its elements summed."""
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
            shape = shapes[block.element.shape]
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
