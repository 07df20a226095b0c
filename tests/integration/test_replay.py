"""An archive once more through the whole pipeline, and once again: what is stored stays as it is."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from schemas.events import RawPage, Subscription, ThreadedArticle
from schemas.topics import ARTICLES, RAW, TAGGED, THREADED
from services.alerter.core import alerts
from services.alerter.followed import Subscriptions
from services.cleaner.core import clean
from services.cli.__main__ import app
from services.crawler.archive import Archive
from services.crawler.core import Lead, Response
from services.crawler.recorder import Page, Recorder
from services.crawler.sources import Source
from services.crawler.state import State
from services.kit.kafka import read_back
from services.kit.step import Emit, Record, Step, run
from services.store.embedded.store import EmbeddedStore
from services.store.protocol import Changes
from services.tagger.core import tag
from services.tagger.knowledge import load_knowledge
from services.threader.core import Threader
from tests.integration.conftest import Broker

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PAGE = (
    "<html lang=en><head><title>{title}</title></head><body><nav>Home {noise}</nav><article><h1>{title}</h1>"
    "<p>Norway on Monday expelled {count} Russian diplomats, saying that they were officers.</p>"
    "<p>The foreign ministry in Oslo gave them until Friday to leave the country.</p></article></body></html>"
)
FOLLOWED = Subscription(id="expulsions", name="Expulsions", query="event:expulsion", every="fact")


def page(source: Source, path: str, minutes: int, status: int = 200, **fields: str) -> Page:
    url = f"{source.feeds[0].removesuffix('feed')}{path}"
    at = datetime.fromtimestamp(NOW.timestamp() + 60 * minutes, UTC)
    body = PAGE.format(
        **({"title": f"Norway expels them, {path}", "count": "eight", "noise": ""} | fields)
    ).encode()
    lead = Lead(url, url, source.feeds[0], source.id, "A title", at, at, step=int(status != 200))
    return Page(Response(url, status, "", (("Content-Type", "text/html"),), body, body, at), lead, source)


@pytest.fixture
def archive(tmp_path: Path) -> tuple[Path, set[bytes]]:
    """A folder of several files: two stories, an edit, noise, a page that is gone; and what was published."""
    state, files = State(tmp_path / "state"), Archive(tmp_path / "archive", 3000, "newswatch")
    id = hashlib.sha256(str(tmp_path).encode()).hexdigest()[:12]
    source = Source(id=id, name="Courier", country="NO", language="en", feeds=(f"https://{id}.example/feed",))
    recorder = Recorder(state, files, iter(f"{id}-{number}" for number in range(99)).__next__)
    for each in (
        page(source, "a", 0),
        page(source, "b", 1, count="ten"),
        page(source, "a", 60, noise="token"),
        page(source, "a", 120, count="nine"),
        page(source, "c", 121),
        page(source, "b", 360, status=404),
    ):
        recorder.note(recorder.archive([each]))
    published = {waiting.message.value for waiting in state.waiting()}
    files.close()
    state.close()
    assert len(list((tmp_path / "archive").iterdir())) > 1
    return tmp_path / "archive", published


class Pipeline:
    """Every step from the raw topic to the store, and the alerts."""

    def __init__(self, store: EmbeddedStore) -> None:
        self.store = store
        self.threader = Threader()
        for known in store.fetched_since(datetime(2020, 1, 1, tzinfo=UTC)):
            self.threader.recall(known)
        self._knowledge = load_knowledge()
        self._followed = Subscriptions()
        self._followed.apply(Changes("1", (FOLLOWED,), whole=True))

    def take(self, values: list[bytes]) -> None:
        steps: tuple[Step[Any, Any], ...] = (
            Step("cleaner", RAW, ARTICLES, clean),
            Step("tagger", ARTICLES, TAGGED, lambda article: tag(article, self._knowledge)),
            Step("threader", TAGGED, THREADED, self.threader.thread),
        )
        for value in values:
            record = Record(RAW.name, value)
            for step in steps:
                result = run(step, record)
                assert isinstance(result, Emit), result
                record = replace(record, value=result.value)
            article = ThreadedArticle.model_validate_json(record.value)
            self.store.put_articles([article])
            raised = alerts(article, self._followed.fulfilled(article), NOW)
            self.store.record_matches(raised, [article.capture_id])


def stored(store: EmbeddedStore) -> dict[str, Any]:
    """All that anybody can see of it."""
    return {
        "counts": store.counts(),
        "articles": sorted(store.latest_articles(100), key=lambda article: article.id),
        "alerts": sorted(store.latest_alerts(100), key=lambda alert: alert.id),
        "deliveries": [store.deliveries(alert.id) for alert in store.latest_alerts(100)],
    }


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    found = EmbeddedStore(tmp_path / "store")
    found.setup()
    yield found
    found.close()


def test_the_same_replay_twice_changes_nothing(
    embedded: Broker, archive: tuple[Path, set[bytes]], store: EmbeddedStore
) -> None:
    folder, published = archive

    def replayed() -> list[bytes]:
        """What the command published, in its order."""
        ran = CliRunner().invoke(app, ["replay", str(folder), "--broker", embedded.address])
        assert (ran.exit_code, "4 page" in ran.stdout, "1 gone" in ran.stdout) == (0, True, True), ran.output
        return [value for value in read_back(embedded.settings(), RAW) if value in published]

    values = replayed()
    assert set(values) == published
    in_time = sorted(values, key=lambda value: RawPage.model_validate_json(value).revision)
    pipeline = Pipeline(store)
    pipeline.take(in_time)
    once = stored(store)
    assert (once["counts"].articles, once["counts"].alerts > 0) == (3, True)
    edited = next(article for article in once["articles"] if article.url.endswith("/a"))
    assert (edited.relation, edited.reason) == ("edit", "the same address with a changed text")
    assert ["nine" in line for hunk in edited.difference for line in hunk.added] == [True]
    gone = next(article for article in once["articles"] if article.url.endswith("/b"))
    assert (gone.gone_at is not None, gone.reason) == (True, "captured again, the same text")

    again = replayed()
    assert len(again) == 2 * len(published)
    pipeline.take(in_time)
    assert stored(store) == once
    # Nor does it in any order, after a restart, when the threader knows only what the store has.
    Pipeline(store).take(again[::-1])
    assert stored(store) == once
