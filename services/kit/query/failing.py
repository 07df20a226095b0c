"""Which clauses of a query an article fails: why it is not what was asked for."""

from collections.abc import Iterator

from schemas.events import TaggedArticle
from services.kit.query.evaluate import View, holds, prepare
from services.kit.query.tree import And, Node, Not, Or


def failing(node: Node, article: TaggedArticle) -> tuple[str, ...]:
    """The clauses, in the language of queries; empty where the article matches. Of what is joined by OR, all
    fail; of what is excluded, the excluded clause that it has, as `NOT …`.
    """
    return tuple(dict.fromkeys(str(each) for each in _failing(node, prepare(article))))


def _failing(node: Node, view: View) -> Iterator[Node]:
    if holds(node, view):
        return
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _failing(part, view)
        case Not(Or(parts)):
            for part in parts:
                yield from _failing(Not(part), view)
        case _:
            yield node
