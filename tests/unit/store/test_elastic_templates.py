"""Every field of a message has its place in the mapping, which takes no other."""

from typing import Any, get_args

import pytest
from pydantic import BaseModel

from schemas.events import Alert, DeadLetter, ThreadedArticle
from services.store.elastic.schema import Abilities, Difference, Options, differences, mark_of, wanted


def models(annotation: Any) -> list[type[BaseModel]]:
    """The models that an annotation is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in models(part)]


def missing(model: type[BaseModel], mapping: dict[str, Any], path: str = "") -> list[str]:
    found = []
    for name, field in model.model_fields.items():
        place = mapping.get("properties", {}).get(name)
        if place is None:
            found.append(f"{path}{name}")
        elif place.get("enabled", True):
            for inner in models(field.annotation):
                found += missing(inner, place, f"{path}{name}.")
    return found


@pytest.mark.parametrize(
    ("model", "template", "within"),
    [(ThreadedArticle, "articles", None), (Alert, "alerts", None), (DeadLetter, "dead", "letter")],
)
def test_each_field_is_mapped(model: type[BaseModel], template: str, within: str | None) -> None:
    mappings = wanted("nw", Options(), Abilities()).mappings(template)
    assert missing(model, mappings["properties"][within] if within else mappings) == []


def test_options_and_abilities_shape_what_is_put_on_the_server() -> None:
    plain = wanted("nw", Options(), Abilities(languages=False, lifecycles=False))
    assert plain.lifecycle is None
    assert "lifecycle" not in plain.settings("articles")["index"]
    assert plain.mappings("articles")["properties"]["stemmed"]["properties"]["de"]["properties"]["text"] == {
        "type": "text",
        "analyzer": "standard",
    }
    chosen = wanted(
        "nw", Options(replicas=2, shards=3, refresh="5s", analyzer="english", keep_days=365), Abilities()
    )
    settings = chosen.settings("articles")
    assert settings["index"] == {
        "number_of_replicas": 2,
        "number_of_shards": 3,
        "refresh_interval": "5s",
        "codec": "best_compression",
        "lifecycle": {"name": "nw-articles"},
    }
    assert settings["analysis"]["analyzer"]["newswatch_text"] == {"type": "english"}
    assert chosen.settings("alerts")["index"].get("number_of_shards") is None, "followed by sequence number"
    german = chosen.mappings("articles")["properties"]["stemmed"]["properties"]["de"]
    assert german["properties"]["title"]["analyzer"] == "german"
    assert chosen.lifecycle is not None
    assert chosen.lifecycle["phases"]["delete"]["min_age"] == "396d", "a month's last day has its whole term"
    assert plain.fingerprint != chosen.fingerprint
    assert mark_of(chosen.mappings("dead"))[1] == chosen.fingerprint


def test_templates_cover_their_indices_and_articles_are_read_by_alias() -> None:
    templates = wanted("nw", Options(), Abilities()).templates
    assert templates["articles"]["index_patterns"] == ["nw-articles-*"]
    assert templates["dead"]["index_patterns"] == ["nw-dead"]
    assert templates["articles"]["template"]["aliases"] == {
        "nw-articles": {},
        "nw-stories": {"filter": {"term": {"search.opens_story": True}}},
    }
    assert all(template["template"]["mappings"]["dynamic"] == "strict" for template in templates.values())


def test_differences_are_told_field_by_field() -> None:
    want = {
        "dynamic": "strict",
        "properties": {
            "id": {"type": "keyword", "ignore_above": 8191},
            "parts": {"properties": {"old": {"type": "long"}, "new": {"type": "date"}}},
            "kept": {"type": "object", "enabled": False},
        },
    }
    there = {
        "dynamic": "strict",
        "_meta": {"anything": 1},
        "properties": {
            "id": {"type": "keyword", "ignore_above": "8191"},
            "parts": {"properties": {"old": {"type": "keyword"}}},
            "kept": {"type": "object", "enabled": False},
            "of_a_newer_one": {"type": "long"},
        },
    }
    assert differences(want, there) == [
        Difference("parts.old", "type long", "type keyword"),
        Difference("parts.new", "type date"),
    ]
    assert differences(want, want) == []
