"""Which of several crawlers watches a source: by rendezvous hashing, so that a change of their number moves
only as many sources as it must. Pure.
"""

import hashlib
import re
from dataclasses import dataclass

from services.crawler.sources import Source
from services.kit.urls import site


@dataclass(frozen=True, slots=True)
class Shard:
    """The `number`th of `of` crawlers, counted from 1. Number 0 watches nothing any more: it only brings to
    its end what is on its disk.
    """

    number: int = 1
    of: int = 1

    @staticmethod
    def parse(text: str) -> "Shard":
        """`2/3` is the second of three, `0/3` one that retires; ValueError for anything else."""
        found = re.fullmatch(r"(\d{1,4})/(\d{1,4})", text.strip())
        if found is None or not 0 <= int(found[1]) <= int(found[2]) or not int(found[2]):
            raise ValueError(
                f"{text!r} is no shard: write 2/3 for the second of three crawlers, 0/3 for one that retires"
            )
        return Shard(int(found[1]), int(found[2]))

    @property
    def retires(self) -> bool:
        return self.number == 0

    def watches(self, source: Source) -> bool:
        """Sources of one site go to one crawler, which alone keeps that site's pace."""
        key = site(source.home or source.ways[0].url)
        scores = {
            number: hashlib.sha256(f"{number}\0{key}".encode()).digest() for number in range(1, self.of + 1)
        }
        return max(scores, key=scores.__getitem__) == self.number
