"""Taking alerts to the webhooks that asked for them: until they answer 2xx, or for so many tries.

A receiver may see an alert twice, if the alerter dies between its answer and our note of it; the
Idempotency-Key is then the same.
"""

import asyncio
import contextlib

import aiohttp

from services.alerter.core import retry_at
from services.kit import logs
from services.kit.clock import Clock
from services.kit.errors import Unavailable
from services.kit.metrics import Metrics
from services.kit.settings import Settings
from services.store.protocol import Delivery, Store

AT_ONCE = 16
LOOK_EVERY = 1.0
log = logs.get(__name__)


class Deliverer:
    """Claims pending deliveries from the store and posts them."""

    def __init__(self, store: Store, settings: Settings, metrics: Metrics, clock: Clock) -> None:
        self._store = store
        self._settings = settings
        self._metrics = metrics
        self._clock = clock
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """There may be something to deliver now."""
        self._wake.set()

    async def run(self) -> None:
        """Deliver until cancelled."""
        timeout = aiohttp.ClientTimeout(total=self._settings.webhook_timeout)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            while True:
                try:
                    found = await asyncio.to_thread(self._store.claim_deliveries, self._clock(), AT_ONCE)
                    await asyncio.gather(*(self._deliver(session, delivery) for delivery in found))
                except Unavailable as error:
                    log.warning("deliveries wait", cause=str(error))
                    found = []
                if len(found) < AT_ONCE:
                    await self._nap()

    async def _nap(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), LOOK_EVERY)
        self._wake.clear()

    async def _deliver(self, session: aiohttp.ClientSession, delivery: Delivery) -> None:
        error = await _post(session, delivery)
        now = self._clock()
        if not error:
            outcome = "delivered"
            await asyncio.to_thread(self._store.finish_delivery, delivery.id, now)
        elif delivery.attempts + 1 >= self._settings.webhook_attempts:
            outcome = "failed"
            await asyncio.to_thread(self._store.fail_delivery, delivery.id, now, error)
            log.error(
                "alert not delivered: given up",
                alert=delivery.alert.id[:12],
                to=delivery.channel.url,
                cause=error,
            )
        else:
            outcome = "postponed"
            due = retry_at(now, delivery.attempts)
            await asyncio.to_thread(self._store.postpone_delivery, delivery.id, due, error)
            log.warning(
                "alert not delivered: trying again", to=delivery.channel.url, cause=error, at=due.isoformat()
            )
        self._metrics.deliveries.labels("webhook", outcome).inc()


async def _post(session: aiohttp.ClientSession, delivery: Delivery) -> str:
    """Empty when it was taken, else why not."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": delivery.id}
    try:
        body = delivery.alert.model_dump_json().encode()
        async with session.post(delivery.channel.url or "", data=body, headers=headers) as answer:
            return "" if 200 <= answer.status < 300 else f"it answered {answer.status}"
    except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
        return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
