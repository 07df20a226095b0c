"""Queries in plain words."""

import pytest
from hypothesis import given

from services.kit.query import explain, parse
from services.kit.query.tree import Node
from tests.unit.kit.query_trees import trees


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (
            '"persona non grata" event:(type:expulsion actor:RU)',
            'contain the phrase "persona non grata" and report an expulsion by RU',
        ),
        ("NATO Russia", 'contain "nato" and contain "russia"'),
        ("a OR b c", 'contain "a" or (contain "b" and contain "c")'),
        ("(a OR b) -c", '(contain "a" or contain "b") and do not contain "c"'),
        ("a NOT (b OR c)", 'contain "a" and do not contain "b" and do not contain "c"'),
        ("a NOT (b c)", 'contain "a" and (do not contain "b" or do not contain "c")'),
        ("title:expel*", 'contain a word that begins with "expel" in the title'),
        ('"a b"~5', 'contain "a", "b" within 5 words of each other'),
        ('author:"Jane Doe" -site:x.org', 'are by "Jane Doe" and are not from the site "x.org"'),
        ("country:RU entity:NATO", 'speak of the state "RU" and name "NATO"'),
        ("published:[2024-05-01 TO 2024-05-31]", "were published from 2024-05-01 until 2024-05-31"),
        ("published:[2024-05-01T09:30Z TO *]", "were published from 2024-05-01 09:30:00 UTC"),
        ("event:mission_closure", "report a mission closure"),
        (
            "event:(target:NATO status:denied count:>=5)",
            "report an event against NATO of status denied counting 5 or more",
        ),
        (
            "event:(count:8) OR event:(count:[3 TO 5])",
            "report an event counting 8 or report an event counting 3 to 5",
        ),
    ],
)
def test_in_plain_words(query: str, words: str) -> None:
    assert explain(parse(query)) == f"articles that {words}"


@given(trees)
def test_every_query_has_words(tree: Node) -> None:
    assert explain(tree).startswith("articles that ")
