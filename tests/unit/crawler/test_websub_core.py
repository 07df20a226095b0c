"""What a subscriber decides, rule by rule of the Recommendation."""

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.crawler.websub import core
from services.crawler.websub.core import Answer, Delivery, Refused, Subscription

NOW = 1_800_000_000.0
WAY, TOPIC = "https://news.example/feed", "https://news.example/self"
HUB, OTHER = "https://hub.example/", "https://hub.other.example/"
CALLBACK, SECRET = "https://our.example/hub/token", "a secret"


def wanted(*hubs: str) -> Subscription:
    sub = core.wanted(WAY, TOPIC, hubs or (HUB,), CALLBACK, SECRET, NOW)
    assert sub is not None
    return sub


def query(
    mode: str = "subscribe", topic: str = TOPIC, lease: str = "864000", challenge: str = "c"
) -> dict[str, str]:
    return {
        "hub.mode": mode,
        "hub.topic": topic,
        "hub.challenge": challenge,
        "hub.lease_seconds": lease,
    }


def kept(answer: Answer) -> Subscription:
    assert answer.subscription is not None
    return answer.subscription


def active(lease: str = "864000", *hubs: str) -> Subscription:
    return kept(core.verify(core.asking(wanted(*hubs), NOW), query(lease=lease), NOW))


def signed(body: bytes, secret: str = SECRET, method: str = "sha256") -> dict[str, str]:
    digest = hmac.new(secret.encode(), body, method).hexdigest()
    return {"x-hub-signature": f"{method}={digest}", "content-type": "application/atom+xml"}


# What is wanted


def test_hubs_of_what_is_polled_by_tls_are_asked_by_tls() -> None:
    hubs = ("http://hub.example/?a=b", "http://hub.example:8080/", "https://hub.example/?a=b", OTHER)
    assert core.trusted(WAY, hubs) == ("https://hub.example/?a=b", OTHER)
    assert core.trusted("http://news.example/feed", hubs) == hubs
    assert core.wanted(WAY, TOPIC, ("http://hub.example:8080/",), CALLBACK, SECRET, NOW) is None
    assert core.wanted(WAY, TOPIC, (), CALLBACK, SECRET, NOW) is None


def test_a_feed_may_name_many_hubs_but_few_are_asked() -> None:
    assert len(wanted(*(f"https://{number}.example/" for number in range(50))).hubs) == core.MOST_HUBS


def test_a_subscription_stands_while_the_feed_names_its_topic_and_hub() -> None:
    sub = active()
    later = NOW + core.SETTLED
    assert core.stands(sub, TOPIC, (OTHER, HUB), later)
    assert not core.stands(sub, f"{TOPIC}2", (HUB,), later)
    assert not core.stands(sub, TOPIC, (OTHER,), later)
    assert not core.stands(sub, TOPIC, (), later)
    assert core.stands(sub, f"{TOPIC}2", (), later - 1)
    assert not core.stands(wanted(), TOPIC, (OTHER,), NOW)


# Asking


def test_what_is_asked_for() -> None:
    assert core.form(wanted()) == {
        "hub.mode": "subscribe",
        "hub.topic": TOPIC,
        "hub.callback": CALLBACK,
        "hub.secret": SECRET,
        "hub.lease_seconds": "864000",
    }
    ending = core.ended(active(), NOW)
    assert ending is not None
    assert core.form(ending) == {"hub.mode": "unsubscribe", "hub.topic": TOPIC, "hub.callback": CALLBACK}


def test_a_hub_that_does_not_come_back_has_failed_in_an_hour() -> None:
    sub = core.asking(wanted(), NOW)
    assert (sub.asked, core.due(sub)) == (True, NOW + core.VERIFIED_WITHIN)


def test_hubs_are_tried_in_turn_and_then_at_growing_intervals() -> None:
    sub, tried, waits = wanted(HUB, OTHER), [], []
    for _ in range(2 * len(core.PAUSES) + 4):
        tried.append(sub.hub)
        sub = core.failed(core.asking(sub, NOW), NOW)
        waits.append(core.due(sub) - NOW)
    assert tried == [HUB, OTHER] * (len(core.PAUSES) + 2)
    assert waits[::2] == [0.0] * (len(core.PAUSES) + 2)
    assert tuple(waits[1::2]) == (*core.PAUSES, core.LEFT_ALONE, core.LEFT_ALONE)


