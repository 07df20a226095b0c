"""Which store an address means."""

import base64
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from services.store.elastic.store import ElasticStore
from services.store.embedded.store import EmbeddedStore
from services.store.open import open_store, without_secrets
from services.store.protocol import StoreUnavailable
from tests.elastic_stub import Server


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
        "https://search?shards=3&refresh=5s&keep_days=365&analyzer=english",
        # A Cloud ID is a name and, in base64, host$cluster$kibana.
        "cloud:news:ZXhhbXBsZS5vcmckYWJjJGRlZg==?api_key=abc&prefix=desk",
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
        ("http://host?shards=0", "shards is a number of 1 or more"),
        ("http://host?refresh=soon", "refresh is a time"),
        ("http://host?keep_days=0", "keep_days is a number of 1 or more"),
        ("http://host?password_file=/none", "password_file needs a user"),
        ("http://host?api_key_file=/none", "api_key_file /none: No such file"),
        ("cloud:", "cloud"),
    ],
)
def test_other_addresses_are_refused_with_the_way_out(url: str, cause: str) -> None:
    with pytest.raises(ValueError, match=r"give embedded:FOLDER, http.* or cloud:") as caught:
        open_store(url)
    assert cause in str(caught.value)


def test_secrets_come_from_files(tmp_path: Path) -> None:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers.get("authorization", ""))
            self.send_response(401)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    key, password = tmp_path / "key", tmp_path / "password"
    key.write_text("a2V5\n")
    password.write_text("p@ss\n")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        place = f"127.0.0.1:{server.server_port}"
        for url in (f"http://{place}?api_key_file={key}", f"http://desk@{place}?password_file={password}"):
            store = open_store(url)
            with pytest.raises(StoreUnavailable, match="a user or an API key"):
                store.check()
            store.close()
        server.shutdown()
        thread.join()
    assert asked == ["ApiKey a2V5", "Basic " + base64.b64encode(b"desk:p@ss").decode()]
    key.write_text("\n")
    with pytest.raises(ValueError, match="is empty"):
        open_store(f"http://host?api_key_file={key}")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("embedded:/data/store", "embedded:/data/store"),
        ("https://desk:p%40ss@search:9243/?replicas=0", "https://desk:...@search:9243/?replicas=0"),
        ("http://search?api_key=abc&prefix=nw", "http://search?api_key=...&prefix=nw"),
        ("http://search:9200?api_key_file=/run/key", "http://search:9200?api_key_file=/run/key"),
    ],
)
def test_addresses_are_shown_without_secrets(url: str, shown: str) -> None:
    assert without_secrets(url) == shown


def test_certificate_that_nobody_vouches_for_is_said(tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    trusted = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(trusted))
    with Server(context) as server:
        server.answers = [lambda _: (200, {"status": "green", "indices": {}})]
        store = open_store(f"{server.url}?ca_certs={trusted}")
        store.check()
        store.close()
        stranger = open_store(server.url)
        with pytest.raises(StoreUnavailable, match="ca_certs=FILE"):
            stranger.check()
        stranger.close()
