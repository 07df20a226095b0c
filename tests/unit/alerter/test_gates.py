from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.events import Alert, Channel, Digest, QuietHours, Silence, Subscription
from services.alerter.breaker import FAILURES, LONGEST, SHORTEST, Breaker
from services.alerter.gates import Circumstances, Drop, Hold, Send, Verdict, decide
from services.kit.silencing import is_silenced
from services.store.protocol import Delivery

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
ALERT = Alert(
    id="m",
    subscription="desk",
    subscription_name="Desk",
    query="x",
    story="s",
    article_id="a",
    capture_id="c",
    title="T",
    url="https://a.example/",
    fetched_at=NOON,
    created_at=NOON,
    labels={"desk": "eu", "kind": "event"},
)
DELIVERY = Delivery("d", ALERT, Channel(kind="webhook", url="https://hook.example/"), "pending")


def subscription(**fields: Any) -> Subscription:
    return Subscription.model_validate({"id": "desk", "name": "Desk", "query": "x", **fields})


def verdict(
    asked: Subscription | None, now: datetime = NOON, delivery: Delivery = DELIVERY, **seen: Any
) -> Verdict:
    return decide(delivery, Circumstances(asked, **seen), now)


def test_what_nothing_objects_to_is_sent() -> None:
    assert verdict(subscription()) == Send()


def test_what_nobody_asks_for_any_more_is_dropped() -> None:
    assert verdict(None) == Drop("the subscription was deleted")
    assert verdict(subscription(enabled=False)) == Drop("the subscription is switched off")
    assert verdict(subscription(expires_at=NOON)) == Drop("the subscription expired on 2026-03-02 12:00 UTC")


def test_silences_and_those_who_told_already() -> None:
    silence = Silence(id="drill", reason="exercise", created_at=NOON)
    assert verdict(subscription(), silences=[silence]) == Drop("silenced by drill: exercise")
    yields = subscription(yields_to=("urgent",))
    assert verdict(yields, told=frozenset({"desk", "else"})) == Send()
    assert verdict(yields, told=frozenset({"urgent"})) == Drop("told in this channel by urgent already")


def test_a_careful_subscription_waits_for_other_outlets() -> None:
    careful = subscription(min_outlets=2)
    first = verdict(careful, NOON + SECOND, outlets=1)
    assert isinstance(first, Hold)
    assert first.why == "reported by 1 of 2 independent outlets"
    assert first.until == NOON + 3 * SECOND
    later = verdict(careful, NOON + 10 * HOUR, outlets=1)
    assert isinstance(later, Hold)
    assert later.until == NOON + 10 * HOUR + timedelta(minutes=10)
    assert verdict(careful, outlets=2) == Send()
    assert verdict(careful, NOON + 72 * HOUR, outlets=1) == Drop(
        "reported by 1 of 2 independent outlets within 72 hours"
    )


def test_digest_then_quiet_hours_then_out() -> None:
    asked = subscription(
        zone="Europe/Berlin",
        digest=Digest(every="day", at="06:00"),
        quiet=QuietHours(start="22:00", end="07:00"),
    )
    six, seven = NOON + 17 * HOUR, NOON + 18 * HOUR
    held = verdict(asked)
    assert held == Hold(
        six, "for the digest of Tue 06:00 Europe/Berlin", "digest desk webhook:https://hook.example/"
    )
    assert isinstance(held, Hold)
    quiet = verdict(asked, six, replace(DELIVERY, batch=held.batch))
    assert quiet == Hold(
        seven, "quiet hours until 07:00 Europe/Berlin", "quiet desk webhook:https://hook.example/"
    )
    assert isinstance(quiet, Hold)
    assert verdict(asked, seven, replace(DELIVERY, batch=quiet.batch)) == Send()


def test_urgent_ones_wait_for_no_clock() -> None:
    asked = subscription(
        priority="urgent",
        digest=Digest(every="day"),
        quiet=QuietHours(start="00:00", end="23:59"),
        wait_seconds=60,
        per_hour=1,
    )
    assert verdict(asked, sent=[NOON, NOON]) == Send()


def test_what_comes_in_the_window_is_gathered() -> None:
    asked = subscription(wait_seconds=30)
    held = verdict(asked, NOON + SECOND)
    assert isinstance(held, Hold)
    assert (held.until, held.why) == (NOON + 30 * SECOND, "gathered for 30 s")
    assert verdict(asked, NOON + 29 * SECOND, replace(DELIVERY, batch=held.batch)) == Send()


def test_over_the_limit_comes_a_summary() -> None:
    asked = subscription(per_hour=2)
    sent = [NOON - 2 * HOUR, NOON - 50 * SECOND, NOON - 10 * SECOND]
    assert verdict(asked, sent=sent[:2]) == Send()
    held = verdict(asked, sent=sent)
    assert isinstance(held, Hold)
    assert (held.until, held.why) == (NOON - 50 * SECOND + HOUR, "more than 2 in an hour")
    assert verdict(asked, held.until, replace(DELIVERY, batch=held.batch), sent=sent) == Send()


def test_what_is_on_its_way_together_is_not_held_again() -> None:
    asked = subscription(digest=Digest(every="day"), per_hour=1)
    assert verdict(asked, delivery=replace(DELIVERY, bundle="b"), sent=[NOON]) == Send()


def test_what_a_silence_holds_for() -> None:
    def silenced(now: datetime = NOON, **fields: Any) -> bool:
        silence = Silence(id="s", reason="r", created_at=NOON, **fields)
        return is_silenced(ALERT, silence, now)

    assert silenced()
    assert silenced(subscription="desk", story="s", labels={"desk": "eu"})
    assert not silenced(subscription="another")
    assert not silenced(story="another")
    assert not silenced(labels={"desk": "eu", "kind": "words"})
    assert silenced(ends_at=NOON + SECOND)
    assert not silenced(ends_at=NOON)


def test_a_channel_that_fails_is_left_alone_for_longer_and_longer() -> None:
    breaker = Breaker()
    for _ in range(FAILURES - 1):
        breaker.failed(NOON)
    assert breaker.closed_for(NOON) is None
    breaker.failed(NOON)
    assert breaker.closed_for(NOON) == NOON + SHORTEST
    assert breaker.closed_for(NOON + SHORTEST) is None, "one looks how things are"
    assert breaker.closed_for(NOON + SHORTEST) is not None, "the others wait for it"
    breaker.failed(NOON + SHORTEST)
    assert breaker.closed_for(NOON + SHORTEST) == NOON + 3 * SHORTEST
    for _ in range(20):
        breaker.failed(NOON)
    assert breaker.closed_for(NOON) == NOON + LONGEST
    assert breaker.closed_for(NOON - timedelta(days=1)) == NOON - timedelta(days=1) + LONGEST, (
        "a clock set back"
    )
    breaker.worked()
    assert breaker.closed_for(NOON) is None


def test_a_channel_is_left_alone_as_long_as_it_asks() -> None:
    breaker = Breaker()
    breaker.failed(NOON, retry_after=120)
    assert breaker.closed_for(NOON) == NOON + 120 * SECOND
    breaker.failed(NOON, retry_after=10**7)
    assert breaker.closed_for(NOON) == NOON + LONGEST, "but not for ever"
