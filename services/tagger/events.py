"""The one matcher of all event rules: a trigger, what it is about, who does it, to whom.

Nothing here knows a language or a type of event: words come from languages/*.yaml, rules and triggers from
taxonomy/events/*.yaml. Codes: CAMEO (Schrodt, Codebook 1.1b3, 2012) and PLOVER (openeventdata/PLOVER,
CAMEO2PLOVER-2021.txt) stand in each event's file; `status` carries what PLOVER calls context.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal

from services.tagger.model import EventType, Form, Language, Rule, Side, Status, Trigger
from services.tagger.nouns import Object, is_organisation, objects
from services.tagger.phrases import LIGHT, PREPOSITIONS, Item, Items, Party, parties, unique
from services.tagger.status import classes, is_past, noun_status, verb_status

Part = Literal["trigger", "object", "actor", "target"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One event as one sentence tells it. `parts`: where its words stand: (what, start, end)."""

    type: EventType
    rule: str
    actor: tuple[str, ...]
    target: tuple[str, ...]
    count: int | None
    status: Status
    parts: tuple[tuple[Part, int, int], ...] = ()
    response: bool = False


@dataclass(frozen=True)
class Clause:
    """A sentence with what the rules ask of it; `previous`: the subject of the sentence before, for "it"."""

    items: Items
    language: Language
    previous: Callable[[], tuple[str, ...]]
    year: int | None

    @cached_property
    def parties(self) -> list[Party]:
        return parties(self.items, self.language.order)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a trigger stands: items `first` to `last` (exclusive); `end`: behind its last part."""

    first: int
    last: int
    end: int


@dataclass(frozen=True, slots=True)
class Subject:
    """Who does it; `members` is empty where the text names nobody. `first`, `last`: where it stands."""

    members: tuple[str, ...]
    first: int
    last: int
    ordered: bool = False


def find(clause: Clause) -> list[Finding]:
    """The events that the sentence tells, unmerged."""
    found: list[Finding] = []
    if clause.items and clause.items[-1].text in _QUESTION:
        return found
    for index, item in enumerate(clause.items):
        if item.mention is not None and item.mention.kind != "people":
            continue
        readings: dict[EventType, list[list[Finding]]] = {}
        for trigger in item.triggers:
            place = _place(clause.items, index, trigger, clause.language)
            if place is not None and _needed(clause.items, place, trigger.rule):
                readings.setdefault(trigger.event, []).append(_match(clause, trigger, place))
        for several in readings.values():
            fullest: list[Finding] = max(several, key=_fullness)
            found += (*fullest, *_elided(clause, fullest))
    told = [each for each in found if not each.type.fallback]
    return _best(told or found)


def _elided(clause: Clause, findings: Sequence[Finding]) -> list[Finding]:
    """The same done by others, without the verb: "(Norway expelled four,) France 35 and Italy 30"."""
    first = findings[0] if len(findings) == 1 else None
    if first is None or not first.actor or not first.target or first.type.counted != "all":
        return []
    items = clause.items
    told = max(end for _, _, end in first.parts)
    found: list[Finding] = []
    for party in clause.parties:
        count, end = _share(items, party)
        free = (
            not party.governed and not party.owner and not set(party.members) & {*first.actor, *first.target}
        )
        if count is None or not free or items[party.first].start < told:
            continue
        between = [
            item for item in items[:end] if told <= item.start and item.end <= items[party.first].start
        ]
        if all(item.has("comma", "semicolon", "and", "article") for item in between):
            found.append(replace(first, actor=party.members, count=count))
            told = items[end - 1].end
    return found


def _share(items: Items, party: Party) -> tuple[int | None, int]:
    """The number that stands for a party's share, right behind it with nothing to follow, and its end."""
    index = party.last
    if index < len(items) and items[index].has("comma", "to", "each"):
        index += 1
    if index >= len(items) or (count := items[index].number) is None:
        return None, index
    following = items[index + 1] if index + 1 < len(items) else None
    ends = following is None or not following.is_word or following.has("and", "diplomat")
    return (count, index + 1) if ends else (None, index)


def _fullness(findings: list[Finding]) -> tuple[int, bool]:
    """How much a reading of a word tells; of two equal ones that which does not just say that it is done."""
    parties = sum(len(each.actor) + len(each.target) for each in findings)
    return parties, any(each.status != "done" for each in findings)


def first_subject(items: Items, language: Language) -> tuple[str, ...]:
    """Who the sentence is about: the first who acts in it."""
    return next(
        (party.members for party in parties(items, language.order) if not party.governed and not party.owner),
        (),
    )


def _best(found: list[Finding]) -> list[Finding]:
    """Without those that say less than another of the same type about the same parties."""
    kept: list[Finding] = []
    for finding in sorted(
        found, key=lambda each: -(2 * len(each.actor) + 2 * len(each.target) + (each.count is not None))
    ):
        if not any(
            finding.type is other.type
            and finding.status == other.status
            and set(finding.actor) <= set(other.actor)
            and set(finding.target) <= set(other.target)
            and finding.count in (None, other.count)
            for other in kept
        ):
            kept.append(finding)
    return sorted(kept, key=found.index)


_QUESTION: Final = frozenset("?？؟")
_NEAR: Final = 1.5  # what a noun's object may cost
_REACH: Final = 16  # words between the parts of one verb, and from a trigger to what it needs


def _place(items: Items, index: int, trigger: Trigger, language: Language) -> Place | None:
    if not trigger.tail:
        return Place(index, index + 1, index + 1)
    for start in range(index + 1, min(index + 1 + _REACH, len(items))):
        item = items[start]
        if item.has("semicolon"):
            return None
        if trigger.tail[0].fits(item.key.split(" ")[0]) and all(
            start + offset < len(items) and pattern.fits(items[start + offset].key)
            for offset, pattern in enumerate(trigger.tail)
        ):
            return Place(index, index + 1, start + len(trigger.tail))
        if " ".join(pattern.text for pattern in trigger.tail) == item.key:
            return Place(index, index + 1, start + 1)
    return None


