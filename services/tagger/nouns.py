"""The phrases that an event is about: eight Russian diplomats, its embassy in Kyiv, relations with Iran."""

from dataclasses import dataclass, field, replace
from typing import Final, Literal

from services.tagger.gazetteer import Mention
from services.tagger.model import Order
from services.tagger.phrases import POSTPOSITIONS, Item, Items, unique

_REACH: Final = 20  # words behind the noun that may belong to it
_RELATIONS: Final = ("of", "from", "in", "to", "with", "between", "on")
_PART_OF_IT: Final = (
    *("article", "determiner", "own", "quantity", "counter", "dozen", "no", "every", "located"),
    *("mission", "mission_word", "cover", "mutual", "adjective"),
)


# Who may be a diplomat: an official of another state, somebody of its people, a member of the staff.
Weak = Literal["", "functionary", "national", "staff"]


@dataclass(frozen=True, slots=True)
class Object:
    """Those who are expelled, what is closed. `host`: where they serve ("its ambassador to Spain");
    `weak`: why they may be meant although nothing says that they are diplomats."""

    first: int
    head: int
    last: int
    codes: tuple[str, ...]
    classes: frozenset[str]
    count: int | None = None
    own: bool = False
    host: tuple[str, ...] = ()
    none: bool = False
    stated: int | None = None
    counts: tuple[int, ...] = ()
    weak: Weak = ""


def objects(items: Items, wanted: frozenset[str], order: Order) -> list[Object]:
    """Every phrase whose head is of the `wanted` classes, with whose and how many."""
    found: list[Object] = []
    covered = "diplomat" in wanted and any(item.has("cover") for item in items)
    led = bool(wanted & {"envoy", "diplomat"}) and any(item.has("head") for item in items)
    for index, item in enumerate(items):
        if item.mention is not None and wanted & {"diplomat", "people"}:
            about = covered or ("diplomat" in wanted and _in_apposition(items, index))
            people = _people(items, index, item.mention) if about else None
            if people is None and "people" in wanted:
                people = _nationals(items, index, item.mention, order)
            if people is not None:
                found.append(people)
        if led and item.classes and item.has("mission", "mission_weak"):
            chief = _chief(items, index, order)
            if chief is not None:
                found.append(chief)
                continue
        if not item.classes & wanted or item.mention is not None:
            continue
        if item.has("mission") and "mission" not in wanted and not item.has("staff"):
            continue  # konsolosluğu is no konsolos
        following = items[index + 1] if index + 1 < len(items) else None
        if following is not None and (
            following.has("kin", "former")
            or (item.has("mission") and following.has("staff", "diplomat"))
            or (
                following.has("possessive")
                and "object_mark" not in following.classes
                and not _acted_on(items, index)
            )
            or (item.classes & wanted and following.classes & wanted and not following.has("mission"))
        ):
            continue
        phrase = _noun_phrase(items, index, order)
        if phrase is not None and not (
            phrase.first >= 2 and items[phrase.first - 1].has("including") and not phrase.codes
        ):
            found.append(_with_previous(items, found, phrase))
    return found


def _chief(items: Items, index: int, order: Order) -> Object | None:
    """ "The head of the Swiss mission": who leads the mission at `index`."""
    behind = items[index + 1 : index + 3]
    after = order.final and len(behind) == 2 and behind[0].has("possessive") and behind[1].has("head")
    place = index + 2
    if behind and behind[0].has("head"):
        place = index + 1
    elif not after:
        place = index - 1
        while place >= 0 and not items[place].has("head"):
            item = items[place]
            inside = item.has("of", "from", "genitive", "article", "mission_word", "adjective", "possessive")
            owner = item.mention is not None and item.mention.kind in ("adjective", "name", "owner")
            if index - place > 5 or not (inside or owner):
                return None
            place -= 1
        if place < 0:
            return None
    front = _Front(items, index, order)
    if not front.read():
        return None
    tail = _Tail(items, index, bool(front.codes) or front.own, order)
    tail.read()
    codes = unique(front.codes) or unique(tail.codes)
    if not codes:
        return None
    hosts = unique((*front.hosts, *tail.hosts))
    first, last = min(place, front.first), max(place + 1, tail.last)
    return Object(first, place, last, codes, frozenset(("envoy", "diplomat", "one")), 1, host=hosts)


