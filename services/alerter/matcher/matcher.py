"""The index of queries, and the way of an article through it."""

from collections import deque
from collections.abc import Iterable

from services.alerter.matcher import keys, routes
from services.alerter.matcher.prefixes import Prefixes
from services.alerter.matcher.rarity import Rarity
from services.alerter.matcher.routes import Route
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
        self._under_one: dict[str, Slots] = {}
        self._under_two: dict[str, dict[str, Slots]] = {}
        self._prefixes = Prefixes()
        # What is common changes, and the queries' places with it.
        self._rarity = Rarity()
        self._articles = 0
        self._placed_at: dict[str, float] = {}  # how frequent a key was when queries were put under it
        self._to_move: deque[tuple[int, str]] = deque()

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
        self._rarity.observe(self._keys(view))

    def matching(self, view: View) -> list[str]:
        """The ids of all queries that the article fulfils, in order."""
        has = self._keys(view)
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
        self._learn(has, anchors)
        return ids

    def _keys(self, view: View) -> set[str]:
        has = keys.of_article(view)
        has |= self._prefixes.of(view.tokens["title"].words | view.tokens["text"].words)
        return has

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
                if keys.is_prefix(key):
                    self._prefixes.add(key)
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
                if keys.is_prefix(key):
                    self._prefixes.remove(key)
            if len(route) == 1:
                _take_out(self._under_one, route[0], slot)
            else:
                _take_out(self._under_two[route[0]], route[1], slot)
                if not self._under_two[route[0]]:
                    del self._under_two[route[0]]
            if route[0] not in self._under_one and route[0] not in self._under_two:
                self._placed_at.pop(route[0], None)
        self._routes[slot] = None

    # News: words become common

    def _learn(self, has: set[str], anchors: Iterable[str]) -> None:
        self._articles += 1
        if self._articles <= OBSERVE_ALL or self._articles % OBSERVE_EVERY == 0:
            self._rarity.observe(has)
            for key in anchors:
                now = self._rarity.of(key)
                if now > BECAME_COMMON * self._placed_at[key]:
                    self._placed_at[key] = now
                    self._to_move.extend(
                        (slot if slot >= 0 else ~slot, key)
                        for slots in self._under_two[key].values()
                        for slot in slots
                    )
        for _ in range(min(MOVED_AT_ONCE, len(self._to_move))):
            slot, key = self._to_move.popleft()
            self._move(slot, key)

    def _move(self, slot: int, key: str) -> None:
        """Put the query under rarer keys, if it is still where it was."""
        query, placed = self._queries[slot], self._routes[slot]
        if query is not None and placed is not None and any(route[0] == key for route in placed):
            self._displace(slot)
            self._place(slot, query)


def _take_out(under: dict[str, Slots], key: str, slot: int) -> None:
    slots = under[key]
    slots.remove(slot if slot in slots else ~slot)
    if not slots:
        del under[key]
