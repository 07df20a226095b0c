"""The state of the services that `newswatch up` started, asked of each of them."""

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from services.console.core import Answer, ServiceState, service_state

PATIENCE = 0.5  # seconds that a service on the same machine may take
FRESH = 1.0


class Services:
    """Reads the run file and asks each service; an answer is good for a second, for all who ask."""

    def __init__(self, run_file: Path, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._run_file = run_file
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._asked_at: float | None = None
        self._states: tuple[ServiceState, ...] | None = None

    def states(self) -> tuple[ServiceState, ...] | None:
        """One for each service, in the order of the run file; None where nothing was started here."""
        with self._lock:
            now = self._monotonic()
            if self._asked_at is None or now - self._asked_at >= FRESH:
                self._states = self._ask()
                self._asked_at = self._monotonic()
            return self._states

    def addresses(self, name: str) -> list[str]:
        """Of the service of that name; none where it was not started here."""
        url = (self._entries() or {}).get(name, {}).get("url")
        return [url] if isinstance(url, str) and url.startswith(("http://", "https://")) else []

    def _ask(self) -> tuple[ServiceState, ...] | None:
        entries = self._entries()
        if entries is None:
            return None
        with ThreadPoolExecutor(max(1, len(entries))) as threads:
            answers = threads.map(lambda entry: ready(entry.get("url")), entries.values())
            return tuple(
                service_state(name, entry, answer)
                for (name, entry), answer in zip(entries.items(), answers, strict=True)
            )

    def _entries(self) -> dict[str, dict[str, Any]] | None:
        try:
            found = json.loads(self._run_file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        services = found.get("services") if isinstance(found, dict) else None
        if not isinstance(services, dict):
            return None
        return {str(name): entry for name, entry in services.items() if isinstance(entry, dict)}


def ready(url: object) -> Answer | None:
    """What the service's /readyz says; None where there is no address to ask."""
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        return None
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{url.rstrip('/')}/readyz", timeout=PATIENCE) as response:
            return Answer(response.status, _json(response.read()))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, _json(error.read()))
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        return Answer(error=getattr(reason, "strerror", None) or str(reason) or type(reason).__name__)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return None
