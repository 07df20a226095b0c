"""A place of one's own on a real Elasticsearch."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from elasticsearch import Elasticsearch


@contextmanager
def own_prefix(url: str) -> Iterator[str]:
    """A prefix for the names of indices; whatever has it is deleted in the end."""
    prefix = f"test-{uuid.uuid4().hex[:8]}"
    try:
        yield prefix
    finally:
        with Elasticsearch(url) as connection:
            client = connection.options(ignore_status=404)
            for index in client.indices.get(index=f"{prefix}-*"):
                client.indices.delete(index=index)
            client.indices.delete_index_template(name=f"{prefix}-*")
            client.cluster.delete_component_template(name=f"{prefix}-*")
