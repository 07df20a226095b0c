"""The one matcher of all event rules: a trigger, what it is about, who does it, to whom.

Nothing here knows a language or a type of event: words come from languages/*.yaml, rules and triggers from
taxonomy/events/*.yaml. Codes: CAMEO (Schrodt, Codebook 1.1b3, 2012) and PLOVER (openeventdata/PLOVER,
CAMEO2PLOVER-2021.txt) stand in each event's file; `status` carries what PLOVER calls context.
"""

from dataclasses import replace
from typing import Final

from services.tagger.about import auxiliary, joined_to, object_of, whose_else
from services.tagger.clause import Clause, Finding, Place
from services.tagger.false_friends import cancelled
from services.tagger.model import EventType, Language, Rule, Status, Trigger
from services.tagger.nouns import Object
from services.tagger.phrases import Items, parties
from services.tagger.shares import shared
from services.tagger.status import future_status, is_condition, is_refuted
from services.tagger.telling import by_noun, by_verb, in_passive

_QUESTION: Final = frozenset("?？؟")
_REACH: Final = 16  # words between the parts of one verb, and from a trigger to what it needs


def find(clause: Clause) -> list[Finding]:
    """The events that the sentence tells, unmerged."""
    found: list[Finding] = []
    if clause.items and clause.items[-1].text in _QUESTION:
        return found
    for index, item in enumerate(clause.items):
        if not item.triggers or (item.mention is not None and item.mention.kind != "people"):
            continue
        readings: dict[EventType, list[list[Finding]]] = {}
        for trigger in item.triggers:
            place = _place(clause.items, index, trigger, clause.language)
            if place is not None and _needed(clause.items, place, trigger.rule):
                readings.setdefault(trigger.event, []).append(_match(clause, trigger, place))
        fullest: list[list[Finding]] = [max(several, key=_fullness) for several in readings.values()]
        read = [each for several in fullest for each in several]
        found += _of_one_sense(read) if len(read) > 1 else read
    threats = [each for each in found if each.type.fallback]
    told = [
        each
        for each in found
        if not each.type.fallback and not (threats and each.type.act and each.status == "threatened")
    ]
    return _best(told or threats)


def _of_one_sense(found: list[Finding]) -> list[Finding]:
    """Of a word that may mean what is done to one's own and to others', what its object allows."""
    own = [each for each in found if each.type.own and each.own]
    others = [each for each in found if not each.type.own and not each.own and each.actor and each.target]
    return [
        each
        for each in found
        if not any(
            each is not kept and _same_sides(each, kept) for kept in (others if each.type.own else own)
        )
    ]


def _same_sides(one: Finding, other: Finding) -> bool:
    return one.actor == other.actor and one.target == other.target


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


def _place(items: Items, index: int, trigger: Trigger, language: Language) -> Place | None:
    if not trigger.tail:
        return Place(index, index + 1, index + 1)
    for start in range(index + 1, min(index + 1 + _REACH, len(items))):
        item = items[start]
        if item.has("semicolon"):
            return None
        behind = items[start + 1] if start + 1 < len(items) else None
        if item.has("from") and behind is not None and behind.mention is not None and len(trigger.tail) == 1:
            continue  # "weist Vorwürfe aus Moskau (zurück)"
        if trigger.tail[0].fits(item.key.split(" ")[0]) and all(
            not offset or (start + offset < len(items) and pattern.fits(items[start + offset].key))
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


def _credentials_of_others(items: Items, trigger: Trigger, place: Place, target: Object) -> bool:
    """Is it about credentials and not about `target`, or about those of the people who work there?"""
    if trigger.rule.needs != "credentials":
        low, high = min(place.first, target.head), max(place.end, target.head)
        return any(item.has("credentials") for item in items[low:high])
    if trigger.event.objects & {"diplomat"}:
        return False
    low, high = min(place.first, target.first), max(place.end, target.last)
    return any(item.has("diplomat", "staff") for item in items[max(0, low - 5) : high])


def _match(clause: Clause, trigger: Trigger, place: Place) -> list[Finding]:
    """What the trigger tells of its object, and of those that "and" joins to it."""
    event, form = trigger.event, trigger.form
    target: Object | None = None
    if event.objects and not trigger.rule.alone:
        form, target = object_of(clause, trigger, place)
        if target is None:
            return []
    elif form == "participle":
        form = "passive" if auxiliary(clause.items, place, "be", False) else "active"
    if cancelled(clause.items, event, place, target) or is_condition(clause.items, place.first):
        return []
    if target is not None and _credentials_of_others(clause.items, trigger, place, target):
        return []
    target = whose_else(clause, event, place, target)
    if form in ("noun", "label"):
        told = by_noun(clause, trigger, form, place, target)
        if form == "label" and is_refuted(clause.items, place.end):
            told = [replace(each, status="denied") for each in told]
        found = shared(clause, told, place, target)
        return (
            found if target is None or event.counted != "all" else _with_joined(clause, event, target, found)
        )
    if form == "passive":
        found = in_passive(clause, trigger, place, target)
    else:
        found = by_verb(clause, trigger, "active" if form == "future" else form, place, target)
    negated = any(item.has("negation") for item in clause.items[place.first : place.last])
    denied = trigger.negated or negated or is_refuted(clause.items, place.end)
    ahead = future_status(clause.items, place.first, place.end) if form == "future" else None
    status: Status | None = "denied" if denied else ahead
    if status is not None:
        sure = ("done",) if status != "denied" else ("done", "announced")
        found = [replace(each, status=status) if each.status in sure else each for each in found]
    if target is None or event.counted != "all":
        return shared(clause, found, place, target)
    return _with_joined(clause, event, target, shared(clause, found, place, target))


def _with_joined(clause: Clause, event: EventType, target: Object, found: list[Finding]) -> list[Finding]:
    """The findings, once more for each object that "and" joins to the first."""
    return found + [
        replace(each, target=other.codes, count=other.count)
        for other in joined_to(clause, event, target)
        for each in found
        if set(other.codes).isdisjoint((*each.actor, *each.target))
    ]
