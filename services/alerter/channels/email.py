"""E-mail: a notification as plain text and HTML, through an SMTP server."""

import re
import ssl
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

import aiosmtplib

from schemas.events import Notification
from services.alerter.channels.sender import Answer
from services.alerter.channels.settings import EmailSetup
from services.alerter.channels.templates import Templates
from services.alerter.channels.wording import line, view
from services.kit import logs
from services.kit.clock import Clock

GREYLISTED = 60.0  # seconds until another try, where the server names none
MOST_REMEMBERED = 1000
_PORTS = {"starttls": 587, "tls": 465, "none": 25}
_SECONDS = re.compile(r"(\d{1,4})\s*(s\b|sec|min)", re.IGNORECASE)
_ID = re.compile(r"[^A-Za-z0-9.-]")
log = logs.get(__name__)


def compose(
    notification: Notification,
    subject: str,
    text: str,
    html: str,
    *,
    sender: str,
    to: Sequence[str],
    manage: str,
    now: datetime,
) -> EmailMessage:
    """The message. The same notification has the same Message-ID; all of one thread name one message, which
    is never sent, as that which they follow: mail readers show them together. `manage`: where the
    subscription is changed; empty where nowhere. Pure.
    """
    message = EmailMessage(policy=SMTP)
    address = _address(sender)
    message["From"] = address
    message["To"] = [_address(each) for each in to]
    message["Subject"] = line(subject, 250)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{_ID.sub('-', notification.id)}@{address.domain}>"
    if notification.thread:
        root = f"<thread-{_ID.sub('-', notification.thread)}@{address.domain}>"
        message["In-Reply-To"] = root
        message["References"] = root
    message["Auto-Submitted"] = "auto-generated"
    message["List-Id"] = f"<{_ID.sub('-', notification.subscription) or 'newswatch'}.{address.domain}>"
    if manage:
        message["List-Unsubscribe"] = f"<{manage}>"
    if notification.priority == "urgent":
        message["Importance"] = "high"
    message.set_content(_writable(text), cte="quoted-printable")
    message.add_alternative(_writable(html), subtype="html", cte="quoted-printable")
    return message


class Email:
    """One SMTP server with those it writes to. Each message is one connection."""

    def __init__(
        self, setup: EmailSetup, templates: Templates, console: str, clock: Clock, seconds: float
    ) -> None:
        self._setup = setup
        self._templates = templates
        self._console = console
        self._clock = clock
        self._seconds = seconds
        # Of notifications that only some took: who is still to get them.
        self._left: dict[str, list[str]] = {}
        self._tls: ssl.SSLContext | None = None

    async def send(self, notification: Notification) -> Answer:
        now = self._clock()
        seen = view(notification, self._console, now)
        message = compose(
            notification,
            await self._templates.render("subject.txt", seen),
            await self._templates.render("mail.txt", seen),
            await self._templates.render("mail.html", seen),
            sender=self._setup.sender,
            to=self._setup.to,
            manage=str(seen["manage"]),
            now=now,
        )
        left = self._left.get(notification.id) or [parseaddr(each)[1] for each in self._setup.to]
        answer, left = await self._posted(message, left)
        self._left.pop(notification.id, None)
        if answer.error and not answer.final:
            while len(self._left) >= MOST_REMEMBERED:
                self._left.pop(next(iter(self._left)))
            self._left[notification.id] = left
        return answer

    async def _posted(self, message: EmailMessage, to: list[str]) -> tuple[Answer, list[str]]:
        """The server's answer, and who did not get the message and may yet."""
        setup = self._setup
        try:
            refused, _ = await aiosmtplib.send(
                message,
                sender=_address(setup.sender).addr_spec,
                recipients=to,
                hostname=setup.server,
                port=setup.port or _PORTS[setup.security],
                username=setup.user or None,
                password=setup.password.get_secret_value() if setup.password else None,
                local_hostname=_address(setup.sender).domain,
                use_tls=setup.security == "tls",
                start_tls=setup.security == "starttls",
                tls_context=self._context(),
                timeout=self._seconds,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            each = {one.recipient: (one.code, one.message) for one in error.recipients}
            return self._refused(each, to, taken=False)
        except aiosmtplib.SMTPAuthenticationError as error:
            # The message is not to blame: once the password is mended, it goes out.
            return Answer(_told(error.code, error.message), retry_after=GREYLISTED), to
        except (aiosmtplib.SMTPConnectResponseError, aiosmtplib.SMTPHeloError) as error:
            return Answer(_told(error.code, error.message)), to
        except aiosmtplib.SMTPResponseException as error:
            return _answer(error.code, error.message), to
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            return Answer(_one_line(f"{type(error).__name__}: {error}")), to
        return self._refused({who: (said[0], said[1]) for who, said in refused.items()}, to, taken=True)

    def _context(self) -> ssl.SSLContext | None:
        if self._tls is None and self._setup.security != "none":
            self._tls = ssl.create_default_context(cafile=self._setup.ca_file)
        return self._tls

    def _refused(
        self, refused: dict[str, tuple[int, str]], to: list[str], *, taken: bool
    ) -> tuple[Answer, list[str]]:
        later = [who for who in to if who in refused and not _for_good(refused[who][0])]
        for who, (code, said) in refused.items():
            if who not in later and (taken or later):
                log.error(
                    "one of several mailboxes refuses", channel=self._setup.name, cause=_told(code, said)
                )
        if later:
            return _answer(*refused[later[0]]), later
        if taken:
            return Answer(), []
        code, said = next(iter(refused.values()))
        return _answer(code, said), to


def _for_good(code: int) -> bool:
    return 500 <= code < 600


def _answer(code: int, said: str) -> Answer:
    if _for_good(code):
        return Answer(_told(code, said), final=True)
    return Answer(_told(code, said), retry_after=_retry_after(said))


def _retry_after(said: str) -> float:
    """What a greylisting server says, if it says it: try again in 300 seconds, in 5 min."""
    match = _SECONDS.search(said)
    if match is None:
        return GREYLISTED
    unit = 60 if match[2].lower() == "min" else 1
    return float(min(max(int(match[1]) * unit, 1), 3600))


def _told(code: int, said: str) -> str:
    return _one_line(f"the server answered {code}: {said}")


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]


def _address(text: str) -> Address:
    name, spec = parseaddr(text)
    return Address(display_name=name, addr_spec=spec)


def _writable(text: str) -> str:
    """Half of a surrogate pair cannot be written."""
    return text.encode("utf-8", "replace").decode()
