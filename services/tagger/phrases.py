"""A sentence as words with their mentions, and the phrases that the event rules ask for.

Nothing here parses: every function looks a few words to the left or right and gives up early, so that a
sentence that is not understood gives nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.tagger import english as en
from services.tagger.gazetteer import Mention
from services.tagger.words import Token


@dataclass(frozen=True, slots=True)
class Item:
    """One token, or all the tokens of one mention."""

    text: str
    low: str
    mention: Mention | None

    @property
    def is_word(self) -> bool:
        return self.text[0].isalnum()

    @property
    def possessive(self) -> bool:
        return self.low in ("'s", "’s")


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who can act: a state, organisation, person or ministry, or several joined by "and".

    `members` are the codes one by one; `governed`: stands behind a preposition; `owner`: stands before 's.
    """

    first: int
    last: int
    members: tuple[str, ...]
    governed: bool = False
    owner: bool = False


@dataclass(frozen=True, slots=True)
class Object:
    """Those who are expelled, or what is closed."""

    first: int
    head: int
    last: int
    codes: tuple[str, ...]
    count: int | None = None
    own: bool = False
    host: tuple[str, ...] = ()
    accredited: tuple[str, ...] = ()


Items = Sequence[Item]


def unique(codes: Sequence[str]) -> tuple[str, ...]:
    """The codes without repetitions, in order."""
    return tuple(dict.fromkeys(code for code in codes if code))


def to_items(tokens: Sequence[Token], mentions: Sequence[Mention], text: str) -> list[Item]:
    """`mentions` count in `tokens`; the mention of several tokens becomes one item."""
    starts = {mention.first: mention for mention in mentions}
    items: list[Item] = []
    index = 0
    while index < len(tokens):
        mention = starts.get(index)
        if mention is None:
            items.append(Item(tokens[index].text, tokens[index].text.lower(), None))
            index += 1
            continue
        phrase = text[tokens[index].start : tokens[mention.last - 1].end]
        items.append(Item(phrase, phrase.lower(), mention))
        index = mention.last
    return items


def parties(items: Items) -> list[Party]:
    """Everybody in the sentence who can act, joined by commas and "and", in order."""
    single: list[Party] = []
    index = 0
    while index < len(items):
        party = _party(items, index)
        if party is None:
            index += 1
            continue
        if not single or party.first >= single[-1].last:
            single.append(party)
        index = max(party.last, index + 1)
    return _joined(items, single)


def _party(items: Items, index: int) -> Party | None:
    mention = items[index].mention
    if mention is None or mention.kind in ("place", "phrase"):
        return None
    head = _government(items, index + 1)
    first, last = index, index + 1
    if head is not None:
        last = _names(items, head + 1)
    elif mention.kind == "adjective":
        people = items[index].low.endswith("s") and mention.entry.name != "Switzerland"
        nation = index > 0 and items[index - 1].low == "the" and _is_verb_like(items, index + 1)
        if not (people or nation) or _is_noun_like(items, index + 1):
            return None
    if head is None and index >= 2 and mention.kind in ("name", "organisation"):
        before = index - 1 if items[index - 1].low != "the" else index - 2
        if before >= 1 and items[before].low == "of" and items[before - 1].low in en.GOVERNMENT:
            first = before - 1
            last = _names(items, last)
    owner = last < len(items) and items[last].possessive
    code = mention.code
    if last > index + 1:
        acting = [
            each.mention.code
            for each in items[index + 1 : last]
            if each.mention and each.mention.kind == "person"
        ]
        code = acting[-1] if acting else code
    return Party(first, last, (code,), governed=_governed(items, first), owner=owner)


