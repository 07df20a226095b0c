"""From a trigger with its actor and target to what the sentence tells, if it can be that."""

from services.tagger.clause import Clause, Finding, Part, Place
from services.tagger.crowds import counted, crowd
from services.tagger.model import Status, Trigger
from services.tagger.nouns import Object
from services.tagger.phrases import Items, unique
from services.tagger.status import depends, is_consequence, is_past
from services.tagger.subjects import first_acting
from services.tagger.targets import nationals, of_two


def _at_home(clause: Clause) -> str:
    """ "MSZ (summoned …)" is Poland's ministry, but "Finlands UD" and "UD i Oslo" say whose they are."""
    items = clause.items
    for index, item in enumerate(items):
        if not item.has("home"):
            continue
        before, behind = items[max(0, index - 1) : index], items[index + 1 : index + 3]
        named = before if not (behind and behind[0].has("in")) else behind[1:]
        for each in named:
            if each.mention is not None:
                return each.mention.code
    return clause.language.order.home


def _is_none(
    clause: Clause,
    trigger: Trigger,
    sides: tuple[tuple[str, ...], tuple[str, ...]],
    target: Object | None,
    status: Status,
) -> bool:
    """What is only feared, or agreed by nobody who could act for a state."""
    who, whose = sides
    if trigger.event.unforeseen and status in ("announced", "threatened"):
        return True  # "prepares for a possible cyberattack"
    treaty = target is not None and "treaty" in target.classes
    return treaty and not whose and not _acts(clause, who)  # "an agreement with its Dutch supplier"


def _acts(clause: Clause, who: tuple[str, ...]) -> bool:
    """Is one of them named as somebody who can act, not by an adjective alone?"""
    return any(set(party.members) & set(who) for party in clause.parties)


def _as_union(clause: Clause) -> bool:
    """Is "Brussels" all that the sentence says of Belgium?"""
    mentions = [item.mention for item in clause.items if item.mention is not None]
    return all(mention.kind == "seat" for mention in mentions if mention.code == "BE")


def made(
    clause: Clause,
    trigger: Trigger,
    place: Place,
    who: tuple[str, ...],
    whose: tuple[str, ...],
    target: Object | None,
    status: Status,
) -> list[Finding]:
    """The finding; nothing where neither side is known or a state expels its own."""
    event, rule = trigger.event, trigger.rule
    if target is not None and not who and (target.own or event.own) and "owner" in event.actor:
        who = tuple(code for code in target.codes if code not in whose)
    if target is not None and target.own and who and not whose and not event.own:
        # "Moscow answered the expulsion by Copenhagen of 15 of its diplomats"
        end = place.first if first_acting(clause, place.first, who) else len(clause.items)
        whose = tuple(code for code in first_acting(clause, end, who) if code not in who)
    if not who and whose and any(item.has("home") for item in clause.items):
        home = _at_home(clause)
        who = (home,) if home and home not in whose else ()
    who, whose = of_two(clause, target, who, whose)
    if event.union:
        who = tuple("EU" if code == "BE" and _as_union(clause) else code for code in who)
    if not event.own and not whose and len(who) == 2 and any(item.has("mutual") for item in clause.items):
        return [
            each_way
            for one, other in (who, who[::-1])
            for each_way in made(clause, trigger, place, (one,), (other,), target, status)
        ]
    if not (who or whose) or not _may_be(trigger, who, whose, target):
        return []
    if _is_none(clause, trigger, (who, whose), target, status):
        return []
    finding = Finding(
        type=event,
        rule=f"{event.code}.{rule.id}",
        actor=unique(who),
        target=unique(whose),
        count=_count(clause, trigger, place, target, (who, whose)),
        status=_status(clause, place, status),
        parts=_parts(clause, place, target, who),
        response=any(item.has("retaliation") for item in clause.items),
        own=target is not None and target.own,
        guessed=target is not None and event.own and who == target.codes and bool(whose),
        unsure=target is not None
        and (target.weak in ("national", "staff") or (rule.foreign and not whose and event.counted == "all")),
    )
    return [finding]


def _status(clause: Clause, place: Place, status: Status) -> Status:
    """As the verb has it, unless the sentence says that it is long past or hangs on a condition."""
    if status != "denied" and is_past(clause.items, place.first, clause.year):
        return "historical"
    if status == "announced" and depends(clause.items):
        return "threatened"
    if status in ("done", "announced") and is_consequence(clause.items, place.first):
        return "threatened"
    return status


def _count(
    clause: Clause,
    trigger: Trigger,
    place: Place,
    target: Object | None,
    sides: tuple[tuple[str, ...], tuple[str, ...]],
) -> int | None:
    """How many of what the type of event counts; `sides`: who acts, and against whom."""
    who, whose = sides
    counted_by = trigger.event.counted
    if counted_by == "killed":
        return _killed(clause.items)
    if counted_by == "crowd":
        return crowd(clause.items)
    if counted_by == "people" and whose:
        people = nationals(clause, trigger, place, target, who)
        count = people[1] if people is not None and people[0] == whose else None
        return counted(clause.items, whose) if count is None else count
    if target is None or counted_by not in ("all", "stated") or (len(whose) > 1 and target.stated is None):
        return None  # "its ambassadors" are as many as the states
    stated = target.stated if target.stated != 1 else None  # "a consulate" counts nothing
    return target.count if counted_by == "all" else stated


def _killed(items: Items) -> int | None:
    """How many died: "killing seven people", "12 dead", "at least 14 were killed"."""
    for index, item in enumerate(items):
        if not item.has("killed"):
            continue
        behind, before = (
            range(index + 1, min(index + 8, len(items))),
            range(index - 1, max(-1, index - 6), -1),
        )
        for places in (behind, before):
            number = _number(items, places)
            if number is not None:
                return number
    return None


def _number(items: Items, places: range) -> int | None:
    """The first number at `places` that counts somebody, in the same part of the sentence."""
    for place in places:
        if items[place].has("comma", "semicolon", "killed", "time"):
            return None
        if _counts(items, place):
            return items[place].number
    return None


def _counts(items: Items, index: int) -> bool:
    """Is it a number, and neither a year, nor a day, nor "a"?"""
    number = items[index].number
    if number is None or 1900 <= number <= 2100 or items[index].has("article"):
        return False
    return not any(item.has("month") for item in items[max(0, index - 1) : index + 3])


def _may_be(trigger: Trigger, who: tuple[str, ...], whose: tuple[str, ...], target: Object | None) -> bool:
    """Are the parties and the object such as the event and the rule ask for?"""
    event, rule = trigger.event, trigger.rule
    if not event.own and set(who) & set(whose):
        return False
    mutual = len(who) > 1 and (event.own if target is None else "relations" in target.classes)
    of_host = target is not None and event.counted == "all" and bool(target.host) and bool(who)
    if rule.foreign and not (who and whose) and not mutual and not of_host:
        return False
    if target is None:
        return True
    if target.weak and not (who and whose):
        return False
    if not who and target.classes >= {"staff", "envoy"} and "diplomat" not in target.classes:
        return False  # a representative may be anybody's
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
