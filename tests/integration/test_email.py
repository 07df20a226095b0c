"""E-mail through a real SMTP server that accepts, greylists, refuses, and hangs."""

import asyncio
import email
import email.policy
import gc
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from schemas.events import Alert, Channel, Context, Notification, Quote, QuoteMark, Reported
from services.alerter.channels.registry import Registry
from services.alerter.channels.sender import Answer
from services.cli.place import free_port
from services.kit.settings import Settings

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
DESK = Channel(kind="named", name="desk")
HOSTILE = "<script>alert(1)</script>\r\nBcc: all@evil.example\u202e <img src=x onerror=y>"


def alert(**fields: Any) -> Alert:
    return Alert.model_validate(
        {
            "id": "a1",
            "subscription": "desk",
            "subscription_name": "Diplomats expelled",
            "query": "x",
            "story": "s1",
            "thread": "t1",
            "article_id": "article-1",
            "capture_id": "c",
            "title": "Eight out",
            "url": "https://courier.example/a",
            "source_name": "Courier",
            "language": "en",
            "published_at": datetime(2026, 3, 2, 11, 58, tzinfo=UTC),
            "fetched_at": NOON,
            "created_at": NOON,
            "summary": "Norway expelled 8 diplomats of Russia",
            "quotes": (Quote(text="Norway expels eight of them.", marks=(QuoteMark(start=7, end=19),)),),
            **fields,
        }
    )


def told(*alerts: Alert, **fields: Any) -> Notification:
    first = Reported(
        article="article-0",
        outlet="Herald",
        title="First",
        url="https://herald.example/0",
        at=datetime(2026, 3, 2, 11, 30, tzinfo=UTC),
    )
    return Notification.model_validate(
        {
            "id": "n1",
            "kind": "alert",
            "subscription": "desk",
            "subscription_name": "Diplomats expelled",
            "thread": "t1",
            "alerts": alerts or (alert(),),
            "stories": {"s1": Context(first=first, outlets=3, copies=2, confirming=("Courier", "Globe"))},
            "console": "http://127.0.0.1:8600/alerts/a1",
            **fields,
        }
    )


class Server:
    """Keeps what it takes; `say` is its answer to recipients, `then` to data. None: as usual."""

    def __init__(self) -> None:
        self.taken: list[tuple[Envelope, EmailMessage]] = []
        self.say: dict[str, str] = {}
        self.then = ""
        self.hang = 0.0
        self.port = 0

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await asyncio.sleep(self.hang)
        said = self.say.get(address, "250 OK")
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.then:
            return self.then
        assert isinstance(envelope.content, bytes)
        assert max(len(line) for line in envelope.content.split(b"\r\n")) <= 998
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append((envelope, message))
        return "250 OK"


def authenticated(
    server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
) -> AuthResult:
    right = isinstance(data, LoginPassword) and data == LoginPassword(b"newswatch", b"smtp-geheim")
    return AuthResult(success=right, handled=right)


@pytest.fixture
def server() -> Iterator[Server]:
    kept = Server()
    controller = Controller(kept, hostname="127.0.0.1", port=free_port(), ready_timeout=10)
    controller.start()
    kept.port = controller.port
    yield kept
    controller.stop()


def setup(folder: Path, port: int, more: str = "security: none", to: str = "[desk@example.org]") -> Settings:
    path = folder / "channels.yaml"
    path.write_text(
        f"channels:\n  - name: desk\n    kind: email\n    server: 127.0.0.1\n    port: {port}\n"
        f"    from: newswatch <news@example.org>\n    to: {to}\n    {more}\n"
    )
    return Settings(data=folder, channels=path)


