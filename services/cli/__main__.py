"""The command line: newswatch."""

import asyncio
import json
import os
import re
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_args

import typer

from schemas.events import ThreadedArticle
from schemas.topics import named
from services.cli import channels, filters, index, show, silences, sources, subscriptions
from services.cli.alerts import alerts, latency
from services.cli.common import EXIT_UNAVAILABLE, HERE, Data, StoreOption, asked, fail, named_label, opened
from services.cli.export import export
from services.cli.place import Place, PlaceError
from services.cli.pool import Pool
from services.cli.replay import replay
from services.cli.up import Supervisor, Wanted
from services.cli.why import why
from services.crawler.sources import SourcesError
from services.crawler.sources import load as load_sources
from services.kit import span
from services.kit.clock import utc_now
from services.kit.errors import Unavailable
from services.kit.kafka import Publisher, ensure_topics
from services.kit.limit import limited
from services.kit.query import QueryError, explain, is_open, parse
from services.kit.query.highlight import highlight
from services.kit.query.tree import Node
from services.kit.settings import Settings
from services.kit.step import ARCHIVE_HEADER, CAPTURE_HEADER, payload_bytes
from services.kit.stories import as_plain, story_of
from services.kit.subscribing.files import SubscriptionsError, short
from services.kit.telling import Every
from services.newsroom.__main__ import main as newsroom_main
from services.store.admission import RECENT, recent_share
from services.store.backtest import EVERY, within
from services.store.backtest import as_json as as_report
from services.store.backtest import backtest as run_backtest
from services.store.facets import facets as count_facets
from services.store.open import without_secrets
from services.store.protocol import DeadEntry, Found, Store
from services.store.relevance import by_relevance
from services.tagger.spacy_names import finder

app = typer.Typer(
    name="newswatch",
    help="Watches the world's news and tells you within seconds what you asked to hear.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
dead = typer.Typer(help="Messages that a service refused: who, when, what, where.", no_args_is_help=True)
app.add_typer(dead, name="dead")
app.add_typer(sources.app, name="sources")
app.add_typer(channels.app, name="channels")
app.add_typer(subscriptions.app, name="subscriptions")
app.add_typer(silences.app, name="silence")
app.add_typer(index.app, name="index")
app.command()(index.retention)
app.command()(replay)
app.command()(why)
app.command()(alerts)
app.command()(latency)
app.command()(export)

STORY = 2000  # articles of a story that are shown
PAGE = 500  # articles that are asked for at a time where all are wanted
T = TypeVar("T")


# Running


@app.command()
def up(
    data: Data = HERE,
    sources: Annotated[
        Path | None, typer.Option(help="Sources to watch (YAML); without it, the sample newsroom.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port of the console; a free one near 8600 without it.")
    ] = None,
    broker: Annotated[
        str | None, typer.Option(help="Your own Kafka, host:port; without it, the embedded broker.")
    ] = None,
    store: StoreOption = None,
    speed: Annotated[
        float, typer.Option(help="How many times faster the sample newsroom's clock runs.")
    ] = 1.0,
    newsroom_rate: Annotated[
        float | None,
        typer.Option(help="Articles a second that the newsroom makes up, instead of its timeline."),
    ] = None,
    newsroom_count: Annotated[int | None, typer.Option(help="How many of them.")] = None,
    quiet: Annotated[bool, typer.Option(help="Show alerts and troubles only.")] = False,
    broker_memory_mb: Annotated[
        int, typer.Option(help="The embedded broker is begun anew beyond that.")
    ] = 400,
) -> None:
    """Start broker, services and console, watch them, and show what comes in. Ctrl-C stops all."""
    if sources is not None:
        try:
            load_sources(sources)
        except SourcesError as error:
            fail(error)
    place = Place(data)
    wanted = Wanted(
        place=place,
        sources=sources,
        broker=broker,
        store=store,
        port=port,
        speed=speed,
        quiet=quiet,
        broker_memory_mb=broker_memory_mb,
        newsroom_rate=newsroom_rate,
        newsroom_count=newsroom_count,
    )
    try:
        place.prepare()
        with place.lock():
            supervisor = Supervisor(wanted)
            supervisor.settle()
            asyncio.run(supervisor.run())
    except (PlaceError, Unavailable) as error:
        fail(error, EXIT_UNAVAILABLE)
    except OSError as error:
        fail(f"{data}: {error}; free space or choose another folder with --data", EXIT_UNAVAILABLE)


@app.command()
def status(data: Data = HERE, store: StoreOption = None) -> None:
    """What runs, and how much there is. Exit status 1 if something that should run does not."""
    place = Place(data)
    running = place.running() if place.alive() else {}
    troubled = not running
    if running:
        print(f"console   {running['console']}")
        print(f"broker    {running['broker']}")
        print(f"store     {without_secrets(running['store'])}")
        for name, service in running["services"].items():
            told, well = _readiness(service)
            troubled = troubled or not well
            print(f"{name:9} {told}{_restarts(service)}")
    else:
        print(f"nothing runs in {data}; start it with: newswatch up --data {data}")
    kept = opened(place, store)
    counts = asked(kept.counts)
    print(
        f"\n{counts.articles} articles in {counts.stories} stories, {counts.alerts} alerts, "
        f"{counts.deliveries} deliveries pending, {counts.dead_letters} dead letters"
    )
    raise SystemExit(1 if troubled else 0)


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    add_help_option=False,
)
def newsroom(context: typer.Context) -> None:
    """The sample newsroom alone: a web server of invented outlets that publish along a timeline."""
    raise SystemExit(newsroom_main(context.args))


