"""Hosts that are in trouble are left alone for a while: for as long as they ask, or longer each time."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

FAILURES = 5  # in a row, until a host is left alone,
LONG_ENOUGH = 20.0  # if they went on for so many seconds: many requests may fail in one bad moment
FIRST_REST = 30.0
LONGEST_REST = 3600.0
LONGEST_ASKED = 86_400.0  # seconds of a Retry-After that are obeyed
LONGEST_TRIAL = 60.0  # after that a trial of which nothing was heard is forgotten
LOOK_AGAIN = 2.0  # seconds for which others wait for what comes of a trial
MOST_HOSTS = 50_000


@dataclass(slots=True)
class Trouble:
    """`since`: the first failure of this row; `until`: the end of the rest; `trial`: the time until which
    one request is the trial after a rest.
    """

    since: float
    failures: int = 0
    rests: int = 0
    until: float = 0.0
    trial: float = 0.0


class Hosts:
    """By host; `now` in seconds from any beginning. After a rest one request is tried, while the others wait:
    if it fails too, the next rest is twice as long.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._trouble: OrderedDict[str, Trouble] = OrderedDict()

    def resting(self, host: str) -> float:
        """Seconds for which the host is still to be left alone; 0 if it may be asked."""
        found = self._trouble.get(host)
        return 0.0 if found is None else max(0.0, found.until - self._now())

    def admit(self, host: str) -> float:
        """Seconds until the host may be asked; 0: the caller asks it now, and says how it went."""
        found = self._trouble.get(host)
        if found is None or not found.rests:
            return 0.0
        now = self._now()
        if now < found.until:
            return found.until - now
        if now < found.trial:
            return LOOK_AGAIN
        found.trial = now + LONGEST_TRIAL
        return 0.0

    def answered(self, host: str) -> None:
        """It is well, whatever it said."""
        if not self.resting(host):  # an answer to what was asked before the rest began
            self._trouble.pop(host, None)

    def failed(self, host: str) -> None:
        """It did not answer, or said that it cannot."""
        found = self._of(host)
        if self.resting(host):
            return  # asked before the rest began: one bad moment is not counted twice
        found.failures += 1
        if found.failures >= FAILURES and self._now() - found.since >= LONG_ENOUGH:
            self._rest(found, self._pause(found))

    def asked_for_rest(self, host: str, seconds: float | None) -> None:
        """It said so (429, or 503 with a time); None or 0: for how long it did not say."""
        found = self._of(host)
        pause = min(seconds, LONGEST_ASKED) if seconds else self._pause(found)
        if pause > self.resting(host):
            self._rest(found, pause)

    @staticmethod
    def _pause(found: Trouble) -> float:
        return float(min(FIRST_REST * 2.0**found.rests, LONGEST_REST))

    def _of(self, host: str) -> Trouble:
        found = self._trouble.setdefault(host, Trouble(self._now()))
        self._trouble.move_to_end(host)
        if len(self._trouble) > MOST_HOSTS:
            self._trouble.popitem(last=False)
        return found

    def _rest(self, found: Trouble, seconds: float) -> None:
        if not self._now() < found.until:
            found.rests = min(found.rests + 1, 20)
        found.failures = FAILURES - 1
        found.until = self._now() + seconds
        found.trial = 0.0
