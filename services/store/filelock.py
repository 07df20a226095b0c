"""A lock between processes that dies with its holder."""

import fcntl
import os
from pathlib import Path


class FileLock:
    """An advisory lock on a file of its own; even two FileLock objects of one process exclude each other."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    @property
    def held(self) -> bool:
        return self._file is not None

    def acquire(self, wait: bool) -> bool:
        """Take the lock. Without `wait`, False where somebody else holds it. Raises OSError."""
        if self._file is not None:
            return True
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        except BaseException:
            os.close(file)
            raise
        self._file = file
        return True

    def close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
