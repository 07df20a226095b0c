import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import feedparser
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from schemas.events import Entry, Hunk
from services.console.app import STORE, create_app
from services.kit.health import Health
from services.kit.metrics import Metrics
from services.kit.settings import Settings
from services.store.embedded.store import EmbeddedStore
from services.store.protocol import Store, StoreUnavailable

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
FORM = {"name": "Embassies", "query": "embassy OR consulate"}
PAGES = [
    "/",
    "/alerts",
    "/alerts?subscription=expulsions",
    "/alerts/alert-1",
    f"/articles/{'a' * 64}",
    f"/stories/{'a' * 64}",
    "/search",
    "/search?q=alliance",
    "/dead",
    "/dead/dead-1",
    "/subscriptions",
    "/services",
    "/silences",
    "/threads",
    "/threads?subscription=expulsions",
    f"/threads/expulsions/{'a' * 64}",
    f"/why?what={'a' * 64}",
]


class OutOfReach:
    """A store that cannot be reached, whatever it is asked."""

    def __getattr__(self, name: str) -> Any:
        def fail(*_: object, **__: object) -> None:
            raise StoreUnavailable("the store at http://es.example does not answer; start it")

        return fail


def around(store: object, settings: Settings) -> FastAPI:
    health = Health("console", Metrics("console"), STORE)
    return create_app(cast("Store", store), settings, lambda: NOW, health)


@pytest.fixture
def cut_off(settings: Settings) -> Iterator[TestClient]:
    with TestClient(around(OutOfReach(), settings)) as client:
        yield client


def flat(html: str) -> str:
    return re.sub(r"\s+", " ", html)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_served_guarded_and_without_inline_code(
    client: TestClient, filled: EmbeddedStore, path: str
) -> None:
    response = client.get(path)
    assert response.status_code == 200, response.text
    assert "default-src 'self'" in response.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
    assert response.headers["x-content-type-options"] == "nosniff"
    assert re.findall(r"<script(?! src=)|<style| style=| on\w+=|javascript:", response.text) == []
    assert "<main" in response.text


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_served_with_nothing_in_the_store(client: TestClient, path: str) -> None:
    wanted = 404 if re.search(r"/(alerts|articles|stories|dead|threads)/", path) else 200
    assert client.get(path).status_code == wanted


def test_now_shows_alerts_articles_and_counts(client: TestClient, filled: EmbeddedStore) -> None:
    page = flat(client.get("/").text)
    assert "NATO expelled 8 diplomats of Russia" in page
    assert f'href="/stories/{"a" * 64}"' in page
    assert "3 min ago" in page
    assert '<a class="relation copy"' in page
    assert "<dt>articles</dt><dd>2</dd>" in page
    assert "not started by newswatch up here" in page


def test_an_alert_is_told_in_full(client: TestClient, filled: EmbeddedStore) -> None:
    page = flat(client.get("/alerts/alert-1").text)
    assert "It will <mark>expel eight members</mark> of the mission.</blockquote>" in page
    assert "articles that report an expulsion" in page
    assert "Alliance expels eight, again" in page
    assert "https://hook.example/x" in page
    assert '<td class="pending">on its way</td>' in page
    assert "1.5 s after the page was fetched" in page


def test_an_article_shows_its_text_tags_events_and_capture(client: TestClient, filled: EmbeddedStore) -> None:
    page = flat(client.get(f"/articles/{'a' * 64}").text)
    assert "<p>The alliance met today. It will <mark>expel eight members</mark> of the mission." in page
    assert "<p>More followed.</p>" in page
    assert "<td>NATO</td><td>RU</td><td>8</td><td>–</td><td>–</td><td>announced</td>" in page
    assert "newswatch:diplomatic-expulsion" in page
    assert "sample.warc.gz#42" in page
    assert 'href="https://sample.example/aaaaaaaa" rel="noopener noreferrer nofollow"' in page


def test_an_edited_article_shows_what_was_edited(
    client: TestClient, store: EmbeddedStore, samples: Any
) -> None:
    edit = Hunk(before="The alliance met.", removed=("Six & <b>one</b>",), added=("Eight",), cut=True)
    store.put_articles(
        [samples.article(), samples.article("b" * 64, previous_revision=1, difference=(edit,))]
    )
    page = flat(client.get(f"/articles/{'b' * 64}").text)
    assert (
        '<span class="unseen" lang="en">removed:</span> <del>Six &amp; &lt;b&gt;one&lt;/b&gt;</del>' in page
    )
    assert '<span class="unseen" lang="en">added:</span> <ins>Eight</ins>' in page
    assert '<p class="quiet">The alliance met.</p>' in page
    assert "There is more" in page
    assert "What was edited" not in client.get(f"/articles/{'a' * 64}").text


