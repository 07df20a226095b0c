"""The rules that see who expelled whose diplomats and who closed which mission, in English.

Codes: CAMEO 166 "Expel or withdraw" for expulsions and 161 "Reduce or break diplomatic relations" for closed
missions (Schrodt, CAMEO Codebook 1.1b3, 2012). Both belong to PLOVER's category SANCTION: modes expel and
withdraw (openeventdata/PLOVER, CAMEO2PLOVER-2021.txt; its manual names the expulsion of diplomats under
SANCTION and the deportation of other individuals under COERCE). `status` carries what PLOVER calls context.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from services.tagger import english as en
from services.tagger.phrases import Item, Items, Object, Party, diplomats, missions, parties, unique
from services.tagger.status import Status, is_past, noun_status, verb_status

Type = Literal["expulsion", "mission_closure"]

# A sentence that lacks these words holds no event; looking for them spares the work on nearly all sentences.
_EXPELLING: Final = re.compile(
    r"(?i)\b(?:expel|expuls|eject|banish|boot|evict|grata|undesirable|unwelcome|order|told|tell|ask|giv|gave"
    r"|kick|throw|threw|turf|chuck|send|sent|revok|accredit|credential|strip|allow|let|permit|instruct)"
)
_STAFF: Final = re.compile(
    r"(?i)\b(?:diplomat|attach[eé]|envoy|ambassador|consul|embass|mission|charg[eé] d|nuncio"
    r"|representation|delegation)"
)
_CLOSING: Final = re.compile(r"(?i)\b(?:clos|shut|suspen)")
_PLACES: Final = re.compile(r"(?i)\b(?:embass|consul|mission|office|commission|representation|(?:out)?post)")
_BENIGN: Final = re.compile(
    r"(?i)\bholidays?\b|\bfor (?:the|a|one|two|three|\d+) (?:day|night|weekend|week|hour)"
    r"|\bfor (?:renovation|repair|maintenance|cleaning|christmas|easter|eid|thanksgiving)"
    r"|\b(?:storm|typhoon|hurricane|cyclone|flood\w*|snow\w*|blizzard|heat ?wave|earthquake"
    r"|power cut|power outage|blackout|burst pipe|covid(?:-19)?|coronavirus|pandemic|marathon)\b"
    r"|\bto (?:the public|visitors)\b|\bopen day\b|\bearly (?:on|for)\b"
)
_FROM_A_BODY: Final = en.words(
    """
    committee council group party club association body assembly league tournament meeting hall room
    chamber forum summit conference school university academy parliament congress team academy plane
    flight hotel restaurant
    """
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One event as one sentence tells it."""

    type: Type
    rule: str
    actor: tuple[str, ...]
    target: tuple[str, ...]
    count: int | None
    status: Status


@dataclass(frozen=True, slots=True)
class Clause:
    """A sentence with what the rules ask of it; `previous`: the subject of the sentence before, for "it"."""

    text: str
    items: Items
    parties: Sequence[Party]
    previous: tuple[str, ...]
    year: int | None


@dataclass(frozen=True, slots=True)
class Subject:
    """Who does it; `members` is empty where the text names nobody.

    `zone`: the words between subject and verb; `before`: those before the subject; `ordered`: it is told to.
    """

    members: tuple[str, ...]
    zone: tuple[str, ...]
    before: tuple[str, ...]
    ordered: bool = False


def may_hold(text: str) -> bool:
    """Is the text, a sentence or more, worth a closer look?"""
    return _may_expel(text) or _may_close(text)


def _may_expel(sentence: str) -> bool:
    return _EXPELLING.search(sentence) is not None and _STAFF.search(sentence) is not None


def _may_close(sentence: str) -> bool:
    return _CLOSING.search(sentence) is not None and _PLACES.search(sentence) is not None


def find(text: str, items: Sequence[Item], previous: tuple[str, ...], year: int | None) -> list[Finding]:
    """The events that the sentence `text` with its `items` tells, unmerged."""
    clause = Clause(text, items, parties(items), previous, year)
    found: list[Finding] = []
    if _may_expel(text) and (people := diplomats(items)):
        found += _expulsions(clause, people)
    if _may_close(text) and not _BENIGN.search(text) and (places := missions(items)):
        found += _closures(clause, places)
    return found


