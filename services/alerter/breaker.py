"""A channel that fails time after time is left alone for a while. Pure."""

from datetime import datetime, timedelta

FAILURES = 5
SHORTEST = timedelta(seconds=15)
LONGEST = timedelta(minutes=10)


class Breaker:
    """Counts one channel's failures in a row."""

    def __init__(self) -> None:
        self._failures = 0
        self._open_until: datetime | None = None

    def closed_for(self, now: datetime) -> datetime | None:
        """Until when nothing may be sent; None: now. Of those who ask after such a time, one is let through
        to see how things are.
        """
        if self._open_until is None:
            return None
        if now < self._open_until:
            # A clock that was set back must not keep the channel silent for the difference.
            return min(self._open_until, now + LONGEST)
        self._open_until = now + SHORTEST
        return None

    def failed(self, now: datetime, retry_after: float | None = None) -> None:
        self._failures += 1
        if retry_after is not None:
            self._open_until = now + min(
                max(timedelta(seconds=retry_after), timedelta(seconds=1)), 6 * LONGEST
            )
        elif self._failures >= FAILURES:
            self._open_until = now + min(SHORTEST * 2 ** min(self._failures - FAILURES, 10), LONGEST)

    def worked(self) -> None:
        self._failures = 0
        self._open_until = None
