"""Slack, Teams, Discord, Telegram, ntfy, Matrix and all else that Apprise speaks to.

An address of Apprise is the operator's, so it may lead anywhere. It is a secret as a whole: Apprise's own log
is not let out, and what it says of a failure is told without the parts of the address (registry).
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import apprise

from schemas.events import Notification
from services.alerter.channels.rendering import inert
from services.alerter.channels.rendering import markdown as escaped
from services.alerter.channels.sender import Answer
from services.alerter.channels.settings import AppriseSetup
from services.alerter.channels.templates import Templates
from services.alerter.channels.wording import line, view
from services.kit.clock import Clock

LONGEST_PAUSE = 1.0  # seconds that Apprise leaves between two messages to one service, at most
T = TypeVar("T")


class NotUnderstood(ValueError):
    """Apprise knows no such address."""


class Chat:
    """One address of Apprise."""

    def __init__(
        self, setup: AppriseSetup, templates: Templates, console: str, clock: Clock, seconds: float
    ) -> None:
        _silence()
        # Without a limit of its own it works in our thread, and not in one that all channels share.
        asset = apprise.AppriseAsset(app_id="newswatch", async_mode=False, service_timeout=0)
        url = setup.url.get_secret_value()
        self._service: Any = apprise.Apprise.instantiate(url, asset=asset)
        if self._service is None:
            raise NotUnderstood(
                f"Apprise does not understand the address ({url.partition('://')[0][:20]}://…); "
                "its documentation tells how each service is written"
            )
        if "overflow=" not in url:
            # Several messages in turn may end half way, and be sent again.
            self._service.overflow_mode = apprise.OverflowMode.TRUNCATE
        self._service.request_rate_per_sec = min(self._service.request_rate_per_sec, LONGEST_PAUSE)
        self._apprise = apprise.Apprise(asset=asset)
        self._apprise.add(self._service)
        self._templates = templates
        self._console = console
        self._clock = clock
        self._seconds = seconds
        self._turn = asyncio.Semaphore(1)

    async def send(self, notification: Notification) -> Answer:
        markdown = self._service.resolve_format(apprise.NotifyFormat.MARKDOWN) != apprise.NotifyFormat.TEXT
        seen = view(notification, self._console, self._clock())
        title = inert(line(await self._templates.render("subject.txt", seen), 250))
        body = (await self._templates.render("chat.md" if markdown else "chat.txt", seen)).strip()
        if markdown:
            # Where a service has no titles, Apprise puts ours before the body as if it were in its format.
            title, body = "", f"**{escaped(title)}**\n\n{body}"
        notify_type = (
            apprise.NotifyType.WARNING if notification.priority == "urgent" else apprise.NotifyType.INFO
        )
        try:
            async with asyncio.timeout(self._seconds):
                await self._turn.acquire()
        except TimeoutError:
            return Answer("a message before it hangs")

        def notify() -> Answer:
            result = self._apprise.notify(
                body=body,
                title=title,
                notify_type=notify_type,
                body_format=apprise.NotifyFormat.MARKDOWN if markdown else apprise.NotifyFormat.TEXT,
            )
            if result:
                return Answer()
            said = [line(entry.message, 200) for entry in result.logs()]
            return Answer(("; ".join(said) or "the service did not take it")[:400])

        return await aside(notify, self._turn.release)


async def aside(work: Callable[[], T], done: Callable[[], None]) -> T:
    """Work in a thread of its own, for which nobody waits at the end of the process. `done` is called in the
    loop when it has ended, even if whoever asked went away meanwhile.
    """
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def settle(set_: Callable[[Any], None], value: Any) -> None:
        done()
        if not result.done():
            set_(value)

    def run() -> None:
        try:
            outcome: tuple[Callable[[Any], None], Any] = (result.set_result, work())
        except Exception as error:  # noqa: BLE001 - it is handed over to whoever waits
            outcome = (result.set_exception, error)
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody asks any more
            loop.call_soon_threadsafe(settle, *outcome)

    threading.Thread(target=run, daemon=True, name="chat").start()
    return await result


def _silence() -> None:
    """These tell whole addresses, with their tokens, in their logs."""
    own = logging.getLogger("apprise")
    own.propagate = False
    if not own.handlers:
        own.addHandler(logging.NullHandler())
    for name in ("urllib3", "requests", "requests_oauthlib", "oauthlib"):
        logging.getLogger(name).setLevel(logging.ERROR)
