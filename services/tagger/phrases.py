"""A sentence as words with their classes, and the phrases that the event rules ask for, in any language.

Nothing here parses: every function looks a few words to the left or right and gives up early, so that a
sentence that is not understood gives nothing. What a word can be is said by the language's file.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.tagger.gazetteer import Mention
from services.tagger.lexicon import Match
from services.tagger.model import Language, Order, Trigger, Word
from services.tagger.words import Token, Tokens

NONE: Final[frozenset[str]] = frozenset()
PREPOSITIONS: Final = frozenset(
    ("by", "from", "in", "of", "to", "with", "against", "on", "between", "preposition")
)
POSTPOSITIONS: Final = {
    "post_by": "by",
    "post_from": "from",
    "post_in": "in",
    "located": "in",
    "post_to": "to",
    "post_with": "with",
    "post_against": "against",
    "possessive": "of",
    "object_mark": "object",
}
# Words between a verb and its object, or inside a phrase, that say nothing about either.
LIGHT: Final = frozenset(
    (
        *("article", "determiner", "own", "adverb", "quantity", "be", "have", "auxiliary", "time", "counter"),
        *(
            "object_mark",
            "mutual",
            "future",
            "negation",
            "order",
            "declare",
            "carry_out",
            "retaliation",
            "out",
            "credentials",
        ),
    )
)
# What only tells whether a rule is meant; in a phrase, such a word is as good as unknown.
CONTEXT: Final = frozenset(
    """
    idiom sport market fashion weather lorries menace blacklist networks militants vehicle office_of_state
    called_off weapons bombs crowd arts yesterday today tomorrow town
    soldiers assets entry killed hackers workers
    """.split()  # noqa: SIM905 (a list of quoted words would be three times as long)
)
_STOPS: Final = frozenset(("relative", "semicolon", "kin"))


@dataclass(frozen=True, slots=True)
class Item:
    """One token, or all the tokens of one phrase. `key`: folded; `hyphen`: a hyphen follows it."""

    text: str
    key: str
    start: int
    end: int
    classes: frozenset[str] = NONE
    mention: Mention | None = None
    triggers: tuple[Trigger, ...] = ()
    number: int | None = None
    hyphen: bool = False

    @property
    def is_word(self) -> bool:
        return self.text[0].isalnum()

    def has(self, *classes: str) -> bool:
        """Is it of one of the classes?"""
        return bool(self.classes) and not self.classes.isdisjoint(classes)

    @property
    def unknown(self) -> bool:
        """Is it a word of which nothing is known?"""
        return self.is_word and self.mention is None and self.number is None and self.classes <= CONTEXT


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who can act: a state, organisation, person or ministry, or several joined by "and".

    `members` are the codes one by one; `governed`: the class of its preposition, or "" for a subject.
    """

    first: int
    last: int
    members: tuple[str, ...]
    governed: str = ""
    owner: bool = False
    marked: bool = False


Items = Sequence[Item]


def unique(codes: Sequence[str]) -> tuple[str, ...]:
    """The codes without repetitions, in order."""
    return tuple(dict.fromkeys(code for code in codes if code))


def to_items(
    field: tuple[str, Tokens, Sequence[Mention], Sequence[Match]],
    span: tuple[int, int],
    language: Language,
) -> list[Item]:
    """The tokens `span` (first, last) of a field (its content, tokens, mentions, key matches) as items.

    A mention or a phrase of several words is one item; the longest wins, mentions before others.
    """
    content, tokens, mentions, keys = field
    first, last = span
    named: dict[int, Mention] = {}
    place = bisect_left(mentions, first, key=lambda mention: mention.first)
    for mention in mentions[place:]:
        if mention.last > last:
            break
        named[mention.first] = mention
    meanings: dict[int, dict[int, list[Word | Trigger]]] = {}
    low = bisect_left(keys, first, key=lambda match: match.first)
    inside = keys[low : bisect_left(keys, last, key=lambda match: match.first)]
    for match in (*inside, *language.grammar.matches(tokens, first, last)):
        if not isinstance(match.meaning, Word | Trigger) or match.last > last:
            continue
        spelling = match.meaning.spelling
        if not spelling or language.code == "ar" or spelling == tokens[match.first].text.lower():
            meanings.setdefault(match.first, {}).setdefault(match.last, []).append(match.meaning)
    items: list[Item] = []
    found: Sequence[Word | Trigger]
    index = first
    while index < last:
        token, here = tokens[index], named.get(index)
        if token.text in _QUOTES:
            index += 1
            continue
        end, found = index + 1, ()
        if here is not None:
            end = here.last
        elif index in meanings:
            end, found = _longest(meanings[index], index, named)
        stop = token.end if end == index + 1 else tokens[end - 1].end
        classes = _classes(token, found, language)
        if token.text == "قد" and end < last and tokens[end].text[0] not in "يتنأ":
            classes -= {"can"}  # before a verb in the past it says that it is done
        day = language.code == "ar" and "adverb" in classes  # Monday (الاثنين) is called "the second"
        items.append(
            Item(
                text=token.text if end == index + 1 else content[token.start : stop],
                key=token.key if end == index + 1 else " ".join(tokens.keys[index:end]),
                start=token.start,
                end=stop,
                classes=classes or _MARKS.get(token.text, NONE),
                mention=here,
                triggers=tuple([each for each in found if isinstance(each, Trigger)]) if found else (),
                number=None if here is not None or day else _counted(token, end > index + 1, language),
                hyphen=end < len(tokens) and content[stop : tokens.starts[end]] in ("-", "‑"),
            )
        )
        index = end
    return _relatives(_compounds(items, language.code), language)


