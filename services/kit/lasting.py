"""For what is made at the start and kept as long as the process lives."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def lasting() -> Iterator[None]:
    """What is made inside stays: the garbage collector looks at it neither meanwhile nor later.

    Else it would look again and again at all that has been made so far, which takes longer than making it.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
        gc.freeze()
    finally:
        if enabled:
            gc.enable()
