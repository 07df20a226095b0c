"""The topics, their words in each language and the names of sections, from the taxonomy's files. Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from services.tagger.files import SectionsFile, Source, TopicFile, TopicsFile, VocabularyFile, parse
from services.tagger.lexicon import Lexicon, Pattern, Term
from services.tagger.model import Keyword, TopicRule
from services.tagger.spelling import patterns

Location = tuple[int | str, ...]


class Topics(NamedTuple):
    """`keywords`: by language; the others as in `Knowledge`."""

    rules: tuple[TopicRule, ...]
    keywords: Mapping[str, list[Term]]
    sections: Lexicon
    subjects_of: Mapping[str, tuple[int, ...]]


class _Words(NamedTuple):
    """Words of one topic in one language, and where they are written."""

    topic: str
    weights: Mapping[int, Sequence[str]]
    source: Source
    location: Location


def read_topics(
    files: Iterable[Source],
    vocabularies: Iterable[Source],
    sections: Source,
    types: Collection[str],
    frequent: Mapping[str, frozenset[str]],
) -> Topics:
    """`types`: of event; `frequent`: the most frequent words of each language, which no topic may have.

    Raises TaxonomyError, naming file and line, where a file is malformed or they contradict each other.
    """
    rules: dict[str, TopicFile] = {}
    places: dict[str, tuple[Source, Location]] = {}
    words: dict[str, list[_Words]] = {language: [] for language in frequent}
    for source in files:
        for number, topic in enumerate(parse(source.name, TopicsFile, source.content).topics):
            at: Location = ("topics", number)
            if topic.code in rules:
                raise source.error(
                    (*at, "code"), f"{topic.code!r} is there already: {places[topic.code][0].name}"
                )
            rules[topic.code], places[topic.code] = topic, (source, at)
            for type in topic.events:
                if type not in types:
                    raise source.error((*at, "events"), f"there is no taxonomy/events/{type}.yaml")
            for language, weights in topic.words.items():
                _known(language, frequent, source, (*at, "words", language)).append(topic.code)
                words[language].append(_Words(topic.code, weights, source, (*at, "words", language)))
    for code, topic in rules.items():
        if topic.broader is not None and (topic.broader not in rules or rules[topic.broader].broader):
            source, at = places[code]
            raise source.error((*at, "broader"), f"{topic.broader!r} is no subject at the top")
    for source in vocabularies:
        file = parse(source.name, VocabularyFile, source.content)
        _known(file.language, frequent, source, ("language",))
        for code, weights in file.topics.items():
            if code not in rules:
                raise source.error(("topics", code), "no file of taxonomy/topics has this topic")
            words[file.language].append(_Words(code, weights, source, ("topics", code)))
    indices = {code: index for index, code in enumerate(rules)}
    return Topics(
        rules=tuple(
            TopicRule(
                each.code, each.label["en"], each.threshold, each.label, frozenset(each.events), each.broader
            )
            for each in rules.values()
        ),
        keywords={
            language: list(_keywords(written, language, rules, indices, frequent[language]))
            for language, written in words.items()
        },
        sections=_sections(sections, indices),
        subjects_of=_subjects_of(rules, indices),
    )


def _known(language: str, frequent: Mapping[str, frozenset[str]], source: Source, at: Location) -> list[str]:
    if language not in frequent:
        raise source.error(at, f"there is no languages/{language}.yaml")
    return []


def _keywords(
    written: Iterable[_Words],
    language: str,
    rules: Mapping[str, TopicFile],
    indices: Mapping[str, int],
    frequent: frozenset[str],
) -> Iterator[Term]:
    """A word of a topic speaks for its subject as well; no word may be that of nearly every article."""
    weights: dict[str, dict[str, int]] = {}
    spelled: dict[str, tuple[Pattern, ...]] = {}
    beginnings = {word[:size]: word for word in frequent for size in range(1, len(word) + 1)}
    ends = {word[-size:]: word for word in frequent for size in range(1, len(word) + 1)}
    whole = {word: word for word in frequent}
    for words in written:
        for weight, phrases in words.weights.items():
            at = (*words.location, weight)
            for phrase in phrases:
                meant = weights.setdefault(phrase, {})
                if words.topic in meant:
                    raise words.source.error(at, f"{phrase!r} is written twice for {words.topic}")
                first, *others = spelled[phrase] = patterns(phrase)
                fitting = beginnings if first.stem else ends if first.end else whole
                if not others and first.text in fitting:
                    common = fitting[first.text]
                    raise words.source.error(at, f"{phrase!r} fits {common!r}, which every text holds")
                meant[words.topic] = weight
    for phrase, meant in weights.items():
        for code, weight in list(meant.items()):
            if (broader := rules[code].broader) is not None:
                meant.setdefault(broader, weight)
        keyword = Keyword(tuple((indices[code], weight) for code, weight in meant.items() if weight))
        yield Term(spelled[phrase], keyword)
        if plural := _plural(phrase, language):
            yield Term(patterns(plural), keyword)


def _plural(phrase: str, language: str) -> str:
    """The plural in English; empty in other languages and where it is one already."""
    if language != "en" or phrase.endswith(("*", "s")):
        return ""
    return phrase[:-1] + "ies" if phrase.endswith("y") else phrase + "s"


def _sections(source: Source, indices: Mapping[str, int]) -> Lexicon:
    terms = []
    for code, phrases in parse(source.name, SectionsFile, source.content).sections.items():
        if code not in indices:
            raise source.error(("sections", code), "no file of taxonomy/topics has this topic")
        keyword = Keyword(((indices[code], 1),))
        terms += [Term(patterns(phrase), keyword) for phrase in phrases]
    return Lexicon(terms)


def _subjects_of(rules: Mapping[str, TopicFile], indices: Mapping[str, int]) -> Mapping[str, tuple[int, ...]]:
    found: dict[str, set[int]] = {}
    for code, topic in rules.items():
        for type in topic.events:
            found.setdefault(type, set()).add(indices[topic.broader or code])
    return {type: tuple(sorted(subjects)) for type, subjects in found.items()}
