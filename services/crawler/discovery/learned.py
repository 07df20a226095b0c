"""What a section page teaches from look to look: links to articles come and go, navigation stays. Pure.

Links are remembered by the shape of their address (see `links.shape`), so that what was seen of some tells of
the next one: by how many came for each day that one stood, and by what pages of that shape turned out to be.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from services.crawler.discovery.links import ENOUGH, shape
from services.crawler.discovery.model import Entry, Link
from services.kit import declared

DAY = 86_400.0
LEARNING = 10 * DAY  # seconds in which what was learned loses half its weight
LONGEST_GAP = 2.0  # days between two looks that say something of what happened in between
MOST_LINKS = 1000
MOST_SHAPES = 200
TRACKED = -3  # points; links with fewer lead elsewhere, whatever they do
CAME = 2.5  # links of a shape that must have come before that says anything
BRISK, SLOW = 2.0, 6.0  # days that a link stands, on average
STOOD = 60.0  # days that links of a shape have stood, added up, while none came: then they are navigation
REBUILT = 10  # new links of new shapes that make a page another one
REBUILT_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Habit:
    """Of the links of one shape, fading: how many came after the first look, how many days they stood, added
    up, and how many of the pages behind were articles, or were none.
    """

    came: float = 0.0
    stood: float = 0.0
    articles: float = 0.0
    others: float = 0.0

    def faded(self, share: float) -> "Habit":
        return Habit(self.came * share, self.stood * share, self.articles * share, self.others * share)

    def points(self, lively: bool) -> int:
        """What it adds to the points of a link. `lively`: there are links on the page that come and go; where
        there are none, that these stand says nothing.
        """
        if self.others >= 2 and self.others > 3 * self.articles:
            return -4
        proven = 1 if self.articles >= 1 and self.articles > 3 * self.others else 0
        if self.came >= CAME:
            stands = self.stood / self.came
            return proven + (4 if stands <= BRISK else 2 if stands <= SLOW else 0)
        return -6 if lively and self.stood >= STOOD and self.came < 1 and not proven else proven


@dataclass(frozen=True, slots=True)
class Learned:
    """`present`: the links of the last look, by digest; `at` its time in seconds since 1970, 0 before the
    first. `chosen`: how many of them were taken for articles.
    """

    at: float = 0.0
    chosen: int = 0
    present: frozenset[str] = frozenset()
    habits: Mapping[str, Habit] = field(default_factory=dict)

    def dumps(self) -> str:
        habits = {
            name: [round(n, 3) for n in (of.came, of.stood, of.articles, of.others)]
            for name, of in self.habits.items()
        }
        said = {
            "at": round(self.at, 1),
            "chosen": self.chosen,
            "present": sorted(self.present),
            "habits": habits,
        }
        return json.dumps(said, ensure_ascii=False, separators=(",", ":"))

    @staticmethod
    def loads(text: str) -> "Learned":
        """ValueError, TypeError or KeyError where it is none."""
        said = json.loads(text)
        habits = {name: Habit(*numbers) for name, numbers in said["habits"].items()}
        return Learned(said["at"], said["chosen"], frozenset(said["present"]), habits)

    def points(self, url: str, lively: bool) -> int:
        """What is known of an address's shape; the exact one knows better than the general one."""
        of = shape(url)
        exact = self.habits.get(of.exact)
        said = exact.points(lively) if exact is not None else 0
        general = self.habits.get(of.general) if said == 0 and of.general != of.exact else None
        # Sections of all kinds share a general shape: it may encourage, not condemn.
        return said or (max(0, general.points(lively)) if general is not None else 0)


def entries(learned: Learned, links: Iterable[Link]) -> tuple[Entry, ...]:
    """The links to articles, judged by the page and by what it taught."""
    lively = any(habit.came >= CAME for habit in learned.habits.values())
    return tuple(
        Entry(link.url, link.title, link.published)
        for link in links
        if link.points > TRACKED and link.points + learned.points(link.url, lively) >= ENOUGH
    )


def rebuilt(learned: Learned, chosen: Sequence[Entry]) -> bool:
    """Whether the page is another one than it was: nearly all of its articles are new, and either in shapes
    that it never had, or many times as many as there were.
    """
    new = [entry for entry in chosen if _digest(entry.url) not in learned.present]
    if not learned.at or len(new) < max(REBUILT, REBUILT_SHARE * len(chosen)):
        return False
    strange = [entry for entry in new if shape(entry.url).general not in learned.habits]
    return len(strange) >= REBUILT_SHARE * len(new) or len(new) > 5 * max(REBUILT, learned.chosen)


def observe(learned: Learned, links: Sequence[Link], chosen: int, now: float) -> Learned:
    """After a look, by which so many links were taken for articles. The first one teaches what is there; of
    later ones, what came, what went, and what stood.
    """
    there = {_digest(link.url): shape(link.url) for link in links[:MOST_LINKS] if link.points > TRACKED}
    gap = min(max(0.0, now - learned.at) / DAY, LONGEST_GAP) if learned.at else 0.0
    share = 0.5 ** (gap * DAY / LEARNING)
    habits = {name: habit.faded(share) for name, habit in learned.habits.items()}
    for digest, of in there.items():
        new = bool(learned.at) and digest not in learned.present
        for name in {of.exact, of.general}:
            before = habits.get(name, Habit())
            stood = before.stood if new else before.stood + gap
            habits[name] = replace(before, came=before.came + new, stood=stood)
    kept = sorted(habits, key=lambda name: _weight(habits[name]), reverse=True)[:MOST_SHAPES]
    return Learned(now, chosen, frozenset(there), {name: habits[name] for name in kept})


def told(learned: Learned, url: str, article: bool) -> Learned:
    """After a page that was found here was fetched and is an article, or is none."""
    habits = dict(learned.habits)
    of = shape(url)
    for name in {of.exact, of.general}:
        before = habits.get(name, Habit())
        habits[name] = replace(
            before, articles=before.articles + article, others=before.others + (not article)
        )
    return replace(learned, habits=habits)


def is_article(html: str) -> bool | None:
    """What a page says that it is; None where it does not say."""
    head = html[:300_000]
    if declared.is_article(head):
        return True
    return False if declared.is_list(head) else None


def _weight(habit: Habit) -> float:
    return habit.came + habit.articles + habit.others + habit.stood / STOOD


def _digest(url: str) -> str:
    return hashlib.blake2b(url.encode("utf-8", "replace"), digest_size=6).hexdigest()
