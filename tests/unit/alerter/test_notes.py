import asyncio
import threading
from collections.abc import Sequence
from typing import Any, cast

import pytest

from services.alerter.notes import Notes
from services.store.protocol import Delivery, Store, StoreUnavailable


class Slow:
    """A store whose first write lasts until it is let go, and that fails as it is told to."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.written: list[list[str]] = []
        self.failing = 0

    def resolve_deliveries(self, deliveries: Sequence[Delivery]) -> None:
        self.go.wait(5)
        if self.failing:
            self.failing -= 1
            raise StoreUnavailable("away")
        self.written.append([each.id for each in deliveries])


def delivery(id: str) -> Delivery:
    return Delivery(id, cast("Any", None), cast("Any", None), "pending")


def test_what_comes_meanwhile_goes_together_with_the_next() -> None:
    store = Slow()

    async def go() -> None:
        notes = Notes(cast("Store", store))
        first = asyncio.ensure_future(notes.note([delivery("a")]))
        await asyncio.sleep(0.05)
        rest = [asyncio.ensure_future(notes.note([delivery(id)])) for id in "bcd"]
        await asyncio.sleep(0.05)
        assert not first.done()
        store.go.set()
        await asyncio.gather(first, *rest)

    asyncio.run(go())
    assert store.written == [["a"], ["b", "c", "d"]]


def test_a_write_that_fails_is_told_to_all_of_it_and_to_nobody_else() -> None:
    store = Slow()
    store.go.set()
    store.failing = 1

    async def go() -> list[Any]:
        notes = Notes(cast("Store", store))
        found = await asyncio.gather(*(notes.note([delivery(id)]) for id in "ab"), return_exceptions=True)
        await notes.note([delivery("c")])
        return found

    failed = asyncio.run(go())
    assert [type(each) for each in failed] == [StoreUnavailable, StoreUnavailable]
    assert store.written == [["c"]]


def test_who_asked_may_go_away() -> None:
    store = Slow()

    async def go() -> None:
        notes = Notes(cast("Store", store))
        gone = asyncio.ensure_future(notes.note([delivery("a")]))
        await asyncio.sleep(0.05)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        waiting = asyncio.ensure_future(notes.note([delivery("b")]))
        await asyncio.sleep(0.05)
        store.go.set()
        await waiting

    asyncio.run(go())
    assert store.written == [["a"], ["b"]]
