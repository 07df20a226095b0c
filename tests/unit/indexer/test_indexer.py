from datetime import UTC, datetime
from pathlib import Path

from schemas.topics import DEAD, THREADED
from services.indexer.core import refused, sort
from services.kit.step import Dead, Record
from services.store.protocol import Outcome

NOW = datetime(2026, 3, 2, tzinfo=UTC)
EXAMPLES = Path(__file__).resolve().parents[3] / "schemas" / "examples"


def test_a_batch_is_sorted_and_poison_keeps_its_place() -> None:
    article = Record(THREADED.name, (EXAMPLES / "threaded-article.json").read_bytes())
    letter = Record(DEAD[0].name, (EXAMPLES / "dead-letter.json").read_bytes())
    found = sort([article, Record(THREADED.name, b"{"), letter, article], NOW)
    assert list(found.articles) == [0, 3]
    assert list(found.dead) == [1]
    assert found.dead[1].reason == "invalid"
    assert [told.service for told in found.letters] == ["cleaner"]


def test_a_dead_letter_that_cannot_be_read_is_kept_as_one_about_itself() -> None:
    found = sort([Record(DEAD[0].name, b"\xff", key="k", headers={"capture": "c"})], NOW)
    (letter,) = found.letters
    assert (letter.service, letter.topic, letter.capture_id) == ("indexer", DEAD[0].name, "c")
    assert not found.dead, "its topic has no twin to go to"


def test_what_the_store_refuses_is_dead_with_the_stores_words() -> None:
    record = Record(THREADED.name, b"x")
    assert refused(record, Outcome("refused", "too many fields")) == Dead(
        record, "refused-by-store", "too many fields"
    )
