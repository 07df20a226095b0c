"""What a query just misses: articles that fail it by one clause."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from services.kit.query.parse import is_open
from services.kit.query.tree import And, EventMatch, Everything, Node, Not, Or, Phrase, Word

MAX_NEAR_MISSES = 20


@dataclass(frozen=True, slots=True)
class NearMiss:
    """`query` finds what would match but for the clause, which is told in the language of queries."""

    clause: str
    query: Node


def near_misses(node: Node) -> tuple[NearMiss, ...]:
    """A query for each clause: what it finds fails the clause, and only that. At most 20, none of them open,
    those of whole clauses before those of what is within one.
    """
    found: dict[Node, NearMiss] = {}
    for miss in _misses(node):
        if not is_open(miss.query):
            found.setdefault(miss.query, miss)
        if len(found) == MAX_NEAR_MISSES:
            break
    return tuple(found.values())


def _misses(node: Node) -> Iterator[NearMiss]:
    match node:
        case And(parts):
            different = tuple(part for part in dict.fromkeys(parts) if part != Everything())
            for part in different:
                yield _without(part, _others(part, different))
            for part in different:
                for miss in _misses(part):
                    yield NearMiss(miss.clause, _all_of(*_others(part, different), miss.query))
        case Or(parts):
            for part in dict.fromkeys(parts):
                for miss in _misses(part):
                    yield NearMiss(miss.clause, _all_of(miss.query, Not(node)))
        case Phrase():
            if len(set(node.tokens)) > 1:
                yield NearMiss(str(node), _all_of(_words(node), Not(node)))
        case EventMatch():
            for name in _asked(node):
                without = replace(node, **{name: None})
                yield NearMiss(_clause(node, name), _all_of(without, Not(node)))


def _others(part: Node, parts: tuple[Node, ...]) -> tuple[Node, ...]:
    return tuple(each for each in parts if each is not part)


def _without(part: Node, others: tuple[Node, ...]) -> NearMiss:
    """What has all the others. Where the part is a phrase, its words are lacking: that they stand apart is a
    near miss of its own.
    """
    failed = _words(part) if isinstance(part, Phrase) else part
    return NearMiss(str(failed), _all_of(*others, _not(failed)))


def _words(phrase: Phrase) -> Node:
    return _all_of(*(Word(token, phrase.field) for token in phrase.tokens))


def _asked(event: EventMatch) -> list[str]:
    """What is asked of the event, its type last; nothing where it is only one thing."""
    names = ("actor", "target", "status", "count_min", "count_max", "type")
    asked = [name for name in names if getattr(event, name) is not None]
    return asked if len(asked) > 1 else []


def _clause(event: EventMatch, name: str) -> str:
    alone = replace(EventMatch(), **{name: getattr(event, name)})
    return str(alone).removeprefix("event:(").removesuffix(")")


def _not(node: Node) -> Node:
    return node.part if isinstance(node, Not) else Not(node)


def _all_of(*nodes: Node) -> Node:
    """One And of them, each part once."""
    parts = tuple(
        dict.fromkeys(part for node in nodes for part in (node.parts if isinstance(node, And) else (node,)))
    )
    return parts[0] if len(parts) == 1 else And(parts)