def test_a_live_blog_shows_its_reports(client: TestClient, store: EmbeddedStore, samples: Any) -> None:
    first = Entry(published_at=NOW, title="Eight & more", text="They must leave.\n\nBy Friday.")
    second = Entry(text="A statement is expected.")
    store.put_articles(
        [samples.article(), samples.article("b" * 64, kind="live-blog", entries=(first, second))]
    )
    page = flat(client.get(f"/articles/{'b' * 64}").text)
    assert "<span>live blog</span>" in page
    assert 'dir="auto">Eight &amp; more</strong>' in page
    assert page.index("By Friday.") < page.index("A statement is expected.")
    assert "Its reports" not in client.get(f"/articles/{'a' * 64}").text


def test_a_story_lists_its_articles(client: TestClient, filled: EmbeddedStore) -> None:
    page = client.get(f"/stories/{'a' * 64}").text
    assert "2 articles, oldest first" in page


def test_hostile_articles_stay_text(client: TestClient, store: EmbeddedStore, samples: Any) -> None:
    hostile = "<script>alert('x')</script>"
    text = f'{hostile} "><img src=x onerror=alert(1)>\n\n{samples.article().text}'
    article = samples.article(
        title=hostile,
        text=text,
        source_name=hostile,
        url="javascript:alert(1)",
        reason=f'"{hostile}',
        relation="copy",
        language='en" onclick="x',
        topics=(),
        events=(),
    )
    store.put_articles([article])
    store.record_matches([samples.alert(title=hostile, summary=hostile, url="javascript:alert(1)")], [])
    store.put_dead([samples.letter(error=hostile, detail=hostile)])
    for path in ["/", *PAGES]:
        page = client.get(path).text
        assert "<script>" not in page, path
        assert "<img" not in page, path
        assert 'href="javascript' not in page, path
        assert '" onclick="x' not in page, path
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;" in client.get("/").text


def test_search_counts_explains_marks_and_pages(
    client: TestClient, store: EmbeddedStore, samples: Any
) -> None:
    store.put_articles([samples.article(f"{n:064x}", title=f"Bridge number {n}") for n in range(1, 26)])
    store.put_articles([samples.article(f"{77:064x}", title="Ferries")])
    page = flat(client.get("/search", params={"q": "bridge"}).text)
    assert "<b>25</b> articles" in page
    assert "articles that contain &#34;bridge&#34;" in page
    assert page.count('<li class="article"') == 20
    assert "<mark>Bridge</mark> number" in page
    assert "page 1 of 2" in page
    second = client.get("/search", params={"q": "bridge", "page": 2}).text
    assert second.count('<li class="article"') == 5
    assert "<b>1</b> article." in flat(client.get("/search", params={"q": "ferries"}).text)


def test_a_query_that_cannot_be_read_shows_where(client: TestClient) -> None:
    response = client.get("/search", params={"q": "bridge AND ("})
    assert response.status_code == 422
    shown = re.search(r'<pre class="error" role="alert">(.*?)</pre>', response.text, re.DOTALL)
    assert shown is not None
    assert shown[1].rstrip().endswith("^")
    assert 'value="bridge AND ("' in response.text


def test_dead_letters_are_told_by_source(client: TestClient, store: EmbeddedStore, samples: Any) -> None:
    store.put_dead([
        samples.letter(f"d{number}", source=source, reason="rejected", code=code)
        for number, (source, code) in enumerate([
            ("echo", "video"), ("courier", "consent"), ("courier", "index-page"),
            ("courier", "consent"), ("", ""),
        ])
    ])  # fmt: skip
    shown = flat(client.get("/dead").text)
    assert "By source: courier 3 (2 consent, 1 index page); echo 1 (1 video)." in shown


def test_a_dead_letter_says_who_when_what_where(client: TestClient, filled: EmbeddedStore) -> None:
    assert "no text in the page" in client.get("/dead").text
    page = flat(client.get("/dead/dead-1").text)
    for told in (
        "<dd>cleaner</dd>",
        "4 Mar 2026, 10:00:00 UTC",
        "<dd>rejected</dd>",
        "news.raw.v1, partition 2, offset 17",
    ):
        assert told in page
    assert "&lt;script&gt;alert(&#39;payload&#39;)&lt;/script&gt;" in page
    filled.mark_replayed("dead-1")
    assert "dead-1" not in client.get("/dead").text
    assert "dead-1" in client.get("/dead?replayed=true").text


