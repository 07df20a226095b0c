"""Which texts repeat which: containment of word shingles, looked up by a sample of their hashes. Pure."""

from collections import Counter, defaultdict
from zlib import crc32

SHINGLE = 6
SAMPLE = 4
LEAST_SHARED = 6
CONTAINED = 0.8


def shingles(tokens: str) -> frozenset[int]:
    """Hashes of every run of six tokens, of which one in four is kept: the same ones in every text."""
    words = tokens.split(" ")
    hashes = (crc32(" ".join(words[i : i + SHINGLE]).encode()) for i in range(len(words) - SHINGLE + 1))
    return frozenset(value for value in hashes if value % SAMPLE == 0)


class Copies:
    """The texts seen so far. Memory grows with them; `forget` takes them out again."""

    def __init__(self) -> None:
        self._texts: dict[str, frozenset[int]] = {}
        self._holders: defaultdict[int, set[str]] = defaultdict(set)

    def add(self, id: str, sample: frozenset[int]) -> None:
        self.forget(id)
        self._texts[id] = sample
        for value in sample:
            self._holders[value].add(id)

    def forget(self, id: str) -> None:
        for value in self._texts.pop(id, frozenset()):
            holders = self._holders[value]
            holders.discard(id)
            if not holders:
                del self._holders[value]

    def nearest(self, id: str, sample: frozenset[int]) -> tuple[str, float] | None:
        """The other text that shares most, if the smaller of the two is contained in the larger by 80 %;
        with the share, 0 to 1. None where nothing comes near.
        """
        shared: Counter[str] = Counter()
        for value in sample:
            shared.update(self._holders.get(value, ()))
        best: tuple[str, float] | None = None
        for other, count in sorted(shared.items(), key=lambda pair: (-pair[1], pair[0])):
            if other == id or count < LEAST_SHARED:
                continue
            share = count / min(len(sample), len(self._texts[other]))
            if share >= CONTAINED and (best is None or share > best[1]):
                best = (other, share)
        return best
