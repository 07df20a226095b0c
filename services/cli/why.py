"""newswatch why: the whole way of an article and its fate with each subscription; of an address never seen,
why not, and what to do.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from services.cli.common import HERE, Data, StoreOption, asked, fail, opened
from services.cli.place import Place
from services.cli.show import harmless
from services.crawler.sources import Source, SourcesError, load
from services.crawler.trail import trail
from services.crawler.unseen import because
from services.kit.clock import utc_now
from services.kit.urls import article_id, canonical
from services.store.protocol import Delivery, Store
from services.store.why import Fate, Why, as_json
from services.store.why import why as explain

_ID = re.compile(r"[0-9a-f]{64}")
_WIDTH = 12


def why(
    what: Annotated[str, typer.Argument(help="An article's address or id, or an alert's id.")],
    subscription: Annotated[str | None, typer.Argument(help="Of this subscription only.")] = None,
    sources: Annotated[
        Path | None,
        typer.Option(help="The sources that are watched.", envvar="NEWSWATCH_SOURCES"),
    ] = None,
    as_json_: Annotated[bool, typer.Option("--json", help="As one JSON object.")] = False,
    data: Data = HERE,
    store: StoreOption = None,
) -> None:
    """Why an article alerted, or did not. Ends with 1 where the article was never seen."""
    kept = opened(Place(data), store)
    id, url = _article(kept, what)
    try:
        found = asked(lambda: explain(kept, id, subscription))
    except KeyError as error:
        fail(f"{error.args[0]}; newswatch subscriptions lists them")
    missing = _never_seen(url, data, sources) if found.article is None and not found.dead else []
    if as_json_:
        print(json.dumps({**as_json(found), "not_seen_because": missing}, ensure_ascii=False))
    else:
        for line in (f"{url or what}: never seen", *missing) if missing else lines(found, utc_now()):
            print(harmless(line))
    raise SystemExit(1 if missing else 0)


def _article(store: Store, what: str) -> tuple[str, str]:
    """The article's id, and its address where one was given."""
    if _ID.fullmatch(what):
        alert = asked(lambda: store.alert(what))
        return (alert.article_id if alert is not None else what), ""
    try:
        url = canonical(what)
    except ValueError as error:
        fail(f"{what}: neither an id of 64 digits and letters a to f, nor an address ({error})")
    return article_id(url), url


def lines(found: Why, now: datetime) -> Iterator[str]:
    """The way of the article, its dead letters, and its fates."""
    if found.article is not None:
        yield f"{found.article.canonical_url}"
        yield f"article {found.id}"
    for step in found.steps:
        yield from _row(step.stage, step.at, step.told)
    for entry in found.dead:
        letter = entry.letter
        what = letter.code or letter.reason
        yield from _row(
            "refused",
            letter.at,
            (
                f"by the {letter.service} ({what}, {entry.state}): {letter.error}",
                f"newswatch dead show {letter.id[:12]}; once mended: newswatch dead replay {letter.id[:12]}",
            ),
        )
    for fate in found.fates:
        yield from _fate(fate, now)
    if found.unmatched and found.article is not None:
        counted = "1 subscription does" if found.unmatched == 1 else f"{found.unmatched} subscriptions do"
        yield f"{counted} not ask for it; with the id of one, newswatch why says by which clause"
    elif found.article is not None and not found.fates:
        yield "nobody subscribed to anything"


def _fate(fate: Fate, now: datetime) -> Iterator[str]:
    at = fate.alert.created_at if fate.alert is not None else None
    yield from _row(fate.verdict, at, (f"{fate.subscription.id}: {fate.why}",))
    for delivery in fate.deliveries:
        yield f"{'':{_WIDTH + 21}}{_delivery(delivery, now)}"


def _delivery(delivery: Delivery, now: datetime) -> str:
    channel = delivery.channel
    where = channel.name or channel.url or channel.kind
    why = "; ".join(part for part in (delivery.reason, delivery.error) if part)
    match delivery.state:
        case "delivered":
            assert delivery.finished_at is not None
            took = (delivery.finished_at - delivery.alert.fetched_at).total_seconds()
            return (
                f"{where}: delivered {_clock(delivery.finished_at)}, {took:.1f} s after the capture"
                f"{f' ({why})' if why else ''}"
            )
        case "pending":
            due = delivery.due_at if delivery.due_at is not None and delivery.due_at > now else None
            if due is not None:
                return f"{where}: held until {_clock(due)}: {why}"
            return f"{where}: on its way{f' ({why})' if why else ''}"
        case _:
            return f"{where}: {delivery.state}: {why}"


def _row(stage: str, at: datetime | None, told: tuple[str, ...]) -> Iterator[str]:
    head = f"{_clock(at) if at is not None else '':20} {stage:{_WIDTH}}"
    for number, line in enumerate(told or ("",)):
        yield f"{head if number == 0 else '':{_WIDTH + 21}}{line}".rstrip()


def _clock(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _never_seen(url: str, data: Path, sources: Path | None) -> list[str]:
    if not url:
        return ["no article and no alert has this id: give the address, which tells more"]
    watched = _sources(sources, data)
    if watched is None:
        return [
            f"which sources are watched is not known: nothing runs in {data}",
            "name their file with --sources, or the folder of what runs with --data",
        ]
    file = data / "crawler" / "state.sqlite"
    try:
        known = trail(file, url, watched)
    except OSError as error:
        fail(error)
    if not file.exists():
        return [
            *because(known, url, utc_now()),
            f"no crawler has worked in {data}: name its folder with --data to learn more",
        ]
    return because(known, url, utc_now())


def _sources(path: Path | None, data: Path) -> list[Source] | None:
    """Those that are named, or that run here, or ran last; None where none is known."""
    if path is None:
        place = Place(data)
        running = place.running().get("sources")
        sample = place.sample_sources
        path = Path(running) if running else sample if sample.exists() else None
    if path is None:
        return None
    try:
        return load(path)
    except SourcesError as error:
        fail(error)
