"""From text to tree: what is understood, what is refused, and where."""

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kit.query import QueryError, is_open, parse
from services.kit.query.parse import MAX_DEPTH, MAX_LENGTH
from services.kit.query.tree import And, EventMatch, Keyword, Node, Not, Or, Phrase, Prefix, Published, Word
from tests.unit.kit.query_trees import trees

A, B, C = Word("a"), Word("b"), Word("c")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("NATO", Word("nato")),
        ("NATO's", Phrase(("nato", "s"))),
        ("F-16", Phrase(("f", "16"))),
        ("外交", Phrase(("外", "交"))),
        ("@user", Word("user")),
        ("10:30", Phrase(("10", "30"))),
        ("expel*", Prefix("expel")),
        ("title:Straß*", Prefix("strass", "title")),
        ('"Persona non grata"', Phrase(("persona", "non", "grata"))),
        ("“two words”", Phrase(("two", "words"))),
        ("„two words“", Phrase(("two", "words"))),
        ("«two words»", Phrase(("two", "words"))),
        ('"or"', Word("or")),
        ('"AND"', Word("and")),
        (r'"say \"no\""', Phrase(("say", "no"))),
        ('"expelled diplomats"~5', Phrase(("expelled", "diplomats"), None, 5)),
        ("a b", And((A, B))),
        ("a AND b && c", And((A, B, C))),
        ("a OR b || c", Or((A, B, C))),
        ("a OR b c", Or((A, And((B, C))))),
        ("a AND (b AND c)", And((A, B, C))),
        ("(a OR b) c", And((Or((A, B)), C))),
        ("a NOT b", And((A, Not(B)))),
        ("a -b !c", And((A, Not(B), Not(C)))),
        ("a&&b", And((A, B))),
        ("+a b", And((A, B))),
        ("a AND -b", And((A, Not(B)))),
        ("a, b; c", And((A, B, C))),
        ("a\u00a0b\r\nc", And((A, B, C))),
        ("\u202ea\u200f \ufeffb", And((A, B))),  # marks of direction, as pasted
        ("NATO’s", Phrase(("nato", "s"))),
        ("AT&T", Phrase(("at", "t"))),
        ("nato.int/news", Phrase(("nato", "int", "news"))),
        ('"https://nato.int/x"', Phrase(("https", "nato", "int", "x"))),
        ("site:nato.int", Keyword("site", "nato.int")),
        ('"NEAR" "around"', And((Word("near"), Word("around")))),
        ("a (b OR NOT c)", And((A, Or((B, Not(C)))))),
        ("NOT NOT a", Not(Not(A))),
        ("title:(a OR b -c)", Or((Word("a", "title"), And((Word("b", "title"), Not(Word("c", "title"))))))),
        ('TITLE:"a b"~3', Phrase(("a", "b"), "title", 3)),
        ("country:(RU OR BY)", Or((Keyword("country", "RU"), Keyword("country", "BY")))),
        ('author:"Jane Doe"', Keyword("author", "Jane Doe")),
        ("topic:newswatch:diplomatic-expulsion", Keyword("topic", "newswatch:diplomatic-expulsion")),
        (
            "entity:NATO -site:example.com",
            And((Keyword("entity", "NATO"), Not(Keyword("site", "example.com")))),
        ),
        ("event:Expulsion", EventMatch("expulsion")),
        ("event:*", EventMatch()),
        (
            "event:(type:expulsion actor:ru AND target:NATO count:>=5 status:done)",
            EventMatch("expulsion", "RU", "NATO", "done", 5),
        ),
        ("event:(count:8)", EventMatch(count_min=8, count_max=8)),
        ("event:(count:>5)", EventMatch(count_min=6)),
        ("event:(count:<5)", EventMatch(count_max=4)),
        ("event:(count:<=3)", EventMatch(count_max=3)),
        ("event:(count:[3 TO 8])", EventMatch(count_min=3, count_max=8)),
        ("event:(count:[* TO 8])", EventMatch(count_max=8)),
        ('event:(actor:"Wagner Group")', EventMatch(actor="WAGNER GROUP")),
    ],
)
def test_understood(text: str, tree: Node) -> None:
    assert parse(text) == tree


