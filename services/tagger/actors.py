"""Who does it where no subject of a verb says so: an agent, an owner, a place, a speaker."""

from collections.abc import Sequence
from typing import Final

from services.tagger.about import auxiliary
from services.tagger.clause import Clause, Place, Subject
from services.tagger.model import Form, Trigger
from services.tagger.nouns import Object, is_organisation
from services.tagger.phrases import PREPOSITIONS, Items
from services.tagger.subjects import first_acting, free_parties


def governed_by(
    clause: Clause, relation: str, target: Object | None, start: int, end: int, codes: Sequence[str] = ()
) -> tuple[str, ...]:
    """The first party behind a preposition of the class `relation` between the items `start` and `end`."""
    for party in free_parties(clause, target):
        meant = party.governed == relation or (
            # Italian "da" is both
            relation == "from" and party.governed == "by" and clause.items[party.first - 1].has("from")
        )
        if meant and start <= party.first < end and set(party.members).isdisjoint(codes):
            return party.members
    return ()


def agent(clause: Clause, place: Place, target: Object | None) -> tuple[str, ...]:
    # What is between two states may be broken by one of them.
    codes = target.codes if target is not None and len(target.codes) < 2 else ()
    low = min(place.first, target.first if target is not None else place.first)
    start, end = max(0, low - 12), max(place.end, target.last if target is not None else 0) + 10
    for index in range(place.end, min(end, len(clause.items))):
        if clause.items[index].has("semicolon", "colon"):
            end = index
            break
    found = governed_by(clause, "by", target, start, end, codes)
    return found or _orderer(clause, (start, end), codes)


def _orderer(clause: Clause, span: tuple[int, int], codes: Sequence[str]) -> tuple[str, ...]:
    """ "(closed) on Moscow's orders"."""
    items, final = clause.items, clause.language.order.final
    for index in range(max(1 - final, span[0]), min(span[1], len(items) - 1)):
        mention = items[index].mention
        if mention is None or mention.code in codes:
            continue
        if not final and not items[index - 1].classes & PREPOSITIONS:
            continue
        if mention.kind == "owner" and items[index - 1].has("by"):
            return (mention.code,)  # "auf Anordnung Moskaus"
        behind = items[index + 1 : index + 4]
        if final and behind[0].has("government"):
            behind = behind[1:]  # ポーランド政府の命令で
        owned = bool(behind) and behind[0].has("possessive")
        behind = behind[owned : owned + 1]
        if (owned or mention.kind == "owner") and any(item.has("decision", "decided") for item in behind):
            return (mention.code,)
    return ()


def from_where(clause: Clause, place: Place, target: Object | None, reach: int = 6) -> tuple[str, ...]:
    codes = target.codes if target is not None else ()
    start = max(place.end, target.last if target is not None and target.last > place.first else 0)
    if place.end < len(clause.items) and clause.items[place.end].has("of"):  # "kicked out of Bolivia"
        for party in free_parties(clause, target):
            if party.first - place.end in (1, 2) and set(party.members).isdisjoint(codes):
                return party.members
    behind = governed_by(clause, "from", target, min(place.end, start), start + reach, codes)
    return behind or governed_by(clause, "from", target, max(0, place.first - 12), place.first, codes)


def _in(clause: Clause, place: Place, target: Object | None) -> tuple[str, ...]:
    codes = target.codes if target is not None else ()
    return governed_by(clause, "in", target, place.end, place.end + 9, codes) or governed_by(
        clause, "in", target, 0, place.first, codes
    )


def is_official(items: Items, subject: Subject) -> bool:
    return any(
        item.has("government") or (item.mention is not None and item.mention.kind == "person")
        for item in items[subject.first : subject.last]
    )


