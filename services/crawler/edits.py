"""From two captures of a page to what was edited in it: lines removed and lines added. Pure."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from schemas.events import Hunk

MOST = 64_000  # characters of a difference


def difference(old: Sequence[str], new: Sequence[str]) -> tuple[Hunk, ...]:
    """What leads from the one to the other, in order; no line may stand twice in either. Whole: without the
    removed lines and with the added ones behind `before`, the old lines are the new ones.
    """
    places = [-1, -1], *_common(old, new), [len(old), len(new)]
    hunks = (
        Hunk(
            before=old[before[0]] if before[0] >= 0 else "",
            removed=tuple(old[before[0] + 1 : after[0]]),
            added=tuple(new[before[1] + 1 : after[1]]),
        )
        for before, after in pairwise(places)
    )
    return tuple(hunk for hunk in hunks if hunk.removed or hunk.added)


def bounded(hunks: Iterable[Hunk], most: int = MOST) -> tuple[Hunk, ...]:
    """The first of them, of so many characters; the last one says if something was left out."""
    kept: list[Hunk] = []
    for hunk in hunks:
        if most <= 0:
            kept[-1] = kept[-1].model_copy(update={"cut": True})
            break
        size = sum(map(len, (hunk.before, *hunk.removed, *hunk.added)))
        kept.append(hunk if size <= most else _cut(hunk, most))
        most -= size
    return tuple(kept)


def _cut(hunk: Hunk, most: int) -> Hunk:
    """Half of the room for either side, so that none is left without a word."""
    return Hunk(
        before=hunk.before[: most // 3],
        removed=tuple(_within(hunk.removed, most // 3)),
        added=tuple(_within(hunk.added, most // 3)),
        cut=True,
    )


def _within(lines: Iterable[str], most: int) -> Iterator[str]:
    for line in lines:
        if most <= 0:
            return
        yield line[:most]
        most -= len(line)


def _common(old: Sequence[str], new: Sequence[str]) -> list[list[int]]:
    """Places of the lines that stay: the longest sequence that both have. As a line stands only once in
    either, it is the longest rising sequence of places, found in n log n steps.
    """
    where = {line: place for place, line in enumerate(new)}
    shared = [[place, where[line]] for place, line in enumerate(old) if line in where]
    ends: list[int] = []  # for each length, the least place in which a rising sequence of it ends
    holders: list[int] = []  # and whose place that is
    before: list[int] = []
    for number, (_, place) in enumerate(shared):
        length = bisect_left(ends, place)
        before.append(holders[length - 1] if length else -1)
        ends[length : length + 1] = [place]
        holders[length : length + 1] = [number]
    kept = []
    number = holders[-1] if holders else -1
    while number >= 0:
        kept.append(shared[number])
        number = before[number]
    return kept[::-1]
