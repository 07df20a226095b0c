"""Which store an address means."""

from pathlib import Path

import pytest

from services.store.elastic import ElasticStore
from services.store.embedded import EmbeddedStore
from services.store.open import open_store
from services.store.protocol import StoreUnavailable


def test_embedded(tmp_path: Path) -> None:
    store = open_store(f"embedded:{tmp_path}/my store")
    assert isinstance(store, EmbeddedStore)
    store.setup()
    store.close()
    assert (tmp_path / "my store" / "store.sqlite").exists()


@pytest.mark.parametrize(
    "url",
    [
        "http://search:9200",
        "https://desk:p%40ss@search:9243/path/?prefix=nw&track_captures=true&replicas=0",
        "http://[::1]:9200?api_key=abc",
    ],
)
def test_elasticsearch(url: str) -> None:
    store = open_store(url)
    assert isinstance(store, ElasticStore)
    store.close()


def test_password_is_never_told() -> None:
    store = open_store("http://desk:secret@127.0.0.1:1")
    with pytest.raises(StoreUnavailable) as caught:
        store.check()
    store.close()
    assert "127.0.0.1:1" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("", "nothing"),
        ("embedded:", "embedded"),
        ("./folder", "unknown"),
        ("redis://desk:secret@host", "redis"),
        ("http://", "http"),
        ("http://host:secret", "could not be cast"),
        ("http://host?prefx=secret", "unknown option prefx"),
        ("http://host?track_captures=yes", "track_captures is true or false"),
        ("http://host?replicas=many", "replicas is a number"),
    ],
)
def test_other_addresses_are_refused_with_the_way_out(url: str, cause: str) -> None:
    with pytest.raises(ValueError, match="give embedded:FOLDER or http") as caught:
        open_store(url)
    assert cause in str(caught.value)
