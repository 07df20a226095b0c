"""Whether an article is what a query asks for, and by what."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from itertools import islice, zip_longest

from schemas.events import Event, Span, TaggedArticle
from services.kit.query.tree import (
    And,
    EventMatch,
    Everything,
    Keyword,
    KeywordField,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Published,
    TextField,
    Word,
)
from services.kit.text import Token, tokenize, words

MAX_EVIDENCE = 10

_BOTH: tuple[TextField, ...] = ("title", "text")


class Tokens:
    """The tokens of a title or a text, in the forms that make each question quick."""

    def __init__(self, sequence: list[str]) -> None:
        self.sequence = sequence
        self._places: dict[str, list[int]] = {}

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(self.sequence)

    @cached_property
    def spaced(self) -> str:
        """So that " word " and " begin" are found by searching the string."""
        return f" {' '.join(self.sequence)} "

    def places(self, word: str) -> list[int]:
        """Where the word stands, in order; looked up when first asked for."""
        places = self._places.get(word)
        if places is None:
            places, at = [], -1
            for _ in range(self.sequence.count(word)):
                at = self.sequence.index(word, at + 1)
                places.append(at)
            self._places[word] = places
        return places


class View:
    """An article made ready for many queries. What only some queries need is made when one asks."""

    def __init__(self, article: TaggedArticle) -> None:
        self.article = article
        self.tokens: dict[TextField, Tokens] = {
            field: Tokens(spaced.split()) for field, spaced in spaced_tokens(article).items()
        }
        self.published: datetime = article.published_at or article.fetched_at
        self.events = article.events

    @cached_property
    def keywords(self) -> dict[KeywordField, frozenset[str]]:
        """What each field holds, as `same_case` gives it."""
        return compared_keywords(self.article)


def spaced_tokens(article: TaggedArticle) -> dict[TextField, str]:
    """The tokens that are compared, of title and text, with blanks between them."""
    return {
        "title": article.title_tokens.strip() or " ".join(words(article.title)),
        "text": article.text_tokens.strip() or " ".join(words(article.text)),
    }


def compared_keywords(article: TaggedArticle) -> dict[KeywordField, frozenset[str]]:
    """What each keyword field holds, as `same_case` gives it."""
    return {field: frozenset(map(same_case, values)) for field, values in keywords(article).items()}


def keywords(article: TaggedArticle) -> dict[KeywordField, tuple[str, ...]]:
    """What each keyword field of the query language holds of an article."""
    return {
        "author": article.authors,
        "site": _present(article.site),
        "source": _present(article.source, article.source_name),
        "language": _present(article.language),
        "country": article.countries,
        "topic": _present(*(name for topic in article.topics for name in (topic.code, topic.label))),
        "entity": _present(*(name for entity in article.entities for name in (entity.name, entity.id))),
    }


def same_case(value: str) -> str:
    """The form in which values of keyword fields are compared."""
    return value.strip().casefold()


def prepare(article: TaggedArticle) -> View:
    """The article, ready for `holds`."""
    return View(article)


def matches(node: Node, article: TaggedArticle) -> bool:
    """Whether the article is what the query asks for. For many queries: `prepare` once, then `holds`."""
    return holds(node, prepare(article))


def holds(node: Node, view: View) -> bool:
    """Whether the article is what the query asks for."""
    match node:
        case And(parts):
            return all(holds(part, view) for part in parts)
        case Or(parts):
            return any(holds(part, view) for part in parts)
        case Not(part):
            return not holds(part, view)
        case Word(token, field):
            return any(token in view.tokens[each].words for each in _fields(field))
        case Prefix(start, field):
            return any(f" {start}" in view.tokens[each].spaced for each in _fields(field))
        case Phrase():
            return any(_in_phrase(node, view.tokens[each]) for each in _fields(node.field))
        case Keyword(field, value):
            return same_case(value) in view.keywords[field]
        case Published(after, before):
            return (after is None or after <= view.published) and (before is None or view.published <= before)
        case EventMatch():
            return any(satisfies(event, node) for event in view.events)
        case Everything():
            return True


def satisfies(event: Event, asked: EventMatch) -> bool:
    """Whether this one event has all that is asked."""
    low, high = asked.count_min, asked.count_max
    return (
        (asked.type is None or event.type.lower() == asked.type)
        and (asked.actor is None or any(actor.upper() == asked.actor for actor in event.actor))
        and (asked.target is None or any(target.upper() == asked.target for target in event.target))
        and (asked.status is None or event.status == asked.status)
        and (low is None or (event.count is not None and event.count >= low))
        and (high is None or (event.count is not None and event.count <= high))
    )


def evidence(node: Node, article: TaggedArticle) -> tuple[Span, ...]:
    """Where the article has what the query asks for: words, phrases and prefixes by which it matches and
    the wording of its events; in reading order, at most 10. Each part of the query comes first once
    before any comes a second time. Empty where the article does not match.
    """
    view = prepare(article)
    tokens: dict[TextField, list[Token]] = {"title": tokenize(article.title), "text": tokenize(article.text)}
    found = [_spans(leaf, article, tokens) for leaf in _reasons(node, view)]
    in_turn = (span for round_ in zip_longest(*found) for span in round_ if span is not None)
    chosen = islice(dict.fromkeys(in_turn), MAX_EVIDENCE)
    return tuple(sorted(chosen, key=lambda span: (span.field == "text", span.start, span.end)))


def matched_event(node: Node, article: TaggedArticle) -> Event | None:
    """The article's first event by which it matches the query, if there is one."""
    asked = [leaf for leaf in _reasons(node, prepare(article)) if isinstance(leaf, EventMatch)]
    return next((event for event in article.events if any(satisfies(event, each) for each in asked)), None)


