"""Whether an act is done, announced, threatened, denied, reversed, or long past; from classes of words."""

from collections.abc import Sequence

from services.tagger.model import Form, Status
from services.tagger.phrases import Item, Items

_BOUNDARY = ("comma", "semicolon", "colon", "relative", "because")


def is_past(items: Items, trigger: int, year: int | None) -> bool:
    """Does the clause around the item `trigger` tell of something of a former year?

    `year`: the year of publication; without one, any "in 1986" counts as the past.
    """
    for index, item in enumerate(items):
        if item.has("long_ago"):
            return True
        if not item.has("past_year"):
            if item.number is None or not 1500 <= item.number <= 2100 or len(item.text) < 4:
                continue
            if not _is_year(items, index) or (year is not None and item.number >= year):
                continue
        if index < trigger:
            between = items[index + 1 : trigger]
            opening = index <= 4 or any(each.has("when") for each in between[:3])
            if opening or _is_inserted(items, index):
                return True
            if not any(
                each.has("comma", "semicolon", "relative", "and", "after", "before") for each in between
            ):
                return True
        elif not any(_parts_from_year(items, place) for place in range(trigger + 1, index)):
            return True
    return False


def _is_inserted(items: Items, index: int) -> bool:
    """ "(once before), in 2024, (Prague recalled)"."""
    behind = items[index + 1 : index + 3]
    before = items[max(0, index - 3) : index]
    return any(item.has("comma") for item in behind) and any(item.has("comma") for item in before)


def _parts_from_year(items: Items, index: int) -> bool:
    """Can what stands behind the word be another matter than the verb's: "an accord with clauses of 2015"?"""
    if items[index].has("on", "with"):
        behind = items[index + 1]
        if behind.has("article") and index + 2 < len(items):
            behind = items[index + 2]
        return behind.mention is None and behind.number is None and not behind.has("month")
    return items[index].has(*_BOUNDARY, "and", "after")


def _is_year(items: Items, index: int) -> bool:
    before = items[index - 1] if index else None
    behind = items[index + 1] if index + 1 < len(items) else None
    if behind is not None and behind.has("year", "post_in"):
        return True
    if before is None:
        return True
    if before.mention is not None and (behind is None or not behind.is_word or behind.has("have", "adverb")):
        return True  # "(stängde sin ambassad i Teheran) 2012"
    named = before.has("in", "year", "month", "of", "from", "adverb")
    if named or before.triggers:  # "(Finland utvisade) 2018 (en diplomat)"
        counts = behind is not None and (
            behind.mention is not None or behind.has("diplomat", "staff", "counter")
        )
        return not (counts and (before.has("adverb") or not named))
    return False


def verb_status(
    form: Form, zone: Sequence[Item], before: Sequence[Item], front: Item | None
) -> Status | None:
    """The status of a verb from the words between its subject and it, and all words before the subject.

    `front`: the word right before the subject. None: nobody does it here (they are asked to, or want to).
    """
    here = classes(zone)
    said = classes(before)
    infinitive = form == "infinitive"
    if here & {"negation", "deny", "no"}:
        return "denied"
    if "reverse" in here and (infinitive or here & {"decision", "possessive", "object_mark"}):
        return "reversed"
    if _is_asked_for(form, before, front):
        return None
    if here & {"threaten", "can"}:
        return "threatened"
    if before and before[-1].has("relative") and "threaten" in classes(before[-4:]):
        return "threatened"  # "does not rule out that"
    if "deny" in said:
        return "denied"
    if "warn" in (said | here) or "if" in said:
        if infinitive or here & {"future", "would"}:
            return "threatened"
    elif here & {"must", "call"} and (infinitive or not here & {"decide", "future", "announce"}):
        return None
    if infinitive:
        decided = here >= {"decision", "decided"} or (front is not None and front.has("decided"))
        acted = here & {"begin", "order", "decide"} and not here & {"future", "would", "plan"}
        return "done" if acted or decided else "announced"
    return "announced" if here & {"future", "would", "plan"} else "done"


