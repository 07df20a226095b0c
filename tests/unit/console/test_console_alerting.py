"""Subscriptions, silences and why, by the API and the page."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi.testclient import TestClient

from schemas.events import Channel, Fact, Quote, QuoteMark, Subscription
from services.console.app import STORE, create_app
from services.kit.health import Health, serve
from services.kit.metrics import Metrics
from services.kit.settings import Settings
from services.store.embedded.store import EmbeddedStore

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)

ASKED = {
    "name": "Careful",
    "query": "event:expulsion",
    "every": "fact",
    "zone": "Europe/Oslo",
    "digest": {"every": "day", "at": "07:30"},
    "quiet": {"start": "22:00", "end": "07:00"},
    "min_outlets": 2,
    "priority": "high",
    "deliver": [{"kind": "named", "name": "mail"}],
}


def test_a_subscription_is_made_edited_and_deleted(client: TestClient, store: EmbeddedStore) -> None:
    made = client.post("/api/subscriptions", json=ASKED)
    assert made.status_code == 201, made.text
    assert made.json()["subscription"]["quiet"] == {"start": "22:00", "end": "07:00", "days": []}
    changed = client.put("/api/subscriptions/careful", json=ASKED | {"query": "wolf", "digest": None})
    assert changed.status_code == 200, changed.text
    (kept,) = [each for each in store.subscriptions() if each.id == "careful"]
    assert (kept.query, kept.digest, kept.min_outlets) == ("wolf", None, 2)
    assert kept.created_at is not None
    assert client.put("/api/subscriptions/nobody", json=ASKED).status_code == 404
    assert client.put("/api/subscriptions/careful", json=ASKED | {"query": "("}).status_code == 422
    assert client.delete("/api/subscriptions/careful").status_code == 204


def test_what_cannot_be_is_refused_with_its_field(client: TestClient) -> None:
    for field, value in (
        ("zone", "Mars/Olympus"),
        ("languages", ["German"]),
        ("quiet", {"start": "22:00", "end": "22:00"}),
        ("deliver", [{"kind": "named", "name": "../etc"}]),
        ("per_hour", 0),
    ):
        refused = client.post("/api/subscriptions", json=ASKED | {field: value})
        assert refused.status_code == 422
        assert field in refused.text


def test_what_is_kept_in_files_is_edited_there(client: TestClient, store: EmbeddedStore) -> None:
    store.put_subscription(Subscription(id="filed", name="F", query="x", origin="files"))
    refused = client.put("/api/subscriptions/filed", json=ASKED)
    assert refused.status_code == 409
    assert "is kept in files" in refused.text


def test_the_form_makes_and_edits(client: TestClient, store: EmbeddedStore) -> None:
    fields = {
        "name": "Night desk",
        "query": "event:expulsion",
        "every": "fact",
        "channels": "desk-mail, pager",
        "digest": "weekly friday 7:30",
        "quiet": "22:00-07:00",
        "zone": "Europe/Oslo",
        "min_outlets": "2",
        "languages": "en de",
        "per_hour": "",
    }
    assert client.post("/subscriptions", data=fields, follow_redirects=False).status_code == 303
    (kept,) = store.subscriptions()
    assert (kept.id, kept.min_outlets, kept.languages, kept.per_hour) == ("night-desk", 2, ("en", "de"), None)
    assert [channel.name for channel in kept.deliver if channel.kind == "named"] == ["desk-mail", "pager"]
    hooks = [Channel(kind="webhook", url=f"https://{name}.example/") for name in ("one", "two")]
    assert kept.quiet is not None
    unshown = {
        "labels": {"desk": "eu"},
        "deliver": (*kept.deliver, *hooks),
        "quiet": kept.quiet.model_copy(update={"days": ("sunday",)}),
    }
    store.put_subscription(kept.model_copy(update=unshown))
    page = client.get("/subscriptions/night-desk").text
    for shown in ("weekly friday 07:30", "22:00-07:00", "Europe/Oslo", "desk-mail pager"):
        assert shown in page
    edited = client.post(
        "/subscriptions/night-desk",
        data=fields | {"query": "wolf", "digest": "", "webhook": "https://one.example/"},
        follow_redirects=False,
    )
    assert edited.status_code == 303
    (kept,) = store.subscriptions()
    assert (kept.query, kept.digest, kept.labels) == ("wolf", None, {"desk": "eu"})
    assert [channel.url for channel in kept.deliver if channel.kind == "webhook"] == [
        "https://one.example/",
        "https://two.example/",
    ]
    assert kept.quiet is not None
    assert kept.quiet.days == ("sunday",)
    more = {
        "webhook": "https://one.example/",
        "owner": "Ann",
        "labels": "desk=eu team=night",
        "expires": "2027-01-01",
        "wait_seconds": "60",
        "yields_to": "norway, oslo",
    }
    client.post("/subscriptions/night-desk", data=fields | more)
    (kept,) = store.subscriptions()
    assert (kept.owner, kept.labels, kept.wait_seconds) == ("Ann", {"desk": "eu", "team": "night"}, 60)
    assert (kept.expires_at, kept.yields_to) == (datetime(2027, 1, 1, tzinfo=UTC), ("norway", "oslo"))
    over = kept.model_copy(update={"expires_at": NOW - timedelta(days=1), "labels": {"desk": "a b"}})
    store.put_subscription(over)
    shown = client.get("/subscriptions/night-desk").text
    assert 'value="desk=a b"' in shown
    as_shown = more | {"labels": "desk=a b", "expires": "2026-03-03T12:00Z"}
    assert client.post("/subscriptions/night-desk", data=fields | as_shown).status_code == 200
    assert store.subscriptions() == [over], "what nobody changed stays"
    for wrong in ({"expires": "yesterday"}, {"labels": "desk"}):
        assert client.post("/subscriptions/night-desk", data=fields | wrong).status_code == 422
    refused = client.post("/subscriptions/night-desk", data=fields | {"quiet": "at night"})
    assert refused.status_code == 422
    assert "write 22:00-07:00" in refused.text
    assert client.post("/subscriptions", data=fields | {"zone": "Mars/X", "id": "m"}).status_code == 422
    assert client.get("/subscriptions/nobody").status_code == 404


def test_silences(client: TestClient) -> None:
    made = client.post("/api/silences", json={"id": "drill", "reason": "exercise", "labels": {"desk": "eu"}})
    assert made.status_code == 201, made.text
    assert client.post("/api/silences", json={"id": "x", "reason": "r", "query": "("}).status_code == 422
    assert client.post("/api/silences", json={"id": "No Id", "reason": "r"}).status_code == 422
    assert [each["id"] for each in client.get("/api/silences").json()["silences"]] == ["drill"]
    assert client.delete("/api/silences/drill").status_code == 204
    assert client.delete("/api/silences/drill").status_code == 404
    assert client.post("/api/silences", json={"id": "one", "reason": "r", "story": "s"}).status_code == 201
    again = client.post("/api/silences", json={"id": "one", "reason": "another"})
    assert (again.status_code, "end it first" in again.text) == (409, True)
    over = client.post("/api/silences/one/end").json()["silence"]
    assert over["ends_at"] == "2026-03-04T12:00:00Z"
    assert client.post("/api/silences", json={"id": "one", "reason": "another"}).status_code == 201
    assert client.post("/api/silences/nobody/end").status_code == 404
    foreign = client.post(
        "/api/silences", json={"id": "a", "reason": "r"}, headers={"Origin": "https://evil.example"}
    )
    assert foreign.status_code == 403


def test_the_page_of_silences_makes_shows_and_ends_them(client: TestClient, filled: EmbeddedStore) -> None:
    fields = {"reason": "Exercise <b>today</b>", "for": "12h", "labels": "desk=eu", "by": "Ann"}
    made = client.post("/silences", data=fields, follow_redirects=False)
    assert (made.status_code, made.headers["location"]) == (303, "/silences")
    (kept,) = filled.silences()
    assert (kept.id, kept.labels, kept.by, kept.story) == ("exercise-b-today-b", {"desk": "eu"}, "Ann", None)
    assert kept.ends_at == NOW + timedelta(hours=12)
    page = client.get("/silences").text
    for shown in (
        "Exercise &lt;b&gt;today&lt;/b&gt;",
        "label <b>desk=eu</b>",
        "5 Mar 2026, 00:00:00 UTC",
        "by Ann",
    ):
        assert shown in page
    assert client.post("/silences", data=fields).status_code == 409
    ended = client.post("/silences/exercise-b-today-b/end", follow_redirects=False)
    assert ended.status_code == 303
    assert filled.silences()[0].ends_at == NOW
    page = client.get("/silences").text
    assert "No silence holds now." in page
    assert "Over (1)" in page
    assert "over since" in page
    client.post("/silences/exercise-b-today-b/end")
    assert filled.silences()[0].ends_at == NOW, "it was over before"
    for wrong, told in (
        ({"reason": "r"}, "name a subscription"),
        ({"reason": "", "everything": "yes"}, "reason"),
        ({"reason": "r", "story": "s", "for": "soon"}, "write 90m, 12h, 3d, 2w"),
        ({"reason": "r", "labels": "desk"}, "write name=value"),
        ({"reason": "r", "query": "wolf AND ("}, "query:"),
    ):
        refused = client.post("/silences", data=wrong)
        assert (refused.status_code, told in refused.text) == (422, True), refused.text
        assert f'value="{wrong["reason"]}"' in refused.text
    asked = client.get("/silences", params={"subscription": "expulsions", "story": "s1"}).text
    assert '<option value="expulsions" selected>' in asked
    assert 'name="story" value="s1"' in asked
    foreign = client.post("/silences", data=fields, headers={"Origin": "https://evil.example"})
    assert foreign.status_code == 403


def test_a_thread_is_told_with_its_life_its_facts_and_its_deliveries(
    client: TestClient, store: EmbeddedStore, samples: Any
) -> None:
    hook = Channel(kind="webhook", url="https://hook.example/x")
    mail = Channel(kind="named", name="desk-mail")
    fact = Fact(id="eight", type="expulsion", actor=("NATO",), target=("RU",), count=8, status="announced")
    store.put_articles(
        [
            samples.article(new_facts=(fact,), published_at=NOW - timedelta(minutes=9)),
            samples.article(
                "c" * 64,
                relation="follow-up",
                source_name="The Courier",
                published_at=NOW - timedelta(minutes=8),
            ),
            samples.article(
                "d" * 64,
                relation="copy",
                duplicate_of=samples.story,
                original=samples.story,
                source_name="Echo",
            ),
        ]
    )
    quote = Quote(text="It will expel eight members.", marks=(QuoteMark(start=8, end=19),))
    first = {"thread": "t", "deliver": (hook, mail), "quotes": (quote,), "news": "event", "fact": "eight"}
    store.put_subscription(samples.subscription())
    store.record_matches([samples.alert(**first)], [])
    store.record_matches(
        [
            samples.alert(
                "alert-2",
                **first | {"news": "count", "deliver": (hook,), "created_at": NOW - timedelta(minutes=1)},
                summary="NATO expelled 9 diplomats of Russia",
            )
        ],
        [],
    )
    fates = {each.channel.kind: each for each in store.claim_deliveries(NOW)}
    store.resolve_deliveries(
        [
            replace(
                fates["webhook"],
                state="delivered",
                attempts=3,
                tried_at=NOW - timedelta(minutes=2),
                finished_at=NOW,
            ),
            replace(fates["named"], due_at=NOW + timedelta(hours=1), reason="quiet hours until 13:00 UTC"),
        ]
    )
    address = f"/threads/expulsions/{samples.story}"
    assert f'href="{address}"' in client.get("/threads").text
    assert f'href="{address}"' in client.get("/alerts/alert-2").text
    page = re.sub(r"\s+", " ", client.get(address).text)
    for shown in (
        '<span class="state updated">updated</span>',
        "<li>opened <time",
        "<li>updated <time",
        "goes quiet, if nothing new comes, 4 Mar 2026, 17:59:00 UTC",
        "The Sample first; confirmed by 1: The Courier; 1 copy.",
        "expulsion: NATO → RU, 8, announced <span",
        "confirmed by 1 other outlet: The Courier",
        "It will <mark>expel eight</mark> members.",
        '<p class="kicker">a new number</p>',
        "NATO expelled 9 diplomats of Russia",
        '<td class="delivered">delivered</td><td>3</td>',
        '<td class="pending">held until 4 Mar 2026, 13:00:00 UTC</td>',
        "quiet hours until 13:00 UTC",
        '<td class="pending">on its way</td>',
    ):
        assert shown in page, shown
    told = client.get(f"/api{address}").json()
    assert (told["thread"]["state"], len(told["thread"]["alerts"])) == ("updated", 2)
    ways = told["thread"]["alerts"][0]["deliveries"]
    assert {(way["state"], way["attempts"]) for way in ways} == {("delivered", 3), ("pending", 0)}
    assert told["story"]["facts"][0]["confirmed"] == 1
    made = {"reason": "enough", "story": samples.story, "subscription": "expulsions"}
    assert client.post("/silences", data=made, follow_redirects=False).status_code == 303
    assert "closed by the silence enough: enough" in client.get(address).text
    assert client.get("/threads/expulsions/nothing").status_code == 404
    assert client.get("/api/threads/nobody/nothing").status_code == 404


def test_the_crawler_is_asked_why_an_address_was_never_seen(
    client: TestClient, settings: Settings, store: EmbeddedStore
) -> None:
    url = "https://nowhere.example/x?a=1"
    told = client.get("/api/why", params={"what": url}).json()
    assert told["not_seen_because"][0] == "no crawler is known here (NEWSWATCH_CRAWLER_URLS)"
    asked: list[Mapping[str, str]] = []

    def health(told: list[str], how_far: int) -> Health:
        found = Health("crawler", Metrics("crawler"))

        def answer(fields: Mapping[str, str]) -> Mapping[str, Any]:
            asked.append(fields)
            return {"told": told, "how_far": how_far}

        found.offer("/unseen", answer)
        return found

    forbidden = "robots.txt of nowhere.example forbids it"
    crawlers = [
        serve(health(["covered by courier", "wait"], 0), "127.0.0.1", 0),
        serve(
            health(["covered by courier", forbidden, "ask them"], 2),
            "127.0.0.1",
            0,
        ),
        "http://127.0.0.1:1",
    ]
    known = settings.model_copy(update={"crawler_urls": ", ".join(crawlers)})
    app = create_app(store, known, lambda: NOW, Health("console", Metrics("console"), STORE))
    with TestClient(app, base_url="http://127.0.0.1") as knowing:
        told = knowing.get("/api/why", params={"what": url}).json()
        assert told["not_seen_because"][1:] == [forbidden, "ask them"]
        page = knowing.get("/why", params={"what": url}).text
        assert forbidden in page
        assert "<b>What to do:</b> ask them" in page
        assert "give the address" in knowing.get("/why", params={"what": "0" * 64}).text
    assert {each["url"] for each in asked} == {url}
    run = {"services": {"crawler": {"url": crawlers[0], "state": "running"}}}
    (settings.data / "run.json").write_text(json.dumps(run), encoding="utf-8")
    assert client.get("/api/why", params={"what": url}).json()["not_seen_because"] == [
        "covered by courier",
        "wait",
    ]
    run["services"]["crawler"]["url"] = "http://127.0.0.1:1"
    (settings.data / "run.json").write_text(json.dumps(run), encoding="utf-8")
    told = client.get("/api/why", params={"what": url}).json()
    assert told["not_seen_because"][0] == "no crawler answers: http://127.0.0.1:1: Connection refused"


def test_what_a_service_offers_besides() -> None:
    health = Health("crawler", Metrics("crawler"))

    def answer(fields: Mapping[str, str]) -> Mapping[str, Any]:
        if "url" not in fields:
            raise ValueError("url: say which")
        raise OSError("the disk is gone")

    health.offer("/unseen", answer)
    assert health.asked("/unseen", "") == (400, {"error": "url: say which"})
    assert health.asked("/unseen", "url=x") == (503, {"error": "the disk is gone"})
    assert health.asked("/other", "") is None


def test_why_by_api_and_page(client: TestClient, filled: EmbeddedStore) -> None:
    id = filled.latest_alerts(1)[0].article_id
    filled.put_subscription(Subscription(id="later", name="Later", query="alliance", created_at=NOW))
    told = client.get("/api/why", params={"what": id}).json()
    assert [step["stage"] for step in told["steps"]][-1] == "threaded"
    assert [(each["subscription"], each["verdict"]) for each in told["fates"]] == [("expulsions", "alerted")]
    page = client.get("/why", params={"what": id, "subscription": "expulsions"})
    assert page.status_code == 200
    assert "matches by “expel eight members”" in page.text
    assert '<td class="pending">on its way</td>' in page.text
    page = client.get("/why", params={"what": id, "subscription": "later"})
    assert "the article is older than the subscription" in page.text
    assert "1 more subscription does not ask for it" in client.get("/why", params={"what": id}).text
    assert client.get("/why").status_code == 200
    assert client.get("/why", params={"what": "no address"}).status_code == 422
    assert "Never seen" in client.get("/why", params={"what": "https://nowhere.example/x"}).text
    assert client.get("/api/why", params={"what": id, "subscription": "nobody"}).status_code == 404
    assert client.get("/api/why", params={"what": "<script>alert(1)</script>"}).status_code == 422
    assert "<script>alert(1)" not in client.get("/why", params={"what": "<script>alert(1)</script>"}).text
