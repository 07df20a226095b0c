"""A sender for each channel that a subscription names. The file of channels is followed as it changes."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType, TracebackType

import aiohttp

from schemas.events import Channel, Notification
from services.alerter.channels.email import Email
from services.alerter.channels.secrets import Redactor
from services.alerter.channels.sender import NO_LIMITS, Answer, Limits, Sender
from services.alerter.channels.settings import (
    AppriseSetup,
    ChannelsError,
    Configured,
    EmailSetup,
    Setup,
    WebhookSetup,
    load,
)
from services.alerter.channels.templates import Templates
from services.alerter.channels.webhook import Webhook
from services.kit import logs
from services.kit.addresses import PublicResolver, private_hosts
from services.kit.clock import Clock, utc_now
from services.kit.settings import Settings

LOOK_EVERY = 1.0  # seconds
PATIENCE = 30.0  # seconds for mail and chat, where the channel says nothing
log = logs.get(__name__)


_NO_SECRETS = Redactor(())


class NotSetUp:
    """Stands for a channel that this newswatch does not know."""

    def __init__(self, error: str) -> None:
        self._error = error

    async def send(self, notification: Notification) -> Answer:
        return Answer(self._error)


class Careful:
    """Keeps a channel to what senders promise: it ends in time, never raises, and tells no secret."""

    def __init__(self, inner: Sender, redact: Redactor, seconds: float) -> None:
        self._inner = inner
        self._redact = redact
        self._seconds = seconds

    async def send(self, notification: Notification) -> Answer:
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._inner.send(notification)
        except TimeoutError:
            return Answer(f"no answer within {self._seconds:g} s")
        except Exception as error:  # noqa: BLE001 - whatever a library does, the next notification goes out
            return Answer(self._redact(f"{type(error).__name__}: {error}")[:400])
        return replace(answer, error=self._redact(answer.error))


@dataclass(frozen=True, slots=True)
class _Open:
    """A channel in use: it stays while its settings do."""

    setup: Setup
    sender: Sender


class Registry:
    """services.alerter.channels.sender.Senders, over one HTTP session; made within a running event loop.
    `environment`: where secrets may stand.
    """

    def __init__(
        self,
        settings: Settings,
        environment: Mapping[str, str] = MappingProxyType({}),
        clock: Clock = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._environment = environment
        self._clock = clock
        self._monotonic = monotonic
        self._resolver = PublicResolver(
            private_hosts(settings.webhook_private_hosts, ()), setting="NEWSWATCH_WEBHOOK_PRIVATE_HOSTS"
        )
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=self._resolver, limit=0),
            timeout=aiohttp.ClientTimeout(total=settings.webhook_timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )
        self._templates: dict[Path | None, Templates] = {}
        self._configured = Configured()
        self._open: dict[str, _Open] = {}
        self._wrong = ""
        self._seen: object = None
        self._looked = float("-inf")

    def sender(self, channel: Channel) -> Sender:
        if channel.kind == "webhook":
            bare = Webhook(self._session, self._resolver, channel.url or "")
            return Careful(bare, _NO_SECRETS, self._settings.webhook_timeout)
        self._look()
        name = channel.name or ""
        setup = self._configured.channels.get(name)
        if setup is None:
            return NotSetUp(self._missing(name or channel.kind))
        known = self._open.get(name)
        if known is None or known.setup != setup:
            known = self._open[name] = _Open(setup, self._made(setup))
        return known.sender

    def limits(self, channel: Channel) -> Limits:
        """What the channel asks for; nothing where it is not set up."""
        if channel.kind != "named":
            return NO_LIMITS
        self._look()
        setup = self._configured.channels.get(channel.name or "")
        return Limits(setup.per_hour, setup.min_priority) if setup else NO_LIMITS

    @property
    def configured(self) -> Configured:
        """The named channels as they are now."""
        self._look()
        return self._configured

    @property
    def wrong(self) -> str:
        """Why the file cannot be used; empty where it can, or where there is none."""
        self._look()
        return self._wrong

    async def __aenter__(self) -> "Registry":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        for templates in self._templates.values():
            await templates.close()
        await self._session.close()

    def _look(self) -> None:
        """Read the file again, if it or a file of its secrets has changed."""
        path = self._settings.channels
        if path is None or self._monotonic() - self._looked < LOOK_EVERY:
            return
        self._looked = self._monotonic()
        seen = _stamps((path, *self._configured.files))
        if seen == self._seen and not self._wrong:
            return
        before, self._seen = self._seen, seen
        try:
            self._configured = load(path, self._environment)
        except ChannelsError as error:
            if str(error) != self._wrong:
                log.error("channels left as they are: their file is wrong", cause=str(error))
            self._wrong = str(error)
            return
        self._wrong = ""
        self._seen = _stamps((path, *self._configured.files))
        if before is not None:
            log.info("channels read again", channels=sorted(self._configured.channels))

    def _missing(self, name: str) -> str:
        if self._settings.channels is None:
            return f"no channel {name!r} is set up: name the file of channels in NEWSWATCH_CHANNELS"
        if self._wrong:
            return f"no channel {name!r} is set up, and the file of channels cannot be used: {self._wrong}"
        return f"no channel {name!r} is in {self._settings.channels}"

    def _made(self, setup: Setup) -> Sender:
        seconds = setup.timeout or PATIENCE
        if isinstance(setup, WebhookSetup):
            secret = setup.secret.get_secret_value() if setup.secret else ""
            seconds = setup.timeout or self._settings.webhook_timeout
            url = setup.url.get_secret_value()
            made: Sender = Webhook(self._session, self._resolver, url, secret, seconds=seconds)
        elif isinstance(setup, EmailSetup):
            made = Email(setup, self._templates_of(setup), self._settings.console_url, self._clock, seconds)
        else:
            made = self._chat(setup, seconds)
        return Careful(made, self._configured.redact, seconds)

    def _chat(self, setup: AppriseSetup, seconds: float) -> Sender:
        # Apprise and what it needs are loaded by those who use it.
        from services.alerter.channels.chat import Chat, NotUnderstood  # noqa: PLC0415

        try:
            return Chat(setup, self._templates_of(setup), self._settings.console_url, self._clock, seconds)
        except NotUnderstood as error:
            return NotSetUp(f"channel {setup.name!r}: {error}")

    def _templates_of(self, setup: Setup) -> Templates:
        if setup.templates not in self._templates:
            self._templates[setup.templates] = Templates(setup.templates)
        return self._templates[setup.templates]


def _stamps(paths: tuple[Path, ...]) -> object:
    """What tells that a file has changed."""
    found: list[tuple[Path, int, int]] = []
    for path in dict.fromkeys(paths):
        try:
            stat = path.stat()
        except OSError:
            found.append((path, 0, 0))
        else:
            found.append((path, stat.st_mtime_ns, stat.st_size))
    return tuple(found)