def _needed(items: Items, place: Place, rule: Rule) -> bool:
    if rule.needs is None:
        return True
    low, high = max(0, place.first - _REACH), min(len(items), place.end + _REACH)
    return any(item.has(rule.needs) for item in items[low:high])


def _match(clause: Clause, trigger: Trigger, place: Place) -> list[Finding]:
    """What the trigger tells; once more for each object that "and" joins to the first."""
    event, form = trigger.event, trigger.form
    target: Object | None = None
    if event.objects:
        form, target = _object(clause, trigger, place)
        if target is None:
            return []
    elif form == "participle":
        form = "passive" if _auxiliary(clause.items, place, "be", False) else "active"
    if _cancelled(clause.items, event, place, target):
        return []
    if target is not None and trigger.rule.needs != "credentials":
        low, high = min(place.first, target.head), max(place.end, target.head)
        if any(item.has("credentials") for item in clause.items[low:high]):
            return []
    target = _whose_else(clause, event, place, target)
    if form in ("noun", "label"):
        return _told_by_noun(clause, trigger, form, place, target)
    if form == "passive":
        found = _passive(clause, trigger, place, target)
    else:
        found = _active(clause, trigger, "active" if form == "future" else form, place, target)
    status: Status | None = "denied" if trigger.negated else "announced" if form == "future" else None
    if status is not None:
        found = [replace(each, status=status) if each.status == "done" else each for each in found]
    if target is None or event.counted != "all":
        return found
    return found + [
        replace(each, target=other.codes, count=other.count)
        for other in _joined_to(clause, event, target)
        for each in found
        if set(other.codes).isdisjoint((*each.actor, *each.target))
    ]


def _whose_else(clause: Clause, event: EventType, place: Place, target: Object | None) -> Object | None:
    """With the owner that an earlier clause names: "told Russia's envoy that two diplomats …"."""
    if target is None or target.codes or target.own or not event.objects & {"diplomat"}:
        return target
    items = clause.items
    start = min(place.first, target.first)
    opening = next((index for index in range(start - 1, -1, -1) if items[index].has("relative")), None)
    if opening is None:
        return target
    for phrase in objects(items, frozenset(("envoy",)), clause.language.order):
        if phrase.codes and phrase.last <= opening:
            return replace(target, codes=phrase.codes)
    return target


def _joined_to(clause: Clause, event: EventType, target: Object) -> list[Object]:
    """ "(the Mexican ambassador) and two Spanish diplomats"."""
    found: list[Object] = []
    last = target.last
    for phrase in objects(clause.items, event.objects, clause.language.order):
        gap = clause.items[last : phrase.first]
        if phrase.codes and any(item.has("and") for item in gap) and len(gap) <= 2:
            found.append(phrase)
            last = phrase.last
    return found


def _object(clause: Clause, trigger: Trigger, place: Place) -> tuple[Form, Object | None]:
    """The form that the trigger has here, and what it is about."""
    items, order, form = clause.items, clause.language.order, trigger.form
    phrases = objects(items, trigger.event.objects, order)
    if form in ("active", "infinitive", "future"):
        phrases = [each for each in phrases if each.head > place.first or not _is_subject(items, each)]
    if not phrases:
        return form, None
    if form != "noun" and _is_pronoun_object(items, place, form):
        meant = [each for each in phrases if each.codes and each.last < place.first]
        if meant:
            return form, replace(meant[-1], own=False)
    if form == "participle":
        return _object_of_participle(clause, place, phrases)
    if form == "passive":
        return form, _object_of_passive(clause, place, phrases)
    if form == "noun":
        near = min(order.gap, _NEAR)
        found = _nearest(items, place, phrases, "before" if order.final else "after", near)
        return form, found or (None if order.final else _nearest(items, place, phrases, "before", 1))
    if form == "label":
        over = trigger.rule.needs == "order"  # "(ordered the envoy) that (he leave)"
        return form, _nearest(items, place, phrases, "both", order.gap + 2, prefer="before", over=over)
    side = order.object_of_infinitive if form == "infinitive" else order.object_of_verb
    found = _nearest(items, place, phrases, side, order.gap)
    if found is None and order.inversion and side == "after":
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
    return form, found


def _is_pronoun_object(items: Items, place: Place, form: Form) -> bool:
    """Is it done to "them", or to those "whom" a relative clause is about?"""
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
    clause: Clause, place: Place, phrases: Sequence[Object]
) -> tuple[Form, Object | None]:
    """A participle is passive with "be", active with "have"; alone, where its object stands tells which."""
    items, order = clause.items, clause.language.order
    final = order.object_of_infinitive == "before"
    if _auxiliary(items, place, "be", final):
        return "passive", _object_of_passive(clause, place, phrases)
    if _auxiliary(items, place, "have", final):
        side: Side = "both" if final else order.object_of_verb
        return "active", _nearest(items, place, phrases, side, order.gap, prefer="before" if final else None)
    previous = items[place.first - 1] if place.first else None
    if previous is not None and (previous.has("article", "own", "every") or previous.number is not None):
        return "active", None  # "the expelled diplomats"
    behind = _nearest(items, place, phrases, "after", order.gap)
    if behind is not None and not final:
        return "active", behind
    before = _nearest(items, place, phrases, "before", order.gap)
    if before is not None and not _acts(clause, before, place):
        return "passive", before
    return "active", before or behind