def send(
    settings: Settings, *notifications: Notification, environment: dict[str, str] | None = None
) -> list[Answer]:
    async def go() -> list[Answer]:
        async with Registry(settings, environment or {}, clock=lambda: NOON) as registry:
            return [await registry.sender(DESK).send(each) for each in notifications]

    return asyncio.run(go())


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def test_a_message_says_what_happened_and_why_it_comes(server: Server, tmp_path: Path) -> None:
    assert send(setup(tmp_path, server.port), told()) == [Answer()]
    ((envelope, message),) = server.taken
    assert (envelope.mail_from, envelope.rcpt_tos) == ("news@example.org", ["desk@example.org"])
    assert message["Subject"] == "Norway expelled 8 diplomats of Russia [Diplomats expelled]"
    assert message["Message-ID"] == "<n1@example.org>"
    assert message["References"] == message["In-Reply-To"] == "<thread-t1@example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Unsubscribe"] == "<http://127.0.0.1:8600/subscriptions>"
    assert message["List-Unsubscribe-Post"] is None
    plain, html = part(message, "plain"), part(message, "html")
    for said in (
        "Reported first by Herald, 11:30 UTC",
        "Confirmed by 2 other outlets: Courier, Globe; 2 copies.",
        "“Norway *expels eight* of them.”",
        "Published 11:58 UTC, told 12:00 UTC (2 min later).",
        "https://courier.example/a",
        "http://127.0.0.1:8600/alerts/a1",
        "because of the subscription Diplomats expelled",
    ):
        assert said in plain
    assert "Norway <mark>expels eight</mark> of them." in html
    assert '<h2 dir="auto"' in html
    assert '<a href="https://herald.example/0"><bdi>Herald</bdi></a>' in html


def test_what_follows_stays_in_the_thread_and_a_repeat_can_be_told(server: Server, tmp_path: Path) -> None:
    answered = Reported(article="o", outlet="Globe", title="The cause", url="https://globe.example/", at=NOON)
    update = told(
        alert(news="count"),
        id="n2",
        kind="update",
        stories={"s1": Context(first=answered, outlets=1, answered=answered)},
    )
    assert send(setup(tmp_path, server.port), told(), told(), update) == [Answer()] * 3
    first, again, second = (message for _, message in server.taken)
    assert first["Message-ID"] == again["Message-ID"] != second["Message-ID"]
    assert first["References"] == second["References"]
    assert second["Subject"].startswith("Update: ")
    assert "New: another number." in part(second, "plain")
    assert "An answer to: The cause (Globe, 12:00 UTC, https://globe.example/)" in part(second, "plain")


def test_a_digest_is_one_message_of_no_thread(server: Server, tmp_path: Path) -> None:
    many = [alert(id=f"a{number}", summary=f"Summary {number}") for number in range(120)]
    digest = told(*many, kind="digest", thread="", held="for the digest of Mon 18:00 UTC")
    assert send(setup(tmp_path, server.port), digest) == [Answer()]
    ((_, message),) = server.taken
    assert message["Subject"] == "120 alerts, the latest: Summary 119 [Diplomats expelled]"
    assert message["References"] is None
    plain = part(message, "plain")
    assert "Held back: for the digest of Mon 18:00 UTC." in plain
    assert "Summary 49" in plain
    assert "And 70 more" in plain


def test_hostile_texts_stay_texts(server: Server, tmp_path: Path) -> None:
    evil = alert(
        title=HOSTILE,
        summary=HOSTILE,
        source_name=HOSTILE,
        url="https://evil.example/\"onmouseover='x'<>",
        quotes=(Quote(text=HOSTILE + "y" * 5000, marks=(QuoteMark(start=0, end=8),)),),
    )
    assert send(setup(tmp_path, server.port), told(evil, subscription_name=HOSTILE)) == [Answer()]
    ((envelope, message),) = server.taken
    assert envelope.rcpt_tos == ["desk@example.org"]
    assert message["Bcc"] is None
    assert "\u202e" not in message["Subject"]
    html = part(message, "html")
    assert "<script" not in html
    assert "<img" not in html
    assert "\u202e" not in html
    assert 'href="https://evil.example/%22onmouseover=%27x%27%3C%3E"' in html


