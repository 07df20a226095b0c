"""Arrays that grow at the end and are cut at the front, in place: a copy of the largest would take half a
gigabyte for a moment. Pure.

Nobody may hold a view of such an array over a change of its length.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def lengthen(array: NDArray[Any], rows: int) -> None:
    """Make room for so many rows at its end."""
    array.resize((len(array) + rows, *array.shape[1:]), refcheck=False)


def shorten(array: NDArray[Any], rows: int) -> None:
    """Drop rows from its end."""
    array.resize((len(array) - rows, *array.shape[1:]), refcheck=False)


def behead(array: NDArray[Any], rows: int) -> None:
    """Drop rows from its front."""
    for at in range(0, len(array) - rows, rows or 1):
        further = array[at + rows : at + 2 * rows]
        array[at : at + len(further)] = further
    shorten(array, rows)


def replace_tail(array: NDArray[Any], start: int, tail: NDArray[Any]) -> None:
    """Put another tail in the place of what stands from `start` on."""
    array.resize((start + len(tail), *array.shape[1:]), refcheck=False)
    array[start:] = tail


def firsts(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Which of the sorted values differ from the one before; quicker than numpy's `unique` for few."""
    first = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=first[1:])
    return first


def empty(dtype: Any, *width: int) -> NDArray[Any]:
    """An array of no rows."""
    return np.empty((0, *width), dtype)
