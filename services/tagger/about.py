"""What a trigger is about: which diplomats, whose embassy, and what form the trigger has with it."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from services.tagger.clause import Clause, Place
from services.tagger.model import EventType, Form, Side, Trigger
from services.tagger.nouns import Object, nationals
from services.tagger.phrases import LIGHT, PREPOSITIONS, Item, Items
from services.tagger.subjects import first_acting

_NEAR: Final = 1.5  # what a noun's object may cost
_UNSAID: Final = ("and", "each", "month", "year", "consultations")  # words that part nothing
_BRACKET: Final = 14  # words between an object and the participle that ends the clause


def whose_else(clause: Clause, event: EventType, place: Place, target: Object | None) -> Object | None:
    """With the owner that an earlier clause names: "told Russia's envoy that two diplomats …"."""
    if target is None or target.codes or not event.objects & {"diplomat"}:
        return target
    items = clause.items
    if target.own:
        return _of_those_told(clause, target)
    start = min(place.first, target.first)
    joins = ("relative", "and", "comma", "semicolon")
    opening = next((index for index in range(start - 1, -1, -1) if items[index].has(*joins)), None)
    if opening is None:
        opening = start if target.count is not None else 0  # "handed the Latvian envoy a note declaring"
    for phrase in clause.objects(frozenset(("envoy", "embassy"))):
        if phrase.codes and phrase.last <= opening and (opening < start or start - phrase.last <= 3):
            return replace(target, codes=phrase.codes)
    return target


def _of_those_told(clause: Clause, target: Object) -> Object:
    """ "(Canada) told India that (six of) its diplomats (must go)": they are whose who is told."""
    items = clause.items
    for party in clause.parties:
        front = items[party.first - 1] if party.first else None
        told = front is not None and front.has("order") and not party.governed and not party.owner
        gap = items[party.last : target.first]
        if told and party.last <= target.first and gap and gap[0].has("relative", "to", "infinitive"):
            return replace(target, codes=party.members, own=False)
    return target


def joined_to(clause: Clause, event: EventType, target: Object) -> list[Object]:
    """ "(the Mexican ambassador) and two Spanish diplomats"."""
    found: list[Object] = []
    last = target.last
    for phrase in clause.objects(event.objects):
        gap = clause.items[last : phrase.first]
        if phrase.codes and any(item.has("and") for item in gap) and len(gap) <= 2:
            found.append(phrase)
            last = phrase.last
    return found


def object_of(clause: Clause, trigger: Trigger, place: Place) -> tuple[Form, Object | None]:
    """The form that the trigger has here, and what it is about."""
    form, found = _object_among(clause, trigger, place, clause.objects(trigger.event.objects))
    if found is None and trigger.event.counted == "all" and trigger.rule.id != "credentials":
        return _object_among(clause, trigger, place, nationals(clause.items))
    return form, found


def _object_among(
    clause: Clause, trigger: Trigger, place: Place, phrases: Sequence[Object]
) -> tuple[Form, Object | None]:
    items, order, form = clause.items, clause.language.order, trigger.form
    gap = order.gap + trigger.event.reach
    if form in ("active", "infinitive", "future"):
        phrases = [each for each in phrases if each.head > place.first or not _is_subject(items, each)]
    if _is_reflexive(items, place):
        phrases = [each for each in phrases if each.head > place.first]
    if not phrases:
        return form, None
    if form in ("active", "participle", "passive"):
        described = _of_relative_clause(clause, place, phrases)
        if described is not None:
            return ("passive" if form == "passive" else "active"), described
    if form != "noun" and _is_pronoun_object(items, place, form):
        meant = [each for each in phrases if each.codes and each.last < place.first]
        if meant:
            return form, replace(meant[-1], own=False)
    if form == "participle":
        return _object_of_participle(clause, place, phrases, gap)
    if form == "passive":
        return form, _object_of_passive(clause, place, phrases, gap)
    if form == "noun":
        return form, _object_of_noun(clause, place, phrases, min(gap, _NEAR + trigger.event.reach))
    if form == "label":
        phrases = [each for each in phrases if not _speaks(items, each, place)]
        over = trigger.rule.needs == "order"  # "(ordered the envoy) that (he leave)"
        return form, _nearest(items, place, phrases, "both", gap + 2, prefer="before", over=over)
    return form, _object_of_verb(clause, place, phrases, (form, gap))


def _speaks(items: Items, phrase: Object, place: Place) -> bool:
    """ "(Tourists are no longer welcome in Latvia), a diplomat said"."""
    if not 2 < place.first < phrase.first or phrase.last >= len(items):
        return False
    return items[phrase.last].has("say") and items[phrase.first - 1].has("comma")


def _object_of_verb(
    clause: Clause, place: Place, phrases: Sequence[Object], sought: tuple[Form, float]
) -> Object | None:
    """`sought`: the form of the verb, and how many words may part it from its object."""
    items, order = clause.items, clause.language.order
    form, gap = sought
    side = order.object_of_infinitive if form == "infinitive" else order.object_of_verb
    found = _nearest(items, place, phrases, side, gap)
    if found is not None and side == "both" and found.last <= place.first and not _else_acts(clause, found):
        found = None  # "(The embassy) closes its show"
    acts = not order.bare_agent and _opens_object(items, place.end)
    if found is None and order.inversion and side == "after" and not acts:
        # "(Трёх дипломатов) выслали": nobody is named who does it, and the object opens the sentence
        opening = [
            each
            for each in phrases
            if each.codes
            and (
                not each.first
                or items[each.first - 1].has("colon", "semicolon")
                or items[each.first - 1].mention is not None
            )
            and not any(item.unknown for item in items[each.first : each.head])
        ]
        found = _nearest(items, place, opening, "before", 0.4)
    return found


def _is_reflexive(items: Items, place: Place) -> bool:
    """ "El embajador se retiró", "der Botschafter zog sich zurück": nobody does it to him."""
    beside = (*items[max(0, place.first - 1) : place.first], *items[place.first + 1 : place.first + 2])
    return any(item.has("reflexive") for item in beside)


def _else_acts(clause: Clause, phrase: Object) -> bool:
    """Is there somebody else in the sentence who can be the verb's subject?"""
    return any(
        not party.governed and not party.owner and (party.last <= phrase.first or party.first >= phrase.last)
        for party in clause.parties
    )


