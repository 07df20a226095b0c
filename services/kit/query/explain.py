"""A query in plain words, so that whoever wrote it sees how it was understood."""

from datetime import datetime, time

from services.kit.query.tree import (
    And,
    EventMatch,
    Everything,
    Keyword,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Published,
    Word,
)

# What an article does for each keyword field; the verb alone takes the negation.
_VERBS = {
    "author": ("are", "by {}"),
    "site": ("are", "from the site {}"),
    "source": ("come", "from the source {}"),
    "language": ("are", "in the language {}"),
    "country": ("speak", "of the state {}"),
    "topic": ("are", "about the topic {}"),
    "entity": ("name", "{}"),
}


def explain(node: Node) -> str:
    """'articles that contain the phrase "persona non grata" and report an expulsion by RU'."""
    return f"articles that {_said(node, True, outer=None)}"


def _said(node: Node, wanted: bool, outer: type[And | Or] | None) -> str:
    """What the articles do, or do not do. A negation moves inwards, to the verbs."""
    match node:
        case Not(part):
            return _said(part, not wanted, outer)
        case And(parts) | Or(parts):
            kind = And if isinstance(node, And) == wanted else Or
            joined = f" {'and' if kind is And else 'or'} ".join(_said(part, wanted, kind) for part in parts)
            return f"({joined})" if outer is not None and outer is not kind else joined
        case Everything():
            return "are there" if wanted else "are not there"
        case _:
            verb, rest = _leaf(node)
            return f"{verb if wanted else _negated(verb)} {rest}"


def _negated(verb: str) -> str:
    return f"{verb} not" if verb in ("are", "were") else f"do not {verb}"


def _leaf(node: Word | Prefix | Phrase | Keyword | Published | EventMatch) -> tuple[str, str]:
    """A verb and what follows it."""
    match node:
        case Word(token, field):
            return "contain", f'"{token}"{_where(field)}'
        case Prefix(start, field):
            return "contain", f'a word that begins with "{start}"{_where(field)}'
        case Phrase(tokens, field, None):
            return "contain", f'the phrase "{" ".join(tokens)}"{_where(field)}'
        case Phrase(tokens, field, within):
            words = ", ".join(f'"{token}"' for token in tokens)
            return "contain", f"{words} within {within} words of each other{_where(field)}"
        case Keyword(field, value):
            verb, rest = _VERBS[field]
            return verb, rest.format(f'"{value}"')
        case Published(after, before):
            sides = [f"from {_moment(after)}"] if after is not None else []
            sides += [f"until {_moment(before)}"] if before is not None else []
            return "were", f"published {' '.join(sides) or 'at any time'}"
        case EventMatch():
            return "report", _event(node)


def _where(field: str | None) -> str:
    return "" if field is None else f" in the {field}"


def _moment(moment: datetime) -> str:
    """A day by its date alone where it is meant as a whole."""
    if moment.timetz().replace(tzinfo=None) in (time.min, time.max):
        return moment.date().isoformat()
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def _event(asked: EventMatch) -> str:
    kind = "event" if asked.type is None else asked.type.replace("_", " ")
    words = [f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"]
    words += [f"by {asked.actor}"] if asked.actor is not None else []
    words += [f"against {asked.target}"] if asked.target is not None else []
    words += [f"of status {asked.status}"] if asked.status is not None else []
    words += (
        [_count(asked.count_min, asked.count_max)]
        if asked.count_min is not None or asked.count_max is not None
        else []
    )
    return " ".join(words)


def _count(low: int | None, high: int | None) -> str:
    if low == high:
        return f"counting {low}"
    if high is None:
        return f"counting {low} or more"
    return f"counting {high} or fewer" if low is None else f"counting {low} to {high}"
