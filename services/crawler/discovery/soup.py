"""Broken XML read as a tree, as a careful person would: every well-formed part of it counts, tags that are
not closed end where they must, and what is no markup is text. One pass, in time linear to the text. Pure.
"""

import re
from collections.abc import Mapping
from html import unescape
from typing import Any

from lxml import etree

from services.crawler.discovery.model import Unreadable

DEEPEST = 200  # what lies deeper is read as if it lay there
MOST_EXPANDED = 1_000_000  # characters that entities may add to a document

MARKUP = re.compile(r"<(?=[A-Za-z_/!?])")
TAG = re.compile(r"""<(/?)\s*([A-Za-z_][^\s<>/"'=]*)((?:"[^"<]*"|'[^'<]*'|[^<>])*+)>?""")
ATTRIBUTE = re.compile(r"""([^\s=<>"'/]+)\s*+(?:=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")
NAME = re.compile(r"[^\W\d][\w.-]*")
REFERENCE = re.compile(r"&(#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,8}|[a-zA-Z][\w.-]{0,40});")
NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
NOT_IN_SPACES = re.compile(r"[^\w:/#.?=&+~-]", re.ASCII)
# What hides from the reader, and where it ends.
HIDDEN = (("<![CDATA[", "]]>"), ("<!--", "-->"), ("<?", "?>"), ("<!", ">"))

# Namespaces of prefixes that nobody declared.
CUSTOMARY = {
    "xml": "http://www.w3.org/XML/1998/namespace",
    "a10": "http://www.w3.org/2005/Atom",
    "atom": "http://www.w3.org/2005/Atom",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "image": "http://www.google.com/schemas/sitemap-image/1.1",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "news": "http://www.google.com/schemas/sitemap-news/0.9",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rss": "http://purl.org/rss/1.0/",
    "video": "http://www.google.com/schemas/sitemap-video/1.1",
}
ITEMS = frozenset({"item", "entry", "sitemap", "url"})
# Elements of which none can hold another: one that begins ends the one before.
SHORT = frozenset(
    "title link guid id pubdate published updated issued modified created loc lastmod language".split()  # noqa: SIM905
)
LONG = frozenset({"description", "summary", "content"})
# Names that HTML does not have: these end what is long, too.
OF_FEEDS = frozenset(
    "guid pubdate published updated issued modified lastmod comments category enclosure".split()  # noqa: SIM905
)


class _Builder:
    """Elements as they open and close. `open` holds the names of those that are, in lower case."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names
        self.budget = MOST_EXPANDED
        self.root = etree.Element("document")
        self.elements = [self.root]
        self.before: Any = None  # the element behind which a text would stand
        self.texts: list[str] = []
        self.open: list[str] = []
        self.spaces: list[Mapping[str, str]] = [CUSTOMARY]

    def start(self, name: str, attributes: str) -> bool:
        """Whether it was opened."""
        folded = name.lower()
        self._make_room(folded)
        if len(self.open) >= DEEPEST:
            return False
        spaces = self.spaces[-1]
        kept: dict[str, str] = {}
        if len(attributes) > 1:
            spaces, kept = self._attributes(attributes.rstrip("/ \r\n\t"))
        tag = _qualified(name, spaces, spaces.get("", ""))
        if tag is None:
            return False
        try:
            element = etree.SubElement(self.elements[-1], tag, kept)
        except ValueError:  # a name or a namespace that lxml does not let pass
            return False
        self._flush()
        self.before = None
        self.elements.append(element)
        self.open.append(folded)
        self.spaces.append(spaces)
        return True

    def _attributes(self, text: str) -> tuple[Mapping[str, str], dict[str, str]]:
        """The namespaces that hold from here on, and the attributes."""
        said: dict[str, str] = {}
        for key, *values in ATTRIBUTE.findall(text):
            said.setdefault(key, self.text("".join(values)))
        declared = {
            key.partition(":")[2]: NOT_IN_SPACES.sub("", value)
            for key, value in said.items()
            if key == "xmlns" or key.startswith("xmlns:")
        }
        spaces = {**self.spaces[-1], **declared} if declared else self.spaces[-1]
        kept = {
            full: value
            for key, value in said.items()
            if not key.startswith("xmlns") and (full := _qualified(key, spaces, "")) is not None
        }
        return spaces, kept

    def _make_room(self, name: str) -> None:
        prefix, _, own = name.rpartition(":")
        if own in ITEMS and name in self.open:
            self.end(name)
        if not self.open:
            return
        above, _, last = self.open[-1].rpartition(":")
        if above != prefix:
            return
        if last in SHORT and (own in SHORT or own in LONG or own in OF_FEEDS or own in ITEMS):
            self.close(1)
        elif own in OF_FEEDS:
            place = next((n for n, each in enumerate(self.open) if each.rpartition(":")[2] in LONG), None)
            if place is not None:
                self.close(len(self.open) - place)

    def end(self, name: str) -> None:
        """Closes that element and what is open in it; where it is not open in this item nothing, or the
        element that was begun under another name (`<titel>` for `<title>`).
        """
        name = name.lower()
        if name not in self.open:
            misspelt = self.open[-2:-1] and self.open[-2] in ITEMS and self.open[-1] not in LONG
            if misspelt and name in SHORT | OF_FEEDS:
                self.close(1)
            return
        for count, each in enumerate(reversed(self.open), 1):
            if each == name:
                self.close(count)
                return
            if each.rpartition(":")[2] in ITEMS and name.rpartition(":")[2] in SHORT | LONG:
                return

    def close(self, count: int) -> None:
        for _ in range(count):
            self._flush()
            self.open.pop()
            self.spaces.pop()
            self.before = self.elements.pop()

    def _flush(self) -> None:
        if not self.texts:
            return
        text = "".join(self.texts)
        self.texts.clear()
        if self.before is not None:
            self.before.tail = text
        else:
            self.elements[-1].text = text

    def text(self, text: str) -> str:
        """With its references replaced."""
        return REFERENCE.sub(self._referred, text) if "&" in text else text

    def _referred(self, found: re.Match[str]) -> str:
        name = found[1]
        if name.startswith("#"):
            return NOT_XML.sub("", unescape(found[0])).replace("\ufffd", "")
        value = self.names.get(name, found[0])
        self.budget -= len(value)
        if self.budget < 0:
            raise Unreadable("uses entities that expand beyond measure: refused")
        return value


def _qualified(name: str, spaces: Mapping[str, str], default: str) -> str | None:
    """In lxml's notation; None for what cannot be a name."""
    prefix, colon, own = name.rpartition(":")
    if NAME.fullmatch(own) is None:
        return None
    space = spaces.get(prefix, f"undeclared:{prefix}") if colon else default
    return f"{{{space}}}{own}" if space else own


def mended(text: str, names: Mapping[str, str]) -> tuple[Any, bool]:
    """The root of a text that begins with its tag, or an element `document` that holds several, and whether
    the text went on to its end. `names`: what entities stand for.
    """
    text = NOT_XML.sub("", text)
    builder = _Builder(names)
    lasts = {mark: text.rfind(end) for mark, end in HIDDEN}
    place, until = 0, len(text)
    while place < until:
        opening = MARKUP.search(text, place)
        start = opening.start() if opening else until
        if start > place:
            builder.texts.append(builder.text(text[place:start]))
            place = start
            continue
        mark, end = "", ""
        if text[place + 1] in "!?":
            mark, end = next(pair for pair in HIDDEN if text.startswith(pair[0], place))
        if mark == "<![CDATA[":
            place = _character_data(text, place + len(mark), lasts[mark], builder)
        elif mark and place + len(mark) <= lasts[mark]:
            place = text.find(end, place + len(mark)) + len(end)
        elif mark:
            place += len(mark)
        elif (found := TAG.match(text, place)) is not None:
            place = found.end()
            if found[1]:
                builder.end(found[2])
            elif builder.start(found[2], found[3]) and found[3].rstrip().endswith("/"):
                builder.close(1)
        else:
            builder.texts.append("<")
            place += 1
    whole = not builder.open
    cut = not whole and builder.open[-1].rpartition(":")[2] in SHORT
    builder.close(len(builder.open))
    root = builder.root
    if cut:  # half an address or a title says something else than was meant
        last = root
        while len(last):
            last = last[-1]
        last.text = None
    return (root[0] if len(root) == 1 else root), whole


def _character_data(text: str, place: int, last: int, builder: _Builder) -> int:
    """Where it ends. What begins anew before it has ended was forgotten to be closed: it is cut at the tag
    that closes the element in which it stands.
    """
    again = text.find("<![CDATA[", place)
    again = len(text) if again < 0 else again
    until = text.find("]]>", place, again) if place <= last else -1
    if until >= 0:
        builder.texts.append(text[place:until])
        return until + 3
    closing = f"</{builder.open[-1]}" if builder.open else "</"
    length = text[place:again].lower().find(closing)
    until = again if length < 0 else place + length
    builder.texts.append(text[place:until])
    return until