def elsewhere(clause: Clause, trigger: Trigger, place: Place, target: Object | None) -> tuple[str, ...]:
    """Who does it where no subject says so: where the diplomats serve, from where they are sent."""
    event = trigger.event
    for where in event.actor:
        found: tuple[str, ...] = ()
        if where == "host" and target is not None:
            found = tuple(
                code for code in target.host if code not in target.codes and not is_organisation(code)
            )
        elif where == "from":
            found = from_where(clause, place, target)
            if target is not None and not target.codes and any(map(is_organisation, found)):
                found = ()  # expelled from an organisation: a matter of membership
            if not event.objects and not _comes_from(clause, trigger, place, found):
                found = ()
        elif where == "in":
            found = _in(clause, place, target)
        elif where in ("to", "of", "on"):
            codes = target.codes if target is not None else ()
            found = governed_by(clause, where, target, place.end, place.end + 5, codes) or _at_ministry(
                clause, place, codes
            )
        elif where == "owner" and target is None:
            found = _whose(clause.items, "hackers" if event.happens == "target" else "workers")
        elif where == "owner" and target is not None and not event.own:
            found = target.codes
        else:
            found = _of_sentence(clause, trigger, place, target, where)
        if found:
            return found
    return only_state(clause) if trigger.rule.anywhere else ()


def _of_sentence(
    clause: Clause, trigger: Trigger, place: Place, target: Object | None, where: str
) -> tuple[str, ...]:
    """Who does it by what the whole sentence names, where its grammar does not tell."""
    if where == "object":
        return object_party(clause, place, ())
    if where == "anywhere":
        return only_state(clause, target.codes if target is not None else ())
    if where == "both":
        return next((party.members for party in clause.parties if len(party.members) > 1), ())
    if where == "named":
        return first_named(clause.items)
    if where == "before" and trigger.form != "passive":
        return _named_before(clause.items, place.first)
    return ()


def _named_before(items: Items, end: int) -> tuple[str, ...]:
    """The state that is named last before `end`, and does not just speak."""
    if any(item.has("mission", "diplomat") for item in items[:end]):
        return ()
    for index in range(end - 1, -1, -1):
        found = first_named(items[index : index + 1])
        if found and not speaks(items, index + 1) and not _in_place(items, index):
            return found
    return ()


def _in_place(items: Items, index: int) -> bool:
    """ "In Nigeria", not "in the Russian raid"."""
    mention = items[index].mention
    front = items[max(0, index - 2) : index]
    named = mention is not None and mention.kind in ("name", "seat", "place")
    parted = bool(front) and (front[-1].has("article") or front[-1].unknown) and not front[-1].has("in")
    return named and any(item.has("in") for item in (front if parted else front[-1:]))


def speaks(items: Items, index: int) -> bool:
    """Does "said" follow the name that ends at `index`: "Lebanon's health ministry said"?"""
    for item in items[index : index + 4]:
        if item.has("say", "announce"):
            return True
        if not item.has("possessive", "government", "forces") and not item.unknown:
            return False
    return False


def _comes_from(clause: Clause, trigger: Trigger, place: Place, members: tuple[str, ...]) -> bool:
    """ "A cyberattack from Russia", not "stole data from the Dutch ministry" or "la web del Parlamento"."""
    if trigger.form != "noun":
        return False
    named = [party for party in clause.parties if party.members == members and party.first]
    return any(
        not clause.items[party.first - 1].has("of") or 0 < party.first - place.end <= 2 for party in named
    )


def only_state(clause: Clause, beside: Sequence[str] = ()) -> tuple[str, ...]:
    """The state that the sentence names, if it names just one; `beside`: those that are spoken for."""
    if any(item.has("mission", "diplomat") for item in clause.items):
        return ()  # "(They demonstrate) before the consulate of Italy"
    mentions = (item.mention for item in clause.items if item.mention is not None)
    named = {mention.code for mention in mentions if mention.code} - set(beside)
    return tuple(named) if len(named) == 1 and not any(map(is_organisation, named)) else ()


def first_named(items: Items, beside: Sequence[str] = ()) -> tuple[str, ...]:
    """The first state that the sentence names; `beside`: those that are spoken for."""
    if any(item.has("mission", "diplomat") for item in items):
        return ()
    for item in items:
        code = item.mention.code if item.mention is not None else ""
        if code and code not in beside and not is_organisation(code):
            return (code,)
    return ()