def test_a_hub_may_ask_for_more_time_but_for_a_day_at_most() -> None:
    assert core.due(core.failed(wanted(), NOW, 3600)) == NOW + 3600
    assert core.due(core.failed(wanted(), NOW, 1e9)) == NOW + core.DAY
    assert core.due(core.failed(wanted(), NOW, 1)) == NOW + core.PAUSES[0]


def test_what_is_leased_stays_leased_while_its_renewal_fails() -> None:
    sub = core.failed(core.asking(active(), NOW + 700_000), NOW + 700_000)
    assert core.is_active(sub, NOW + 863_999)
    assert not core.is_active(sub, NOW + 864_000)
    assert core.status(sub, NOW + 864_000) == "failing"


# Verification of intent


def test_the_challenge_comes_back_for_what_was_asked() -> None:
    answer = core.verify(core.asking(wanted(), NOW), query(challenge="<b>&"), NOW + 5)
    assert (answer.status, answer.text) == (200, "<b>&")
    assert core.is_active(kept(answer), NOW + 5)
    assert not kept(answer).asked


@pytest.mark.parametrize(
    "wrong",
    [
        query(topic=f"{TOPIC}/"),
        query(mode="unsubscribe"),
        query(mode="publish"),
        query(mode=""),
        {},
        {"hub.mode": "subscribe"},
    ],
)
def test_what_we_do_not_want_is_not_found(wrong: dict[str, str]) -> None:
    for sub in (core.asking(wanted(), NOW), active()):
        assert core.verify(sub, wrong, NOW) == Answer(404, "", sub)
    assert core.verify(None, query(), NOW) == Answer(404, "", None)


def test_nothing_is_confirmed_that_was_not_asked_or_long_ago() -> None:
    assert core.verify(wanted(), query(), NOW).status == 404
    asked = core.asking(wanted(), NOW)
    assert core.verify(asked, query(), NOW + core.VERIFIED_WITHIN).status == 404
    # A hub whose answer we did not wait for may have taken the request all the same.
    assert core.verify(core.failed(asked, NOW + 20), query(), NOW + 30).status == 200


@pytest.mark.parametrize("challenge", ["", "x" * 5000])
def test_a_challenge_has_a_length(challenge: str) -> None:
    sub = core.asking(wanted(), NOW)
    assert core.verify(sub, query(challenge=challenge), NOW) == Answer(400, "", sub)


@pytest.mark.parametrize(
    ("said", "lease"),
    [
        ("3600", 3600.0),
        ("", core.LEASE),
        ("0", core.LEASE),
        ("-1", core.LEASE),
        ("1e9", core.LEASE),
        ("٣", core.LEASE),
        ("99999999999", core.MOST_LEASE),
        ("9" * 500, core.LEASE),
    ],
)
def test_the_hub_decides_on_the_lease_within_reason(said: str, lease: float) -> None:
    assert active(said).lease_until == NOW + lease


def test_leases_are_renewed_in_time_and_not_all_at_once() -> None:
    subs = [
        kept(core.verify(core.asking(replace(wanted(), callback=f"{CALLBACK}{n}"), NOW), query(), NOW))
        for n in range(50)
    ]
    shares = [(core.due(sub) - NOW) / core.LEASE for sub in subs]
    assert 0.75 <= min(shares) < 0.76
    assert 0.79 < max(shares) <= 0.8
    assert core.due(active("60")) >= NOW + 0.75 * core.LEAST_LEASE


def test_a_denial_ends_the_lease_and_the_next_hub_is_asked() -> None:
    sub = kept(core.verify(active("864000", HUB, OTHER), query("denied"), NOW))
    assert (sub.hub, core.due(sub), core.is_active(sub, NOW)) == (OTHER, NOW, False)
    sub = kept(core.verify(core.asking(sub, NOW), query("denied"), NOW))
    assert (sub.hub, core.due(sub)) == (HUB, NOW + core.LEFT_ALONE)
    assert core.verify(sub, query("denied", topic="https://news.example/other"), NOW).status == 404


# The end


