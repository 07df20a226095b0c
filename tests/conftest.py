"""The real parts that some tests need, and what happens where they are absent."""

import os
import signal
from dataclasses import dataclass

import pytest
from hypothesis import settings

# Examples take what they take on a busy machine; in CI they are the same ones each time.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")

# A shell's job in the background ignores Ctrl-C, and so would all that the tests start.
signal.signal(signal.SIGINT, signal.default_int_handler)

KAFKA = "NEWSWATCH_TEST_KAFKA"
ELASTICSEARCH = "NEWSWATCH_TEST_ELASTICSEARCH"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A real Kafka (host:port) and a real Elasticsearch (URL)."""

    kafka: str
    elasticsearch: str


@pytest.fixture(scope="session")
def cluster() -> Cluster:
    """Where Kafka and Elasticsearch are. Absent, a test is skipped; in CI it fails instead."""
    missing = [name for name in (KAFKA, ELASTICSEARCH) if not os.environ.get(name)]
    if not missing:
        return Cluster(os.environ[KAFKA], os.environ[ELASTICSEARCH])
    reason = (
        f"no real Kafka and Elasticsearch: {' and '.join(missing)} not set; make test-cluster starts them"
    )
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