def first_subject(items: Items) -> tuple[str, ...]:
    """Who the sentence is about: the first who acts in it."""
    return next((party.members for party in parties(items) if not party.governed and not party.owner), ())


def _expulsions(clause: Clause, people: list[Object]) -> list[Finding]:
    found: list[Finding] = []
    for index, item in enumerate(clause.items):
        rule = _RULES.get(item.low)
        if rule is not None and item.mention is None:
            found += rule(clause, people, index)
    return found


def _expelled(clause: Clause, people: list[Object], index: int) -> list[Finding]:
    items = clause.items
    participle = items[index].low in en.EXPELLED
    if not (participle and _passive_before(items, index)):
        target = _object(items, index + 1, people)
        if target is not None:
            return _active(clause, "expulsion.verb", index, target)
    return _passive(clause, people, "expulsion.passive", (index, index + 1)) if participle else []


def _object(
    items: Items, start: int, candidates: list[Object], links: frozenset[str] = en.LINKS
) -> Object | None:
    """The nearest phrase to the right that the verb before `start` can govern."""
    for phrase in candidates:
        if phrase.head < start:
            continue
        first = max(phrase.first, start)
        between = items[start:first]
        if len(between) > 7:
            return None
        words = [item.low for item in between]
        if all(word in links or en.number(word) is not None for word in words):
            return phrase
        joined = bool(words) and words[-1] in ("and", "&")
        plain = all(item.mention is None or item.mention.kind == "adjective" for item in between)
        if joined and plain and not any(word in en.PREPOSITIONS or word in en.RELATIVES for word in words):
            return phrase
        return None
    return None


def _passive_before(items: Items, index: int) -> bool:
    place = index - 1
    while place >= 0 and (items[place].low in en.ADVERBS or items[place].low in en.NEGATIONS):
        place -= 1
    return place >= 0 and items[place].low in en.BE


def _subject(clause: Clause, index: int, target: tuple[str, ...]) -> Subject | None:
    """Who does what the verb at `index` says. None: the word is no verb with a subject here."""
    items = clause.items
    ends = {party.last: party for party in clause.parties}
    zone: list[str] = []
    place = index - 1
    while place >= 0:
        party = ends.get(place + 1)
        low = items[place].low
        deciding = bool(zone) and zone[-1] in en.DECISION
        if party is not None:
            if party.governed and zone == ["to"]:
                return None
            return (
                _unnamed(clause, index, place, zone, target)
                if party.governed
                else _named(clause, party, zone)
            )
        if items[place].possessive and deciding and place in ends:
            return Subject(ends[place].members, tuple(reversed(zone)), _lows(items, ends[place].first))
        # "the" is passed only as part of "the decision to" and "on the same day".
        astray = low in en.ARTICLES and not deciding and not (zone and zone[-1] in _TIME)
        if items[place].mention is not None or low not in _SKIPPED or astray:
            break
        zone.append(low)
        place -= 1
    return _unnamed(clause, index, place, zone, target) if place >= 0 else None


def _lows(items: Items, end: int) -> tuple[str, ...]:
    return tuple(item.low for item in items[:end])


def _named(clause: Clause, party: Party, zone: list[str]) -> Subject | None:
    """The subject where a party stands right before the verb: it acts, unless it is asked to."""
    items = clause.items
    if zone == ["to"] and party.first and _is_plain_verb(items, party.first - 1):
        verb = items[party.first - 1].low
        if verb not in en.ORDER and verb not in ("forced", "forces", "obliged"):
            return None
        orderer = _subject(clause, party.first - 1, party.members)
        return replace(orderer, ordered=True) if orderer is not None else None
    return Subject(party.members, tuple(reversed(zone)), _lows(items, party.first))


