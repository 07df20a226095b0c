"""What Kibana's dashboards ask, asked of a real Elasticsearch that holds the sample newsroom's articles."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import vl_convert
from elasticsearch import Elasticsearch

from schemas.events import Alert, Channel, DeadLetter, Stages, TaggedArticle, ThreadedArticle
from services.kit.text import fold_tokens
from services.newsroom import core, library
from services.store.elastic.schema import Options
from services.store.elastic.store import ElasticStore
from services.store.protocol import SourceHealth
from services.tagger.core import annotate
from services.tagger.knowledge import load_knowledge
from services.threader.core import Threader
from tests.conftest import Cluster
from tests.elastic import own_prefix
from tests.kibana import Asked, Json, asked, of_type

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
PANELS = asked()


def sample_articles() -> list[ThreadedArticle]:
    """The newsroom's first edition through tagger and threader."""
    known, knowledge, threader = library.load(), load_knowledge(), Threader()
    outlets = {outlet.id: outlet for outlet in known.outlets}
    found = []
    for place, publication in enumerate(core.edition(known, 1, START)):
        outlet = outlets[publication.outlet]
        title, text = publication.title, "\n\n".join((publication.summary, *publication.body))
        at = START + place * MINUTE
        marks = annotate(title, text, outlet.language, at, knowledge)
        url = f"https://{outlet.id}.example/{publication.slug}"
        article = TaggedArticle(
            id=f"article-{place}",
            capture_id=f"capture-{place}",
            revision=1,
            url=url,
            canonical_url=url,
            site=f"{outlet.id}.example",
            source=outlet.id,
            source_name=outlet.id,
            country="CZ",
            fetched_at=at,
            first_seen=at,
            published_at=at - MINUTE,
            title=title,
            text=text,
            title_tokens=fold_tokens(title),
            text_tokens=fold_tokens(text),
            language=marks.language,
            topics=marks.topics,
            entities=marks.entities,
            countries=marks.countries,
            events=marks.events,
        )
        found.append(threader.thread(article))
    return found


def alert_of(article: ThreadedArticle, **fields: Any) -> Alert:
    later = [article.fetched_at + number * SECOND for number in range(1, 5)]
    values = {
        "id": f"alert-{article.id}",
        "subscription": "diplomats",
        "subscription_name": "Diplomats expelled",
        "query": "event:expulsion",
        "story": article.story,
        "article_id": article.id,
        "capture_id": article.capture_id,
        "title": article.title,
        "url": article.url,
        "source": article.source,
        "source_name": article.source_name,
        "published_at": article.published_at,
        "discovered_at": article.fetched_at - SECOND,
        "fetched_at": article.fetched_at,
        "stages": Stages(cleaned_at=later[0], tagged_at=later[1], threaded_at=later[2]),
        "created_at": later[3],
        "deliver": (Channel(kind="webhook", url=f"https://desk.example/{article.id}"),),
    }
    return Alert.model_validate(values | fields)


def deliver(store: ElasticStore, alerts: Sequence[Alert]) -> None:
    """One delivered, one failed, one held back, the rest pending."""
    store.record_matches(alerts, [])
    claimed = store.claim_deliveries(START + timedelta(days=1), limit=3)
    done, failed, held = claimed
    store.resolve_deliveries(
        [
            replace(done, state="delivered", finished_at=done.alert.created_at + 2 * SECOND),
            replace(failed, state="failed", error="503", finished_at=failed.alert.created_at + MINUTE),
            replace(
                held, reason="quiet hours until 07:00 UTC", batch="quiet", due_at=START + timedelta(days=2)
            ),
        ]
    )


def dead_letters() -> list[DeadLetter]:
    refusals = (
        ("cleaner", "rejected", "index-page"),
        ("cleaner", "bug", ""),
        ("indexer", "refused-by-store", ""),
    )
    return [
        DeadLetter.model_validate(
            {
                "id": f"dead-{place}",
                "service": service,
                "at": START + place * MINUTE,
                "reason": reason,
                "code": code,
                "source": "courier",
                "error": "no article",
                "topic": "news.raw.v1",
                "capture_id": f"refused-{place}",
            }
        )
        for place, (service, reason, code) in enumerate(refusals)
    ]


def health() -> list[SourceHealth]:
    states = (("courier", "well", True, ""), ("herald", "silent", False, "nothing new for 30 hours"))
    return [
        SourceHealth(name, name.capitalize(), "CZ", "cs", state, well, reason, START + MINUTE)
        for name, state, well, reason in states
    ]