def _opens_object(items: Items, index: int) -> bool:
    """Does another object follow: "(the ambassador quoted) a poet"?"""
    if index >= len(items):
        return False
    item = items[index]
    if item.mention is not None or any(each.has("government") for each in items[index + 1 : index + 3]):
        return False
    return item.text.lower() in ("a", "al") or item.has("own", "article")


def _of_relative_clause(clause: Clause, place: Place, phrases: Sequence[Object]) -> Object | None:
    """ "The six diplomats whom Latvia expelled", ラトビアが追放した外交官."""
    items, order = clause.items, clause.language.order
    if order.final or (place.end < len(items) and items[place.end].has("possessive")):
        start = place.end + (place.end < len(items) and items[place.end].has("possessive"))
        behind = next((each for each in phrases if each.first == start), None)
        if behind is not None and any(party.last <= place.first for party in clause.parties):
            own = any(each.last <= place.first and each.codes for each in phrases)
            return None if own else behind
        return None
    for phrase in reversed(phrases):
        if phrase.last >= place.first or not phrase.codes:
            continue
        gap = items[phrase.last : place.first]
        opening = gap[1:2] if gap[0].has("comma") else gap[:1]
        if not opening or not opening[0].has("relative"):
            return None
        inside = [
            party
            for party in clause.parties
            if phrase.last <= party.first
            and party.last <= place.first
            and (not party.governed or items[party.first - 1].has("article"))
        ]
        rest = [
            item
            for index, item in enumerate(items[phrase.last : place.first], phrase.last)
            if not any(party.first <= index < party.last for party in inside)
        ]
        light = all(
            item.has("relative", "comma", "article", "have", "adverb", "be", "time", "and") for item in rest
        )
        return replace(phrase, own=False) if len(inside) == 1 and light else None
    return None