def _acted_on(items: Items, index: int) -> bool:
    """Does an act follow the owner's mark, or the mark end its clause: 外交官の追放, 驱逐外交官的回应?"""
    if index + 2 >= len(items):
        return False
    if items[index + 1].text == "的" and any(item.triggers for item in items[max(0, index - 7) : index]):
        return not items[index + 2].has("kin", "others", "people", "staff", "mission")
    return bool(items[index + 2].triggers) or items[index + 2].has("credentials", "mission_word")


def _with_previous(items: Items, found: list[Object], phrase: Object) -> Object:
    """ "18 Russian diplomats and six embassy staff": both are whose the one is, and are counted together."""
    previous = found[-1] if found else None
    if previous is None or previous.last != phrase.first - 1 or not items[previous.last].has("and"):
        return phrase
    persons = previous.classes & phrase.classes & {"diplomat", "staff"} or (
        previous.classes | phrase.classes
    ) >= {"diplomat", "staff"}
    if not persons or bool(previous.codes) == bool(phrase.codes) or previous.count is None:
        return phrase
    if phrase.count is None:
        return phrase
    found.pop()
    return replace(
        phrase,
        first=previous.first,
        codes=previous.codes or phrase.codes,
        host=previous.host or phrase.host,
        count=previous.count + phrase.count,
        stated=previous.count + phrase.count,
    )


def _noun_phrase(items: Items, head: int, order: Order) -> Object | None:
    """What stands around the noun at `head`: how many, whose. None: a former ambassador, a goodwill envoy."""
    front = _Front(items, head, order)
    if not front.read():
        return None
    tail = _Tail(items, head, bool(front.codes) or front.own, order)
    tail.read()
    if tail.former:
        return None
    whose = unique(front.codes) or unique(tail.codes)
    host = unique((*front.hosts, *tail.hosts))
    mission = front.mission or tail.mission or _is_covered(items, head)
    in_seat = tail.seat and items[head].has("mission_weak")
    theirs = _named_before(items, front, order) if front.own and not whose and not mission else ()
    whose = whose or theirs
    own = (front.own or tail.own) and not theirs
    weak: Weak = ""
    if not _is_meant(items[head], front.mission or in_seat, mission or bool(theirs), (whose, host)):
        weak = _perhaps_meant(items[head], whose, own)
        if not weak:
            return None
    several = any(item.has("quantity", "every", "no") for item in items[front.first : head])
    one = 1 if items[head].has("one") and not several and len(whose) < 2 else None
    stated = front.count if front.count is not None and not tail.share else tail.count
    if stated is not None:
        stated = _part_behind(items, front.first, tail.last) or stated
    return Object(
        first=front.first,
        head=head,
        last=tail.last,
        codes=whose,
        classes=items[head].classes,
        count=stated if stated is not None else one,
        own=own,
        host=host,
        none=front.no,
        stated=stated,
        counts=tuple(front.counts[::-1]),
        weak=weak,
    )


def _named_before(items: Items, front: "_Front", order: Order) -> tuple[str, ...]:
    """Whose "their staff" are: those of the embassy or the envoy that was named before."""
    if not items[front.head].has("staff") or items[front.head].has("diplomat"):
        return ()
    for index in range(front.first - 1, -1, -1):
        if items[index].has("mission", "envoy") and items[index].mention is None:
            phrase = _noun_phrase(items, index, order)
            if phrase is None or (
                phrase.first <= 1 and any(item.triggers for item in items[phrase.last : front.first])
            ):
                return ()  # "The embassy (sent its staff home)"
            return phrase.codes
    return ()


