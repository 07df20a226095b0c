"""Every message has examples, and every consumer's core copes with every example of its input."""

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from schemas.events import MESSAGES, Message, Subscription, ThreadedArticle
from schemas.export import problems
from schemas.topics import ALERTS, ALL, ARTICLES, DEAD, LIVE, RAW, TAGGED, THREADED, Topic, named
from services.alerter.core import alerts
from services.alerter.followed import Subscriptions
from services.cleaner.core import clean
from services.indexer.core import sort
from services.kit.step import Dead, Emit, Record, Step, encode, run
from services.store.protocol import Changes
from services.tagger.core import tag
from services.tagger.knowledge import load_knowledge
from services.threader.core import Threader

FOLDER = Path(__file__).resolve().parents[2] / "schemas" / "examples"
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def examples(message: type[Message]) -> list[Path]:
    return [path for path in sorted(FOLDER.glob("*.json")) if path.name.split(".")[0] == message.NAME]


def records(topic: Topic[Any]) -> list[Record]:
    return [Record(topic.name, path.read_bytes(), key=path.name) for path in examples(topic.model)]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.NAME)
def test_every_message_has_an_example_that_it_reads_back(message: type[Message]) -> None:
    found = examples(message)
    assert found
    for path in found:
        read = message.model_validate_json(path.read_bytes())
        assert message.model_validate_json(read.model_dump_json()) == read


def test_no_example_is_of_an_unknown_message() -> None:
    names = {message.NAME for message in MESSAGES}
    assert {path.name.split(".")[0] for path in FOLDER.glob("*.json")} == names


def test_exported_schemas_are_what_the_models_say() -> None:
    assert problems() == []


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.NAME)
def test_readers_ignore_unknown_fields_and_refuse_unknown_versions(message: type[Message]) -> None:
    text = examples(message)[0].read_text(encoding="utf-8")
    body = message.model_validate_json(text).model_dump(mode="json")
    assert message.model_validate(body | {"added_later": 1}) == message.model_validate(body)
    with pytest.raises(ValueError, match="version"):
        message.model_validate(body | {"version": 2})


def test_each_stage_turns_every_example_into_a_message_or_a_dead_letter() -> None:
    knowledge = load_knowledge()
    threader = Threader()
    steps: tuple[Step[Any, Any], ...] = (
        Step("cleaner", RAW, ARTICLES, clean),
        Step("tagger", ARTICLES, TAGGED, lambda article: tag(article, knowledge)),
        Step("threader", TAGGED, THREADED, threader.thread),
    )
    for step in steps:
        for record in records(step.source):
            result = run(step, record)
            assert isinstance(result, Emit | Dead)
            assert not (isinstance(result, Dead) and result.reason == "bug"), result
            if isinstance(result, Emit):
                assert encode(step.target.model.model_validate_json(result.value)) == result.value


def test_indexer_and_alerter_take_every_example() -> None:
    threaded = records(THREADED)
    letters = [Record(DEAD[0].name, record.value) for record in records(DEAD[0])]
    sorted_batch = sort([*threaded, *letters], NOW)
    assert len(sorted_batch.articles) == len(threaded)
    assert len(sorted_batch.letters) == len(letters)
    followed = Subscriptions()
    found = tuple(Subscription.model_validate_json(path.read_bytes()) for path in examples(Subscription))
    assert not followed.apply(Changes("1", found, whole=True))
    articles = [ThreadedArticle.model_validate_json(record.value) for record in threaded]
    raised = [alert for each in articles for alert in alerts(each, followed.fulfilled(each), NOW)]
    assert raised
    stories = {(alert.subscription, alert.story) for alert in raised}
    assert len({alert.id for alert in raised}) == len(stories), "a copy belongs to the same story: one alert"


def test_topics_are_wired_end_to_end() -> None:
    assert [topic.producer for topic in LIVE] == ["crawler", "cleaner", "tagger", "threader"]
    for before, after in pairwise(LIVE):
        assert before.consumers == (after.producer,)
    assert all(topic.dead.consumers == ("indexer",) for topic in LIVE)
    assert ALERTS in ALL
    assert ALERTS.dead not in ALL, "nobody here reads it, so nobody refuses anything"
    assert len({topic.name for topic in ALL}) == len(ALL)
    assert named("news.raw.v1") is RAW
    assert TAGGED.partitions == 1, "one threader sees all articles; a second one is a hot standby"
