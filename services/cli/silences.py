"""newswatch silence: no deliveries for a time, with a reason; alerts are recorded all the same."""

from datetime import datetime, timedelta
from typing import Annotated

import typer

from schemas.events import Silence
from services.cli.common import HERE, Data, StoreOption, asked, fail, named_label, opened
from services.cli.place import Place
from services.cli.show import harmless
from services.kit.clock import utc_now
from services.kit.query import QueryError, parse
from services.kit.span import ahead

app = typer.Typer(help="No deliveries for a time: add, list, lift.", no_args_is_help=True)


@app.command()
def add(
    id: Annotated[str, typer.Argument(help="Short name, to lift it by.")],
    reason: Annotated[str, typer.Option(help="Why; whoever misses an alert reads it.")],
    for_: Annotated[
        str, typer.Option("--for", help="How long: 90m, 12h, 3d. Without it, until lifted.")
    ] = "",
    subscription: Annotated[str | None, typer.Option(help="Of this subscription only.")] = None,
    label: Annotated[list[str] | None, typer.Option(help="name=value: of those that have it.")] = None,
    story: Annotated[str | None, typer.Option(help="Of this story only.")] = None,
    query: Annotated[str | None, typer.Option(help="Of articles that match it.")] = None,
    by: Annotated[str, typer.Option(help="Who asks for it.", envvar="USER")] = "",
    data: Data = HERE,
    store: StoreOption = None,
) -> None:
    """Hold for all that is given together. Without any, nothing is delivered to anybody."""
    labels = dict(named_label(each) for each in label or [])
    now = utc_now()
    try:
        until = now + ahead(for_) if for_ else None
        if query is not None:
            parse(query)
        silence = Silence(
            id=id,
            reason=reason,
            by=by,
            created_at=now,
            ends_at=until,
            subscription=subscription,
            labels=labels,
            story=story,
            query=query,
        )
    except QueryError as error:
        fail(f"--query: {error}")
    except ValueError as error:
        fail(f"--for or id: {str(error).splitlines()[0]}; an id has lower-case letters, digits and hyphens")
    kept = opened(Place(data), store)
    asked(kept.setup)
    asked(lambda: kept.put_silence(silence))
    print(_row(silence, now))


@app.command("list")
def list_(
    all: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    data: Data = HERE,
    store: StoreOption = None,
) -> None:
    """Each on a line."""
    now = utc_now()
    for each in asked(opened(Place(data), store).silences):
        if all or each.ends_at is None or each.ends_at > now:
            print(_row(each, now))


@app.command()
def lift(id: str, data: Data = HERE, store: StoreOption = None) -> None:
    """Deliver again."""
    kept = opened(Place(data), store)
    if not asked(lambda: kept.delete_silence(id)):
        fail(f"no silence {id!r}; newswatch silence list shows them", 1)


def _row(each: Silence, now: datetime) -> str:
    until = f"until {each.ends_at:%Y-%m-%d %H:%M} UTC" if each.ends_at is not None else "until lifted"
    if each.ends_at is not None and each.ends_at <= now + timedelta(0):
        until = f"over since {each.ends_at:%Y-%m-%d %H:%M} UTC"
    what = [f"subscription {each.subscription}"] if each.subscription else []
    what += [f"label {name}={value}" for name, value in each.labels.items()]
    what += [f"story {each.story}"] if each.story else []
    what += [f"query {each.query}"] if each.query else []
    return harmless(f"{each.id:24} {until}: {', '.join(what) or 'everything'} ({each.reason})")
