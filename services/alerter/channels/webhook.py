"""Webhooks: a notification as JSON, posted; signed where there is a secret.

Only addresses of the public internet are posted to, and no redirect is followed: an address is what its
subscriber gave, and must not make us talk to our own machines.
"""

import hashlib
import hmac
import time
from collections.abc import Callable
from typing import Any

import aiohttp

from schemas.events import Notification
from services.alerter.channels.sender import Answer
from services.kit.addresses import PrivateAddress, PublicResolver, address

MOST_READ = 2048  # bytes of an answer: enough to tell what is wrong
_GONE = frozenset({410})


def signature(secret: str, moment: int, body: bytes) -> str:
    """What `Newswatch-Signature` holds: HMAC-SHA256 over time stamp, a dot and the body. A receiver that
    refuses old time stamps cannot be played the same request again.
    """
    digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={digest}"


class Webhook:
    """One address that notifications are posted to."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        resolver: PublicResolver,
        url: str,
        secret: str = "",
        wall_clock: Callable[[], float] = time.time,
        seconds: float | None = None,
    ) -> None:
        """`seconds` until its answer is given up, where they are others than the session's."""
        self._session = session
        self._resolver = resolver
        self._url = url
        self._secret = secret
        self._wall_clock = wall_clock
        self._options: dict[str, Any] = (
            {} if seconds is None else {"timeout": aiohttp.ClientTimeout(total=seconds)}
        )

    async def send(self, notification: Notification) -> Answer:
        body = notification.model_dump_json().encode()
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": notification.id,
            "User-Agent": "newswatch",
        }
        if self._secret:
            headers["Newswatch-Signature"] = signature(self._secret, int(self._wall_clock()), body)
        try:
            url = address(self._url)
            refused = self._resolver.refuses(url.raw_host or "", url.port or 0)
            if refused:
                return Answer(refused, final=True)
            async with self._session.post(
                url, data=body, headers=headers, allow_redirects=False, **self._options
            ) as answer:
                if 200 <= answer.status < 300:
                    return Answer()
                return await _refusal(answer)
        except ValueError as error:
            return Answer(str(error), final=True)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            cause = getattr(error, "os_error", error)
            if isinstance(cause, PrivateAddress):
                return Answer(str(cause), final=True)
            return Answer(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)


async def _refusal(answer: aiohttp.ClientResponse) -> Answer:
    if 300 <= answer.status < 400:
        where = answer.headers.get("Location", "nowhere")[:200]
        return Answer(
            f"it answered {answer.status} and names {where!r}: subscribe with that address", final=True
        )
    said = " ".join((await answer.content.read(MOST_READ)).decode("utf-8", "replace").split())[:200]
    told = f"it answered {answer.status}{f': {said}' if said else ''}"
    return Answer(told, answer.status in _GONE, _seconds(answer.headers.get("Retry-After", "")))


def _seconds(text: str) -> float | None:
    return float(text) if text.isascii() and text.isdecimal() and len(text) < 8 else None
