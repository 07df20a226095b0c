"""A day of the sample newsroom, and who is told of it."""

import json
import urllib.request
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

from typer.testing import CliRunner

from schemas.events import Channel, Digest, QuietHours, Silence, Subscription, Weekday
from services.cli.__main__ import app
from services.cli.samples import SUBSCRIPTIONS
from services.newsroom import core, library
from services.store.embedded.store import EmbeddedStore
from services.store.threads import deliveries_of
from tests.harness import Newswatch, Receiver

EDITION = core.edition(library.load(), 1, datetime(2026, 3, 2, tzinfo=UTC))
PUBLIC = [publication for publication in EDITION if "/private/" not in publication.path]
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WEEKDAYS = get_args(Weekday)
EXPELLED = "event:(type:expulsion status:done)"


@dataclass(frozen=True)
class Desk:
    """Who is told: a webhook's receiver, and the subscriptions that use it."""

    hook: Receiver

    def subscriptions(self, now: datetime) -> list[Subscription]:
        hours = QuietHours(start=f"{now - HOUR:%H:%M}", end=f"{now + 10 * HOUR:%H:%M}")
        each_with: dict[str, dict[str, Any]] = {
            "desk": {},
            "hushed": {},
            "night": {"quiet": hours},
            "careful": {"min_outlets": 50},
            "flooded": {"every": "article", "per_hour": 1},
            "yielding": {"yields_to": ("desk",)},
            "weekly": {"digest": Digest(every="week", on=WEEKDAYS[(now + 2 * DAY).weekday()], at="07:30")},
            "icelandic": {"languages": ("is",)},
        }
        hook = Channel(kind="webhook", url=self.hook.url)
        asked = {"query": EXPELLED, "every": "fact", "deliver": (hook,)}
        return [
            Subscription.model_validate({"id": id, "name": id.title(), **asked, **fields})
            for id, fields in each_with.items()
        ]


def ask(data: Path, desk: Desk) -> None:
    store = EmbeddedStore(data / "store")
    store.setup()
    now = datetime.now(UTC)
    store.put_subscriptions([*SUBSCRIPTIONS, *desk.subscriptions(now)])
    store.put_silence(Silence(id="drill", reason="exercise", created_at=now, subscription="hushed"))
    store.close()


def all_decided(running: Newswatch) -> bool:
    """Whether each delivery has an end, or a reason to wait."""
    alerts = running.store.latest_alerts(100)
    deliveries = [each for alert in alerts for each in deliveries_of(running.store, alert)]
    return bool(deliveries) and all(each.state != "pending" or each.reason for each in deliveries)


def edits_arrived(running: Newswatch) -> bool:
    edited = [publication for publication in PUBLIC if publication.revisions]
    found = [article.relation for article in running.store.latest_articles(200)]
    return found.count("edit") >= len(edited)


def why(running: Newswatch, url: str, *more: str) -> tuple[int, dict[str, Any]]:
    """The exit status of newswatch why, and what it told."""
    told = CliRunner().invoke(app, ["why", url, *more, "--json", "--data", str(running.data)])
    assert told.stdout, told.stderr
    return told.exit_code, json.loads(told.stdout)


def matched(running: Newswatch) -> int:
    """How many messages the alerter has done with."""
    with urllib.request.urlopen(f"{running.running()['services']['alerter']['url']}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    ours = [line for line in lines if line.startswith('newswatch_messages_total{service="alerter"')]
    return round(sum(float(line.rpartition(" ")[2]) for line in ours))
