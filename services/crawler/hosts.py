"""Hosts that are in trouble are left alone for a while: for as long as they ask, or longer each time."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

FAILURES = 5  # in a row, until a host is left alone,
LONG_ENOUGH = 20.0  # if they went on for so many seconds: many requests may fail in one bad moment
FIRST_REST = 30.0
LONGEST_REST = 3600.0
LONGEST_ASKED = 86_400.0  # seconds of a Retry-After that are obeyed
MOST_HOSTS = 50_000


@dataclass(slots=True)
class Trouble:
    since: float
    failures: int = 0
    rests: int = 0
    until: float = 0.0


class Hosts:
    """By host; `now` in seconds from any beginning. After a rest one request is tried: if it fails too, the
    next rest is twice as long.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._trouble: OrderedDict[str, Trouble] = OrderedDict()

    def resting(self, host: str) -> float:
        """Seconds for which the host is still to be left alone; 0 if it may be asked."""
        found = self._trouble.get(host)
        return 0.0 if found is None else max(0.0, found.until - self._now())

    def answered(self, host: str) -> None:
        """It is well, whatever it said."""
        self._trouble.pop(host, None)

    def failed(self, host: str) -> None:
        """It did not answer, or said that it cannot."""
        found = self._of(host)
        found.failures += 1
        if found.failures >= FAILURES and self._now() - found.since >= LONG_ENOUGH:
            self._rest(found, min(FIRST_REST * 2.0**found.rests, LONGEST_REST))

    def asked_for_rest(self, host: str, seconds: float | None) -> None:
        """It said so (429, or 503 with a time); None: for how long it did not say."""
        found = self._of(host)
        found.failures += 1
        pause = min(FIRST_REST * 2.0**found.rests, LONGEST_REST) if seconds is None else seconds
        self._rest(found, min(pause, LONGEST_ASKED))

    def _of(self, host: str) -> Trouble:
        found = self._trouble.setdefault(host, Trouble(self._now()))
        self._trouble.move_to_end(host)
        if len(self._trouble) > MOST_HOSTS:
            self._trouble.popitem(last=False)
        return found

    def _rest(self, found: Trouble, seconds: float) -> None:
        found.rests = min(found.rests + 1, 20)
        found.failures = FAILURES - 1
        found.until = self._now() + seconds
