"""Subscriptions, silences and why, by the API and the page."""

from fastapi.testclient import TestClient

from schemas.events import Channel, Subscription
from services.store.embedded import EmbeddedStore

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
    foreign = client.post(
        "/api/silences", json={"id": "a", "reason": "r"}, headers={"Origin": "https://evil.example"}
    )
    assert foreign.status_code == 403


def test_why_by_api_and_page(client: TestClient, filled: EmbeddedStore) -> None:
    id = filled.latest_alerts(1)[0].article_id
    told = client.get("/api/why", params={"what": id}).json()
    assert [step["stage"] for step in told["steps"]][-1] == "threaded"
    page = client.get("/why", params={"what": id, "subscription": "expulsions"})
    assert page.status_code == 200
    assert "the article is older than the subscription" in page.text
    assert "1 more subscription does not ask for it" in client.get("/why", params={"what": id}).text
    assert client.get("/why").status_code == 200
    assert client.get("/why", params={"what": "no address"}).status_code == 422
    assert "Never seen" in client.get("/why", params={"what": "https://nowhere.example/x"}).text
    assert client.get("/api/why", params={"what": id, "subscription": "nobody"}).status_code == 404
    assert client.get("/api/why", params={"what": "<script>alert(1)</script>"}).status_code == 422
    assert "<script>alert(1)" not in client.get("/why", params={"what": "<script>alert(1)</script>"}).text
