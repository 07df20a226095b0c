"""A stretch of an article that shows why it was found, with what was asked for marked."""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.events import TaggedArticle
from services.kit.query.evaluate import evidence
from services.kit.query.tree import Node

Marks = tuple[tuple[int, int], ...]  # start and end (exclusive) of each, in characters of what is shown


@dataclass(frozen=True, slots=True)
class Highlight:
    """The title whole and a stretch of the text."""

    title: str
    title_marks: Marks
    text: str
    text_marks: Marks


def highlight(node: Node, article: TaggedArticle, width: int = 240) -> Highlight:
    """The stretch of about `width` characters that holds most of the evidence; the text's beginning where it
    holds none. White space is shown as single blanks.
    """
    spans = evidence(node, article)
    in_title = [(span.start, span.end) for span in spans if span.field == "title"]
    in_text = [(span.start, span.end) for span in spans if span.field == "text"]
    start, end = _densest(in_text, len(article.text), width)
    start, end = _whole_words(article.text, start, end)
    title, title_marks = _shown(article.title, 0, len(article.title), in_title)
    text, text_marks = _shown(article.text, start, end, in_text)
    before, after = "… " if start > 0 else "", " …" if end < len(article.text) else ""
    moved = tuple((first + len(before), last + len(before)) for first, last in text_marks)
    return Highlight(title, title_marks, f"{before}{text}{after}", moved)


def _densest(marks: Sequence[tuple[int, int]], length: int, width: int) -> tuple[int, int]:
    """The window that holds the most marks; it begins a little before the first of them."""
    best = max(
        (first for first, _ in marks),
        key=lambda first: (sum(first <= start and end <= first + width for start, end in marks), -first),
        default=0,
    )
    start = max(0, min(best - width // 4, length - width))
    return start, min(length, start + width)


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """The window without the pieces of words at its ends, unless it is one word."""
    while 0 < start < end and not text[start - 1].isspace():
        start += 1
    while start < end < len(text) and not text[end].isspace():
        end -= 1
    return (start, end) if start < end else (start, min(len(text), start + 1))


def _shown(text: str, start: int, end: int, marks: Sequence[tuple[int, int]]) -> tuple[str, Marks]:
    """The stretch with single blanks, and the marks within it at their new places."""
    shown: list[str] = []
    place: dict[int, int] = {}  # of each character of the original, in what is shown
    for at in range(start, end):
        place[at] = len(shown)
        if not text[at].isspace():
            shown.append(text[at])
        elif shown and shown[-1] != " ":
            shown.append(" ")
    found = [
        (place[max(first, start)], place[min(last, end) - 1] + 1)
        for first, last in marks
        if first < end and last > start
    ]
    return "".join(shown).rstrip(), tuple(sorted(set(found)))