def _object_of_passive(clause: Clause, place: Place, phrases: Sequence[Object]) -> Object | None:
    order = clause.language.order
    side: Side = "both" if order.inversion or order.final else "before"
    found = _nearest(clause.items, place, phrases, side, order.gap + 2, prefer="before")
    if found is not None and found.first >= place.end and _first_acting(clause, place.first, ()):
        return None  # "Russia was expelled from the club, diplomats said"
    if found is None and _is_afterwards(clause.items, place):
        opening = [each for each in phrases if each.first <= 1]
        return opening[0] if opening else None
    return found


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


def _auxiliary(items: Items, place: Place, wanted: str, final: bool) -> bool:
    """Does an auxiliary verb belong to the participle? It stands before it; `final`: or right behind it."""
    for index in range(place.first - 1, max(-1, place.first - 14), -1):
        item = items[index]
        if item.has(wanted):
            return True
        if item.has("semicolon", "colon", "relative") or item.has("have" if wanted == "be" else "be"):
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


def _without_inserted(items: Items) -> Items:
    """The words without the relative clause between two commas: ", who prosecutors say were spies, "."""
    commas = [index for index, item in enumerate(items) if item.has("comma")]
    for first in commas[:-1]:
        opening = items[first + 1 : first + 3]
        if any(item.has("relative") and not item.has("infinitive") for item in opening[:1]) or (
            len(opening) == 2 and opening[0].classes & PREPOSITIONS and opening[1].has("relative")
        ):
            return [*items[:first], *items[commas[-1] + 1 :]]
    return items


def _cost(gap: Items, over: bool) -> float:
    """How far apart the words of the gap keep trigger and object; 99 if they can't belong together.

    `over`: the gap may lead into another clause.
    """
    gap = _without_inserted(gap)
    price = 0.0
    gap = _without_examples(gap)
    for place, item in enumerate(gap):
        if item.mention is not None:
            price += 0.5
        elif item.has("infinitive") and item.has("relative") and place == len(gap) - 1:
            continue  # "(72 timmar) att (lämna)"
        elif item.has("semicolon", "kin", "say") or _is_noun(item) or (item.has("relative") and not over):
            return 99
        elif item.has("others"):
            following = gap[place + 1] if place + 1 < len(gap) else None
            if following is None or not following.has("and"):
                return 99
        elif item.has("comma"):
            price += 0.5
        elif item.has("colon"):
            price += 1.5
        elif item.classes & LIGHT or item.number is not None or item.has("and", "each"):
            continue
        elif item.classes & PREPOSITIONS:
            price += 0.4
        elif item.is_word:
            price += 1
    return price


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


def _cancelled(items: Items, event: EventType, place: Place, target: Object | None) -> bool:
    """Does it happen in a film, to a club, for the holidays: a word of `cancel` classes near by?"""
    if not event.cancel:
        return False
    if any(each in event.cancel and each != "body" for item in items for each in item.classes):
        return True
    if "body" not in event.cancel:
        return False
    start = target.last if target is not None and target.head >= place.first else place.end
    for index in range(start, min(start + 4, len(items))):
        if items[index].has("from") and any(each.has("body") for each in items[index + 1 : index + 6]):
            return True
        if items[index].has("comma", "semicolon"):
            break
    return False


def _subject(clause: Clause, place: Place, target: Object | None, form: Form) -> Subject | None:
    """Who does what the verb at `place` says."""
    order = clause.language.order
    free = _free(clause, target)
    if order.final and (marked := _marked(free, place, target)):
        return marked
    if order.inversion and target is not None and target.first >= place.last and form == "active":
        behind = _inverted(clause, free, place, target)
        if behind is not None:
            return behind
    if order.inversion and target is not None and target.last <= place.first and form == "active":
        for party in free:
            if party.first == place.end and not party.governed and not party.owner:
                return Subject(party.members, target.last, target.last)  # "(трёх дипломатов) выслала Дания"
    return _before(clause, free, place, (form, target.codes if target is not None else ()))


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
                start = _clause_start(clause.items, place.first, None)
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
                return Subject(_first_acting(clause, index, codes), index, index + 1)
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
    if not party.governed and (not party.owner or _owns_decision(items, party.last, place.first)):
        return Subject(party.members, party.first, party.last, _is_ordered(items, party, place, form))
    told = party.governed and form == "infinitive" and party.first >= 2
    if told and party.last + 1 >= place.first - 1 and _ordering(items, party.first):
        return Subject(party.members, party.first, party.last, ordered=True)
    return None


def _owns_decision(items: Items, start: int, end: int) -> bool:
    return any(item.has("decision", "government") for item in items[start : min(end, start + 4)])


def _ordering(items: Items, first: int) -> bool:
    return any(item.has("order", "force") for item in items[max(0, first - 3) : first])


def _is_ordered(items: Items, party: Party, place: Place, form: Form) -> bool:
    """ "(Poland) ordered Russia to close …" """
    if form not in ("infinitive", "active") or not party.first:
        return False
    front = party.first - 1
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


def _free(clause: Clause, target: Object | None) -> list[Party]:
    """The parties that are no part of the object."""
    if target is None:
        return clause.parties
    return [party for party in clause.parties if party.last <= target.first or party.first >= target.last]


def _antecedent(clause: Clause, place: int, codes: tuple[str, ...]) -> tuple[str, ...]:
    same = _first_acting(clause, place, codes)
    if same:
        return same
    before = clause.previous()
    return before if set(before).isdisjoint(codes) else ()


def _first_acting(clause: Clause, end: int, codes: tuple[str, ...]) -> tuple[str, ...]:
    for party in clause.parties:
        if party.last <= end and not party.governed and not party.owner and party.members != codes:
            return party.members
    return ()


