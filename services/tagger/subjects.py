"""The subject of a verb: who does it, and where that stands."""

from collections.abc import Sequence
from typing import Final

from services.tagger.clause import Clause, Place, Subject
from services.tagger.model import Form
from services.tagger.nouns import Object
from services.tagger.phrases import LIGHT, Items, Party


def subject_of(
    clause: Clause, place: Place, target: Object | None, form: Form, own: bool = True
) -> Subject | None:
    """Who does what the verb at `place` says; `own`: it may be done to what is the subject's own."""
    order = clause.language.order
    free = free_parties(clause, target)
    if order.final and (marked := _marked(free, place, target)):
        return marked
    things = target is not None and not target.classes.isdisjoint(_THINGS)
    opened = things and any(_acts_before(party, place) for party in free)
    if (
        order.inversion
        and target is not None
        and target.first >= place.last
        and form == "active"
        and not opened
    ):
        behind = _inverted(clause, free, place, target)
        if behind is not None:
            return behind
    if order.inversion and target is not None and target.last <= place.first and form == "active":
        for party in free:
            if party.first == place.end and not party.governed and not party.owner:
                return Subject(party.members, target.last, target.last)  # "(трёх дипломатов) выслала Дания"
    codes = target.codes if target is not None else ()
    found = _before(clause, free, place, (form, codes))
    if found is not None and target is None and order.object_of_infinitive == "before" and not order.final:
        return _earlier(clause, free, found)
    if not own and found is not None and set(found.members) & set(codes):
        # "Russia, in response to the unfriendly acts of Tallinn, (expels two Estonian diplomats)"
        others = [party for party in free if set(party.members).isdisjoint(codes)]
        other = _before(clause, others, place, (form, codes))
        found = other if other is not None and other.members else found
    return found


_THINGS: Final = frozenset(("sanctions", "visas", "treaty", "truce"))


def _acts_before(party: Party, place: Place) -> bool:
    """ "London (imposes sanctions on …)"."""
    return party.last == place.first and not party.governed and not party.owner


def _earlier(clause: Clause, free: Sequence[Party], found: Subject) -> Subject:
    """ "Russland (hat Kiew angegriffen)": of two before a verb that ends the clause the first acts."""
    parted = ("comma", "semicolon", "colon", "relative", "and", "say")
    for party in free:
        if party.last > found.first or party.governed or party.owner:
            continue
        if not any(item.has(*parted) for item in clause.items[party.last : found.first]):
            return Subject(party.members, party.first, party.last)
    return found


def _marked(free: Sequence[Party], place: Place, target: Object | None) -> Subject | None:
    """The subject by its particle (が, は), the nearest that is not whom it is done to."""
    codes = target.codes if target is not None else ()
    marked = [party for party in free if party.marked and party.last <= place.first]
    if not marked:
        return None
    other = [party for party in marked if set(party.members).isdisjoint(codes)]
    chosen = (other or marked)[-1]
    return Subject(chosen.members, chosen.first, chosen.last)


def _inverted(clause: Clause, free: Sequence[Party], place: Place, target: Object) -> Subject | None:
    """The subject between verb and object: "weist Polen drei Diplomaten aus"."""
    for party in free:
        between = place.last <= party.first and party.last <= target.first
        if between and not party.governed and not party.owner:
            gap = clause.items[place.last : party.first]
            if not any(item.has("relative", "comma", "and") for item in gap):
                start = clause_start(clause.items, place.first, None)
                return Subject(party.members, start, start)
    return None


def _before(
    clause: Clause, free: Sequence[Party], place: Place, sought: tuple[Form, tuple[str, ...]]
) -> Subject | None:
    """The subject before the verb: the nearest party that nothing governs."""
    items, (form, codes) = clause.items, sought
    ends = {party.last: party for party in free}
    verb = place.first - 1 - _light_run(items, place.first)  # the word that auxiliaries part from the verb
    relative = False
    index = place.first - 1
    while index >= 0:
        party = ends.get(index + 1)
        if party is not None:
            found = _if_it_acts(items, party, place, form)
            if found is not None or relative:
                return found or Subject(party.members, party.first, party.last)
            index = party.first - 1
            continue
        item = items[index]
        if index == verb:
            if item.has("and"):
                return Subject(first_acting(clause, index, codes), index, index + 1)
            if item.has("pronoun"):
                return Subject(_antecedent(clause, index, codes), index, index + 1)
            if clause.language.order.bare_infinitive and item.unknown and form != "infinitive":
                return Subject((), index, index + 1)
            relative = item.has("relative")
        elif item.has("semicolon"):
            return None
        else:
            relative = relative and item.has("comma")
        index -= 1
    return None


