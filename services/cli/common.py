"""What the commands share: where things are, and how what goes wrong is told."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import typer

from services.cli.place import Place
from services.kit.errors import Unavailable
from services.store.open import open_store
from services.store.protocol import Store

EXIT_WRONG = 2
EXIT_UNAVAILABLE = 69
HERE = Path(".newswatch")
T = TypeVar("T")

Data = Annotated[
    Path,
    typer.Option(help="Folder of everything newswatch keeps.", envvar="NEWSWATCH_DATA", show_default=True),
]
StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store",
        help="Another store: embedded:FOLDER, or Elasticsearch's address.",
        envvar="NEWSWATCH_STORE",
    ),
]


def fail(message: object, status: int = EXIT_WRONG) -> NoReturn:
    """One clear line, and out."""
    print(message, file=sys.stderr)
    raise SystemExit(status)


def opened(place: Place, store: str | None) -> Store:
    """The store that is named or, without that, the one of the data folder."""
    try:
        return open_store(store or place.store)
    except (ValueError, Unavailable) as error:
        fail(error, EXIT_UNAVAILABLE)


def asked(ask: Callable[[], T]) -> T:
    """The answer; where the store is out of reach, that in one line."""
    try:
        return ask()
    except Unavailable as error:
        fail(error, EXIT_UNAVAILABLE)


def named_label(text: str) -> tuple[str, str]:
    """Name and value of --label name=value."""
    name, mark, value = text.partition("=")
    if not mark or not name:
        fail(f"--label {text}: write name=value")
    return name, value
