"""What a query just misses: articles that fail it by one clause."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from services.kit.query.parse import is_open
from services.kit.query.tree import And, EventMatch, Node, Not, Or, Phrase, Word

MAX_NEAR_MISSES = 20


@dataclass(frozen=True, slots=True)
class NearMiss:
    """`query` finds what would match but for the clause, which is told in the language of queries."""

    clause: str
    query: Node


def near_misses(node: Node) -> tuple[NearMiss, ...]:
    """A query for each clause: what it finds fails the clause, and only that. At most 20."""
    found = {miss.clause: miss for miss in _misses(node) if not is_open(miss.query)}
    return tuple(islice(found.values(), MAX_NEAR_MISSES))


def _misses(node: Node) -> Iterator[NearMiss]:
    match node:
        case And(parts):
            for number, part in enumerate(parts):
                others = parts[:number] + parts[number + 1 :]
                yield NearMiss(str(part), _both(*others, _not(part)))
                for miss in _misses(part) if not isinstance(part, Not) else ():
                    yield NearMiss(miss.clause, _both(*others, miss.query))
        case Or(parts):
            for part in parts:
                for miss in _misses(part):
                    yield NearMiss(miss.clause, _both(miss.query, Not(node)))
        case Phrase(tokens, field, _) if len(set(tokens)) > 1:
            words = [Word(token, field) for token in dict.fromkeys(tokens)]
            yield NearMiss(str(node), _both(*words, Not(node)))
        case EventMatch():
            for name, value in _asked(node):
                yield NearMiss(_clause(name, value), _both(replace(node, **dict.fromkeys([name])), Not(node)))


def _asked(node: EventMatch) -> list[tuple[str, str | int]]:
    """What is asked of the event; nothing where it is only one thing."""
    names = ("type", "actor", "target", "status", "count_min", "count_max")
    asked = [(name, value) for name in names if (value := getattr(node, name)) is not None]
    return asked if len(asked) > 1 else []


def _clause(name: str, value: str | int) -> str:
    signs = {"count_min": "count:>=", "count_max": "count:<="}
    return f"{signs.get(name, f'{name}:')}{value}"


def _not(node: Node) -> Node:
    return node.part if isinstance(node, Not) else Not(node)


def _both(*nodes: Node) -> Node:
    parts = tuple(part for node in nodes for part in (node.parts if isinstance(node, And) else (node,)))
    return parts[0] if len(parts) == 1 else And(parts)
