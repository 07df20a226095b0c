"""Made-up subscriptions in large numbers, as the users of a news monitor would write them.

Single names, phrases, conjunctions and disjunctions of 2 to 8 terms, proximity, fields, prefixes. Their words
are those of the articles with their natural spread, and names that no article has: most match nothing.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence

from services.kit.query.tree import And, Keyword, Node, Not, Or, Phrase, Prefix, Word

_SYLLABLES = (
    "ka",
    "ro",
    "mi",
    "ten",
    "sal",
    "vor",
    "du",
    "lin",
    "sha",
    "per",
    "gol",
    "wen",
    "ba",
    "tri",
    "nok",
    "ze",
)
_TOO_COMMON = 0.2  # nobody subscribes to what every fifth article has
_SOURCES = tuple(f"outlet-{number}" for number in range(400))
_LANGUAGES = ("en", "de", "fr", "es", "ru", "ar", "zh", "pt")


class Generator:
    """Subscriptions about such articles; the same seed gives the same ones. `unknown`: the share of names
    that no article has.
    """

    def __init__(self, tokens: Sequence[str], seed: int = 1, unknown: float = 0.993) -> None:
        self._unknown = unknown
        self._chance = random.Random(seed)
        sequences = [text.split() for text in tokens]
        articles = Counter(word for words in sequences for word in set(words))
        rare = {word for word, count in articles.items() if count <= _TOO_COMMON * len(tokens)}
        self._words = sorted(rare)
        self._phrases = sorted(
            {
                tuple(words[at : at + length])
                for words in sequences
                for length in (2, 3)
                for at in range(0, len(words) - 3, 7)
                if rare.intersection(words[at : at + length])
            }
        )
        self._common = [word for word, _ in articles.most_common(3000)][60:]

    def queries(self, count: int) -> Iterator[Node]:
        kinds = (
            self._name,
            self._phrase,
            self._all,
            self._some,
            self._mixed,
            self._near,
            self._field,
            self._prefix,
        )
        weights = (30, 20, 18, 8, 6, 8, 6, 4)
        for kind in self._chance.choices(kinds, weights, k=count):
            yield kind()

    def _token(self) -> str:
        if self._chance.random() < self._unknown:
            return "".join(self._chance.choices(_SYLLABLES, k=self._chance.randint(2, 5)))
        return self._chance.choice(self._words)

    def _name(self) -> Node:
        return Word(self._token())

    def _phrase(self) -> Node:
        if self._chance.random() < 0.95:
            return Phrase((self._chance.choice(self._common), self._token()))
        return Phrase(self._chance.choice(self._phrases))

    def _term(self) -> Node:
        return self._chance.choice((self._name, self._name, self._common_word, self._phrase))()

    def _common_word(self) -> Node:
        return Word(self._chance.choice(self._common))

    def _all(self) -> Node:
        return And(tuple(self._term() for _ in range(self._chance.randint(2, 5))))

    def _some(self) -> Node:
        return Or(tuple(self._name() for _ in range(self._chance.randint(2, 8))))

    def _mixed(self) -> Node:
        """(a OR b) c NOT d"""
        either = Or(tuple(self._name() for _ in range(self._chance.randint(2, 4))))
        return And((either, self._common_word(), Not(self._common_word())))

    def _near(self) -> Node:
        words = {self._token(), self._chance.choice(self._common), self._token()}
        return Phrase(tuple(sorted(words)), within=self._chance.randint(5, 20))

    def _field(self) -> Node:
        field = self._chance.choice(("title", "source", "language"))
        if field == "title":
            return Word(self._token(), "title")
        if field == "source":
            return And((Keyword("source", self._chance.choice(_SOURCES)), self._term()))
        return And((Keyword("language", self._chance.choice(_LANGUAGES)), self._term()))

    def _prefix(self) -> Node:
        token = self._token()
        return Prefix(token[: max(5, len(token) - 2)])


def source_of(number: int) -> str:
    """The outlet and, below, the language of the article of that number."""
    return _SOURCES[number % len(_SOURCES)]


def language_of(number: int) -> str:
    return _LANGUAGES[number % 3]
