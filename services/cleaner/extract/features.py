"""What is told to the model of each block: numbers alone, in the order of NAMES. Pure."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from services.cleaner.extract.blocks import GROUPS, Block, Element
from services.cleaner.extract.page import find_main, sum_elements, sum_shapes
from services.cleaner.extract.vocabulary import OPENINGS, WORDS

NONE = -1.0
FAR = 99.0
SHORT = 300  # characters of a block that may be a line of furniture
NEAR = 3  # elements above a block whose sums are told
NEVER = 1 << GROUPS.index("comment") | 1 << GROUPS.index("<aside>")
AWAY = 2  # elements between the main element and the one that holds a block, too, where the block is far
NOWHERE = 1000.0

TAGS = {
    "p": 1, "h1": 2, "h2": 3, "h3": 4, "h4": 5, "h5": 5, "h6": 5, "li": 6, "blockquote": 7, "figcaption": 8,
    "td": 9, "th": 9, "dd": 10, "dt": 10, "pre": 11, "section": 12, "article": 13, "div": 14, "body": 15,
    "header": 16, "footer": 16, "figure": 17, "summary": 18, "html": 19, "button": 20,
}  # fmt: skip
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_ENDS = {
    **dict.fromkeys(".!?。！？।…॥؟", 1.0), **dict.fromkeys("\"'”»“’」』)）", 2.0), **dict.fromkeys(":：", 3.0),
    **dict.fromkeys(",;，、；", 4.0), **dict.fromkeys("→›>»|", 5.0),
}  # fmt: skip
_STOPS = re.compile(r"[.,;:!?。，、！？；।؟،]")
_NOT_LETTERS = re.compile(r"[\W_]+")
_TOKEN = re.compile(r"[\w'©-]+|[→»›▶►👉*†]")
_WORD_BITS: dict[str, int] = {}
for _i, _group in enumerate(WORDS.values()):
    for _word in _group:
        _WORD_BITS[_word] = _WORD_BITS.get(_word, 0) | 1 << _i
_OPENING_BITS: dict[str, int] = {}
for _i, _group in enumerate(OPENINGS.values()):
    for _word in _group:
        _OPENING_BITS[_word] = _OPENING_BITS.get(_word, 0) | 1 << _i
OPENING = 24  # characters that hold the first word of a long block
BARE = 160  # characters of a block that are compared
_WORD_RANGE = tuple(1 << i for i in range(len(WORDS)))
_OPENING_RANGE = tuple(1 << i for i in range(len(OPENINGS)))
# Groups that tell of the whole main element, not of one block, when they hold for it.
_ABROAD = tuple(1 << GROUPS.index(name) for name in ("comment", "related", "side", "<article>"))

_OWN = (
    "chars", "words", "link_share", "links", "bold_share", "stops", "commas", "end", "small_words", "tag", "depth",
    "hidden",
)  # fmt: skip
_PAGE = (
    "is_description", "repeats", "told", "place", "chars_place", "after_h1", "chars_h1", "page_blocks",
    "page_chars", "page_links",
)  # fmt: skip
_HEADING = ("heading_words", "heading_blocks", "heading_chars")
_MAIN = ("first_block", "last_block", "main_share", "main_chars")
_ELEMENT = (
    "shape_blocks", "shape_chars", "shape_links", "shape_long", "shape_main", "level", "main_up", "main_down",
    "score_share", "branch_chars", "branch_links", "branch_long", "branch_blocks", "branch_twins",
)  # fmt: skip
_SUMS = ("chars", "links", "long", "paragraphs", "twins")
_BESIDE = ("chars", "links", "tag", "end", "same")
NAMES: tuple[str, ...] = (
    *_OWN,
    *(f"word_{name}" for name in WORDS),
    *(f"opening_{name}" for name in OPENINGS),
    *_PAGE,
    *_HEADING,
    *_MAIN,
    *_ELEMENT,
    *(f"in_{name}" for name in GROUPS),
    *(f"main_in_{GROUPS[bit.bit_length() - 1]}" for bit in _ABROAD),
    *(f"up{level}_{name}" for level in range(NEAR) for name in _SUMS),
    *(f"{side}_{name}" for side in ("before", "after") for name in _BESIDE),
)
_NO_SUMS = (NONE,) * len(_SUMS)
_NOBODY = (NONE,) * len(_BESIDE)


@dataclass(frozen=True, slots=True)
class Said:
    """What the page says of its article elsewhere: a description, and the whole text where it is given."""

    description: str = ""
    text: str = ""


def bare(text: str) -> str:
    """Letters and digits alone, in lower case: for comparing texts that are set differently."""
    return _NOT_LETTERS.sub("", text.lower())


class _Page:
    """What is the same for all blocks of a page, and what is the same for all blocks of an element."""

    def __init__(self, blocks: Sequence[Block], said: Said) -> None:
        self.blocks = blocks
        self.description, self.told = bare(said.description), bare(said.text)
        self.twins = sum_elements(blocks)
        self.shapes = sum_shapes(blocks)
        self.main = find_main(blocks, self.shapes)
        self.path = set()
        above: Element | None = self.main.best
        while above is not None:
            self.path.add(id(above))
            above = above.parent
        self.chars = sum([len(block.text) for block in blocks])
        self.links = sum([block.link_chars for block in blocks])
        self.abroad = [1.0 if self.main.best.within & bit else 0.0 for bit in _ABROAD]
        self._sums: dict[int, tuple[float, ...]] = {}

    def part(self, element: Element) -> tuple[Element, Element, int]:
        """The branch that the element is in, the element that it has in common with the main one, and the steps."""
        branch, common, up = element, element, 0
        while id(common) not in self.path:
            branch = common
            assert common.parent is not None
            common = common.parent
            up += 1
        return branch, common, up

    def element(self, element: Element, branch: Element, common: Element, up: int) -> list[float]:
        """_ELEMENT, in_*, main_in_*, up*_*."""
        main = self.main
        shape = self.shapes[element.shape]
        row = [
            float(shape.blocks),
            shape.chars / shape.blocks,
            shape.link_chars / shape.chars,
            shape.long_chars / self.chars,
            shape.long_chars / main.chars if main.chars else NONE,
            float(element.depth - main.level),
            float(up),
            float(main.best.depth - common.depth),
            element.score / main.best.score if main.best.score else NONE,
            float(branch.chars),
            branch.link_chars / branch.chars,
            branch.long_chars / branch.chars,
            float(branch.blocks),
            float(self.twins[branch.shape]),
        ]
        # What holds for the main element, too, tells nothing of this one.
        near = [FAR] * len(GROUPS)
        above: Element = element
        steps = 0.0
        while above is not common:
            for group in _groups(above.own):
                if near[group] == FAR:
                    near[group] = steps
            assert above.parent is not None
            above = above.parent
            steps += 1.0
        row += near
        row += self.abroad
        over: Element | None = element
        for _ in range(NEAR):
            if over is None:
                row += _NO_SUMS
            else:
                row += self._sums.get(id(over)) or self._sum(over)
                over = over.parent
        return row

    def _sum(self, element: Element) -> tuple[float, ...]:
        chars = element.chars
        sums = self._sums[id(element)] = (
            float(chars),
            element.link_chars / chars,
            element.long_chars / chars,
            float(element.paragraphs),
            float(self.twins[element.shape]),
        )
        return sums


def measure(blocks: Sequence[Block], said: Said) -> list[list[float] | None]:
    """A row of NAMES for each block; none for one that cannot be text of the article: in a comment or an aside, or
    far from the main text in a branch without any."""
    if not blocks:
        return []
    page = _Page(blocks, said)
    main, description, told = page.main, page.description, page.told
    counts = Counter([block.text for block in blocks])
    many, all_chars = float(len(blocks)), float(page.chars)
    of_page = (many, all_chars, page.links / all_chars)
    main_share, main_chars = main.best.long_chars / all_chars, float(main.best.long_chars)
    seen = 0
    h1: int | None = None
    h1_seen = 0
    heading_at: int | None = None
    heading_seen = 0
    heading_words = 0.0
    last = len(blocks) - 1
    rows: list[list[float] | None] = []
    for i, block in enumerate(blocks):
        size = len(block.text)
        element = block.element
        if h1 is None and element.tag == "h1":
            h1, h1_seen = i, seen
        branch, common, up = page.part(element)
        if (main.best.depth - common.depth >= AWAY and not branch.long_chars) or (
            element.within & ~common.within & NEVER
        ):
            rows.append(None)
        else:
            words, openings = _bits(block.text)
            row = _own(block)
            row += [1.0 if words & bit else 0.0 for bit in _WORD_RANGE]
            row += [1.0 if openings & bit else 0.0 for bit in _OPENING_RANGE]
            letters = bare(block.text[:BARE]) if told or size < SHORT else block.text
            row += (
                1.0
                if letters and description and (letters in description or description in letters)
                else 0.0,
                float(counts[block.text]),
                (1.0 if letters in told else 0.0) if told else NONE,
                i / many,
                seen / all_chars,
                NOWHERE if h1 is None else float(i - h1),
                -NOWHERE if h1 is None else float(seen - h1_seen),
                *of_page,
            )
            if heading_at is None:
                row += (NONE, FAR, NONE)
            else:
                row += (
                    heading_words,
                    float(i - heading_at),
                    float(seen - heading_seen),
                )
            row += (float(i - main.first), float(i - main.last), main_share, main_chars)
            start = len(row)
            row += page.element(element, branch, common, up)
            if block.lead:
                for group in _groups(block.lead):
                    row[start + len(_ELEMENT) + group] = -1.0
            row += _beside(blocks[i - 1], element) if i else _NOBODY
            row += _beside(blocks[i + 1], element) if i < last else _NOBODY
            rows.append(row)
        if element.tag in HEADINGS:
            heading_at, heading_seen = i, seen
            words, openings = _bits(block.text)
            heading_words = float(words | openings << len(WORDS))
        seen += size
    return rows


def _beside(block: Block, element: Element) -> tuple[float, ...]:
    """What a block tells its neighbour, which is in this element."""
    own = block.element
    if own is element:
        same = 3.0
    elif own.parent is element.parent:
        same = 2.0
    else:
        same = 1.0 if own.shape == element.shape else 0.0
    size = len(block.text)
    return (
        float(size),
        block.link_chars / size,
        float(TAGS.get(own.tag, 0)),
        _ENDS.get(block.text[-1], 0.0),
        same,
    )


@lru_cache(maxsize=4096)
def _groups(bits: int) -> tuple[int, ...]:
    return tuple(i for i in range(len(GROUPS)) if bits >> i & 1)


def _bits(text: str) -> tuple[int, int]:
    """The groups of WORDS that a short block has words of, and the groups of OPENINGS that it opens with."""
    tokens = _TOKEN.findall(text.lower() if len(text) < SHORT else text[:OPENING].lower())
    if not tokens:
        return 0, 0
    words = 0
    if len(text) < SHORT:
        known = _WORD_BITS
        for token in tokens:
            if token in known:
                words |= known[token]
    return words, _OPENING_BITS.get(tokens[0], 0)


def _own(block: Block) -> list[float]:
    text = block.text
    size = len(text)
    words = text.split(" ")
    count = len(words)
    element = block.element
    return [
        float(size),
        float(count),
        block.link_chars / size,
        float(block.links),
        block.bold_chars / size,
        len(_STOPS.findall(text[:SHORT])) / size,
        float(text.count(",") + text.count("，") + text.count("、")),
        _ENDS.get(text[-1], 0.0),
        sum(map(str.islower, words[:20])) / min(count, 20),
        float(TAGS.get(element.tag, 0)),
        float(element.depth),
        1.0 if element.hidden else 0.0,
    ]
