"""newswatch alerts and latency: what was told, thread by thread, and how long it took."""

import json
from datetime import datetime
from typing import Annotated

import typer

from services.cli.common import HERE, Data, StoreOption, asked, opened
from services.cli.place import Place
from services.cli.show import harmless
from services.kit.clock import utc_now
from services.store import latency as latencies
from services.store import threads as threading
from services.store.latency import Spread

AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
SOURCES = 20


def alerts(
    subscription: Annotated[str | None, typer.Option(help="Of this subscription only.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Of so many alerts, the newest.")] = 50,
    as_json: AsJson = False,
    data: Data = HERE,
    store: StoreOption = None,
) -> None:
    """What was told, one thread for each story, with what was new in it."""
    kept = opened(Place(data), store)
    now = utc_now()
    for thread in asked(lambda: threading.threads(kept, now, limit, subscription)):
        if as_json:
            print(json.dumps(threading.as_json(thread), ensure_ascii=False))
            continue
        print(f"{thread.state:8} {thread.subscription}  story {thread.story[:12]}")
        for alert in thread.alerts:
            new = f"{alert.news}: " if alert.news and alert.news != "event" else ""
            print(f"  {_clock(alert.created_at)}  {new}{harmless(alert.summary)}")
            print(f"{'':23}{harmless(alert.source_name or alert.source)}: {harmless(alert.url)}")


def latency(
    subscription: Annotated[str | None, typer.Option(help="Of this subscription only.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="Of so many alerts, the newest.")] = 1000,
    by_source: Annotated[bool, typer.Option("--by-source", help="Each source, too.")] = False,
    as_json: AsJson = False,
    data: Data = HERE,
    store: StoreOption = None,
) -> None:
    """How long alerts took from stage to stage."""
    kept = opened(Place(data), store)
    found = asked(lambda: latencies.latency(kept, limit, subscription))
    if as_json:
        print(json.dumps(latencies.as_json(found), ensure_ascii=False))
        return
    print(f"{'seconds since the stage before':32} {'p50':>8} {'p99':>8} {'longest':>8}  alerts")
    _rows(found.stages)
    for name, spreads in found.sources[:SOURCES] if by_source else ():
        print(f"\n{harmless(name)}")
        _rows(spreads)


def _rows(spreads: tuple[Spread, ...]) -> None:
    for each in spreads:
        print(f"{each.stage:32} {each.p50:8.2f} {each.p99:8.2f} {each.longest:8.2f}  {each.alerts}")


def _clock(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"
