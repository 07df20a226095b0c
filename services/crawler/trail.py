"""What the crawler knows of an address, read from its state while it works or rests."""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from services.crawler.pulse import Pulse
from services.crawler.sources import Source
from services.kit.urls import canonical


@dataclass(frozen=True, slots=True)
class Listed:
    """A page that waits to be fetched."""

    discovered: datetime
    feed: str
    attempts: int
    due: datetime


@dataclass(frozen=True, slots=True)
class Captured:
    """A page that was fetched: when it was first, where the last capture lies, whether it is gone since."""

    first_seen: datetime
    archive: str
    gone: bool


@dataclass(frozen=True, slots=True)
class Trail:
    """`sources`: those of the catalogue that cover the address's site. `named`: feeds that named it. `why`:
    what kept us from having anything of it, though we asked. `read`: ids of the sources that were read.
    `pulses`: what is remembered of these sources, noted some minutes later; None where no crawler has worked.
    """

    sources: tuple[Source, ...]
    named: tuple[str, ...] = ()
    listed: Listed | None = None
    fetched: datetime | None = None
    why: str = ""
    captured: Captured | None = None
    read: frozenset[str] = frozenset()
    pulses: dict[str, Pulse] | None = None


def trail(file: Path, url: str, sources: Sequence[Source]) -> Trail:
    """`file`: the crawler's state; without it, only the sources are told. ValueError for no http(s) address;
    OSError where the state cannot be read.
    """
    address = canonical(url)
    covering = tuple(source for source in sources if _covers(source, address))
    if not file.exists():
        return Trail(covering)
    given = (url, address)
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=5)) as database:
            named = database.execute(
                "SELECT DISTINCT feed FROM entries WHERE url IN (?, ?)", given
            ).fetchall()
            lead = database.execute(
                "SELECT discovered, feed, attempts, due FROM leads WHERE url IN (?, ?)", given
            ).fetchone()
            fetched = database.execute(
                "SELECT fetched, why FROM addresses WHERE url IN (?, ?) ORDER BY fetched DESC", given
            ).fetchone()
            page = database.execute(
                "SELECT first_seen, archive, gone FROM pages WHERE canonical = ?", (address,)
            ).fetchone()
            read = database.execute(
                "SELECT url FROM feeds WHERE url IN (SELECT value FROM json_each(?))",
                (json.dumps([way.url for source in covering for way in source.ways]),),
            ).fetchall()
            pulses = database.execute("SELECT key, value FROM memory WHERE kind = 'source'").fetchall()
    except sqlite3.Error as error:
        raise OSError(f"{file}: {error}") from error
    return Trail(
        covering,
        tuple(feed for (feed,) in named),
        Listed(_moment(lead[0]), lead[1], lead[2], _moment(lead[3])) if lead else None,
        _moment(fetched[0]) if fetched else None,
        fetched[1] if fetched else "",
        Captured(_moment(page[0]), page[1], bool(page[2])) if page else None,
        read=_read_of(covering, {url for (url,) in read}),
        pulses=_pulses(pulses, {source.id for source in covering}),
    )


def _read_of(sources: Sequence[Source], read: set[str]) -> frozenset[str]:
    return frozenset(source.id for source in sources if any(way.url in read for way in source.ways))


def _pulses(rows: Sequence[tuple[str, str]], wanted: set[str]) -> dict[str, Pulse]:
    found = {}
    for key, text in rows:
        if key in wanted:
            with suppress(ValueError, TypeError, KeyError):
                found[key] = Pulse.loads(text)
    return found


def _covers(source: Source, address: str) -> bool:
    host = _host(address)
    places = [way.url for way in source.ways] + ([source.home] if source.home else [])
    return any(_kin(host, _host(place)) for place in places)


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _kin(one: str, other: str) -> bool:
    """The same host, or one is under the other: feeds.example.org and example.org."""
    return one == other or one.endswith(f".{other}") or other.endswith(f".{one}")


def _moment(stamp: float) -> datetime:
    return datetime.fromtimestamp(stamp, UTC)
