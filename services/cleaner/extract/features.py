"""What is told to the model of each block: numbers alone, in the order of NAMES. Pure."""

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from services.cleaner.extract.blocks import GROUPS
from services.cleaner.extract.elements import Block, Element, Shape
from services.cleaner.extract.page import find_main
from services.cleaner.extract.vocabulary import WORDS

NONE = -1.0
FAR = 99.0
SHORT = 300  # characters of a block that may be a line of furniture
NEAR = 3  # elements above a block whose sums are told
NEVER = 1 << GROUPS.index("comment") | 1 << GROUPS.index("<aside>")
AWAY = 2  # elements between the main element and the one that holds a block, too, where the block is far
NOWHERE = 1000.0

TAGS: dict[str, float] = {
    "p": 1.0, "h1": 2.0, "h2": 3.0, "h3": 4.0, "h4": 5.0, "h5": 5.0, "h6": 5.0, "li": 6.0,
    "blockquote": 7.0, "figcaption": 8.0, "td": 9.0, "th": 9.0, "dd": 10.0, "dt": 10.0, "pre": 11.0,
    "section": 12.0, "article": 13.0, "div": 14.0, "body": 15.0, "header": 16.0, "footer": 16.0,
    "figure": 17.0, "summary": 18.0, "html": 19.0, "button": 20.0,
}  # fmt: skip
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_ENDS = {
    **dict.fromkeys(".!?。！？।…॥؟", 1.0), **dict.fromkeys("\"'”»“’」』)）", 2.0),
    **dict.fromkeys(":：", 3.0), **dict.fromkeys(",;，、；", 4.0), **dict.fromkeys("→›>»|", 5.0),
}  # fmt: skip
_NOT_LETTERS = re.compile(r"[\W_]+")
_TOKEN = re.compile(r"[\w'©-]+|[→»›▶►👉*†]")
_WORD_BITS: dict[str, int] = {}
for _i, _group in enumerate(WORDS.values()):
    for _word in _group:
        _WORD_BITS[_word] = _WORD_BITS.get(_word, 0) | 1 << _i
_WORDS = frozenset(_WORD_BITS)
BARE = 160  # characters of a block that are compared
# word_*, by the bits of a block's words
_WORD_ROWS = [[1.0 if bits >> i & 1 else 0.0 for i in range(len(WORDS))] for bits in range(1 << len(WORDS))]

_OWN = ("chars", "words", "link_share", "bold_share", "end", "small_words", "tag", "depth")
_PAGE = (
    "repeats", "told", "place", "chars_place", "after_h1", "chars_h1", "after_heading", "first_block",
    "last_block",
)  # fmt: skip
_ALL = ("page_blocks", "page_chars", "page_links", "main_share", "main_chars")
_ELEMENT = (
    "shape_blocks", "shape_chars", "shape_links", "shape_long", "shape_main", "level", "main_up", "main_down",
    "score_share", "branch_chars", "branch_links", "branch_long", "branch_blocks", "branch_twins",
)  # fmt: skip
_SUMS = ("chars", "links", "long", "paragraphs", "twins")
_BEFORE = ("chars", "tag")
_AFTER = ("chars", "tag", "links", "end")
NAMES: tuple[str, ...] = (
    *_OWN,
    *(f"word_{name}" for name in WORDS),
    *_PAGE,
    *_ALL,
    *_ELEMENT,
    *(f"in_{name}" for name in GROUPS),
    *(f"up{level}_{name}" for level in range(NEAR) for name in _SUMS),
    *(f"before_{name}" for name in _BEFORE),
    *(f"after_{name}" for name in _AFTER),
)
_NO_SUMS = (NONE,) * len(_SUMS)
_FAR = [FAR] * len(GROUPS)
_NO_LINE = (NONE,) * len(_AFTER)


def bare(text: str) -> str:
    """Letters and digits alone, in lower case: for comparing texts that are set differently."""
    return _NOT_LETTERS.sub("", text.lower())


