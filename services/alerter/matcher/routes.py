"""What an article must have for a query to hold: one of several routes, each a key or two.

- A word needs its key; a phrase its rarest pairs of neighbours; words near each other the two rarest of them.
- A disjunction needs a route of any child, a conjunction those of its rarest children.
- A negation, a date or "everything" need nothing: a query of nothing else has no route, and every article
  must be looked at.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from services.alerter.matcher import keys
from services.alerter.matcher.keys import Key
from services.kit.query.tree import And, EventMatch, Keyword, Node, Or, Phrase, Prefix, Word

MAX_PRODUCT = 24  # routes that a conjunction may make of its two rarest children

Route = tuple[Key, ...]  # one key or two, the rarer first
Share = Callable[[Key], float]  # of the articles, those that have the key


@dataclass(frozen=True, slots=True)
class Routes:
    """`exact`: an article with a route fulfils the query, no second look is needed."""

    any_of: tuple[Route, ...]
    exact: bool
    share: float  # of the articles that have a route, at most, were keys independent


def find(node: Node, share: Share) -> Routes | None:
    """None where the query may hold in an article that has nothing of it."""
    match node:
        case Word():
            return _one((keys.of_word(node),), node.field != "text", share)
        case Prefix():
            return _one((keys.of_prefix(node),), node.field is None, share)
        case Keyword():
            return _one((keys.of_keyword(node),), True, share)
        case Phrase(tokens, field, None) if field != "title" and len(tokens) > 1:
            pairs = keys.of_phrase(tokens)
            return _one(_rarest(pairs, share), field is None and len(tokens) == 2, share)
        case Phrase(tokens, field, _):
            words: set[Key] = {keys.of_token(token, field) for token in tokens}
            return _one(_rarest(words, share), False, share)
        case EventMatch():
            return _one(_rarest(keys.of_event(node), share), False, share)
        case Or(parts):
            return _either([find(part, share) for part in parts], share)
        case And(parts):
            return _both([find(part, share) for part in parts], share)
        case _:
            return None


def _one(route: Route, exact: bool, share: Share) -> Routes:
    return Routes((route,), exact, _share(route, share))


def _share(route: Route, share: Share) -> float:
    product = 1.0
    for key in route:
        product *= share(key)
    return product


def _rarest(found: Iterable[Key], share: Share) -> Route:
    return tuple(sorted(found, key=lambda key: (share(key), str(key)))[:2])


def _either(children: list[Routes | None], share: Share) -> Routes | None:
    routes: dict[Route, None] = {}
    exact = True
    for child in children:
        if child is None:
            return None
        routes |= dict.fromkeys(child.any_of)
        exact = exact and child.exact
    return Routes(tuple(routes), exact, sum(_share(route, share) for route in routes))


def _both(children: list[Routes | None], share: Share) -> Routes | None:
    useful = sorted((child for child in children if child is not None), key=lambda child: child.share)
    if not useful:
        return None
    first = useful[0]
    for second in useful[1:]:
        # A route has room for two keys, and a list of routes must stay short.
        if len(first.any_of) * len(second.any_of) > MAX_PRODUCT or all(
            len(each) > 1 for each in first.any_of
        ):
            continue
        return _product(first, second, share, exact=len(children) == 2)
    return Routes(first.any_of, False, first.share)


def _product(first: Routes, second: Routes, share: Share, exact: bool) -> Routes:
    routes: dict[Route, None] = {}
    exact = exact and first.exact and second.exact
    for one in first.any_of:
        for other in second.any_of:
            whole = set(one) | set(other)
            exact = exact and len(whole) <= 2
            routes[_rarest(whole, share)] = None
    return Routes(tuple(routes), exact, sum(_share(route, share) for route in routes))
