"""Which row has an id: a table of row numbers, probed one after the other, 6 to 13 bytes each. Pure."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LEAST = 1024  # slots
_AT_ONCE = 262_144  # rows that are placed at once


class Ids:
    """The newest row of each id. A mark is 32 bits of the id; whether a row has the id, its owner knows.
    Rows before `oldest` are forgotten.
    """

    def __init__(self) -> None:
        self._slots = np.zeros(_LEAST, np.uint32)  # number + 1
        self._used = 0

    def find(self, mark: int, oldest: int, has_id: Callable[[int], bool]) -> int | None:
        slots, mask = self._slots, len(self._slots) - 1
        at = mark & mask
        while held := slots.item(at):
            if held > oldest and has_id(held - 1):
                return held - 1
            at = (at + 1) & mask
        return None

    def put(self, mark: int, number: int, oldest: int, has_id: Callable[[int], bool]) -> None:
        """The row replaces an older one of the same id."""
        slots, mask = self._slots, len(self._slots) - 1
        at = mark & mask
        while held := slots.item(at):
            if held > oldest and has_id(held - 1):
                break
            at = (at + 1) & mask
        else:
            self._used += 1
        slots[at] = number + 1

    @property
    def full(self) -> bool:
        """Whether it must be rebuilt before anything is put."""
        return 3 * self._used >= 2 * len(self._slots)

    def rebuild(self, rows: NDArray[Any], marks: NDArray[Any]) -> None:
        """Hold these rows, in ascending order, and their marks, and leave out what else there was. An older
        row of the same id is never met, as the newer one comes first.
        """
        size = _LEAST
        while size < 1.6 * len(rows):
            size *= 2
        self._slots, self._used = np.zeros(size, np.uint32), len(rows)
        for end in range(len(rows), 0, -_AT_ONCE):
            start = max(0, end - _AT_ONCE)
            self._place(rows[start:end][::-1], marks[start:end][::-1].astype(np.int64))

    def _place(self, rows: NDArray[Any], at: NDArray[np.int64]) -> None:
        """Newest first: where two want a slot, the newer one gets it."""
        slots, mask = self._slots, len(self._slots) - 1
        at = at & mask
        while len(rows):
            free = np.flatnonzero(slots[at] == 0)
            places, firsts = np.unique(at[free], return_index=True)
            winners = free[firsts]
            slots[places] = rows[winners] + 1
            left = np.ones(len(rows), np.bool_)
            left[winners] = False
            rows, at = rows[left], (at[left] + 1) & mask