class _Page:
    """What is the same for all blocks of a page, and what is the same for all blocks of an element."""

    def __init__(self, blocks: Sequence[Block], told: str) -> None:
        self.told = bare(told)
        self.main = find_main(blocks)
        self.path = set()
        above: Element | None = self.main.best
        while above is not None:
            self.path.add(above)
            above = above.parent
        self.chars = sum([len(block.text) for block in blocks])
        self.links = sum([block.link_chars for block in blocks])
        self._shape_sums: dict[Shape, tuple[float, ...]] = {}
        self._sums: dict[Element, tuple[float, ...]] = {}

    def part(self, element: Element) -> tuple[Element, Element, int]:
        """The branch that the element is in, what it has in common with the main one, and the steps there."""
        branch, common, up = element, element, 0
        while common not in self.path:
            branch = common
            assert common.parent is not None
            common = common.parent
            up += 1
        return branch, common, up

    def element(self, element: Element, branch: Element, common: Element, up: int) -> list[float]:
        """_ELEMENT, in_*, up*_*."""
        main = self.main
        # What holds for the main element, too, tells nothing of this one.
        near = _FAR.copy()
        seen = 0
        above: Element = element
        steps = 0.0
        while above is not common:
            if new := above.own & ~seen:
                seen |= new
                for group in _groups(new):
                    near[group] = steps
            assert above.parent is not None
            above = above.parent
            steps += 1.0
        row = [
            *(self._shape_sums.get(element.shape) or self._sum_shape(element.shape)),
            float(element.depth - main.level),
            float(up),
            float(main.best.depth - common.depth),
            element.score / main.best.score if main.best.score else NONE,
            float(branch.chars),
            branch.link_chars / branch.chars,
            branch.long_chars / branch.chars,
            float(branch.blocks),
            float(branch.shape.elements),
            *near,
        ]
        over: Element | None = element
        for _ in range(NEAR):
            if over is None:
                row += _NO_SUMS
            else:
                row += self._sums.get(over) or self._sum(over)
                over = over.parent
        return row

    def _sum_shape(self, shape: Shape) -> tuple[float, ...]:
        sums = self._shape_sums[shape] = (
            float(shape.blocks),
            shape.chars / shape.blocks,
            shape.link_chars / shape.chars,
            shape.long_chars / self.chars,
            shape.long_chars / self.main.chars if self.main.chars else NONE,
        )
        return sums

    def _sum(self, element: Element) -> tuple[float, ...]:
        chars = element.chars
        sums = self._sums[element] = (
            float(chars),
            element.link_chars / chars,
            element.long_chars / chars,
            float(element.paragraphs),
            float(element.shape.elements),
        )
        return sums


def measure(blocks: Sequence[Block], told: str) -> list[list[float] | None]:
    """A row of NAMES for each block; told is the article's text as the page gives it elsewhere, if it does.

    None for one that cannot be text of the article: in a comment or an aside, or far from the main text in a
    branch without any.
    """
    if not blocks:
        return []
    page = _Page(blocks, told)
    main, bare_told = page.main, page.told
    counts = Counter([block.text for block in blocks])
    many, all_chars = float(len(blocks)), float(page.chars)
    of_all = (
        many,
        all_chars,
        page.links / all_chars,
        main.best.long_chars / all_chars,
        float(main.best.long_chars),
    )
    seen = h1_seen = 0
    h1: int | None = None
    heading: int | None = None
    lines = [_line(block) for block in blocks]
    before, afters = _NO_LINE, [*lines[1:], _NO_LINE]
    rows: list[list[float] | None] = []
    for i, (block, line, after) in enumerate(zip(blocks, lines, afters, strict=True)):
        text = block.text
        element = block.element
        if h1 is None and element.tag == "h1":
            h1, h1_seen = i, seen
        branch, common, up = page.part(element)
        if (main.best.depth - common.depth >= AWAY and not branch.long_chars) or (
            element.within & ~common.within & NEVER
        ):
            rows.append(None)
        else:
            of_element = page.element(element, branch, common, up)
            if block.lead:
                for group in _groups(block.lead):
                    of_element[len(_ELEMENT) + group] = -1.0
            row = [
                *_own(block, line),
                float(counts[text]),
                (1.0 if bare(text[:BARE]) in bare_told else 0.0) if bare_told else NONE,
                i / many,
                seen / all_chars,
                NOWHERE if h1 is None else float(i - h1),
                -NOWHERE if h1 is None else float(seen - h1_seen),
                FAR if heading is None else float(i - heading),
                float(i - main.first),
                float(i - main.last),
                *of_all,
                *of_element,
                *before[: len(_BEFORE)],
                *after,
            ]
            rows.append(row)
        if element.tag in HEADINGS:
            heading = i
        seen += len(text)
        before = line
    return rows


@lru_cache(maxsize=4096)
def _groups(bits: int) -> tuple[int, ...]:
    return tuple(i for i in range(len(GROUPS)) if bits >> i & 1)


def _line(block: Block) -> tuple[float, ...]:
    """_AFTER."""
    text = block.text
    size = len(text)
    return (
        float(size),
        TAGS.get(block.element.tag, 0.0),
        block.link_chars / size,
        _ENDS.get(text[-1], 0.0),
    )


def _own(block: Block, line: tuple[float, ...]) -> list[float]:
    """_OWN, word_*."""
    text = block.text
    words = text.split(" ")
    count = len(words)
    size, tag, link_share, end = line
    bits = 0
    if size < SHORT:
        for token in _WORDS.intersection(_TOKEN.findall(text.lower())):
            bits |= _WORD_BITS[token]
    return [
        size,
        float(count),
        link_share,
        block.bold_chars / size,
        end,
        sum(map(str.islower, words[:20])) / (min(20, count)),
        tag,
        float(block.element.depth),
        *_WORD_ROWS[bits],
    ]
