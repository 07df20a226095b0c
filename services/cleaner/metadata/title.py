"""An article's headline, without the name of its site. Pure.

A newsroom writes three: the one on the page (h1), the one that it gives to machines (JSON-LD's headline) and
the one for readers elsewhere (og:title). Where they say the same, og:title has the spelling; where they
differ, see `_best`.
"""

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher

from services.cleaner.metadata import address
from services.cleaner.metadata.page import Page
from services.cleaner.metadata.site_name import host_words
from services.cleaner.metadata.tree import elements

LONGEST = 300
LONGEST_HEADING = 200  # characters: what is longer is a paragraph in large letters
LEAST_WORDS = 4
SUBTITLE_WORDS = 3
LEAST_SHARE = 0.25
CUT_OFF = 100  # characters, at which JSON-LD's headlines are cut
_BAR = re.compile(r"[|｜ㅣ│¦]")
_NUMBER = re.compile(r"\b\d+\b")
_WORD = re.compile(r"[^\W\d]\w*")
_DASHES = frozenset("-–—")
_SEPARATOR = re.compile(r"\s+[|–—·•»›«~-]+\s+|\s*[|｜ㅣ│¦]\s*|\s+:{2}\s+|\s+—|_(?=[^_]{2,20}$)")
# Marks that stand within headlines, too, and part only what is the site's name; without spaces only from
# letters beyond ASCII, as in Coca-Cola.
_LAST = re.compile(r"^(.*?\S)(\s*(?:--|－|：|:|<)\s*|-(?=[^\x00-\x7f]))([^-－：:<]{2,40})$", re.DOTALL)
# And, where it is parted by one of these, what else they part.
_RUBRICS = {mark: re.compile(rf"\s*{mark}\s*[^-:<]{{1,12}}$") for mark in ("--", " : ", " < ")}
_LEADING = re.compile(r"^(.{2,40}?)(?:\s*:\s+|\s+[|–—·•»›-]\s+|\s*[|｜ㅣ│¦]\s*)")
_MARKS = str.maketrans(
    {"’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "–": "-", "—": "-", "\u00ad": None}
)


def headline(page: Page, names: Iterable[str]) -> str:
    """The title as readers see it. `names`: how the site calls itself."""
    site = _Site(page, names)
    shown = [text for heading in page.headings[:20] if (text := site.off(heading))]
    shared = _first(site, page.meta("og.title", "twitter.title"))
    said = _first(
        site, page.said("headline") + page.meta("headline", "parselytitle", "sailthru.title", "dc.title")
    )
    window = site.off(page.title)
    heading = _confirmed(shown, [said, shared, window])
    elsewhere = shared or window
    if heading and elsewhere and _is_better(page, heading, said, elsewhere):
        return elsewhere[:LONGEST]
    return _best(page, heading, said, shared, window)[:LONGEST]


def _best(page: Page, heading: str, said: str, shared: str, window: str) -> str:
    """The heading, as a rule. In news it is another where JSON-LD and og:title agree on that; and where the
    window's title repeats the heading, both were written for search engines, and what differs from them for
    readers.
    """
    if not heading:
        cut_off = len(said) >= CUT_OFF and shared.startswith(said)
        return (shared if cut_off else said) or shared or window
    others = [other for other in (shared, said) if other and _is_other(other, heading)]
    if not others or not page.is_news:
        return _as_in(window, heading)
    if shared.endswith(f": {heading}") and fold(window).startswith(fold(shared)):  # with its kicker before it
        return shared
    agreed = len(others) == 2 and fold(others[0]) == fold(others[1])
    return others[0] if agreed or fold(window) == fold(heading) else heading


def _is_better(page: Page, heading: str, said: str, elsewhere: str) -> bool:
    """Whether the name elsewhere stands instead of the heading: which lacks a number that the other has, has
    its subtitle in it, or is a paragraph; or it is a section's name, and the address is made of the other.
    That outvotes the heading by two words, with JSON-LD on the heading's side by three.
    """
    if not page.is_news and _adds_numbers(elsewhere, heading):
        return True
    if not _is_other(elsewhere, heading):
        return False
    if len(heading) > LONGEST_HEADING or _has_subtitle(page, heading):
        return True
    more = address.named(page.url, elsewhere) - address.named(page.url, heading)
    return not page.is_news and more >= (3 if fold(said) == fold(heading) else 2)


def _adds_numbers(other: str, heading: str) -> bool:
    """Whether it says the same and a number: how many there are, the year."""
    numbers, more = (set(_NUMBER.findall(fold(text))) for text in (heading, other))
    plain, same = (_WORD.findall(fold(text)) for text in (heading, other))
    return numbers < more and plain == same


def _has_subtitle(page: Page, heading: str) -> bool:
    """Whether the heading is made of several pieces of some words each."""
    pieces = next((each.parts for each in elements(page.tree, "h1") if heading in each.text), ())
    return len(pieces) > 1 and all(len(piece.split()) >= SUBTITLE_WORDS for piece in pieces)


def _is_other(text: str, heading: str) -> bool:
    """Whether it says something else: not the heading and more, nor the heading cut off at a quotation mark,
    which ended the attribute that held it.
    """
    cut_off = heading.startswith(text) and heading[len(text) :].lstrip()[:1] in {'"', "'"}
    return not cut_off and not fold(text).startswith(fold(heading))


def _as_in(window: str, heading: str) -> str:
    """The heading with the quotation marks of the window's title, which are those that people type."""
    same = window[: len(heading)]
    return same if fold(same) == fold(heading) else heading


def _confirmed(headings: list[str], others: list[str]) -> str:
    """The heading that the page's other names repeat; else the only one."""
    folded = [fold(other) for other in others if other]
    for heading in headings:
        plain = fold(heading)
        if any(_is_much_of(plain, other) or other in plain for other in folded):
            return heading
    likeness = [
        (max((SequenceMatcher(None, fold(heading), other).ratio() for other in folded), default=0.0), -place)
        for place, heading in enumerate(headings)
    ]
    if likeness and max(likeness)[0] > 0.5:
        return headings[-max(likeness)[1]]
    return headings[0] if len(headings) == 1 and not _is_masthead(headings[0], folded) else ""


def _is_much_of(heading: str, other: str) -> bool:
    """Whether the other name has it, and not as its last word alone: Reviews."""
    return heading in other and (other.startswith(heading) or LEAST_SHARE * len(other) <= len(heading))


def _is_masthead(heading: str, others: list[str]) -> bool:
    """Whether it is short and has no word of the other names, which are headlines."""
    words = set(_WORD.findall(fold(heading)))
    long = [other for other in others if len(other.split()) >= LEAST_WORDS]
    return (
        len(words) < LEAST_WORDS
        and bool(long)
        and not any(words & set(_WORD.findall(other)) for other in long)
    )


def _first(site: "_Site", values: list[str]) -> str:
    return next((text for value in values if (text := site.off(value))), "")


class _Site:
    """Knows the site's names, to take them off."""

    def __init__(self, page: Page, names: Iterable[str]) -> None:
        self._names = {squashed for name in names if (squashed := _squash(name))}
        self._host = host_words(page)
        self._is_guide = page.is_guide

    def off(self, title: str) -> str:
        """The title without the site's name, or a rubric behind a bar (in guides behind a dash, too), at
        either end; empty if it is no more.
        """
        text = " ".join(title.split())
        if self._is_called(text):
            return ""
        last = _LAST.match(text)
        if last and self._is_called(last[3]):
            text = last[1]
            if rubric := _RUBRICS.get(last[2]):
                text = _without_tails(text, rubric)
        for _ in range(3):
            last = next(reversed(list(_SEPARATOR.finditer(text))), None)
            if last is None or not last.start():
                break
            rest, end = text[: last.start()].rstrip(), text[last.end() :]
            if not self._is_name(end) and not self._is_rubric(rest, last[0], end):
                break
            text = rest
        first = _LEADING.match(text)
        if first and self._is_called(first[1]) and text[first.end() :]:
            text = text[first.end() :]
        return text

    def _is_called(self, text: str) -> bool:
        squashed = _squash(text)
        return not squashed or squashed in self._names or squashed == self._host

    def _is_name(self, text: str) -> bool:
        if self._is_called(text):
            return True
        squashed = _squash(text)
        if len(text.split()) > 6 or len(self._host) < 3:
            return False
        return self._host in squashed or (len(squashed) > 3 and squashed in self._host)

    def _is_rubric(self, rest: str, separator: str, end: str) -> bool:
        """What goes on in lower case behind a dash is the headline's."""
        behind_dash = self._is_guide and separator.strip() in _DASHES and not end[:1].islower()
        apart = behind_dash or bool(_BAR.search(separator))
        return apart and len(rest.split()) >= LEAST_WORDS and len(end.split()) <= LEAST_WORDS


def _without_tails(text: str, tail: re.Pattern[str]) -> str:
    for _ in range(3):
        text = tail.sub("", text) or text
    return text


def _squash(text: str) -> str:
    return re.sub(r"[\W_]|^the ", "", fold(text))


def fold(text: str) -> str:
    """For comparing: without case, marks of quotation and length of dashes."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_MARKS).casefold().split())
