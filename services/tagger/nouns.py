"""The phrases that an event is about: eight Russian diplomats, its embassy in Kyiv, relations with Iran."""

from dataclasses import dataclass, field
from typing import Final

from services.tagger.gazetteer import Mention
from services.tagger.model import Order
from services.tagger.phrases import POSTPOSITIONS, Item, Items, unique

_REACH: Final = 12  # words behind the noun that may belong to it
_RELATIONS: Final = ("of", "from", "in", "to", "with", "on")
_PART_OF_IT: Final = (
    *("article", "determiner", "own", "quantity", "counter", "dozen", "no", "every", "located"),
    *("mission", "mission_word", "adjective"),
)


@dataclass(frozen=True, slots=True)
class Object:
    """Those who are expelled, what is closed. `host`: where they serve ("its ambassador to Spain")."""

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


def objects(items: Items, wanted: frozenset[str], order: Order) -> list[Object]:
    """Every phrase whose head is of the `wanted` classes, with whose and how many."""
    found: list[Object] = []
    for index, item in enumerate(items):
        if not item.classes & wanted or item.mention is not None:
            continue
        following = items[index + 1] if index + 1 < len(items) else None
        if following is not None and (
            following.has("kin")
            or (following.has("possessive") and "object_mark" not in following.classes)
            or (item.classes & wanted and following.classes & wanted and not following.has("mission"))
        ):
            continue
        phrase = _noun_phrase(items, index, order)
        if phrase is not None and not (
            phrase.first >= 2 and items[phrase.first - 1].has("including") and not phrase.codes
        ):
            found.append(phrase)
    return found


def _noun_phrase(items: Items, head: int, order: Order) -> Object | None:
    """What stands around the noun at `head`: how many, whose. None: a former ambassador, a goodwill envoy."""
    front = _Front(items, head, order)
    if not front.read():
        return None
    tail = _Tail(items, head, bool(front.codes), order)
    tail.read()
    whose = unique(front.codes) or unique(tail.codes)
    host = unique((*front.hosts, *tail.hosts))
    if not _is_meant(items[head], front.mission, front.mission or tail.mission, (whose, host)):
        return None
    several = any(item.has("quantity", "every", "no") for item in items[front.first : head])
    one = 1 if items[head].has("one") and not several and len(whose) < 2 else None
    stated = front.count if front.count is not None else tail.count
    return Object(
        first=front.first,
        head=head,
        last=tail.last,
        codes=whose,
        classes=items[head].classes,
        count=stated if stated is not None else one,
        own=front.own or tail.own,
        host=host,
        none=front.no,
        stated=stated,
    )


def _is_meant(
    head: Item, mission_before: bool, mission: bool, whose_and_host: tuple[tuple[str, ...], tuple[str, ...]]
) -> bool:
    """Staff must be a mission's; a mission or an office may be anybody's, so more must speak for it."""
    whose, host = whose_and_host
    if head.has("staff") and not head.has("diplomat"):
        return mission
    if head.has("mission_weak"):
        return mission_before or any(map(is_organisation, host))
    if head.has("office"):
        return mission_before or any(map(is_organisation, whose))
    return True


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
            self.hosts += self.codes[:1]
            del self.codes[:1]
        elif item.has("kin"):
            return False
        elif item.number is not None:
            if self.counts and self.items[index + 1].has("of"):
                self.counts.clear()  # 33 of the 41
            self.counts.append(item.number)
        elif item.has(*_PART_OF_IT):
            self.own = self.own or item.has("own")
            self.no = self.no or item.has("no")
            self.mission = self.mission or item.has("mission", "mission_word")
        elif not self._holds(index, item):
            self.unknown += 1
            return self.unknown <= self.order.adjectives_before and _describes(item, self.order)
        return True

    def _holds(self, index: int, item: Item) -> bool:
        if item.has("staff") and index == self.head - 1:
            return True
        return _joins(self.items, index) and not (self.order.final and item.has("comma"))

    def _takes_mention(self, index: int, mention: Mention) -> bool:
        following = self.items[index + 1]
        seat = self.order.seats_are_hosts and mention.kind == "seat" and not following.has("possessive")
        if following.has("located") or seat:
            self.hosts.append(mention.code)
            return True
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
    if following.has("subject_mark", "object_mark") or any(
        each in following.classes for each in POSTPOSITIONS
    ):
        return False
    joined = following.has("and", "comma") and owned
    if mention.kind in ("adjective", "people"):
        return not owned or joined or following.mention is not None
    if mention.kind == "person":
        return False
    if joined:
        return not following.has("comma")
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
    if order.adjective_endings and not item.key.endswith(order.adjective_endings):
        return False
    return not (order.no_adjective and item.key.endswith(order.no_adjective))