def _governed_by(
    clause: Clause, relation: str, target: Object | None, start: int, end: int, codes: Sequence[str] = ()
) -> tuple[str, ...]:
    """The first party behind a preposition of the class `relation` between the items `start` and `end`."""
    for party in _free(clause, target):
        meant = party.governed == relation or (
            # Italian "da" is both
            relation == "from" and party.governed == "by" and clause.items[party.first - 1].has("from")
        )
        if meant and start <= party.first < end and set(party.members).isdisjoint(codes):
            return party.members
    return ()


def _agent(clause: Clause, place: Place, target: Object | None) -> tuple[str, ...]:
    # What is between two states may be broken by one of them.
    codes = target.codes if target is not None and len(target.codes) < 2 else ()
    low = min(place.first, target.first if target is not None else place.first)
    start, end = max(0, low - 12), max(place.end, target.last if target is not None else 0) + 10
    for index in range(place.end, min(end, len(clause.items))):
        if clause.items[index].has("semicolon", "colon"):
            end = index
            break
    found = _governed_by(clause, "by", target, start, end, codes)
    return found or _orderer(clause.items, (start, end), codes)


def _orderer(items: Items, span: tuple[int, int], codes: Sequence[str]) -> tuple[str, ...]:
    """ "(closed) on Moscow's orders"."""
    for index in range(max(1, span[0]), min(span[1], len(items) - 1)):
        mention = items[index].mention
        if mention is None or mention.code in codes or not items[index - 1].classes & PREPOSITIONS:
            continue
        owned = items[index + 1].has("possessive")
        behind = items[index + 1 + owned : index + 2 + owned]
        if (owned or mention.kind == "owner") and any(item.has("decision", "decided") for item in behind):
            return (mention.code,)
    return ()


def _from(clause: Clause, place: Place, target: Object | None, reach: int = 6) -> tuple[str, ...]:
    codes = target.codes if target is not None else ()
    start = max(place.end, target.last if target is not None and target.last > place.first else 0)
    if place.end < len(clause.items) and clause.items[place.end].has("of"):  # "kicked out of Bolivia"
        for party in _free(clause, target):
            if party.first - place.end in (1, 2) and set(party.members).isdisjoint(codes):
                return party.members
    behind = _governed_by(clause, "from", target, min(place.end, start), start + reach, codes)
    return behind or _governed_by(clause, "from", target, max(0, place.first - 12), place.first, codes)


def _in(clause: Clause, place: Place, target: Object | None) -> tuple[str, ...]:
    codes = target.codes if target is not None else ()
    return _governed_by(clause, "in", target, place.end, place.end + 9, codes) or _governed_by(
        clause, "in", target, 0, place.first, codes
    )


def _is_official(items: Items, subject: Subject) -> bool:
    return any(
        item.has("government") or (item.mention is not None and item.mention.kind == "person")
        for item in items[subject.first : subject.last]
    )


def _elsewhere(clause: Clause, trigger: Trigger, place: Place, target: Object | None) -> tuple[str, ...]:
    """Who does it where no subject says so: where the diplomats serve, from where they are sent."""
    event = trigger.event
    for where in event.actor:
        found: tuple[str, ...] = ()
        if where == "host" and target is not None:
            found = tuple(
                code for code in target.host if code not in target.codes and not is_organisation(code)
            )
        elif where == "from":
            found = _from(clause, place, target)
            if target is not None and not target.codes and any(map(is_organisation, found)):
                found = ()  # expelled from an organisation: a matter of membership
        elif where == "in":
            found = _in(clause, place, target)
        elif where in ("to", "of", "on"):
            codes = target.codes if target is not None else ()
            found = _governed_by(clause, where, target, place.end, place.end + 5, codes) or _at_ministry(
                clause, place, codes
            )
        elif where == "owner" and target is None:
            found = _whose_workers(clause.items)
        elif where == "owner" and target is not None and not event.own:
            found = target.codes
        elif where == "object":
            found = _object_party(clause, place, ())
        elif where == "anywhere":
            found = _only_state(clause)
        if found:
            return found
    return _only_state(clause) if trigger.rule.anywhere else ()


def _only_state(clause: Clause, beside: Sequence[str] = ()) -> tuple[str, ...]:
    """The state that the sentence names, if it names just one; `beside`: those that are spoken for."""
    if any(item.has("mission", "diplomat") for item in clause.items):
        return ()  # "(They demonstrate) before the consulate of Italy"
    mentions = (item.mention for item in clause.items if item.mention is not None)
    named = {mention.code for mention in mentions if mention.code} - set(beside)
    return tuple(named) if len(named) == 1 and not any(map(is_organisation, named)) else ()


def _at_ministry(clause: Clause, place: Place, codes: tuple[str, ...]) -> tuple[str, ...]:
    """ "To Georgia's foreign ministry (was called) …"."""
    for party in clause.parties:
        called = party.governed in ("to", "in", "on") and party.last <= place.first
        office = any(item.has("government") for item in clause.items[party.first : party.last])
        if called and office and set(party.members).isdisjoint(codes):
            return party.members
    return ()


def _whose_workers(items: Items) -> tuple[str, ...]:
    """ "French air traffic controllers", "die Lokführer der Deutschen Bahn"."""
    for index, item in enumerate(items):
        near = items[max(0, index - 2) : index + 5]
        owner = (
            item.mention if item.mention is not None and item.mention.kind in ("adjective", "owner") else None
        )
        if owner is not None and any(each.has("workers") for each in near):
            return (owner.code,)
    return ()


