"""What a page is made of, for the extractor: blocks of text, the elements that hold them, their shapes."""

LONG = 90  # characters of a block that is a paragraph and no label


class Shape:
    """What elements of one tag and class under parents of one shape have in common.

    elements: how many there are that hold text. The rest are sums over the blocks in them.
    """

    __slots__ = ("blocks", "chars", "elements", "link_chars", "long_chars")

    def __init__(self) -> None:
        self.elements = self.blocks = self.chars = self.link_chars = self.long_chars = 0


class Element:
    """A block-level element: where it is, what its names say, and sums over the blocks in it and below it.

    own: bits of GROUPS that it belongs to; within: those of the elements around it, too.
    """

    __slots__ = (
        "blocks", "chars", "depth", "hidden", "link_chars", "long_chars", "own", "paragraphs", "parent",
        "score", "shape", "tag", "within",
    )  # fmt: skip

    def __init__(self, tag: str, parent: "Element | None", own: int, shape: Shape, hidden: bool) -> None:
        self.tag = tag
        self.parent = parent
        self.own = own
        self.shape = shape
        self.hidden = hidden
        if parent is None:
            self.depth = 0
            self.within = own
        else:
            self.depth = parent.depth + 1
            self.within = parent.within | own
        self.chars = self.link_chars = self.long_chars = self.blocks = self.paragraphs = 0
        self.score = 0.0
        shape.elements += 1

    def count(self, block: "Block") -> None:
        """Add a block that is in this very element."""
        size, links, shape = len(block.text), block.link_chars, self.shape
        self.blocks += 1
        self.chars += size
        self.link_chars += links
        shape.blocks += 1
        shape.chars += size
        shape.link_chars += links
        if size >= LONG:
            shape.long_chars += size
            if links < size / 2:
                self.long_chars += size
        if self.tag == "p":
            self.paragraphs += 1

    def close(self) -> None:
        """Add the sums to the parent's: nothing comes below this element any more."""
        parent = self.parent
        if parent is not None:
            parent.blocks += self.blocks
            parent.chars += self.chars
            parent.link_chars += self.link_chars
            parent.long_chars += self.long_chars
            parent.paragraphs += self.paragraphs


class Block:
    """text: one line, white space folded. links: how many begin in it. *_chars: characters in links, bold.

    lead: bits of GROUPS that the inline element around all of the text belongs to.
    """

    __slots__ = ("bold_chars", "element", "lead", "link_chars", "links", "text")

    def __init__(
        self, text: str, element: Element, links: int, link_chars: int, bold_chars: int, lead: int
    ) -> None:
        self.text = text
        self.element = element
        self.links = links
        self.link_chars = link_chars
        self.bold_chars = bold_chars
        self.lead = lead