def _classes(token: Token, found: Sequence[Word | Trigger], language: Language) -> frozenset[str]:
    """All the classes of what begins with the token."""
    classes = NONE
    for each in found:
        if isinstance(each, Word):
            classes = classes | each.classes if classes else each.classes
    if (
        "own" in classes
        and language.code == "ar"
        and (token.text.startswith("ال") or token.text.endswith("ة"))
    ):
        return classes - {"own"}  # the ambassador (السفيرة) is not his (سفيره)
    return classes


def _relatives(items: list[Item], language: Language) -> list[Item]:
    """Articles behind a comma that open a relative clause: ", die (als Diplomaten …)", not ", die Türkei"."""
    words = language.order.relatives
    if not words:
        return items
    for index in range(1, len(items) - 1):
        item, following = items[index], items[index + 1]
        if item.key in words and items[index - 1].has("comma") and not following.has("government"):
            noun = following.text[0].isupper() and (following.mention is None or not following.unknown)
            if not noun or following.classes & PREPOSITIONS:
                items[index] = replace(item, classes=item.classes | {"relative"})
    return items


def _longest(
    by_end: Mapping[int, list[Word | Trigger]], index: int, named: Mapping[int, Mention]
) -> tuple[int, list[Word | Trigger]]:
    """The end and the meanings of the longest phrase at `index` that has no name in it."""
    for end in sorted(by_end, reverse=True):
        if not any(place in named for place in range(index + 1, end)):
            return end, by_end[end]
    return index + 1, []


_QUOTES: Final = frozenset('«»“”„"‹›「」『』《》')  # they part nothing
_COMMA: Final = frozenset(("comma",))
_MARKS: Final = {
    ",": _COMMA,
    "،": _COMMA,
    "、": _COMMA,
    "，": _COMMA,
    ";": frozenset(("semicolon",)),
    "；": frozenset(("semicolon",)),
    "؛": frozenset(("semicolon",)),
    ":": frozenset(("colon",)),
    "：": frozenset(("colon",)),
    "&": frozenset(("and",)),
    ":s": frozenset(("possessive",)),  # USA:s
}
_HAN: Final = {character: value for value, character in enumerate("一二三四五六七八九十", 1)} | {
    "两": 2,
    "兩": 2,
}


def _counted(token: Token, phrase: bool, language: Language) -> int | None:
    """The number that the first token of an item is, unless it is a character of a word, as in 两国."""
    return None if phrase and language.code in ("zh", "ja") else _number(token, language)


def _number(token: Token, language: Language) -> int | None:
    text = token.text
    if text[0].isdigit():
        digits = text.replace(",", "").replace(".", "")
        return int(digits) if digits.isdecimal() and len(digits) < 7 else None
    if language.code == "ar" and text.startswith("ال") and text.lstrip("الـ").isdecimal():
        return int(text.lstrip("الـ")[:7])
    if language.code == "ar" and token.key.startswith("و") and token.key[1:] in language.numbers:
        return language.numbers[token.key[1:]]
    if text in _HAN and language.code in ("zh", "ja"):
        return _HAN[text]
    return language.numbers.get(token.key)


def _follows_ones(item: Item, value: int) -> bool:
    """Arabic says the ones first, then "ten", or "and twenty" in one word: خمسة وعشرين."""
    return value == 10 or (value >= 20 and item.text.startswith("و"))