def _names_next(items: Items, index: int) -> bool:
    while index < len(items) and items[index].has("article", "of", "with", "to", "in"):
        index += 1
    return index < len(items) and items[index].mention is not None


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
    pending: bool = False  # a preposition still waits for its noun
    unknown: int = 0

    def read(self) -> None:
        self.last = self.head + 1
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
        if item.has("mission_word") or (
            item.has("mission", "mission_weak") and (bool(self.relation) or behind >= 3)
        ):
            self.mission, self.last, self.pending = True, index + 1, False
        elif item.has("own"):
            self.own = self.own or (not self.relation and behind > 0)
        elif item.has("genitive", *_RELATIONS) and not item.has("by"):
            if self.hosts:
                return False
            self.relation = next((each for each in _RELATIONS if each in item.classes), "of")
            self.pending, self.unknown = True, 0
        elif item.has("article", "possessive"):
            return True
        elif item.has("and") or (item.has("comma") and behind >= 2):
            return self.last == index and _names_next(self.items, index + 1)
        else:
            return False
        return True

    def _counts(self, index: int, item: Item) -> bool:
        """Whether the word tells how many, or describes."""
        near, behind = index == self.last, self.order.adjectives_after
        two = item.number in (1, 2) and near and behind >= 3 and not self.order.adjectives_before
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
            self.items[self.head].has("diplomat", "staff")
            and following is not None
            and following.has("counter")
        )

    def _takes_mention(self, index: int, item: Item, mention: Mention) -> bool:
        following = self.items[index + 1] if index + 1 < len(self.items) else None
        if following is not None and following.has("subject_mark", "post_by"):
            return False
        if mention.kind == "person" and not (self.relation == "of" and self.last + 1 == index):
            return False
        if mention.kind in ("adjective", "people", "owner"):
            return self._takes_adjective(mention)
        relation = self.relation
        if relation in ("to", "in", "on") or (relation == "from" and (self.owned or bool(self.codes))):
            self.hosts.append(mention.code)
        elif relation in ("of", "with"):
            if relation == "of" and self.owned:
                return False
            listed = any(each.has("and", "comma") for each in self.items[self.last : index])
            theirs = self.owned or (bool(self.codes) and not listed)
            (self.hosts if theirs else self.codes).append(mention.code)
        elif relation == "from":
            if mention.kind == "seat":
                return False
            self.codes.append(mention.code)
        elif item.hyphen or self.items[self.head].hyphen or self._is_genitive():
            self.codes.append(mention.code)
        else:
            return False
        return True

    def _is_genitive(self) -> bool:
        """Is a name that simply follows the noun its owner?"""
        return not self.relation and self.order.adjectives_after >= 3 and not self.owned and not self.codes

    def _takes_adjective(self, mention: Mention) -> bool:
        if self.relation and self.items[self.head].has("relations"):
            return False
        if self.owned and not self.relation:
            return False
        theirs = self.relation == "in" and not self.mission and self.owned
        (self.hosts if theirs else self.codes).append(mention.code)
        return True