def _unnamed(
    clause: Clause, index: int, place: int, zone: list[str], target: tuple[str, ...]
) -> Subject | None:
    """The subject where the word at `place`, before the verb at `index`, is no party: look further."""
    items = clause.items
    low = items[place].low
    words = tuple(reversed(zone))
    before = _lows(items, place + 1)
    gerund = items[index].low.endswith("ing")
    if low in en.PRONOUNS:
        return Subject(_antecedent(clause, place, target), words, before)
    if low in en.RELATIVES:
        earlier = [party for party in clause.parties if party.last in (place, place - 1)]
        return Subject(earlier[-1].members if earlier else (), words, before)
    counted = (
        low in en.ARTICLES or low in en.QUANTITIES or en.number(low) is not None or items[place].possessive
    )
    if place == index - 1 and (counted or (low in en.PREPOSITIONS and not gerund)):
        return None
    if gerund and low in ("for", "of", "from"):
        near = [party for party in clause.parties if party.last <= place and party.members != target]
        return Subject(near[-1].members if near else (), words, before)
    governed = any(party.last == place + 1 for party in clause.parties)
    known = governed or gerund or low in en.ANY_GOVERNMENT or low in en.CONJUNCTIONS or low in en.PREPOSITIONS
    if not known and items[place].is_word:
        wish = "to" in words and not set(words) & (en.ANNOUNCE | en.THREATEN | en.DECISION)
        return None if wish else Subject((), words, before)
    return Subject(_first_acting(clause, place + 1, target), words, before)


_TIME: Final = en.words("monday tuesday wednesday thursday friday saturday sunday week month day year night")
_SKIPPED: Final = (
    en.AUXILIARIES | en.MODALS | en.NEGATIONS | en.ADVERBS | en.DECISION | en.REVERSE | en.BEGIN | en.ARTICLES
    | (en.THREATEN - {"can"}) | en.ANNOUNCE | en.DENY | {"itself", "been", "having", "that"}
) - {"set", "drop", "lift"} | {"set"}  # fmt: skip


def _is_plain_verb(items: Items, index: int) -> bool:
    item = items[index]
    low = item.low
    joining = en.PREPOSITIONS | en.CONJUNCTIONS | en.RELATIVES | en.ARTICLES | (en.SAY - en.ORDER)
    return item.mention is None and item.text.islower() and low not in joining


def _antecedent(clause: Clause, place: int, target: tuple[str, ...]) -> tuple[str, ...]:
    same = _first_acting(clause, place, target)
    if same:
        return same
    return clause.previous if set(clause.previous).isdisjoint(target) else ()


def _first_acting(clause: Clause, end: int, target: tuple[str, ...]) -> tuple[str, ...]:
    for party in clause.parties:
        if party.last <= end and not party.governed and not party.owner and party.members != target:
            return party.members
    return ()


def _made(
    clause: Clause,
    rule: str,
    index: int,
    who: tuple[str, ...],
    target: Object,
    *,
    status: Status,
    each: bool = False,
) -> list[Finding]:
    """The finding, or one for each actor; nothing where neither side is known or a state expels its own."""
    whose = target.codes
    if (not who and not whose) or set(who) & set(whose):
        return []
    if is_past(clause.text, _offset(clause, index), clause.year) and status != "denied":
        status = "historical"
    actors = [(member,) for member in who] if each and who else [who]
    return [Finding("expulsion", rule, actor, whose, target.count, status) for actor in actors]


def _offset(clause: Clause, index: int) -> int:
    """Where the item stands in the sentence, near enough to tell what is before and behind it."""
    position = 0
    for item in clause.items[: index + 1]:
        position = clause.text.find(item.text, position)
        position += len(item.text)
    return position


def _active(clause: Clause, rule: str, index: int, target: Object, foreign: bool = False) -> list[Finding]:
    if _from_a_body(clause.items, target.last):
        return []
    subject = _subject(clause, index, target.codes)
    if subject is None or subject.ordered:
        return []
    status = verb_status(subject.zone, subject.before)
    if status is None or (foreign and (not target.codes or target.own)):
        return []
    who = subject.members
    if not who:
        who = _after(clause, target.last, ("from",), target.codes)
    return _made(clause, rule, index, who, target, status=status, each="each" in subject.zone)


def _from_a_body(items: Items, start: int) -> bool:
    for index in range(start, min(start + 8, len(items))):
        if items[index].low == "from":
            return any(item.low in _FROM_A_BODY for item in items[index + 1 : index + 7])
    return False


def _after(
    clause: Clause, start: int, words: tuple[str, ...], target: tuple[str, ...], reach: int = 10
) -> tuple[str, ...]:
    """The party behind the first of `words` within reach: "by the Norwegian government", "from Oslo"."""
    items = clause.items
    for index in range(start, min(start + reach, len(items))):
        if items[index].low in (";", ":", "and", "while", "but"):
            break
        if items[index].low in words:
            for party in clause.parties:
                if 0 <= party.first - index - 1 <= 2 and set(party.members).isdisjoint(target):
                    return party.members
            if words != ("by",):
                break
    return ()