def future_status(items: Items, first: int, end: int) -> Status:
    """Of a verb in the future, from `first` to `end`: "will expel", "warns that it will", "will, if …"."""
    if any(item.has("warn") for item in (*items[:first], *items[end : end + 2])):
        return "threatened"
    return "threatened" if depends(items) else "announced"


def is_condition(items: Items, first: int) -> bool:
    """Does the verb at `first` stand behind "if": "(will expel them), if Oslo (closes) the consulate"?"""
    for index in range(first - 1, -1, -1):
        if items[index].has("if"):
            return not index or items[index - 1].has("comma")
        if items[index].has(*_BOUNDARY):
            break
    return False


def depends(items: Items) -> bool:
    """Is what is said to come bound to a condition: "will expel them if", ", sollten die Flüge"?"""
    for index, item in enumerate(items):
        if item.has("if") and not (index and (items[index - 1].has("relative") or items[index - 1].hyphen)):
            return True
        if item.has("must") and (not index or items[index - 1].has("comma")):
            return True
    return False


def is_consequence(items: Items, first: int) -> bool:
    """Does the sentence open with a condition for the verb at `first`: "If they go on, (Oslo expels)"?"""
    comma = next((index for index, item in enumerate(items) if item.has("comma")), first)
    if not items or not items[0].has("if", "must"):
        return False
    return comma < first or any(item.has("warn") for item in items[first:])


def is_refuted(items: Items, end: int) -> bool:
    """Does a denial follow: "(reports that it will close the embassy) are false, Oslo said"?"""
    parted = next((index for index in range(end, len(items)) if items[index].has(*_PARTING)), len(items))
    here = [item for item in items[end:parted] if item.is_word]
    if here and here[-1].has("deny"):
        return True
    behind = items[parted + 1 : parted + 4]
    return parted < len(items) and items[parted].has("comma") and _opens_denial(behind)


_PARTING = (*_BOUNDARY, "and", "after")


def _opens_denial(behind: Items) -> bool:
    """ "(that Peru asked the envoy to leave), sei falsch"."""
    for index, item in enumerate(behind):
        if item.has("deny"):
            return index == 0 or behind[index - 1].has("be")
        if not item.has("be"):
            return False
    return False


def _is_asked_for(form: Form, before: Sequence[Item], front: Item | None) -> bool:
    """ "They urged Norway to expel the envoy", "they demanded that the envoy be expelled"."""
    if form == "passive":
        return "call" in classes(before[-4:])
    return form == "infinitive" and front is not None and front.has("call")


def noun_status(before: Sequence[Item], behind: Sequence[Item]) -> Status | None:
    """The status of a noun ("the expulsion of …") from up to eight words on its left, and those behind."""
    zone: list[Item] = []
    last = len(before) - 1
    for index in range(last, max(-1, last - 10), -1):
        item = before[index]
        beside = before[max(0, index - 1) : index + 3]
        listed = item.has("and") and sum(each.mention is not None for each in beside) > 1
        if listed or item.mention is not None or item.has("article"):
            continue  # "(threatens) Germany and the USA with the (expulsion)"
        if item.has("comma", "semicolon", "colon", "and", "after", "because", "relative"):
            break
        zone.append(item)
    here, near, tail = classes(zone), classes(zone[:5]), classes(behind)
    if "reverse" in near or "reverse" in tail:
        return "reversed"
    if here & {"deny", "no", "negation"} or "deny" in tail:
        return "denied"
    if "call" in near:
        return None
    if near & {"threaten", "would", "can", "warn"}:
        return "threatened"
    if near & {"future", "plan"}:
        return "announced"
    return "done"


def called_off(items: Items, first: int, end: int) -> bool:
    """Is what the noun at `first` names over before its time: "called off their strike"?"""
    for item in reversed(items[max(0, first - 4) : first]):
        if item.has(*_BOUNDARY):
            break
        if item.has("called_off"):
            return True
    for item in items[end : end + 8]:
        if item.has(*_BOUNDARY, "after", "and"):
            return False
        if item.has("called_off"):
            return True
    return False


def classes(items: Sequence[Item]) -> frozenset[str]:
    """All the classes of the items."""
    return frozenset().union(*(item.classes for item in items)) if items else frozenset()
