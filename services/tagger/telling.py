"""How an event is told: by a verb, in the passive, by a noun or a phrase without a verb."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from services.tagger.about import without_inserted
from services.tagger.actors import (
    acting_in_noun,
    agent,
    bare_agent,
    elsewhere,
    from_where,
    governed_by,
    is_official,
    owner_of_noun,
    right_before,
    speaker_behind,
    speaks,
    speaks_of_its_own,
    threatened_party,
)
from services.tagger.clause import Clause, Finding, Place, Subject
from services.tagger.findings import made
from services.tagger.model import Form, Language, Status, Trigger
from services.tagger.nouns import Object
from services.tagger.phrases import Item, Items
from services.tagger.status import called_off, classes, future_status, noun_status, verb_status
from services.tagger.subjects import clause_start, first_acting, subject_of, unspoken
from services.tagger.targets import target_of

_THREATENING: Final = frozenset(("threaten", "warn", "would"))
_VERBAL: Final = frozenset(("infinitive", "future", "would", "can", "must"))


def by_verb(
    clause: Clause, trigger: Trigger, form: Form, place: Place, target: Object | None
) -> list[Finding]:
    items = clause.items
    threatens, threatened = _threatening(clause, place, target, ()) if form == "infinitive" else ((), ())
    if threatens:
        return made(clause, trigger, place, threatens, threatened, target, "threatened")
    subject = subject_of(clause, place, target, form, trigger.event.own or trigger.rule.asked)
    ordered = subject is not None and (subject.ordered or _must(clause, subject))
    if ordered or trigger.rule.asked:
        return _done_by_others(clause, trigger, place, target, subject) if ordered else []
    start = subject.last if subject is not None else clause_start(items, place.first, target)
    before = items[: subject.first] if subject is not None else items[:start]
    zone = _zone(items, start, place, target, clause.language)
    front = _front(items, subject)
    if form == "infinitive" and clause.language.order.bare_infinitive and not classes(zone) & _VERBAL:
        form = "active"
    status = _status_of_verb(clause, trigger, place, target, verb_status(form, zone, before, front))
    if status is None or (subject is not None and _is_demanded(items, subject.first)):
        return []
    who = subject.members if subject is not None else ()
    if "subject" not in trigger.event.actor:
        who = ()
    elif trigger.event.official and not (subject is not None and is_official(items, subject)):
        who = _official(clause, place, subject) if trigger.rule.needs is None else ()
        inverted = clause.language.order.inversion and subject is None
        inverted = inverted and any(item.has("government") for item in items[place.last : place.last + 4])
        if not (who or inverted or trigger.rule.needs is not None):
            return []
        who = who or elsewhere(clause, trigger, place, target)
    elif not who and subject is None:
        codes = target.codes if target is not None else ()
        who = agent(clause, place, target) or first_acting(clause, place.first, codes)
        if not who and form == "active":
            who = unspoken(clause, place, codes)
        if not who and form == "active":
            who = _behind_the_verb(clause, place, target)
    if not who and "order" in classes(zone) and trigger.rule.needs != "order" and target is not None:
        return []  # somebody without a name demands it
    who = who or _named_elsewhere(clause, trigger, place, target, subject)
    return _each_told(clause, trigger, place, (who, target, status), zone)


def _official(clause: Clause, place: Place, subject: Subject | None) -> tuple[str, ...]:
    """ "(Japan's prime minister said) he would resign", "the head of Ukraine's presidential office"."""
    opening = clause.items[subject.first : subject.last][:1] if subject is not None else ()
    again = any(item.has("and") for item in opening)  # "lost the vote and resigned"
    if subject is not None and not again and not _may_be_speaker(clause, subject):
        return ()
    for party in reversed(clause.parties):
        if party.last > place.first or (party.governed and party.governed != "of"):
            continue
        first = max(0, party.first - 2) if party.governed else party.first
        if any(item.has("former") for item in clause.items[max(0, first - 1) : party.last]):
            continue
        if is_official(clause.items, Subject(party.members, first, party.last)):
            return party.members
    return ()


def _done_by_others(
    clause: Clause, trigger: Trigger, place: Place, target: Object | None, subject: Subject | None
) -> list[Finding]:
    """ "(Poland) ordered Russia to close", "asked Russia to withdraw": who orders it does it."""
    theirs = trigger.event.own and "envoy" not in trigger.event.objects
    if subject is None or not (theirs or trigger.rule.asked):
        return []  # an envoy whom others want recalled is expelled
    orderer = subject_of(clause, Place(subject.first, subject.last, subject.last), None, "active")
    whose = target.codes if target is not None and target.codes else subject.members
    if trigger.rule.asked and target is not None:
        target = replace(target, codes=whose, own=False)
    return made(clause, trigger, place, orderer.members if orderer else (), whose, target, "done")


def _must(clause: Clause, subject: Subject) -> bool:
    """ "(Moldova) demands that Russia (close its consulate)": is it asked for by somebody else?"""
    items = clause.items
    opening = next(
        (index for index in range(subject.first - 1, max(-1, subject.first - 4), -1) if _that(items, index)),
        None,
    )
    if opening is None or not subject.members:
        return False
    asking = any(item.has("order") for item in items[max(0, opening - 4) : opening])
    return asking and bool(first_acting(clause, opening, subject.members))


def _that(items: Items, index: int) -> bool:
    return items[index].has("relative", "comma") and not items[index].has("pronoun")


def _behind_the_verb(clause: Clause, place: Place, target: Object | None) -> tuple[str, ...]:
    """ "İlişkilerini kesen Maldivler"; "«Разрываем отношения с Эквадором», заявил президент Мексики"."""
    order = clause.language.order
    if order.final:
        for party in clause.parties:
            if party.first == place.end and not (party.governed or party.owner):
                return party.members
    if not order.drops_subject:
        return ()
    end = max(place.end, target.last if target is not None else 0)
    return speaker_behind(clause, end, target.codes if target is not None else ())


def _named_elsewhere(
    clause: Clause, trigger: Trigger, place: Place, target: Object | None, subject: Subject | None
) -> tuple[str, ...]:
    who = elsewhere(clause, trigger, place, target)
    if not who and target is not None and _may_be_speaker(clause, subject):
        who = speaker_behind(clause, max(place.end, target.last), target.codes)
    return who


def _may_be_speaker(clause: Clause, subject: Subject | None) -> bool:
    """Nobody named, or a pronoun: "(We shall break off relations with Israel), the president said"."""
    return subject is None or any(item.has("pronoun") for item in clause.items[subject.first : subject.last])


def _front(items: Items, subject: Subject | None) -> Item | None:
    """The word right before the subject: in "the decision of Prague to expel", the decision."""
    if subject is None or not subject.first:
        return None
    index = subject.first - 1
    while index > 0 and items[index].has("of", "genitive") and subject.first - index < 3:
        index -= 1
    return items[index] if items[index].has("decided") else items[subject.first - 1]


def _status_of_verb(
    clause: Clause, trigger: Trigger, place: Place, target: Object | None, told: Status | None
) -> Status | None:
    """As the rule says, or as the words round the verb tell; None where it tells of nothing."""
    status = trigger.rule.status or told
    if status is None:
        return None
    if target is not None and target.none:
        return "denied"
    if status in ("done", "announced") and clause.items[place.first].has("can"):
        return "threatened"  # sınır dışı edebilir: "may" is a part of the verb
    front = clause.items[max(0, place.first - 2) : place.first]
    undone = any(item.has("reverse") for item in front) and all(
        item.has("reverse", "adverb") for item in front[1:]
    )
    return "reversed" if undone else status


def _each_told(
    clause: Clause,
    trigger: Trigger,
    place: Place,
    told: tuple[tuple[str, ...], Object | None, Status],
    zone: Sequence[Item],
) -> list[Finding]:
    """The findings of a verb: of several subjects one for each, or of two what each does to the other."""
    items, (who, target, status) = clause.items, told
    whose: tuple[str, ...] = ()
    if status == "threatened":
        who, whose = _threatening(clause, place, target, who)
    whose = whose or target_of(clause, trigger, place, target, who)
    near = (*zone, *items[place.end : place.end + 3])
    if not whose and trigger.event.own and trigger.event.counted == "stated":
        whose = _ordered(clause, place, target, who)
    if target is not None:
        near = (*near, *items[target.first : target.last])
    if not whose and any(item.has("mutual") for item in near):
        if len(who) == 1:
            who = (*who, *governed_by(clause, "with", target, 0, place.first, who))
        if len(who) == 2:
            return [
                each
                for one, other in (who, who[::-1])
                for each in made(clause, trigger, place, (one,), (other,), target, status)
            ]
    return made(clause, trigger, place, who, whose, target, status)


def _ordered(clause: Clause, place: Place, target: Object | None, who: tuple[str, ...]) -> tuple[str, ...]:
    """Who is told to do it: "(Moldova demands) of Russia (to close its consulate)"."""
    if not any(item.has("order") and item.number is None for item in clause.items[: place.end]):
        return ()
    for relation in ("to", "from", "against", "by", "of"):
        found = governed_by(clause, relation, target, 0, place.first, who)
        if found:
            return found
    return ()


def _zone(items: Items, start: int, place: Place, target: Object | None, language: Language) -> list[Item]:
    """The words that say whether it is done: from the subject to the verb, without the object."""

    def free(index: int) -> bool:
        return target is None or not target.first <= index < target.last

    end = place.end if target is None or target.first < place.first else max(place.end, target.first)
    fronting = target.first - 1 if target is not None and items[target.first - 1].has("fronting") else -1
    zone = [
        items[index]
        for index in range(start, end)
        if free(index) and not place.first <= index < place.last and index != fronting
    ]
    if language.order.final or (target is not None and target.last <= place.first):
        for item in items[place.end : place.end + 6]:
            if item.has("comma", "semicolon", "relative", "if") or item.mention is not None:
                break
            zone.append(item)
    return zone


def in_passive(clause: Clause, trigger: Trigger, place: Place, target: Object | None) -> list[Finding]:
    """ "Eight Russian diplomats were expelled by Norway", "Russian diplomats expelled from Oslo"."""
    items = clause.items
    start = target.last if target is not None and target.last <= place.first else max(0, place.first - 6)
    zone = [
        *without_inserted(items[start : place.first]),
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
    who = _actor_of_passive(clause, trigger, place, target, (status, before))
    return made(clause, trigger, place, who, target_of(clause, trigger, place, target, who), target, status)


def _actor_of_passive(
    clause: Clause,
    trigger: Trigger,
    place: Place,
    target: Object | None,
    told: tuple[Status, Sequence[Item]],
) -> tuple[str, ...]:
    """Who does it: the agent, where it happens, who says so; `told`: the status, the words before."""
    status, before = told
    codes = target.codes if target is not None else ()
    if trigger.rule.itself:
        return _ordering(clause, place, codes) or codes
    who = agent(clause, place, target) or bare_agent(clause, place, target)
    if not who and trigger.event.own and target is not None and target.host:
        who = agent(clause, place, replace(target, codes=()))  # its own, on its own decision
    who = who or elsewhere(clause, trigger, place, target)
    if not who and clause.language.order.inversion:
        who = first_acting(clause, place.first, codes)
        if not who and trigger.event.own and status == "denied":
            who = first_acting(clause, place.first, ())  # its own mission
    if not who and clause.language.order.final:
        who = right_before(clause, place, codes)
        if not who and trigger.event.own and status in ("denied", "threatened"):
            who = first_acting(clause, place.first, ())  # who denies it, or warns of it
    if not who and target is not None:
        said = any(item.has("announce", "say") for item in before)
        who = first_acting(clause, target.first, codes) if said else _told_that(clause, target, codes)
    who = who or _in_headline(clause, codes)
    who = who or speaker_behind(clause, max(place.end, target.last if target is not None else 0), codes)
    if not who and target is not None and speaks_of_its_own(trigger, target, before):
        who = codes  # "The foreign ministry in The Hague denies that the Dutch embassy in Tripoli was closed"
    if not who and target is not None and trigger.event.own and "embassy" in target.classes:
        who = codes if target.host and set(codes).isdisjoint(target.host) else ()
    return who


def _ordering(clause: Clause, place: Place, codes: tuple[str, ...]) -> tuple[str, ...]:
    """ "(Vilnius) told the Belarusian consulate to (cease its work)"."""
    for index in range(place.first - 1, -1, -1):
        if clause.items[index].has("order", "force") and clause.items[index].number is None:
            return first_acting(clause, index, codes)
    return ()


def _in_headline(clause: Clause, codes: tuple[str, ...]) -> tuple[str, ...]:
    """ "Norway: 15 diplomats expelled"."""
    first = clause.parties[0] if clause.parties else None
    if first is None or first.first or first.last >= len(clause.items):
        return ()
    named = clause.items[first.last].has("colon") and set(first.members).isdisjoint(codes)
    return first.members if named else ()


def _told_that(clause: Clause, target: Object, codes: tuple[str, ...]) -> tuple[str, ...]:
    """ "(Germany told the ambassador) that (two diplomats were expelled)"."""
    front = clause.items[max(0, target.first - 2) : target.first]
    if not any(item.has("relative") for item in front):
        return ()
    return first_acting(clause, target.first, codes)


def _is_demanded(items: Items, start: int) -> bool:
    """ "(The opposition demands) that (the ambassador be expelled)"."""
    opening = [index for index in range(max(0, start - 2), start) if items[index].has("relative")]
    if not opening:
        return False
    return any(item.has("call") for item in items[max(0, opening[0] - 4) : opening[0]])


def by_noun(
    clause: Clause, trigger: Trigger, form: Form, place: Place, target: Object | None
) -> list[Finding]:
    """ "The expulsion of …", "persona non grata", "(72 hours) to leave"."""
    items, order = clause.items, clause.language.order
    end = max(place.end, target.last) if target is not None else place.end
    if trigger.rule.id == "with" and any(item.has("article") for item in items[end : end + 2]):
        return []  # "Italia rompe con Inglaterra la racha"
    first = min(place.first, target.first) if target is not None else place.first
    who = agent(clause, place, target)
    if not who and trigger.event.own and target is not None and target.host:
        who = agent(clause, place, replace(target, codes=()))
    if not who and target is not None and target.own and trigger.event.counted == "all":
        who = elsewhere(clause, trigger, place, target)  # "the expulsion of its diplomats from Prague"
    if not who and form == "noun":
        who = owner_of_noun(clause, place, target)
    subject = None
    if not who and trigger.event.actor[:2] == ("agent", "from"):
        who = from_where(clause, place, target)
    if not who and "subject" in trigger.event.actor:
        start = Place(first, place.last, place.end)
        subject = subject_of(clause, start, target, "active", trigger.event.own)
        if target is None and form == "noun" and subject is not None and speaks(items, subject.last):
            subject = None  # "the ministry said, in the first attack for months"
        who = acting_in_noun(clause, trigger, form, place, (subject, target))
    elif not who:
        who = elsewhere(clause, trigger, place, target)
    status = (
        _label_status(clause, trigger, place, (first, end), (subject, target))
        if form == "label"
        else _status_of_noun(clause, trigger, (first, end), target)
    )
    demanded = order.final and not who and "call" in classes(items[end : end + 6])
    if status is None or demanded:
        return []
    status = trigger.rule.status or status
    if target is not None and target.none:
        status = "denied"
    whose: tuple[str, ...] = ()
    if status == "threatened":
        who, whose = _threatening(clause, place, target, who)
    whose = whose or target_of(clause, trigger, place, target, who)
    return made(clause, trigger, place, who, whose, target, status)


def _status_of_noun(
    clause: Clause, trigger: Trigger, span: tuple[int, int], target: Object | None
) -> Status | None:
    """The status of a noun at `span`, as the words around it tell; None where it tells of nothing."""
    items, (first, end) = clause.items, span
    status = noun_status(items[:first], items[end : end + (6 if clause.language.order.final else 3)])
    if status is None and trigger.event.called:
        return "announced"  # "The unions called a strike"
    before = classes(items[max(0, first - 10) : first])
    if status == "threatened" and target is None and not before & _THREATENING:
        return None  # "prepares for a possible attack"
    if status == "done" and not trigger.event.objects:
        if "deny" in classes(items[max(0, first - 8) : first]):
            return "denied"
        if called_off(items, first, end):
            return "reversed"
    return status


def _threatening(
    clause: Clause, place: Place, target: Object | None, who: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Actor and target of a threat, where it says whom it is made to; of others the actor as it is known."""
    threatens, threatened = threatened_party(clause, place)
    if not threatens or (target is not None and target.codes and set(target.codes) != set(threatened)):
        return who, ()
    return threatens, threatened