def _passive(
    clause: Clause, people: list[Object], rule: str, verb: tuple[int, int], *, foreign: bool = False
) -> list[Finding]:
    """ "Eight Russian diplomats were expelled by Norway", "Russian diplomats expelled from Oslo".

    `verb`: its place and the place behind it. `foreign`: only where both sides are known, for what a state
    also does to its own diplomats.
    """
    items = clause.items
    index, end = verb
    place = index - 1
    zone: list[str] = []
    while (
        place >= 0
        and items[place].mention is None
        and items[place].low in _SKIPPED
        and items[place].low not in en.ARTICLES
    ):
        zone.append(items[place].low)
        place -= 1
    words = tuple(reversed(zone))
    target = _patient(clause, people, place)
    if target is None or _from_a_body(items, end - 1):
        return []
    status = verb_status(words, tuple(item.low for item in items[: target.first]))
    if status is None:
        status = "announced" if set(words) & {"be", "to"} else None
    if status is None:
        return []
    if items[target.first].low == "no" or (target.first and items[target.first - 1].low == "no"):
        status = "denied"
    who = _after(clause, end, ("by",), target.codes) or _after(
        clause, end, ("from", "in"), target.codes, reach=4
    )
    if foreign and not (who and target.codes):
        return []
    return _made(clause, rule, index, who, target, status=status)


def _patient(clause: Clause, people: list[Object], place: int) -> Object | None:
    """The diplomats to whom it is done: right before the verb, or before "from …", ", accused of …,"."""
    items = clause.items
    for phrase in reversed(people):
        if phrase.head > place:
            continue
        last = min(phrase.last, place + 1)
        between = items[last : place + 1]
        if not between:
            return phrase
        if len(between) > 12 or between[0].low not in en.POST_MODIFIERS:
            return None
        if any(item.low in en.SAY or item.low in (";", ":", "and") for item in between):
            return None
        if any(party.last == place + 1 and not party.governed for party in clause.parties):
            return None
        return phrase
    return None


def _expulsion_noun(clause: Clause, people: list[Object], index: int) -> list[Finding]:
    items = clause.items
    if index + 1 >= len(items) or items[index + 1].low != "of":
        return []
    target = _object(items, index + 2, people)
    if target is None or _from_a_body(items, target.last):
        return []
    status = noun_status(items, index)
    if status is None:
        return []
    who: tuple[str, ...] = ()
    for party in clause.parties:
        if (party.owner and party.last + 1 <= index <= party.last + 3) or party.last == index:
            who = party.members
    place = index - 1
    adjective = items[place].mention if place >= 0 else None
    if not who and adjective is not None and adjective.kind in ("adjective", "name", "organisation"):
        who = (adjective.code,)
    if not who:
        who = _after(clause, target.last, ("by",), target.codes) or _after(
            clause, target.last, ("from",), target.codes, reach=3
        )
    if not who:
        while place >= 0 and (items[place].low in en.ARTICLES or items[place].low in ("mass", "tit-for-tat")):
            place -= 1
        carried = en.CARRY_OUT | en.REVERSE | en.THREATEN | en.DENY
        if place >= 0 and items[place].low in carried:
            subject = _subject(clause, place, target.codes)
            who = subject.members if subject is not None else ()
    who = who if set(who).isdisjoint(target.codes) else ()
    return _made(clause, "expulsion.noun", index, who, target, status=status)


def _thrown(clause: Clause, people: list[Object], index: int) -> list[Finding]:
    items = clause.items
    low = items[index].low
    ends = ("home", "packing", "back") if low in en.SEND else ("out",)
    adjacent = index + 1 < len(items) and items[index + 1].low in ends
    if (low in en.THROWN or low == "sent") and adjacent and _passive_before(items, index):
        return _passive(clause, people, "expulsion.passive", (index, index + 2), foreign=low == "sent")
    target = _object(items, index + 1, people)
    if target is None:
        if adjacent and (low in en.THROWN):
            return _passive(clause, people, "expulsion.passive", (index, index + 2))
        return []
    if not adjacent and not any(item.low in ends for item in items[target.last : target.last + 2]):
        return []
    return _active(clause, "expulsion.thrown-out", index, target, foreign=True)