@pytest.fixture(scope="module")
def kibana(cluster: Cluster) -> Iterator["Kibana"]:
    with own_prefix(cluster.elasticsearch) as prefix:
        yield from _filled(cluster.elasticsearch, prefix)


def _filled(url: str, prefix: str) -> Iterator["Kibana"]:
    store = ElasticStore(url, prefix, options=Options(replicas=0))
    store.setup()
    articles = sample_articles()
    outcomes = store.put_articles(articles)
    assert {outcome.status for outcome in outcomes} == {"stored"}
    expulsions = [article for article in articles if any(each.type == "expulsion" for each in article.events)]
    deliver(store, [alert_of(article) for article in expulsions])
    store.put_dead(dead_letters())
    store.put_source_health(health())
    store.close()
    with Elasticsearch(url) as client:
        client.indices.refresh(index=f"{prefix}-*")
        yield Kibana(client, prefix)


class Kibana:
    """Asks as Kibana would."""

    def __init__(self, client: Elasticsearch, prefix: str) -> None:
        self._client = client
        self._prefix = prefix

    def ask(self, panel: Asked) -> Json:
        day = {"gte": START.isoformat(), "lte": (START + timedelta(days=1)).isoformat()}
        query = {"bool": {"filter": [{"range": {panel.time: day}}, *panel.context]}}
        index = panel.index.replace("newswatch", self._prefix, 1)
        return dict(self._client.search(index=index, body=panel.body | {"query": query}))


def rows(answer: Json, columns: Sequence[str]) -> list[list[Any]]:
    """What Lens makes of an answer: a row for each innermost bucket."""

    def walk(level: Json, names: Sequence[str]) -> Iterator[list[Any]]:
        if not names:
            yield []
            return
        name, *others = names
        if name.startswith("bucket"):
            for bucket in level.get(name, {}).get("buckets", ()):
                for row in walk(bucket, others):
                    yield [bucket["key"], *row]
            return
        for row in walk(level, others):
            yield [_value(level, name), *row]

    return list(
        walk(answer.get("aggregations", {}) | {"doc_count": answer["hits"]["total"]["value"]}, columns)
    )


def _value(level: Json, name: str) -> Any:
    found = level.get(name)
    if found is None:
        return level["doc_count"]
    found = found.get("number", found)
    if "values" in found:
        return next(iter(found["values"].values()))
    return found.get("value", found.get("doc_count"))


@pytest.mark.cluster
@pytest.mark.parametrize("panel", [each for each in PANELS if each.columns], ids=lambda panel: panel.name)
def test_each_chart_of_lens_has_rows_with_numbers(kibana: Kibana, panel: Asked) -> None:
    answer = kibana.ask(panel)
    assert answer["_shards"]["failed"] == 0
    found = rows(answer, list(panel.columns))
    assert found
    numbers = [place for place, name in enumerate(panel.columns) if name.startswith("number")]
    for place in numbers:
        assert any(isinstance(row[place], int | float) and row[place] > 0 for row in found), found


@pytest.mark.cluster
@pytest.mark.parametrize(
    "panel", [each for each in PANELS if not each.columns and not each.spec], ids=lambda panel: panel.name
)
def test_each_saved_search_finds_something(kibana: Kibana, panel: Asked) -> None:
    assert kibana.ask(panel)["hits"]["hits"]


@pytest.mark.cluster
def test_each_data_view_leads_to_documents_with_a_time(kibana: Kibana) -> None:
    for view in of_type("index-pattern").values():
        index, time = view["attributes"]["title"], view["attributes"]["timeFieldName"]
        assert kibana.ask(Asked("", "", index, time, {"size": 1}))["hits"]["hits"], index


@pytest.mark.cluster
@pytest.mark.parametrize("panel", [each for each in PANELS if each.spec], ids=lambda panel: panel.name)
def test_each_chart_of_vega_is_drawn_of_the_answer(kibana: Kibana, panel: Asked) -> None:
    assert panel.spec is not None
    answer = kibana.ask(panel)
    data: Any = {"values": {"aggregations": answer["aggregations"]}, "format": panel.spec["data"]["format"]}
    picture = vl_convert.vegalite_to_svg(panel.spec | {"data": data, "width": 300, "height": 200}, "5.8")
    wanted = {
        "events": ("key: expulsion", "key: mission_closure"),
        "who-whom": ("whom: RU; who: CZ;", "whom: CZ; who: RU;"),
        "tit-for-tat": ("direction: CZ → RU", "direction: RU → CZ"),
        "people": ("people: 38",),
        "acts": ("key: expulsion",),
    }
    for text in wanted[panel.panel]:
        assert text in picture