@pytest.mark.parametrize("path", ["/alerts/none", "/articles/none", "/stories/none", "/dead/none", "/none"])
def test_pages_that_are_missing_say_what_was_looked_for(client: TestClient, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 404
    assert "none" in response.text
    assert 'class="error"' in response.text
    assert "default-src 'self'" in response.headers["content-security-policy"]


def test_a_subscription_is_added_and_deleted(client: TestClient, store: EmbeddedStore) -> None:
    response = client.post("/subscriptions", data=FORM, follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (303, "/subscriptions")
    (kept,) = store.subscriptions()
    assert (kept.id, kept.query, kept.every) == ("embassies", "embassy OR consulate", "story")
    page = client.get("/subscriptions").text
    assert "articles that contain &#34;embassy&#34;" in page
    assert client.post("/subscriptions", data=FORM).status_code == 409
    assert client.post("/subscriptions/embassies/delete", follow_redirects=False).status_code == 303
    assert store.subscriptions() == []
    assert client.post("/subscriptions/embassies/delete").status_code == 404


def test_a_form_with_an_error_comes_back_filled(client: TestClient, store: EmbeddedStore) -> None:
    response = client.post("/subscriptions", data={"name": "Mine & yours", "query": "a AND ("})
    assert response.status_code == 422
    assert 'value="Mine &amp; yours"' in response.text
    assert "^" in response.text
    assert client.post("/subscriptions", data={"name": "n"}).status_code == 422
    assert client.post("/subscriptions", data={"name": "n", "query": "x" * 70_000}).status_code == 413
    assert store.subscriptions() == []


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}]
)
def test_other_sites_cannot_write(client: TestClient, filled: EmbeddedStore, headers: dict[str, str]) -> None:
    assert client.post("/subscriptions", data=FORM, headers=headers).status_code == 403
    assert client.post("/subscriptions/expulsions/delete", headers=headers).status_code == 403
    assert client.post("/api/subscriptions", json=FORM, headers=headers).status_code == 403
    assert client.delete("/api/subscriptions/expulsions", headers=headers).status_code == 403
    assert [each.id for each in filled.subscriptions()] == ["expulsions"]


def test_our_own_page_can_write(client: TestClient, store: EmbeddedStore) -> None:
    headers = {"Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin"}
    client.post("/subscriptions", data=FORM, headers=headers)
    assert len(store.subscriptions()) == 1