_LEAVING: Final = en.words("leave depart quit")


def _ordered(clause: Clause, people: list[Object], index: int) -> list[Finding]:
    items = clause.items
    tail = {item.low for item in items[index + 1 : index + 9]}
    passive = items[index].low in ("ordered", "told", "asked", "instructed", "given")
    if passive and tail & (_LEAVING | {"out"}):
        direct = index + 1 < len(items) and (
            items[index + 1].low in ("to", "out", "by") or en.number(items[index + 1].low)
        )
        if direct and (_passive_before(items, index) or _patient(clause, people, index - 1) is not None):
            return _passive(clause, people, "expulsion.ordered-out", (index, index + 1), foreign=True)
    target = _object(items, index + 1, people)
    if target is None:
        return []
    rest = [item.low for item in items[target.last : target.last + 10]]
    out = any(word in _LEAVING for word in rest) or rest[:1] == ["out"] or "expelled" in rest[:3]
    if not out and items[index + 1].low != "out":
        return []
    return _active(clause, "expulsion.ordered-out", index, target, foreign=True)


def _declared(clause: Clause, people: list[Object], index: int) -> list[Finding]:
    items = clause.items
    rest = [item.low for item in items[index + 1 : index + 30]]
    unwelcome = [
        at for at, word in enumerate(rest) if word in ("grata", "gratae", "undesirable", "unwelcome")
    ]
    if not unwelcome:
        return []
    end = index + 2 + unwelcome[0]
    if items[index].low in ("declared", "labelled", "labeled", "named", "branded") and unwelcome[0] <= 3:
        subject = _patient(clause, people, _before_auxiliaries(items, index))
        if subject is not None:
            return _passive(clause, people, "expulsion.non-grata", (index, end))
    target = _object(items, index + 1, people)
    if target is None:
        target = _object(items, end, people)
    return _active(clause, "expulsion.non-grata", index, target) if target is not None else []


def _before_auxiliaries(items: Items, index: int) -> int:
    place = index - 1
    while (
        place >= 0
        and items[place].mention is None
        and items[place].low in _SKIPPED
        and items[place].low not in en.ARTICLES
    ):
        place -= 1
    return place


def _revoked(clause: Clause, people: list[Object], index: int) -> list[Finding]:
    items = clause.items
    for place in range(index + 1, min(index + 5, len(items))):
        if items[place].low in en.CREDENTIALS:
            if place + 1 < len(items) and items[place + 1].low in ("of", "for", "from"):
                target = _object(items, place + 2, people)
                if target is not None:
                    return _active(clause, "expulsion.credentials", index, target)
            return []
    if items[index].low.startswith("strip"):
        target = _object(items, index + 1, people)
        if target is not None and any(
            item.low in en.CREDENTIALS for item in items[target.last : target.last + 5]
        ):
            return _active(clause, "expulsion.credentials", index, target)
    return []


def _credentials_passive(clause: Clause, people: list[Object], index: int) -> list[Finding]:
    items = clause.items
    if index + 1 >= len(items) or items[index + 1].low not in ("of", "for"):
        return []
    target = _object(items, index + 2, people)
    if target is None:
        return []
    for place in range(target.last, min(target.last + 6, len(items))):
        if items[place].low in en.REVOKE and _passive_before(items, place):
            words = tuple(item.low for item in items[target.last : place])
            status = verb_status(words, ())
            who = _after(clause, place, ("by",), target.codes)
            return _made(clause, "expulsion.credentials", place, who, target, status=status) if status else []
    return []


def _returned(clause: Clause, people: list[Object], index: int) -> list[Finding]:
    items = clause.items
    target = next((phrase for phrase in people if index < phrase.head <= index + 10), None)
    words = [item.low for item in items]
    if target is None or "return" not in words[target.last : target.last + 6]:
        return []
    if not any(word in en.EXPELLED or word in en.EXPULSION for word in words):
        return []
    subject = _subject(clause, index, target.codes)
    if subject is None or set(subject.zone) & en.NEGATIONS:
        return []
    return _made(clause, "expulsion.return", index, subject.members, target, status="reversed")