def _at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("text", "after", "before"),
    [
        ("published:[2024 TO *]", _at(2024, 1, 1), None),
        ("published:[* TO 2024]", None, _at(2024, 12, 31, 23, 59, 59, 999999)),
        ("published:2024-02", _at(2024, 2, 1), _at(2024, 2, 29, 23, 59, 59, 999999)),
        ("published:2024-12", _at(2024, 12, 1), _at(2024, 12, 31, 23, 59, 59, 999999)),
        ("published:[2024-05-01 TO 2024-05-01]", _at(2024, 5, 1), _at(2024, 5, 1, 23, 59, 59, 999999)),
        (
            "published:[2024-05-01T10:00+02:00 TO 2024-05-01T10:00:30Z]",
            _at(2024, 5, 1, 8),
            _at(2024, 5, 1, 10, 0, 30),
        ),
        ("published:[2024-05-01T10:00 TO *]", _at(2024, 5, 1, 10), None),
    ],
)
def test_dates(text: str, after: datetime | None, before: datetime | None) -> None:
    assert parse(text) == Published(after, before)


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("", 0, "the query is empty"),
        (" \n", 0, "the query is empty"),
        ("NOT a", 0, "matches? nearly every|would match"),
        ("-a -b", 0, "would match"),
        ("a OR NOT b", 5, "would match"),
        ("NOT (a -b)", 0, "would match"),
        ("a NEAR/5 b", 2, '"~5'),
        ("a near/5 b", 2, '"~5'),
        ("a NEAR b", 2, '"~5'),
        ("a w/3 b", 2, '"~5'),
        ("a ONEAR/3 b", 2, '"~5'),
        ("a ADJ5 b", 2, '"~5'),
        ("a AROUND(5) b", 2, '"~5'),
        ("a and b", 2, "write AND"),
        ("a Or b", 2, "write OR"),
        ("not a", 0, "write NOT"),
        ("a ＡＮＤ b", 2, "write AND"),
        ("a and, b", 2, "write AND"),
        ("foo:bar", 0, "no field foo"),
        ("Warning: bar", 0, "nothing follows"),
        ("(a", 0, "never closed"),
        ("a (b OR (c)", 2, "never closed"),
        ("a)", 1, "closes nothing"),
        (")", 0, "closes nothing"),
        ("(", 0, "never closed"),
        ("a ()", 2, "nothing in these parentheses"),
        ('a "b', 2, "never closed"),
        ('"a”', 0, "never closed"),
        ('""', 0, "no word between"),
        ('"--"', 0, "no word between"),
        ("*", 0, "would match every article"),
        ("*pel", 0, "cannot begin with a wildcard"),
        ("?pel", 0, "cannot begin with a wildcard"),
        ("e*pel", 0, "only at the end"),
        ("ex?el", 2, "wildcard for one character"),
        ("F-1*", 0, "is 2"),
        ('"expel*"', 0, "no meaning in quotes"),
        ("---", 0, "holds no word"),
        ("a – b", 2, "holds no word"),
        ("a - b", 2, "holds no word"),
        ("a & b", 2, "holds no word"),
        ("a −b", 2, "write -b"),
        ("a –b", 2, "write -b"),
        ("＋a", 0, r"write \+a"),
        ("a|b", 1, "write OR"),
        ("a | b", 2, "write OR"),
        ("（a OR b）", 0, r"write \("),
        ("title：nato", 5, "write :"),
        ("a --b", 2, "two signs"),
        ("+a OR b", 0, "beside OR"),
        ("AND a", 0, "nothing stands before"),
        ("a OR", 2, "nothing follows"),
        ("a AND OR b", 2, "nothing follows"),
        ("NOT", 0, "nothing follows"),
        ("https://example.com/x", 0, "quote it"),
        ("www.example.com", 0, "quote it"),
        ("site:www.nato.int", 5, "write site:nato.int"),
        ("-site:https://nato.int/news", 6, "write site:nato.int"),
        ('site:"http://www.nato.int"', 5, "write site:nato.int"),
        ("nato~", 4, "similar spellings"),
        ("nato~2", 4, "similar spellings"),
        ("nato^2", 4, "weight"),
        ("/nato/", 0, "slashes"),
        ("na\\to", 2, "quotes"),
        ("'a b'", 0, "double quotes"),
        ("title: a", 0, "directly after the colon"),
        ("title:", 0, "nothing follows"),
        ("title:-a", 6, "write -title:a"),
        ("title:(a author:b)", 9, "stands inside title"),
        ("title:[a TO b]", 6, "no ranges"),
        ("author:(Jane Doe)", 13, "whole values"),
        ("site:*.com", 5, "whole value"),
        ('author:"Jane Doe"~2', 7, "leave ~2 out"),
        ('author:" "', 7, "is empty"),
        ('"a b"~', 5, "number from 1"),
        ('"a b"~0', 5, "number from 1"),
        ('"a b"~5.5', 5, "number from 1"),
        ('"a b c"~1', 0, "write ~2"),
        ('"a b a"~5', 0, "stands twice"),
        ("[a TO b]", 0, "needs its field"),
        ("a ] b", 2, "could close"),
        ("published:[2024", 10, "never closed"),
        ("published:{2024 TO 2025}", 10, "both ends"),
        ("published:[2024 to 2025]", 10, "TO, in capitals"),
        ("published:[2025 TO 2024]", 10, "ends before it begins"),
        ("published:[* TO *]", 10, "every article"),
        ("published:[2024-02-30 TO *]", 10, "no such date"),
        ("published:[2024-00 TO *]", 10, "no such date"),
        ("published:0000", 10, "no such date"),
        ("published:yesterday", 10, "is not a date"),
        ("published:>2024", 10, "takes a range"),
        ("published:(2024)", 10, "square brackets"),
        ("event:()", 6, "asks for nothing"),
        ("event:(expulsion)", 7, "needs its key"),
        ("event:(type:a OR type:b)", 14, "no place inside"),
        ("event:(NOT type:a)", 7, "no place inside"),
        ("event:(kind:a)", 7, "has no kind"),
        ("event:(type:a type:b)", 14, "stands twice"),
        ("event:(count:5 count:>=3)", 15, "stands twice"),
        ("event:(count:>=5 count:<=3)", 6, "greater than its most"),
        ("event:(count:many)", 13, "takes a number"),
        ("event:(count:<0)", 13, "is no count"),
        ("event:(count:99999999999)", 13, "takes a number"),
        ("event:(count:[* TO *])", 13, "open on both sides"),
        ("event:(status:gone)", 14, "no status gone"),
        ("event:(type:a", 6, "never closed"),
        ("event:expel*", 6, "whole value"),
        ("event:[a TO b]", 6, "has a type"),
        ("count:5", 0, "belongs to an event"),
    ],
)
def test_refused_with_place_and_way_out(text: str, position: int, words: str) -> None:
    with pytest.raises(QueryError, match=words) as caught:
        parse(text)
    assert caught.value.position == position
    assert caught.value.text == text