def _object_of_noun(clause: Clause, place: Place, phrases: Sequence[Object], gap: float) -> Object | None:
    """ "The expulsion of (two diplomats)"; where verbs stand last, what stands before the noun."""
    items, order = clause.items, clause.language.order
    found = _nearest(items, place, phrases, "before" if order.final else "after", gap)
    if found is not None or order.final:
        return found
    before = _nearest(items, place, phrases, "before", 1)
    if before is not None and any(item.has("retaliation") for item in items[before.last : place.first]):
        return None  # "(expelled two diplomats) in response to the expulsion of eight Russians"
    return before


def _is_pronoun_object(items: Items, place: Place, form: Form) -> bool:
    """Is it done to "them", or to those "whom" a relative clause is about?"""
    front = items[max(0, place.first - 2) : place.first]
    if form == "label" and len(front) == 2 and front[0].has("declare") and front[1].has("them"):
        return True  # "hours after Barbados declared him (unwelcome)"
    beside = [items[index] for index in (place.first - 1, place.end) if 0 <= index < len(items)]
    if form != "label" and any(item.has("them") and not item.has("relative") for item in beside):
        return True
    return any(
        item.has("them") and item.has("relative") for item in items[max(0, place.first - 4) : place.first]
    )


def _is_subject(items: Items, phrase: Object) -> bool:
    """Does the noun's form tell that it acts? An ending behind an apostrophe would make it another form."""
    marked = phrase.head + 1 < len(items) and items[phrase.head + 1].text[0] in "'’"
    return items[phrase.head].has("subject_form") and not marked


def _object_of_participle(
    clause: Clause, place: Place, phrases: Sequence[Object], gap: float
) -> tuple[Form, Object | None]:
    """A participle is passive with "be", active with "have"; alone, where its object stands tells which."""
    items, order = clause.items, clause.language.order
    final = order.object_of_infinitive == "before"
    if auxiliary(items, place, "be", final):
        return "passive", _object_of_passive(clause, place, phrases, gap)
    if auxiliary(items, place, "have", final):
        side: Side = "both" if final else order.object_of_verb
        found = _nearest(items, place, phrases, side, gap, prefer="before" if final else None)
        return "active", found or (_in_bracket(clause, place, phrases) if final else None)
    previous = items[place.first - 1] if place.first else None
    if previous is not None and (previous.has("article", "own", "every") or previous.number is not None):
        return "active", None  # "the expelled diplomats"
    behind = _nearest(items, place, phrases, "after", gap)
    if behind is not None and not final:
        return "active", behind
    opened = _behind_comma(clause, place, phrases)
    if opened is not None:
        return "passive", opened
    before = _nearest(items, place, phrases, "before", gap)
    if place.end < len(items) and items[place.end].has("own"):
        return "active", None  # "the embassy closed its exhibition"
    if before is not None and before.first and items[before.first - 1].has("fronting"):
        return "active", before
    if before is not None and not _acts(clause, before, place):
        return "passive", before
    return "active", before or behind


def _object_of_passive(clause: Clause, place: Place, phrases: Sequence[Object], gap: float) -> Object | None:
    order = clause.language.order
    behind = clause.items[place.end : place.end + 3]
    if any(item.has("own") for item in behind[:2]) and not any(item.has("credentials") for item in behind):
        return _of_those_who_must(clause, place, phrases)
    found = _nearest(clause.items, place, phrases, "before", gap + 2)
    if found is None and order.object_of_infinitive == "before" and not order.final:
        found = _in_bracket(clause, place, phrases, passive=True)
    if found is None and (order.inversion or order.final):
        found = _nearest(clause.items, place, phrases, "after", gap)
    if found is not None and found.first >= place.end and first_acting(clause, place.first, ()):
        return None  # "Russia was expelled from the club, diplomats said"
    if found is None and place.first and clause.items[place.first - 1].has("be"):
        opening = [each for each in phrases if each.first <= 1 and each.last < place.first and each.codes]
        if opening and clause.items[opening[0].last].has("relative"):
            return opening[0]  # "The two Russians who … were expelled"
    if found is None and _is_afterwards(clause.items, place):
        opening = [each for each in phrases if each.first <= 1]
        return opening[0] if opening else None
    return found


