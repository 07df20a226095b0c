"""What became of deliveries, noted in the store many at a time: what comes while a write is under way goes
together with the next.
"""

import asyncio
from collections.abc import Sequence

from services.store.protocol import Resolution, Store


class Notes:
    """Writes one batch after the other."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[Resolution] = []
        self._written = asyncio.Condition()
        self._taken = 0
        self._done = 0
        self._writing = False

    async def note(self, resolutions: Sequence[Resolution]) -> None:
        """Returns when they are durable. Raises what the store raises; they are not noted then."""
        self._waiting.extend(resolutions)
        mine = self._taken = self._taken + len(resolutions)
        async with self._written:
            while self._done < mine:
                if self._writing:
                    await self._written.wait()
                    continue
                await self._write()

    async def _write(self) -> None:
        batch, upto = self._waiting, self._taken
        self._waiting = []
        self._writing = True
        self._written.release()
        try:
            await asyncio.to_thread(self._store.resolve_deliveries, batch)
        finally:
            await self._written.acquire()
            self._writing = False
            self._done = upto
            self._written.notify_all()
