"""What an article has, and what a query needs, as keys: strings that either is looked up by.

A word is its own key. All others hold a character that no word holds:

    title:word    source:reuters    topic:…    word*    event:expulsion    event:*    actor:RU    target:NATO

Two neighbours of a phrase are a key as well, the pair of them.

An article has all its keys at once in a set; `text:word` and `title:begin*` ask for less than they say, which
costs a second look and misses nothing.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from sys import intern
from typing import TypeGuard

from services.kit.query.evaluate import View, same_case
from services.kit.query.tree import EventMatch, Keyword, Prefix, Word

Pair = tuple[str, str]
Key = str | Pair


def of_word(word: Word) -> str:
    return of_token(word.token, word.field)


def of_token(token: str, field: str | None) -> str:
    return intern(f"title:{token}" if field == "title" else token)


def of_prefix(prefix: Prefix) -> str:
    return intern(f"{prefix.start}*")


def of_phrase(tokens: Sequence[str]) -> tuple[Pair, ...]:
    words = list(map(intern, tokens))
    return tuple(dict.fromkeys(pairwise(words)))


def is_prefix(key: Key) -> TypeGuard[str]:
    return isinstance(key, str) and key.endswith("*") and ":" not in key


def of_keyword(keyword: Keyword) -> str:
    return intern(f"{keyword.field}:{same_case(keyword.value)}")


def of_event(asked: EventMatch) -> tuple[str, ...]:
    """The keys that an article with such an event has, all of them; `event:*` where nothing is asked."""
    found = [
        f"{name}:{value}"
        for name, value in (("event", asked.type), ("actor", asked.actor), ("target", asked.target))
        if value is not None
    ]
    return tuple(map(intern, found or ["event:*"]))


def words(view: View) -> set[str]:
    """All words of the article."""
    return {*view.tokens["text"].sequence, *view.tokens["title"].sequence}


def of_fields(view: View) -> Iterator[str]:
    """The keys of the title's words, of the keyword fields and of the events."""
    for word in view.tokens["title"].words:
        yield f"title:{word}"
    for field, values in view.keywords.items():
        for value in values:
            yield f"{field}:{value}"
    if view.events:
        yield "event:*"
    for event in view.events:
        yield f"event:{event.type.lower()}"
        for actor in event.actor:
            yield f"actor:{actor.upper()}"
        for target in event.target:
            yield f"target:{target.upper()}"