def _of_those_who_must(clause: Clause, place: Place, phrases: Sequence[Object]) -> Object | None:
    """ "(Russia) must close (its consulate)": it is theirs of whom that is asked."""
    behind = _nearest(clause.items, place, phrases, "after", clause.language.order.gap)
    subject = next((party for party in clause.parties if party.last == place.first), None)
    if behind is None or subject is None or not behind.own or subject.governed or subject.owner:
        return None
    return replace(behind, codes=subject.members, own=False)


def _behind_comma(clause: Clause, place: Place, phrases: Sequence[Object]) -> Object | None:
    """ "Summoned by the Belgian minister, (the US ambassador) …": a participle that opens the sentence."""
    items = clause.items
    if place.first or not any(item.has("by", "in", "to") for item in items[place.end : place.end + 3]):
        return None
    comma = next((index for index, item in enumerate(items) if item.has("comma")), len(items))
    opening = [each for each in phrases if each.codes and comma < each.first <= comma + 2]
    light = opening and all(item.has("article") for item in items[comma + 1 : opening[0].first])
    return opening[0] if light else None


def _in_bracket(
    clause: Clause, place: Place, phrases: Sequence[Object], passive: bool = False
) -> Object | None:
    """What stands before the participle that ends a clause: "hat seinen Botschafter im März … abgezogen"."""
    items = clause.items
    for phrase in reversed(phrases):
        if phrase.last > place.first or place.first - phrase.last > _BRACKET:
            continue
        gap = without_inserted(items[phrase.last : place.first])
        parted = any(
            item.triggers
            or item.has("comma", "semicolon", "colon", "relative", "say", "own", "diplomat", "mission")
            for item in gap
        )
        acts = any(party.last <= phrase.first and not party.governed for party in clause.parties)
        if parted or not (phrase.codes or phrase.own or phrase.host) or not (passive or acts):
            return None
        return phrase
    return None


def _is_afterwards(items: Items, place: Place) -> bool:
    """ "(The diplomats flew home) after being (expelled)": it happened to the subject of the sentence."""
    index = place.first - 1
    while index > 0 and items[index].has("be", "have", "infinitive"):
        index -= 1
    return index < place.first - 1 and items[index].has("after")


def _acts(clause: Clause, phrase: Object, place: Place) -> bool:
    """Is there a subject between the object and the verb ("the diplomats whom Norway expelled")?"""
    return any(
        phrase.last <= party.first and party.last <= place.first and not party.governed and not party.owner
        for party in clause.parties
    )


def auxiliary(items: Items, place: Place, wanted: str, final: bool) -> bool:
    """Does an auxiliary verb belong to the participle? It stands before it; `final`: or right behind it."""
    for index in range(place.first - 1, max(-1, place.first - 20), -1):
        item = items[index]
        if item.has(wanted):
            return True
        if item.has("after") and items[index + 1].mention is not None:
            return False  # "(Relations have been frosty) since (Quito expelled)"
        if item.has("semicolon", "colon", "relative") or item.has("have" if wanted == "be" else "be"):
            return False
        if item.has("when") and not final and items[index - 1].has("comma"):
            return False
    behind = items[place.end : place.end + 2] if final else ()
    return any(item.has(wanted) for item in behind)


