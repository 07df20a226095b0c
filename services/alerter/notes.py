"""What became of deliveries, noted in the store many at a time: what comes while a write is under way goes
together with the next.
"""

import asyncio
from collections.abc import Sequence

from services.store.protocol import Delivery, Store


class Notes:
    """Writes one batch after the other."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[tuple[Sequence[Delivery], asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def note(self, deliveries: Sequence[Delivery]) -> None:
        """Returns when they are durable. Raises what the store raises; they are not noted then."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((deliveries, written))
        if self._writer is None or self._writer.done():
            self._writer = asyncio.ensure_future(self._write())
        await written

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                together = [each for deliveries, _ in batch for each in deliveries]
                await asyncio.to_thread(self._store.resolve_deliveries, together)
            except Exception as error:  # noqa: BLE001 - each of them is told, and decides
                _settle(batch, error)
            else:
                _settle(batch, None)


def _settle(
    batch: Sequence[tuple[Sequence[Delivery], asyncio.Future[None]]], error: Exception | None
) -> None:
    for _, written in batch:
        if written.done():
            continue
        if error is None:
            written.set_result(None)
        else:
            written.set_exception(error)