def _compounds(items: list[Item], code: str) -> list[Item]:
    """ "twenty five", "veinte y cinco", 二十五 as one number; "two dozen" as 24."""
    made: list[Item] = []
    index = 0
    while index < len(items):
        item = items[index]
        value, last = item.number, index + 1
        if value is None and "dozen" not in item.classes:
            made.append(item)
            index = last
            continue
        while value is not None and last < len(items) and not item.text[0].isdigit():
            step = 2 if items[last].has("and") and last + 1 < len(items) else 1
            ones = items[last + step - 1].number
            if ones is None or items[last + step - 1].text[0].isdigit():
                break
            if code in ("zh", "ja") and ones == 10 and value < 10:
                value = value * 10
            elif code == "fr" and value == 4 and ones == 20:
                value = 80
            elif (code == "ar" and value < 10 and _follows_ones(items[last], ones)) or (
                (
                    code == "fr"
                    and ((value == 10 and 7 <= ones <= 9) or (value in (60, 80) and 10 <= ones < 20))
                )
                or (20 <= value < 100 and value % 10 == 0 and 0 < ones < 10)
                or (code == "tr" and value == 10 and 0 < ones < 10)
                or (code in ("zh", "ja") and value % 10 == 0 and ones < 10)
            ):
                value += ones
            else:
                break
            last += step
        if value is not None and last < len(items) and items[last].has("dozen"):
            value, last = value * 12, last + 1
        elif value is None and item.has("dozen"):
            before = made[-1] if made else None
            value = 12 if before is not None and before.has("article") else None
        if last > index + 1:
            item = replace(item, text=f"{item.text} {items[last - 1].text}", end=items[last - 1].end)
        made.append(item if value == item.number else replace(item, number=value))
        index = last
    return made


def parties(items: Items, order: Order) -> list[Party]:
    """Everybody in the sentence who can act, joined by commas and "and", in order."""
    single: list[Party] = []
    index = 0
    while index < len(items):
        party = _party(items, index, order, single[-1].last if single else 0)
        if party is None:
            index += 1
            continue
        single.append(party)
        index = max(party.last, index + 1)
    return _joined(items, single, order)


def _party(items: Items, index: int, order: Order, floor: int) -> Party | None:
    mention = items[index].mention
    if mention is None or mention.kind == "phrase":
        return None
    if mention.kind == "place":
        governed, _ = _governed(items, index, index + 1)
        return (
            Party(index, index + 1, (mention.code,), governed) if governed in ("in", "on", "from") else None
        )
    first, last = index, index + 1
    head = _government_behind(items, index + 1)
    if head is None and mention.kind == "organisation" and _is_label(items, index):
        return None
    front = _government_before(items, index, floor) if head is None else None
    if head is not None:
        last = _names(items, head + 1)
    elif front is not None:
        first = front
        last = _government_tail(items, last)
        last = _names(items, last) if mention.kind in ("name", "organisation", "adjective", "owner") else last
    elif mention.kind == "owner" and _is_followed_by_decision(items, last):
        return Party(
            first, last, (mention.code,), "", owner=True
        )  # "Ungerns beslut att", "Entscheidung Ungarns"
    elif mention.kind in ("adjective", "owner") or (
        mention.kind == "people" and last < len(items) and items[last].has("diplomat", "staff", "mission")
    ):
        return None
    owner = (last < len(items) and items[last].has("possessive")) or (
        mention.kind == "owner" and head is None and front is None
    )
    code = mention.code
    acting = [
        each.mention.code
        for each in items[index + 1 : last]
        if each.mention and each.mention.kind == "person"
    ]
    code = acting[-1] if acting else code
    governed, marked = _governed(items, first, last)
    return Party(first, last, (code,), "" if owner else governed, owner, marked)


def _is_followed_by_decision(items: Items, index: int) -> bool:
    beside = (*items[max(0, index - 2) : index - 1], *items[index : index + 2])
    return any(item.has("decision", "decided") and not item.triggers for item in beside)


def _is_label(items: Items, index: int) -> bool:
    """ "a NATO member", "an EU and NATO member"."""
    before, behind = items[index - 1] if index else None, items[index + 1 : index + 2]
    indefinite = before is not None and before.has("article") and before.has("determiner")
    return indefinite or any(item.has("staff") for item in behind)


def _government_behind(items: Items, start: int) -> int | None:
    """Where the ministry, minister or chief stands behind a state's name ("Russia's new premier")."""
    found = None
    reach = 12 if start < len(items) and items[start].has("possessive") and _is_kana(items, start + 1) else 5
    for index in range(start, min(start + reach, len(items))):
        item = items[index]
        if item.has("possessive") and index == start:
            continue
        if item.has("government", "forces"):
            found = index
            continue
        if found is not None or not item.unknown or item.triggers:
            break
    return found