def _nearest(
    items: Items,
    place: Place,
    phrases: Sequence[Object],
    side: Side,
    budget: float,
    prefer: Side | None = None,
    over: bool = False,
) -> Object | None:
    """The phrase with the cheapest gap to the trigger, if one is cheap enough."""
    best, least = None, budget + 0.01
    for phrase in phrases:
        if place.last <= phrase.head < place.end:
            return phrase
        if phrase.head >= place.end:
            here: Side = "after"
            start = max(place.end if phrase.first >= place.end else place.last, place.last)
            gap = items[start : max(phrase.first, start)]
        else:
            here = "before"
            gap = items[min(phrase.last, place.first) : place.first]
        if side not in (here, "both"):
            continue
        price = _cost(gap, over) + (0.5 if prefer is not None and prefer != here else 0)
        if price < least:
            best, least = phrase, price
    return best


def without_inserted(items: Items) -> Items:
    """The words without the relative clause between two commas: ", who prosecutors say were spies, "."""
    commas = [index for index, item in enumerate(items) if item.has("comma")]
    for first in commas[:-1]:
        opening = items[first + 1 : first + 3]
        if any(item.has("relative") and not item.has("infinitive") for item in opening[:1]) or (
            len(opening) == 2
            and (
                (opening[0].classes & PREPOSITIONS and opening[1].has("relative"))
                or (opening[0].has("adverb") and opening[1].classes & PREPOSITIONS)  # ", suspected of …,"
            )
        ):
            return [*items[:first], *items[commas[-1] + 1 :]]
    return items


def _cost(gap: Items, over: bool) -> float:
    """How far apart the words of the gap keep trigger and object; 99 if they can't belong together.

    `over`: the gap may lead into another clause.
    """
    gap = _without_share(without_inserted(gap))
    price = 0.0
    gap = _without_examples(gap)
    for place, item in enumerate(gap):
        if item.mention is not None and not _is_whole_object(gap, place):
            price += 0.5
        elif item.has("infinitive") and item.has("relative") and place == len(gap) - 1:
            continue  # "(72 timmar) att (lämna)"
        elif (
            item.has("semicolon", "kin", "say", "expelled")
            or _is_noun(item)
            or item.mention is not None
            or (item.has("relative") and not over)
        ):
            return 99
        elif item.has("others"):
            following = gap[place + 1] if place + 1 < len(gap) else None
            if following is None or not following.has("and"):
                return 99
        elif item.has("comma"):
            price += 0.5
        elif item.has("colon"):
            price += 1.5
        elif item.classes & LIGHT or item.number is not None or item.has(*_UNSAID):
            continue
        elif item.has("government"):
            price += 0.2  # "(called) to the ministry (the ambassador)"
        elif item.classes & PREPOSITIONS:
            following = gap[place + 1] if place + 1 < len(gap) else None
            timed = following is not None and (
                following.number is not None or following.has("month", "adverb")
            )
            price += 0 if timed else 0.4
        elif item.is_word:
            price += 1
    return price


def _is_whole_object(gap: Items, place: int) -> bool:
    """ "(deported) three Syrians on Tuesday, and (the Swedish ambassador …)"."""
    mention = gap[place].mention
    counted = place > 0 and gap[place - 1].number is not None
    behind = gap[place + 1 : place + 2]
    ends = any(item.has("comma", "adverb") or item.classes & PREPOSITIONS for item in behind)
    return mention is not None and mention.kind == "people" and counted and ends


def _without_share(gap: Items) -> Items:
    """The gap without another's share: "(Estonia expelled) 14, and Latvia (13 diplomats)"."""
    if len(gap) < 3 or gap[0].number is None:
        return gap
    for index in range(1, min(5, len(gap))):
        if gap[index].mention is not None:
            return gap[index + 1 :] if index > 1 else gap
        if not gap[index].has("comma", "and", "while", "counter"):
            return gap
    return gap


def _without_examples(gap: Items) -> Items:
    """The gap without ", among them the consul general,"."""
    for start, item in enumerate(gap):
        if item.has("including") and start and gap[start - 1].has("comma"):
            for end in range(start + 1, len(gap)):
                if gap[end].has("comma"):
                    return [*gap[: start - 1], *gap[end + 1 :]]
    return gap


def _is_noun(item: Item) -> bool:
    """Is it a trigger of its own ("recalls the expulsion of")?"""
    return any(trigger.form == "noun" for trigger in item.triggers)