def test_the_feed_is_served_and_not_sent_twice(client: TestClient, filled: EmbeddedStore) -> None:
    response = client.get("/alerts.atom")
    assert response.headers["content-type"].startswith("application/atom+xml")
    (entry,) = feedparser.parse(response.content).entries
    assert entry.link == "http://console.example:8600/alerts/alert-1"
    again = client.get("/alerts.atom", headers={"If-None-Match": f'"other", W/{response.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/alerts.atom", headers={"If-None-Match": '"other"'}).status_code == 200
    one = feedparser.parse(client.get("/alerts.atom?subscription=expulsions").content)
    assert one.feed.title == "newswatch alerts: Diplomats expelled"
    assert client.get("/alerts.atom?subscription=none").status_code == 404


def test_the_json_feed_is_served_and_not_sent_twice(client: TestClient, filled: EmbeddedStore) -> None:
    response = client.get("/alerts.json?subscription=expulsions")
    assert response.headers["content-type"].startswith("application/feed+json")
    assert response.headers["link"] == (
        '<http://console.example:8600/alerts.json?subscription=expulsions>; rel="self"'
    )
    (item,) = response.json()["items"]
    assert item["url"] == "http://console.example:8600/alerts/alert-1"
    headers = {"If-None-Match": response.headers["etag"]}
    assert client.get("/alerts.json?subscription=expulsions", headers=headers).status_code == 304
    assert client.get("/alerts.json?subscription=none").status_code == 404


def test_the_api_gives_the_same_as_json(client: TestClient, filled: EmbeddedStore) -> None:
    def got(path: str) -> Any:
        response = client.get(f"/api{path}")
        assert response.status_code == 200
        return response.json()

    assert [each["id"] for each in got("/alerts")["alerts"]] == ["alert-1"]
    assert got("/alerts?subscription=other")["alerts"] == []
    assert got("/alerts/alert-1")["deliveries"][0]["state"] == "pending"
    assert {each["relation"] for each in got("/articles")["articles"]} == {"new", "copy"}
    assert "text" not in got("/articles")["articles"][0]
    assert got(f"/articles/{'a' * 64}")["article"]["text"].startswith("The alliance")
    assert len(got(f"/stories/{'a' * 64}")["articles"]) == 2
    found = got("/search?q=alliance&limit=1")
    assert (found["total"], len(found["articles"])) == (2, 1)
    assert got("/counts") == {"articles": 2, "stories": 1, "alerts": 1, "dead_letters": 1, "deliveries": 1}
    assert got("/services") == {"started_here": False, "services": []}
    assert got("/dead")["dead_letters"][0]["letter"]["id"] == "dead-1"
    assert got("/dead/dead-1")["state"] == "open"
    assert got("/subscriptions")["subscriptions"][0]["id"] == "expulsions"


def test_the_api_keeps_and_deletes_subscriptions(client: TestClient, store: EmbeddedStore) -> None:
    response = client.post("/api/subscriptions", json={**FORM, "every": "fact"})
    assert response.status_code == 201
    assert response.json()["subscription"]["id"] == "embassies"
    assert store.subscriptions()[0].every == "fact"
    assert client.delete("/api/subscriptions/embassies").status_code == 204
    assert store.subscriptions() == []


def test_the_api_searches_and_tells_what_would_have_been(client: TestClient, filled: EmbeddedStore) -> None:
    for sort in ("time", "relevance"):
        first = client.get(
            "/api/search", params={"q": "eight", "limit": 1, "sort": sort, "facets": True}
        ).json()
        assert (first["total"], len(first["articles"])) == (2, 1)
        assert "highlight" in first["articles"][0]
        assert sum(count for _, count in first["facets"]["source"]) == 2
        following = client.get(
            "/api/search", params={"q": "eight", "limit": 1, "sort": sort, "after": first["after"]}
        ).json()
        assert following["after"] is None
        assert following["articles"][0]["id"] != first["articles"][0]["id"]
    assert client.get("/api/search", params={"q": "eight", "after": "x"}).status_code == 400
    report = client.get("/api/backtest", params={"q": "eight", "days": 400}).json()
    assert (report["articles"], report["copies"]) == (2, 1)


def test_the_api_says_what_is_wrong(client: TestClient) -> None:
    unreadable = client.get("/api/search", params={"q": "a AND ("})
    assert unreadable.status_code == 422
    assert unreadable.json()["position"] == 6
    assert "^" in unreadable.json()["error"]
    for method, path, body, status in [
        ("POST", "/subscriptions", {"name": "n", "query": "NOT a"}, 422),
        ("POST", "/subscriptions", {"name": "n"}, 422),
        ("POST", "/subscriptions", {**FORM, "id": "Bad Id"}, 422),
        ("DELETE", "/subscriptions/none", None, 404),
        ("GET", "/search", None, 422),
        ("GET", "/articles?limit=0", None, 422),
        ("GET", "/alerts/none", None, 404),
        ("GET", "/none", None, 404),
        ("PUT", "/alerts", None, 405),
    ]:
        response = client.request(method, f"/api{path}", json=body)
        assert response.status_code == status, (path, response.text)
        assert isinstance(response.json()["error"], str)


@pytest.mark.parametrize("path", ["/", "/alerts", "/search?q=a", "/subscriptions", "/alerts.atom"])
def test_a_store_out_of_reach_is_said(cut_off: TestClient, path: str) -> None:
    response = cut_off.get(path)
    assert response.status_code == 503
    assert "the store at http://es.example does not answer; start it" in response.text
    assert response.headers["retry-after"] == "2"


def test_readiness_follows_the_store(client: TestClient, cut_off: TestClient) -> None:
    assert client.get("/readyz").json() == {"service": "console", "ready": True, "waiting_for": {}}
    unready = cut_off.get("/readyz")
    assert unready.status_code == 503
    assert "does not answer" in unready.json()["waiting_for"]["store"]
    assert cut_off.get("/healthz").status_code == 200
    assert cut_off.get("/api/counts").json()["error"].startswith("the store at")
    assert 'newswatch_ready{service="console"} 1.0' in client.get("/metrics").text


def test_a_bug_is_told_without_its_inside(settings: Settings) -> None:
    response = TestClient(around(object(), settings), raise_server_exceptions=False).get("/")
    assert response.status_code == 500
    assert "AttributeError" in response.text
    assert "default-src 'self'" in response.headers["content-security-policy"]


def test_static_files_are_served_and_small(client: TestClient) -> None:
    css = client.get("/static/console.css")
    assert css.status_code == 200
    assert len(css.content) < 15_000
    assert "prefers-color-scheme: dark" in css.text
    assert client.get("/static/console.js").headers["x-content-type-options"] == "nosniff"
    assert client.get("/static/../app.py").status_code == 404


def test_no_page_loads_anything_from_elsewhere() -> None:
    package = Path(__file__).resolve().parents[3] / "services" / "console"
    for file in [*package.glob("templates/*"), *package.glob("static/*")]:
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert re.findall(r"""(?:src|href)=["']?https?:|url\(|@import""", text) == [], file
