import asyncio
import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.types import Message

from services.console.live import Client, EventStream, Hub, News
from services.console.state import Services, ready
from services.store.embedded.store import EmbeddedStore
from tests.harness import ROOT, RunningConsole, console_environment


class Stream:
    """A page that listens."""

    def __init__(self, address: str, headers: dict[str, str]) -> None:
        self._connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=10)
        self._connection.request("GET", "/events", headers=headers)
        self.response = self._connection.getresponse()

    @classmethod
    def of(cls, console: RunningConsole, **headers: str) -> "Stream":
        return cls(console.address, headers)

    def next(self, kind: str) -> dict[str, Any]:
        """The data of the next event of the kind."""
        seen = ""
        while line := self.response.readline():
            text = line.decode().rstrip("\n")
            if text.startswith("event: "):
                seen = text.removeprefix("event: ")
            if text.startswith("data: ") and seen == kind:
                data: dict[str, Any] = json.loads(text.removeprefix("data: "))
                return data
        raise EOFError("the stream ended")

    def rest(self) -> bytes:
        return self.response.read()

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningConsole]:
    console = RunningConsole(tmp_path)
    yield console
    console.kill()


def test_what_is_put_is_told_live_and_the_console_stops_cleanly(
    running: RunningConsole, store: EmbeddedStore, samples: Any
) -> None:
    page = Stream.of(running)
    assert page.response.headers["content-type"].startswith("text/event-stream")
    assert "default-src 'self'" in page.response.headers["content-security-policy"]
    assert page.next("services")["summary"].startswith("Services are not started")
    store.put_articles([samples.article(title="<script>live</script>")])
    told = page.next("article")
    assert (told["id"], told["title"]) == (samples.story, "<script>live</script>")
    assert "<script>" not in told["html"]
    store.record_matches([samples.alert()], [])
    assert page.next("alert")["summary"] == "NATO expelled 8 diplomats of Russia"
    assert "<dd>1</dd>" in page.next("counts")["html"]

    again = Stream.of(running, **{"Last-Event-ID": "anything at all"})
    assert again.next("article")["id"] == samples.story

    begun = time.monotonic()
    running.process.send_signal(signal.SIGTERM)
    assert running.process.wait(5) == 0
    assert time.monotonic() - begun < 3
    page.rest()
    page.close()
    again.close()


def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "services.console"],
            cwd=ROOT,
            env=console_environment(tmp_path, tmp_path / "ready.json", port),
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert f"127.0.0.1:{port}: the port is in use; set NEWSWATCH_PORT" in line
    assert not (tmp_path / "ready.json").exists()


def news(key: str) -> News:
    return News("article", key, lambda: {"id": key})


class Shelf:
    """What is on show, and how often somebody looked."""

    def __init__(self, *shown: str) -> None:
        self.shown = list(shown)
        self.looks = 0

    def look(self) -> Sequence[News]:
        self.looks += 1
        return [news(key) for key in self.shown]


async def heard(client: Client, wanted: str) -> str:
    text = ""
    async with asyncio.timeout(5):
        while wanted not in text:
            chunk = await client.next(5)
            assert chunk is not None
            text += chunk.decode()
    return text


def test_one_look_serves_all_and_nobody_looks_while_nobody_listens() -> None:
    async def scene() -> None:
        shelf = Shelf("one")
        hub = Hub(shelf.look, interval=0.01)
        await asyncio.sleep(0.05)
        assert shelf.looks == 0
        first = hub.join()
        await heard(first, '"one"')
        second = hub.join()
        assert '"one"' in await heard(second, '"one"')
        shelf.shown.append("two")
        for client in (first, second):
            text = await heard(client, '"two"')
            assert text.count('"one"') == 0
        hub.leave(first)
        hub.leave(second)
        await asyncio.sleep(0.05)
        looks = shelf.looks
        await asyncio.sleep(0.05)
        assert shelf.looks == looks

    asyncio.run(scene())


