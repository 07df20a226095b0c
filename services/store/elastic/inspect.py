"""What there is of newswatch's on a server, and what is not as this newswatch wants it."""

from collections.abc import Sequence
from typing import Any

from services.store.elastic.schema import KINDS, SCHEMA, Schema, differences, mark_of
from services.store.elastic.server import Server
from services.store.elastic.setup import Index, indices_there
from services.store.protocol import Holding

Json = dict[str, Any]

_SETUP = "newswatch index setup"
_REINDEX = "newswatch index reindex"
_FIELDS_TOLD = 3


def inspect(server: Server, schema: Schema) -> list[Holding]:
    """All indices, those that are missing too."""
    with server.errors():
        there = indices_there(server)
        if not there:
            return [Holding(server.prefix, 0, 0, "there are no indices", _SETUP)]
        names = [index.name for index in there]
        stats = server.client.indices.stats(index=names, metric=["docs", "store"])["indices"]
        settings = server.client.indices.get_settings(index=names)
        health = server.client.cluster.health(index=names, level="indices")["indices"]
    found = []
    for index in there:
        flaw, way_out = _flaw(index, schema, settings[index.name]["settings"]["index"])
        if health[index.name]["status"] == "red":
            flaw, way_out = "a primary shard is lost (red)", "look into Elasticsearch's log"
        total = stats.get(index.name, {}).get("primaries", {})
        found.append(
            Holding(
                index.name,
                int(total.get("docs", {}).get("count", 0)),
                int(total.get("store", {}).get("size_in_bytes", 0)),
                flaw,
                way_out,
            )
        )
    made = {index.place.kind for index in there if index.live}
    missing = [kind for kind in KINDS if kind != "articles" and kind not in made]
    return found + [Holding(server.index(kind), 0, 0, "is missing", _SETUP) for kind in missing]


def to_rebuild(there: Sequence[Index], schema: Schema, *, everything: bool) -> list[Index]:
    """Those that cannot learn what they lack."""
    return [index for index in there if index.live and (everything or _apart(index, schema))]


def _flaw(index: Index, schema: Schema, settings: Json) -> tuple[str, str]:
    if not index.live:
        return "not in use: a reindex is at work, or was killed", f"if none is at work: {_REINDEX} --again"
    version, mark = mark_of(index.mappings)
    if version > SCHEMA:
        return f"of a newer newswatch (schema {version}, here {SCHEMA})", "upgrade newswatch"
    if apart := _apart(index, schema):
        return f"{'; '.join(apart[:_FIELDS_TOLD])}{_more(apart)}", _REINDEX
    blocks = sorted(name for name, on in settings.get("blocks", {}).items() if str(on) == "true")
    if "write" in blocks:
        return "closed to writing", f"if no reindex is at work: {_REINDEX} --again, or open it"
    if blocks:
        return f"blocked: {', '.join(blocks)}", "free space on its disks, or open it"
    lacking = [each.field for each in differences(schema.mappings(index.place.kind), index.mappings)]
    lacking = [field for field in lacking if field != "_source"]
    if lacking:
        return f"lacks {', '.join(lacking[:_FIELDS_TOLD])}{_more(lacking)}", _SETUP
    if mark != schema.fingerprint:
        return "made with other options or by another version", _SETUP
    return "", ""


def _apart(index: Index, schema: Schema) -> list[str]:
    found = differences(schema.mappings(index.place.kind), index.mappings)
    return [
        f"{each.field} is {each.there}, wanted {each.wanted}"
        for each in found
        if each.there and each.field != "_source"
    ]


def _more(found: Sequence[str]) -> str:
    return f" and {len(found) - _FIELDS_TOLD} more" if len(found) > _FIELDS_TOLD else ""
