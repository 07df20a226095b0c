"""newswatch export gives the same table from either store."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from typer.testing import CliRunner

from services.cli.__main__ import app
from services.store.elastic.schema import Options
from services.store.elastic.store import ElasticStore
from services.store.embedded.store import EmbeddedStore
from tests.conftest import Cluster
from tests.elastic import own_prefix
from tests.integration.test_kibana import START, sample_articles

COPIES = 30  # of the sample, so that a scan takes several pages


@pytest.fixture(scope="module")
def stores(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Addresses of an embedded store and of one on Elasticsearch, with the same articles."""
    folder = tmp_path_factory.mktemp("export") / "store"
    sample = sample_articles()
    articles = [
        article.model_copy(
            update={"id": f"{article.id}-{copy}", "first_seen": START + copy * timedelta(days=9)}
        )
        for copy in range(COPIES)
        for article in sample
    ]
    with own_prefix(cluster.elasticsearch) as prefix:
        elastic = ElasticStore(cluster.elasticsearch, prefix, options=Options(replicas=0))
        embedded = EmbeddedStore(folder)
        for store in (elastic, embedded):
            store.setup()
            assert {outcome.status for outcome in store.put_articles(articles)} == {"stored"}
            store.close()
        with Elasticsearch(cluster.elasticsearch) as client:
            client.indices.refresh(index=f"{prefix}-*")
        yield f"embedded:{folder}", f"{cluster.elasticsearch}?prefix={prefix}"


def exported(store: str, *arguments: str) -> bytes:
    result = CliRunner().invoke(app, ["export", *arguments, "--store", store])
    assert result.exit_code == 0, result.stderr
    return result.stdout_bytes


@pytest.mark.cluster
@pytest.mark.parametrize(
    "arguments",
    [
        ("--since", "all"),
        ("--since", "all", "--format", "csv", "--language", "de", "--language", "fr"),
        ("--since", "2026-03-02T12:20", "--until", "2026-03-02T12:40", "--query", "NOT event:expulsion"),
        ("--since", "all", "--query", '"russia diplomats"~9 AND event:(type:expulsion target:CZ)'),
    ],
)
def test_either_store_gives_the_same_table(stores: tuple[str, str], arguments: tuple[str, ...]) -> None:
    embedded, elastic = (exported(store, *arguments) for store in stores)
    assert embedded.count(b"\n") > 1
    assert elastic == embedded


@pytest.mark.cluster
def test_all_of_it_comes_from_elasticsearch_however_many_pages(
    stores: tuple[str, str], tmp_path: Path
) -> None:
    target = tmp_path / "ids.csv"
    exported(stores[1], "--since", "all", "--columns", "id", "--output", str(target))
    ids = target.read_text(encoding="utf-8").split()[1:]
    assert len(ids) == len(set(ids)) == COPIES * len(sample_articles())
