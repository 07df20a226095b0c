"""Every field of a message has its place in the mapping, which takes no other."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from schemas.events import Alert, DeadLetter, ThreadedArticle
from services.store import elastic

TEMPLATES = Path(elastic.__file__).parent / "elastic_templates"


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
    document = json.loads((TEMPLATES / f"{template}.json").read_text(encoding="utf-8"))
    mappings = document["template"]["mappings"]
    assert missing(model, mappings["properties"][within] if within else mappings) == []