Leaf = Word | Prefix | Phrase | Keyword | Published | EventMatch


def _reasons(node: Node, view: View, wanted: bool = True) -> Iterator[Leaf]:
    """The leaves by being true of which the article matches: none in a branch that does not hold, none
    that the query excludes.
    """
    if holds(node, view) != wanted:
        return
    match node:
        case And(parts) | Or(parts):
            for part in parts:
                yield from _reasons(part, view, wanted)
        case Not(part):
            yield from _reasons(part, view, not wanted)
        case Everything():
            return
        case _ if wanted:
            yield node


def _spans(leaf: Leaf, article: TaggedArticle, tokens: dict[TextField, list[Token]]) -> Iterator[Span]:
    match leaf:
        case EventMatch():
            for event in article.events:
                if event.span is not None and satisfies(event, leaf):
                    yield event.span
        case Word() | Prefix() | Phrase():
            for field in _fields(leaf.field):
                original = article.title if field == "title" else article.text
                words = [token.text for token in tokens[field]]
                for first, last in _places(leaf, words):
                    start, end = tokens[field][first].start, tokens[field][last].end
                    yield Span(field=field, start=start, end=end, text=original[start:end])


def _places(leaf: Word | Prefix | Phrase, words: list[str]) -> Iterator[tuple[int, int]]:
    """Positions of the first and the last token of each place where the words stand."""
    match leaf:
        case Word(token):
            yield from ((at, at) for at, word in enumerate(words) if word == token)
        case Prefix(start):
            yield from ((at, at) for at, word in enumerate(words) if word.startswith(start))
        case Phrase(tokens, _, within) if within is not None:
            yield from _windows(tokens, within, words)
        case Phrase(tokens):
            wanted = list(tokens)
            for at, word in enumerate(words):
                if word == wanted[0] and words[at : at + len(wanted)] == wanted:
                    yield at, at + len(wanted) - 1


def _in_phrase(phrase: Phrase, held: Tokens) -> bool:
    if phrase.within is None:
        return f" {' '.join(phrase.tokens)} " in held.spaced
    if not held.words.issuperset(phrase.tokens):
        return False
    return _meet([held.places(token) for token in set(phrase.tokens)], phrase.within)


def _meet(places: list[list[int]], within: int) -> bool:
    """Whether some places, one of each word, lie at most `within` apart. Each word stands somewhere."""
    coming = [iter(each) for each in places]
    at = [next(each) for each in coming]
    while max(at) - min(at) > within:
        first = at.index(min(at))
        following = next(coming[first], None)
        if following is None:
            return False
        at[first] = following
    return True


def _windows(tokens: tuple[str, ...], within: int, words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Stretches that hold every token, the last at most `within` after the first; none overlap."""
    wanted = set(tokens)
    last_seen: dict[str, int] = {}
    for at, word in enumerate(words):
        if word not in wanted:
            continue
        last_seen[word] = at
        if len(last_seen) == len(wanted):
            first = min(last_seen.values())
            if at - first <= within:
                yield first, at
                last_seen.clear()


def _fields(field: TextField | None) -> tuple[TextField, ...]:
    return _BOTH if field is None else (field,)


def _present(*values: str | None) -> tuple[str, ...]:
    return tuple(value for value in values if value)
