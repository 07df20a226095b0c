from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.events import Alert, Channel, Silence, Stages
from services.kit.telling import thread_id
from services.store.embedded.store import EmbeddedStore
from services.store.latency import WHOLE, delivery_timing, latency, timing
from services.store.protocol import Delivery
from services.store.threads import CLOSED_AFTER, QUIET_AFTER, threads

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    opened = EmbeddedStore(tmp_path)
    opened.setup()
    yield opened
    opened.close()


def alert(name: str, story: str, **fields: Any) -> Alert:
    return Alert.model_validate(
        {
            "id": name,
            "subscription": "desk",
            "subscription_name": "Desk",
            "query": "x",
            "story": story,
            "thread": thread_id("desk", story),
            "article_id": name,
            "capture_id": "c",
            "title": name,
            "url": f"https://{name}.example/",
            "source_name": "Courier",
            "fetched_at": NOON,
            "created_at": NOON,
            **fields,
        }
    )


def test_the_life_of_a_thread(store: EmbeddedStore) -> None:
    store.record_matches([alert("m1", "s"), alert("other", "t", created_at=NOON - SECOND)], [])
    assert [(each.story, each.state) for each in threads(store, NOON)] == [("s", "open"), ("t", "open")]
    store.record_matches([alert("m2", "s", created_at=NOON + SECOND, news="count")], [])
    (first, _) = threads(store, NOON + SECOND)
    assert (first.state, [each.id for each in first.alerts]) == ("updated", ["m1", "m2"])
    assert [each.state for each in threads(store, NOON + QUIET_AFTER + SECOND)] == ["quiet", "quiet"]
    assert [each.state for each in threads(store, NOON + CLOSED_AFTER + SECOND)] == ["closed", "closed"]
    again = NOON + QUIET_AFTER + 2 * SECOND
    store.record_matches([alert("m3", "s", created_at=again)], [])
    assert threads(store, again)[0].state == "updated", "a new fact opens it again"


def test_muting_a_story_closes_its_thread_until_that_is_over(store: EmbeddedStore) -> None:
    store.record_matches([alert("m1", "s")], [])
    store.put_silence(Silence(id="enough", reason="r", created_at=NOON, ends_at=NOON + 9 * SECOND, story="s"))
    (muted,) = threads(store, NOON)
    assert (muted.state, muted.muted) == ("closed", "enough")
    assert threads(store, NOON + 9 * SECOND)[0].state == "open"


def test_an_answer_names_the_thread_of_its_cause(store: EmbeddedStore) -> None:
    store.record_matches(
        [alert("m1", "cause", created_at=NOON - SECOND), alert("m2", "s", answers="cause")], []
    )
    answer, cause = threads(store, NOON)
    assert answer.answers == cause.id
    assert threads(store, NOON, limit=1)[0].answers == cause.id, (
        "though it is further back than was asked for"
    )
    store.record_matches([alert("m3", "u", answers="nothing we told", created_at=NOON + SECOND)], [])
    assert threads(store, NOON)[0].answers == ""


def test_how_long_each_stage_took(store: EmbeddedStore) -> None:
    hook = Channel(kind="webhook", url="https://hook.example/")
    for number in range(100):
        late = 10 if number == 99 else 1
        store.record_matches(
            [
                alert(
                    f"m{number}",
                    f"s{number}",
                    published_at=NOON - 5 * SECOND,
                    discovered_at=NOON - 2 * SECOND,
                    stages=Stages(
                        cleaned_at=NOON + SECOND, tagged_at=NOON + 2 * SECOND, threaded_at=NOON + 3 * SECOND
                    ),
                    created_at=NOON + 3 * SECOND + late * SECOND,
                    deliver=(hook,) if number < 2 else (),
                )
            ],
            [],
        )
    one, two = store.claim_deliveries(NOON + 4 * SECOND)
    store.resolve_deliveries(
        [
            replace(one, state="delivered", finished_at=NOON + 6 * SECOND),
            replace(two, state="delivered", finished_at=NOON + 900 * SECOND, reason="for the digest"),
        ]
    )
    store.record_matches([alert("history", "h", backfill=True, published_at=NOON - 10**6 * SECOND)], [])
    found = latency(store)
    told = {each.stage: (each.p50, each.p99, each.longest, each.alerts) for each in found.stages}
    assert told["discovered"] == (3.0, 3.0, 3.0, 100)
    assert told["fetched"] == (2.0, 2.0, 2.0, 100)
    assert told["matched"] == (1.0, 10.0, 10.0, 100)
    assert told["delivered"] == (2.0, 2.0, 2.0, 1), "what was held back for a digest does not count"
    assert told[WHOLE] == (11.0, 11.0, 11.0, 1)
    assert [name for name, _ in found.sources] == ["Courier"]


def test_timing_says_what_each_stage_took_and_the_whole() -> None:
    told = alert(
        "m",
        "s",
        published_at=NOON - 100 * SECOND,
        discovered_at=NOON - 3 * SECOND,
        stages=Stages(cleaned_at=NOON + SECOND, threaded_at=NOON + 3 * SECOND),
        created_at=NOON + 5 * SECOND,
    )
    stages = {"discovered": 97, "fetched": 3, "cleaned": 1, "threaded": 2, "matched": 2}
    assert timing(told) == stages | {"whole": 105}
    assert timing(alert("m", "s")) == {"matched": 0}, "nobody knows when it was published"
    pending = Delivery("d", told, Channel(kind="webhook", url="https://desk.example/"), "pending")
    done = replace(pending, state="delivered", finished_at=NOON + 9 * SECOND)
    assert delivery_timing(pending) == {}
    assert delivery_timing(done) == {"delivered": 4, "whole": 109}
    assert delivery_timing(replace(done, reason="quiet hours")) == {}, "that it was held back is no latency"
