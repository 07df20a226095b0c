from datetime import UTC, datetime, timedelta

import pytest

from schemas.events import Event, Fact, ThreadedArticle
from services.kit.stories import story_of
from services.kit.text import fold_tokens

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
EIGHT = Event(type="expulsion", actor=("NO",), target=("RU",), count=8)
FACT = Fact(id="eight", type="expulsion", actor=("NO",), target=("RU",), count=8)


def article(id: str, minute: int, title: str = "Norway expels eight", **more: object) -> ThreadedArticle:
    at = NOON + timedelta(minutes=minute)
    return ThreadedArticle.model_validate(
        {
            "id": id,
            "capture_id": id,
            "revision": 1,
            "url": f"https://{id}.example/",
            "canonical_url": f"https://{id}.example/",
            "source_name": f"The {id}",
            "fetched_at": at,
            "first_seen": at,
            "title": title,
            "text": title,
            "title_tokens": fold_tokens(title),
            "text_tokens": fold_tokens(title),
            "language": "en",
            "story": "a",
            "relation": "follow-up",
            **more,
        }
    )


def test_copies_are_folded_and_confirm_nothing() -> None:
    told = story_of(
        [
            article("a", 0, relation="new", events=(EIGHT,), new_facts=(FACT,)),
            article("b", 5, relation="copy", duplicate_of="a", original="a", events=(EIGHT,)),
            article("c", 9, relation="copy", duplicate_of="b", original="a", events=(EIGHT,)),
            article("d", 12, events=(EIGHT,)),
            article("e", 15),
        ]
    )
    assert [(entry.article.id, [copy.id for copy in entry.copies]) for entry in told.entries] == [
        ("a", ["b", "c"]),
        ("d", []),
        ("e", []),
    ]
    assert [(fact.fact.id, fact.first.id, fact.confirmed) for fact in told.facts] == [("eight", "a", 1)]
    assert (told.outlets, told.languages, told.ids) == (5, ("en",), ("a",))


def test_copies_of_what_is_gone_stand_under_the_first_of_them() -> None:
    told = story_of(
        [
            article(each, minute, relation="copy", duplicate_of="gone", original="gone")
            for minute, each in enumerate("bc")
        ]
    )
    assert [(entry.article.id, len(entry.copies)) for entry in told.entries] == [("b", 1)]


def test_an_original_that_came_late_holds_its_copies() -> None:
    told = story_of(
        [
            article("b", 0, relation="new", events=(EIGHT,), new_facts=(FACT,)),
            article("a", 1, relation="copy", duplicate_of="b", original="a", events=(EIGHT,)),
            article("c", 2, relation="copy", duplicate_of="b", original="a", events=(EIGHT,)),
        ]
    )
    assert [(entry.article.id, [copy.id for copy in entry.copies]) for entry in told.entries] == [
        ("a", ["b", "c"])
    ]
    assert [(fact.first.id, fact.confirmed) for fact in told.facts] == [("b", 0)]


def test_two_that_credit_each_other_are_both_told() -> None:
    told = story_of(
        [
            article("a", 0, relation="copy", duplicate_of="b", original="b"),
            article("b", 1, relation="copy", duplicate_of="a", original="b"),
            article("c", 2, relation="copy", duplicate_of="a", original="c"),
        ]
    )
    assert sorted(each.id for entry in told.entries for each in (entry.article, *entry.copies)) == list("abc")


def test_a_report_without_the_number_confirms_the_event_but_no_new_number() -> None:
    nine = FACT.model_copy(update={"id": "nine", "count": 9, "kind": "count"})
    bare = EIGHT.model_copy(update={"count": None})
    without = FACT.model_copy(update={"id": "bare", "count": None})
    told = story_of(
        [
            article("a", 0, relation="new", events=(EIGHT,), new_facts=(FACT,)),
            article("b", 5, events=(EIGHT.model_copy(update={"count": 9}),), new_facts=(nine,)),
            article("c", 9, events=(bare,), new_facts=(without,)),
        ]
    )
    assert [(fact.fact.id, fact.confirmed) for fact in told.facts] == [("eight", 1), ("nine", 0)]


def test_the_story_that_is_answered_is_named() -> None:
    assert story_of([article("a", 0, answers="s"), article("b", 1, answers="s")]).answers == ("s",)


def test_the_headline_is_that_of_the_article_that_has_most_in_common_with_the_others() -> None:
    told = story_of(
        [
            article("a", 0, "Something happened far away in the north"),
            article("b", 1, "Norway expels eight Russian diplomats"),
            article("c", 2, "Eight Russian diplomats told to leave Norway"),
        ]
    )
    assert told.headline.id in {"b", "c"}


def test_stories_that_are_one_are_named() -> None:
    told = story_of([article("a", 0), article("b", 1, same_stories=("x",)), article("x", 2, story="x")])
    assert told.ids == ("a", "x")


def test_nothing_is_no_story() -> None:
    with pytest.raises(ValueError, match="one article"):
        story_of([])
