"""Golden stories. The floors only rise."""

from collections.abc import Mapping

import pytest

from schemas.events import ThreadedArticle
from services.threader.core import Threader
from tests.unit.threader.golden import Golden, as_printed, b_cubed, load, pairs

COPIES = 1.0  # precision and recall
STORIES_PRECISION = 1.0
STORIES_F1 = 0.95
PRINTED_PRECISION = 0.99  # tagged by the tagger, which may learn
PRINTED_F1 = 0.95


@pytest.fixture(scope="module")
def golden() -> Golden:
    return load()


@pytest.fixture(scope="module")
def told(golden: Golden) -> Mapping[str, ThreadedArticle]:
    threader = Threader()
    return {article.id: threader.thread(article) for article in golden.articles}


def test_copies(golden: Golden, told: Mapping[str, ThreadedArticle]) -> None:
    found = [frozenset((id, each.original or "")) for id, each in told.items() if each.relation == "copy"]
    precision, recall = pairs([frozenset(pair) for pair in golden.copies.items()], found)
    assert precision >= COPIES
    assert recall >= COPIES


def test_stories(golden: Golden, told: Mapping[str, ThreadedArticle]) -> None:
    precision, _, f1 = b_cubed(golden.stories, {id: each.story for id, each in told.items()})
    assert precision >= STORIES_PRECISION
    assert f1 >= STORIES_F1


def test_rivals_that_quote_the_same_words_copy_nothing(told: Mapping[str, ThreadedArticle]) -> None:
    assert told["oslo-rival"].relation == told["trial-b"].relation == "follow-up"


def test_two_expulsions_of_one_day_are_two_stories(told: Mapping[str, ThreadedArticle]) -> None:
    assert told["kirkenes-en"].relation == "new"
    assert told["kirkenes-en-2"].story == "kirkenes-en"


def test_the_answer_names_the_story_that_it_answers(told: Mapping[str, ThreadedArticle]) -> None:
    answer = told["moscow-answer"]
    assert (answer.relation, answer.answers) == ("new", "oslo-wire")
    assert [(fact.kind, fact.count) for fact in answer.new_facts] == [("answer", 8)]


def test_what_is_only_recalled_joins_nothing(told: Mapping[str, ThreadedArticle]) -> None:
    assert told["anniversary"].relation == "new"


def test_follow_ups_say_whether_they_tell_anything_new(told: Mapping[str, ThreadedArticle]) -> None:
    assert told["oslo-de"].reason.endswith("no new facts")
    assert told["oslo-rival"].new_facts == ()


def test_stories_as_printed_through_tagger_and_threader() -> None:
    printed = as_printed()
    threader = Threader()
    told = {article.id: threader.thread(article) for article in printed.articles}
    precision, _, f1 = b_cubed(printed.stories, {id: each.story for id, each in told.items()})
    assert precision >= PRINTED_PRECISION
    assert f1 >= PRINTED_F1
    copies = {id: each.original for id, each in told.items() if each.relation == "copy"}
    assert copies == printed.copies
    assert told["by-answer-1"].answers == told["expel-pl-1"].story
