"""Whether an act is done, announced, threatened, denied, reversed, or long past."""

import re
from collections.abc import Sequence
from typing import Final, Literal

from services.tagger import english as en
from services.tagger.phrases import Items

Status = Literal["done", "announced", "threatened", "denied", "reversed", "historical"]

_YEAR: Final = re.compile(
    r"\b(?:[Ii]n|[Dd]uring|[Bb]ack in)\s+(?:(?:early|late|mid)[- ])?"
    r"(?:(?:January|February|March|April|May|June|July|August|September|October|November|December)\s+)?"
    r"(?:of\s+)?(?:the\s+)?(?P<year>1[5-9]\d\d|20\d\d)(?P<decade>s)?\b"
)
_OTHER_CLAUSE_BEFORE: Final = re.compile(r"[,;]|\b(?:which|who|that|and|after|before)\b")
_OTHER_CLAUSE_BEHIND: Final = re.compile(
    r"[,;:]|\b(?:which|who|that|over|since|for|after|following|because|amid|when|while|and)\b"
)
_OPENING: Final = 32  # characters: a year named this early dates the whole sentence
_LONG_AGO: Final = re.compile(
    r"\b(?:during|at the height of|throughout) the Cold War\b|\bCold War-era\b"
    r"|\b(?:years|decades|generations|centuries) ago\b"
    r"|\blast century\b|\bin (?:the )?Soviet times\b"
    r"|\bin the (?:nineteen)?(?:sixties|seventies|eighties|nineties)\b",
    re.IGNORECASE,
)


def is_past(sentence: str, trigger: int, year: int | None) -> bool:
    """Does the clause around `trigger` (an offset in `sentence`) tell of something at least two years old?

    `year`: the year of publication; without one, any "in 1986" counts as the past.
    """
    if _LONG_AGO.search(sentence):
        return True
    for match in _YEAR.finditer(sentence):
        named = int(match["year"])
        if year is not None and named > year - 2 and not match["decade"]:
            continue
        place = match.start("year")
        if place < trigger:
            if place < 32 or not re.search(
                r"[,;]|\b(?:which|who|that|and|after|before)\b", sentence[place + 4 : trigger]
            ):
                return True
            continue
        if not _OTHER_CLAUSE_BEHIND.search(sentence, trigger, place):
            return True
    return False


def verb_status(words: Sequence[str], before: Sequence[str]) -> Status | None:
    """The status of a verb from the words between its subject and it, and all words before the subject.

    None: nobody does it here (they are asked to, or want to).
    """
    zone = set(words)
    if zone & en.NEGATIONS or zone & en.DENY:
        return "denied"
    if zone & en.DECISION and zone & en.REVERSE:
        return "reversed"
    if zone & en.THREATEN:
        return "threatened"
    said = set(before)
    if said & {"denied", "denies", "denying", "denial"}:
        return "denied"
    if "would" in zone and said & {"warn", "warns", "warned", "warning", "threatened", "threatens", "if"}:
        return "threatened"
    if "will" in zone and said & {"warned", "warns", "if"}:
        return "threatened"
    if "to" in zone:
        if zone & en.DECISION:
            return "done" if zone & en.DECIDED else "announced"
        if zone & en.BEGIN:
            return "done"
        return "announced" if zone & (en.ANNOUNCE | en.BE) or tuple(words) == ("to",) else None
    if zone & en.ANNOUNCE - {"decided", "agreed", "set", "voted"}:
        return "announced"
    return None if zone & {"should", "must"} else "done"


def noun_status(items: Items, index: int) -> Status | None:
    """The status of a noun ("the expulsion of …") from the words that govern it on its left."""
    words: list[str] = []
    place = index - 1
    while place >= 0 and len(words) < 8:
        low = items[place].low
        if (
            low in (",", ";", ":", "and", "but", "after", "following", "over", "since", "amid")
            and items[place].mention is None
        ):
            break
        words.append(low)
        place -= 1
    zone = set(words)
    near = set(words[:4])
    if near & en.REVERSE:
        return "reversed"
    if zone & (en.DENY | {"no", "ruled"}):
        return "denied"
    if near & en.CALL:
        return None
    if near & (en.THREATEN | {"would", "could"}):
        return "threatened"
    if near & {"will", "plans", "plan", "planned", "upcoming"}:
        return "announced"
    return "done"
