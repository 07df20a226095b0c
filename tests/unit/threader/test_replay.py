"""The same input again, a restart in the middle, a second process that takes over: the same stories."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from benchmarks.generated_news import News
from schemas.events import Remembered, TaggedArticle, ThreadedArticle
from services.store.embedded.store import EmbeddedStore
from services.store.protocol import Outcome
from services.threader.core import Threader
from tests.unit.threader.golden import T0, load

NEWS = 160


@pytest.fixture(scope="module")
def articles() -> Sequence[TaggedArticle]:
    made_up = [item.article for item in News(2000, seed=4).articles(NEWS)]
    return [*load().articles, *made_up]


def said(told: Iterable[ThreadedArticle]) -> list[ThreadedArticle]:
    """Without the trace, in which rarities are noted that change with every article."""
    return [each.model_copy(update={"trace": ""}) for each in told]


def placed(told: Iterable[ThreadedArticle]) -> list[tuple[object, ...]]:
    return [
        (each.id, each.story, each.relation, each.original, each.new_facts, each.same_stories, each.answers)
        for each in told
    ]


def test_two_processes_say_the_same_of_the_same_input(articles: Sequence[TaggedArticle]) -> None:
    one, other = Threader(), Threader()
    assert [one.thread(each) for each in articles] == [other.thread(each) for each in articles]


def test_the_same_input_again_gets_the_same_answers_and_adds_nothing(
    articles: Sequence[TaggedArticle],
) -> None:
    threader = Threader()
    first = [threader.thread(each) for each in articles]
    held = len(threader)
    again = [threader.thread(each) for each in articles]
    assert said(again) == said(first)
    assert len(threader) == held


def test_a_replay_writes_nothing_new_to_the_store(articles: Sequence[TaggedArticle], tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path)
    store.setup()
    threader = Threader()
    first = [threader.thread(each) for each in articles[:60]]
    assert store.put_articles(first) == [Outcome("stored")] * 60
    again = [threader.thread(each) for each in articles[:60]]
    assert store.put_articles(again) == [Outcome("stale")] * 60


def test_a_standby_takes_over_from_the_store_and_the_topic(
    articles: Sequence[TaggedArticle], tmp_path: Path
) -> None:
    """The first process dies in the middle: a part of what it said is indexed, the rest is on the topic, and
    its last words are read again from the input.
    """
    half = len(articles) // 2
    first = Threader()
    told = [first.thread(each) for each in articles[:half]]
    store = EmbeddedStore(tmp_path)
    store.setup()
    store.put_articles(told[: half - 40])

    standby = Threader()
    for remembered in store.remembered_since(T0 - timedelta(days=3)):
        standby.recall(remembered)
    for value in (each.model_dump_json() for each in told[half - 60 :]):
        standby.recall(ThreadedArticle.model_validate_json(value))
    assert len(standby) == len(first)

    unacknowledged = articles[half - 5 : half]
    assert placed(map(standby.thread, unacknowledged)) == placed(told[half - 5 :])
    after = placed(map(first.thread, articles[half:]))
    taken_over = placed(map(standby.thread, articles[half:]))
    same = sum(one == other for one, other in zip(after, taken_over, strict=True))
    assert same == len(after)


def test_what_is_recalled_twice_or_in_another_order_changes_nothing(
    articles: Sequence[TaggedArticle],
) -> None:
    threader = Threader()
    told = [threader.thread(each) for each in articles[:80]]
    rows = [
        Remembered.model_validate_json(each.model_dump_json(include=set(Remembered.model_fields)))
        for each in told
    ]
    again = Threader()
    for row in (*rows, *reversed(rows)):
        again.recall(row)
    assert len(again) == len(threader)
    assert placed(map(again.thread, articles[:80])) == placed(told)
