"""YAML as most people read it: `country: NO` is Norway, not false; and every entry knows its line."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import yaml

# In C where it is there: ten times as fast.
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class NotYaml(ValueError):
    """The text cannot be read. `line` from 1; None where the reader does not know it."""

    def __init__(self, problem: str, line: int | None) -> None:
        super().__init__(problem)
        self.line = line


@dataclass(frozen=True, slots=True)
class Document:
    """What the text says, and the node that it was made of."""

    value: Any
    node: yaml.Node | None


class _Plain(yaml.constructor.SafeConstructor):
    def __init__(self, node: yaml.Node) -> None:
        super().__init__()
        self._node = node

    def document(self) -> Any:
        return self.construct_document(self._node)

    def construct_yaml_bool(self, node: Any) -> Any:
        value = self.construct_scalar(node)
        return super().construct_yaml_bool(node) if value.lower() in {"true", "false"} else value


_Plain.yaml_constructors = {
    **yaml.constructor.SafeConstructor.yaml_constructors,
    "tag:yaml.org,2002:bool": _Plain.construct_yaml_bool,
}


def read(text: str) -> Document:
    """The only document of the text. NotYaml where it is none."""
    try:
        node = _composed(text)
        return Document(_Plain(node).document() if node is not None else None, node)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        problem = str(getattr(error, "problem", None) or error)
        raise NotYaml(problem, None if mark is None else mark.line + 1) from error


def meant(name: str, known: Iterable[str]) -> str:
    """The end of an error about a name that nobody knows: the nearest that is known, or all."""
    names = list(known)
    near = difflib.get_close_matches(name, names, 1)
    return f"; {near[0]!r} is meant?" if near else f"; there are {', '.join(names)}"


def line_of(place: yaml.Node, field: str = "") -> int:
    """The line at which an entry begins or, where it has that field, the field stands; from 1."""
    if isinstance(place, yaml.MappingNode):
        for key, _ in place.value:
            if key.value == field:
                return int(key.start_mark.line) + 1
    return int(place.start_mark.line) + 1


def _composed(text: str) -> yaml.Node | None:
    try:
        return yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError:
        return yaml.compose(text, Loader=yaml.SafeLoader)  # which says better where the mistake is