def _active(
    clause: Clause, trigger: Trigger, form: Form, place: Place, target: Object | None
) -> list[Finding]:
    items = clause.items
    subject = _subject(clause, place, target, form)
    if subject is not None and subject.ordered:
        if not trigger.event.own:
            return []
        orderer = _subject(clause, Place(subject.first, subject.last, subject.last), None, "active")
        whose = target.codes if target is not None and target.codes else subject.members
        return _made(clause, trigger, place, orderer.members if orderer else (), whose, target, "done")
    start = subject.last if subject is not None else _clause_start(items, place.first, target)
    before = items[: subject.first] if subject is not None else items[:start]
    zone = _zone(items, start, place, target, clause.language)
    front = items[subject.first - 1] if subject is not None and subject.first else None
    if form == "infinitive" and clause.language.order.bare_infinitive and not classes(zone) & _VERBAL:
        form = "active"
    status = _status_of_verb(clause, trigger, place, target, verb_status(form, zone, before, front))
    if status is None or (subject is not None and _is_demanded(items, subject.first)):
        return []
    who = subject.members if subject is not None else ()
    if "subject" not in trigger.event.actor:
        who = ()
    elif trigger.event.official and not (subject is not None and _is_official(items, subject)):
        inverted = clause.language.order.inversion and subject is None
        if not (inverted and any(item.has("government") for item in items[place.end : place.end + 4])):
            return []
        who = _elsewhere(clause, trigger, place, target)
    elif not who and subject is None:
        codes = target.codes if target is not None else ()
        who = _agent(clause, place, target) or _first_acting(clause, place.first, codes)
        if not who and form == "active":
            who = _unspoken(clause, place, codes)
    if not who and "order" in classes(zone) and trigger.rule.needs != "order" and target is not None:
        return []  # somebody without a name demands it
    if not who:
        who = _elsewhere(clause, trigger, place, target)
    return _each_told(clause, trigger, place, (who, target, status), zone)


def _status_of_verb(
    clause: Clause, trigger: Trigger, place: Place, target: Object | None, told: Status | None
) -> Status | None:
    """As the rule says, or as the words round the verb tell; None where it tells of nothing."""
    status = trigger.rule.status or told
    if status is None:
        return None
    if target is not None and target.none:
        return "denied"
    return "reversed" if place.first and clause.items[place.first - 1].has("reverse") else status


def _each_told(
    clause: Clause,
    trigger: Trigger,
    place: Place,
    told: tuple[tuple[str, ...], Object | None, Status],
    zone: Sequence[Item],
) -> list[Finding]:
    """The findings of a verb: of several subjects one for each, or of two what each does to the other."""
    items, (who, target, status) = clause.items, told
    whose = _target(clause, trigger, place, target, who)
    near = (*zone, *items[place.end : place.end + 3])
    if not whose and any(item.has("mutual") for item in near):
        if len(who) == 1:
            who = (*who, *_governed_by(clause, "with", target, 0, place.first, who))
        if len(who) == 2:
            return [
                each
                for one, other in (who, who[::-1])
                for each in _made(clause, trigger, place, (one,), (other,), target, status)
            ]
    own = items[target.first : target.last] if target is not None else ()
    each = len(who) > 1 and (
        any(item.has("each") for item in near) or any(item.has("each") and item.number for item in own)
    )
    found = _made(clause, trigger, place, who, whose, target, status, each)
    return [*found, *_gapped(clause, found, target)]


def _gapped(clause: Clause, found: Sequence[Finding], target: Object | None) -> list[Finding]:
    """The clause that leaves the verb out: "Poland expelled ten diplomats, and Latvia three"."""
    if target is None or len(found) != 1 or found[0].count is None:
        return []
    items = clause.items
    for party in clause.parties:
        link = items[target.last : party.first]
        linked = len(link) <= 3 and bool(link) and link[0].has("comma", "and", "semicolon")
        linked = linked or (not link and items[party.first].text[0] == "و")  # "and", written together
        if party.first < target.last or not linked or party.governed or party.owner:
            continue
        index = party.last
        while index < len(items) and (not items[index].is_word or items[index].has("each")):
            index += 1
        last = index + 1 >= len(items) or not items[index + 1].is_word
        if index < len(items) and items[index].number is not None and last:
            return [replace(found[0], actor=party.members, count=items[index].number)]
        dash = index > party.last
        for phrase in objects(items, target.classes, clause.language.order) if dash else ():
            if phrase.first == index and phrase.codes:
                return [replace(found[0], actor=party.members, target=phrase.codes, count=phrase.count)]
        return []
    return []


def _unspoken(clause: Clause, place: Place, codes: tuple[str, ...]) -> tuple[str, ...]:
    """Where verbs need no pronoun: whom the sentence before is about, if the verb opens this one."""
    opening = clause.items[: place.first]
    if not clause.language.order.drops_subject or len(opening) > _OPENING:
        return ()
    if any(item.mention is not None or item.unknown or item.has("relative") for item in opening):
        return ()
    before = clause.previous()
    return before if set(before).isdisjoint(codes) else ()


_OPENING: Final = 6  # words before a verb that may still be said to open the sentence
_VERBAL: Final = frozenset(("infinitive", "future", "would", "can", "must"))


def _zone(items: Items, start: int, place: Place, target: Object | None, language: Language) -> list[Item]:
    """The words that say whether it is done: from the subject to the verb, without the object."""

    def free(index: int) -> bool:
        return target is None or not target.first <= index < target.last

    end = place.end if target is None or target.first < place.first else max(place.end, target.first)
    zone = [
        items[index] for index in range(start, end) if free(index) and not place.first <= index < place.last
    ]
    if language.order.final or (target is not None and target.last <= place.first):
        for item in items[place.end : place.end + 6]:
            if item.has("comma", "semicolon", "relative") or item.mention is not None:
                break
            zone.append(item)
    return zone