def _at_ministry(clause: Clause, place: Place, codes: tuple[str, ...]) -> tuple[str, ...]:
    """ "To Georgia's foreign ministry (was called) …"."""
    for party in clause.parties:
        called = party.governed in ("to", "in", "on") and party.last <= place.first
        office = any(item.has("government") for item in clause.items[party.first : party.last])
        if called and office and set(party.members).isdisjoint(codes):
            return party.members
    return ()


def _whose(items: Items, whose: str) -> tuple[str, ...]:
    """ "French air traffic controllers", "die Lokführer der Deutschen Bahn", "Iranian hackers"."""
    for index, item in enumerate(items):
        near = items[max(0, index - 2) : index + 5]
        owner = (
            item.mention if item.mention is not None and item.mention.kind in ("adjective", "owner") else None
        )
        if owner is not None and any(each.has(whose) for each in near):
            return (owner.code,)
    return ()


def bare_agent(clause: Clause, place: Place, target: Object | None) -> tuple[str, ...]:
    """Who does it in the instrumental, or by whose decision: "высланы Норвегией", "decyzją Moskwy"."""
    if not clause.language.order.bare_agent:
        return ()
    codes = target.codes if target is not None else ()
    for party in free_parties(clause, target):
        decided = party.first > 0 and clause.items[party.first - 1].has("decision")
        behind = party.first == place.end and not party.governed
        if (decided or behind) and set(party.members).isdisjoint(codes):
            return party.members
    return ()


def right_before(clause: Clause, place: Place, codes: tuple[str, ...]) -> tuple[str, ...]:
    """ "Letonya'nın (sınır dışı ettiği diplomatlar)", "İsveç (Dışişleri Bakanlığı'na çağrıldı)"."""
    items = clause.items
    index = place.first - 1
    index -= index >= 0 and items[index].has("possessive")
    if index < 0:
        return ()
    mention = items[index].mention
    if mention is None or mention.code in codes:
        return ()
    behind = items[index + 1]
    governed = index + 1 < place.first and not behind.has("possessive")
    return () if governed or mention.kind == "person" else (mention.code,)