def _is_meant(
    head: Item, mission_before: bool, mission: bool, whose_and_host: tuple[tuple[str, ...], tuple[str, ...]]
) -> bool:
    """Staff must be a mission's; a mission or an office may be anybody's, so more must speak for it."""
    whose, host = whose_and_host
    if head.has("staff") and not head.has("diplomat"):
        return mission or any(map(is_organisation, whose)) or (head.has("envoy") and bool(whose))
    if head.has("mission_weak"):
        return mission_before or any(map(is_organisation, host))
    if head.has("office"):
        return mission_before or any(map(is_organisation, whose))
    return True


def _perhaps_meant(head: Item, whose: tuple[str, ...], own: bool) -> Weak:
    """ "Three Iranian officials"; "(the expulsion of) its staff", if the article tells of it elsewhere."""
    if whose and head.has("functionary"):
        return "functionary"
    return "staff" if own and head.has("staff") else ""


def nationals(items: Items) -> list[Object]:
    """ "(Russia expels) three Swedes": whoever they are, the rest of the article must tell."""
    found = [
        _people(items, index, item.mention) for index, item in enumerate(items) if item.mention is not None
    ]
    return [replace(each, weak="national") for each in found if each is not None]


def _part_behind(items: Items, first: int, last: int) -> int | None:
    """How many of a total: "of the 41 diplomats, 33 (must leave)", 41人のうち33人."""
    among = any(item.has("among") for item in items[last : last + 2])
    opened = (first > 0 and items[first - 1].has("of", "from")) or (
        first < len(items) and items[first].has("of", "from")
    )
    if not among and (first > 2 or not opened):
        return None
    for index in range(last, min(last + (5 if among else 6), len(items))):
        if items[index].number is not None:
            following = items[index + 1] if index + 1 < len(items) else None
            counts = following is not None and (
                following.mention is not None or following.has("month", "year")
            )
            return None if counts else items[index].number
        if items[index].has("semicolon", "relative"):
            return None
    return None


def _is_covered(items: Items, head: int) -> bool:
    """Do the next words say that they serve "as diplomats", if in a relative clause?"""
    for index in range(head + 1, min(head + _REACH, len(items))):
        item = items[index]
        if item.has("cover"):
            return True
        following = items[index + 1] if index + 1 < len(items) else None
        if item.triggers or item.has("semicolon", "colon", "diplomat"):
            return False
        working = any(each.has("cover") for each in items[index + 2 : index + 3])
        if item.has("comma") and not working and (following is None or not following.has("relative")):
            return False
    return False


def _in_apposition(items: Items, index: int) -> bool:
    """ "Two Russians, the military attaché and his deputy,"."""
    behind = items[index + 1 : index + 4]
    return (
        len(behind) > 1
        and behind[0].has("comma")
        and (behind[1].has("diplomat") or (behind[1].has("article") and behind[-1].has("diplomat")))
    )


def _people(items: Items, index: int, mention: Mention) -> Object | None:
    """ "Two Iranians accredited as diplomats": a people's name is about diplomats if the sentence says so."""
    following = items[index + 1] if index + 1 < len(items) else None
    first, count = index, None
    while first and items[first - 1].has("article", "determiner", "quantity", "every", "counter"):
        first -= 1
    if first and items[first - 1].number is not None:
        first -= 1
        count = items[first].number
    if mention.kind != "people":
        # "dos rusos que …": an adjective with nothing that it could belong to
        alone = following is None or not (following.unknown or following.mention or following.number)
        noun = following is not None and following.has("diplomat", "staff", "mission", "government", "forces")
        if mention.kind != "adjective" or count is None or not alone or noun:
            return None
    elif following is not None and following.has("diplomat", "staff", "mission"):
        return None
    counts = (count,) if count is not None else ()
    while first >= 2 and items[first - 1].has("and") and items[first - 2].number is not None:
        first -= 2  # "21 and 17 Russians"
        counts = (items[first].number or 0, *counts)
    classes = frozenset(("diplomat",))
    return Object(first, index, index + 1, (mention.code,), classes, count, stated=count, counts=counts)