def _is_kana(items: Items, index: int) -> bool:
    """Does a name follow that is written in katakana, each letter a word of its own?"""
    return index < len(items) and "\u30a0" <= items[index].text[0] <= "\u30ff"


def _government_before(items: Items, index: int, floor: int) -> int | None:
    """Where "the government of", "le ministère des affaires étrangères de" begins before a state's name."""
    found = None
    mention = items[index].mention
    in_seat = mention is not None and mention.kind == "seat"
    for place in range(index - 1, max(floor, index - 7) - 1, -1):
        item = items[place]
        if item.has("government"):
            found = place
        elif (
            item.has("of", "genitive", "article")
            or (item.has("in") and place == index - 1 and in_seat)
            or item.has("government_of")
        ):
            continue
        elif place == index - 1 and item.has("in") and _governs_from(items, index):
            found = None
        elif found is not None or not item.unknown or item.triggers or index - place > 2:
            break
    return found


def _governs_from(items: Items, index: int) -> bool:
    """ "The government in (Prague)"."""
    mention = items[index].mention
    return mention is not None and mention.kind == "seat" and index > 1 and items[index - 2].has("government")


def _government_tail(items: Items, index: int) -> int:
    """The end of "(ministère russe) des affaires étrangères"."""
    for last in range(min(index + 4, len(items)), index, -1):
        if items[last - 1].has("government") and all(
            item.has("of", "genitive", "article", "government", "government_of") for item in items[index:last]
        ):
            return last
    return index


def _names(items: Items, index: int) -> int:
    """The end of the personal name that starts at `index`, if one does."""
    end = index
    while end < len(items) and end < index + 4:
        item = items[end]
        person = item.mention is not None and item.mention.kind == "person"
        if not person and not (item.unknown and item.text[0].isupper() and len(item.text) > 1):
            break
        if not person and item.triggers:
            break
        end += 1
    return end


def _governed(items: Items, first: int, last: int) -> tuple[str, bool]:
    """The class of the preposition before, or the postposition behind; and whether it is marked a subject."""
    if last < len(items):
        behind = items[last]
        if behind.has("subject_mark"):
            return "", True
        for post, meaning in POSTPOSITIONS.items():
            if post in behind.classes:
                if post == "possessive" and last + 1 < len(items) and items[last + 1].has("post_by"):
                    return "by", False
                return meaning, False
    for index in range(first - 1, max(first - 4, -1), -1):
        item = items[index]
        if item.has("article") and not item.classes & PREPOSITIONS:
            continue
        for preposition in ("by", "from", "in", "to", "with", "against", "on", "of", "preposition"):
            if preposition in item.classes:
                return preposition, False
        if item.unknown and item.text.islower() and index == first - 1 and not item.triggers:
            continue
        break
    return "", False


def _list_goes_on(items: Items, index: int) -> bool:
    """Is it the subject that ends at `index`, or goes on to an "and" with more than an owner behind it?"""
    if index >= len(items):
        return False
    if items[index].has("subject_mark") or (
        items[index].has("comma") and index + 1 < len(items) and items[index + 1].mention is not None
    ):
        return True
    behind = items[index + 2 : index + 3]
    return items[index].has("and") and any(each.has("each") or each.number is not None for each in behind)


def _joined(items: Items, single: list[Party], order: Order) -> list[Party]:
    groups: list[Party] = []
    for party in single:
        if groups:
            gap = items[groups[-1].last : party.first]
            attached = not gap and items[party.first].text[0] == "و"  # "and", written together
            # "the Czech Republic, a NATO member" lists nothing
            linked = attached or (
                bool(gap)
                and all(each.has("comma", "and", "article", "each") for each in gap)
                and not any(each.has("determiner") for each in gap)
            )
            if order.final and not any(each.has("and") for each in gap):
                # a comma stands behind the subject, too
                goes_on = _list_goes_on(items, party.last)
                linked = linked and goes_on and not groups[-1].marked
            if groups[-1].governed and not any(each.has("and") for each in gap):
                # "After the decision of Riga, the Kremlin …" is no list; "from Riga, Tallinn and …" is.
                following = items[party.last] if party.last < len(items) else None
                linked = linked and following is not None and following.has("and", "comma")
            if linked and not groups[-1].owner and not party.governed:
                previous = groups.pop()
                members = unique((*previous.members, *party.members))
                groups.append(
                    Party(previous.first, party.last, members, previous.governed, party.owner, party.marked)
                )
                continue
        groups.append(party)
    return groups
