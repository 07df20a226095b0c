"""Who shares a verb with others: "Norway expelled four, France 35 and Italy 30"."""

from collections.abc import Sequence
from dataclasses import replace

from services.tagger.clause import Clause, Finding, Place
from services.tagger.model import Trigger
from services.tagger.nouns import Object, objects
from services.tagger.phrases import PREPOSITIONS, Items, Party
from services.tagger.subjects import free_parties


def elided(clause: Clause, findings: Sequence[Finding]) -> list[Finding]:
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


def gapped(clause: Clause, found: Sequence[Finding], target: Object | None) -> list[Finding]:
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


def shared(
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
    free = {
        party.first: party for party in free_parties(clause, target) if not party.governed and not party.owner
    }
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