# Asking


@app.command()
def search(
    query: str,
    data: Data = HERE,
    store: StoreOption = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20,
    since: Annotated[str, typer.Option(help="Only what was published since: 30d, 12h, 2024-05-31.")] = "",
    after: Annotated[
        str | None, typer.Option(help="Go on after an earlier page; it tells its cursor at its end.")
    ] = None,
    sort: Annotated[str, typer.Option(help="time (newest first) or relevance.")] = "time",
    all: Annotated[
        bool, typer.Option("--all", help="All that match, however many; --limit is ignored.")
    ] = False,
    facets: Annotated[
        bool, typer.Option("--facets", help="How all that match spread by source, country, topic …")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One article a line.")] = False,
) -> None:
    """Articles that match the query, newest first. The same query subscribes."""
    tree = _parsed(query)
    if sort not in ("time", "relevance"):
        fail(f"--sort {sort}: must be time or relevance")
    asked = within(tree, _since(since)) if since else tree
    kept = opened(Place(data), store)
    colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
    size = PAGE if all else limit

    def page(after: str | None) -> Found:
        if sort == "relevance":
            return by_relevance(kept, tree, asked, size, after)
        return kept.search(asked, size, after=after)

    shown = 0
    while True:
        found = _page(page, after)
        for article in found.articles:
            _print_found(article, tree, as_json, colour)
        shown += len(found.articles)
        after = found.after
        if after is None or not all:
            break
    print(
        f"{found.total} found"
        + (f", {shown} shown" if found.total > shown else "")
        + (f"; go on with --after {after}" if after else ""),
        file=sys.stderr,
    )
    if facets:
        spread = count_facets(_each(kept.scan(asked)))
        if as_json:
            print(json.dumps({"facets": asdict(spread)}, ensure_ascii=False))
        else:
            for line in show.facets(spread, shutil.get_terminal_size().columns):
                print(line)


@app.command()
def story(
    id: Annotated[str, typer.Argument(help="The story's id, or that of one of its articles.")],
    data: Data = HERE,
    store: StoreOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole story as one object.")] = False,
) -> None:
    """A story with its time line: who told which fact first, who confirms it, who copied whom."""
    kept = opened(Place(data), store)
    articles = asked(lambda: kept.story(id, STORY))
    if not articles:
        article = asked(lambda: kept.article(id))
        if article is None:
            fail(f"no story and no article has the id {id}; newswatch search --json shows ids", 1)
        articles = asked(lambda: kept.story(article.story, STORY))
    told = story_of(articles)
    if as_json:
        print(json.dumps(as_plain(told), ensure_ascii=False))
        return
    for line in show.story(told):
        print(line)


@app.command()
def backtest(
    query: str,
    since: Annotated[str, typer.Option(help="How far back: 30d, 12h, 2024-05-31.")] = "30d",
    every: Annotated[
        str, typer.Option(help="story, fact or article: how often it might have alerted.")
    ] = "story",
    data: Data = HERE,
    store: StoreOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="The whole report as JSON.")] = False,
) -> None:
    """What a subscription would have done: how many alerts, when, from whom, and what it just missed."""
    tree = _parsed(query, everything=True)
    if every not in EVERY:
        fail(f"--every {every}: must be {', '.join(EVERY[:-1])} or {EVERY[-1]}")
    start = _since(since)
    kept = opened(Place(data), store)
    found = asked(lambda: run_backtest(kept, tree, start, utc_now()))
    if as_json:
        print(json.dumps(as_report(found), ensure_ascii=False, indent=2))
        return
    print(f"{explain(tree)}\n")
    for line in show.report(found, every, shutil.get_terminal_size().columns):
        print(line)