def test_a_client_that_does_not_read_is_dropped_and_others_are_not() -> None:
    async def scene() -> None:
        shelf = Shelf()
        hub = Hub(shelf.look, interval=0.005, limit=2000)
        slow, quick = hub.join(), hub.join()
        for number in range(60):
            shelf.shown = [f"{number}-{'x' * 50}"]
            await heard(quick, f'"{number}-')
        assert slow.closed
        assert await slow.next(1) is None
        assert not quick.closed
        hub.close()
        assert await quick.next(1) is None
        assert hub.join().closed

    asyncio.run(scene())


def test_a_stream_whose_reader_takes_nothing_ends() -> None:
    async def stuck(message: Message) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    async def silent() -> Message:
        await asyncio.Event().wait()
        raise AssertionError("nothing comes")

    async def scene() -> None:
        hub = Hub(Shelf("one").look, interval=0.01, patience=0.05)
        async with asyncio.timeout(5):
            await EventStream(hub)({"type": "http"}, silent, stuck)
        assert hub.clients == 0

    asyncio.run(scene())


def test_a_page_that_goes_is_forgotten() -> None:
    async def sent(message: Message) -> None:
        assert message["type"].startswith("http.response")

    async def gone() -> Message:
        await asyncio.sleep(0.05)
        return {"type": "http.disconnect"}

    async def scene() -> None:
        hub = Hub(Shelf("one").look, interval=0.01)
        async with asyncio.timeout(5):
            await EventStream(hub)({"type": "http"}, gone, sent)
        assert hub.clients == 0

    asyncio.run(scene())


def test_silence_is_filled_with_comments() -> None:
    async def scene() -> bytes | None:
        return await Client(100).next(0.01)

    assert asyncio.run(scene()) == b": still here\n\n"


def test_trouble_with_the_store_is_told_and_taken_back() -> None:
    class Failing(Shelf):
        def look(self) -> Sequence[News]:
            if self.shown == ["broken"]:
                raise RuntimeError("a bug")
            return super().look()

    async def scene() -> None:
        shelf = Failing("broken")
        hub = Hub(shelf.look, interval=0.01)
        client = hub.join()
        assert "the console failed: RuntimeError" in await heard(client, "event: trouble")
        shelf.shown = ["mended"]
        assert '"error":""' in await heard(client, '"error":""')
        hub.leave(client)

    asyncio.run(scene())


class Waiting(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps({"ready": False, "waiting_for": {"broker": "no route"}}).encode()
        self.send_response(503)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def waiting() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Waiting)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_services_are_asked_themselves(tmp_path: Path, client: TestClient, waiting: str) -> None:
    services = {
        "tagger": {"url": waiting, "pid": 7, "restarts": 2, "state": "running"},
        "cleaner": {"url": "http://127.0.0.1:9", "pid": 8, "restarts": 0, "state": "running"},
        "broker": {"url": None, "pid": 9, "restarts": 0, "state": "running"},
        "odd": "not a service",
    }
    (tmp_path / "run.json").write_text(json.dumps({"services": services}))
    page = client.get("/services").text
    assert "0 of" not in page
    assert "1 of 3 services are ready; not yet: tagger, cleaner." in page
    assert "waiting for broker: no route" in page
    assert "does not answer: Connection refused" in page
    told = client.get("/api/services").json()
    assert told["started_here"] is True
    assert told["services"][0] | {"words": ""} == {
        "name": "tagger",
        "condition": "waiting",
        "words": "",
        "url": waiting,
        "pid": 7,
        "restarts": 2,
    }


@pytest.mark.parametrize("content", ["", "[]", '{"services": []}', "{"])
def test_a_run_file_that_says_nothing_is_no_error(tmp_path: Path, content: str) -> None:
    (tmp_path / "run.json").write_text(content)
    assert Services(tmp_path / "run.json").states() is None


def test_an_answer_is_good_for_a_second(tmp_path: Path) -> None:
    time_now = 100.0
    services = Services(tmp_path / "run.json", monotonic=lambda: time_now)
    assert services.states() is None
    (tmp_path / "run.json").write_text('{"services": {}}')
    time_now = 100.9
    assert services.states() is None
    time_now = 101.1
    assert services.states() == ()


def test_only_web_addresses_are_asked() -> None:
    assert ready(None) is None
    assert ready("file:///etc/passwd") is None