def _nationals(items: Items, index: int, mention: Mention, order: Order) -> Object | None:
    """ "An American ballet dancer", "two Germans": somebody of whom only the nationality is known."""
    if mention.kind not in ("adjective", "people"):
        return None
    last = index + 1
    while last < min(index + 4, len(items)) and items[last].unknown and not items[last].triggers:
        last += 1
        if order.capital_nouns and items[last - 1].text[0].isupper():
            break
    counted = index > 0 and (items[index - 1].number is not None or items[index - 1].has("quantity"))
    if (
        mention.kind == "adjective"
        and last == index + 1
        and not items[index].text[0].isupper()
        and not counted
    ):
        return None
    if last < len(items) and items[last].has(
        "government", "forces", "mission", "possessive", "diplomat", "people"
    ):
        return None
    first, count = index, None
    if first and (items[first - 1].number is not None or items[first - 1].has("article", "quantity")):
        first -= 1
        single = items[first].has("article") and items[last - 1].key[-1] != "s"
        count = items[first].number if items[first].number is not None else (1 if single else None)
    return Object(first, index, last, (mention.code,), frozenset(("people",)), count=count, stated=count)


def is_organisation(code: str) -> bool:
    """Is it the short name of an organisation rather than the code of a state?"""
    return code in ("EU", "UN") or not (len(code) == 2 and code.isalpha() and code.isupper())


@dataclass(slots=True)
class _Front:
    """What stands before the noun, read from right to left."""

    items: Items
    head: int
    order: Order
    first: int = 0
    codes: list[str] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    own: bool = False
    no: bool = False
    mission: bool = False
    unknown: int = 0
    counted_codes: int = 0

    @property
    def count(self) -> int | None:
        """How many; of "34 French and 27 Spanish diplomats" all together."""
        if len(self.counts) > 1 and len(self.counts) == len(self.codes):
            return sum(self.counts)
        return self.counts[0] if self.counts else None

    def read(self) -> bool:
        """Whether it is somebody in office."""
        items = self.items
        self.first = self.head
        self.own = items[self.head].has("own")
        for index in range(self.head - 1, -1, -1):
            if items[index].has("former") and items[index].mention is None:
                return False
            if not self._takes(index):
                break
            self.first = index
        while self.first < self.head and (
            items[self.first].has("comma", "and", "of", "possessive")
            or (items[self.first].has("counter") and not items[self.first].has("article"))
        ):
            self.first += 1
        return True

    def _takes(self, index: int) -> bool:
        item = self.items[index]
        if item.mention is not None:
            return self._takes_mention(index, item.mention)
        if item.has("stationed"):
            self.hosts += self.codes
            self.codes = []
        elif item.has("kin"):
            return False
        elif item.number is not None:
            year = 1900 <= item.number <= 2100
            if year:
                return False  # "2012 seine Botschaft"
            if self.counts and self._is_total(index + 1):
                self.counts = []  # "33 of the 41"
            self.counts.append(item.number)
            self.counted_codes = len(self.codes)
        elif item.has(*_PART_OF_IT):
            self.own = self.own or item.has("own")
            self.no = self.no or item.has("no")
            self.mission = self.mission or item.has("mission", "mission_word", "cover")
        elif item.has("adverb") and self.unknown < self.order.adjectives_before and not item.triggers:
            self.unknown += 1  # "Russia's last remaining consulate"
        elif not self._holds(index, item):
            self.unknown += 1
            return self.unknown <= self.order.adjectives_before and _describes(item, self.order)
        return True

    def _is_total(self, index: int) -> bool:
        """Is the number that was read before the whole of which another one is a part?"""
        between = self.items[index]
        return between.has("of", "from", "genitive") or (
            between.has("own", "article") and len(self.codes) == self.counted_codes
        )

    def _holds(self, index: int, item: Item) -> bool:
        if item.has("staff") and index == self.head - 1:
            return True
        return _joins(self.items, index) and not (self.order.final and item.has("comma"))

    def _takes_mention(self, index: int, mention: Mention) -> bool:
        following = self.items[index + 1]
        seat = self.order.seats_are_hosts and mention.kind == "seat" and not following.has("possessive")
        # モスクワの日本大使館
        city = mention.kind in ("seat", "place") and following.has("possessive") and self.order.final
        behind = self.items[index + 2 : index + 3]
        if city and not self.order.seats_are_hosts and any(each.mention is not None for each in behind):
            self.hosts.append(mention.code)
            return True
        if self.order.final and self.codes and index and self.items[index - 1].has("stationed"):
            self.hosts.append(mention.code)  # 在ハイチ日本大使館
            return True
        joined = following.has("and") and bool(self.hosts) and not self.codes and self.order.seats_are_hosts
        if following.has("located") or seat or joined:
            self.hosts.append(mention.code)
            return True
        if (
            self.order.seats_are_hosts
            and following.has("possessive")
            and following is not self.items[self.head]
        ):
            described = self.items[index + 2 : self.head]
            if any(each.mention is not None and each.mention.kind == "adjective" for each in described):
                return False  # Macaristan'ın Ukraynalı bir diplomatı (sınır dışı etme kararı)
        if self.order.seats_are_hosts and following.has("possessive") and self.codes and not self.hosts:
            self.hosts, self.codes = self.codes, []  # İsrail'in Kolombiya büyükelçisi
        elif self.order.seats_are_hosts and self.hosts and following.mention is not None:
            return False  # Avustralya Kabil'deki büyükelçiliğini
        if not _owns(self.items, index, bool(self.codes), self.count is not None, self.order):
            return False
        self.codes.insert(0, mention.code)
        return True


