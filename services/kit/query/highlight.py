"""A stretch of an article that shows why it was found, with what was asked for marked."""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.events import TaggedArticle
from services.kit.query.evaluate import evidence
from services.kit.query.tree import Node

Marks = tuple[tuple[int, int], ...]  # start and end (exclusive) of each, in characters of what is shown
_WORD = 40  # characters; longer ones are cut


@dataclass(frozen=True, slots=True)
class Highlight:
    """The title whole and a stretch of the text."""

    title: str
    title_marks: Marks
    text: str
    text_marks: Marks


def highlight(node: Node, article: TaggedArticle, width: int = 240) -> Highlight:
    """The stretch of about `width` characters that holds most of the evidence; the text's beginning where it
    holds none. White space is shown as single blanks, and marks do not overlap.
    """
    spans = evidence(node, article)
    in_title = [(span.start, span.end) for span in spans if span.field == "title"]
    in_text = [(span.start, span.end) for span in spans if span.field == "text"]
    start, end = _stretch(article.text, in_text, width)
    title, title_marks = _shown(article.title, 0, len(article.title), in_title)
    text, text_marks = _shown(article.text, start, end, in_text)
    before = "… " if article.text[:start].strip() else ""
    after = " …" if article.text[end:].strip() else ""
    moved = tuple((first + len(before), last + len(before)) for first, last in text_marks)
    return Highlight(title, title_marks, f"{before}{text}{after}", moved)


def _stretch(text: str, marks: Sequence[tuple[int, int]], width: int) -> tuple[int, int]:
    """The window that holds the most marks, with them in its middle and no word cut short at its ends."""
    held = _densest(marks, width)
    first, last = (held[0][0], held[-1][1]) if held else (0, 0)
    margin = max(0, width - (last - first)) // 2
    start = max(0, min(first - margin, len(text) - width))
    end = min(len(text), start + width)
    return _word_begins(text, start, first), _word_ends(text, end, last)


def _densest(marks: Sequence[tuple[int, int]], width: int) -> Sequence[tuple[int, int]]:
    """The marks of the window that holds most; the earliest of those that hold as many."""
    windows = [
        [(start, end) for start, end in marks if first <= start and end <= first + width]
        or [(first, first + width)]  # one mark that is longer than the window
        for first, _ in marks
    ]
    return max(windows, key=len, default=[])


def _word_begins(text: str, start: int, latest: int) -> int:
    """The first place from `start` where a word begins. Scripts without spaces are cut anywhere."""
    for at in range(start, min(start + _WORD, latest + 1)):
        if at == 0 or text[at - 1].isspace():
            return at
    return start


def _word_ends(text: str, end: int, earliest: int) -> int:
    """The last place up to `end` where a word ends."""
    for at in range(end, max(end - _WORD, earliest - 1, 0), -1):
        if at == len(text) or text[at].isspace():
            return at
    return end


def _shown(text: str, start: int, end: int, marks: Sequence[tuple[int, int]]) -> tuple[str, Marks]:
    """The stretch with single blanks, and the marks within it at their new places."""
    shown: list[str] = []
    places: list[int] = []  # of each character of the stretch, in what is shown
    for char in text[start:end]:
        places.append(len(shown))
        if not char.isspace():
            shown.append(char)
        elif shown and shown[-1] != " ":
            shown.append(" ")
    found: list[tuple[int, int]] = []
    for first, last in sorted(marks):
        inside = [at for at in range(max(first, start), min(last, end)) if not text[at].isspace()]
        if not inside:
            continue
        new, behind = places[inside[0] - start], places[inside[-1] - start] + 1
        if found and new < found[-1][1]:
            earlier = found.pop()
            new, behind = earlier[0], max(behind, earlier[1])
        found.append((new, behind))
    return "".join(shown).rstrip(), tuple(found)