def _if_it_acts(items: Items, party: Party, place: Place, form: Form) -> Subject | None:
    decides = _owns_decision(items, party.last, place.first) or any(
        item.has("decision", "decided") for item in items[place.end : place.end + 1]
    )
    if not party.governed and (not party.owner or decides):
        return Subject(party.members, party.first, party.last, _is_ordered(items, party, place, form))
    if party.governed in ("", "of", "from", "by") and _is_decision_of(items, party.first):
        return Subject(party.members, party.first, party.last)
    told = party.governed and form == "infinitive" and party.first >= 2
    if told and party.last + 1 >= place.first - 1 and _ordering(items, party.first):
        return Subject(party.members, party.first, party.last, ordered=True)
    return None


def _is_decision_of(items: Items, first: int) -> bool:
    """ "The decision of (Hungary to …)"."""
    front = first - 1
    while front > 0 and items[front].has("of", "genitive", "article"):
        front -= 1
    return front >= 0 and first - front <= 3 and items[front].has("decided")


def _owns_decision(items: Items, start: int, end: int) -> bool:
    return any(item.has("decision", "government") for item in items[start : min(end, start + 4)])


def _ordering(items: Items, first: int) -> bool:
    return any(item.has("order", "force") for item in items[max(0, first - 3) : first])


def _is_ordered(items: Items, party: Party, place: Place, form: Form) -> bool:
    """ "(Poland) ordered Russia to close …" """
    if form not in ("infinitive", "active") or not party.first:
        return False
    front = party.first - 1
    if form == "infinitive" and items[front].has("have") and items[party.last].has("order"):
        return True  # "(Berlin) hat Teheran aufgefordert, (den Attaché abzuziehen)"
    front -= front > 0 and items[front].has("article")
    return items[front].has("order", "force") and place.first - party.last <= 2


def _light_run(items: Items, end: int) -> int:
    """How many words right before `end` are auxiliaries, adverbs and the like."""
    run = 0
    light = LIGHT | {
        "plan",
        "decide",
        "threaten",
        "can",
        "would",
        "deny",
        "begin",
        "to",
        "must",
        "say",
        "announce",
    }
    while (
        run < end
        and items[end - 1 - run].classes & light
        and not items[end - 1 - run].has("pronoun", "relative")
    ):
        run += 1
    return run


def free_parties(clause: Clause, target: Object | None) -> list[Party]:
    """The parties that are no part of the object."""
    if target is None:
        return clause.parties
    return [party for party in clause.parties if party.last <= target.first or party.first >= target.last]


def _antecedent(clause: Clause, place: int, codes: tuple[str, ...]) -> tuple[str, ...]:
    same = first_acting(clause, place, codes)
    if same:
        return same
    before = clause.previous()
    return before if set(before).isdisjoint(codes) else ()


def first_acting(clause: Clause, end: int, codes: tuple[str, ...]) -> tuple[str, ...]:
    for party in clause.parties:
        if party.last <= end and not party.governed and not party.owner and party.members != codes:
            return party.members
    return ()


def clause_start(items: Items, end: int, target: Object | None) -> int:
    low = min(end, target.first) if target is not None else end
    for index in range(low - 1, -1, -1):
        if items[index].has("semicolon", "relative"):
            return index + 1
    return 0


def unspoken(clause: Clause, place: Place, codes: tuple[str, ...]) -> tuple[str, ...]:
    """Where verbs need no pronoun: whom the sentence before is about, if the verb opens this one."""
    opening = clause.items[: place.first]
    if not clause.language.order.drops_subject or len(opening) > _OPENING:
        return ()
    if any(item.mention is not None or item.unknown or item.has("relative") for item in opening):
        return ()
    before = clause.previous()
    return before if set(before).isdisjoint(codes) else ()


_OPENING: Final = 6  # words before a verb that may still be said to open the sentence
