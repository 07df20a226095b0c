"""The time of what comes in, which single clocks that are wrong cannot move. Pure."""

WITNESSES = 3


class Clock:
    """Seconds since 1970. It follows the articles, but makes a leap only when WITNESSES in a row say so."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._astray: list[int] = []
        self.now = 0
        self.leapt = False  # with the last article: those just before it were told the wrong time

    def tick(self, fetched: int) -> int:
        """The time at which an article that says so arrives."""
        self.leapt = False
        if self.now == 0:
            self.now = fetched
        elif self.now - self._window <= fetched <= self.now + self._window // 3:
            self.now = max(self.now, fetched)
            self._astray = []
        else:
            self._astray.append(fetched)
            if len(self._astray) == WITNESSES:
                self.now = min(self._astray) if min(self._astray) > self.now else max(self._astray)
                self._astray = []
                self.leapt = True
        return self.now
