"""What stories have told, fact by fact. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from services.threader.facts import Kind, Told

FACTS = 200  # of a story that are remembered


class Telling(NamedTuple):
    """A fact of a story and the article that told it first (-1: one that was not seen)."""

    told: Told
    number: int
    kind: Kind
    lead: bool


class Tellings:
    """Facts by story, in the order in which they were told. Of most stories that is the event of their first
    article, which alone is kept of it.
    """

    def __init__(self) -> None:
        self._by_story: dict[int, Told | tuple[Telling, ...]] = {}

    def of(self, story: int) -> tuple[Telling, ...]:
        known = self._by_story.get(story, ())
        return (_of_first_article(known, story),) if isinstance(known, Told) else known

    def keep(self, story: int, tellings: Sequence[Telling]) -> None:
        """In the place of what was known; the first FACTS."""
        one = tellings[0]
        bare = len(tellings) == 1 and one == _of_first_article(one.told, story)
        self._by_story[story] = one.told if bare else tuple(tellings[:FACTS])

    def forget(self, story: int) -> None:
        self._by_story.pop(story, None)


def _of_first_article(one: Told, story: int) -> Telling:
    return Telling(one, story, "event", lead=True)
