"""Editions and the stream: enough, distinct, repeatable, and true to their own facts."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.newsroom import core
from services.newsroom.library import DataError, load, read
from services.newsroom.wording import deal

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LIBRARY = load()
EDITIONS = {number: core.edition(LIBRARY, number, START) for number in range(1, 6)}


def shingles(publication: core.Publication) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", " ".join(publication.body).lower())
    return {tuple(words[at : at + 4]) for at in range(len(words) - 3)}


def most_alike(publications: Sequence[core.Publication]) -> tuple[float, str, str]:
    """The highest Jaccard index of four-word shingles among all pairs, and the pair."""
    taken = [(one.id, shingles(one)) for one in publications]
    return max(
        (len(mine & yours) / len(mine | yours), one, other)
        for (one, mine), (other, yours) in combinations(taken, 2)
    )


@pytest.mark.parametrize("number", EDITIONS)
def test_an_edition_has_what_it_promises(number: int) -> None:
    publications = EDITIONS[number]
    assert len(publications) >= 64
    assert [one.published_at for one in publications] == sorted(one.published_at for one in publications)
    assert publications[-1].published_at <= 120
    assert (
        len({one.path for one in publications})
        == len({one.slug for one in publications})
        == len(publications)
    )
    assert len({one.outlet for one in publications}) >= 7
    assert {one.language for one in publications} >= {"en", "de", "fr", "es", "pt", "ar"}
    kinds = [one.kind for one in publications]
    assert kinds.count("copy") == 2
    assert kinds.count("false-friend") >= 6
    assert kinds.count("edit") >= 1

    def outlets(thread: str) -> set[str]:
        return {one.outlet for one in publications if one.thread == f"{thread}-{number}"}

    assert len(outlets("expulsion")) >= 5
    assert len(outlets("answer")) == 3
    assert len(outlets("closure")) == 2
    first = [one.published_at for one in publications if one.thread == f"expulsion-{number}"]
    assert first[0] == 4
    assert len([at for at in first if at <= 19]) >= 3


@pytest.mark.parametrize("number", EDITIONS)
def test_every_text_reads_like_an_article(number: int) -> None:
    for one in EDITIONS[number]:
        texts = [(one.title, one.summary, *one.body)]
        texts += [(later.title, later.summary, *later.body) for later in one.revisions]
        for text in texts:
            assert not re.search(r"[<>{}|]", " ".join(text)), one.id
            assert 4 <= len(text) - 2 <= 9, one.id
            assert 150 <= sum(len(part.split()) for part in text[2:]) <= 500, one.id


def test_copies_have_the_body_of_the_agency_and_its_credit() -> None:
    by_id = {one.id: one for one in EDITIONS[2]}
    for copy in (one for one in EDITIONS[2] if one.kind == "copy"):
        assert copy.body == by_id[copy.copy_of].body
        assert copy.expected == by_id[copy.copy_of].expected
        assert copy.credit
        assert copy.outlet != by_id[copy.copy_of].outlet


@pytest.mark.parametrize("number", [1, 2])
def test_articles_of_an_edition_are_unlike_each_other(number: int) -> None:
    assert most_alike([one for one in EDITIONS[number] if one.kind != "copy"])[0] < 0.2


def test_editions_are_unlike_each_other() -> None:
    everything = [one for publications in EDITIONS.values() for one in publications if one.kind != "copy"]
    assert len({one.path for one in everything}) == len({one.body for one in everything}) == len(everything)
    for name in {one.id.rpartition("-")[0] for one in everything}:
        assert most_alike([one for one in everything if one.id.rpartition("-")[0] == name])[0] < 0.6


def test_the_first_edition_retells_a_past_event() -> None:
    events = {event for one in EDITIONS[1] for event in one.expected}
    assert events == {
        core.Expected("expulsion", "CZ", "RU", 18),
        core.Expected("expulsion", "RU", "CZ", 20),
        core.Expected("mission_closure", "VE", "NO", None),
    }


def test_no_pair_of_states_comes_again_soon() -> None:
    pairs = []
    for number in range(1, 41):
        events = {event for one in core.edition(LIBRARY, number, START) for event in one.expected}
        assert len(events) == 3
        pairs += [(event.actor, event.target) for event in events]
    assert len(set(pairs)) == len(pairs)


@pytest.mark.parametrize("number", EDITIONS)
def test_only_the_event_stories_expect_events(number: int) -> None:
    for one in EDITIONS[number]:
        assert bool(one.expected) == bool(one.thread), one.id
        if one.kind in ("false-friend", "ordinary"):
            assert not one.expected, one.id
        for event in one.expected:
            text = " ".join((one.title, *one.body)).lower()
            if event.count is not None and one.language == "en" and one.kind != "copy":
                words = LIBRARY.numbers["en"][event.count - 2]
                assert re.search(rf"\b({event.count}|{words})\b", text), one.id


def test_the_same_edition_is_the_same() -> None:
    assert core.edition(LIBRARY, 7, START) == core.edition(LIBRARY, 7, START)
    assert core.edition(LIBRARY, 7, START) != core.edition(LIBRARY, 8, START)


def test_editions_count_from_one() -> None:
    with pytest.raises(ValueError, match="numbered from 1"):
        core.edition(LIBRARY, 0, START)


def test_the_stream_is_distinct_and_knows_its_events() -> None:
    stream = list(core.stream(LIBRARY, rate=20, count=500, start=START, seed=3, event_every=5))
    assert len(stream) == 500
    assert len({one.path for one in stream}) == len({one.body for one in stream}) == 500
    events = [event for one in stream for event in one.expected]
    assert len(events) == len({(event.actor, event.target) for event in events}) == 100
    assert len({one.thread for one in stream if one.thread}) == 100
    assert [one.published_at for one in stream[:3]] == [0, 0.05, 0.1]
    assert stream[:50] == list(core.stream(LIBRARY, rate=20, count=50, start=START, seed=3, event_every=5))
    reports = [one for one in stream if one.expected]
    assert most_alike(reports[:60])[0] < 0.6


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 9), st.integers(0, 500), st.text(max_size=5))
def test_every_option_is_dealt_once_before_any_comes_again(size: int, block: int, key: str) -> None:
    options = list(range(size))
    dealt = [deal(options, block * size + place, key) for place in range(size)]
    assert sorted(dealt) == options


def test_bad_data_is_named_with_its_file(tmp_path: Path) -> None:
    source = Path(core.__file__).parent
    (tmp_path / "stories").mkdir()
    for name in ("outlets.yaml", "tables.yaml", "states.csv"):
        (tmp_path / name).write_text((source / name).read_text("utf-8"), "utf-8")
    story = tmp_path / "stories" / "bad.yaml"
    story.write_text(
        "stories:\n  - {id: x, kind: rumour, outlet: harbour, section: s, title: t, summary: s}\n"
    )
    with pytest.raises(DataError, match=r"bad\.yaml: stories\.0\.kind"):
        read(tmp_path)
    story.write_text(
        "stories:\n  - {id: x, kind: story, outlet: nobody, section: s, title: t, summary: s, body: b}\n"
    )
    with pytest.raises(DataError, match=r"bad\.yaml: story x: no outlet nobody"):
        read(tmp_path)
    story.write_text("stories: [")
    with pytest.raises(DataError, match=r"bad\.yaml: not YAML"):
        read(tmp_path)
