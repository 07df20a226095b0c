from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from schemas.events import Article, DeadLetter, RawPage
from schemas.topics import ARTICLES, RAW
from services.kit.step import Dead, Emit, Record, Reject, Step, encode, letter, payload_bytes, run

NOW = datetime(2026, 3, 2, tzinfo=UTC)
PAGE = RawPage(
    capture_id="c", url="http://a.example/1", source="a", fetched_at=NOW, first_seen=NOW, revision=1, html="x"
)


def article(page: RawPage) -> Article:
    return Article(
        id="a",
        capture_id=page.capture_id,
        revision=page.revision,
        url=page.url,
        canonical_url=page.url,
        fetched_at=page.fetched_at,
        first_seen=page.first_seen,
        title="t",
        text=page.html,
    )


def record(value: bytes) -> Record:
    return Record(RAW.name, value, key="k", headers={"capture": "c", "archive": "w#1"}, partition=1, offset=7)


def test_a_message_goes_on_with_its_key_and_headers() -> None:
    result = run(Step("cleaner", RAW, ARTICLES, article), record(encode(PAGE)))
    assert isinstance(result, Emit)
    assert (result.topic, result.key, result.headers["capture"]) == (ARTICLES, "k", "c")
    assert ARTICLES.model.model_validate_json(result.value) == article(PAGE)


def test_a_core_that_rejects_gives_a_dead_letter_with_its_words() -> None:
    def refuse(page: RawPage) -> Article:
        raise Reject(f"no article on {page.url}", "video")

    result = run(Step("cleaner", RAW, ARTICLES, refuse), record(encode(PAGE)))
    assert isinstance(result, Dead)
    assert (result.reason, result.error) == ("rejected", "no article on http://a.example/1")
    told = letter("cleaner", result, NOW)
    assert (told.code, told.source) == ("video", "a")


def test_half_of_a_surrogate_pair_does_not_stop_a_message() -> None:
    given = article(PAGE).model_copy(update={"title": "Ada \ud800", "published_at": NOW})
    read = Article.model_validate_json(encode(given))
    assert read == given.model_copy(update={"title": "Ada ?"})


def test_a_bug_gives_a_dead_letter_with_its_traceback() -> None:
    def stumble(_: RawPage) -> Article:
        raise ZeroDivisionError("by nought")

    result = run(Step("cleaner", RAW, ARTICLES, stumble), record(encode(PAGE)))
    assert isinstance(result, Dead)
    assert result.reason == "bug"
    assert result.error == "ZeroDivisionError: by nought"
    assert "in stumble" in result.detail


def test_an_unknown_version_is_refused_with_the_field_named() -> None:
    value = encode(PAGE).replace(b'"capture_id"', b'"version":9,"capture_id"')
    result = run(Step("cleaner", RAW, ARTICLES, article), record(value))
    assert isinstance(result, Dead)
    assert result.reason == "invalid"
    assert "raw-page v1: version" in result.error


@given(st.binary(max_size=300))
def test_no_bytes_stop_a_step(value: bytes) -> None:
    result = run(Step("cleaner", RAW, ARTICLES, article), record(value))
    assert isinstance(result, Emit | Dead)
    if isinstance(result, Dead):
        told = letter("cleaner", result, NOW)
        assert payload_bytes(told) == value
        assert DeadLetter.model_validate_json(encode(told)) == told


def test_the_same_refusal_twice_is_one_dead_letter() -> None:
    first = letter("cleaner", Dead(record(b"{"), "invalid", "x"), NOW)
    again = letter("cleaner", Dead(Record(RAW.name, b"{", key="k", offset=99), "invalid", "y"), NOW)
    other = letter("tagger", Dead(record(b"{"), "invalid", "x"), NOW)
    assert first.id == again.id != other.id
    assert (first.capture_id, first.archive, first.offset) == ("c", "w#1", 7)


def test_a_payload_over_the_bound_is_left_to_the_archive() -> None:
    told = letter("cleaner", Dead(record(b"x" * 100), "too-large", "x"), NOW, max_payload=99)
    assert (told.payload, told.archive) == ("", "w#1")