def _label_status(
    clause: Clause,
    trigger: Trigger,
    place: Place,
    span: tuple[int, int],
    found: tuple[Subject | None, Object | None],
) -> Status | None:
    """The status of what has no verb of its own: the words from the subject on decide."""
    items, (first, end), (subject, target) = clause.items, span, found
    low = subject.last if subject is not None else clause_start(items, first, target)
    start = target.first if target is not None and target.first < first else first
    low = max([low, *(index + 1 for index in range(low, start) if items[index].has("colon"))])
    if items[0].has("if"):  # "If Prague does not relent, (Czech diplomats will have to leave)"
        low = max([low, *(index + 1 for index in range(low, start) if items[index].has("comma"))])
    zone = [
        item
        for index, item in enumerate(items[low:end], low)
        if target is None or not target.first <= index < target.last
    ]
    zone = list(without_inserted(zone))
    if clause.language.order.final:
        zone += items[place.end : place.end + 4]
    compelled = False
    if trigger.rule.needs == "order":
        compelled = any(item.has("order") and item.has("threaten") for item in zone)
        zone = [item for item in zone if not item.has("order")]
    opened = any(item.has("infinitive") for item in items[low:first])
    front = items[subject.first - 1] if subject is not None and subject.first else None
    before = items[: subject.first] if subject is not None else items[:low]
    status = verb_status("infinitive" if opened else "active", zone, before, front)
    if compelled and status == "done":  # "will have to leave", a threat where it hangs on a condition
        return future_status(items, first, end)
    return "announced" if status is None and "be" in classes(zone) else status
