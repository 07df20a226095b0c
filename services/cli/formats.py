"""Tables in the three formats of an export. Each writer takes articles and holds no more than a batch."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import IO, Any, Literal, Protocol, get_args, get_origin

from pydantic import BaseModel

from schemas.events import ThreadedArticle
from services.cli.tables import annotation, bare, cell, fields, row

Format = Literal["parquet", "jsonl", "csv"]
FORMATS: tuple[Format, ...] = get_args(Format)

_ROWS = 5000  # of a batch, which is a row group of Parquet
_CHARACTERS = 4_000_000  # of text in a batch; a batch of Python objects takes several times as much


class Writer(Protocol):
    def __call__(self, articles: Iterable[ThreadedArticle], names: Sequence[str], sink: IO[bytes]) -> None:
        """Write all of the articles' columns."""


class Missing(Exception):
    """A library that a format needs is not installed. The message names the way out."""


def writer(chosen: Format) -> Writer:
    """Raises Missing, before anything is written."""
    if chosen == "jsonl":
        return _jsonl
    return _csv if chosen == "csv" else _parquet()


def _jsonl(articles: Iterable[ThreadedArticle], names: Sequence[str], sink: IO[bytes]) -> None:
    for article in articles:
        line = json.dumps(row(article, names, plain=True), ensure_ascii=False)
        sink.write(line.encode() + b"\n")


def _csv(articles: Iterable[ThreadedArticle], names: Sequence[str], sink: IO[bytes]) -> None:
    """As RFC 4180 has it, with a first row of names."""
    lines = io.StringIO(newline="")
    rows = csv.writer(lines)
    rows.writerow(names)
    for article in articles:
        _flush(lines, sink)
        rows.writerow([cell(value) for value in row(article, names, plain=True).values()])
    _flush(lines, sink)


def _flush(lines: io.StringIO, sink: IO[bytes]) -> None:
    sink.write(lines.getvalue().encode())
    lines.seek(0)
    lines.truncate()


def _parquet() -> Writer:
    try:
        import pyarrow  # noqa: PLC0415  # an extra: whoever writes no Parquet does without it
        import pyarrow.parquet  # noqa: PLC0415
    except ImportError as error:
        raise Missing(
            "Parquet needs pyarrow, which is not installed: pip install 'newswatch[export]' (or pip install "
            "pyarrow); --format jsonl and csv do without"
        ) from error

    def typed(kind: Any, column: str) -> Any:
        kind = bare(kind)
        if get_origin(kind) is tuple:
            return pyarrow.list_(typed(get_args(kind)[0], column))
        if get_origin(kind) is Literal:
            return pyarrow.string()
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return pyarrow.struct(
                [(name, typed(inner, column)) for name, inner in fields(kind, column).items()]
            )
        return simple[kind]

    simple = {
        str: pyarrow.string(),
        bool: pyarrow.bool_(),
        int: pyarrow.int64(),
        float: pyarrow.float64(),
        date: pyarrow.date32(),
        datetime: pyarrow.timestamp("us", tz="UTC"),
    }

    def write(articles: Iterable[ThreadedArticle], names: Sequence[str], sink: IO[bytes]) -> None:
        schema = pyarrow.schema([(name, typed(annotation(name), name)) for name in names])
        with pyarrow.parquet.ParquetWriter(sink, schema, compression="zstd") as table:
            for batch in _batches(articles, names):
                table.write_batch(pyarrow.RecordBatch.from_pylist(batch, schema=schema))

    return write


def _batches(articles: Iterable[ThreadedArticle], names: Sequence[str]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    size = 0
    for article in articles:
        batch.append(row(article, names, plain=False))
        size += len(article.text) if "text" in names else 0
        if len(batch) >= _ROWS or size >= _CHARACTERS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