@app.command()
def subscribe(
    query: str,
    name: Annotated[str, typer.Option(help="What alerts are called; the query itself without it.")] = "",
    id: Annotated[
        str, typer.Option(help="Short id, to change it later; made from the name without it.")
    ] = "",
    webhook: Annotated[
        list[str] | None, typer.Option(help="Address that alerts are posted to; may be repeated.")
    ] = None,
    channel: Annotated[
        list[str] | None, typer.Option(help="Named channel (newswatch channels list); may be repeated.")
    ] = None,
    every: Annotated[str, typer.Option(help="story, fact or article: how often it may alert.")] = "story",
    digest: Annotated[str, typer.Option(help="hourly :15, daily 07:30, weekly friday 07:30.")] = "",
    quiet: Annotated[str, typer.Option(help="Nothing is delivered then: 22:00-07:00.")] = "",
    zone: Annotated[str, typer.Option(help="Time zone of digest and quiet hours.")] = "UTC",
    min_outlets: Annotated[int, typer.Option(min=1, help="So many outlets must report it.")] = 1,
    language: Annotated[list[str] | None, typer.Option(help="Only in this one; may be repeated.")] = None,
    priority: Annotated[str, typer.Option(help="low, normal, high; urgent waits for nothing.")] = "normal",
    per_hour: Annotated[int | None, typer.Option(min=1, help="Then the rest as one summary.")] = None,
    wait: Annotated[
        int, typer.Option(min=0, help="Seconds in which what comes after the first is gathered.")
    ] = 0,
    yields_to: Annotated[
        list[str] | None, typer.Option(help="What that one told in a channel is not repeated; its id.")
    ] = None,
    label: Annotated[list[str] | None, typer.Option(help="name=value; may be repeated.")] = None,
    owner: Annotated[str, typer.Option(help="Whose it is.")] = "",
    expires: Annotated[str, typer.Option(help="When it ends: 30d, 12h, or 2027-01-01.")] = "",
    yes_everything: Annotated[
        bool, typer.Option("--yes-everything", help="Though it matches everything, or nearly so.")
    ] = False,
    data: Data = HERE,
    store: StoreOption = None,
) -> None:
    """Ask to hear of something. Alerts appear in the console, in its feed, and where else they are wanted."""
    tree = _parsed(query, everything=yes_everything)
    if every not in get_args(Every):
        fail(f"--every {every}: must be story, fact or article")
    for address in webhook or []:
        if not re.match(r"https?://[^\s/]+", address):
            fail(f"--webhook {address}: not an http(s) address")
    chosen = (
        id or re.sub(r"[^a-z0-9]+", "-", (name or query).lower()).strip("-")[:60].strip("-") or "subscription"
    )
    given: dict[str, Any] = {
        "id": chosen,
        "name": name or query,
        "query": query,
        "every": every,
        "everything": yes_everything and is_open(tree),
        "deliver": ["console", "feed", *(webhook or []), *(channel or [])],
        "zone": zone,
        "min_outlets": min_outlets,
        "languages": language or [],
        "priority": priority,
        "per_hour": per_hour,
        "wait_seconds": wait,
        "yields_to": yields_to or [],
        "labels": dict(named_label(each) for each in label or []),
        "owner": owner,
    }
    given |= {"digest": digest} if digest else {}
    given |= {"quiet": quiet} if quiet else {}
    now = utc_now()
    try:
        given |= {"expires_at": span.until(expires, now)} if expires else {}
        subscription = short(given)
    except SubscriptionsError as error:
        fail(error)
    except ValueError as error:
        fail(f"--expires: {error}")
    kept = opened(Place(data), store)
    asked(kept.setup)
    before = next((each for each in asked(kept.subscriptions) if each.id == chosen), None)
    if before is not None and not id:
        fail(f"a subscription {chosen!r} is there already: --id {chosen} changes it, another --name adds one")
    if before is not None and before.origin:
        fail(f"{chosen} is kept in files: edit it there, and it is followed")
    made = before.created_at if before is not None else None
    subscription = subscription.model_copy(update={"created_at": made or now})
    share = asked(lambda: recent_share(kept, tree, utc_now()))
    if share.too_much and not yes_everything:
        fail(
            f"{query}: {share.matching} of the {share.articles} articles of the last {RECENT.days} days "
            "match; say more of what it must contain, or subscribe with --yes-everything"
        )
    asked(lambda: kept.put_subscription(subscription))
    print(f"{chosen}: {explain(tree)}")
    print(f"{share.matching} of the {share.articles} articles of the last {RECENT.days} days match")