def _owns(items: Items, index: int, owned: bool, counted: bool, order: Order) -> bool:
    """Does the mention at `index` say whose the noun further on is?"""
    mention = items[index].mention
    following = items[index + 1]
    if mention is None:
        return False
    if order.adjectives_after >= 3 and not order.adjectives_before and not items[index].hyphen:
        return False  # what says whose stands behind the noun
    if following.has("possessive", "stationed") or mention.kind == "owner":
        return True
    if index and items[index - 1].has("stationed"):
        return True
    joined = following.has("and", "comma") and owned
    if following.has("and") and joined and mention.kind == "name":
        return True
    if following.has("subject_mark", "object_mark") or any(
        each in following.classes for each in POSTPOSITIONS
    ):
        return False
    if mention.kind in ("adjective", "people"):
        return not owned or joined or following.mention is not None
    if mention.kind == "person":
        return False
    if joined:
        return not following.has("comma")
    if following.has("mission") and order.compounds and not owned:
        return True
    if following.mention is not None and order.compounds and not counted:
        return not owned
    if items[index].hyphen:
        return True
    return (
        order.compounds
        and not owned
        and not counted
        and not following.has("article", "determiner", "quantity", "own")
    )


def _joins(items: Items, index: int) -> bool:
    """Does the word only hold the phrase together: 's, "of" after a quantity, "and" between nations?"""
    item = items[index]
    before = items[index - 1] if index else None
    behind = items[index + 1]
    if item.has("possessive"):
        return before is not None
    if before is None:
        return False
    if item.has("from") and before.number is not None and (behind.number is not None or behind.has("staff")):
        return True
    if item.has("of"):
        return before.number is not None or before.has("quantity", "every", "dozen")
    if item.text in ("'", "’"):
        return before.mention is not None
    if item.has("and", "comma"):
        if before.mention is not None and behind.mention is not None:
            return True
        if before.mention is not None and behind.number is not None:
            return before.mention.kind == "adjective"
        return before.number is not None and behind.number is not None and item.has("and")
    return False


def _describes(item: Item, order: Order) -> bool:
    """Can the word stand before a noun as an adjective, as far as its form tells?"""
    if not item.unknown or item.triggers or not item.text[0].isalpha():
        return False
    if order.capital_nouns and item.text[0].isupper():
        return False
    if order.adjective_endings and not item.text.lower().endswith(order.adjective_endings):
        return False
    return not (order.no_adjective and item.key.endswith(order.no_adjective))


def _names_next(items: Items, index: int) -> bool:
    while index < len(items) and items[index].has("article", "of", "with", "to", "in"):
        index += 1
    return index < len(items) and items[index].mention is not None