def test_only_what_is_leased_is_unsubscribed() -> None:
    assert core.ended(wanted(), NOW) is None
    assert core.ended(core.asking(wanted(), NOW), NOW) is None
    assert core.ended(active("3600"), NOW + 3600) is None
    ending = core.ended(active("864000", HUB, OTHER), NOW)
    assert ending is not None
    assert (ending.hubs, core.status(ending, NOW)) == ((HUB,), "ending")
    asked = core.asking(ending, NOW)
    assert core.verify(asked, query("subscribe"), NOW) == Answer(404, "", asked)
    assert core.verify(asked, query("unsubscribe"), NOW) == Answer(200, "c", None)
    assert core.verify(asked, query("denied"), NOW) == Answer(200, "", None)
    assert core.accept(asked, signed(b"x"), b"x", NOW) == Refused("ended", 410)


def test_a_hub_that_does_not_let_us_go_is_left() -> None:
    ending = core.ended(active(), NOW)
    assert ending is not None
    for _ in range(core.GOODBYES):
        assert not core.over(ending, NOW)
        ending = core.failed(core.asking(ending, NOW), NOW)
    assert core.over(ending, NOW)
    assert not core.over(active(), NOW + 1e9)


# Deliveries


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_what_the_hub_has_signed_is_believed(method: str) -> None:
    delivery = core.accept(active(), signed(b"news", method=method), b"news", NOW)
    assert delivery == Delivery(WAY, TOPIC, "application/atom+xml", b"news")


def test_capitals_make_no_difference_to_a_signature() -> None:
    headers = {"x-hub-signature": signed(b"news")["x-hub-signature"].upper()}
    assert isinstance(core.accept(active(), headers, b"news", NOW), Delivery)


@pytest.mark.parametrize(
    "signature",
    [
        "sha256=",
        "sha256",
        "=",
        "md5=" + hashlib.md5(b"news").hexdigest(),
        "sha256=é",
        "sha224=00",
        "blake2b=0",
    ],
)
def test_a_wrong_signature_is_answered_like_a_right_one(signature: str) -> None:
    found = core.accept(active(), {"x-hub-signature": signature}, b"news", NOW)
    assert found == Refused("wrong-signature", 202)


def test_a_method_that_is_not_allowed_signs_nothing() -> None:
    for method in ("md5", "sha224", "sha3_256"):
        found = core.accept(active(), signed(b"news", method=method), b"news", NOW)
        assert found == Refused("wrong-signature", 202)


def test_what_is_not_signed_not_leased_or_nobodys_is_refused() -> None:
    assert core.accept(active(), {}, b"news", NOW) == Refused("unsigned", 202)
    assert core.accept(None, signed(b"news"), b"news", NOW) == Refused("unknown", 404)
    for sub in (wanted(), core.asking(wanted(), NOW), active("3600")):
        assert core.accept(sub, signed(b"news"), b"news", NOW + 3600) == Refused("ended", 410)


@given(st.binary(), st.binary(), st.text(min_size=1), st.text(), st.sampled_from(sorted(core.DIGESTS)))
def test_only_the_very_body_under_the_very_secret_is_accepted(
    body: bytes, other: bytes, secret: str, guess: str, method: str
) -> None:
    sub = replace(active(), secret=secret)
    assert isinstance(core.accept(sub, signed(body, secret, method), body, NOW), Delivery)
    assert isinstance(core.accept(sub, signed(other, secret, method), body, NOW), Delivery) == (body == other)
    # HMAC fills a short key up with NULs, so that these two are one key.
    same = guess.encode().rstrip(b"\0") == secret.encode().rstrip(b"\0")
    if len(guess.encode()) <= 64 and len(secret.encode()) <= 64:
        assert isinstance(core.accept(sub, signed(body, guess, method), body, NOW), Delivery) == same


@given(st.text())
def test_no_signature_is_found_by_luck_and_none_makes_it_fail(signature: str) -> None:
    assert isinstance(core.accept(active(), {"x-hub-signature": signature}, b"news", NOW), Refused)


# Silence


def test_a_hub_is_relied_on_once_it_delivers() -> None:
    sub = active()
    assert not core.delivers(sub, NOW)
    sub = core.delivered(sub, NOW)
    assert core.delivers(sub, NOW)
    assert not core.delivers(sub, NOW + core.LEASE)


