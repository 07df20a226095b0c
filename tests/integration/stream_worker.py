"""A streaming service for tests, run as a process of its own: raw pages in, articles out.

A page whose HTML is 'poison' is a bug, 'refuse' is rejected; others become articles after a moment.
"""

import sys
import time

from schemas.events import Article, RawPage
from schemas.topics import ARTICLES, RAW
from services.kit import logs
from services.kit.health import Health
from services.kit.metrics import Metrics
from services.kit.settings import Settings
from services.kit.step import Reject, Step
from services.kit.stream import Stream, transform


def article(page: RawPage) -> Article:
    if page.html == "poison":
        raise ZeroDivisionError("poison")
    if page.html == "refuse":
        raise Reject("refused")
    time.sleep(0.001)
    return Article(
        id=page.capture_id,
        capture_id=page.capture_id,
        revision=page.revision,
        url=page.url,
        canonical_url=page.url,
        fetched_at=page.fetched_at,
        first_seen=page.first_seen,
        title="",
        text=page.html,
    )


def main() -> None:
    settings = Settings()
    name = sys.argv[1]
    logs.configure(name, settings.log_level)
    metrics = Metrics(name)
    health = Health(name, metrics, "broker")
    Stream(name, [RAW], transform(Step(name, RAW, ARTICLES, article)), settings, metrics, health).run()


if __name__ == "__main__":
    main()
