"""From a parsed page to its blocks of text, each with the element that holds it. Pure.

A block is text without a break: a paragraph, a heading, an item of a list, a line between two <br><br>.
The walk is one pass, without recursion, whatever the depth of the page.
"""

import re
from collections.abc import Sequence
from typing import Any

from lxml import etree

from services.cleaner.extract.elements import Block, Element, Shape
from services.cleaner.extract.vocabulary import ELEMENTS, SEMANTIC

NEVER_TEXT = frozenset(
    """
    script style noscript svg math iframe frame object embed applet canvas template head link meta
    title select option input textarea datalist map area audio video track source param progress
    meter rp rt
    """.split()  # noqa: SIM905
)
PASSED = frozenset(("nav", "footer"))
INSIDE = frozenset(("article", "main"))  # a header in one of these is the article's, another is the site's
INLINE = frozenset(
    """
    abbr acronym bdi bdo big cite code data del dfn em font i img ins kbd label mark nobr picture q
    rb ruby s samp small span strike sub sup time tt u var wbr
    """.split()  # noqa: SIM905
)
_BLOCK, _NEVER, _INLINE, _LINK, _BOLD, _BREAK = range(6)
_ALL_KINDS = {
    **dict.fromkeys(NEVER_TEXT, _NEVER),
    **dict.fromkeys(INLINE, _INLINE),
    "a": _LINK,
    "b": _BOLD,
    "strong": _BOLD,
    "br": _BREAK,
}
_KINDS = {**_ALL_KINDS, **dict.fromkeys(PASSED, _NEVER)}
LINE = 60  # characters of a line that is running text
GROUPS = (*ELEMENTS, *SEMANTIC)
_SEMANTIC_BITS = {name: 1 << GROUPS.index(group) for group, names in SEMANTIC.items() for name in names}
_NAMING = frozenset(("class", "id", "itemprop", "role", "data-testid", "data-component"))
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_HIDING = {
    "style": re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE),
    "hidden": re.compile(""),
    "aria-hidden": re.compile("true"),
}
_DIGITS = re.compile(r"\d+")
MOST_NAMES = 20_000
LONGEST = 300  # characters of names that are looked at
STEM = 5  # letters of a word that stands for all that begin with it
_WHOLE: dict[str, int] = {}
_STEMS: dict[str, int] = {}
for _i, _words in enumerate(ELEMENTS.values()):
    for _each in _words:
        _table = _WHOLE if len(_each) < STEM else _STEMS
        _table[_each] = _table.get(_each, 0) | 1 << _i
_BEGINNINGS = frozenset(stem[:size] for stem in _STEMS for size in range(2, len(stem)))
HEAD = 4
LONGEST_STEM = max(map(len, _STEMS))
MOST_BLOCKS = 4_000
MOST_CHARS = 500_000  # of text: what is longer is no article


class Names:
    """What names of elements say, remembered: sites use the same words over and over."""

    def __init__(self) -> None:
        self._written: dict[str, tuple[int, int]] = {}
        self._words: dict[str, int] = {}

    def read(self, written: str) -> tuple[int, int]:
        """Bits of ELEMENTS that the names belong to; a number for them, whatever digits are in them."""
        known = self._written.get(written)
        if known is None:
            if len(self._written) >= MOST_NAMES:
                self._written.clear()
            bits = 0
            before = ""
            words = self._words
            for word in _WORD.findall(written[:LONGEST]):
                bits |= words[word] if word in words else self._word(word)
                if before in _BEGINNINGS:
                    pair = before + word
                    bits |= words[pair] if pair in words else self._word(pair)
                before = word.lower()
            known = self._written[written] = (bits, hash(_DIGITS.sub("", written)))
        return known

    def _word(self, written: str) -> int:
        known = self._words.get(written)
        if known is None:
            if len(self._words) >= MOST_NAMES:
                self._words.clear()
            word = written.lower()
            known = _WHOLE.get(word, 0) | _WHOLE.get(word.removesuffix("s"), 0)
            if word[:HEAD] in _BEGINNINGS:
                for size in range(STEM, min(len(word), LONGEST_STEM) + 1):
                    known |= _STEMS.get(word[:size], 0)
            self._words[written] = known
        return known