def test_a_hub_that_leaves_something_out_is_asked_anew_unless_it_comes_after_all() -> None:
    sub = core.delivered(active(), NOW)
    late = NOW + core.SETTLED
    doubted = core.missed(sub, late)
    assert not core.delivers(doubted, late)
    assert core.due(doubted) == late + core.GRACE
    assert core.missed(doubted, late + 50) == doubted
    after_all = core.delivered(doubted, late + 10)
    assert core.delivers(after_all, late + 10)
    assert core.due(after_all) == core.due(sub)
    anew = core.asking(doubted, late + core.GRACE)
    verified = kept(core.verify(anew, query(), late + core.GRACE))
    assert core.is_active(verified, late + core.GRACE)
    assert not core.delivers(verified, late + core.GRACE)


def test_a_silent_hub_is_not_asked_too_often() -> None:
    doubted = core.missed(core.delivered(active(), NOW), NOW + 60)
    assert core.due(doubted) == NOW + core.SETTLED
    assert core.missed(active(), NOW) == active()


# Keeping

STEPS: dict[str, Callable[[Subscription, float], Subscription | None]] = {
    "ask": core.asking,
    "fail": core.failed,
    "verify": lambda sub, now: core.verify(sub, query(), now).subscription,
    "let go": lambda sub, now: core.verify(sub, query("unsubscribe"), now).subscription,
    "deny": lambda sub, now: core.verify(sub, query("denied"), now).subscription,
    "deliver": core.delivered,
    "miss": core.missed,
    "end": core.ended,
}


@given(st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.floats(0, 1e6)), max_size=30), st.integers(1, 3))
def test_whatever_happens_there_is_something_to_do_in_time(steps: list[tuple[str, float]], hubs: int) -> None:
    now, sub = NOW, wanted(*(HUB, OTHER, "https://third.example/")[:hubs])
    ended = False
    for name, passed in steps:
        now += passed
        after = STEPS[name](sub, now)
        if after is None:
            assert name in {"end", "let go", "deny"}
            return
        assert after.hub in after.hubs
        assert (after.topic, after.way, after.callback, after.secret) == (TOPIC, WAY, CALLBACK, SECRET)
        assert core.due(after) <= max(now + core.MOST_LEASE, core.due(sub))
        # Only a hub's word makes a lease, and what has been ended does not come back.
        assert after.lease_until <= sub.lease_until or name == "verify"
        ended = ended or name == "end"
        assert after.ending == ended
        assert isinstance(core.accept(after, signed(b"x"), b"x", now), Delivery) == (
            now < after.lease_until and not ended
        )
        assert core.loads(core.dumps(after)) == replace(after, delivered=0.0, doubted=0.0)
        sub = after


QUERIES = st.fixed_dictionaries(
    {},
    optional={
        "hub.mode": st.sampled_from(["subscribe", "unsubscribe", "denied", "x"]),
        "hub.topic": st.sampled_from([TOPIC, "https://news.example/other"]),
        "hub.challenge": st.text(max_size=20),
        "hub.lease_seconds": st.text(max_size=20),
    },
)


@given(QUERIES, st.sampled_from(["wanted", "asked", "active", "ending"]))
def test_a_challenge_is_given_back_only_for_what_we_want(asked: dict[str, str], state: str) -> None:
    ending = core.ended(active(), NOW)
    assert ending is not None
    sub = {"wanted": wanted(), "asked": core.asking(wanted(), NOW), "active": active(), "ending": ending}[
        state
    ]
    answer = core.verify(sub, asked, NOW)
    wants = {"wanted": None, "asked": "subscribe", "active": "subscribe", "ending": "unsubscribe"}[state]
    confirms = (
        asked.get("hub.topic") == TOPIC
        and wants is not None
        and asked.get("hub.mode") == wants
        and asked.get("hub.challenge", "") != ""
    )
    assert (answer.status == 200 and asked.get("hub.mode") != "denied") == confirms
    assert answer.text == (asked["hub.challenge"] if confirms else "")


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"way": 1, "colour": "red"}'])
def test_what_cannot_be_read_is_told(text: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        core.loads(text)


def test_a_kept_subscription_has_one_of_its_hubs() -> None:
    text = core.dumps(replace(wanted(), hub=OTHER))
    with pytest.raises(ValueError, match="hub"):
        core.loads(text)
