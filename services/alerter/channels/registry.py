"""A sender for each channel that a subscription names."""

from types import TracebackType

import aiohttp

from schemas.events import Channel, Notification
from services.alerter.channels.sender import Answer, Sender
from services.alerter.channels.webhook import Webhook
from services.kit.addresses import PublicResolver, private_hosts
from services.kit.settings import Settings


class NotSetUp:
    """Stands for a channel that this newswatch does not know."""

    def __init__(self, error: str) -> None:
        self._error = error

    async def send(self, notification: Notification) -> Answer:
        return Answer(self._error)


class Registry:
    """services.alerter.channels.sender.Senders, over one HTTP session; made within a running event loop."""

    def __init__(self, settings: Settings) -> None:
        self._resolver = PublicResolver(
            private_hosts(settings.webhook_private_hosts, ()), setting="NEWSWATCH_WEBHOOK_PRIVATE_HOSTS"
        )
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(resolver=self._resolver, limit=0),
            timeout=aiohttp.ClientTimeout(total=settings.webhook_timeout),
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )

    def sender(self, channel: Channel) -> Sender:
        if channel.kind == "webhook":
            return Webhook(self._session, self._resolver, channel.url or "")
        return NotSetUp(f"no channel {channel.name or channel.kind!r} is set up")

    async def __aenter__(self) -> "Registry":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        await self._session.close()
