"""The commands round alerts: subscribe, subscriptions in files, silences, threads and latency."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from typer.testing import CliRunner, Result

from schemas.events import Alert, Channel, Digest, QuietHours, Stages
from services.cli.__main__ import app
from services.kit.telling import thread_id
from services.store.embedded.store import EmbeddedStore

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    opened = EmbeddedStore(tmp_path / "store")
    opened.setup()
    yield opened
    opened.close()


def call(store: EmbeddedStore, folder: Path, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--data", str(folder)], env={"NEWSWATCH_SUBSCRIPTIONS": ""})


def test_all_that_a_subscription_has_can_be_said(store: EmbeddedStore, tmp_path: Path) -> None:
    said = (
        "--name Night --every fact --webhook https://hook.example/ --channel desk-mail --quiet 22:00-07:00 "
        "--zone Europe/Oslo --min-outlets 2 --language en --language no --priority high --per-hour 9 "
        "--wait 60 --yields-to norway --label desk=eu --owner Ann --expires 30d"
    )
    made = call(
        store, tmp_path, "subscribe", "event:expulsion", *said.split(), "--digest", "weekly friday 7:30"
    )
    assert made.exit_code == 0, made.output
    (kept,) = store.subscriptions()
    assert (kept.id, kept.every, kept.min_outlets, kept.per_hour, kept.wait_seconds) == (
        "night",
        "fact",
        2,
        9,
        60,
    )
    assert (kept.digest, kept.quiet, kept.zone) == (
        Digest(every="week", on="friday", at="07:30"),
        QuietHours(start="22:00", end="07:00"),
        "Europe/Oslo",
    )
    assert (kept.languages, kept.yields_to, kept.labels) == (("en", "no"), ("norway",), {"desk": "eu"})
    assert (kept.owner, kept.priority) == ("Ann", "high")
    assert kept.expires_at is not None
    assert kept.created_at is not None
    assert kept.expires_at - kept.created_at == timedelta(days=30)
    assert [each.url or each.name for each in kept.deliver[2:]] == ["https://hook.example/", "desk-mail"]


def test_two_of_one_name_and_a_change(store: EmbeddedStore, tmp_path: Path) -> None:
    assert call(store, tmp_path, "subscribe", "wolf", "--name", "Desk").exit_code == 0
    again = call(store, tmp_path, "subscribe", "bear", "--name", "Desk")
    assert again.exit_code == 2
    assert "a subscription 'desk' is there already: --id desk changes it" in again.stderr
    (kept,) = store.subscriptions()
    assert kept.query == "wolf"
    assert call(store, tmp_path, "subscribe", "bear", "--name", "Desk", "--id", "desk").exit_code == 0
    (changed,) = store.subscriptions()
    assert (changed.query, changed.created_at) == ("bear", kept.created_at)
    store.put_subscription(changed.model_copy(update={"origin": "files"}))
    filed = call(store, tmp_path, "subscribe", "lynx", "--id", "desk")
    assert "desk is kept in files" in filed.stderr
    for wrong, told in (
        (("--expires", "2020-01-01"), "is over"),
        (("--expires", "soon"), "is no time"),
        (("--label", "desk"), "write name=value"),
        (("--zone", "Mars/Olympus"), "is no time zone"),
        (("--quiet", "at night"), "write 22:00-07:00"),
    ):
        refused = call(store, tmp_path, "subscribe", "lynx", "--id", "x", *wrong)
        assert (refused.exit_code, told in refused.stderr) == (2, True), refused.output


def test_files_are_checked_compared_applied_and_exported(store: EmbeddedStore, tmp_path: Path) -> None:
    folder = tmp_path / "subs"
    folder.mkdir()
    (folder / "a.yaml").write_text("name: Desk\nquery: wolf\n", encoding="utf-8")
    (folder / "b.yaml").write_text("name: Desk\nquery: bear\nzone: Mars/X\n", encoding="utf-8")
    wrong = CliRunner().invoke(app, ["subscriptions", "check", str(folder)])
    assert wrong.exit_code == 2
    assert "b.yaml:3: 'Mars/X' is no time zone" in wrong.stderr
    assert call(store, tmp_path, "subscriptions", "apply", str(folder)).exit_code == 2
    assert store.subscriptions() == [], "all of them or none"
    (folder / "b.yaml").write_text("name: Desk\nquery: bear\n", encoding="utf-8")
    sound = CliRunner().invoke(app, ["subscriptions", "check", str(folder)])
    assert "2 subscriptions: sound" in sound.stdout
    assert "b: has the name of a, 'Desk': alerts will look alike" in sound.stdout
    different = call(store, tmp_path, "subscriptions", "diff", str(folder))
    assert (different.exit_code, "2 new, 0 changed" in different.stdout) == (1, True)
    assert call(store, tmp_path, "subscriptions", "apply", str(folder)).exit_code == 0
    assert {each.id: each.name for each in store.subscriptions()} == {"a": "Desk", "b": "Desk"}
    same = call(store, tmp_path, "subscriptions", "diff", str(folder))
    assert (same.exit_code, "2 unchanged" in same.stdout) == (0, True)
    exported = tmp_path / "exported"
    assert call(store, tmp_path, "subscriptions", "export", str(exported)).exit_code == 0
    assert sorted(path.name for path in exported.iterdir()) == ["a.yaml", "b.yaml"]
    assert call(store, tmp_path, "subscriptions", "diff", str(exported)).exit_code == 0
    (folder / "b.yaml").unlink()
    gone = call(store, tmp_path, "subscriptions", "apply", str(folder))
    assert "1 gone" in gone.stdout
    assert [each.id for each in store.subscriptions()] == ["a"]


def test_silences_are_added_listed_and_lifted(store: EmbeddedStore, tmp_path: Path) -> None:
    said = "--reason exercise --for 12h --label desk=eu --query wolf"
    added = call(store, tmp_path, "silence", "add", "drill", *said.split())
    assert added.exit_code == 0, added.output
    (kept,) = store.silences()
    assert (kept.labels, kept.query, kept.reason) == ({"desk": "eu"}, "wolf", "exercise")
    assert kept.ends_at is not None
    assert kept.ends_at - kept.created_at == timedelta(hours=12)
    listed = call(store, tmp_path, "silence", "list").stdout
    assert "label desk=eu, query wolf (exercise)" in listed
    assert call(store, tmp_path, "silence", "lift", "drill").exit_code == 0
    assert call(store, tmp_path, "silence", "lift", "drill").exit_code == 1
    wrong = call(store, tmp_path, *["silence", "add", "x", "--reason", "r", "--for", "soon"])
    assert (wrong.exit_code, "write 90m, 12h, 3d, 2w" in wrong.stderr) == (2, True)


def test_threads_and_latency_are_told(store: EmbeddedStore, tmp_path: Path) -> None:
    hook = Channel(kind="webhook", url="https://hook.example/")
    kinds: tuple[tuple[int, Literal["event", "count"]], ...] = ((8, "event"), (9, "count"))
    raised = [
        Alert(
            id=f"m{number}",
            subscription="desk",
            subscription_name="Desk",
            query="x",
            story="s",
            thread=thread_id("desk", "s"),
            article_id="a",
            capture_id="c",
            title="t",
            url="https://courier.example/a",
            source="courier",
            source_name="Courier",
            summary=f"NATO expelled {number} staff",
            news=news,
            published_at=NOON,
            discovered_at=NOON + 2 * SECOND,
            fetched_at=NOON + 3 * SECOND,
            stages=Stages(cleaned_at=NOON + 4 * SECOND),
            created_at=NOON + 5 * SECOND,
            deliver=(hook,),
        )
        for number, news in kinds
    ]
    for each in raised:
        store.record_matches([each], [])
    (delivery,) = store.claim_deliveries(NOON + 5 * SECOND)
    store.resolve_deliveries([replace(delivery, state="delivered", finished_at=NOON + 7 * SECOND)])
    told = call(store, tmp_path, "alerts").stdout
    assert "closed   desk  story s" in told
    assert "NATO expelled 8 staff" in told
    assert "count: NATO expelled 9 staff" in told
    plain = json.loads(call(store, tmp_path, "alerts", "--json").stdout)
    assert [each["news"] for each in plain["alerts"]] == ["event", "count"]
    table = call(store, tmp_path, "latency", "--by-source").stdout
    assert "Courier" in table
    delivered = next(line.split() for line in table.splitlines() if line.startswith("delivered"))
    assert delivered == ["delivered", "2.00", "2.00", "2.00", "1"]
    figures = json.loads(call(store, tmp_path, "latency", "--json").stdout)
    by_stage = {each["stage"]: each["p99"] for each in figures["stages"]}
    assert by_stage["published to delivered"] == 7.0
    assert [each["source"] for each in figures["sources"]] == ["Courier"]