def _government(items: Items, start: int) -> int | None:
    """Where the ministry, minister or chief stands behind a state's name ("Russia's new premier")."""
    found = None
    for index in range(start, min(start + 5, len(items))):
        item = items[index]
        if item.possessive and index == start:
            continue
        if item.low in en.GOVERNMENT:
            found = index
            continue
        if found is not None or not item.text[0].isalpha() or item.mention is not None:
            break
        if item.low in en.PREPOSITIONS or item.low in en.CONJUNCTIONS or item.low in en.AUXILIARIES:
            break
        if item.low in en.DIPLOMATS or item.low in en.STAFF_OF or item.low in en.SAY or item.low in en.MODALS:
            break
    return found


def _names(items: Items, index: int) -> int:
    """The end of the personal name that starts at `index`, if one does."""
    end = index
    while end < len(items) and end < index + 4:
        item = items[end]
        person = item.mention is not None and item.mention.kind == "person"
        if not person and not (item.mention is None and item.text[0].isupper() and len(item.text) > 1):
            break
        end += 1
    return end


def _is_verb_like(items: Items, index: int) -> bool:
    if index >= len(items):
        return False
    low = items[index].low
    return (
        low in en.AUXILIARIES or low in en.MODALS or low in en.EXPELLED or low in en.EXPEL or low in en.CLOSED
    )


def _is_noun_like(items: Items, index: int) -> bool:
    return index < len(items) and (items[index].low in en.DIPLOMATS or items[index].low in en.STAFF_OF)


def _governed(items: Items, first: int) -> bool:
    index = first - 1
    while index >= 0 and index > first - 4:
        low = items[index].low
        if low in en.PREPOSITIONS:
            return low not in (
                "after",
                "before",
                "as",
                "while",
                "if",
                "when",
                "since",
                "until",
                "because",
                "than",
            )
        if low not in en.ARTICLES and not (
            items[index].text.islower() and low not in en.CONJUNCTIONS and index == first - 1
        ):
            return False
        if low in en.SAY or low in en.MODALS or low.endswith("ed"):
            return False
        index -= 1
    return False


def _joined(items: Items, single: list[Party]) -> list[Party]:
    groups: list[Party] = []
    for party in single:
        if groups:
            gap = [item.low for item in items[groups[-1].last : party.first]]
            if gap and not groups[-1].owner and all(low in (",", "and", "&", "the", "both") for low in gap):
                previous = groups.pop()
                members = unique((*previous.members, *party.members))
                groups.append(Party(previous.first, party.last, members, previous.governed, party.owner))
                continue
        groups.append(party)
    return groups


def diplomats(items: Items) -> list[Object]:
    """Every phrase that names diplomats or the staff of a mission, with whose and how many."""
    found: list[Object] = []
    for index, item in enumerate(items):
        low = item.low
        following = items[index + 1] if index + 1 < len(items) else None
        head, last = index, index + 1
        post: tuple[str, ...] = ()
        if low in ("chargé", "charge"):
            if following is None or not following.low.startswith("d"):
                continue
        elif low in en.STAFF:
            behind = _staff(items, index)
            if behind is None:
                continue
            last, post = behind
        elif low not in en.DIPLOMATS or item.mention is not None:
            continue
        if following is not None and (
            following.possessive or following.low in en.KIN or following.low in en.STAFF
        ):
            continue
        phrase = _noun_phrase(items, head, last, post)
        if phrase is not None:
            found.append(phrase)
    return found


def _staff(items: Items, index: int) -> tuple[int, tuple[str, ...]] | None:
    """Where the staff of a mission ends, and whose it is as far as that stands behind: "officers at …"."""
    before = items[index - 1].low if index else ""
    if before in en.STAFF_OF:
        return index + 1, ()
    if before == "intelligence" and any(
        item.low in ("diplomat", "diplomats", "diplomatic") for item in items[index + 1 : index + 6]
    ):
        return index + 1, ()
    return _post(items, index + 1)


