"""Which language a text is in, as far as the tagger has to know. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence

from services.kit.language import east_asian, iso_639_1
from services.kit.language import language as by_letters
from services.tagger.model import Entry, Language

_ENOUGH = 3  # frequent words of another language that outweigh a claim
_SHORT = 40  # tokens: letters alone tell the language of a headline badly, words better
_SILENT = 20  # tokens of which some must be frequent words of the claimed language
_WORDS = 3  # points for known words that a short text must have
_SURE = 3  # more points than any other language has


def choose(
    claimed: str | None, text: str, words: Sequence[str], languages: Mapping[str, Language]
) -> str | None:
    """The language's code; what is claimed, unless the text plainly speaks another language.

    `words`: those of `text`, folded, or the first few hundred. None: unknown, and nothing in the text tells.
    """
    code = iso_639_1(claimed) if claimed else None
    counts = Counter(words)
    if not counts:
        return code
    if code is None:
        written = by_letters(text, [])
        return east_asian(text) or (_by_words(counts, written, languages) if len(words) < _SHORT else written)
    if code not in languages:
        return by_letters(text, [code])
    spoken = frozenset(counts)
    scores = {
        each.code: sum([counts[word] for word in each.frequent & spoken]) for each in languages.values()
    }
    best = max(scores, key=lambda each: scores[each])
    if scores[best] >= max(_ENOUGH, 3 * scores[code] + _ENOUGH):
        return best
    return by_letters(text, [code]) if not scores[code] and len(words) >= _SILENT else code


def _by_words(
    counts: Mapping[str, int], written: str | None, languages: Mapping[str, Language]
) -> str | None:
    """The language that knows most words of a short text, if it is plainly ahead of the others.

    `written`: the language by the letters; it decides between equals, and where it is one without words here,
    against a narrow lead.
    """
    scores = Counter({each.code: sum(_knows(each, word) for word in counts) for each in languages.values()})
    (best, most), (_, second) = scores.most_common(2)
    if written is not None and (
        written not in languages if most - second < _SURE else scores[written] == most
    ):
        return written
    return best if most >= _WORDS and most > second else None


def _knows(language: Language, word: str) -> int:
    """2 for a word of the language, 1 for one that begins like its words, which those of kin do as well.
    Names say nothing: they are the same in many."""
    if word in language.frequent or word in language.numbers:
        return 2
    lexicons = (language.vocabulary, language.keys, language.grammar)
    if any(lexicon.has(word, Entry) for lexicon in lexicons):
        return 2
    return int(any(not isinstance(each, Entry) for lexicon in lexicons for each in lexicon.alone(word)))