def test_the_error_shows_the_place() -> None:
    with pytest.raises(QueryError) as caught:
        parse("東京 NATO and Russia")
    message, query, caret = str(caught.value).splitlines()
    assert message.startswith("“and” is a word here: write AND")
    assert query == "  東京 NATO and Russia"
    assert caret == " " * (2 + len("東京 NATO ") + 2) + "^"


def test_the_error_shows_only_the_surroundings_of_a_long_query() -> None:
    with pytest.raises(QueryError) as caught:
        parse("word " * 500 + "and " + "word " * 500)
    _, query, caret = str(caught.value).splitlines()
    assert len(query) < 140
    assert query[len(caret) - 1 :].startswith("and ")


def test_limits() -> None:
    parse("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH)
    with pytest.raises(QueryError, match="nested"):
        parse("(" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1))
    with pytest.raises(QueryError, match="nested"):
        parse("NOT " * 1000 + "a")
    parse(" ".join(["word"] * 1600))
    with pytest.raises(QueryError, match="characters"):
        parse("a" * (MAX_LENGTH + 1))


@given(trees)
def test_a_tree_prints_as_a_query_that_parses_to_it(tree: Node) -> None:
    assert parse(str(tree), everything=True) == tree
    if is_open(tree):
        with pytest.raises(QueryError, match="would match"):
            parse(str(tree))


