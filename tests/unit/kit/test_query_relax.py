"""Near misses: what fails by one clause, and by which."""

import pytest
from hypothesis import given, settings

from schemas.events import TaggedArticle
from services.kit.query import is_open, matches, parse
from services.kit.query.relax import MAX_NEAR_MISSES, near_misses
from services.kit.query.tree import And, Node, Not, Or
from tests.unit.kit.query_trees import trees
from tests.unit.kit.test_query_evaluate import article, articles


def misses(query: str) -> dict[str, str]:
    return {miss.clause: str(miss.query) for miss in near_misses(parse(query))}


def test_each_clause_of_a_conjunction_may_be_what_fails() -> None:
    assert misses("nato russia NOT sport") == {
        "nato": "russia AND NOT sport AND NOT nato",
        "russia": "nato AND NOT sport AND NOT russia",
        "NOT sport": "nato AND russia AND sport",
    }
    assert misses("nato published:2024 NOT (sport football)") == {
        "nato": str(parse("published:2024 NOT (sport football) NOT nato")),
        str(parse("published:2024")): str(parse("nato NOT (sport football) NOT published:2024")),
        "NOT (sport AND football)": str(parse("nato published:2024 sport football")),
    }


def test_a_phrase_fails_where_its_words_stand_apart() -> None:
    assert misses('"persona non grata"') == {
        '"persona non grata"': 'persona AND non AND grata AND NOT "persona non grata"'
    }
    assert misses('title:"a b"~5') == {'title:"a b"~5': 'title:a AND title:b AND NOT title:"a b"~5'}


def test_beside_others_a_phrase_may_also_lack_its_words() -> None:
    assert misses('russia "non grata"') == {
        "russia": '"non grata" AND NOT russia',
        "non AND grata": "russia AND NOT (non AND grata)",
        '"non grata"': 'russia AND non AND grata AND NOT "non grata"',
    }


def test_an_event_fails_by_one_thing_that_is_asked() -> None:
    found = misses('event:(type:expulsion actor:"Wagner Group" count:>=5)')
    whole = 'event:(type:expulsion actor:"WAGNER GROUP" count:>=5)'
    assert found == {
        'actor:"WAGNER GROUP"': f"event:(type:expulsion count:>=5) AND NOT {whole}",
        "count:>=5": f'event:(type:expulsion actor:"WAGNER GROUP") AND NOT {whole}',
        "type:expulsion": f'event:(actor:"WAGNER GROUP" count:>=5) AND NOT {whole}',
    }
    assert misses("event:expulsion") == {}


def test_of_a_choice_each_branch_may_nearly_match() -> None:
    assert misses("(nato russia) OR envoys") == {
        "nato": "russia AND NOT nato AND NOT ((nato AND russia) OR envoys)",
        "russia": "nato AND NOT russia AND NOT ((nato AND russia) OR envoys)",
    }


def test_a_choice_among_others_fails_whole_or_nearly_matches() -> None:
    assert misses('russia ("non grata" OR recall)') == {
        "russia": '("non grata" OR recall) AND NOT russia',
        '"non grata" OR recall': 'russia AND NOT ("non grata" OR recall)',
        '"non grata"': 'russia AND non AND grata AND NOT "non grata" AND NOT ("non grata" OR recall)',
    }


@pytest.mark.parametrize("query", ["nato", "nato*", "country:RU", "a OR b", '"nato nato"', "nato nato"])
def test_one_clause_has_no_near_misses(query: str) -> None:
    assert misses(query) == {}


def test_none_is_open() -> None:
    assert misses("nato NOT sport") == {"NOT sport": "nato AND sport"}
    assert near_misses(parse("*", everything=True)) == ()
    assert near_misses(parse("NOT sport", everything=True)) == ()
    assert near_misses(parse("nato *", everything=True)) == ()


def test_there_are_not_many() -> None:
    assert len(misses(" ".join(f"w{number}" for number in range(1000)))) == MAX_NEAR_MISSES
    branches = " OR ".join(f'"a{number} b"' for number in range(500))
    assert [*misses(f"({branches}) c")][1:3] == ["c", '"a0 b"'], "whole clauses first"


def test_an_article_that_nearly_matches_is_found() -> None:
    query = parse('"persona non grata" event:(actor:RU) NOT sport')
    near = article("Persona non grata: sport")
    assert not any(matches(miss.query, near) for miss in near_misses(query)), "it fails by two clauses"
    found = [miss.clause for miss in near_misses(query) if matches(miss.query, article("Persona non grata"))]
    assert found == ["event:(actor:RU)"]


@settings(max_examples=300)
@given(trees, articles)
def test_what_nearly_matches_does_not_match(tree: Node, of: TaggedArticle) -> None:
    found = near_misses(tree)
    assert len(found) <= MAX_NEAR_MISSES
    assert len({miss.query for miss in found}) == len(found)
    for miss in found:
        assert not is_open(miss.query)
        assert is_flat(miss.query)
        assert parse(str(miss.query), everything=True) == miss.query
        if matches(miss.query, of):
            assert not matches(tree, of)


def is_flat(node: Node) -> bool:
    match node:
        case And(parts) | Or(parts):
            return len(parts) > 1 and all(
                is_flat(part) and not isinstance(part, type(node)) for part in parts
            )
        case Not(part):
            return is_flat(part)
        case _:
            return True
