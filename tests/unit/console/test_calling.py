"""To which alerts an open page calls its reader."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from schemas.events import Silence
from services.console.calling import Calling
from services.store.embedded.store import EmbeddedStore

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
QUIET = {"start": "11:00", "end": "13:00"}


@pytest.mark.parametrize(
    ("asked", "told", "calls"),
    [
        ({}, {}, True),
        ({}, {"backfill": True}, False),
        ({"enabled": False}, {}, False),
        ({"quiet": QUIET}, {}, False),
        ({"quiet": QUIET, "zone": "Asia/Tokyo"}, {}, True),
        ({"quiet": QUIET, "priority": "urgent"}, {}, True),
        ({"digest": {"every": "day"}}, {}, False),
        ({"min_outlets": 2, "priority": "urgent"}, {}, False),
        ({}, {"subscription": "nobodys"}, False),
    ],
)
def test_it_keeps_to_what_is_asked_for(
    store: EmbeddedStore, samples: Any, asked: dict[str, Any], told: dict[str, Any], calls: bool
) -> None:
    store.put_subscription(samples.subscription(**asked))
    assert Calling(store).calls([samples.alert(**told)], NOW) == {"alert-1": calls}


def test_silences_hold_and_what_was_decided_stays(store: EmbeddedStore, samples: Any) -> None:
    store.put_subscription(samples.subscription())
    store.put_articles([samples.article()])
    calling = Calling(store)
    first, second, third = (samples.alert(name) for name in ("one", "two", "three"))
    assert calling.calls([first], NOW) == {"one": True}
    soon = NOW + timedelta(hours=1)
    store.put_silence(Silence(id="drill", reason="r", created_at=NOW, ends_at=soon, query="alliance"))
    store.put_silence(Silence(id="broken", reason="r", created_at=NOW, query="("))
    assert calling.calls([second, first], NOW) == {"two": False, "one": True}
    store.delete_subscription("expulsions")
    assert calling.calls([third, second], NOW + timedelta(hours=2)) == {"three": False, "two": False}
    store.put_subscription(samples.subscription())
    assert Calling(store).calls([third], NOW + timedelta(hours=2)) == {"three": True}
