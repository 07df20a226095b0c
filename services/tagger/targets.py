"""To whom it is done."""

from typing import Final

from services.tagger.actors import first_named, governed_by, object_party, only_state
from services.tagger.clause import Clause, Place
from services.tagger.model import Trigger
from services.tagger.nouns import Object
from services.tagger.subjects import first_acting, free_parties


def target_of(
    clause: Clause, trigger: Trigger, place: Place, target: Object | None, who: tuple[str, ...]
) -> tuple[str, ...]:
    """To whom it is done, from the first of the event's places that names somebody else."""
    start = place.first - 8
    end = max(place.end, target.last if target is not None else 0) + 8
    for where in trigger.event.target:
        found: tuple[str, ...] = ()
        if where == "owner":
            own = trigger.event.own and not who and "owner" in trigger.event.actor
            found = target.codes if target is not None and not own else ()
        elif where == "host":
            found = target.host if target is not None else ()
            compound = clause.language.order.compounds and "envoy" in trigger.event.objects
            if target is not None and not found and compound and who and set(who).isdisjoint(target.codes):
                found = target.codes  # "Turkey recalls Israel ambassador"
        elif where == "object":
            found = object_party(clause, place, who)
        elif where == "anywhere":
            found = only_state(clause, who)
        else:
            apart = governed_by(clause, where, target, max(0, start), end, who)
            found = apart or governed_by(clause, where, None, max(0, start), end, who)
        if where != "owner" or trigger.event.own:
            found = tuple(code for code in found if code not in who)
        if found:
            return found
    people = nationals(clause, trigger, place, target, who)
    if people is not None:
        return people[0]
    if trigger.rule.struck or (trigger.rule.anywhere and trigger.rule.foreign):
        return only_state(clause, who) or first_named(clause.items, who)
    return ()


_PERSONS: Final = ("people", "others", "staff", "diplomat", "government")


def nationals(
    clause: Clause, trigger: Trigger, place: Place, target: Object | None, who: tuple[str, ...]
) -> tuple[tuple[str, ...], int | None] | None:
    """ "(sanctions on) 27 Russian companies": whose those are to whom it is done, and how many they are."""
    items = clause.items
    places = [where for where in trigger.event.target if where in ("on", "against", "to", "from", "object")]
    start = max(place.end, target.last if target is not None else 0)
    count: int | None = None
    governed = "object" in places
    for item in items[start : start + 9]:
        if item.mention is not None and item.mention.kind in ("adjective", "people", "owner"):
            other = governed and item.mention.code not in who
            return ((item.mention.code,), count) if other else None
        if item.has(*places):
            governed, count = True, None
        elif item.has("own") and governed and who:
            return first_acting(clause, place.first, who), None
        elif item.number is not None:
            count = item.number
        elif item.mention is not None or not (
            item.has(
                "article",
                "quantity",
                "determiner",
                "of",
                "counter",
                "adjective",
                "dozen",
                "adverb",
                *_PERSONS,
            )
            or item.unknown
        ):
            return None
    return None


def of_two(
    clause: Clause, target: Object | None, who: tuple[str, ...], whose: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Actor and target where it is about the relations of two: the one that speaks acts, or else both do."""
    if target is None or "relations" not in target.classes or len(target.codes) != 2:
        return who, whose
    both = target.codes
    speaks = who if set(who) < set(both) else ()
    for party in free_parties(clause, target):
        if not speaks and not party.governed and not party.owner and set(party.members) < set(both):
            speaks = party.members
    if not speaks:
        unsaid = not who or (set(who) == set(both) and not whose)
        return (both[:1], both[1:]) if unsaid else (who, whose)
    return speaks, tuple(code for code in both if code not in speaks)
