"""What integration tests run on: the embedded broker always, the real servers where they are asked for."""

import asyncio
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from services.cli import broker as embedded_broker
from services.cli.place import free_port
from services.kit.settings import Settings
from tests.conftest import Cluster
from tests.elastic import own_prefix


@dataclass(frozen=True)
class Broker:
    """A broker that runs, and how our services reach it."""

    address: str
    durable: bool
    session_timeout: float

    def settings(self, **more: object) -> Settings:
        return Settings(
            broker=self.address,
            broker_durable=self.durable,
            broker_session_timeout=self.session_timeout,
            **more,  # type: ignore[arg-type]
        )


@pytest.fixture(scope="session")
def embedded() -> Iterator[Broker]:
    port = free_port()
    process = subprocess.Popen(embedded_broker.command(port).arguments, stdout=subprocess.DEVNULL)
    try:
        assert asyncio.run(embedded_broker.answers(port)), "the embedded broker did not start"
        yield Broker(f"127.0.0.1:{port}", durable=False, session_timeout=6.0)
    finally:
        process.kill()
        process.wait()


@pytest.fixture(params=["embedded", pytest.param("kafka", marks=pytest.mark.cluster)])
def broker(request: pytest.FixtureRequest) -> Broker:
    """Each test that asks for it runs on the embedded broker and on Apache Kafka."""
    if request.param == "embedded":
        found: Broker = request.getfixturevalue("embedded")
        return found
    cluster: Cluster = request.getfixturevalue("cluster")
    return Broker(cluster.kafka, durable=True, session_timeout=10.0)


@pytest.fixture
def prefix(cluster: Cluster) -> Iterator[str]:
    """A place of its own on the cluster's Elasticsearch, empty again afterwards."""
    with own_prefix(cluster.elasticsearch) as prefix:
        yield prefix
