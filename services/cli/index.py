"""newswatch index and retention: what the store keeps things in, made, checked, made anew, made smaller."""

import json
from typing import Annotated, Any

import typer

from services.cli.common import HERE, Data, StoreOption, asked, fail, opened
from services.cli.place import Place
from services.kit import span
from services.kit.clock import utc_now
from services.store.elastic.schema import Abilities, Options, wanted
from services.store.protocol import Expired

app = typer.Typer(
    help="What the store keeps things in: make it, look at it, make it anew.", no_args_is_help=True
)

EXIT_FLAW = 1


@app.command()
def setup(data: Data = HERE, store: StoreOption = None) -> None:
    """Create or bring up to date what can be while all goes on. Services do it by themselves, too."""
    kept = opened(Place(data), store)
    asked(kept.setup)
    print("all is set up")


@app.command()
def check(
    data: Data = HERE,
    store: StoreOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON Lines.")] = False,
) -> None:
    """What there is, and what is wrong with it. Exit status 1 if something is."""
    kept = opened(Place(data), store)
    found = asked(kept.inspect)
    for each in found:
        if as_json:
            told = {"name": each.name, "documents": each.documents, "bytes": each.bytes}
            print(json.dumps(told | {"flaw": each.flaw, "way_out": each.way_out}, ensure_ascii=False))
            continue
        told_flaw = f"{each.flaw}: {each.way_out}" if each.flaw else "as wanted"
        print(f"{each.name:34} {each.documents:>12,} {each.bytes / 1e6:>12,.1f} MB  {told_flaw}")
    if any(each.flaw for each in found):
        raise SystemExit(EXIT_FLAW)


@app.command()
def reindex(
    everything: Annotated[
        bool, typer.Option("--all", help="Everything, not only what cannot learn what it lacks.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Take the place of one that was killed: none may be at work.")
    ] = False,
    data: Data = HERE,
    store: StoreOption = None,
) -> None:
    """Make indices anew by this version's mapping, while services go on. Needs room for the largest twice."""
    kept = opened(Place(data), store)

    def run() -> int:
        steps = 0
        for line in kept.rebuild(everything=everything, again=again):
            print(line, flush=True)
            steps += 1
        return steps

    if not asked(run):
        print("nothing to do: all is as this newswatch wants it")
    asked(kept.setup)


@app.command()
def templates(
    prefix: Annotated[str, typer.Option(help="Of the indices' names.")] = "newswatch",
) -> None:
    """What setup puts on an Elasticsearch with every module, as JSON, for who puts it there by hand."""
    schema = wanted(prefix, Options(), Abilities())
    shown: dict[str, Any] = {
        f"_ilm/policy/{prefix}-articles": {"policy": schema.lifecycle},
        f"_component_template/{prefix}-settings": schema.component,
    }
    shown |= {f"_index_template/{prefix}-{kind}": template for kind, template in schema.templates.items()}
    print(json.dumps(shown, indent=2, ensure_ascii=False))


def retention(
    term: Annotated[str, typer.Argument(help="How long articles are kept: 365d, 52w.")],
    dead: Annotated[str, typer.Option(help="How long dead letters are kept; without it, for ever.")] = "",
    apply: Annotated[
        bool, typer.Option("--apply", help="Delete; without it, only tell what would go.")
    ] = False,
    data: Data = HERE,
    store: StoreOption = None,
) -> None:
    """Delete articles whose latest capture is older. Elasticsearch deletes whole months, none with an article
    inside the term. Alerts stay: they keep what is replayed from alerting again.
    """
    now = utc_now()
    try:
        before = now - span.ahead(term)
        dead_before = now - span.ahead(dead) if dead else None
    except (ValueError, OverflowError) as error:
        fail(error)
    kept = opened(Place(data), store)
    found = asked(lambda: kept.expire(before, apply=apply))
    for each in found:
        print(_row(each, apply=apply))
    if not found:
        print(f"no articles from before {before:%Y-%m-%d}")
    if dead_before is not None:
        count = asked(lambda: kept.expire_dead(dead_before, apply=apply))
        print(f"dead letters  {count:>10,}  {_fate(apply=apply)}")
    if not apply:
        print("nothing was deleted: --apply does it")


def _row(each: Expired, *, apply: bool) -> str:
    fate = _fate(apply=apply) if each.goes else f"stays: {each.reason}"
    return f"{each.month:12}  {each.articles:>10,}  newest {each.newest:%Y-%m-%d %H:%M}  {fate}"


def _fate(*, apply: bool) -> str:
    return "deleted" if apply else "would go"
