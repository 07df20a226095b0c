from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.events import Channel, Digest, QuietHours, Subscription
from services.kit.subscribing.files import ORIGIN, SubscriptionsError, load, parse, written
from services.kit.subscribing.plan import plan, told

NOW = datetime(2026, 3, 2, tzinfo=UTC)
SHORT = """\
name: Diplomats expelled
query: event:expulsion AND country:NO
every: fact
deliver: [console, desk-mail, https://hook.example/news]
languages: [no, en]
digest: weekly friday 7:30
quiet: 22:00-07:00
zone: Europe/Oslo
labels: {desk: foreign}
min_outlets: 2
"""


def one(text: str) -> Subscription:
    (found,) = parse(text, "a.yaml", "a")
    return found.subscription


def test_a_file_is_written_short() -> None:
    assert one(SHORT) == Subscription(
        id="a",
        name="Diplomats expelled",
        query="event:expulsion AND country:NO",
        every="fact",
        deliver=(
            Channel(kind="console"),
            Channel(kind="named", name="desk-mail"),
            Channel(kind="webhook", url="https://hook.example/news"),
        ),
        languages=("no", "en"),
        digest=Digest(every="week", at="07:30", on="friday"),
        quiet=QuietHours(start="22:00", end="07:00"),
        zone="Europe/Oslo",
        labels={"desk": "foreign"},
        min_outlets=2,
        origin=ORIGIN,
    )


@pytest.mark.parametrize(
    ("text", "digest"),
    [
        ("hourly", Digest(every="hour")),
        ("hourly :15", Digest(every="hour", at="00:15")),
        ("daily 18:05", Digest(every="day", at="18:05")),
        ("Weekly Sunday", Digest(every="week", on="sunday")),
        ("{every: day, at: '06:00'}", Digest(every="day", at="06:00")),
    ],
)
def test_digests_in_words(text: str, digest: Digest) -> None:
    assert one(f"query: x\ndigest: {text}").digest == digest


def test_several_in_one_file_and_none() -> None:
    found = parse("- {id: b, query: x}\n- {id: c, query: y}\n", "f.yaml", "f")
    assert [(each.subscription.id, each.subscription.name, each.line) for each in found] == [
        ("b", "b", 1),
        ("c", "c", 2),
    ]
    assert parse("# nothing yet\n", "f.yaml", "f") == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("query: [", "a.yaml:1: not YAML"),
        ("just words", "a.yaml:1: no subscription; write `name:`, `query:`"),
        ("name: N", "a.yaml:1: query: Field required"),
        ("query: x\nquerry: y", "a.yaml:2: no field 'querry'; 'query' is meant?"),
        ("query: x\norigin: files", "a.yaml:2: no field 'origin'"),
        ("name: N\nquery: (x", "a.yaml:2: "),
        ("query: x\nzone: Europe/Berlln", "a.yaml:2: 'Europe/Berlln' is no time zone"),
        ("query: x\nzone: ../../etc/passwd", "a.yaml:2: '../../etc/passwd' is no time zone"),
        ("query: x\nquiet: at night", "a.yaml:2: 'at night': write 22:00-07:00"),
        ("query: x\nquiet: 22:00-22:00", "a.yaml:2: begins and ends at one time"),
        ("query: x\nquiet: 25:00-07:00", "a.yaml:2: quiet.start: "),
        ("query: x\ndigest: now and then", "a.yaml:2: 'now and then': write hourly :15"),
        ("query: x\ndigest: weekly someday", "a.yaml:2: digest.on: "),
        ("query: x\ndeliver: ftp://x", "a.yaml:2: webhook 'ftp://x': no http(s) address"),
        ("query: x\ndeliver: Desk Mail", "a.yaml:2: channel 'Desk Mail': use lower-case"),
        ("query: x\nevery: minute", "a.yaml:2: every: "),
        ("query: x\nlanguages: [German]", "a.yaml:2: 'German' is no language"),
        ("query: x\nyields_to: [a]", "a.yaml:2: names the subscription itself"),
        ("- query: x\n- query: y", "a.yaml:1: several in one file: give each an `id:`"),
        ("id: Not This\nquery: x", "a.yaml:1: id: "),
    ],
)
def test_what_is_wrong_is_told_with_its_line(text: str, said: str) -> None:
    with pytest.raises(SubscriptionsError) as caught:
        parse(text, "a.yaml", "a")
    assert str(caught.value).startswith(said)


def test_a_folder_is_used_whole_or_not_at_all(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text("query: x\n", encoding="utf-8")
    (tmp_path / "a.yml").write_text("query: y\n", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not one", encoding="utf-8")
    assert [each.id for each in load(tmp_path)] == ["a", "b"]
    (tmp_path / "c.yaml").write_text("id: b\nquery: z\n", encoding="utf-8")
    (tmp_path / "d.yaml").write_text("nonsense: 1\n", encoding="utf-8")
    with pytest.raises(SubscriptionsError) as caught:
        load(tmp_path)
    first, second = str(caught.value).splitlines()
    assert "c.yaml:1: subscription 'b' is also in" in first
    assert "d.yaml:1: no field 'nonsense'" in second
    with pytest.raises(SubscriptionsError, match="No such file"):
        load(tmp_path / "nowhere")


def test_what_is_exported_is_read_back() -> None:
    subscription = one(SHORT)
    assert parse(written([subscription]), "a.yaml", "a")[0].subscription == subscription


@given(
    st.builds(
        Subscription,
        id=st.from_regex(r"[a-z0-9][a-z0-9-]{0,20}", fullmatch=True),
        name=st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1),
        query=st.just("x OR y"),
        every=st.sampled_from(["story", "fact", "article"]),
        min_outlets=st.integers(1, 50),
        priority=st.sampled_from(["low", "urgent"]),
        expires_at=st.none() | st.datetimes(timezones=st.just(UTC)),
        languages=st.lists(st.sampled_from(["no", "en", "yes"[:2]]), max_size=2).map(tuple),
        origin=st.just(ORIGIN),
    )
)
def test_any_subscription_is_read_back(subscription: Subscription) -> None:
    assert parse(written([subscription]), "f.yaml", "f")[0].subscription == subscription


def test_only_what_came_from_files_goes() -> None:
    there = [
        Subscription(id="by-hand", name="H", query="x"),
        Subscription(id="gone", name="G", query="x", origin=ORIGIN),
        Subscription(id="same", name="S", query="x", origin=ORIGIN, created_at=NOW),
        Subscription(id="taken", name="T", query="x"),
        Subscription(id="edited", name="E", query="x", origin=ORIGIN, created_at=NOW),
    ]
    wanted = [
        Subscription(id="edited", name="E", query="y", origin=ORIGIN),
        Subscription(id="new", name="N", query="x", origin=ORIGIN),
        Subscription(id="same", name="S", query="x", origin=ORIGIN),
        Subscription(id="taken", name="T", query="x", origin=ORIGIN),
    ]
    planned = plan(wanted, there, NOW)
    assert [each.id for each in planned.put] == ["new", "edited", "taken"]
    assert [each.id for each in planned.gone] == ["gone"]
    assert (planned.unchanged, planned.taken) == (1, ("taken",))
    assert told(planned) == [
        "+ new: x",
        "~ edited",
        "    query: 'x' → 'y'",
        "~ taken (was made by hand)",
        "- gone: x",
    ]
    assert planned.put[1].created_at == NOW
    after = [each for each in there if each.id not in {"gone", "edited", "taken"}] + list(planned.put)
    assert plan(wanted, after, NOW).empty
