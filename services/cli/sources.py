"""newswatch sources: the catalogue of sources, looked at, checked, found and tried."""

import asyncio
import json
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
import yaml

from services.crawler import pulse, recall
from services.crawler.discovery import parse_feed
from services.crawler.fetch import Fetcher, FetchFailed, fetching
from services.crawler.memory import Found
from services.crawler.pulse import Course, Pulse
from services.crawler.sources import Source, SourcesError, load
from services.crawler.sources.find import Ways, find
from services.crawler.sources.opml import from_opml, id_for, to_opml
from services.kit.addresses import private_hosts
from services.kit.clock import utc_now
from services.kit.settings import Settings

app = typer.Typer(help="The sources that are watched: list, check, find, try.", no_args_is_help=True)

Catalogue = Annotated[Path, typer.Argument(help="A YAML file of sources, or a folder of them.")]
Private = Annotated[
    bool, typer.Option("--private", help="The address may be on this machine or an inner network.")
]
SOURCES = Path("sources")
PULSES = "SELECT key, value FROM memory WHERE kind = 'source'"
COURSES = "SELECT key, value FROM memory WHERE kind = 'way'"
T = TypeVar("T")


def fail(message: object, status: int = 1) -> NoReturn:
    print(message, file=sys.stderr)
    raise SystemExit(status)


