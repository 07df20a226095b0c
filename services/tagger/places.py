"""Where an event happened, as the sentence says it. Pure."""

from typing import NamedTuple

from services.tagger.clause import Clause
from services.tagger.model import EventType
from services.tagger.nouns import is_organisation
from services.tagger.phrases import Items, Party

_NAME = 3  # words of a city's name that is in no list


class Where(NamedTuple):
    """The state, and the name of the city or region as the text writes it; either may be empty."""

    state: str
    name: str


def where(
    clause: Clause, event: EventType, trigger: int, actor: tuple[str, ...], target: tuple[str, ...]
) -> Where | None:
    """What the sentence names nearest to `trigger` (a character), else where such an event must be."""
    sides = {"actor": actor, "target": target, "": ()}[event.happens]
    home = sides[0] if len(sides) == 1 and not is_organisation(sides[0]) else ""
    located = [party for party in clause.parties if party.governed == "in" and len(party.members) == 1]
    named = [_of_party(clause.items, party) for party in sorted(located, key=_distance(clause, trigger))]
    here = [each for each in named if each.state and not is_organisation(each.state)]
    if home:
        here = [each for each in here if each.state == home]
    best = here[0] if here else Where(home, "")
    if not best.name and not clause.language.order.capital_nouns:
        city = _unlisted(clause.items, trigger)
        if city is not None and (not city.state or not best.state or city.state == best.state):
            best = Where(best.state or city.state, city.name)
    return best if best.state or best.name else None


def _distance(clause: Clause, trigger: int):  # type: ignore[no-untyped-def]
    return lambda party: abs(clause.items[party.first].start - trigger)


def _of_party(items: Items, party: Party) -> Where:
    mention = items[party.first].mention
    named = mention is not None and mention.kind in ("seat", "place") and party.last == party.first + 1
    return Where(party.members[0], items[party.first].text if named else "")


def _unlisted(items: Items, trigger: int) -> Where | None:
    """ "in Novi Sad, Serbia": a capitalised name behind "in" that no list has."""
    found: list[tuple[int, Where]] = []
    for index, item in enumerate(items[:-1]):
        if not item.has("in") or not items[index + 1].unknown or not items[index + 1].text[0].isupper():
            continue
        end = index + 1
        while end < len(items) and end <= index + _NAME and items[end].unknown and items[end].text[0].isupper():
            end += 1
        state = ""
        if end + 1 < len(items) and items[end].has("comma") and items[end + 1].mention is not None:
            behind = items[end + 1].mention
            state = behind.code if behind is not None and behind.kind == "name" else ""
        name = " ".join(each.text for each in items[index + 1 : end])
        found.append((abs(items[index].start - trigger), Where(state, name)))
    return min(found)[1] if found else None
