"""Sentences of an article with what was seen in them, for console and alerts alike. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from schemas.events import Quote, QuoteMark, Span, ThreadedArticle

PASSAGE = 240  # characters of context at most on each side of a piece of evidence
MOST_QUOTES = 3
_SENTENCE_END = re.compile(r"[.!?…]['\"”’»)]*\s+|[。！？]|\n+")


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text, marked or not."""

    text: str
    marked: bool


Segments = tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class _Cut:
    start: int
    end: int
    more_before: bool
    more_after: bool


def segments(
    text: str, places: Iterable[tuple[int, int]], start: int = 0, end: int | None = None
) -> Segments:
    """text[start:end] in stretches; `places` are (start, end) in the whole text, in any order. Places
    that overlap or lie outside are joined and cut: the stretches always add up to the text.
    """
    end = len(text) if end is None else min(end, len(text))
    found: list[Segment] = []
    at = start
    for first, last in sorted(places):
        first, last = max(first, at), min(last, end)  # noqa: PLW2901
        if first >= last:
            continue
        if first > at:
            found.append(Segment(text[at:first], marked=False))
        if found and found[-1].marked and first == at:
            found[-1] = Segment(found[-1].text + text[first:last], marked=True)
        else:
            found.append(Segment(text[first:last], marked=True))
        at = last
    if at < end:
        found.append(Segment(text[at:end], marked=False))
    return tuple(found)


def passage(text: str, start: int, end: int) -> Segments:
    """The sentence around text[start:end], with that marked; cut where it is very long."""
    return _passage(text, [(start, end)], _cut(text, start, end))


def stands(span: Span, article: ThreadedArticle) -> bool:
    """Whether the span is in this revision of the article: an edit may have moved or removed it."""
    return bool(span.text) and _field(article, span)[span.start : span.end] == span.text


def quoted(span: Span, article: ThreadedArticle | None) -> Segments:
    """The sentence in which a piece of evidence stands; the piece alone where the article has changed."""
    if article is None or not stands(span, article):
        return (Segment(span.text, marked=True),) if span.text else ()
    return passage(_field(article, span), span.start, span.end)


def places(
    spans: Iterable[Span], article: ThreadedArticle, field: Literal["title", "text"]
) -> list[tuple[int, int]]:
    """Where to mark a field of the article."""
    return [(span.start, span.end) for span in spans if span.field == field and stands(span, article)]


def quotes(spans: Iterable[Span], article: ThreadedArticle, most: int = MOST_QUOTES) -> tuple[Quote, ...]:
    """The sentences of the article's text in which the spans stand, each once, with all that is marked in it;
    of the title, where the text has none.
    """
    there = [span for span in spans if stands(span, article)]
    chosen = [span for span in there if span.field == "text"] or there
    found: dict[_Cut, list[Span]] = {}
    for span in chosen:
        home = next((each for each in found if each.start <= span.start and span.end <= each.end), None)
        found.setdefault(home or _cut(_field(article, span), span.start, span.end), []).append(span)
    return tuple(
        _quote(_passage(_field(article, marked[0]), [(span.start, span.end) for span in marked], home))
        for home, marked in list(found.items())[:most]
    )


def _quote(found: Segments) -> Quote:
    marks = []
    at = 0
    for piece in found:
        if piece.marked:
            marks.append(QuoteMark(start=at, end=at + len(piece.text)))
        at += len(piece.text)
    return Quote(text="".join(piece.text for piece in found), marks=tuple(marks))


def _passage(text: str, places: Iterable[tuple[int, int]], cut: _Cut) -> Segments:
    before = (Segment("… ", marked=False),) if cut.more_before else ()
    after = (Segment(" …", marked=False),) if cut.more_after else ()
    return (*before, *segments(text, places, cut.start, cut.end), *after)


def _cut(text: str, start: int, end: int) -> _Cut:
    """The sentence, as far as it is near."""
    first = max((gap.end() for gap in _SENTENCE_END.finditer(text, 0, start)), default=0)
    gap = _SENTENCE_END.search(text, max(start, end - 1))
    last = gap.start() + len(gap.group().rstrip()) if gap else len(text)
    near = max(first, start - PASSAGE), min(last, end + PASSAGE)
    return _Cut(*near, more_before=near[0] > first, more_after=near[1] < last)


def _field(article: ThreadedArticle, span: Span) -> str:
    return article.title if span.field == "title" else article.text