def test_right_to_left_and_other_scripts_arrive(server: Server, tmp_path: Path) -> None:
    arabic = alert(title="النرويج تطرد ثمانية دبلوماسيين روس", summary="挪威驱逐八名外交官", language="ar")
    assert send(setup(tmp_path, server.port), told(arabic)) == [Answer()]
    ((_, message),) = server.taken
    assert message["Subject"].startswith("挪威驱逐八名外交官")
    assert '<a dir="auto" href="https://courier.example/a" lang="ar">النرويج' in part(message, "html")


@pytest.mark.parametrize(
    ("say", "final", "retry_after"),
    [
        ("450 4.2.0 Greylisted, try again in 300 seconds", False, 300.0),
        ("451 4.7.1 please come back in 5 min", False, 300.0),
        ("450 4.2.0 Greylisted", False, 60.0),
        ("550 5.1.1 nobody here", True, None),
    ],
)
def test_a_server_that_does_not_take_it(
    server: Server, tmp_path: Path, say: str, final: bool, retry_after: float | None
) -> None:
    server.say["desk@example.org"] = say
    (answer,) = send(setup(tmp_path, server.port), told())
    assert answer == Answer(f"the server answered {say[:3]}: {say[4:]}", final, retry_after)


def test_one_refused_mailbox_keeps_it_from_no_other(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = setup(tmp_path, server.port, to="[a@example.org, b@example.org, c@example.org]")
    server.say = {"b@example.org": "450 greylisted", "c@example.org": "550 nobody"}

    async def go() -> list[Answer]:
        async with Registry(settings, clock=lambda: NOON) as registry:
            first = await registry.sender(DESK).send(told())
            server.say = {}
            return [first, await registry.sender(DESK).send(told())]

    first, second = asyncio.run(go())
    assert (first.final, first.retry_after, second) == (False, 60.0, Answer())
    assert [envelope.rcpt_tos for envelope, _ in server.taken] == [["a@example.org"], ["b@example.org"]]
    assert server.taken[0][1]["Message-ID"] == server.taken[1][1]["Message-ID"]
    out = capsys.readouterr()
    assert "nobody" in out.out + out.err, "the mailbox that is refused for good is told in the log"


def test_refused_data_is_final_and_a_full_disk_is_not(server: Server, tmp_path: Path) -> None:
    server.then = "554 5.7.1 spam"
    assert send(setup(tmp_path, server.port), told())[0].final
    server.then = "452 4.3.1 out of storage"
    assert not send(setup(tmp_path, server.port), told())[0].final


def test_one_that_hangs_is_given_up_in_time(server: Server, tmp_path: Path) -> None:
    server.hang = 3
    began = time.monotonic()
    (answer,) = send(setup(tmp_path, server.port, "security: none\n    timeout: 0.5"), told())
    assert answer.error
    assert not answer.final
    assert time.monotonic() - began < 2.5


def test_nobody_there(tmp_path: Path) -> None:
    (answer,) = send(setup(tmp_path, 1), told())
    assert "SMTPConnectError" in answer.error
    assert not answer.final


# aiosmtpd leaves its connection to the garbage collector when a client does not trust it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_logged_in_over_tls_with_a_secret_that_nobody_hears(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    kept = Server()
    controller = Controller(
        kept,
        hostname="127.0.0.1",
        port=free_port(),
        ready_timeout=10,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=authenticated,
    )
    controller.start()
    more = "security: starttls\n    ca_file: ca.pem\n    user: newswatch\n    password: ${env:SMTP}"
    try:
        settings = setup(tmp_path, controller.port, more)
        assert send(settings, told(), environment={"SMTP": "smtp-geheim"}) == [Answer()]
        (wrong,) = send(settings, told(), environment={"SMTP": "another-geheim"})
        assert "535" in wrong.error
        assert (wrong.final, wrong.retry_after) == (False, 60.0), "it goes out once the password is mended"
        stranger = setup(tmp_path, controller.port, more.replace("    ca_file: ca.pem\n", ""))
        (untrusted,) = send(stranger, told(), environment={"SMTP": "smtp-geheim"})
        assert "certificate" in untrusted.error.lower()
    finally:
        controller.stop()
    gc.collect()
    out = capfd.readouterr()
    assert "geheim" not in out.out + out.err + wrong.error + untrusted.error
