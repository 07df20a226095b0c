"""Work on the disk is tried again until the disk lets us: what was fetched must not be lost to a full one."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from services.kit import logs

LONGEST_PAUSE = 30.0
log = logs.get(__name__)
T = TypeVar("T")


class Patience:
    """Calls a function in a thread, again and again while it raises OSError; each cause is told once."""

    async def __call__(self, trouble: str, work: Callable[..., T], *arguments: object) -> T:
        pause, told = 0.5, ""
        while True:
            try:
                return await asyncio.to_thread(work, *arguments)
            except OSError as error:
                cause = _in_words(error)
                if cause != told:
                    log.error("trying again until it works", trouble=trouble, cause=cause)
                    told = cause
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)


def _in_words(error: OSError) -> str:
    if error.filename is None and error.strerror is None:
        return str(error)
    return f"{error.filename or 'archive'}: {error.strerror}; free space there, or make it writable"
