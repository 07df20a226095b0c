"""The index of queries, and the way of an article through it."""

from collections import Counter, deque
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from itertools import chain, pairwise

from services.alerter.matcher import keys, routes
from services.alerter.matcher.keys import Key, Pair
from services.alerter.matcher.rarity import Rarity
from services.alerter.matcher.routes import Route
from services.alerter.matcher.vocabulary import Vocabulary
from services.kit.query.evaluate import View, holds
from services.kit.query.tree import Node

OBSERVE_ALL = 256  # the first articles are all counted, then
OBSERVE_EVERY = 8  # each eighth
COMMON = 0.002  # a key that fewer articles have is not worth looking for a rarer one
BECAME_COMMON = 4.0  # times as frequent as it was when queries were put under it
MOVED_AT_ONCE = 32  # queries, while one article waits; about a millisecond

Slots = list[int]  # a slot, or ~slot where the query must be looked at


class Matcher:
    """Queries under their ids. `put` and `remove` take effect with the next article, and take no longer for
    many queries than for few. Not to be used from several threads at once.
    """

    def __init__(self) -> None:
        self._slot_of: dict[str, int] = {}
        # By slot; what was removed leaves None until its slot is taken again.
        self._ids: list[str | None] = []
        self._queries: list[Node | None] = []
        self._routes: list[tuple[Route, ...] | None] = []
        self._free: list[int] = []
        # Queries by what an article must have of them.
        self._under_none: dict[int, None] = {}
        self._under_one: dict[Key, Slots] = {}
        self._under_two: dict[Key, dict[Key, Slots]] = {}
        self._vocabulary = Vocabulary()
        self._pairs: Counter[Pair] = Counter()
        # What is common changes, and the queries' places with it.
        self._rarity = Rarity()
        self._articles = 0
        self._placed_at: dict[Key, float] = {}  # how frequent a key was when queries were put under it
        self._to_move: deque[tuple[int, Key]] = deque()

    def __len__(self) -> int:
        return len(self._slot_of)

    def put(self, id: str, query: Node) -> None:
        """Add the query, or replace the one of that id."""
        self.remove(id)
        if self._free:
            slot = self._free.pop()
        else:
            slot = len(self._ids)
            self._ids.append(None)
            self._queries.append(None)
            self._routes.append(None)
        self._slot_of[id] = slot
        self._ids[slot] = id
        self._queries[slot] = query
        self._place(slot, query)

    def remove(self, id: str) -> bool:
        """False where there is none."""
        slot = self._slot_of.pop(id, None)
        if slot is None:
            return False
        self._displace(slot)
        self._ids[slot] = self._queries[slot] = None
        self._free.append(slot)
        return True

    def observe(self, view: View) -> None:
        """Learn from an article what is common, without asking who wants it."""
        words = keys.words(view)
        self._rarity.observe(words.union(self._vocabulary.of_words(words), keys.of_fields(view)))

    def matching(self, view: View) -> list[str]:
        """The ids of all queries that the article fulfils, in order."""
        words = keys.words(view)
        has: set[Key] = {*self._vocabulary.of_words(words), *self._vocabulary.among(keys.of_fields(view))}
        self._count(has, words)
        for tokens in view.tokens.values():
            has |= self._pairs.keys() & pairwise(tokens.sequence)
        anchors = has & self._under_two.keys()
        candidates: Slots = []
        for key in has & self._under_one.keys():
            candidates += self._under_one[key]
        for key in anchors:
            seconds = self._under_two[key]
            for second in seconds.keys() & has:
                candidates += seconds[second]
        found = [slot for slot in set(candidates) if slot >= 0 or self._holds(~slot, view)]
        found += [slot for slot in self._under_none if self._holds(slot, view)]
        ids = sorted(self._id(slot if slot >= 0 else ~slot) for slot in found)
        self._follow_news(anchors)
        return ids

    def _holds(self, slot: int, view: View) -> bool:
        query = self._queries[slot]
        return query is not None and holds(query, view)

    def _id(self, slot: int) -> str:
        id = self._ids[slot]
        assert id is not None
        return id

    # Places

    def _place(self, slot: int, query: Node) -> None:
        found = routes.find(query, self._rarity.of)
        if found is None:
            self._under_none[slot] = None
            return
        marked = slot if found.exact else ~slot
        for route in found.any_of:
            for key in route:
                self._use(key)
            if len(route) == 1:
                self._under_one.setdefault(route[0], []).append(marked)
            else:
                self._under_two.setdefault(route[0], {}).setdefault(route[1], []).append(marked)
            self._placed_at.setdefault(route[0], max(COMMON, self._rarity.of(route[0])))
        self._routes[slot] = found.any_of

    def _displace(self, slot: int) -> None:
        if slot in self._under_none:
            del self._under_none[slot]
            return
        for route in self._routes[slot] or ():
            for key in route:
                self._use_no_more(key)
            if len(route) == 1:
                _take_out(self._under_one, route[0], slot)
            else:
                _take_out(self._under_two[route[0]], route[1], slot)
                if not self._under_two[route[0]]:
                    del self._under_two[route[0]]
            if route[0] not in self._under_one and route[0] not in self._under_two:
                self._placed_at.pop(route[0], None)
        self._routes[slot] = None

    def _use(self, key: Key) -> None:
        if isinstance(key, str):
            self._vocabulary.add(key)
        else:
            self._pairs[key] += 1

    def _use_no_more(self, key: Key) -> None:
        if isinstance(key, str):
            self._vocabulary.remove(key)
        else:
            self._pairs[key] -= 1
            if not self._pairs[key]:
                del self._pairs[key]

    # News: words become common

    def _count(self, has: AbstractSet[Key], words: AbstractSet[str]) -> None:
        self._articles += 1
        if self._counted():
            self._rarity.observe(has | words)

    def _counted(self) -> bool:
        return self._articles <= OBSERVE_ALL or self._articles % OBSERVE_EVERY == 0

    def _follow_news(self, anchors: Iterable[Key]) -> None:
        if self._counted():
            for key in anchors:
                now = self._rarity.of(key)
                if now > BECAME_COMMON * self._placed_at[key]:
                    self._placed_at[key] = now
                    slots = chain.from_iterable(self._under_two[key].values())
                    self._to_move.extend((slot if slot >= 0 else ~slot, key) for slot in slots)
        for _ in range(min(MOVED_AT_ONCE, len(self._to_move))):
            slot, key = self._to_move.popleft()
            self._move(slot, key)

    def _move(self, slot: int, key: Key) -> None:
        """Put the query under rarer keys, if it is still where it was."""
        query, placed = self._queries[slot], self._routes[slot]
        if query is not None and placed is not None and any(route[0] == key for route in placed):
            self._displace(slot)
            self._place(slot, query)


def _take_out(under: dict[Key, Slots], key: Key, slot: int) -> None:
    slots = under[key]
    slots.remove(slot if slot in slots else ~slot)
    if not slots:
        del under[key]
