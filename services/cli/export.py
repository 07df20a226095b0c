"""newswatch export: articles as a table, for researchers."""

import contextlib
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import IO, Annotated, NoReturn

import typer

from schemas.events import ThreadedArticle
from services.cli.common import EXIT_UNAVAILABLE, HERE, Data, StoreOption, fail, opened
from services.cli.formats import FORMATS, Format, Missing, writer
from services.cli.place import Place
from services.cli.tables import asked_for, columns
from services.kit import span
from services.kit.clock import utc_now
from services.kit.errors import Unavailable
from services.kit.query import QueryError, parse
from services.kit.query.tree import Everything, Node

EXIT_INTERRUPTED = 130
TOLD_EVERY = 5000


def export(
    since: Annotated[str, typer.Option(help="Published since: 30d, 12h, 2024-05-31, or all for everything.")],
    until: Annotated[str, typer.Option(help="Published before: 7d, 2024-06-30; now without it.")] = "",
    query: Annotated[str, typer.Option(help="Only what matches; the same language as search.")] = "",
    language: Annotated[
        list[str] | None, typer.Option(help="Only in this one (ISO 639-1); may be repeated.")
    ] = None,
    format: Annotated[
        str, typer.Option(help="parquet, jsonl or csv; without it, as --output ends, else jsonl.")
    ] = "",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A file; standard output without it.")
    ] = None,
    columns_: Annotated[
        str, typer.Option("--columns", help="Only these, with commas: id,published_at,title.")
    ] = "",
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many, the newest.")] = None,
    data: Data = HERE,
    store: StoreOption = None,
) -> None:
    """Articles as a table: Parquet, JSON Lines or CSV, newest first. A file appears when it is whole."""
    try:
        names = columns(columns_)
        wanted = asked_for(
            _query(query), _moment("--since", since), _moment("--until", until), language or []
        )
        chosen = _format(format, output)
        write = writer(chosen)
    except (ValueError, Missing) as error:
        fail(error)
    if output is None and chosen == "parquet" and sys.stdout.isatty():
        fail("Parquet is no text for a terminal: name a file with --output, or pipe it on")
    kept = opened(Place(data), store)
    told = Told()
    try:
        with _interruptible(), _sink(output) as sink:
            write(told.each(islice(kept.scan(wanted), limit)), names, sink)
    except Unavailable as error:
        told.end()
        fail(f"{error}; {told.number} articles were read, nothing is kept of them", EXIT_UNAVAILABLE)
    except BrokenPipeError:
        # Whoever read has enough. What Python would flush at its end has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(EXIT_INTERRUPTED) from None
    except KeyboardInterrupt:
        told.end()
        fail(f"interrupted after {told.number} articles{_unwritten(output)}", EXIT_INTERRUPTED)
    except OSError as error:
        told.end()
        fail(
            f"{output or 'standard output'}: {error.strerror or error}{_unwritten(output)}", EXIT_UNAVAILABLE
        )
    told.end()
    size = f", {output.stat().st_size / 1e6:.1f} MB" if output is not None and output.is_file() else ""
    print(f"{told.number} articles, {chosen}{size}", file=sys.stderr)


class Told:
    """Counts what passes, and says so now and then on a terminal."""

    def __init__(self) -> None:
        self.number = 0
        self._shown = False

    def each(self, articles: Iterable[ThreadedArticle]) -> Iterator[ThreadedArticle]:
        for article in articles:
            self.number += 1
            yield article
            if self.number % TOLD_EVERY == 0 and sys.stderr.isatty():
                print(f"\r{self.number} articles", end="", file=sys.stderr, flush=True)
                self._shown = True

    def end(self) -> None:
        if self._shown:
            print(file=sys.stderr)
            self._shown = False


def _query(text: str) -> Node:
    if not text:
        return Everything()
    try:
        return parse(text, everything=True)
    except QueryError as error:
        raise ValueError(str(error)) from error


def _moment(option: str, text: str) -> datetime | None:
    if not text or (option == "--since" and text == "all"):
        return None
    try:
        return span.since(text, utc_now())
    except ValueError as error:
        raise ValueError(f"{option}: {error}") from error


def _format(wanted: str, output: Path | None) -> Format:
    """As it is asked for or, without that, as the file's name ends."""
    ending = output.suffix.removeprefix(".").lower() if output is not None else ""
    for known in FORMATS:
        if known == (wanted or ending or "jsonl"):
            return known
    named = f"--format {wanted}" if wanted else f"{output} says no format"
    raise ValueError(f"{named}: give --format {', '.join(FORMATS[:-1])} or {FORMATS[-1]}")


@contextlib.contextmanager
def _sink(output: Path | None) -> Iterator[IO[bytes]]:
    """Where to write. A file takes its name when all of it is on the disk; until then it ends in .part."""
    if output is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    target = output.resolve()
    if target.exists() and not target.is_file():  # a pipe with a name
        with target.open("wb") as sink:
            yield sink
        return
    # Each process has a name of its own: of two exports to one file, both are whole and the later one stays.
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as sink:
            yield sink
            sink.flush()
            os.fsync(sink.fileno())
        part.replace(target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _unwritten(output: Path | None) -> str:
    return "" if output is None else f"; {output} is as it was before"


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Whoever ends the process has it tidy up as Ctrl-C does."""

    def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