def _clause_start(items: Items, end: int, target: Object | None) -> int:
    low = min(end, target.first) if target is not None else end
    for index in range(low - 1, -1, -1):
        if items[index].has("semicolon", "relative"):
            return index + 1
    return 0


def _passive(clause: Clause, trigger: Trigger, place: Place, target: Object | None) -> list[Finding]:
    """ "Eight Russian diplomats were expelled by Norway", "Russian diplomats expelled from Oslo"."""
    items = clause.items
    start = target.last if target is not None and target.last <= place.first else max(0, place.first - 6)
    zone = [
        *_without_inserted(items[start : place.first]),
        *(items[place.end : target.first] if target is not None and target.first >= place.end else ()),
    ]
    if target is not None and target.last <= place.first:
        zone += [
            item
            for item in items[max(0, target.first - 5) : target.first]
            if item.has("be", "future", "negation", "no", "must")
        ]
    if clause.language.order.final:
        zone += items[place.end : place.end + 4]
    zone += items[place.first : place.last]
    before = items[: target.first] if target is not None else items[: place.first]
    status = trigger.rule.status or verb_status("passive", zone, before, None)
    if status is None or _is_demanded(items, target.first if target is not None else place.first):
        return []
    if target is not None and target.none:
        status = "denied"
    who = _agent(clause, place, target) or _bare_agent(clause, place, target)
    who = who or _elsewhere(clause, trigger, place, target)
    codes = target.codes if target is not None else ()
    if not who and clause.language.order.inversion:
        who = _first_acting(clause, place.first, codes)
        if not who and trigger.event.own and status == "denied":
            who = _first_acting(clause, place.first, ())  # its own mission
    if not who and target is not None and any(item.has("announce", "say") for item in before):
        who = _first_acting(clause, target.first, codes)
    if not who and clause.parties and items[clause.parties[0].last : clause.parties[0].last + 1]:
        first = clause.parties[0]  # "Norway: 15 diplomats expelled"
        if not first.first and items[first.last].has("colon") and set(first.members).isdisjoint(codes):
            who = first.members
    if not who:
        who = _speaker_behind(clause, max(place.end, target.last if target is not None else 0), codes)
    if not who and target is not None and _speaks_of_its_own(trigger, target, before):
        who = codes  # "The foreign ministry in The Hague denies that the Dutch embassy in Tripoli was closed"
    return _made(clause, trigger, place, who, _target(clause, trigger, place, target, who), target, status)


def _bare_agent(clause: Clause, place: Place, target: Object | None) -> tuple[str, ...]:
    """Who does it in the instrumental, or by whose decision: "высланы Норвегией", "decyzją Moskwy"."""
    if not clause.language.order.bare_agent:
        return ()
    codes = target.codes if target is not None else ()
    for party in _free(clause, target):
        decided = party.first > 0 and clause.items[party.first - 1].has("decision")
        behind = party.first == place.end and not party.governed
        if (decided or behind) and set(party.members).isdisjoint(codes):
            return party.members
    return ()


def _speaker_behind(clause: Clause, end: int, codes: tuple[str, ...]) -> tuple[str, ...]:
    """ "(Ten diplomats have been expelled), Norway's foreign ministry said": who announces it does it."""
    items = clause.items
    says = ("say", "announce", "decide")
    for party in clause.parties:
        if party.first < end or party.governed or party.owner or set(party.members) & set(codes):
            continue
        between = items[end : party.first]
        commas = [index for index, item in enumerate(between) if item.has("comma")]
        if not commas or any(item.has("relative", "semicolon", "and", "after") for item in between):
            return ()
        words = [*between[commas[-1] + 1 :], *items[party.last : party.last + 2]]
        opening = all(item.has("article", "have", *says) for item in between[commas[-1] + 1 :])
        return party.members if opening and any(item.has(*says) for item in words) else ()
    return ()


def _speaks_of_its_own(trigger: Trigger, target: Object, before: Items) -> bool:
    """Does the owner itself speak of what is its own?"""
    spoken = any(item.has("announce", "say", "deny") for item in before)
    named = any(item.mention is not None and item.mention.code in target.codes for item in before)
    return trigger.event.own and spoken and named and bool(target.host)


def _is_demanded(items: Items, start: int) -> bool:
    """ "(The opposition demands) that (the ambassador be expelled)"."""
    opening = [index for index in range(max(0, start - 2), start) if items[index].has("relative")]
    if not opening:
        return False
    return any(item.has("call") for item in items[max(0, opening[0] - 4) : opening[0]])


def _told_by_noun(
    clause: Clause, trigger: Trigger, form: Form, place: Place, target: Object | None
) -> list[Finding]:
    """ "The expulsion of …", "persona non grata", "(72 hours) to leave"."""
    items, order = clause.items, clause.language.order
    end = max(place.end, target.last) if target is not None else place.end
    first = min(place.first, target.first) if target is not None else place.first
    who = _agent(clause, place, target)
    if not who and form == "noun":
        who = _owner_of_noun(clause, place, target)
    subject = None
    if not who and trigger.event.actor[:2] == ("agent", "from"):
        who = _from(clause, place, target)
    if not who and "subject" in trigger.event.actor:
        subject = _subject(clause, Place(first, place.last, place.end), target, "active")
        who = _acting_in_noun(clause, trigger, form, place, (subject, target))
    elif not who:
        who = _elsewhere(clause, trigger, place, target)
    status = (
        _label_status(clause, trigger, place, (first, end), (subject, target))
        if form == "label"
        else noun_status(items[:first], items[end : end + (6 if order.final else 3)])
    )
    demanded = order.final and not who and "call" in classes(items[end : end + 6])
    if status is None or demanded:
        return []
    status = trigger.rule.status or status
    if target is not None and target.none:
        status = "denied"
    return _made(clause, trigger, place, who, _target(clause, trigger, place, target, who), target, status)


