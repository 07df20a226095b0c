"""Several who share one verb: "Norway and Peru each expelled four", "Norway expelled four, France 35"."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from services.tagger.clause import Clause, Finding, Place
from services.tagger.nouns import Object
from services.tagger.phrases import PREPOSITIONS, Item, Items, Party
from services.tagger.subjects import free_parties


def shared(clause: Clause, findings: Sequence[Finding], place: Place, target: Object | None) -> list[Finding]:
    """The findings of one trigger, each share of each actor and target as one of its own."""
    if target is None or len(findings) != 1:
        return list(findings)
    finding = findings[0]
    if finding.type.counted != "all":
        if len(finding.actor) > 1 and _each(clause.items, place, target):
            return [replace(finding, actor=(actor,)) for actor in finding.actor]
        return [finding]
    apart = _apart(clause.items, finding, place, target)
    if len(apart) > 1 or finding.count is None or not finding.target or not finding.actor:
        return apart
    shares = _chain(clause, finding, place, target)
    if len(shares) < 2:
        return [finding]
    return [
        replace(finding, actor=share.actor, target=share.target or finding.target, count=share.count)
        for share in shares
        if set(share.actor).isdisjoint(share.target or finding.target)
    ]


def _apart(items: Items, finding: Finding, place: Place, target: Object) -> list[Finding]:
    """One finding for each of "two Danish and three Swedish diplomats", or for each that acts on its own."""
    counts = target.counts
    if len(counts) > 1 and len(counts) == len(finding.target) == len(target.codes):
        return [
            replace(finding, target=(code,), count=count)
            for code, count in zip(target.codes, counts, strict=True)
        ]
    if len(finding.actor) < 2:
        return [finding]
    if len(counts) == len(finding.actor):  # "expelled 21 and 17 diplomats respectively"
        return [
            replace(finding, actor=(actor,), count=count)
            for actor, count in zip(finding.actor, counts, strict=True)
        ]
    if _each(items, place, target):
        return [replace(finding, actor=(actor,)) for actor in finding.actor]
    return [finding]


def _each(items: Items, place: Place, target: Object) -> bool:
    """Does a word beside the subject, the verb or the number say that each does it on its own?"""
    ends = (target.last, place.end)
    for index, item in enumerate(items[: max(ends) + 2]):
        if not item.has("each"):
            continue
        previous = items[index - 1] if index else None
        following = items[index + 1 : index + 3]
        counts = any(each.number is not None for each in following)
        beside = previous is not None and (
            previous.mention is not None or previous.has("have", "be", "counter", "subject_mark")
        )
        opens = bool(following) and (following[0].mention is not None or index + 1 == place.first)
        if counts or beside or opens or index in ends:
            return True
    return False


@dataclass(frozen=True, slots=True)
class _Share:
    """`actor` expelled `count` (of `target`, where it is another); items `first` to `last` say so."""

    actor: tuple[str, ...]
    count: int
    target: tuple[str, ...]
    first: int
    last: int


def _chain(clause: Clause, finding: Finding, place: Place, target: Object) -> list[_Share]:
    """The shares that follow each other, with nothing but commas, verb and object between them."""
    items = clause.items
    phrases = clause.objects(target.classes)
    shares = [
        share
        for party in free_parties(clause, target)
        if not party.governed and not party.owner
        for share in [_share(items, party, finding, phrases)]
        if share is not None
    ]
    start = min(place.first, target.first)
    own = next((share for share in shares if share.first < target.last and share.last > target.first), None)
    if own is None:
        before = [share for share in shares if share.last <= target.first and share.count == finding.count]
        own = before[-1] if before else None
    if own is None:
        assert finding.count is not None
        own = _Share(finding.actor, finding.count, (), start, max(target.last, place.end))
    chain = [own]
    for share in shares:
        if share.first >= chain[-1].last and _adjoins(items, chain[-1].last, share.first, place, target):
            chain.append(share)
    for share in reversed(shares):
        if share.last <= chain[0].first and _adjoins(items, share.last, chain[0].first, place, target):
            chain.insert(0, share)
    return chain


def _adjoins(items: Items, start: int, end: int, place: Place, target: Object) -> bool:
    """Do only commas, the verb and the object stand between two shares?"""
    verb = {*range(place.first, place.last), place.end - 1, *range(target.first, target.last)}
    gap = [item for index, item in enumerate(items[start:end], start) if index not in verb]
    linked = any(item.has("comma", "semicolon", "and", "while") for item in items[start:end])
    joined = end < len(items) and items[end].text[0] == "و"  # "and", written together
    return (linked or joined) and all(
        item.has("comma", "semicolon", "and", "article", "while", "counter", "have") for item in gap
    )


def _share(items: Items, party: Party, finding: Finding, phrases: Sequence[Object]) -> _Share | None:
    """The number that stands for a party's share: "France 35", "France, 35", "France expelled 35"."""
    index = party.last
    while index < min(party.last + 5, len(items)) and _leads_to_share(items[index], finding):
        index += 1
    phrase = next((each for each in phrases if each.first <= index < each.last), None)
    count = items[index].number if index < len(items) else None
    if count is not None and 1900 <= count <= 2100:
        return None  # a year
    if count is None:
        dashed = index > party.last and not items[index - 1].is_word
        if phrase is None or not phrase.codes or phrase.count is None or not dashed:
            return None
        return _Share(party.members, phrase.count, phrase.codes, party.first, phrase.last)
    if phrase is not None:
        other = phrase.codes if set(phrase.codes).isdisjoint(finding.target) else ()
        return _Share(party.members, count, other, party.first, index + 1)
    if not _ends(items, index + 1):
        return None
    return _Share(party.members, count, (), party.first, index + 1)


def _leads_to_share(item: Item, finding: Finding) -> bool:
    if any(trigger.event is finding.type for trigger in item.triggers):
        return True
    return not item.is_word or item.has("to", "each", "adverb", "have", "while", "subject_mark", "be")


def _ends(items: Items, index: int) -> bool:
    """Is nothing else counted by the number before `index`?"""
    if index >= len(items):
        return True
    item = items[index]
    return (
        not item.is_word
        or item.mention is not None
        or item.has("and", "say", "adverb", "in", "diplomat", "staff", "while", "counter", "relative")
        or bool(item.classes & PREPOSITIONS)
        or item.has("article", "genitive", "possessive")
    )