def _is_list(items: Items, index: int) -> bool:
    """Do names alone follow the comma at `index`, up to an "and": "(Spain), Ireland and Norway"?"""
    while index + 1 < len(items) and items[index].has("comma") and items[index + 1].mention is not None:
        index += 2
        if index < len(items) and items[index].has("and"):
            return _names_next(items, index + 1)
    return False


def _end_of_name(items: Items, last: int) -> int:
    """The end of the ambassador's own name: "Botschafter Peter Fischer", ", Peter Fischer,"."""
    set_off = last < len(items) and items[last].has("comma")
    index = last + set_off
    while index < min(last + set_off + 4, len(items)):
        item = items[index]
        if not (item.unknown and item.text[0].isupper() and len(item.text) > 1) or item.triggers:
            break
        index += 1
    named = index > last + set_off
    if set_off:
        return index + 1 if named and index < len(items) and items[index].has("comma") else last
    return index


@dataclass(slots=True)
class _Tail:
    """What stands behind the noun: "of Russia", "at the embassy", "to Spain". `owned`: known whose."""

    items: Items
    head: int
    owned: bool
    order: Order
    last: int = 0
    codes: list[str] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    count: int | None = None
    own: bool = False
    mission: bool = False
    relation: str = ""
    share: bool = False  # how many of a total
    pending: bool = False  # a preposition still waits for its noun
    seat: bool = False  # it stands in a capital
    former: bool = False
    unknown: int = 0

    def read(self) -> None:
        self.last = self.head + 1
        self._read_on()
        if self.items[self.head].has("diplomat", "envoy"):
            self.last = _end_of_name(self.items, self.last)

    def _read_on(self) -> None:
        for index in range(self.head + 1, min(self.head + _REACH, len(self.items))):
            item = self.items[index]
            if item.mention is not None:
                if not self._takes_mention(index, item, item.mention):
                    return
                self.last, self.pending = index + 1, False
            elif item.triggers or not (self._takes(index, item) or self._counts(index, item)):
                return

    def _takes(self, index: int, item: Item) -> bool:
        behind = self.order.adjectives_after
        if behind > 1 and item.has("former") and not self.relation:
            self.former = True
            return False
        if item.has("mission_word", "cover") or (
            item.has("mission", "mission_weak") and (bool(self.relation) or behind >= 3)
        ):
            self.mission, self.last, self.pending = True, index + 1, False
        elif item.has("own") and not item.has("be"):
            self.own = self.own or (not self.relation and behind > 0)
        elif item.has("genitive", *_RELATIONS) and (not item.has("by") or self._leads_to_mission(index)):
            if self.hosts and not self.items[index - 1].has("and"):
                return False
            self.relation = next((each for each in _RELATIONS if each in item.classes), "of")
            if self.items[self.head].has("relations") and item.has("with"):
                self.relation = "with"
            self.pending, self.unknown = True, 0
        elif item.has("article", "possessive"):
            return True
        elif item.has("and") or (item.has("comma") and behind >= 2):
            return self.last == index and _names_next(self.items, index + 1)
        elif item.has("comma"):
            return self.last == index and _is_list(self.items, index)
        else:
            return False
        return True

    def _leads_to_mission(self, index: int) -> bool:
        """Where one word says "of" and "by": is it "(members) of the Russian delegation"?"""
        near = index == self.head + 1 and self.items[index].has("of") and self.items[self.head].has("envoy")
        if near and not any(item.has("be") for item in self.items):
            return True  # "hat den Botschafter von Belarus einbestellt"
        for item in self.items[index + 1 : index + 5]:
            if item.has("mission", "mission_weak"):
                return self.items[index].has("of") and self.items[self.head].has("staff")
            if item.mention is None and not item.has("article", "mission_word", "adjective"):
                return False
        return False

    def _counts(self, index: int, item: Item) -> bool:
        """Whether the word tells how many, or describes."""
        near, behind = index == self.last, self.order.adjectives_after
        most = 1000 if self.order.bare_agent else 3  # Arabic puts any number behind a noun with its article
        two = near and behind >= 3 and not self.order.adjectives_before and (item.number or most) < most
        following = self.items[index + 1] if index + 1 < len(self.items) else None
        two = two and not self.relation and not (following is not None and following.has("order", "month"))
        year = item.number is not None and 1900 <= item.number <= 2100
        if year and near and following is not None and following.text[0] in "'’":
            return False  # 2012'de
        if item.number is not None and near and following is not None and following.text[0] in "'’":
            self.share = True  # 41 diplomattan 35'ini
            two = True
        if two or (item.number is not None and near and self.count is None and self._counted(index)):
            self.count, self.last = item.number, index + 1
        elif item.has("counter") or (
            item.has("adjective", "diplomat", "staff") and (bool(self.relation) or behind > 0)
        ):
            self.last += near
        elif (
            _describes(item, self.order)
            and not item.has("by")
            and self.unknown < (2 if self.pending else behind)
        ):
            self.unknown += 1
        else:
            return False
        return True

    def _counted(self, index: int) -> bool:
        following = self.items[index + 1] if index + 1 < len(self.items) else None
        return (
            self.items[self.head].has("diplomat", "staff", "mission")
            and following is not None
            and following.has("counter")
        )

    def _takes_mention(self, index: int, item: Item, mention: Mention) -> bool:
        following = self.items[index + 1] if index + 1 < len(self.items) else None
        if following is not None and following.has("subject_mark", "post_by"):
            return False
        joined = self.items[index - 1].has("and", "article") or item.text[0] == "و"
        if joined and self._is_share(index + 1):
            return False  # "(40 diplomáticos rusos) y Francia a 35"
        if mention.kind == "person" and not (self.relation == "of" and self.last + 1 == index):
            return False
        if mention.kind in ("adjective", "people", "owner"):
            return self._takes_adjective(mention)
        relation = self.relation
        self.seat = self.seat or (relation == "in" and mention.kind == "seat")
        if relation == "between" or self._is_of_mission(index, mention):
            self.codes.append(mention.code)
        elif relation in ("to", "in", "on") or (relation == "from" and (self.owned or bool(self.codes))):
            self.hosts.append(mention.code)
        elif relation in ("of", "with", "between"):
            if relation == "of" and self.owned:
                return False
            before = index - 1 - self.items[index - 1].has("article")
            joined = self.items[before].mention is not None and item.text[0] == "و"
            listed = joined or self.items[before].has("and", "comma")
            listed = listed or any(each.has("and", "comma") for each in self.items[self.last : index])
            theirs = self.owned or (bool(self.codes) and not listed)
            (self.hosts if theirs else self.codes).append(mention.code)
        elif relation == "from":
            if mention.kind == "seat":
                return False
            self.codes.append(mention.code)
        elif item.hyphen or self.items[self.head].hyphen or self._is_genitive(index):
            self.codes.append(mention.code)
        else:
            return False
        return True

    def _is_of_mission(self, index: int, mention: Mention) -> bool:
        """ "(Staff) in the embassy of Estonia", where nothing but a genitive says "of"."""
        if self.relation != "in" or mention.kind != "name":
            return False
        staff = self.items[self.head].has("staff", "diplomat") and not self.items[self.head].has("mission")
        return staff and self.items[index - 1].has("mission") and not (self.owned or self.codes)

    def _is_share(self, index: int) -> bool:
        """Does a number follow that counts nothing else?"""
        index += index < len(self.items) and self.items[index].has("to", "comma")
        if index >= len(self.items) or self.items[index].number in (None, 1):
            return False
        return index + 1 >= len(self.items) or not self.items[index + 1].is_word

    def _is_genitive(self, index: int) -> bool:
        """Is a name that simply follows the noun its owner, or one of several?"""
        if self.relation or self.order.adjectives_after < 3 or self.owned:
            return False
        attached = self.items[index].text[0] == "و"  # "and", written together
        return not self.codes or self.items[index - 1].has("and") or attached

    def _takes_adjective(self, mention: Mention) -> bool:
        if self.relation and self.items[self.head].has("relations"):
            return False
        if self.owned and not self.relation:
            return False
        theirs = self.relation == "in" and not self.mission and self.owned
        (self.hosts if theirs else self.codes).append(mention.code)
        return True
