"""How long one message or line may take: in CPU time, so that a busy machine refuses nothing."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from services.kit.step import Reject

SECONDS = 5.0


def limited(
    apply: Callable[[Any], Any], seconds: float = SECONDS, *, die: bool = False
) -> Callable[[Any], Any]:
    """`apply`, which raises Reject after that time; in the main thread of a process only.

    Python is interrupted between two of its own steps, so that a library which never returns is not. `die`
    ends the process in that case, after the same time again: for those that somebody watches.
    """

    def apply_within(row: Any) -> Any:
        with _timers(seconds, die):
            return apply(row)

    return apply_within


@contextmanager
def _timers(seconds: float, die: bool) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise Reject(f"took more than {seconds:g} seconds of CPU time", "too-slow")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    if die:
        signal.signal(signal.SIGVTALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_VIRTUAL, 2 * seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGPROF, before)
