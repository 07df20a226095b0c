"""newswatch channels: what is set up, and whether it works."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from schemas.events import Notification
from services.cli.__main__ import app

got: list[Notification] = []


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        got.append(Notification.model_validate_json(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204 if self.path == "/well-geheim" else 500)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    here = f"127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("HOOK", "well-geheim")
    monkeypatch.setenv("NEWSWATCH_WEBHOOK_PRIVATE_HOSTS", here)
    path = tmp_path / "channels.yaml"
    path.write_text(
        f"channels:\n  - {{name: well, kind: webhook, url: 'http://{here}/${{env:HOOK}}', per_hour: 5}}\n"
        f"  - {{name: ill, kind: webhook, url: 'http://{here}/ill', min_priority: high}}\n"
    )
    got.clear()
    yield path
    server.shutdown()
    thread.join()
    server.server_close()


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["channels", *arguments])
    return done.exit_code, done.output


def test_they_are_listed_without_secrets(file: Path) -> None:
    code, said = run("list", "--file", str(file))
    assert (code, [line.split()[:2] for line in said.splitlines()]) == (
        0,
        [["well", "webhook"], ["ill", "webhook"]],
    )
    assert "at most 5 an hour" in said
    assert "high or higher" in said
    assert "geheim" not in said


def test_a_test_tells_what_came_of_it(file: Path) -> None:
    assert run("test", "well", "--file", str(file)) == (0, "well: delivered\n")
    code, said = run("test", "ill", "--file", str(file))
    assert (code, said) == (1, "ill: not delivered: it answered 500\n")
    assert [each.kind for each in got] == ["test", "test"]
    assert got[0].id != got[1].id


def test_what_is_wrong_is_told(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, said = run("test", "wel", "--file", str(file))
    assert (code, said) == (2, f"no channel 'wel' in {file}; there are well, ill\n")
    monkeypatch.delenv("HOOK")
    code, said = run("list", "--file", str(file))
    assert code == 2
    assert f"{file}:2: url: ${{env:HOOK}}: the environment has no HOOK" in said
    assert run("list")[0] == 2
