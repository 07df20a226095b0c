"""All that the metadata asks of a parsed page. The parser is known here and nowhere else in the package."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice

from lxml.etree import XPath, iterwalk
from lxml.html import HtmlElement

_SILENT = ("script", "style", "noscript", "template", "svg")
# A page of more such elements is a list, or built to keep a reader busy.
MOST = 10_000
MOST_PARTS = 60


@dataclass(frozen=True, slots=True)
class Element:
    """An element: its name, its attributes, its text, and the pieces of which that is made."""

    tag: str
    attributes: Mapping[str, str]
    parts: tuple[str, ...]
    text: str

    def get(self, name: str) -> str:
        """The attribute, stripped; empty where it lacks."""
        return (self.attributes.get(name) or "").strip()


def squeeze(text: str) -> str:
    """The text with each run of white space as one space."""
    return " ".join(text.split())


def elements(tree: HtmlElement, *tags: str) -> Iterator[Element]:
    """The elements of these names, in order."""
    for node in islice(tree.iter(*tags), MOST):
        yield _element(node)


def scripts(tree: HtmlElement, kind: str) -> Iterator[str]:
    """The text of the scripts of a type, in order."""
    for node in islice(tree.iter("script"), MOST):
        if (node.get("type") or "").split(";")[0].strip().lower() == kind:
            yield node.text or ""


def marked(tree: HtmlElement, attribute: str, pattern: re.Pattern[str]) -> Iterator[Element]:
    """The elements of the body with an attribute that matches; the outermost, in order."""
    known: dict[str, bool] = {}
    last = None
    for value in _attributes(attribute)(tree):
        if value not in known:
            known[value] = bool(pattern.search(value))
        if known[value]:
            node = value.getparent()
            if last is None or all(parent is not last for parent in node.iterancestors()):
                last = node
                yield _element(node)


@cache
def _attributes(name: str) -> XPath:
    return XPath(f"(//body//@{name})[position() <= {MOST}]")


def lines(tree: HtmlElement) -> Iterator[str]:
    """All lines of text that are shown."""
    for body in tree.iter("body"):
        yield from _lines(body)


def lines_near(tree: HtmlElement, heading: str, before: int, after: int) -> Iterator[str]:
    """The lines of text after the first h1 with that text, then those before it, the nearest first."""
    node = next((each for each in tree.iter("h1") if _text(each) == heading), None)
    if node is not None:
        yield from islice(_following(node), after)
        yield from islice(_preceding(node), before)


def document_language(tree: HtmlElement) -> str:
    """What the root element calls its language, or an empty text."""
    root = tree.getroottree().getroot()
    return (
        root.get("lang")
        or root.get("{http://www.w3.org/XML/1998/namespace}lang")
        or root.get("xml:lang")
        or ""
    )


def _following(node: HtmlElement) -> Iterator[str]:
    place: HtmlElement | None = node
    while place is not None:
        if line := squeeze(place.tail or ""):
            yield line
        for sibling in place.itersiblings():
            yield from _lines(sibling)
            if line := squeeze(sibling.tail or ""):
                yield line
        place = place.getparent()


def _preceding(node: HtmlElement) -> Iterator[str]:
    place: HtmlElement | None = node
    while place is not None:
        for sibling in place.itersiblings(preceding=True):
            if line := squeeze(sibling.tail or ""):
                yield line
            yield from reversed(list(islice(_lines(sibling), MOST_PARTS)))
        place = place.getparent()
        if place is not None and (line := squeeze(place.text or "")):
            yield line


def _lines(node: HtmlElement) -> Iterator[str]:
    """The pieces of text within an element, without what is not shown."""
    if not isinstance(node.tag, str):  # a comment
        return
    walk = iterwalk(node, events=("start", "end"))
    for event, each in walk:
        if event == "start":
            if each.tag in _SILENT:
                walk.skip_subtree()
            elif line := squeeze(each.text or ""):
                yield line
        elif each is not node and (line := squeeze(each.tail or "")):
            yield line


def _element(node: HtmlElement) -> Element:
    if node.tag in ("meta", "link"):
        return Element(node.tag, node.attrib, (), "")
    return Element(node.tag, node.attrib, tuple(islice(_lines(node), MOST_PARTS)), _text(node))


def _text(node: HtmlElement) -> str:
    """Joined as written: a letter in an element of its own stays in its word, a line break parts words."""
    pieces: list[str] = []
    walk = iterwalk(node, events=("start", "end"))
    for event, each in walk:
        if event == "end":
            pieces.append(each.tail or "" if each is not node else "")
        elif each.tag in _SILENT:
            walk.skip_subtree()
        else:
            pieces.append(" " if each.tag == "br" else each.text or "")
        if len(pieces) > 8 * MOST_PARTS:
            break
    return squeeze("".join(pieces))
