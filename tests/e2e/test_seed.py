"""The example of real input, from its page to one alert, on both profiles."""

import html
import uuid
from pathlib import Path

import pytest
from kafka import KafkaAdminClient

from schemas.topics import ALL
from services.kit.query import parse
from tests.conftest import Cluster
from tests.harness import Newswatch, Receiver, newswatch, wait_until
from tests.press import Press, article_page

SEED = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "seed.txt"

pytestmark = pytest.mark.skipif(not SEED.exists(), reason=f"the example of real input is not at {SEED}")


def seed() -> tuple[str, str]:
    """Its title, and its text wrapped in a page, boilerplate and all."""
    lines = [line for line in SEED.read_text(encoding="utf-8").splitlines() if line.strip()]
    title = lines[0]
    body = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    return title, (
        f'<!doctype html><html lang="en"><head><title>{html.escape(title)}</title></head>'
        f"<body><h1>{html.escape(title)}</h1><article>{body}</article></body></html>"
    )


def forget_topics(kafka: str) -> None:
    """Take away what earlier tests left in the topics of a broker that lasts; the services make them anew."""
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    try:
        ours = [name for name in admin.list_topics() if name in {topic.name for topic in ALL}]
        if ours:
            admin.delete_topics(ours)
        wait_until(lambda: not set(ours) & set(admin.list_topics()), 20, "topics were not deleted")
    finally:
        admin.close()


@pytest.fixture(params=["embedded", pytest.param("cluster", marks=pytest.mark.cluster)])
def profile(request: pytest.FixtureRequest) -> list[str]:
    """The options of `newswatch up` that choose the profile."""
    if request.param == "embedded":
        return []
    cluster: Cluster = request.getfixturevalue("cluster")
    forget_topics(cluster.kafka)
    return [
        "--broker",
        cluster.kafka,
        "--store",
        f"{cluster.elasticsearch}?prefix=seed-{uuid.uuid4().hex[:8]}",
    ]


def test_it_comes_out_clean_tagged_and_raises_one_alert(profile: list[str], tmp_path: Path) -> None:
    title, page = seed()
    data = tmp_path / "data"
    with Press() as press, Receiver(refuse_first=1) as receiver:
        sources = press.sources(tmp_path / "sources.yaml")
        with Newswatch(data, "--sources", str(sources), *profile) as running:
            store = str(running.running()["store"])
            query = "event:(type:expulsion actor:NATO target:RU count:8)"
            hook = newswatch("subscribe", query, "--id", "seed", "--webhook", receiver.url, "--store", store)
            assert hook.returncode == 0, hook.stderr
            # The subscription is known within a second; what comes after it is matched.
            press.publish("seed", title, page)
            press.publish(
                "other",
                "Otters return",
                article_page("Otters return", ["Otters are back in the river."] * 12),
            )
            wait_until(lambda: running.store.counts().articles >= 2, 60, lambda: running.log()[-4000:])
            wait_until(lambda: bool(receiver.alerts), 30, lambda: running.log()[-4000:])
            (found,) = running.store.search(parse("event:expulsion")).articles
            assert len(running.store.latest_alerts()) == 1
            wait_until(lambda: running.store.counts().deliveries == 0, 10, lambda: running.log()[-4000:])

    assert len(receiver.alerts) == 1
    ((_, alert),) = next(iter(receiver.alerts.values()))
    assert alert.summary == "NATO expelled 8 diplomats of Russia"
    assert "revoked the credentials of eight Russian attaches" in alert.evidence[0].text
    told = {(event.type, event.actor, event.target, event.count) for event in found.events}
    assert told == {("expulsion", ("NATO",), ("RU",), 8), ("mission_closure", ("RU",), ("NATO",), 2)}
    assert "newswatch:diplomatic-expulsion" in {topic.code for topic in found.topics}
    for furniture in ("Oops!", "Something went wrong", "min read", "Original Author", "article commenting"):
        assert furniture not in found.text
