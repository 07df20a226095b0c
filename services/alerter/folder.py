"""Subscriptions kept in a folder of YAML files: followed as they change, without a restart."""

import asyncio
from pathlib import Path

from services.kit import logs
from services.kit.clock import Clock
from services.kit.errors import Unavailable
from services.kit.subscribing.files import SubscriptionsError, load
from services.kit.subscribing.plan import plan
from services.store.protocol import Store

LOOK_EVERY = 1.0  # seconds
log = logs.get(__name__)

Look = tuple[tuple[str, int, int], ...]


class Folder:
    """Makes the subscriptions in the store those of the files, whenever the files have changed. Files that
    are wrong change nothing; what is wrong is logged once.
    """

    def __init__(self, folder: Path, store: Store, clock: Clock) -> None:
        self._folder = folder
        self._store = store
        self._clock = clock
        self._seen: Look | None = None

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await asyncio.to_thread(self.look)
            except Unavailable as error:
                log.warning("subscriptions wait", cause=str(error))
            await asyncio.sleep(LOOK_EVERY)

    def look(self) -> None:
        """Apply the files, if they are others than at the last look."""
        now = _look(self._folder)
        if now == self._seen:
            return
        try:
            wanted = load(self._folder)
        except SubscriptionsError as error:
            log.error("subscriptions left as they are: a file is wrong", cause=str(error))
            self._seen = now
            return
        planned = plan(wanted, self._store.subscriptions(), self._clock())
        if planned.put:
            self._store.put_subscriptions(planned.put)
        for each in planned.gone:
            self._store.delete_subscription(each.id)
        self._seen = now
        if not planned.empty:
            log.info(
                "subscriptions changed by files",
                new=len(planned.new),
                changed=len(planned.changed),
                gone=len(planned.gone),
            )


def _look(folder: Path) -> Look:
    """What tells that a file has changed."""
    try:
        found = [(path, path.stat()) for path in sorted(folder.iterdir()) if path.suffix in {".yaml", ".yml"}]
    except OSError:
        return ()
    return tuple((path.name, stat.st_mtime_ns, stat.st_size) for path, stat in found)
