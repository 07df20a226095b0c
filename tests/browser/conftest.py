"""A real Chromium, and a console with a store behind it."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from services.store.embedded.store import EmbeddedStore
from tests.harness import RunningConsole

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# It asks for nothing by itself, and runs where there is neither a sandbox nor a screen.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where it is installed. Absent, a test is skipped; in CI it fails instead."""
    named = os.environ.get("NEWSWATCH_TEST_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if named:
        return named
    reason = "no Chromium: install it (Debian: chromium), or name it in NEWSWATCH_TEST_CHROMIUM"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


# Of a module: while it is open there is an event loop in this thread, and others could have none.
@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield opened
        opened.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    opened = EmbeddedStore(tmp_path / "store")
    opened.setup()
    yield opened
    opened.close()


@pytest.fixture
def console(tmp_path: Path, store: EmbeddedStore) -> Iterator[RunningConsole]:
    running = RunningConsole(tmp_path)
    yield running
    running.kill()