class _Walk:
    """The elements that the walk is in, and the text gathered since the last break.

    An element is looked at only when there is text in it: many hold but pictures and buttons.
    """

    def __init__(self) -> None:
        self.found: list[Block] = []
        self.above: list[Element | None] = [Element("html", None, 0, Shape(), False)]
        self.shapes: dict[tuple[Shape, str, int], Shape] = {}
        self.waiting: list[Any] = [None]
        self.pieces: list[str] = []
        self.in_links: list[str] = []
        self.in_bold: list[str] = []
        self.chars = 0
        self.links = 0
        self.lead: Any = None
        self.lead_pieces = 0

    def flush(self) -> None:
        pieces = self.pieces
        text = _folded(pieces)
        if text:
            lead = 0
            if self.lead is not None and self.lead_pieces and not "".join(pieces[self.lead_pieces :]).strip():
                lead, _ = _NAMES.read(self.lead.get("class") or "")
            element = self.above[-1] or self.enter()
            block = Block(
                text,
                element,
                self.links,
                len(_folded(self.in_links)) if self.in_links else 0,
                len(_folded(self.in_bold)) if self.in_bold else 0,
                lead,
            )
            element.count(block)
            self.found.append(block)
            self.chars += len(text)
            self.links = 0
        pieces.clear()
        if self.in_links:
            self.in_links.clear()
        if self.in_bold:
            self.in_bold.clear()
        self.lead = None
        self.lead_pieces = 0

    def is_full(self) -> bool:
        return len(self.found) >= MOST_BLOCKS or self.chars >= MOST_CHARS

    def enter(self) -> Element:
        """Look at the elements that had no text until now."""
        above = self.above
        last = len(above) - 1
        while above[last] is None:
            last -= 1
        here = above[last]
        assert here is not None
        for i in range(last + 1, len(above)):
            here = above[i] = self.look(self.waiting[i], here)
        return here

    def look(self, element: Any, parent: Element) -> Element:
        tag = element.tag
        own = _SEMANTIC_BITS.get(tag, 0)
        style = 0
        hidden = parent.hidden
        for name, value in element.items():
            if name in _NAMING:
                bits, number = _NAMES.read(value)
                own |= bits
                if name == "class":
                    style = number
                elif name == "role":
                    own |= _SEMANTIC_BITS.get(value, 0)
            elif name in _HIDING:
                hidden = hidden or _HIDING[name].search(value) is not None
        key = (parent.shape, tag, style)
        shape = self.shapes.get(key)
        if shape is None:
            shape = self.shapes[key] = Shape()
        return Element(tag, parent, own, shape, hidden)


_NAMES = Names()


def _folded(pieces: list[str]) -> str:
    return " ".join((pieces[0] if len(pieces) == 1 else "".join(pieces))[:MOST_CHARS].split())


def running(blocks: Sequence[Block]) -> int:
    """How many characters of running text there are in the blocks."""
    return sum([len(block.text) for block in blocks if len(block.text) >= LINE])


def read(tree: Any, whole: bool = False) -> list[Block]:  # noqa: PLR0912, PLR0915 - a call an element costs a tenth
    """The blocks of a tree of services.cleaner.extract.parse in their order; about MOST_BLOCKS of them
    or MOST_CHARS of their text at most.

    Unless whole, navigation, footers and the site's header are passed over.
    """
    walk = _Walk()
    above, waiting, found, pieces = walk.above, walk.waiting, walk.found, walk.pieces
    in_links, in_bold = walk.in_links, walk.in_bold
    link = bold = breaks = 0
    kind_of = (_ALL_KINDS if whole else _KINDS).get
    inside = whole
    walker = etree.iterwalk(tree, events=("start", "end"))
    for event, element in walker:
        kind = kind_of(element.tag, _BLOCK)
        if event == "start":
            if kind == _NEVER:
                walker.skip_subtree()
                continue
            if kind == _BLOCK:
                if pieces:
                    walk.flush()
                breaks = 0
                tag = element.tag
                if not inside:
                    if tag == "header":
                        walker.skip_subtree()
                    elif tag in INSIDE:
                        inside = True
                above.append(None)
                waiting.append(element)
            elif kind == _BREAK:
                breaks += 1
                if breaks == 2:
                    walk.flush()
                    if walk.is_full():
                        break
                else:
                    pieces.append(" ")
            else:
                if kind == _LINK:
                    link += 1
                    walk.links += 1
                elif kind == _BOLD:
                    bold += 1
                if not pieces and walk.lead is None:
                    walk.lead = element
            text = element.text
        else:
            if kind == _BLOCK:
                if pieces:
                    walk.flush()
                breaks = 0
                if (closed := above.pop()) is not None:
                    closed.close()
                waiting.pop()
                if walk.is_full():
                    break
            elif kind == _LINK:
                link -= 1
            elif kind == _BOLD:
                bold -= 1
            if element is walk.lead:
                walk.lead_pieces = len(pieces)
            text = element.tail
        if text:
            if pieces or not text.isspace():
                pieces.append(text)
                if link:
                    in_links.append(text)
                if bold:
                    in_bold.append(text)
            if breaks and not text.isspace():
                breaks = 0
    walk.flush()
    for still_open in reversed(above):
        if still_open is not None:
            still_open.close()
    return found