def _owner_of_noun(clause: Clause, place: Place, target: Object | None) -> tuple[str, ...]:
    """ "Norway's expulsion of", "the Norwegian expulsion of"."""
    items = clause.items
    who: tuple[str, ...] = ()
    for party in _free(clause, target):
        near = party.last <= place.first <= party.last + 3
        between = items[party.last : place.first]
        parted = party.owner and any(item.mention or item.has("comma") for item in between)
        if near and (party.owner or not between) and not parted:
            who = party.members
    adjective = items[place.first - 1].mention if place.first else None
    codes = target.codes if target is not None else ()
    if who or adjective is None or adjective.kind not in ("adjective", "owner") or adjective.code in codes:
        return who
    return (adjective.code,) if target is None or place.first <= target.first else ()


def _acting_in_noun(
    clause: Clause, trigger: Trigger, form: Form, place: Place, found: tuple[Subject | None, Object | None]
) -> tuple[str, ...]:
    subject, target = found
    label, order = form == "label", clause.language.order
    passive = (
        label
        and target is not None
        and target.last <= place.first
        and _auxiliary(clause.items, place, "be", order.final)
    )
    who = subject.members if subject is not None and not passive else ()
    if not who and label and trigger.rule.needs == "order" and target is not None:
        who = _left_country(clause, place, target)
    who = who or _elsewhere(clause, trigger, place, target)
    codes = target.codes if target is not None else ()
    if label and not trigger.event.own and set(who) & set(codes):
        who = _first_acting(clause, place.first, codes)
    if not who and order.inversion:
        end = max(place.end, target.last if target is not None else 0)
        for party in _free(clause, target):
            announced = party.first > end and clause.items[party.first - 1].has("announce")
            if announced and not party.governed and set(party.members).isdisjoint(codes):
                return party.members
    if not who and passive:
        who = _speaker_behind(clause, max(place.end, target.last if target is not None else 0), codes)
    if who or not label or not order.inversion:
        return who
    for party in _free(clause, target):
        if not party.governed and not party.owner and set(party.members).isdisjoint(codes):
            return party.members
    return ()


def _label_status(
    clause: Clause,
    trigger: Trigger,
    place: Place,
    span: tuple[int, int],
    found: tuple[Subject | None, Object | None],
) -> Status | None:
    """The status of what has no verb of its own: the words from the subject on decide."""
    items, (first, end), (subject, target) = clause.items, span, found
    low = subject.last if subject is not None else _clause_start(items, first, target)
    zone = [
        item
        for index, item in enumerate(items[low:end], low)
        if target is None or not target.first <= index < target.last
    ]
    zone = list(_without_inserted(zone))
    if clause.language.order.final:
        zone += items[place.end : place.end + 4]
    if trigger.rule.needs == "order":
        zone = [item for item in zone if not item.has("order")]
    opened = any(item.has("infinitive") for item in items[low:first])
    front = items[subject.first - 1] if subject is not None and subject.first else None
    before = items[: subject.first] if subject is not None else items[:low]
    status = verb_status("infinitive" if opened else "active", zone, before, front)
    return "announced" if status is None and "be" in classes(zone) else status


def _left_country(clause: Clause, place: Place, target: Object) -> tuple[str, ...]:
    """ "(were told to) leave Russia", "(müssen) Deutschland verlassen": the country left sends them away."""
    free = [party for party in _free(clause, target) if not party.owner]
    between = [
        party
        for party in free
        if not party.governed and target.last <= party.first and party.last <= place.first
    ]
    if clause.language.order.object_of_infinitive == "before":
        return between[-1].members if between else ()
    behind = [
        party for party in free if party.governed in ("", "of", "from") and 0 <= party.first - place.end <= 1
    ]
    return behind[0].members if behind and not between else ()