@app.command()
def unsubscribe(id: str, data: Data = HERE, store: StoreOption = None) -> None:
    """Hear of it no more."""
    kept = opened(Place(data), store)
    if not asked(lambda: kept.delete_subscription(id)):
        fail(f"no subscription {id!r}; newswatch subscriptions lists them", 1)


# Dead letters


@dead.command("list")
def dead_list(
    data: Data = HERE,
    store: StoreOption = None,
    limit: Annotated[int, typer.Option(min=1)] = 50,
    all: Annotated[bool, typer.Option("--all", help="Those that were replayed, too.")] = False,
) -> None:
    """Newest first: id, when, who, why."""
    kept = opened(Place(data), store)
    for entry in asked(lambda: kept.dead_letters(limit, include_replayed=all)):
        letter = entry.letter
        print(
            f"{letter.id[:12]}  {letter.at:%Y-%m-%d %H:%M:%S}  {letter.service:9} "
            f"{letter.code or letter.reason:16} {letter.error}"
        )


@dead.command("show")
def dead_show(id: str, data: Data = HERE, store: StoreOption = None) -> None:
    """One dead letter whole, as JSON. The beginning of its id is enough."""
    kept = opened(Place(data), store)
    entry = _dead(kept, id)
    print(
        json.dumps(
            {"state": entry.state, "times": entry.times, **entry.letter.model_dump(mode="json")},
            indent=2,
            ensure_ascii=False,
        )
    )


@dead.command("replay")
def dead_replay(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids, or their beginnings.")] = None,
    all: Annotated[bool, typer.Option("--all", help="All that are open.")] = False,
    broker: Annotated[
        str | None, typer.Option(help="Kafka, host:port; the running newswatch's without it.")
    ] = None,
    data: Data = HERE,
    store: StoreOption = None,
) -> None:
    """Publish again, where it was read, what was refused: after the cause was mended."""
    if not ids and not all:
        fail("name dead letters to replay, or say --all")
    place = Place(data)
    running = place.running()
    address = broker or os.environ.get("NEWSWATCH_BROKER") or running.get("broker")
    if not address:
        fail(
            f"no broker is known: nothing runs in {data}; start newswatch up, or name one with --broker",
            EXIT_UNAVAILABLE,
        )
    kept = opened(place, store)
    entries = asked(lambda: kept.dead_letters(100_000)) if all else [_dead(kept, id) for id in ids or []]
    settings = Settings(broker=str(address))
    try:
        ensure_topics(settings, timeout=5.0)
        publisher = Publisher(settings)
        for entry in entries:
            letter = entry.letter
            value = payload_bytes(letter)
            if not value:
                print(
                    f"{letter.id[:12]}: not replayed, its payload is in the archive only: {letter.archive}",
                    file=sys.stderr,
                )
                continue
            headers = {CAPTURE_HEADER: letter.capture_id, ARCHIVE_HEADER: letter.archive}
            publisher.send(named(letter.topic), letter.key, value, headers).get(timeout=30)
            kept.mark_replayed(letter.id)
            print(f"{letter.id[:12]}: published again to {letter.topic}")
        publisher.close()
    except Unavailable as error:
        fail(error, EXIT_UNAVAILABLE)


# The pure steps as filters


@app.command()
def discover() -> None:
    """Filter: feeds → their entries."""
    filters.run(filters.discover, filters.standard_input(), sys.stdout)


@app.command()
def robots() -> None:
    """Filter: robots.txt, agent and address → allowed or not."""
    filters.run(filters.robots_txt, filters.standard_input(), sys.stdout)