def threatened_party(clause: Clause, place: Place) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who threatens whom: "Tehran threatens Sweden with (a break)", "Erdogan droht den USA mit"."""
    items = clause.items
    at = next((index for index in range(place.first) if items[index].has("threaten")), None)
    if at is None:
        if not clause.language.order.final:
            return (), ()
        behind = items[place.end : place.end + 3]
        marked = [
            party for party in clause.parties if party.governed == "object" and party.last <= place.first
        ]
        if not marked or not any(item.has("threaten") for item in behind):
            return (), ()
        return first_acting(clause, marked[-1].first, marked[-1].members), marked[-1].members
    for party in clause.parties:
        near = at < party.first <= at + 2 and party.last <= place.first and not party.owner
        if near and party.governed in ("", "to", "object"):
            who = first_acting(clause, at, party.members)
            return (who, party.members) if who else ((), ())
    return (), ()


_DASHES: Final = ("-", "–", "—")


def speaker_behind(clause: Clause, end: int, codes: tuple[str, ...]) -> tuple[str, ...]:
    """ "(Ten diplomats have been expelled), Norway's foreign ministry said": who announces it does it."""
    items = clause.items
    says = ("say", "announce", "decide")
    for party in clause.parties:
        if party.first < end or party.governed or party.owner or set(party.members) & set(codes):
            continue
        between = items[end : party.first]
        commas = [index for index, item in enumerate(between) if item.has("comma") or item.text in _DASHES]
        if not commas or any(item.has("relative", "semicolon", "and", "after") for item in between):
            return ()
        words = [*between[commas[-1] + 1 :], *items[party.last : party.last + 2]]
        opening = all(item.has("article", "have", *says) for item in between[commas[-1] + 1 :])
        return party.members if opening and any(item.has(*says) for item in words) else ()
    return ()


def speaks_of_its_own(trigger: Trigger, target: Object, before: Items) -> bool:
    """Does the owner itself speak of what is its own?"""
    spoken = any(item.has("announce", "say", "deny") for item in before)
    named = any(item.mention is not None and item.mention.code in target.codes for item in before)
    return trigger.event.own and spoken and named and bool(target.host)


def owner_of_noun(clause: Clause, place: Place, target: Object | None) -> tuple[str, ...]:
    """ "Norway's expulsion of", "the Norwegian expulsion of"."""
    items = clause.items
    who: tuple[str, ...] = ()
    for party in free_parties(clause, target):
        between = items[party.last : place.first]
        if target is not None and party.last <= target.first and target.last <= place.first:
            between = [*items[party.last : target.first], *items[target.last : place.first]]
        near = party.last <= place.first and len(between) <= 3
        parted = party.owner and any(item.mention or item.has("comma") for item in between)
        if near and (party.owner or not between) and not parted:
            who = party.members
    adjective = items[place.first - 1].mention if place.first else None
    codes = target.codes if target is not None else ()
    if target is None and adjective is None and clause.language.order.inversion and place.end < len(items):
        adjective = items[place.end].mention  # "un missile russe"
    if who or adjective is None or adjective.kind not in ("adjective", "owner") or adjective.code in codes:
        return who
    return (adjective.code,) if target is None or place.first <= target.first else ()


def acting_in_noun(
    clause: Clause, trigger: Trigger, form: Form, place: Place, found: tuple[Subject | None, Object | None]
) -> tuple[str, ...]:
    subject, target = found
    label, order = form == "label", clause.language.order
    passive = (
        label
        and target is not None
        and target.last <= place.first
        and auxiliary(clause.items, place, "be", order.final)
        and (order.inversion or order.final or _is_between(clause.items, target, place))
    )
    who = subject.members if subject is not None and not passive else ()
    if not who and label and trigger.rule.needs == "order" and target is not None:
        who = _left_country(clause, place, target)
    codes = target.codes if target is not None else ()
    if not label and not trigger.event.own and set(who) & set(codes):
        who = ()
    who = who or elsewhere(clause, trigger, place, target)
    if label and not trigger.event.own and set(who) & set(codes):
        who = first_acting(clause, place.first, codes)
    if not who and order.inversion:
        end = max(place.end, target.last if target is not None else 0)
        for party in free_parties(clause, target):
            announced = party.first > end and clause.items[party.first - 1].has("announce")
            if announced and not party.governed and set(party.members).isdisjoint(codes):
                return party.members
    if not who and passive:
        who = speaker_behind(clause, max(place.end, target.last if target is not None else 0), codes)
    if who or not label or not order.inversion:
        return who
    for party in free_parties(clause, target):
        if not party.governed and not party.owner and set(party.members).isdisjoint(codes):
            return party.members
    return ()


def _is_between(items: Items, target: Object, place: Place) -> bool:
    """ "(Envoys) were (declared unwelcome)", not "(Oslo) is (preparing to declare them unwelcome)"."""
    return any(item.has("be") for item in items[target.last : place.first])


def _left_country(clause: Clause, place: Place, target: Object) -> tuple[str, ...]:
    """ "(were told to) leave Russia", "(müssen) Deutschland verlassen": the country left sends them away."""
    free = [party for party in free_parties(clause, target) if not party.owner]
    between = [
        party
        for party in free
        if party.governed in ("", "object") and target.last <= party.first and party.last <= place.first
    ]
    if clause.language.order.object_of_infinitive == "before":
        return between[-1].members if between else ()
    behind = [
        party for party in free if party.governed in ("", "of", "from") and 0 <= party.first - place.end <= 1
    ]
    return behind[0].members if behind and not between else ()


def object_party(clause: Clause, place: Place, who: tuple[str, ...]) -> tuple[str, ...]:
    """The party that stands right behind the verb, or before it where verbs stand last."""
    for party in clause.parties:
        if set(party.members) & set(who):
            continue
        if party.governed == "object":
            return party.members
        order = clause.language.order
        bracket = order.object_of_infinitive == "before" and not order.final and party.first > 0
        if bracket and party.last <= place.first and not party.governed and not party.owner and who:
            acting = any(set(each.members) & set(who) and each.last <= party.first for each in clause.parties)
            if acting:
                return party.members  # "Russland hat Kiew (angegriffen)"
        if (
            party.first >= place.last
            and not party.governed
            and party.first - place.last <= 3
            and not clause.language.order.final
        ):
            return party.members
    return ()
