"""Elasticsearch is told of newswatch's indices: templates for new ones, new fields for the others."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from elasticsearch import ApiError, BadRequestError

from services.store.elastic.names import Place, place_of
from services.store.elastic.schema import (
    KINDS,
    SCHEMA,
    Abilities,
    Options,
    Schema,
    aliases,
    differences,
    mark_of,
    wanted,
)
from services.store.elastic.server import Server

_log = logging.getLogger(__name__)
_LIVE_SETTINGS = ("number_of_replicas", "refresh_interval")  # what an index takes while it is in use

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Index:
    """An index that is there. `live`: what is written to its place goes to it."""

    place: Place
    mappings: Json
    aliases: frozenset[str]
    live: bool

    @property
    def name(self) -> str:
        return self.place.index


def indices_there(server: Server) -> list[Index]:
    """All of this newswatch's, those that are being built too, by name."""
    answer = server.client.indices.get(
        index=f"{server.prefix}-*", features=["aliases", "mappings"], allow_no_indices=True
    )
    found = []
    for name, told in sorted(answer.items()):
        place = place_of(server.prefix, name)
        if place is not None:
            names = frozenset(told["aliases"])
            live = place.generation == 1 or place.served in names
            found.append(Index(place, told["mappings"], names, live))
    return found


def abilities(server: Server) -> Abilities:
    """What every node has; a server that does not tell is taken to have neither."""
    try:
        nodes = server.client.nodes.info(metric="plugins")["nodes"].values()
    except ApiError as error:
        if error.meta.status not in {403, 404, 405, 410}:
            raise
        nodes = []
    modules = [{module["name"] for module in node["modules"]} for node in nodes]
    common = set.intersection(*modules) if modules else set()
    return Abilities(languages="analysis-common" in common, lifecycles="x-pack-ilm" in common)


def set_up(server: Server, options: Options) -> None:
    """Nothing is written where all is as this newswatch wants it, or where a newer one has been at work."""
    with server.errors():
        there = [index for index in indices_there(server) if index.live]
        marks = [mark_of(index.mappings) for index in there]
        newest = max((schema for schema, _ in marks), default=0)
        if newest > SCHEMA:
            _log.warning("the indices are a newer newswatch's (%s, here %s): left alone", newest, SCHEMA)
            return
        schema = wanted(server.prefix, options, abilities(server))
        kinds = {index.place.kind for index in there}
        if kinds >= set(KINDS) - {"articles"} and all(mark == schema.fingerprint for _, mark in marks):
            return
        put_templates(server, schema)
        for kind in KINDS:
            if names := [index for index in there if index.place.kind == kind]:
                _teach(server, schema, kind, names)
            elif kind != "articles":
                _create(server, server.index(kind))


def add_aliases(server: Server, names: Iterable[str]) -> list[Json]:
    """The actions that give indices the names by which articles are read."""
    return [
        {"add": {"index": name, "alias": alias, **options}}
        for name in names
        for alias, options in aliases(server.prefix).items()
    ]


def put_templates(server: Server, schema: Schema) -> None:
    client = server.client
    if schema.lifecycle is not None:
        client.ilm.put_lifecycle(name=server.index("articles"), policy=schema.lifecycle)
    client.cluster.put_component_template(
        name=server.index("settings"), template=schema.component["template"], meta=schema.component["_meta"]
    )
    for kind, template in schema.templates.items():
        client.indices.put_index_template(
            name=server.index(kind),
            index_patterns=template["index_patterns"],
            composed_of=template["composed_of"],
            priority=template["priority"],
            template=template["template"],
            meta=template["_meta"],
        )


def _teach(server: Server, schema: Schema, kind: str, there: Sequence[Index]) -> None:
    """New fields, aliases and settings, as far as an index can take them while it is in use."""
    want = schema.mappings(kind)
    for index in there:
        for each in differences(want, index.mappings):
            if each.there and each.field != "_source":
                raise server.unavailable(
                    f"index {index.name} has {each.field} as {each.there}, this newswatch wants it as "
                    f"{each.wanted}",
                    "run newswatch index reindex",
                )
    names = [index.name for index in there]
    indices = server.client.indices
    indices.put_mapping(index=names, properties=want["properties"], meta=want["_meta"])
    settings = schema.settings(kind)["index"]
    indices.put_settings(index=names, settings={name: settings[name] for name in _LIVE_SETTINGS})
    if kind == "articles":
        indices.update_aliases(actions=add_aliases(server, names))


def _create(server: Server, index: str) -> None:
    try:
        server.client.indices.create(index=index)
    except BadRequestError as error:
        # Another process was quicker.
        if error.error != "resource_already_exists_exception":
            raise
