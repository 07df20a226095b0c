"""One newswatch that has watched a day of the sample newsroom, for all tests that only look at it."""

from collections.abc import Iterator

import pytest

from tests.e2e.day import PUBLIC, Desk, all_decided, ask, edits_arrived, matched
from tests.harness import Newswatch, Receiver, wait_until

SPEED = 6.0


@pytest.fixture(scope="package")
def desk() -> Iterator[Desk]:
    with Receiver() as receiver:
        yield Desk(receiver)


@pytest.fixture(scope="package")
def running(tmp_path_factory: pytest.TempPathFactory, desk: Desk) -> Iterator[Newswatch]:
    """A first start, with all of the newsroom's first edition arrived and told."""
    data = tmp_path_factory.mktemp("run") / "data"
    ask(data, desk)
    with Newswatch(data, "--speed", str(SPEED)) as running:
        wait_until(
            lambda: running.store.counts().articles >= len(PUBLIC) and edits_arrived(running),
            patience=90,
            otherwise=lambda: f"{running.store.counts()} of {len(PUBLIC)}\n{running.log()[-3000:]}",
        )
        messages = len(PUBLIC) + sum(len(each.revisions) for each in PUBLIC)
        wait_until(
            lambda: matched(running) >= messages, 60, lambda: f"{matched(running)} of {messages} matched"
        )
        wait_until(lambda: all_decided(running), 30, lambda: f"deliveries wait\n{running.log()[-3000:]}")
        yield running
