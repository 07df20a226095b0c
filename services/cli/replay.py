"""newswatch replay: archived pages once more through the pipeline."""

import glob
import os
import re
import sys
import time
from collections import Counter, deque
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from schemas.events import RawPage
from schemas.topics import RAW
from services.cli.place import Place
from services.crawler.replay import Replayed
from services.crawler.replay import replay as replayed
from services.crawler.sources import Source, SourcesError, load
from services.kit.errors import Unavailable
from services.kit.kafka import Publisher, ensure_topics
from services.kit.settings import Settings
from services.kit.step import encode
from services.kit.urls import site

IN_FLIGHT = 500
TOLD_EVERY = 5.0  # seconds
WARC = re.compile(r"\.warc(?:\.gz|\.zst)?$", re.IGNORECASE)


def replay(
    files: Annotated[
        list[str],
        typer.Argument(
            help="WARC files, of newswatch or of others; folders of them, patterns, or - for standard input."
        ),
    ],
    since: Annotated[datetime | None, typer.Option(help="Captured then or later, in UTC.")] = None,
    until: Annotated[datetime | None, typer.Option(help="Captured before then, in UTC.")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="So many pages at most.")] = None,
    sources: Annotated[
        Path | None, typer.Option(help="The catalogue that names other people's pages.")
    ] = None,
    backfill: Annotated[
        bool, typer.Option("--backfill", help="As history: alerts are recorded, and delivered nowhere.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
    broker: Annotated[
        str | None, typer.Option(help="Kafka, host:port; the running newswatch's without it.")
    ] = None,
    data: Annotated[Path, typer.Option(envvar="NEWSWATCH_DATA", help="newswatch's folder.")] = Path(
        ".newswatch"
    ),
) -> None:
    """Publish archived pages again, file by file. Twice is no harm: the same page changes nothing.

    The embedded broker keeps messages in memory: if it dies before all is indexed, replay again.
    """
    found = named_files(files)
    settings = Settings(broker=_broker(broker, data) if not dry_run else "")
    publisher = None
    try:
        named = {site(source.ways[0].url): source for source in load(sources)} if sources else {}
        if not dry_run:
            ensure_topics(settings, [RAW, RAW.dead], timeout=5.0)
            publisher = Publisher(settings)
        counts = _replay(found, named, publisher, settings.page_bytes, (since, until), limit, backfill)
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


def named_files(names: Sequence[str]) -> list[Path]:
    """Files as they are named; those of a folder, or that a pattern fits, by name: ours are then in the order
    of time. A name that leads nowhere stays, to be told.
    """
    files: list[Path] = []
    for name in names:
        path = Path(name)
        if path.is_dir():
            files += sorted(each for each in path.rglob("*") if WARC.search(each.name) and each.is_file())
        elif name != "-" and not path.exists() and glob.has_magic(name):
            files += sorted(map(Path, glob.glob(name, recursive=True))) or [path]  # noqa: PTH207 - any folder
        else:
            files.append(path)
    return list(dict.fromkeys(files))


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
    backfill: bool,
) -> Counter[str]:
    counts: Counter[str] = Counter()
    waiting: deque[Any] = deque()
    told = time.monotonic()
    published = 0
    for number, file in enumerate(files, 1):
        try:
            for found in replayed(file, sources, most_bytes):
                outside = _outside(found, *span)
                counts["outside" if outside else found.outcome] += 1
                if found.outcome == "broken":
                    print(found.cause, file=sys.stderr)
                if outside or found.message is None:
                    continue
                published += 1
                if publisher is not None:
                    message = found.message
                    value = _as_history(message.value) if backfill else message.value
                    waiting.append(publisher.send(RAW, message.key, value, message.headers()))
                    while len(waiting) > IN_FLIGHT:
                        _wait_for(waiting.popleft())
                if limit is not None and published >= limit:
                    break
                if time.monotonic() - told > TOLD_EVERY:
                    told = time.monotonic()
                    place = f"file {number} of {len(files)}, {file.name}"
                    print(f"{place}: {published:,} pages so far", file=sys.stderr)
        except OSError as error:
            counts["broken"] += 1
            print(f"{file}: {error.strerror or error}", file=sys.stderr)
        if limit is not None and published >= limit:
            break
    for future in waiting:
        _wait_for(future)
    return counts


def _as_history(value: bytes) -> bytes:
    return encode(RawPage.model_validate_json(value).model_copy(update={"backfill": True}))


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