def _post(items: Items, index: int) -> tuple[int, tuple[str, ...]] | None:
    """ "of Russia's mission to NATO" at `index`: where it ends and whose mission it is."""
    if index >= len(items) or items[index].low not in ("of", "at", "from", "in"):
        return None
    codes: list[str] = []
    for place in range(index + 1, min(index + 7, len(items))):
        item = items[place]
        if item.mention is not None and not codes:
            codes.append(item.mention.code)
        elif item.low in en.POSTS:
            certain = item.low.startswith(("embass", "consul")) or items[place - 1].low in (
                "diplomatic",
                "permanent",
            )
            return (place + 1, unique(codes)) if codes or certain else None
        elif item.low in en.PREPOSITIONS or not (item.is_word or item.possessive):
            return None
    return None


def _noun_phrase(items: Items, head: int, last: int, post: tuple[str, ...]) -> Object | None:
    """What stands before the noun at `head`: how many, whose. None: a former ambassador, a goodwill envoy."""
    first, unknown, own = head, 0, False
    codes: list[str] = []
    counts: list[int] = []
    for index in range(head - 1, -1, -1):
        low = items[index].low
        mention = items[index].mention
        if mention is not None:
            if mention.kind == "person" and not items[index + 1].possessive:
                break
            codes.insert(0, mention.code)
        elif (value := _count(items, index)) is not None:
            counts.append(value)
        elif low in en.ARTICLES or low in _DETERMINERS:
            own = own or low in en.OWN
        elif not _joins(items, index) and low not in en.QUANTITIES:
            if low in _NOT_IN_OFFICE:
                return None
            unknown += 1
            if unknown > _ADJECTIVES or not _describes(items[index]):
                break
        first = index
    whose = unique(codes) or post
    if not whose:
        last, whose = _belonging(items, last)
    several = {item.low for item in items[first:head]} & (en.QUANTITIES | _EVERY)
    one = 1 if items[head].low in en.SINGULAR and not several else None
    return Object(first, head, last, whose, counts[0] if counts else one, own)


_ADJECTIVES: Final = 4
_EVERY: Final = en.words("every any no all")
_DETERMINERS: Final = en.words("all both another more further additional own every no")
_NOT_IN_OFFICE: Final = en.words(
    "former ex- retired late goodwill brand then student future next club fan youth tourism team peace"
)


def _count(items: Items, index: int) -> int | None:
    return _dozens(items, index) if items[index].low == "dozen" else en.number(items[index].low)


def _joins(items: Items, index: int) -> bool:
    """Does the word only hold the phrase together: 's, "of" after a quantity, "and" between nations?"""
    low = items[index].low
    before = items[index - 1] if index else None
    if items[index].possessive:
        return True
    if before is None:
        return False
    if low == "of":
        return (
            en.number(before.low) is not None or before.low in en.QUANTITIES or before.low in ("all", "group")
        )
    if low in ("'", "’"):
        return before.mention is not None
    return low in ("and", ",", "&") and before.mention is not None and items[index + 1].mention is not None


def _dozens(items: Items, index: int) -> int | None:
    before = items[index - 1].low if index else ""
    if before in ("a", "an", "one"):
        return 12
    times = en.number(before)
    return None if times is None else 12 * times


def _describes(item: Item) -> bool:
    """Can the word stand before a noun as an adjective, as far as its form tells?"""
    low = item.low
    if not low[0].isalpha() or low in en.PREPOSITIONS or low in en.CONJUNCTIONS or low in en.RELATIVES:
        return False
    if low in en.PRONOUNS or low in en.AUXILIARIES or low in en.MODALS or low in en.SAY or low in en.EXPELLED:
        return False
    if low in en.EXPEL or low in en.EXPELS or low in en.CLOSED or low in en.CLOSES or low in en.CLOSE:
        return False
    if low in en.EXPELLING or low in en.CLOSING or low in en.ORDER or low in en.DECLARE or low in en.THROW:
        return False
    if (
        low in en.SEND
        or low in en.REVOKE
        or low in en.ALLOW
        or low in ("out", "home", "grata", "gratae", "accused")
    ):
        return False
    if low in en.DIPLOMATS or low in en.NEGATIONS:
        return False
    if low in en.DESCRIBING:
        return True
    return not low.endswith("ing") and (
        not low.endswith("s") or low.endswith(("ous", "less")) or low == "consulate-general"
    )


