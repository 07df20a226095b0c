"""A console over an embedded store, with little in it, at a fixed time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from schemas.events import Alert, Channel, DeadLetter, Event, Span, Subscription, ThreadedArticle, Topic
from services.console.app import STORE, create_app
from services.kit.health import Health
from services.kit.metrics import Metrics
from services.kit.settings import Settings
from services.kit.text import fold_tokens
from services.store.embedded.store import EmbeddedStore

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
TEXT = (
    "The alliance met today. It will expel eight members of the mission. Nobody was named.\n\nMore followed."
)
EXPEL = "expel eight members"
STORY = "a" * 64


class Samples:
    """Makes messages with sensible contents; any field can be given."""

    now = NOW
    story = STORY

    def span(self, text: str = TEXT, piece: str = EXPEL) -> Span:
        start = text.index(piece)
        return Span(field="text", start=start, end=start + len(piece), text=piece)

    def event(self) -> Event:
        return Event(
            type="expulsion",
            actor=("NATO",),
            target=("RU",),
            count=8,
            status="announced",
            rule="r1",
            span=self.span(),
        )

    def article(self, id: str = STORY, **fields: Any) -> ThreadedArticle:
        fetched = fields.get("fetched_at", NOW - timedelta(minutes=3))
        given: dict[str, Any] = {
            "id": id,
            "capture_id": f"capture-{id[:8]}",
            "revision": int(fetched.timestamp() * 1000),
            "url": f"https://sample.example/{id[:8]}",
            "canonical_url": f"https://sample.example/{id[:8]}",
            "source": "sample",
            "source_name": "The Sample",
            "fetched_at": fetched,
            "first_seen": fetched,
            "title": "Alliance expels eight",
            "text": TEXT,
            "language": "en",
            "archive": "sample.warc.gz#42",
            "story": STORY,
            "relation": "new",
            "topics": (
                Topic(
                    code="newswatch:diplomatic-expulsion",
                    label="diplomatic expulsion",
                    score=0.9,
                    evidence=(self.span(),),
                ),
            ),
            "events": (self.event(),),
        } | fields
        tokens = {"title_tokens": fold_tokens(given["title"]), "text_tokens": fold_tokens(given["text"])}
        return ThreadedArticle.model_validate(tokens | given)

    def alert(self, id: str = "alert-1", **fields: Any) -> Alert:
        fetched = NOW - timedelta(minutes=3)
        given: dict[str, Any] = {
            "id": id,
            "subscription": "expulsions",
            "subscription_name": "Diplomats expelled",
            "query": "event:(type:expulsion)",
            "story": STORY,
            "article_id": STORY,
            "capture_id": "capture-1",
            "title": "Alliance expels eight",
            "url": "https://sample.example/a",
            "source_name": "The Sample",
            "fetched_at": fetched,
            "created_at": fetched + timedelta(seconds=1.5),
            "summary": "NATO expelled 8 diplomats of Russia",
            "event": self.event(),
            "evidence": (self.span(),),
            "deliver": (Channel(kind="console"), Channel(kind="webhook", url="https://hook.example/x")),
        }
        return Alert.model_validate(given | fields)

    def letter(self, id: str = "dead-1", **fields: Any) -> DeadLetter:
        given: dict[str, Any] = {
            "id": id,
            "service": "cleaner",
            "at": NOW - timedelta(hours=2),
            "reason": "rejected",
            "error": "no text in the page",
            "topic": "news.raw.v1",
            "partition": 2,
            "offset": 17,
            "payload": "<script>alert('payload')</script>",
        }
        return DeadLetter.model_validate(given | fields)

    def subscription(self, id: str = "expulsions", **fields: Any) -> Subscription:
        given = {"id": id, "name": "Diplomats expelled", "query": "event:(type:expulsion)", "created_at": NOW}
        return Subscription.model_validate(given | fields)


@pytest.fixture
def samples() -> Samples:
    return Samples()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path, console_url="http://console.example:8600")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    opened = EmbeddedStore(tmp_path / "store")
    opened.setup()
    yield opened
    opened.close()


@pytest.fixture
def filled(store: EmbeddedStore, samples: Samples) -> EmbeddedStore:
    copy = samples.article(
        "b" * 64,
        relation="copy",
        duplicate_of=STORY,
        title="Alliance expels eight, again",
        reason="the same text",
    )
    store.put_articles([samples.article(), copy])
    store.put_subscription(samples.subscription())
    store.record_matches([samples.alert()], ["capture-1"])
    store.put_dead([samples.letter()])
    return store


@pytest.fixture
def client(store: EmbeddedStore, settings: Settings) -> Iterator[TestClient]:
    app = create_app(store, settings, lambda: NOW, Health("console", Metrics("console"), STORE))
    with TestClient(app, base_url="http://127.0.0.1") as opened:
        yield opened
