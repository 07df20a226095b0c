"""Search results by relevance: the same order in every store, as it is made from our own tokens.

Okapi BM25 over the words, phrases and prefixes that the query names (not those that it excludes); one in the
title counts as three in the text. What names none of them (an event, a source) is ordered by time alone.
"""

import heapq
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schemas.events import ThreadedArticle
from services.kit.query import prepare
from services.kit.query.evaluate import Tokens, View
from services.kit.query.tree import And, Node, Not, Or, Phrase, Prefix, Word
from services.store.protocol import Found, Store
from services.store.terms import published_micros

TITLE_COUNTS = 3
SATURATION = 1.2  # BM25's k1
LENGTH_MATTERS = 0.75  # BM25's b
USUAL_LENGTH = 600  # words

Leaf = Word | Prefix | Phrase
Rank = tuple[float, int, str]  # ascending: the most relevant first, then the newest, then by id


@dataclass(frozen=True, slots=True)
class _Term:
    leaf: Leaf
    weight: float


def by_relevance(store: Store, query: Node, asked: Node, limit: int, after: str | None = None) -> Found:
    """A page of what `asked` finds, ranked by what `query` names. Looks at all that matches, each time, and
    keeps one page. ValueError where `after` is no cursor of such a page.
    """
    terms = _weighed(store, query)
    behind = None if after is None else _place(after)
    total = 0

    def ranked() -> Iterator[tuple[Rank, ThreadedArticle]]:
        nonlocal total
        for article in store.scan(asked):
            total += 1
            rank = (-_score(terms, prepare(article)), -published_micros(article), article.id)
            if behind is None or rank > behind:
                yield rank, article

    best = heapq.nsmallest(limit + 1, ranked(), key=lambda pair: pair[0])
    page = best[:limit]
    more = page and len(best) > limit
    return Found(total, tuple(article for _, article in page), _cursor(page[-1][0]) if more else None)


def _weighed(store: Store, query: Node) -> list[_Term]:
    """Rare terms weigh more: by how many of all the articles have them."""
    articles = store.counts().articles
    terms = []
    for leaf in dict.fromkeys(_named(query)):
        having = store.search(leaf, limit=1).total
        terms.append(_Term(leaf, math.log(1 + (articles - having + 0.5) / (having + 0.5))))
    return terms


def _named(node: Node) -> Iterator[Leaf]:
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _named(part)
        case Word() | Prefix() | Phrase():
            yield node
        case Not():
            return


def _score(terms: Iterable[_Term], view: View) -> float:
    length = len(view.tokens["text"].sequence)
    norm = SATURATION * (1 - LENGTH_MATTERS + LENGTH_MATTERS * length / USUAL_LENGTH)
    score = 0.0
    for term in terms:
        times = _times(term.leaf, view)
        score += term.weight * times * (SATURATION + 1) / (times + norm)
    return round(score, 6)


def _times(leaf: Leaf, view: View) -> int:
    """How often it stands there; words near each other count once."""
    times = 0
    for field, tokens in view.tokens.items():
        if leaf.field in (None, field):
            times += _times_in(leaf, tokens) * (TITLE_COUNTS if field == "title" else 1)
    return times


def _times_in(leaf: Leaf, tokens: Tokens) -> int:
    match leaf:
        case Word(token):
            return tokens.sequence.count(token)
        case Prefix(start):
            return tokens.spaced.count(f" {start}")
        case Phrase(words, _, None):
            return tokens.spaced.count(f" {' '.join(words)} ")
        case Phrase(words):
            return int(tokens.words.issuperset(words))


def _cursor(rank: Rank) -> str:
    return f"{-rank[0]:.6f}:{-rank[1]}:{rank[2]}"


def _place(after: str) -> Rank:
    score, _, rest = after.partition(":")
    moment, _, id = rest.partition(":")
    try:
        if not id:
            raise ValueError(after)
        return -float(score), -int(moment), id
    except ValueError:
        raise ValueError(
            f"{after!r} is no place in results by relevance: take the one that the last page told"
        ) from None