_RULES: Final = {
    word: rule
    for words, rule in (
        (en.EXPULSION, _expulsion_noun),
        (en.EXPEL | en.EXPELS | en.EXPELLED | en.EXPELLING, _expelled),
        (en.THROW | en.SEND, _thrown),
        (en.ORDER, _ordered),
        (en.DECLARE, _declared),
        (en.REVOKE, _revoked),
        (en.CREDENTIALS, _credentials_passive),
        (en.ALLOW, _returned),
    )
    for word in words
}


def _closures(clause: Clause, places: list[Object]) -> list[Finding]:
    items = clause.items
    found: list[Finding] = []
    links = en.LINKS | en.OPERATIONS | {"of", "at"}
    for index, item in enumerate(items):
        low = item.low
        if item.mention is not None:
            continue
        if low in en.CLOSURE and index + 1 < len(items) and items[index + 1].low == "of":
            target = _object(items, index + 2, places, links)
            if target is not None:
                found += _closure_noun(clause, index, target)
                continue
        if low in en.CLOSE or low in en.CLOSES or low in en.CLOSED or low in en.CLOSING:
            target = None
            if not (low in en.CLOSED and _passive_before(items, index)):
                suspended = low.startswith("suspen")
                target = _object(items, index + 1, places, links if suspended else en.LINKS)
            if target is not None:
                found += _closure_active(clause, index, target)
            elif low in en.CLOSED:
                found += _closure_passive(clause, index, places)
    return found


def _closure_active(clause: Clause, index: int, target: Object) -> list[Finding]:
    subject = _subject(clause, index, ())
    if subject is None:
        return []
    if subject.ordered:
        party = next((each for each in reversed(clause.parties) if each.last <= index), None)
        owner = target.codes or (party.members if party is not None else ())
        return _closed(clause, "mission_closure.ordered", index, subject.members, owner, status="done")
    status = verb_status(subject.zone, subject.before)
    if status is None:
        return []
    who = subject.members
    whose = tuple(code for code in target.codes if code not in who)
    if not whose:
        whose = tuple(code for code in target.accredited or target.host if code not in who)
    return _closed(clause, "mission_closure.verb", index, who, whose, status=status)


def _closure_noun(clause: Clause, index: int, target: Object) -> list[Finding]:
    status = noun_status(clause.items, index)
    if status is None:
        return []
    who: tuple[str, ...] = ()
    for party in clause.parties:
        if party.owner and party.last + 1 <= index <= party.last + 3:
            who = party.members
    if not who:
        who = _after(clause, target.last, ("by",), ())
    place = index - 1
    while place >= 0 and clause.items[place].low in en.ARTICLES:
        place -= 1
    if (
        not who
        and place >= 0
        and clause.items[place].low in en.CARRY_OUT | en.REVERSE | en.THREATEN | en.DENY
    ):
        subject = _subject(clause, place, ())
        who = subject.members if subject is not None else ()
    whose = tuple(code for code in target.codes if code not in who)
    if who and not whose:
        whose = tuple(code for code in target.accredited or target.host if code not in who)
    return _closed(clause, "mission_closure.noun", index, who, whose, status=status)


def _closure_passive(clause: Clause, index: int, places: list[Object]) -> list[Finding]:
    items = clause.items
    place = _before_auxiliaries(items, index)
    words = tuple(item.low for item in items[place + 1 : index])
    if not set(words) & {"was", "were", "been", "be", "being"}:
        return []
    target = next((each for each in reversed(places) if each.head <= place), None)
    if target is None:
        return []
    between = items[target.last : place + 1]
    if len(between) > 4 or (between and between[0].low not in ("in", "to")):
        return []
    status = verb_status(words, tuple(item.low for item in items[: target.first]))
    if status is None:
        status = "announced" if "be" in words and "to" in words else None
    if status is None:
        return []
    who = _after(clause, index + 1, ("by",), ())
    whose = tuple(code for code in target.codes if code not in who)
    return _closed(clause, "mission_closure.passive", index, who, whose, status=status)


def _closed(
    clause: Clause, rule: str, index: int, who: tuple[str, ...], whose: tuple[str, ...], *, status: Status
) -> list[Finding]:
    if not who and not whose:
        return []
    if status != "denied" and is_past(clause.text, _offset(clause, index), clause.year):
        status = "historical"
    return [Finding("mission_closure", rule, unique(who), unique(whose), None, status)]
