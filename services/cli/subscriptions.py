"""newswatch subscriptions: what was asked to be heard; kept in files, compared, applied, exported."""

import json
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from schemas.events import Subscription
from services.cli.common import HERE, Data, StoreOption, asked, fail, opened
from services.cli.place import Place
from services.kit.clock import utc_now
from services.kit.subscribing.files import SubscriptionsError, load, written
from services.kit.subscribing.plan import Plan, plan, told
from services.store.protocol import Store

app = typer.Typer(help="What was asked to be heard: list, check, compare, apply, export.")

Folder = Annotated[
    Path,
    typer.Argument(help="Folder of YAML files.", envvar="NEWSWATCH_SUBSCRIPTIONS", show_default=True),
]
FOLDER = Path("subscriptions")
EXIT_DIFFERENT = 1


@app.callback(invoke_without_command=True)
def list_them(context: typer.Context, data: Data = HERE, store: StoreOption = None) -> None:
    """Without a command: what was subscribed to."""
    if context.invoked_subcommand is None:
        show(data, store)


@app.command("list")
def show(
    data: Data = HERE,
    store: StoreOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """What was subscribed to."""
    for each in asked(opened(Place(data), store).subscriptions):
        print(each.model_dump_json() if as_json else _row(each))


@app.command()
def check(folder: Folder = FOLDER) -> None:
    """See that the files can be used; says file and line of what is wrong."""
    found = _load(folder)
    print(f"{folder}: {len(found)} subscriptions: sound")
    names: dict[str, str] = {}
    for each in found:
        if each.name in names:
            print(f"{each.id}: has the name of {names[each.name]}, {each.name!r}: alerts will look alike")
        names.setdefault(each.name, each.id)


@app.command()
def diff(folder: Folder = FOLDER, data: Data = HERE, store: StoreOption = None) -> None:
    """What `apply` would change; ends with 1 where that is anything."""
    planned = _plan(folder, opened(Place(data), store))
    _tell(planned)
    raise SystemExit(0 if planned.empty else EXIT_DIFFERENT)


@app.command()
def apply(folder: Folder = FOLDER, data: Data = HERE, store: StoreOption = None) -> None:
    """Make the subscriptions those of the files. What was made by hand stays, unless a file has its id."""
    kept = opened(Place(data), store)
    asked(kept.setup)
    planned = _plan(folder, kept)
    if planned.put:
        asked(lambda: kept.put_subscriptions(planned.put))
    for each in planned.gone:
        asked(partial(kept.delete_subscription, each.id))
    _tell(planned)


@app.command()
def export(
    folder: Annotated[
        Path | None, typer.Argument(help="Folder to write a file for each; without it, all are printed.")
    ] = None,
    data: Data = HERE,
    store: StoreOption = None,
) -> None:
    """All subscriptions as YAML that `apply` reads."""
    found = asked(opened(Place(data), store).subscriptions)
    if folder is None:
        print(written(found), end="")
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for each in found:
            path = folder / f"{each.id}.yaml"
            whole = path.with_suffix(".tmp")
            whole.write_text(written([each]), encoding="utf-8")
            whole.replace(path)
    except OSError as error:
        fail(f"{folder}: {error.strerror}; name a folder that can be written")
    print(f"{folder}: {len(found)} files")


def _load(folder: Path) -> list[Subscription]:
    try:
        return load(folder)
    except SubscriptionsError as error:
        fail(error)


def _plan(folder: Path, store: Store) -> Plan:
    return plan(_load(folder), asked(store.subscriptions), utc_now())


def _tell(planned: Plan) -> None:
    for line in told(planned):
        print(line)
    print(
        f"{len(planned.new)} new, {len(planned.changed)} changed, {len(planned.gone)} gone, "
        f"{planned.unchanged} unchanged"
    )


def _row(each: Subscription) -> str:
    where = ", ".join(channel.url or channel.name or channel.kind for channel in each.deliver)
    lines = [f"{each.id:24} {each.name}", f"{'':24} {each.query}", f"{'':24} each {each.every}, to {where}"]
    more = {
        name: value
        for name, value in json.loads(each.model_dump_json(exclude_defaults=True)).items()
        if name not in {"id", "name", "query", "every", "deliver", "created_at"}
    }
    if more:
        lines.append(f"{'':24} " + ", ".join(f"{name} {_plain(value)}" for name, value in more.items()))
    return "\n".join(lines)


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name}={part}" for name, part in value.items())
    return " ".join(str(part) for part in value) if isinstance(value, list) else str(value)
