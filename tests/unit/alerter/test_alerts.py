from datetime import UTC, datetime, timedelta
from typing import Any

from schemas.events import Alert, Entity, Event, Fact, Span, Subscription, ThreadedArticle
from services.alerter.core import alerts, in_words
from services.alerter.followed import Subscriptions
from services.kit.telling import thread_id
from services.kit.text import fold_tokens
from services.store.protocol import Changes

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TITLE = "Norway expels eight Russian diplomats"
EXPULSION = Event(
    type="expulsion",
    actor=("NO",),
    target=("RU",),
    count=8,
    span=Span(field="title", start=0, end=len(TITLE), text=TITLE),
)
NAMES = {"NO": "Norway", "RU": "Russia"}


def article(id: str = "a", **changes: Any) -> ThreadedArticle:
    told: dict[str, Any] = {
        "id": id,
        "capture_id": f"capture-{id}",
        "revision": 1,
        "url": f"http://{id}.example/",
        "canonical_url": f"http://{id}.example/",
        "fetched_at": NOW,
        "first_seen": NOW,
        "title": TITLE,
        "text": "Oslo gave them a week.",
        "title_tokens": fold_tokens(TITLE),
        "text_tokens": fold_tokens("Oslo gave them a week."),
        "entities": tuple(Entity(name=name, type="state", id=code) for code, name in NAMES.items()),
        "events": (EXPULSION,),
        "story": "a",
        "relation": "new",
        "new_facts": (Fact(id="f8", type="expulsion", actor=("NO",), target=("RU",), count=8),),
    }
    return ThreadedArticle.model_validate(told | changes)


def subscription(query: str, **changes: Any) -> Subscription:
    return Subscription(id="desk", name="Desk", query=query, **changes)


def ids(subscription: Subscription, *articles: ThreadedArticle) -> list[str]:
    return [alert.id for each in articles for alert in raised(each, subscription)]


def raised(article: ThreadedArticle, *subscriptions: Subscription) -> list[Alert]:
    followed = Subscriptions()
    assert not followed.apply(Changes("1", subscriptions, whole=True))
    return alerts(article, followed.fulfilled(article), NOW)


def test_an_alert_says_what_happened_and_why() -> None:
    (alert,) = raised(article(), subscription("event:(type:expulsion actor:NO)"))
    assert alert.summary == "Norway expelled 8 diplomats of Russia"
    assert alert.event == EXPULSION
    assert alert.evidence == (EXPULSION.span,)
    assert (alert.story, alert.article_id, alert.created_at) == ("a", "a", NOW)


def test_keywords_alert_with_the_words_marked() -> None:
    (alert,) = raised(article(), subscription('"russian diplomats" AND oslo'))
    assert alert.summary == TITLE
    assert {span.text for span in alert.evidence} == {"Russian diplomats", "Oslo"}


def test_what_does_not_match_raises_nothing() -> None:
    assert ids(subscription("event:(type:expulsion actor:RU)"), article()) == []
    assert ids(subscription("diplomats", enabled=False), article()) == []


def test_a_story_alerts_once_whoever_tells_it() -> None:
    first, second = ids(subscription("event:expulsion"), article("a"), article("b", relation="follow-up"))
    assert first == second
    assert ids(subscription("event:expulsion"), article("c", story="c")) != [first]


def test_each_fact_alerts_once_where_facts_are_asked_for() -> None:
    each_fact = subscription("event:expulsion", every="fact")
    nine = EXPULSION.model_copy(update={"count": 9})
    news = (Fact(id="f9", type="expulsion", actor=("NO",), target=("RU",), count=9),)
    found = ids(
        each_fact, article("a"), article("b", new_facts=()), article("c", events=(nine,), new_facts=news)
    )
    assert len(found) == len(set(found)) == 2


def test_each_article_alerts_where_articles_are_asked_for_but_no_copy() -> None:
    each_article = subscription("event:expulsion", every="article")
    copy = article("c", relation="copy", duplicate_of="a")
    assert len(set(ids(each_article, article("a"), article("b", relation="follow-up"), copy))) == 2


def test_a_query_that_cannot_be_read_does_not_silence_the_others() -> None:
    good, bad = subscription("event:expulsion"), Subscription(id="bad", name="Bad", query='"open')
    followed = Subscriptions()
    (unreadable,) = followed.apply(Changes("1", (bad, good), whole=True))
    assert unreadable.subscription == bad
    assert "^" in unreadable.error
    assert [each.subscription for each in followed.fulfilled(article())] == [good]


def test_subscriptions_follow_their_changes() -> None:
    followed = Subscriptions()
    one, two = (Subscription(id=id, name=id, query="oslo") for id in ("one", "two"))

    def heard() -> list[str]:
        return [each.subscription.id for each in followed.fulfilled(article())]

    followed.apply(Changes("1", (one, two), whole=True))
    assert heard() == ["one", "two"]
    followed.apply(Changes("2", (two.model_copy(update={"query": "sofia"}),)))
    assert heard() == ["one"]
    followed.apply(Changes("3", (two,), ("one",)))
    assert heard() == ["two"]
    followed.apply(Changes("4", (two.model_copy(update={"enabled": False}),)))
    assert heard() == []
    followed.apply(Changes("1", (one,), whole=True))
    assert heard() == ["one"]
    assert len(followed) == 1


def test_everything_is_heard_by_whoever_asked_for_it_twice() -> None:
    query = "* NOT sport"
    assert len(raised(article(), subscription(query, everything=True))) == 1
    (unreadable,) = Subscriptions().apply(Changes("1", (subscription(query),), whole=True))
    assert "--yes-everything" in unreadable.error


def test_in_words() -> None:
    assert (
        in_words(EXPULSION.model_copy(update={"count": 1, "target": ()}), NAMES)
        == "Norway expelled 1 diplomat"
    )
    threatened = Event(type="mission_closure", actor=("RU",), target=("NATO",), status="threatened")
    assert in_words(threatened, NAMES) == "Russia closed a mission of NATO (threatened)"


def test_only_in_the_languages_asked_for_and_not_after_its_end() -> None:
    german = subscription("event:expulsion", languages=("de",))
    assert ids(german, article(language="en")) == []
    assert len(ids(german, article(language="de"))) == 1
    assert ids(subscription("event:expulsion", expires_at=NOW), article()) == []
    assert len(ids(subscription("event:expulsion", expires_at=NOW.replace(year=2027)), article())) == 1


def test_what_was_read_long_before_anybody_asked_is_history() -> None:
    for asked, history in (
        (None, False),
        (NOW + timedelta(hours=23), False),
        (NOW + timedelta(hours=25), True),
    ):
        (alert,) = raised(article(), subscription("event:expulsion", created_at=asked))
        assert alert.backfill is history


def test_an_alert_tells_its_thread_and_what_is_history() -> None:
    asked = subscription("event:expulsion", labels={"desk": "eu"}, priority="high")
    (alert,) = raised(article(backfill=True, answers="cause"), asked)
    assert (alert.thread, alert.backfill, alert.answers) == (thread_id("desk", "a"), True, "cause")
    assert (alert.labels, alert.priority) == ({"desk": "eu"}, "high")
