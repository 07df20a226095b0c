"""A story as people read it: its headline, its facts with who told them first and who confirms them, its
articles in order of time with the copies of each. Pure; worked out of the story's articles.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schemas.events import Event, Fact, ThreadedArticle

_COMPARED = 100  # articles among which the most central one is looked for
_LEAD = 60  # tokens of a text that tell what it is about


@dataclass(frozen=True, slots=True)
class Entry:
    """An article with a text of its own, and those that repeat it: they spread it, but confirm nothing."""

    article: ThreadedArticle
    copies: tuple[ThreadedArticle, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A fact, the article that told it first, and the other outlets that tell it in words of their own, in
    order of time.
    """

    fact: Fact
    first: ThreadedArticle
    confirming: tuple[str, ...]

    @property
    def confirmed(self) -> int:
        return len(self.confirming)


@dataclass(frozen=True, slots=True)
class Story:
    """`ids`: its own first, then those of stories that turned out to be it. `entries` oldest first.
    `answers`: the stories whose events this one's answers.
    """

    ids: tuple[str, ...]
    headline: ThreadedArticle
    facts: tuple[Told, ...]
    entries: tuple[Entry, ...]
    languages: tuple[str, ...]
    outlets: int
    began: datetime
    ended: datetime
    answers: tuple[str, ...] = ()


def story_of(articles: Sequence[ThreadedArticle]) -> Story:
    """The story of these articles. ValueError where there is none."""
    if not articles:
        raise ValueError("a story has one article at least")
    ordered = sorted(articles, key=lambda each: (told_at(each), each.id))
    entries = _entries(ordered)
    own = [entry.article for entry in entries]
    languages = Counter(each.language for each in ordered if each.language)
    ids = dict.fromkeys(
        (min(ordered, key=lambda each: each.fetched_at).story, *(each.story for each in ordered))
    )
    for article in ordered:
        ids.update(dict.fromkeys(article.same_stories))
    return Story(
        tuple(ids),
        central(own),
        tuple(_facts(ordered, entries)),
        entries,
        tuple(language for language, _ in languages.most_common()),
        len({outlet(each) for each in ordered}),
        told_at(ordered[0]),
        told_at(ordered[-1]),
        tuple(dict.fromkeys(each.answers for each in ordered if each.answers and each.answers not in ids)),
    )


def as_plain(story: Story) -> dict[str, Any]:
    """For JSON; articles by what identifies them."""

    def brief(article: ThreadedArticle) -> dict[str, Any]:
        return {
            "id": article.id,
            "outlet": outlet(article),
            "title": article.title,
            "url": article.url,
            "language": article.language,
            "at": told_at(article).isoformat().replace("+00:00", "Z"),
        }

    return {
        "ids": list(story.ids),
        "answers": list(story.answers),
        "headline": brief(story.headline),
        "languages": list(story.languages),
        "outlets": story.outlets,
        "began": story.began.isoformat().replace("+00:00", "Z"),
        "ended": story.ended.isoformat().replace("+00:00", "Z"),
        "facts": [
            {**told.fact.model_dump(mode="json"), "first": brief(told.first), "confirmed": told.confirmed}
            for told in story.facts
        ],
        "articles": [
            {
                **brief(entry.article),
                "new_facts": [fact.model_dump(mode="json") for fact in entry.article.new_facts],
                "copies": [brief(copy) for copy in entry.copies],
            }
            for entry in story.entries
        ],
    }


def told_at(article: ThreadedArticle) -> datetime:
    return article.published_at or article.fetched_at


def outlet(article: ThreadedArticle) -> str:
    return article.source_name or article.site or article.source


def central(articles: Sequence[ThreadedArticle]) -> ThreadedArticle:
    """The article that has most in common with all the others; of equal ones the first."""
    some = articles[:_COMPARED]
    tokens = [_words(each) for each in some]

    def likeness(at: int) -> float:
        mine = tokens[at]
        return sum(len(mine & other) / (len(mine | other) or 1) for other in tokens)

    return some[max(range(len(some)), key=lambda at: (likeness(at), -at))]


def _words(article: ThreadedArticle) -> frozenset[str]:
    return frozenset((*article.title_tokens.split(), *article.text_tokens.split(" ", _LEAD)[:_LEAD]))


def _entries(ordered: Iterable[ThreadedArticle]) -> tuple[Entry, ...]:
    """Copies under the article that is credited with their text if it is here, else under the first."""
    ordered = list(ordered)
    known = {each.id for each in ordered}
    holder: dict[str, str] = {}
    for article in ordered:
        credited = article.original if article.duplicate_of is not None else None
        holder[article.id] = credited if credited in known and credited is not None else article.id
    copies: dict[str, list[ThreadedArticle]] = {}
    texts: dict[str, str] = {}
    for article in ordered:
        if (
            article.duplicate_of is not None
            and holder[article.id] == article.id
            and article.original != article.id
        ):
            # The original is not here any more: the first of its copies stands for it.
            first = texts.setdefault(article.original or article.duplicate_of, article.id)
            holder[article.id] = first
    for article in ordered:
        if article.duplicate_of in known and article.original == article.id:
            # Who is credited came later than the first that had the text.
            holder[_holder(holder, article.duplicate_of or "")] = article.id
            holder[article.id] = article.id
    for article in ordered:
        under = _holder(holder, article.id)
        copies.setdefault(under, [])
        if under != article.id:
            copies[under].append(article)
    return tuple(Entry(each, tuple(copies[each.id])) for each in ordered if each.id in copies)


def _holder(holder: Mapping[str, str], id: str) -> str:
    while holder[id] != id:
        id = holder[id]
    return id


def _facts(ordered: Sequence[ThreadedArticle], entries: Sequence[Entry]) -> Iterable[Told]:
    whose = {each.id: entry.article for entry in entries for each in (entry.article, *entry.copies)}
    seen: list[Fact] = []
    for article in ordered:
        for fact in article.new_facts:
            if any(_says_no_more(fact, known) for known in seen):
                continue
            seen.append(fact)
            first = {outlet(article), outlet(whose[article.id])}
            tellers = dict.fromkeys(
                outlet(entry.article)
                for entry in entries
                if any(_tells(event, fact) for event in entry.article.events)
            )
            yield Told(fact, article, tuple(teller for teller in tellers if teller not in first))


def _says_no_more(fact: Fact, known: Fact) -> bool:
    """Whether it is the known fact, or that without its number: two stories that became one both tell it."""
    return fact.id == known.id or (
        fact.count is None
        and (fact.type, fact.status) == (known.type, known.status)
        and _parties(fact) == _parties(known)
    )


def _tells(event: Event, fact: Fact) -> bool:
    """Whether the event is the fact; one that names no number confirms what happened, but no new number."""
    return (
        event.type == fact.type
        and event.status == fact.status
        and (event.count == fact.count or (event.count is None and fact.kind != "count"))
        and _parties(event) == _parties(fact)
    )


def _parties(one: Event | Fact) -> tuple[frozenset[str], frozenset[str]]:
    return frozenset(one.actor), frozenset(one.target)
