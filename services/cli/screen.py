"""What `newswatch up` shows: the first screen, then articles, alerts and troubles as they come."""

import sys
import time
from datetime import datetime

from schemas.events import Alert, ThreadedArticle

WIDTH = 110
TROUBLE_EVERY = 10.0


class Screen:
    """Writes to standard output. `quiet` leaves only the first screen and alerts."""

    def __init__(self, quiet: bool = False) -> None:
        self._quiet = quiet
        self._colour = sys.stdout.isatty()
        self._told: dict[tuple[str, str], float] = {}

    def begin(self, console: str, watching: str, data: str, log: str, *, sample: bool) -> None:
        """The first screen. Its last line says how to go on."""
        print(
            f"\n  {self._bold('newswatch')} is running\n\n"
            f"  console   {self._bold(console)}\n"
            f"  feed      {console}/alerts.atom\n"
            f"  watching  {watching}\n"
            f"  data      {data}\n"
            f"  log       {log}\n"
            f"  ask it    newswatch status | search 'diplomats' | subscribe 'event:expulsion'\n"
            f"  stop      Ctrl-C\n"
        )
        if sample:
            print("  To watch real sources instead: make run SOURCES=sources/world.yaml\n")
        sys.stdout.flush()

    def article(self, article: ThreadedArticle) -> None:
        if not self._quiet:
            place = "" if article.relation == "new" else f"  [{article.relation}]"
            self.line("article", f"{article.source_name or article.site}: {_cut(article.title)}{place}")

    def alert(self, alert: Alert, link: str) -> None:
        self.line(
            "ALERT",
            f"{alert.subscription_name}: {_cut(alert.summary)}  ({alert.source_name or alert.source})",
            True,
        )
        self.line("", link, True)

    def trouble(self, name: str, text: str) -> None:
        """The same trouble of the same service is told once in ten seconds."""
        key = (name, text[:40])
        now = time.monotonic()
        if now - self._told.get(key, float("-inf")) > TROUBLE_EVERY:
            self._told[key] = now
            self.line(name, _cut(text, 300))

    def line(self, kind: str, text: str, strong: bool = False) -> None:
        stamp = datetime.now().astimezone().strftime("%H:%M:%S") if kind else " " * 8
        print(f"{stamp}  {kind:9} {self._bold(text) if strong else text}", flush=True)

    def end(self) -> None:
        print("\nstopping …", flush=True)

    def _bold(self, text: str) -> str:
        return f"\033[1m{text}\033[0m" if self._colour else text


def _cut(text: str, width: int = WIDTH) -> str:
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1] + "…"
