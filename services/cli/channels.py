"""newswatch channels: the named channels that are set up, and whether one of them works."""

import asyncio
import os
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from schemas.events import Alert, Channel, Notification, Quote, QuoteMark
from services.alerter.channels.registry import Registry
from services.alerter.channels.sender import Answer
from services.alerter.channels.settings import ChannelsError, Configured, EmailSetup, load
from services.cli.common import fail
from services.kit.clock import utc_now
from services.kit.service import read_settings

app = typer.Typer(help="Where alerts go: list the named channels, test one.", no_args_is_help=True)

File = Annotated[
    Path | None, typer.Option("--file", help="YAML file of the channels.", envvar="NEWSWATCH_CHANNELS")
]
EXIT_FAILED = 1


@app.command("list")
def show(file: File = None) -> None:
    """The channels of the file, without their secrets; says file and line of what is wrong."""
    for name, setup in _loaded(file).channels.items():
        where = f"{setup.server}, to {', '.join(setup.to)}" if isinstance(setup, EmailSetup) else ""
        limits = [f"at most {setup.per_hour} an hour" if setup.per_hour else ""]
        limits.append(f"{setup.min_priority} or higher" if setup.min_priority != "low" else "")
        print(f"{name:24} {setup.kind:8} {'; '.join(filter(None, [where, *limits]))}".rstrip())


@app.command("test")
def send_test(name: str, file: File = None) -> None:
    """Send a notification that says it is a test, and print what the channel answers."""
    found = _loaded(file)
    if name not in found.channels:
        fail(f"no channel {name!r} in {file}; there are {', '.join(found.channels) or 'none'}")
    settings = read_settings().model_copy(update={"channels": file})

    async def send() -> Answer:
        async with Registry(settings, os.environ) as registry:
            return await registry.sender(Channel(kind="named", name=name)).send(_told())

    answer = asyncio.run(send())
    if answer.error:
        after = f"; try again in {answer.retry_after:.0f} s" if answer.retry_after else ""
        fail(f"{name}: not delivered: {answer.error}{after}", EXIT_FAILED)
    print(f"{name}: delivered")


def _loaded(file: Path | None) -> Configured:
    if file is None:
        fail("no file of channels; name it with --file or in NEWSWATCH_CHANNELS (docs/alerting.md)")
    try:
        return load(file, os.environ)
    except ChannelsError as error:
        fail(error)


def _told() -> Notification:
    """An alert of an invented article; each test is another notification."""
    now = utc_now()
    number = secrets.token_hex(8)
    sample = Alert(
        id=f"test-{number}",
        subscription="test",
        subscription_name="Test of a channel",
        query="expels",
        story=f"test-{number}",
        article_id=f"test-{number}",
        capture_id="",
        title="Norland expels eight diplomats of Sudland",
        url="https://example.org/",
        source_name="The Sample Courier",
        language="en",
        published_at=now - timedelta(minutes=1),
        fetched_at=now,
        created_at=now,
        summary="Norland expelled 8 diplomats of Sudland",
        quotes=(Quote(text="Norland expels eight of them.", marks=(QuoteMark(start=8, end=20),)),),
    )
    return Notification(
        id=f"test-{number}",
        kind="test",
        subscription="test",
        subscription_name="Test of a channel",
        alerts=(sample,),
    )