@app.command()
def canonical() -> None:
    """Filter: address → canonical address."""
    filters.run(filters.canonical_url, filters.standard_input(), sys.stdout)


@app.command()
def clean(
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=1, max=256, help="Processes that share the pages.")
    ] = 1,
) -> None:
    """Filter: page → article. A page that takes too long is an error, in several processes one that kills
    its own, too; the others go on.
    """
    if jobs == 1:
        filters.run(limited(filters.clean_page), filters.standard_input(), sys.stdout)
    else:
        Pool([sys.executable, "-m", "services.cli.clean_lines"], jobs).run(
            filters.standard_input(), sys.stdout
        )


@app.command()
def tag(
    explain: Annotated[
        bool, typer.Option("--explain", help="Print why: each sentence with what the rule saw in it.")
    ] = False,
    spacy: Annotated[
        str,
        typer.Option(
            help="spaCy's models that find more names: en=en_core_web_sm,…", envvar="NEWSWATCH_SPACY_MODELS"
        ),
    ] = "",
) -> None:
    """Filter: article → topics, entities, countries, events."""
    if explain:
        for line in filters.explanations(filters.standard_input()):
            typer.echo(line)
        return
    try:
        names = finder(spacy)
    except (ValueError, Unavailable) as error:
        fail(error)
    filters.run(filters.tagger(names), filters.standard_input(), sys.stdout)


@app.command()
def thread() -> None:
    """Filter: tagged articles, in order of time → story and relation of each."""
    filters.run(filters.threader(), filters.standard_input(), sys.stdout)


@app.command()
def match(
    subscriptions: Annotated[Path, typer.Option(help="JSON Lines of {id, query}.")],
) -> None:
    """Filter: tagged articles → ids of the subscriptions that they fulfil."""
    try:
        apply = filters.matcher(subscriptions)
    except (filters.BadLine, OSError) as error:
        fail(error)
    filters.run(apply, filters.standard_input(), sys.stdout)


def _parsed(query: str, everything: bool = False) -> Node:
    try:
        return parse(query, everything=everything)
    except QueryError as error:
        fail(error)


def _dead(store: Store, id: str) -> DeadEntry:
    """The dead letter whose id begins so."""
    whole = asked(lambda: store.dead_letter(id))
    if whole is not None:
        return whole
    found = [
        each for each in asked(lambda: store.dead_letters(100_000, True)) if each.letter.id.startswith(id)
    ]
    if len(found) != 1:
        fail(
            f"{len(found) or 'no'} dead letters begin with {id!r}; newswatch dead list shows them",
            1,
        )
    return found[0]


def _each(articles: Iterator[ThreadedArticle]) -> Iterator[ThreadedArticle]:
    try:
        yield from articles
    except Unavailable as error:
        fail(error, EXIT_UNAVAILABLE)


def _page(page: Callable[[str | None], Found], after: str | None) -> Found:
    try:
        return asked(lambda: page(after))
    except ValueError as error:
        fail(f"--after: {error}")


def _print_found(article: ThreadedArticle, query: Node, as_json: bool, colour: bool) -> None:
    shown = highlight(query, article)
    if as_json:
        print(json.dumps(article.model_dump(mode="json") | {"highlight": asdict(shown)}, ensure_ascii=False))
    else:
        print(show.row(article, shown, colour))


def _since(text: str) -> datetime:
    try:
        return span.since(text, utc_now())
    except ValueError as error:
        fail(f"--since: {error}")


def _readiness(service: dict[str, Any]) -> tuple[str, bool]:
    url, state = service.get("url"), str(service.get("state"))
    if state != "running" or not url:
        return state, state == "running"
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=2.0):
            return "ready", True
    except urllib.error.HTTPError as error:
        if error.code == HTTPStatus.NOT_FOUND:
            return "running", True
        waiting = json.loads(error.read() or b"{}").get("waiting_for", {})
        return "not ready: " + "; ".join(f"{name}: {why}" for name, why in waiting.items()), False
    except OSError as error:
        return f"does not answer at {url}: {error}", False


def _restarts(service: dict[str, Any]) -> str:
    number = service.get("restarts") or 0
    return f"  (started again {number} times)" if number else ""


def main() -> None:
    app()


if __name__ == "__main__":
    main()