@app.command("list")
def list_sources(
    path: Catalogue = SOURCES,
    country: Annotated[str | None, typer.Option(help="ISO 3166-1 alpha-2.")] = None,
    language: Annotated[str | None, typer.Option(help="ISO 639-1.")] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Each source on a line."""
    found = [
        source
        for source in _load(path)
        if (country is None or source.country == country.upper())
        and (language is None or language.lower() in {source.language, *source.languages})
    ]
    for source in found:
        if as_json:
            print(source.model_dump_json(exclude_defaults=True))
            continue
        kinds = [way.kind for way in source.ways]
        ways = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(kinds))
        where = f"{source.country or '--'} {source.language or '--'}"
        print(f"{source.id:30} {where} {source.name[:40]:40} {ways}")
    if not as_json:
        print(f"{len(found)} sources", file=sys.stderr)


@app.command()
def check(paths: Annotated[list[Path], typer.Argument(help="YAML files or folders.")]) -> None:
    """See that catalogues can be used; says file and line of what is wrong."""
    wrong = False
    for path in paths:
        try:
            found = load(path)
        except SourcesError as error:
            print(error, file=sys.stderr)
            wrong = True
            continue
        ways = sum(len(source.ways) for source in found)
        print(f"{path}: {len(found)} sources, {ways} feeds, sitemaps and pages: sound")
    raise SystemExit(int(wrong))


@app.command("import")
def import_opml(file: Annotated[Path, typer.Argument(help="An OPML file.")]) -> None:
    """OPML in, a YAML catalogue out."""
    try:
        found = from_opml(file.read_bytes(), str(file))
    except OSError as error:
        fail(f"{file}: {error.strerror}")
    except (SourcesError, ValueError) as error:
        fail(error)
    print(_as_yaml(found), end="")


@app.command("export")
def export_opml(path: Catalogue = SOURCES) -> None:
    """A YAML catalogue in, OPML out, for other readers of feeds."""
    sys.stdout.buffer.write(to_opml(_load(path)))


@app.command("test")
def try_out(
    what: Annotated[str, typer.Argument(help="An address, or the id of a source in the catalogue.")],
    path: Annotated[Path, typer.Option("--catalogue")] = SOURCES,
    private: Private = False,
) -> None:
    """Show what would be found now."""
    if what.startswith(("http://", "https://")):
        urls = [what]
    else:
        named = [source for source in _load(path) if source.id == what]
        if not named:
            fail(f"{what!r} is neither an address nor a source in {path}")
        urls = [way.url for way in named[0].ways]
    good = asyncio.run(_test(urls, private))
    raise SystemExit(0 if good else 1)


@app.command()
def add(
    url: Annotated[str, typer.Argument(help="A publisher's home page.")],
    into: Annotated[Path | None, typer.Option(help="The catalogue to which the entry is added.")] = None,
    id: Annotated[str | None, typer.Option(help="Made of the page's title without it.")] = None,
    private: Private = False,
) -> None:
    """Find the feeds, sitemaps and section pages of a publisher, and print or keep the entry."""
    try:
        ways = asyncio.run(_find(url, private))
    except (FetchFailed, ValueError) as error:
        fail(f"{url}: {error}")
    for tried in ways.tried:
        print(f"# {tried.summary}", file=sys.stderr)
    known = ways.about
    entry = {
        "id": id or id_for(known.name),
        "name": known.name,
        "country": known.country,
        "language": known.language,
        "home": ways.home,
        "feeds": list(ways.feeds),
        "news_sitemaps": list(ways.news_sitemaps),
        "sitemaps": list(ways.sitemaps) if not ways.feeds and not ways.news_sitemaps else [],
        "sections": list(ways.sections),
    }
    try:
        source = Source.model_validate({key: value for key, value in entry.items() if value})
    except ValueError:
        fail(f"{url}: no feeds, no sitemaps, and the page lists no articles; name them by hand")
    text = _as_yaml([source])
    if into is None:
        print(text, end="")
        return
    _append(into, source, text)


@app.command()
def health(
    path: Catalogue = SOURCES,
    data: Annotated[Path, typer.Option(envvar="NEWSWATCH_DATA", help="The crawler's data folder.")] = Path(
        ".newswatch"
    ),
    unwell: Annotated[bool, typer.Option("--unwell", help="Only those that are not well.")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """How each source is: by its own history, and what share of its articles is caught."""
    file = data / "crawler" / "state.sqlite"
    if not file.exists():
        fail(f"{file}: no crawler has worked there; name its folder with --data")
    now = utc_now().timestamp()
    pulses, courses, finds = (
        _remembered(file, Pulse.loads, PULSES),
        _remembered(file, Course.loads, COURSES),
        _finds(file),
    )
    rows = [
        _row(source, pulses[source.id], courses, finds.get(source.id, {}), now)
        for source in sorted(_load(path), key=lambda source: source.id)
        if source.id in pulses
    ]
    for row in rows:
        if unwell and row["state"] in pulse.WELL:
            continue
        if as_json:
            print(json.dumps(row, ensure_ascii=False))
            continue
        share = "?" if row["caught_share"] is None else f"{row['caught_share']:.0%}"
        rate = f"{row['articles_per_day']:7.1f}/day"
        print(f"{row['id']:30} {row['state']:11} {rate}  caught {share:>4}  {row['reason']}")
    if not as_json:
        states = Counter(row["state"] for row in rows)
        told = ", ".join(f"{count} {state}" for state, count in states.most_common())
        print(f"{len(rows)} sources: {told or 'none was looked at yet'}", file=sys.stderr)


def _row(
    source: Source,
    found: Pulse,
    courses: Mapping[str, Course],
    finds: Mapping[frozenset[Found], int],
    now: float,
) -> dict[str, Any]:
    expected = source.expect.articles_per_day if source.expect else None
    ways = {way.url: courses[way.url] for way in source.ways if way.url in courses}
    troubles = [wrong for url, course in ways.items() if (wrong := pulse.trouble(url, course, now))]
    judged = pulse.judge(found, now, expected, troubles)
    caught = recall.estimate(finds)
    return {
        "id": source.id,
        "state": judged.state,
        "articles_per_day": round(judged.seen_per_day, 1),
        "expected_per_day": expected,
        "last_article": found.rhythm.last or None,
        "last_success": found.success or None,
        "failures": found.failing,
        "caught_share": round(caught.share, 2) if caught else None,
        "published_estimate": round(caught.published) if caught else None,
        "reason": judged.reason,
        "ways": {
            url: {
                "last_news": course.news or None,
                "failures": course.failures,
                "moved": course.moved or None,
            }
            for url, course in ways.items()
        },
    }


async def _test(urls: list[str], private: bool) -> bool:
    settings, good = Settings(), True
    async with fetching(settings, utc_now, _allowed(urls, private)) as fetcher:
        for url in urls:
            try:
                response = await fetcher.feed(url, None)
            except FetchFailed as error:
                print(f"{url}: {error}")
                good = False
                continue
            feed = parse_feed(response.content, response.header("content-type"), response.url)
            if response.status != 200 or feed.error is not None:
                print(f"{url}: {feed.error if response.status == 200 else f'HTTP {response.status}'}")
                good = False
                continue
            print(f"{url}: {feed.kind}, {len(feed.entries)} pages, {len(feed.children)} further documents")
            for entry in feed.entries[:10]:
                when = f"{entry.published:%Y-%m-%d %H:%M}" if entry.published else " " * 16
                print(f"  {when}  {entry.title[:70]:70}  {entry.url}")
    return good


async def _find(url: str, private: bool) -> Ways:
    async with fetching(Settings(), utc_now, _allowed([url], private)) as fetcher:
        return await find(url, lambda address: _page(fetcher, address))


async def _page(fetcher: Fetcher, url: str) -> Any:
    return await fetcher.feed(url, None)


def _allowed(urls: list[str], private: bool) -> frozenset[str]:
    return private_hosts(Settings().private_hosts, urls if private else [])


def _load(path: Path) -> list[Source]:
    try:
        return load(path)
    except SourcesError as error:
        fail(error)


def _as_yaml(sources: list[Source]) -> str:
    rows = [source.model_dump(mode="json", exclude_defaults=True) for source in sources]
    return yaml.safe_dump({"sources": rows}, allow_unicode=True, sort_keys=False, width=110)


def _append(file: Path, source: Source, text: str) -> None:
    """Add the entry to the end of a file whose list of sources is its last part; comments stay."""
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    if before:
        known = _load(file)
        if source.id in {other.id for other in known}:
            fail(f"{file}: source {source.id!r} is there already; choose another with --id")
        ours = {way.url for way in source.ways}
        for other in known:
            if ours & {way.url for way in other.ways}:
                fail(f"{file}: source {other.id!r} has one of these addresses already")
        rows = text.split("\n", 1)[1]
        text = before.rstrip("\n") + "\n" + "".join(f"  {row}\n" for row in rows.splitlines())
    file.write_text(text, encoding="utf-8")
    print(f"{file}: added {source.id}", file=sys.stderr)
    _load(file)


def _remembered(file: Path, loads: Callable[[str], T], statement: str) -> dict[str, T]:
    found = {}
    for key, text in _rows(file, statement):
        with suppress(ValueError, TypeError, KeyError):
            found[key] = loads(text)
    return found


def _finds(file: Path) -> dict[str, dict[frozenset[Found], int]]:
    counts: dict[str, dict[frozenset[Found], int]] = {}
    for source, ways, count in _rows(file, "SELECT source, ways, count(*) FROM finds GROUP BY source, ways"):
        counts.setdefault(source, {})[frozenset(Found(ways))] = count
    return counts


def _rows(file: Path, statement: str) -> list[Any]:
    try:
        database = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=5)
        try:
            return database.execute(statement).fetchall()
        finally:
            database.close()
    except sqlite3.Error as error:
        fail(f"{file}: {error}")
