"""How the store on Elasticsearch bears a server that can't or won't, played by a tiny one of our own."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from schemas.events import Alert, ThreadedArticle
from services.kit.query import parse
from services.kit.query.tree import Phrase
from services.store.elastic.query import translate
from services.store.elastic.store import ElasticStore
from services.store.protocol import StoreUnavailable
from tests.elastic_stub import CUT, Answer, Json, Server

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def item(operation: str, status: int, reason: str = "", kind: str = "some_exception") -> Json:
    answer: Json = {"_index": "i", "status": status}
    if reason:
        answer["error"] = {"type": kind, "reason": reason}
    return {operation: answer}


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def store(server: Server) -> Iterator[ElasticStore]:
    store = ElasticStore(server.url, first_pause=0.001)
    yield store
    store.close()


def make_article(name: str, text: str = "text") -> ThreadedArticle:
    return ThreadedArticle(
        id=name,
        capture_id=f"capture-{name}",
        revision=7,
        url="https://example.org/",
        canonical_url="https://example.org/",
        fetched_at=NOON,
        first_seen=NOON,
        title=name,
        text=text,
        story=name,
        relation="new",
    )


def bulk(*items: Json) -> Callable[[list[Json]], Answer]:
    return lambda _: (200, {"took": 1, "errors": True, "items": list(items)})


def whole(status: int) -> Callable[[list[Json]], Answer]:
    return lambda _: (status, {"error": {"type": "some_exception", "reason": "no"}, "status": status})


def fine(lines: list[Json]) -> Answer:
    return 200, {
        "took": 1,
        "errors": False,
        "items": [item("index", 201) for line in lines if "index" in line],
    }


THREE = [make_article("a"), make_article("b"), make_article("c")]


def test_each_item_has_its_fate(server: Server, store: ElasticStore) -> None:
    server.answers = [
        bulk(
            item("index", 201),
            item("index", 409, "version conflict"),
            item("index", 400, "failed to parse", "document_parsing_exception"),
        )
    ]
    outcomes = store.put_articles(THREE)
    assert [outcome.status for outcome in outcomes] == ["stored", "stale", "refused"]
    assert outcomes[2].error == "article c: failed to parse"


def test_articles_go_to_their_month_with_their_revision(server: Server, store: ElasticStore) -> None:
    server.answers = [fine]
    store.put_articles([make_article("a")])
    assert server.asked[0][0] == {
        "index": {
            "_index": "newswatch-articles-2026.03",
            "_id": "a",
            "version": 7,
            "version_type": "external",
        }
    }


@pytest.mark.parametrize("status", [429, 503])
def test_item_that_the_server_cannot_take_now_is_tried_again(
    server: Server, store: ElasticStore, status: int
) -> None:
    server.answers = [
        bulk(item("index", 201), item("index", status, "busy"), item("index", 409, "conflict")),
        bulk(item("index", status, "busy")),
        bulk(item("index", 201)),
    ]
    assert [outcome.status for outcome in store.put_articles(THREE)] == ["stored", "stored", "stale"]
    assert server.ids() == [["a", "b", "c"], ["b"], ["b"]]


@pytest.mark.parametrize("status", [429, 502, 503])
def test_request_that_the_server_cannot_take_now_is_tried_again(
    server: Server, store: ElasticStore, status: int
) -> None:
    server.answers = [whole(status), whole(status), fine]
    assert [outcome.status for outcome in store.put_articles(THREE)] == ["stored"] * 3
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("second", "way_out"),
    [
        (item("index", 503, "no shard"), "look into Elasticsearch's log"),
        (item("index", 429, "queue full", "es_rejected_execution_exception"), "it is overloaded"),
        # Nothing is wrong with an article that the server's settings keep out.
        (item("index", 404, "no such index", "index_not_found_exception"), "an index is missing"),
        (item("index", 403, "not allowed", "security_exception"), "a user or an API key"),
        (item("index", 400, "too many shards", "validation_exception"), "cluster.max_shards_per_node"),
        (item("index", 400, "unknown field", "strict_dynamic_mapping_exception"), "newswatch index setup"),
        (
            item("index", 429, "read-only-allow-delete block", "cluster_block_exception"),
            "its disk is nearly full: free space",
        ),
        (item("index", 403, "index write", "cluster_block_exception"), "the index is closed to writing"),
        (item("index", 503, "no master", "cluster_block_exception"), "look into Elasticsearch's log"),
    ],
)
def test_what_stays_impossible_is_not_acknowledged(
    server: Server, store: ElasticStore, second: Json, way_out: str
) -> None:
    server.answers = [bulk(item("index", 201), second, item("index", 201)), bulk(second)]
    reason = second["index"]["error"]["reason"]
    with pytest.raises(StoreUnavailable, match=rf"Elasticsearch at {server.url}: {reason}; .*{way_out}"):
        store.put_articles(THREE)
    assert server.ids() == [["a", "b", "c"]] + 8 * [["b"]]


def test_connection_that_is_cut_is_tried_again(server: Server, store: ElasticStore) -> None:
    server.answers = [whole(CUT), whole(CUT), fine]
    assert [outcome.status for outcome in store.put_articles(THREE)] == ["stored"] * 3
    server.answers = [whole(CUT)]
    with pytest.raises(StoreUnavailable, match="start it or correct its address"):
        store.put_articles(THREE)


def test_overloaded_server_is_sent_less_at_a_time(server: Server, store: ElasticStore) -> None:
    server.answers = [whole(429), whole(429), fine]
    store.put_articles([make_article(f"{number}") for number in range(300)])
    assert [len(ids) for ids in server.ids()] == [300, 250, 125, 125, 50]


def test_another_product_is_said(server: Server, store: ElasticStore) -> None:
    server.product = ""
    text = "Content-Type header [application/vnd.elasticsearch+json; compatible-with=9] is not supported"
    for status, answer in ((406, {"error": text, "status": 406}), (200, {"took": 1})):
        server.answers = [lambda _, status=status, answer=answer: (status, answer)]  # type: ignore[misc]
        for ask in (store.check, store.setup, lambda: store.put_articles(THREE)):
            with pytest.raises(StoreUnavailable, match=r"is not Elasticsearch; .* 9: OpenSearch"):
                ask()


def test_another_version_is_said(server: Server, store: ElasticStore) -> None:
    reason = "Accept version must be either version 8 or 7, but found 9."
    error = {"type": "media_type_header_exception", "reason": reason}
    server.answers = [lambda _: (400, {"error": error, "status": 400})]
    with pytest.raises(StoreUnavailable, match="it is Elasticsearch 8; this newswatch needs Elasticsearch 9"):
        store.check()
    assert len(server.asked) == 1


def test_server_that_stays_busy_is_said(server: Server, store: ElasticStore) -> None:
    server.answers = [whole(503)]
    with pytest.raises(StoreUnavailable, match=rf"Elasticsearch at {server.url}: .*503.*tries again"):
        store.put_articles(THREE)
    assert len(server.asked) == 9


def test_request_without_permission_is_not_tried_again(server: Server, store: ElasticStore) -> None:
    server.answers = [whole(403)]
    with pytest.raises(StoreUnavailable, match="a user or an API key"):
        store.put_articles(THREE)
    assert len(server.asked) == 1


def test_request_too_large_is_halved_and_the_culprit_refused(server: Server, store: ElasticStore) -> None:
    def at_most_one_and_not_b(lines: list[Json]) -> Answer:
        ids = [line["index"]["_id"] for line in lines if "index" in line]
        return whole(413)(lines) if len(ids) > 1 or "b" in ids else fine(lines)

    server.answers = [at_most_one_and_not_b]
    assert [outcome.status for outcome in store.put_articles(THREE)] == ["stored", "refused", "stored"]


def test_large_batches_are_sent_in_parts(server: Server, store: ElasticStore) -> None:
    server.answers = [fine]
    outcomes = store.put_articles([make_article(f"{n}", "x" * 1_500_000) for n in range(5)])
    assert [outcome.status for outcome in outcomes] == ["stored"] * 5
    assert [len(ids) for ids in server.ids()] == [2, 2, 1]


def test_alerts_are_never_refused_silently(server: Server, store: ElasticStore) -> None:
    server.answers = [bulk(item("create", 400, "failed to parse"))]
    alert = Alert(
        id="m",
        subscription="s",
        subscription_name="S",
        query="x",
        story="s",
        article_id="a",
        capture_id="c",
        title="t",
        url="u",
        fetched_at=NOON,
        created_at=NOON,
    )
    with pytest.raises(StoreUnavailable, match="failed to parse"):
        store.record_matches([alert], [])


def test_no_server_is_said(server: Server) -> None:
    server.answers = [whole(503)]
    nobody = ElasticStore("http://127.0.0.1:1", first_pause=0.001)
    for ask in (nobody.setup, nobody.check, nobody.counts, lambda: nobody.put_articles(THREE)):
        with pytest.raises(
            StoreUnavailable, match=r"http://127\.0\.0\.1:1: .*start it or correct its address"
        ):
            ask()
    nobody.close()


def test_lost_shards_are_said(server: Server, store: ElasticStore) -> None:
    indices = {"newswatch-alerts": {"status": "red"}, "newswatch-dead": {"status": "yellow"}}
    server.answers = [lambda _: (200, {"status": "red", "indices": indices})]
    with pytest.raises(StoreUnavailable, match="index newswatch-alerts has lost its primary shard"):
        store.check()


def test_untracked_captures_count_as_settled(store: ElasticStore) -> None:
    assert store.settled(["a", "b"]) == {"a", "b"}
    store.forget_captures(["a"])


def test_captures_that_are_no_articles_are_asked_a_thousand_at_a_time(
    server: Server, store: ElasticStore
) -> None:
    def answer(lines: list[Json]) -> Answer:
        (query,) = (line["query"] for line in lines if "query" in line)
        terms = [part["terms"] for part in query["bool"]["filter"]]
        (asked,) = (term["letter.capture_id"] for term in terms if "letter.capture_id" in term)
        assert {"letter.reason": ["rejected"]} in terms
        assert {"state": ["open"]} in terms
        hits = [
            {"_source": {"letter": {"capture_id": each, "code": "video"}}} for each in asked if "7" in each
        ]
        return 200, {"hits": {"hits": hits}}

    server.answers = [answer]
    found = store.rejected([f"c{number}" for number in range(1500)])
    assert found["c7"] == found["c1407"] == "video"
    assert "c8" not in found
    assert len(server.asked) == 2


def test_proximity_is_a_window_of_positions() -> None:
    assert translate(parse('title:"b a"~5')) == {
        "intervals": {"search.title": {"match": {"query": "b a", "ordered": False, "max_gaps": 4}}}
    }
    # A negative max_gaps would mean any distance.
    assert translate(Phrase(("a", "b", "c", "d"), "title", 2)) == {"match_none": {}}
