"""Chat through Apprise, to receivers of our own that speak as ntfy, Slack, Discord and others do."""

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import apprise
import pytest

from schemas.events import Channel, Notification
from services.alerter.channels.registry import Registry
from services.alerter.channels.sender import Answer
from services.kit.settings import Settings
from tests.integration.test_email import NOON, alert, told

CHAT = Channel(kind="named", name="chat")
EVIL = "@everyone <!channel> [click](https://evil.example) **bold** `code` <b>html</b> _it_ # ~~x~~ \\ end"


@dataclass
class Receiver:
    """Answers with `status` (and hangs, where it is 0); keeps what it got."""

    port: int = 0
    status: int = 200
    got: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    kept = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            kept.got.append((self.path, dict(self.headers.items()), body))
            if not kept.status:
                kept.stop.wait(20)
                return
            said = b"ok" if kept.status < 300 else b'{"error": "not ntfy-geheim-token"}'
            self.send_response(kept.status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_PUT = do_POST  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    kept.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield kept
    kept.stop.set()
    server.shutdown()
    thread.join()
    server.server_close()


def send(
    folder: Path, url: str, *notifications: Notification, more: str = "", name: str = "chat"
) -> list[Answer]:
    path = folder / "channels.yaml"
    path.write_text(f"channels:\n  - name: chat\n    kind: apprise\n    url: ${{env:CHAT}}\n    {more}\n")

    async def go() -> list[Answer]:
        settings = Settings(data=folder, channels=path)
        async with Registry(settings, {"CHAT": url}, clock=lambda: NOON) as registry:
            return [await registry.sender(CHAT).send(each) for each in notifications]

    return asyncio.run(go())


def test_ntfy_gets_title_and_body(receiver: Receiver, tmp_path: Path) -> None:
    url = f"ntfy://user:geheim@127.0.0.1:{receiver.port}/desk"
    assert send(tmp_path, url, told()) == [Answer()]
    ((_, headers, body),) = receiver.got
    assert "Authorization" in headers
    sent = json.loads(body)
    assert sent["topic"] == "desk"
    assert sent["title"] == "Norway expelled 8 diplomats of Russia [Diplomats expelled]"
    for said in (
        "Eight out",
        "First by Herald, 11:30 UTC; confirmed by 2; 2 copies.",
        "https://courier.example/a",
        "expels eight",
        "told 12:00 UTC",
    ):
        assert said in sent["message"]


def test_a_receiver_of_json_gets_plain_text(receiver: Receiver, tmp_path: Path) -> None:
    assert send(tmp_path, f"json://127.0.0.1:{receiver.port}/x?format=text", told()) == [Answer()]
    sent = json.loads(receiver.got[0][2])
    assert "Courier: Eight out\n" in sent["message"]
    assert "**" not in sent["message"]
    assert sent["title"].startswith("Norway expelled")


def spoken_to(monkeypatch: pytest.MonkeyPatch, plugin: str, attribute: str, url: str) -> None:
    """Send what goes to a service of the internet to our own receiver instead."""
    found = apprise.Apprise.instantiate(plugin)
    assert found is not None
    monkeypatch.setattr(type(found), attribute, url)


def test_slack_gets_marks_and_links_and_calls_nobody(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#desk"
    spoken_to(monkeypatch, url, "webhook_url", f"http://127.0.0.1:{receiver.port}/services")
    evil = alert(title=EVIL, summary=EVIL, source_name=EVIL)
    assert send(tmp_path, url, told(), told(evil)) == [Answer(), Answer()]
    kind, hostile = (json.loads(body)["attachments"][0]["text"] for _, _, body in receiver.got)
    assert "*expels eight*" in kind
    assert "<https://courier.example/a|Article>" in kind
    assert "<!channel>" not in hostile
    assert "<https://evil.example" not in hostile
    assert "@everyone" not in hostile


def test_discord_calls_nobody_and_links_nothing_hidden(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "discord://123456789/abcdefghijklmnop/"
    spoken_to(monkeypatch, url, "notify_url", f"http://127.0.0.1:{receiver.port}/api/webhooks")
    assert send(tmp_path, url, told(alert(title=EVIL, summary=EVIL, source_name=EVIL))) == [Answer()]
    whole = receiver.got[0][2]
    assert "@everyone" not in whole
    assert "[click](https://evil" not in whole
    assert "](https://courier.example/a)" in whole


def test_telegram_gets_html_that_is_only_ours(
    receiver: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = "tgram://123456789:abcdefg_hijklmnop-geheim/12315544/"
    spoken_to(monkeypatch, url, "notify_url", f"http://127.0.0.1:{receiver.port}/bot")
    assert send(tmp_path, url, told(alert(title=EVIL, summary=EVIL, source_name=EVIL))) == [Answer()]
    sent = json.loads(receiver.got[0][2])
    assert sent["parse_mode"] == "MARKDOWN", "in which HTML is text"
    assert "[click](https" not in sent["text"]
    assert "*bold*" not in sent["text"].replace("\\*", "")
    assert "[Article](https://courier.example/a)" in sent["text"]


def test_of_a_long_digest_what_one_message_takes(receiver: Receiver, tmp_path: Path) -> None:
    many = [alert(id=f"a{number}", summary=f"Summary {number} " + "x" * 300) for number in range(60)]
    digest = told(*many, kind="digest", thread="", held="for the digest")
    assert send(tmp_path, f"ntfy://127.0.0.1:{receiver.port}/desk", digest) == [Answer()]
    ((_, _, body),) = receiver.got
    assert "And 50 more" in body
    assert "Summary 3 " in body


# All that a process of its own logs and prints, while a channel fails in several ways.
FAILING = """
import asyncio, os, sys
from pathlib import Path
from schemas.events import Channel, Notification
from services.alerter.channels.registry import Registry
from services.kit import logs
from services.kit.settings import Settings

async def go() -> None:
    settings = Settings(channels=Path(sys.argv[1]))
    told = Notification.model_validate_json(sys.stdin.read())
    async with Registry(settings, os.environ) as registry:
        for name in registry.configured.channels:
            answer = await registry.sender(Channel(kind="named", name=name)).send(told)
            print(f"{name}: {answer.final} {answer.error or 'taken'}")
        print(repr(registry.configured.channels), registry.configured.redact)

logs.configure("alerter", "DEBUG")
asyncio.run(go())
"""


def test_whatever_fails_no_secret_is_told(receiver: Receiver, tmp_path: Path) -> None:
    receiver.status = 404
    here = f"127.0.0.1:{receiver.port}"
    addresses = {
        "refused": f"ntfy://user:ntfy-geheim-token@{here}/desk-geheim",
        "away": "ntfy://user:ntfy-geheim-token@127.0.0.1:1/desk-geheim",
        "path": f"json://{here}/hook-geheim/token?-Authorization=geheim-token",
        "form": f"form://geheim-user:geheim-word@{here}/hook-geheim",
        "unknown": "nosuch://geheim-token/x",
    }
    path = tmp_path / "channels.yaml"
    entries = [f"  - {{name: {name}, kind: apprise, url: '${{env:{name}}}'}}" for name in addresses]
    entries.append(f"  - {{name: hook, kind: webhook, url: 'http://{here}/${{env:token}}'}}")
    entries.append(
        "  - {name: mail, kind: email, server: 127.0.0.1, port: 1, security: none, from: a@b.example,"
    )
    entries.append("     to: c@d.example, user: me, password: '${env:token}'}")
    path.write_text("channels:\n" + "\n".join(entries))
    done = subprocess.run(
        [sys.executable, "-c", FAILING, str(path)],
        input=told().model_dump_json(),
        env={**os.environ, **addresses, "token": "geheim-token", "NEWSWATCH_WEBHOOK_PRIVATE_HOSTS": "*"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    lines = done.stdout.splitlines()
    assert [line.split(":")[0] for line in lines[:-1]] == [*addresses, "hook", "mail"]
    assert not [line for line in lines if line.endswith("taken")]
    assert lines[0] == "refused: False Failed to send ntfy notification to topic '•••': not •••, error=404."
    assert "does not understand the address (nosuch://…)" in done.stdout
    assert "geheim" not in done.stdout + done.stderr


def test_one_that_hangs_is_given_up_in_time_and_keeps_few_threads(receiver: Receiver, tmp_path: Path) -> None:
    receiver.status = 0
    url = f"ntfy://127.0.0.1:{receiver.port}/desk?rto=30"
    path = tmp_path / "channels.yaml"
    path.write_text("channels: [{name: chat, kind: apprise, url: '${env:CHAT}', timeout: 0.5}]")
    began = time.monotonic()

    async def go() -> list[Answer]:
        settings = Settings(data=tmp_path, channels=path)
        async with Registry(settings, {"CHAT": url}) as registry:
            sender = registry.sender(CHAT)
            return list(await asyncio.gather(*(sender.send(told()) for _ in range(10))))

    answers = asyncio.run(go())
    assert all(answer.error and not answer.final for answer in answers)
    assert time.monotonic() - began < 5
    assert sum(thread.name == "chat" for thread in threading.enumerate()) <= 1