@pytest.mark.parametrize("text", ["*", "*:*", "NOT a", "* a", "a OR *", "a OR NOT b", "-a -b"])
def test_what_matches_everything_is_understood_only_where_that_is_meant(text: str) -> None:
    with pytest.raises(QueryError, match="would match") as refused:
        parse(text)
    assert "--yes-everything" in str(refused.value)
    parse(text, everything=True)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a " * 5_000_000, id="10 MB"),
        pytest.param('"' * 10_000_000, id="10 MB of quotation marks"),
        pytest.param(" OR ".join(f"w{number}" for number in range(10_000)), id="10,000 clauses"),
        pytest.param("(" * 1000 + "a" + ")" * 1000, id="1,000 parentheses"),
        pytest.param("NOT " * 5000 + "a", id="5,000 NOT"),
        pytest.param("NOT " * 2000 + "a", id="2,000 NOT, short enough to be read"),
        pytest.param("*", id="star"),
        pytest.param("NOT sport", id="lone NOT"),
        pytest.param("colour:red", id="unknown field"),
        pytest.param("f" * 8000 + ":red", id="long field"),
        pytest.param("published:[2024-13-01 TO *]", id="bad date"),
        pytest.param("published:" + "9" * 8000, id="long date"),
        pytest.param("published:2024-05-01T09:30" + "0" * 8000, id="long moment"),
        pytest.param("/ru.*ia/", id="pattern"),
        pytest.param("a\x00b", id="NUL"),
        pytest.param("\x1b[31mred", id="escape"),
        pytest.param('event:(actor:"A\x1fB")', id="separator"),
        pytest.param("\u202e(\u2066", id="marks of direction"),
        pytest.param('author:"\ud800"', id="half a surrogate pair"),
        pytest.param('"a b"~99999', id="distance"),
        pytest.param('"a b"~' + "9" * 8000, id="long distance"),
        pytest.param("event:(count:99999999999)", id="count"),
        pytest.param(f"event:(count:[{'9' * 8000} TO *])", id="long count"),
        pytest.param(f"event:(status:{'x' * 8000})", id="long status"),
        pytest.param(f'event:("{"x" * 8000}")', id="long key"),
        pytest.param("-" * 8000, id="signs"),
        pytest.param("a-" * 4000 + "*", id="long prefix"),
        pytest.param(":" * 8000, id="colons"),
        pytest.param("a AND OR b", id="operators"),
    ],
)
def test_what_is_refused_is_refused_at_once_and_briefly(text: str) -> None:
    took: list[float] = []
    told: list[str] = []
    for _ in range(3):
        began = time.perf_counter()
        with pytest.raises(QueryError) as refused:
            parse(text)
        told.append(str(refused.value))
        took.append(time.perf_counter() - began)
    message, around, caret = told[0].splitlines()
    assert len(message) < 250
    assert len(around) < 120
    assert len(caret) < 120
    assert (message + around + caret).isprintable()
    assert min(took) < 0.5


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a " * 4000, id="words"),
        pytest.param("a OR " * 1600 + "a", id="branches"),
        pytest.param("外" * 8000, id="no spaces"),
        pytest.param("a" + "\u0301\u0327" * 4000, id="diacritics"),
        pytest.param("a" * 8000, id="one word"),
        pytest.param("1,000" * 1600, id="thousands"),
        pytest.param("(" * MAX_DEPTH + "a" + ")" * MAX_DEPTH, id="parentheses"),
    ],
)
def test_what_is_long_is_understood_at_once(text: str) -> None:
    took: list[float] = []
    for _ in range(3):
        began = time.perf_counter()
        parse(text)
        took.append(time.perf_counter() - began)
    assert min(took) < 0.5


def test_many_prefixes_are_understood() -> None:
    assert parse("a* b* c*") == And((Prefix("a"), Prefix("b"), Prefix("c")))


PIECES = st.sampled_from(
    [
        *" ()[]{}\"“”«»'’~*?:+-!&|^\\/#@–（\n\x00\x1b\u202e\ud800½東",
        *(
            "a",
            "NATO's",
            "F-16",
            "U.S.",
            "1,000",
            "http://x.org",
            "or",
            "NEAR/5",
            "AND ",
            " OR ",
            "NOT ",
            "&&",
        ),
        *(
            "title:",
            "site:",
            "topic:a:b",
            "event:(",
            "type:a ",
            "count:",
            ">=5",
            "published:",
            "2024-05",
            "~5",
        ),
        *("[2024 TO *]", "[3 TO 8]", '"a b"', '"a b"~5', "*:*", " TO "),
    ]
)


@settings(max_examples=300)
@given(st.text() | st.lists(PIECES, max_size=12).map("".join), st.booleans())
def test_any_text_is_understood_or_refused(text: str, everything: bool) -> None:
    try:
        outcome: Node | QueryError = parse(text, everything=everything)
    except QueryError as error:
        outcome = error
    if isinstance(outcome, QueryError):
        assert 0 <= outcome.position <= len(text)
        message, *place = str(outcome).splitlines()
        assert message == outcome.message
        assert len(place) == 2
        assert "".join([message, *place]).isprintable()
    else:
        assert parse(str(outcome), everything=everything) == outcome
