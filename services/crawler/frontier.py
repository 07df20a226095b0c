"""The pages to fetch, host by host, so that one host's many never wait before another's few.

All of them are on disk. In memory are the next few of each host that has any; a worker a host fetches them
one after another, those that somebody named before those that are only looked at again.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

from services.crawler.core import Lead, Revisit, lead_again
from services.crawler.database import host_of
from services.crawler.patience import Patience
from services.crawler.state import State
from services.kit.clock import Clock

HELD = 50  # pages of a host in memory
AGAIN_EVERY = 5.0  # seconds between two looks for pages to be looked at again
AGAIN_OF_HOST = 20
AGAIN_AT_ONCE = 2000

Fetch = Callable[[Lead], Awaitable[float]]
"""Fetches a page; returns the seconds for which its host must be left alone, 0 to go on."""


@dataclass(slots=True)
class Host:
    """`more`: there may be pages on disk that are not in memory. `taken`: being fetched or recorded."""

    leads: deque[Lead] = field(default_factory=deque)
    again: deque[Revisit] = field(default_factory=deque)
    taken: set[tuple[str, float, int]] = field(default_factory=set)
    workers: set[asyncio.Task[None]] = field(default_factory=set)
    more: bool = False
    resting: bool = False

    @property
    def idle(self) -> bool:
        return not (self.leads or self.again or self.taken or self.workers or self.more or self.resting)


class Frontier:
    """To be used from one event loop. `room` waits until there is room for what is fetched."""

    def __init__(
        self,
        *,
        state: State,
        patience: Patience,
        clock: Clock,
        fetch: Fetch,
        room: Callable[[], Awaitable[None]],
        at_once: int,
    ) -> None:
        self._state = state
        self._patience = patience
        self._clock = clock
        self._fetch = fetch
        self._room = room
        self._at_once = at_once
        self._hosts: dict[str, Host] = {}

    async def resume(self) -> int:
        """Go on with what is on disk; returns the number of hosts that have pages there."""
        names = await self._patience("the list of pages to fetch cannot be read", self._state.hosts)
        for name in names:
            self._wake(name)
        return len(names)

    def add(self, leads: Sequence[Lead]) -> None:
        """Pages that are on disk by now, too."""
        for lead in leads:
            host = self._host(host_of(lead.address))
            if host.resting or host.more or len(host.leads) >= HELD:
                host.more = True
            else:
                host.leads.append(lead)
            self._start(host, host_of(lead.address))

    def postponed(self, lead: Lead, wait: float) -> None:
        """The page is to be fetched, as it is on disk, after so many seconds."""
        asyncio.get_running_loop().call_later(max(wait, 0.0) + 0.001, self._wake, host_of(lead.address))

    def finished(self, lead: Lead) -> None:
        """The page is done with, or postponed, on disk too."""
        name = host_of(lead.address)
        host = self._hosts.get(name)
        if host is not None:
            host.taken.discard(_key(lead))
            self._tidy(name, host)

    async def look_again(self) -> None:
        """Runs until cancelled: takes in pages that are due to be looked at again."""
        while True:
            await asyncio.sleep(AGAIN_EVERY)
            now = self._clock().timestamp()
            due = await self._patience(
                "the pages to look at again cannot be read",
                self._state.revisits,
                now,
                AGAIN_OF_HOST,
                AGAIN_AT_ONCE,
            )
            for revisit in due:
                name = host_of(revisit.address)
                host = self._host(name)
                waiting = any(other.canonical == revisit.canonical for other in host.again)
                busy = any(url == revisit.canonical for url, _, _ in host.taken)
                if not waiting and not busy and not host.resting:
                    host.again.append(revisit)
                self._start(host, name)

    def stop(self) -> None:
        for host in self._hosts.values():
            for worker in host.workers:
                worker.cancel()

    def _host(self, name: str) -> Host:
        return self._hosts.setdefault(name, Host())

    def _wake(self, name: str) -> None:
        host = self._host(name)
        host.more, host.resting = True, False
        self._start(host, name)

    def _start(self, host: Host, name: str) -> None:
        if len(host.workers) < self._at_once and not host.resting:
            task = asyncio.get_running_loop().create_task(self._worker(host, name))
            host.workers.add(task)

    def _tidy(self, name: str, host: Host) -> None:
        if host.idle and self._hosts.get(name) is host:
            del self._hosts[name]

    async def _worker(self, host: Host, name: str) -> None:
        try:
            await self._work(host, name)
        finally:
            # At once: who adds a page in the next moment must see that nobody works.
            host.workers.discard(cast("asyncio.Task[None]", asyncio.current_task()))
            self._tidy(name, host)

    async def _work(self, host: Host, name: str) -> None:
        while not host.resting:
            await self._room()
            lead = await self._next(host, name)
            if lead is None:
                return
            host.taken.add(_key(lead))
            rest = await self._fetch(lead)
            if rest > 0:
                # What waits in memory is on disk as well, and is read again after the rest.
                host.leads.clear()
                host.again.clear()
                host.resting = True
                asyncio.get_running_loop().call_later(rest, self._wake, name)

    async def _next(self, host: Host, name: str) -> Lead | None:
        if not host.leads and host.more:
            await self._fill(host, name)
        if host.leads:
            return host.leads.popleft()
        if host.again:
            return lead_again(host.again.popleft(), self._clock())
        return None

    async def _fill(self, host: Host, name: str) -> None:
        host.more = False
        limit = HELD + len(host.taken)
        found = await self._patience(
            "the list of pages to fetch cannot be read",
            self._state.leads_of,
            name,
            self._clock().timestamp(),
            limit,
        )
        known = host.taken | {_key(lead) for lead in host.leads}
        host.leads.extend(lead for lead in found if _key(lead) not in known)
        host.more = host.more or len(found) == limit


def _key(lead: Lead) -> tuple[str, float, int]:
    return lead.url, lead.discovered.timestamp(), lead.step
