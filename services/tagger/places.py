"""Where an event happened, as the sentence says it. Pure."""

from typing import Final

from schemas.events import Place
from services.tagger.clause import Clause, Finding
from services.tagger.nouns import is_organisation
from services.tagger.phrases import Items, Party

_NAME: Final = 3  # words of a city's name that is in no list


def where(clause: Clause, finding: Finding, trigger: int) -> Place | None:
    """What the sentence names nearest to `trigger` (a character), else where such an event must be."""
    sides = {"actor": finding.actor, "target": finding.target, "": ()}[finding.type.happens]
    home = sides[0] if len(sides) == 1 and not is_organisation(sides[0]) else None
    located = [
        (abs(clause.items[party.first].start - trigger), _of_party(clause.items, party))
        for party in clause.parties
        if party.governed in ("in", "on")
        and len(party.members) == 1
        and not is_organisation(party.members[0])
    ]
    here = [place for _, place in sorted(located, key=lambda each: each[0])]
    if home is not None:
        here = [place for place in here if place.country == home]
    best = next((place for place in here if place.name), here[0] if here else Place(country=home))
    if not best.name and not clause.language.order.capital_nouns:
        city = _unlisted(clause.items, trigger)
        if city is not None and (city.country is None or best.country in (None, city.country)):
            best = Place(country=best.country or city.country, name=city.name)
    return best if best.country or best.name else None


def _of_party(items: Items, party: Party) -> Place:
    mention = items[party.first].mention
    city = mention is not None and mention.kind in ("seat", "place") and party.last == party.first + 1
    return Place(country=party.members[0], name=items[party.first].text if city else "")


def _unlisted(items: Items, trigger: int) -> Place | None:
    """ "in Novi Sad, Serbia": a capitalised name behind "in" that no list has; the nearest."""
    found: list[tuple[int, Place]] = []
    for index, item in enumerate(items[:-1]):
        start = _behind_town(items, index + 1)
        end = start
        while item.has("in") and end < len(items) and end < start + _NAME and _is_name(items, end):
            end += 1
        if end == start:
            continue
        behind = items[end + 1].mention if end + 1 < len(items) and items[end].has("comma") else None
        state = behind.code if behind is not None and behind.kind == "name" else None
        name = " ".join(each.text for each in items[start:end])
        found.append((abs(item.start - trigger), Place(country=state, name=name)))
    return min(found, key=lambda each: each[0])[1] if found else None


def _behind_town(items: Items, index: int) -> int:
    """Where the name begins: behind "the port city of" """
    end = index
    while end < len(items) and not _is_listed(items, end):
        if not items[end].has("article", "town", "of") and items[end].mention is None:
            break
        end += 1
    return end if any(item.has("town") for item in items[index:end]) else index


def _is_listed(items: Items, index: int) -> bool:
    mention = items[index].mention
    return mention is not None and mention.kind == "place"


def _is_name(items: Items, index: int) -> bool:
    return _is_listed(items, index) or (
        items[index].unknown and items[index].text[0].isupper() and not items[index].triggers
    )
