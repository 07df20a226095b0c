"""Deliveries through the real store to a channel of our own, on a clock of our own."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from schemas.events import (
    Alert,
    Channel,
    Digest,
    Notification,
    QuietHours,
    Silence,
    Subscription,
    ThreadedArticle,
)
from services.alerter.channels.sender import Answer, Limits, Sender
from services.alerter.current import MOST_ALERTS
from services.alerter.dispatch import LEASE, Dispatcher
from services.kit.metrics import Metrics
from services.kit.settings import Settings
from services.kit.telling import thread_id
from services.store.embedded.store import EmbeddedStore
from services.store.protocol import Delivery, StoreUnavailable
from services.store.threads import deliveries_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
HOOK = Channel(kind="webhook", url="https://hook.example/")
MAIL = Channel(kind="named", name="mail")


class Receiver:
    """A channel that keeps what it takes, and answers as it is told to."""

    def __init__(self) -> None:
        self.taken: list[Notification] = []
        self.answers: list[Answer] = []
        self.asked = 0

    async def send(self, notification: Notification) -> Answer:
        self.asked += 1
        answer = self.answers.pop(0) if self.answers else Answer()
        if not answer.error:
            self.taken.append(notification)
        return answer


class Receivers:
    def __init__(self) -> None:
        self.all: dict[str, Receiver] = defaultdict(Receiver)
        self.asked = Limits()

    def limits(self, channel: Channel) -> Limits:
        return self.asked if channel.kind == "named" else Limits()

    def sender(self, channel: Channel) -> Sender:
        return self.all[channel.url or channel.name or ""]


class Stage:
    """The store, the receivers, and a dispatcher that can be made anew as after a kill."""

    def __init__(self, folder: Path) -> None:
        self.store = EmbeddedStore(folder, clock=lambda: self.now)
        self.store.setup()
        self.now = NOON
        self.receivers = Receivers()
        self.folder = folder
        self.runner = asyncio.Runner()  # one loop, as a dispatcher has
        self.start()

    def start(self) -> None:
        settings = Settings(data=self.folder)
        self.metrics = Metrics("alerter")
        self.dispatcher = Dispatcher(self.store, self.receivers, settings, self.metrics, lambda: self.now)

    def rounds(self, later: timedelta = timedelta(), *, afresh: bool = True) -> list[Notification]:
        """What was taken by anybody, once nothing more is due."""
        self.now += later
        before = {name: len(each.taken) for name, each in self.receivers.all.items()}

        async def go() -> None:
            if afresh:
                self.dispatcher._current._refreshed = float("-inf")
            while await self.dispatcher.round():
                await self.dispatcher.drain()

        self.runner.run(go())
        return [
            notification
            for name, each in self.receivers.all.items()
            for notification in each.taken[before.get(name, 0) :]
        ]

    def subscribe(self, **fields: Any) -> None:
        self.store.put_subscription(
            Subscription.model_validate({"id": "desk", "name": "Desk", "query": "x", **fields})
        )

    def alert(self, name: str, story: str = "s", subscription: str = "desk", **fields: Any) -> Alert:
        alert = Alert.model_validate(
            {
                "id": name,
                "subscription": subscription,
                "subscription_name": "Desk",
                "query": "x",
                "story": story,
                "thread": thread_id(subscription, story),
                "article_id": f"article-{name}",
                "capture_id": "c",
                "title": f"Title {name}",
                "url": f"https://{name}.example/",
                "source_name": f"Outlet {name}",
                "fetched_at": self.now,
                "created_at": self.now,
                "deliver": (HOOK,),
                **fields,
            }
        )
        self.store.record_matches([alert], [])
        self.now += timedelta(milliseconds=1)
        return alert

    def article(self, name: str, story: str = "s", **fields: Any) -> None:
        self.store.put_articles(
            [
                ThreadedArticle.model_validate(
                    {
                        "id": f"article-{name}",
                        "capture_id": name,
                        "revision": 1,
                        "url": f"https://{name}.example/",
                        "canonical_url": f"https://{name}.example/",
                        "fetched_at": self.now,
                        "first_seen": self.now,
                        "title": f"Title {name}",
                        "text": "Text.",
                        "title_tokens": f"title {name}",
                        "text_tokens": "text",
                        "source_name": f"Outlet {name}",
                        "story": story,
                        "relation": "new",
                        **fields,
                    }
                )
            ]
        )

    def fate(self, alert: str) -> Delivery:
        (delivery,) = self.store.deliveries(alert)
        return delivery


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.runner.close()
    stage.store.close()


def test_an_alert_is_told_with_who_was_first_and_who_confirms_it(stage: Stage) -> None:
    stage.subscribe()
    stage.article("first", published_at=NOON - HOUR)
    stage.article("second", relation="follow-up", published_at=NOON - HOUR / 2)
    stage.article("copy", relation="copy", duplicate_of="article-first", original="article-first")
    alert = stage.alert("second", published_at=NOON - HOUR / 2)
    (told,) = stage.rounds()
    assert (told.kind, told.alerts, told.thread) == ("alert", (alert,), alert.thread)
    known = told.stories["s"]
    assert (known.first.outlet, known.outlets, known.copies, known.confirming) == (
        "Outlet first",
        2,
        1,
        ("Outlet second",),
    )
    assert stage.fate("second").state == "delivered"
    assert stage.rounds() == []


def test_what_follows_in_a_thread_is_an_update_and_comes_after(stage: Stage) -> None:
    stage.subscribe(every="fact")
    stage.alert("m1")
    stage.alert("m2")
    stage.receivers.all[HOOK.url or ""].answers = [Answer("503")]
    assert stage.rounds() == [], "the second waits for the first"
    assert [(told.kind, told.alerts[0].id) for told in stage.rounds(2 * SECOND)] == [
        ("alert", "m1"),
        ("update", "m2"),
    ]


def test_how_long_an_alert_took_is_told_by_stage_and_source(stage: Stage) -> None:
    stage.subscribe()
    stage.alert("m1", source="courier", published_at=NOON - 9 * SECOND, created_at=NOON)
    stage.rounds(3 * SECOND)
    stage.subscribe(digest=Digest(every="day", at="18:00"))
    stage.alert("m2", story="s2", source="courier")
    stage.rounds()
    stage.rounds(8 * HOUR)
    assert stage.fate("m2").state == "delivered"
    labels = {"source": "courier", "stage": "delivered", "quantile": "0.99"}
    told = stage.metrics.registry.get_sample_value
    assert told("newswatch_alert_seconds", labels) == pytest.approx(3.0, abs=0.1)
    whole = {"source": "courier", "stage": "published to delivered"}
    assert told("newswatch_alert_seconds_count", whole) == 1, "what a digest held back tells nothing of it"
    assert told("newswatch_alert_seconds_sum", whole) == pytest.approx(12.0, abs=0.1)


def test_a_thread_is_known_however_many_others_are_told_the_story(stage: Stage) -> None:
    for number in range(MOST_ALERTS + 5):
        stage.alert(f"other{number}", subscription=f"other-{number}", deliver=())
    stage.subscribe(every="fact", yields_to=("other-204",))
    stage.alert("m1")
    stage.alert("m2")
    assert [told.kind for told in stage.rounds()] == ["alert", "update"]
    stage.alert("m3", subscription="other-204")
    stage.alert("m4")
    stage.rounds(2 * SECOND)
    assert stage.fate("m4").reason == "told in this channel by other-204 already"


def test_what_waits_for_an_older_one_of_its_thread_says_so(stage: Stage) -> None:
    stage.subscribe(every="article", per_hour=1)
    alerts = [stage.alert(name) for name in ("m1", "m2", "m3")]
    stage.rounds()
    assert [stage.fate(alert.id).reason for alert in alerts] == ["", "more than 1 in an hour", ""]
    (third,) = deliveries_of(stage.store, alerts[2])
    assert third.reason == ("an older alert of its thread comes first, and waits: more than 1 in an hour")
    assert [each.reason for each in deliveries_of(stage.store, alerts[0])] == [""]


def test_a_digest_comes_at_its_time_as_one(stage: Stage) -> None:
    stage.subscribe(digest=Digest(every="day", at="18:00"), zone="UTC")
    for number in range(3):
        stage.alert(f"m{number}", story=f"s{number}")
    assert stage.rounds(HOUR) == []
    assert stage.fate("m0").reason == "for the digest of Mon 18:00 UTC"
    (told,) = stage.rounds(5 * HOUR)
    assert told.kind == "digest"
    assert [alert.id for alert in told.alerts] == ["m0", "m1", "m2"]
    assert {stage.fate(alert.id).state for alert in told.alerts} == {"delivered"}


def test_a_weekly_digest_comes_on_its_day_by_the_local_clock(stage: Stage) -> None:
    stage.subscribe(digest=Digest(every="week", on="friday", at="07:30"), zone="Europe/Oslo")
    stage.alert("m0", story="s0")  # on a Monday
    stage.rounds()
    assert stage.fate("m0").reason == "for the digest of Fri 07:30 Europe/Oslo"
    assert stage.rounds(3 * 24 * HOUR) == []
    stage.alert("m1", story="s1")
    assert stage.rounds(18 * HOUR) == [], "it is 6:00 UTC, and 7:00 in Oslo"
    (told,) = stage.rounds(HOUR / 2)
    assert (told.kind, [alert.id for alert in told.alerts]) == ("digest", ["m0", "m1"])


def test_a_receiver_that_greylists_has_it_when_it_said(stage: Stage) -> None:
    stage.subscribe()
    hook = stage.receivers.all[HOOK.url or ""]
    hook.answers = [Answer("the server answered 450: greylisted", retry_after=300.0)]
    stage.alert("m0")
    assert stage.rounds() == []
    assert stage.fate("m0").error == "the server answered 450: greylisted"
    assert stage.rounds(299 * SECOND) == []
    assert hook.asked == 1
    assert len(stage.rounds(2 * SECOND)) == 1
    assert (stage.fate("m0").state, stage.fate("m0").attempts) == ("delivered", 2)


def test_after_a_quiet_night_one_summary(stage: Stage) -> None:
    stage.subscribe(quiet=QuietHours(start="11:00", end="14:00"))
    stage.alert("m0", story="s0")
    stage.alert("m1", story="s1")
    assert stage.rounds() == []
    (told,) = stage.rounds(2 * HOUR)
    assert (told.kind, len(told.alerts)) == ("summary", 2)
    stage.alert("m2", story="s2")
    assert [each.kind for each in stage.rounds()] == ["alert"]


def test_over_the_limit_one_summary(stage: Stage) -> None:
    stage.subscribe(per_hour=2)
    for number in range(5):
        stage.alert(f"m{number}", story=f"s{number}")
        stage.rounds()
    taken = stage.receivers.all[HOOK.url or ""].taken
    assert [len(each.alerts) for each in taken] == [1, 1]
    assert stage.fate("m4").reason == "more than 2 in an hour"
    (told,) = stage.rounds(HOUR)
    assert (told.kind, len(told.alerts), told.held) == ("summary", 3, "more than 2 in an hour")


def test_a_burst_is_limited_as_well(stage: Stage) -> None:
    stage.subscribe(per_hour=2)
    for number in range(5):
        stage.alert(f"m{number}", story=f"s{number}")
    assert [len(each.alerts) for each in stage.rounds()] == [1, 1]


def test_a_channels_limit_is_for_all_subscriptions_together(stage: Stage) -> None:
    stage.receivers.asked = Limits(per_hour=2)
    for name in ("one", "two", "three"):
        stage.subscribe(id=name)
        for number in range(3):
            stage.alert(f"{name}-{number}", f"s{number}", name, deliver=(MAIL,))
    assert len(stage.rounds()) == 2
    assert stage.fate("two-0").reason == "the channel takes 2 an hour"
    hourly = [stage.rounds(HOUR + SECOND) for _ in range(3)]
    assert [len(each) for each in hourly] == [2, 1, 0], "what was held comes as one for each subscription"
    assert sum(len(told.alerts) for each in hourly for told in each) == 7


def test_what_did_not_go_out_does_not_count(stage: Stage) -> None:
    stage.receivers.asked = Limits(per_hour=1)
    stage.subscribe()
    stage.receivers.all["mail"].answers = [Answer("down")]
    stage.alert("m1", deliver=(MAIL,))
    assert stage.rounds() == []
    assert len(stage.rounds(2 * SECOND)) == 1


def test_a_channel_for_what_matters_takes_nothing_less(stage: Stage) -> None:
    stage.receivers.asked = Limits(min_priority="high")
    stage.subscribe()
    stage.subscribe(id="grave", priority="urgent")
    stage.alert("m1", deliver=(MAIL,))
    stage.alert("m2", subscription="grave", deliver=(MAIL,))
    assert [told.alerts[0].id for told in stage.rounds()] == ["m2"]
    assert stage.fate("m1").reason == "of normal priority, and the channel takes high or higher"


def test_silences_drop_and_say_why(stage: Stage) -> None:
    stage.subscribe()
    stage.article("m1", title_tokens="wolf seen")
    stage.store.put_silence(Silence(id="s1", reason="drill", created_at=NOON, story="quiet"))
    stage.store.put_silence(Silence(id="s2", reason="no wolves", created_at=NOON, query="title:wolf"))
    stage.alert("m0", story="quiet")
    stage.alert("m1")
    stage.alert("m2", story="loud")
    assert [told.alerts[0].id for told in stage.rounds()] == ["m2"]
    assert (stage.fate("m0").state, stage.fate("m0").reason) == ("dropped", "silenced by s1: drill")
    assert stage.fate("m1").reason == "silenced by s2: no wolves"


def test_one_subscription_yields_to_another_in_the_same_channel(stage: Stage) -> None:
    stage.subscribe()
    stage.subscribe(id="broad", yields_to=("desk",))
    stage.alert("m1")
    stage.alert("m2", subscription="broad")
    stage.alert("m3", subscription="broad", story="another")
    assert sorted(told.alerts[0].id for told in stage.rounds()) == ["m1", "m3"]
    assert stage.fate("m2").reason == "told in this channel by desk already"


def test_a_careful_subscription_is_told_once_another_outlet_reports(stage: Stage) -> None:
    stage.subscribe(min_outlets=2)
    stage.article("m1")
    stage.alert("m1")
    assert stage.rounds() == []
    stage.article("copy", relation="copy", duplicate_of="article-m1", original="article-m1")
    assert stage.rounds(5 * SECOND) == [], "a copy confirms nothing"
    stage.article("m2", relation="follow-up")
    (told,) = stage.rounds(30 * SECOND)
    assert told.stories["s"].outlets == 2


def test_one_dead_channel_keeps_no_other_waiting_and_nothing_is_lost(stage: Stage) -> None:
    stage.subscribe()
    for number in range(8):
        stage.alert(f"m{number}", story=f"s{number}", deliver=(HOOK, MAIL))
    dead = stage.receivers.all[HOOK.url or ""]
    dead.answers = [Answer("out of reach")] * 1000
    stage.rounds()
    assert len(stage.receivers.all["mail"].taken) == 8
    for _ in range(40):
        stage.rounds(30 * SECOND)
    assert dead.asked < 40, "it is left alone between looks"
    dead.answers = []
    stage.rounds(2 * HOUR)
    stage.rounds(HOUR)
    assert {told.alerts[0].id for told in dead.taken} == {f"m{number}" for number in range(8)}


def test_given_up_after_a_day_or_at_once(stage: Stage) -> None:
    stage.subscribe()
    hook = stage.receivers.all[HOOK.url or ""]
    hook.answers = [Answer("410", final=True)] + [Answer("down")] * 1000
    stage.alert("m0", story="s0")
    stage.rounds()
    assert (stage.fate("m0").state, stage.fate("m0").error) == ("failed", "410")
    stage.alert("m1", story="s1")
    for _ in range(23):
        stage.rounds(HOUR)
    assert stage.fate("m1").state == "pending"
    for _ in range(3):
        stage.rounds(HOUR)
    assert (stage.fate("m1").state, stage.fate("m1").error) == ("failed", "down")
    assert stage.fate("m1").tried_at is not None


def killed_before_noting(stage: Stage) -> None:
    """Everything is sent, and nothing of that is noted."""
    note = stage.dispatcher._notes.note

    async def never(deliveries: Sequence[Delivery]) -> None:
        raise StoreUnavailable("gone")

    stage.dispatcher._notes.note = never  # type: ignore[method-assign]
    stage.rounds()
    stage.dispatcher._notes.note = note  # type: ignore[method-assign]


def test_killed_between_sending_and_noting_the_receiver_can_tell(stage: Stage) -> None:
    stage.subscribe(wait_seconds=10)
    for number in range(3):
        stage.alert(f"m{number}", story=f"s{number}")
    stage.rounds()
    stage.now += 20 * SECOND
    killed_before_noting(stage)
    (first,) = stage.receivers.all[HOOK.url or ""].taken
    stage.start()
    stage.alert("m3", story="s3")
    again = stage.rounds(LEASE + SECOND)
    assert [(told.id, [alert.id for alert in told.alerts]) for told in again] == [
        (first.id, ["m0", "m1", "m2"]),
        (stage.fate("m3").id, ["m3"]),
    ]
    assert stage.rounds(LEASE + SECOND) == []


def test_a_thousand_at_once_each_once(stage: Stage) -> None:
    stage.subscribe()
    for number in range(300):
        stage.alert(f"m{number}", story=f"s{number}")
    told = stage.rounds()
    assert len(told) == len({each.id for each in told}) == 300


def test_one_that_cannot_be_worked_out_keeps_no_other_back(stage: Stage) -> None:
    stage.subscribe()
    limits = stage.receivers.limits

    def fails(channel: Channel) -> Limits:
        if channel == MAIL:
            raise KeyError("mail")
        return limits(channel)

    stage.receivers.limits = fails  # type: ignore[method-assign]
    stage.alert("m0", story="s0", deliver=(MAIL,))
    stage.alert("m1", story="s1")
    assert [told.alerts[0].id for told in stage.rounds()] == ["m1"]
    assert (stage.fate("m0").state, stage.fate("m0").error) == ("pending", "KeyError: 'mail'")
    stage.receivers.limits = limits  # type: ignore[method-assign]
    assert [told.alerts[0].id for told in stage.rounds(HOUR)] == ["m0"]


def test_a_zone_that_this_machine_does_not_know_is_utc(stage: Stage) -> None:
    stage.subscribe(zone="Mars/Olympus", quiet=QuietHours(start="11:00", end="14:00"))
    stage.alert("m0")
    assert stage.rounds() == []
    assert stage.fate("m0").reason == "quiet hours until 14:00 UTC"


def test_a_clock_that_jumps_loses_nothing(stage: Stage) -> None:
    stage.subscribe(wait_seconds=60)
    stage.alert("m0", story="s0")
    assert stage.rounds() == []
    assert stage.rounds(timedelta(days=-1)) == [], "it waits for the clock to come back"
    assert len(stage.rounds(timedelta(days=2))) == 1


def test_a_subscription_may_be_younger_than_the_last_look(stage: Stage) -> None:
    stage.subscribe()
    stage.alert("m0", story="s0")
    assert len(stage.rounds()) == 1
    stage.subscribe(id="new")
    stage.alert("m1", story="s1", subscription="new")
    assert [told.alerts[0].id for told in stage.rounds(afresh=False)] == ["m1"]
    stage.store.put_silence(Silence(id="s", reason="drill", created_at=NOON))
    stage.alert("m2", story="s2", subscription="new")
    assert stage.rounds(afresh=False) == []
    assert stage.fate("m2").state == "dropped"