def _belonging(items: Items, last: int) -> tuple[int, tuple[str, ...]]:
    """ "from Russia", "at the Russian embassy" behind the head."""
    if last < len(items) and items[last].low in ("of", "at", "from", "with", "in"):
        behind = _post(items, last)
        if behind is not None:
            return behind
        place = last + 1
        if items[last].low in ("from", "of") and place < len(items):
            if items[place].low == "the":
                place += 1
            if place < len(items):
                mention = items[place].mention
                if mention is not None and mention.kind in ("name", "organisation"):
                    return place + 1, (mention.code,)
    return last, ()


def missions(items: Items) -> list[Object]:
    """Every phrase that names an embassy, a consulate, a diplomatic mission or an organisation's office."""
    found: list[Object] = []
    for index, item in enumerate(items):
        if item.low not in _PLACES:
            continue
        last = index + 1
        if last < len(items) and items[last].low == "general":
            last += 1
        phrase = _noun_phrase(items, index, last, ())
        if phrase is None or not _bare(items, last):
            continue
        accredited = _place(items, last, "to")
        if _is_mission(items, phrase, bool(accredited)):
            host = _place(items, last + 2 if accredited else last, "in")
            found.append(Object(phrase.first, index, last, phrase.codes, None, phrase.own, host, accredited))
    return found


_PLACES: Final = en.words(
    """
    embassy embassies consulate consulates consulate-general commission commissions mission missions office
    offices representation post posts outpost outposts
    """
)


def _is_mission(items: Items, phrase: Object, accredited: bool) -> bool:
    """Is it surely a diplomatic one? Missions, offices and posts are of many kinds."""
    low = items[phrase.head].low
    inside = items[phrase.first : phrase.head]
    words = {item.low for item in inside}
    if low.startswith(("embass", "consul")):
        return True
    if low.startswith("commission"):
        return "high" in words
    if words & {"diplomatic", "permanent", "liaison", "representative"}:
        return True
    if low.startswith("mission"):
        return accredited and not words & _OTHER_MISSIONS
    return low.startswith("office") and _owned_by_organisation(inside)


def _owned_by_organisation(inside: Items) -> bool:
    """ "NATO's two", "the alliance's": nothing but a number may stand behind the organisation."""
    for place, item in enumerate(inside):
        if item.mention is not None and item.mention.kind in ("organisation", "anaphor"):
            return all(each.possessive or en.number(each.low) is not None for each in inside[place + 1 :])
    return False


_OTHER_MISSIONS: Final = en.words(
    """
    training peacekeeping monitoring observer observation rescue military space aid trade naval fact-finding
    combat stabilisation stabilization assistance
    """
)


def _bare(items: Items, last: int) -> bool:
    """Is the head the last noun of its phrase? ("embassy employees" is not about an embassy.)"""
    if last >= len(items):
        return True
    item = items[last]
    if not item.is_word and not item.possessive:
        return True
    low = item.low
    known = en.PREPOSITIONS | en.CONJUNCTIONS | en.ADVERBS | en.AUXILIARIES | en.MODALS | en.RELATIVES
    return low in known or low in en.CLOSED or low in en.CLOSES or low.isdigit()


def _place(items: Items, index: int, word: str) -> tuple[str, ...]:
    if index + 1 >= len(items) or items[index].low != word:
        return ()
    place = index + 2 if items[index + 1].low == "the" and index + 2 < len(items) else index + 1
    for at in range(place, min(place + 3, len(items))):
        mention = items[at].mention
        if mention is not None:
            return (mention.code,)
        if items[at].low in ("and", ",") or not items[at].is_word or items[at].low in en.PREPOSITIONS:
            return ()
    return ()
