"""What Elasticsearch is told of newswatch's indices: templates for new ones, new fields for the others."""

import json
from importlib import resources
from typing import Any

from elasticsearch import BadRequestError

from services.store.elastic_server import Server

Json = dict[str, Any]

KINDS = ("articles", "alerts", "deliveries", "dead", "subscriptions", "silences", "captures")


def set_up(server: Server, replicas: int, analyzer: str) -> None:
    """`analyzer`: how `title` and `text` are read for people."""
    with server.errors():
        _put_settings(server, replicas, analyzer)
        for kind in KINDS:
            mappings = _put_index_template(server, kind)
            if kind != "articles":
                _create(server, server.index(kind))
            # Templates shape new indices; those that are there learn new fields.
            server.client.indices.put_mapping(
                index=server.pattern(kind),
                properties=mappings["properties"],
                allow_no_indices=True,
            )


def _put_settings(server: Server, replicas: int, analyzer: str) -> None:
    settings = _template("settings")
    settings["template"]["settings"]["index"]["number_of_replicas"] = replicas
    settings["template"]["settings"]["analysis"]["analyzer"]["newswatch_text"]["type"] = analyzer
    server.client.cluster.put_component_template(
        name=server.index("settings"), template=settings["template"], meta=settings["_meta"]
    )


def _put_index_template(server: Server, kind: str) -> Json:
    template = _template(kind)
    if kind == "articles":
        template["template"]["aliases"] = {server.index(kind): {}}
    server.client.indices.put_index_template(
        name=server.index(kind),
        index_patterns=[server.pattern(kind)],
        composed_of=[server.index("settings")],
        priority=200,
        template=template["template"],
        meta=template["_meta"],
    )
    mappings: Json = template["template"]["mappings"]
    return mappings


def _create(server: Server, index: str) -> None:
    try:
        server.client.indices.create(index=index)
    except BadRequestError as error:
        if error.error != "resource_already_exists_exception":
            raise


def _template(name: str) -> Json:
    text = (resources.files("services.store") / "elastic_templates" / f"{name}.json").read_text("utf-8")
    template: Json = json.loads(text)
    return template
