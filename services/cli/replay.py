"""newswatch replay: archived pages once more through the pipeline."""

import os
import sys
import time
from collections import Counter, deque
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from schemas.topics import RAW
from services.cli.place import Place
from services.crawler.replay import Replayed
from services.crawler.replay import replay as replayed
from services.crawler.sources import Source, SourcesError, load
from services.kit.errors import Unavailable
from services.kit.kafka import Publisher, ensure_topics
from services.kit.settings import Settings
from services.kit.urls import site

IN_FLIGHT = 500
TOLD_EVERY = 5.0  # seconds


def replay(
    files: Annotated[list[Path], typer.Argument(help="WARC files, of newswatch or of others.")],
    since: Annotated[datetime | None, typer.Option(help="Captured then or later, in UTC.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Captured before then, in UTC.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="So many pages at most.")] = None,
    sources: Annotated[
        Path | None, typer.Option(help="The catalogue that names other people's pages.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
    broker: Annotated[
        str | None, typer.Option(help="Kafka, host:port; the running newswatch's without it.")
    ] = None,
    data: Annotated[Path, typer.Option(envvar="NEWSWATCH_DATA", help="newswatch's folder.")] = Path(
        ".newswatch"
    ),
) -> None:
    """Publish archived pages again. Twice is no harm: the same page changes nothing.

    The embedded broker keeps messages in memory: if it dies before all is indexed, replay again.
    """
    settings = Settings(broker=_broker(broker, data) if not dry_run else "")
    publisher = None
    try:
        named = {site(source.ways[0].url): source for source in load(sources)} if sources else {}
        if not dry_run:
            ensure_topics(settings, [RAW, RAW.dead], timeout=5.0)
            publisher = Publisher(settings)
        counts = _replay(files, named, publisher, settings.page_bytes, (since, until), limit)
        if publisher is not None:
            publisher.close()
    except SourcesError as error:
        fail(error)
    except Unavailable as error:
        fail(f"{error}; replay again: what was published before changes nothing", 69)
    except KeyboardInterrupt:
        fail("stopped; replay again to go on: what was published before changes nothing", 130)
    print(", ".join(f"{count} {outcome}" for outcome, count in counts.most_common()) or "no records")
    raise SystemExit(1 if counts["broken"] else 0)


def fail(message: object, status: int = 2) -> NoReturn:
    print(message, file=sys.stderr)
    raise SystemExit(status)


def _broker(named: str | None, data: Path) -> str:
    address = named or os.environ.get("NEWSWATCH_BROKER") or Place(data).running().get("broker")
    if not address:
        fail(f"no broker is known: nothing runs in {data}; start newswatch up, or name one with --broker", 69)
    return str(address)


def _replay(
    files: list[Path],
    sources: dict[str, Source],
    publisher: Publisher | None,
    most_bytes: int,
    span: tuple[datetime | None, datetime | None],
    limit: int | None,
) -> Counter[str]:
    counts: Counter[str] = Counter()
    waiting: deque[Any] = deque()
    told = time.monotonic()
    for file in files:
        try:
            for found in replayed(file, sources, most_bytes):
                outcome = "outside" if _outside(found, *span) else found.outcome
                counts[outcome] += 1
                if found.outcome == "broken":
                    print(found.cause, file=sys.stderr)
                if outcome != "page" or found.message is None:
                    continue
                if publisher is not None:
                    message = found.message
                    waiting.append(publisher.send(RAW, message.key, message.value, message.headers()))
                    while len(waiting) > IN_FLIGHT:
                        _wait_for(waiting.popleft())
                if limit is not None and counts["page"] >= limit:
                    break
                if time.monotonic() - told > TOLD_EVERY:
                    told = time.monotonic()
                    print(f"{file.name}: {counts['page']} pages so far", file=sys.stderr)
        except OSError as error:
            counts["broken"] += 1
            print(f"{file}: {error.strerror or error}", file=sys.stderr)
        if limit is not None and counts["page"] >= limit:
            break
    for future in waiting:
        _wait_for(future)
    return counts


def _wait_for(future: Any) -> None:
    try:
        future.get(timeout=60)
    except Exception as error:
        raise Unavailable(f"the broker did not take a page: {str(error) or type(error).__name__}") from error


def _outside(found: Replayed, since: datetime | None, until: datetime | None) -> bool:
    if found.at is None:
        return False
    at = found.at.replace(tzinfo=None)
    return (since is not None and at < since) or (until is not None and at >= until)
