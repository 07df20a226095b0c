"""Near misses: what fails by one clause, and by which."""

from hypothesis import given

from services.kit.query import parse
from services.kit.query.evaluate import matches
from services.kit.query.relax import near_misses
from services.kit.query.tree import Node
from tests.unit.kit.query_trees import trees
from tests.unit.kit.test_query_evaluate import EXAMPLE


def misses(query: str) -> dict[str, str]:
    return {miss.clause: str(miss.query) for miss in near_misses(parse(query))}


def test_each_clause_of_a_conjunction_may_be_what_fails() -> None:
    assert misses("nato russia NOT sport") == {
        "nato": "russia AND NOT sport AND NOT nato",
        "russia": "nato AND NOT sport AND NOT russia",
        "NOT sport": "nato AND russia AND sport",
    }


def test_a_phrase_fails_where_its_words_stand_apart() -> None:
    assert misses('"persona non grata"') == {
        '"persona non grata"': 'persona AND non AND grata AND NOT "persona non grata"'
    }
    assert '"a b"~5' in misses('"a b"~5')


def test_an_event_fails_by_one_thing_that_is_asked() -> None:
    found = misses("event:(type:expulsion actor:RU count:>=5)")
    assert set(found) == {"type:expulsion", "actor:RU", "count:>=5"}
    assert found["count:>=5"] == (
        "event:(type:expulsion actor:RU) AND NOT event:(type:expulsion actor:RU count:>=5)"
    )


def test_a_word_has_no_near_misses_and_none_is_open() -> None:
    assert misses("nato") == {}
    assert misses("nato NOT sport") == {"NOT sport": "nato AND sport"}


@given(trees)
def test_what_nearly_matches_does_not_match(tree: Node) -> None:
    for miss in near_misses(tree):
        if matches(miss.query, EXAMPLE):
            assert not matches(tree, EXAMPLE)