def _target(
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
            found = _object_party(clause, place, who)
        elif where == "anywhere":
            found = _only_state(clause, who)
        else:
            found = _governed_by(clause, where, None, max(0, start), end, who)
        if where != "owner" or trigger.event.own:
            found = tuple(code for code in found if code not in who)
        if found:
            return found
    nationals = _nationals(clause, trigger, place, target, who)
    if nationals is not None:
        return nationals[0]
    return _only_state(clause, who) if trigger.rule.anywhere and trigger.rule.foreign else ()


def _nationals(
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
            return _first_acting(clause, place.first, who), None
        elif item.number is not None:
            count = item.number
        elif item.mention is not None or not (
            item.has("article", "quantity", "determiner", "of", "counter", "adjective", "dozen")
            or item.unknown
        ):
            return None
    return None


def _object_party(clause: Clause, place: Place, who: tuple[str, ...]) -> tuple[str, ...]:
    """The party that stands right behind the verb, or before it where verbs stand last."""
    for party in clause.parties:
        if set(party.members) & set(who):
            continue
        if party.governed == "object":
            return party.members
        if (
            party.first >= place.last
            and not party.governed
            and party.first - place.last <= 3
            and not clause.language.order.final
        ):
            return party.members
    return ()


def _made(
    clause: Clause,
    trigger: Trigger,
    place: Place,
    who: tuple[str, ...],
    whose: tuple[str, ...],
    target: Object | None,
    status: Status,
    each: bool = False,
) -> list[Finding]:
    """The finding, or one for each actor; nothing where neither side is known or a state expels its own."""
    event, rule = trigger.event, trigger.rule
    if target is not None and not who and (target.own or event.own) and "owner" in event.actor:
        who = tuple(code for code in target.codes if code not in whose)
    if target is not None and target.own and who and not whose and not event.own:
        # "Moscow answered the expulsion by Copenhagen of 15 of its diplomats"
        whose = tuple(code for code in _first_acting(clause, place.first, who) if code not in who)
    who, whose = _of_two(clause, target, who, whose)
    if not event.own and not whose and len(who) == 2 and any(item.has("mutual") for item in clause.items):
        return [
            each_way
            for one, other in (who, who[::-1])
            for each_way in _made(clause, trigger, place, (one,), (other,), target, status)
        ]
    if not (who or whose) or not _may_be(trigger, who, whose, target):
        return []
    if status != "denied" and is_past(clause.items, place.first, clause.year):
        status = "historical"
    count = _killed(clause.items) if event.counted == "killed" else None
    if target is not None and event.counted in ("all", "stated"):
        stated = target.stated if target.stated != 1 else None  # "a consulate" counts nothing
        count = target.count if event.counted == "all" else stated
    if event.counted == "people" and whose:
        nationals = _nationals(clause, trigger, place, target, who)
        count = nationals[1] if nationals is not None and nationals[0] == whose else None
    finding = Finding(
        type=event,
        rule=f"{event.code}.{rule.id}",
        actor=unique(who),
        target=unique(whose),
        count=count,
        status=status,
        parts=_parts(clause, place, target, who),
        response=any(item.has("retaliation") for item in clause.items),
    )
    if each:
        return [replace(finding, actor=(member,)) for member in who]
    return _shared(clause, finding, trigger, place, target)


def _of_two(
    clause: Clause, target: Object | None, who: tuple[str, ...], whose: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Actor and target where it is about the relations of two: the one that speaks acts, or else both do."""
    if target is None or "relations" not in target.classes or len(target.codes) != 2:
        return who, whose
    both = target.codes
    speaks = who if set(who) < set(both) else ()
    for party in clause.parties:
        if not speaks and not party.governed and not party.owner and set(party.members) < set(both):
            speaks = party.members
    if not speaks:
        unsaid = not who or (set(who) == set(both) and not whose)
        return (both[:1], both[1:]) if unsaid else (who, whose)
    return speaks, tuple(code for code in both if code not in speaks)


def _shared(
    clause: Clause, finding: Finding, trigger: Trigger, place: Place, target: Object | None
) -> list[Finding]:
    """The finding, and those that share its verb: "Sweden expelled five (of them) and Finland three"."""
    if (
        target is None
        or finding.count is None
        or not finding.target
        or not target.classes & {"diplomat", "staff"}
    ):
        return [finding]
    items = clause.items
    free = {party.first: party for party in _free(clause, target) if not party.governed and not party.owner}
    previous = next((party for party in free.values() if party.last == target.first), None)
    if previous is not None and previous.first - 2 > place.first and len(finding.actor) == 1:
        number = items[previous.first - 2].number
        if items[previous.first - 1].has("and") and number is not None:
            # "Latvia expelled 13 and Estonia 14 Russian diplomats"
            return [replace(finding, count=number), replace(finding, actor=previous.members)]
    found = [finding]
    index = target.last if target.head >= place.first else place.end
    if place.end > index and not any(item.unknown for item in items[index : place.end - 1]):
        index = place.end
    while index < len(items):
        start = index
        while index < len(items) and items[index].has("comma", "and", "while", "semicolon"):
            index += 1
        party = free.get(index)
        if party is None or index == start:
            break
        index = party.last
        while index < len(items) and (
            items[index].has("adverb", "have")
            or any(each.event is finding.type for each in items[index].triggers)
        ):
            index += 1
        if index >= len(items) or items[index].number is None or not _ends(items, index + 1):
            break
        found.append(replace(finding, actor=party.members, count=items[index].number))
        index += 1
    return found


def _ends(items: Items, index: int) -> bool:
    """Is nothing counted by the number before `index`?"""
    if index >= len(items):
        return True
    item = items[index]
    return not item.is_word or item.has("and", "say", "adverb", "in") or bool(item.classes & PREPOSITIONS)


def _killed(items: Items) -> int | None:
    """How many died: "killing seven people", "12 dead", "at least 14 were killed"."""
    for index, item in enumerate(items):
        if not item.has("killed"):
            continue
        for each in (*items[index + 1 : index + 5], *items[max(0, index - 5) : index][::-1]):
            if each.has("comma", "semicolon", "killed", "time"):
                break
            if each.number is not None and not (1900 <= each.number <= 2100):
                return each.number
    return None


def _may_be(trigger: Trigger, who: tuple[str, ...], whose: tuple[str, ...], target: Object | None) -> bool:
    """Are the parties and the object such as the event and the rule ask for?"""
    event, rule = trigger.event, trigger.rule
    if not event.own and set(who) & set(whose):
        return False
    mutual = target is not None and "relations" in target.classes and len(who) == 2
    if rule.foreign and not (who and whose) and not mutual:
        return False
    if target is None:
        return True
    if target.own and not event.own and (rule.foreign or not whose):
        return False
    if rule.own and not target.own:
        return False
    vague = not (target.own or target.codes or target.host or "one" in target.classes)
    return not (vague and event.own and "envoy" in event.objects)


def _parts(
    clause: Clause, place: Place, target: Object | None, who: tuple[str, ...]
) -> tuple[tuple[Part, int, int], ...]:
    """Where trigger, object and actor stand, in characters."""
    items = clause.items
    parts: list[tuple[Part, int, int]] = [("trigger", items[place.first].start, items[place.first].end)]
    if place.end > place.last:
        parts.append(("trigger", items[place.end - 1].start, items[place.end - 1].end))
    if target is not None:
        parts.append(("object", items[target.first].start, items[target.last - 1].end))
    for party in clause.parties:
        if who and set(party.members) <= set(who):
            parts.append(("actor", items[party.first].start, items[party.last - 1].end))
            break
    return tuple(parts)
