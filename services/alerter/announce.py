"""New alerts to Kafka, for programs of others: each at least once, keyed by its thread."""

from collections.abc import Sequence

from schemas.events import Alert
from schemas.topics import ALERTS
from services.kit import logs
from services.kit.kafka import Publisher
from services.kit.settings import Settings
from services.kit.step import encode

log = logs.get(__name__)


class Announcer:
    """Publishes alerts before they are recorded, so that one that is recorded was published, whatever dies in
    between. Its id tells whoever reads it twice.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._publisher: Publisher | None = None

    def __call__(self, alerts: Sequence[Alert]) -> None:
        """Returns when the broker has them. BrokerUnavailable: all of them are to be tried again."""
        if self._publisher is None:
            self._publisher = Publisher(self._settings)
        futures = []
        for alert in alerts:
            value = encode(alert)
            if len(value) > ALERTS.max_message_bytes:
                log.error("an alert is too large for its topic", alert=alert.id[:12], bytes=len(value))
                continue
            futures.append(self._publisher.send(ALERTS, alert.thread, value, {}))
        self._publisher.settle(futures)
