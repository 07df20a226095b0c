"""Reads the packaged files, checks them and makes the tagger's `Knowledge`."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from importlib.resources import files

from pydantic import Field

from services.kit.lasting import lasting
from services.tagger.calendars import calendar
from services.tagger.cldr import Cldr, read
from services.tagger.files import (
    CLASSES,
    EventFile,
    Forms,
    LanguageFile,
    Part,
    Source,
    TaxonomyError,
    parse,
)
from services.tagger.lexicon import Lexicon, Pattern, Term, Variants, same
from services.tagger.model import (
    Entry,
    EventType,
    Guard,
    Kind,
    Knowledge,
    Language,
    Order,
    Rule,
    Trigger,
    Word,
)
from services.tagger.spelling import patterns
from services.tagger.vocabulary import Topics, read_topics
from services.tagger.words import arabic_variants, fold, tokens


class _State(Part):
    code: str = Field(pattern=r"^[A-Z]{2}$")
    name: str
    adjectives: tuple[str, ...] = ()
    seats: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


class _Territory(Part):
    code: str = Field(pattern=r"^[A-Z]{2}$")
    name: str
    aliases: tuple[str, ...] = ()


class _Guard(Part):
    given_name: bool = False
    not_with: frozenset[str] = frozenset()
    unless: frozenset[str] = frozenset()


class _States(Part):
    states: tuple[_State, ...]
    territories: tuple[_Territory, ...]
    phrases: tuple[str, ...]
    guards: dict[str, _Guard]


class _Organisation(Part):
    code: str
    name: str
    names: tuple[str, ...]
    anaphors: tuple[str, ...] = ()


class _Organisations(Part):
    organisations: tuple[_Organisation, ...]


class _Cities(Part):
    cities: dict[str, tuple[str, ...]]


class _Agencies(Part):
    agencies: dict[str, tuple[str, ...]]


class _Person(Part):
    name: str
    code: str
    names: tuple[str, ...]


class _People(Part):
    people: tuple[_Person, ...]


def load_knowledge() -> Knowledge:
    """Everything in the packaged files. Raises TaxonomyError, naming file and line, if one is malformed."""
    with lasting():
        languages = [parse(name, LanguageFile, text) for name, text in _read("languages")]
        cldr = read(language.code for language in languages)
        names = _Names(cldr)
        events = event_files()
        topics = read_topics(
            _sources("taxonomy/topics"),
            _sources("taxonomy/words"),
            next(source for source in _sources("taxonomy") if source.name == "taxonomy/sections.yaml"),
            frozenset(event.code for event in events),
            {language.code: _frequent(language) for language in languages},
        )
        return build(languages, events, topics, names.guards(), names.terms, names.sources(), cldr)


def event_files() -> list[EventFile]:
    """The packaged types of event. Raises TaxonomyError."""
    return [parse(name, EventFile, text) for name, text in _read("taxonomy/events")]


Names = Callable[[LanguageFile | None], Iterator[Term]]


def build(
    languages: Iterable[LanguageFile],
    events: Iterable[EventFile],
    topics: Topics,
    guards: Mapping[str, Guard],
    names: Names,
    known: frozenset[str],
    cldr: Mapping[str, Cldr],
) -> Knowledge:
    """The knowledge that the parsed files hold. Raises TaxonomyError where they contradict each other."""
    languages = list(languages)
    types: dict[str, EventType] = {}
    triggers: dict[str, list[Term]] = {language.code: [] for language in languages}
    for file in events:
        types[file.code] = event = _event_type(file)
        rules = {name: Rule(name, **each.model_dump()) for name, each in file.rules.items()}
        place = f"taxonomy/events/{file.code}.yaml"
        for code, by_rule in file.languages.items():
            if code not in triggers:
                raise TaxonomyError(f"services/tagger/{place}: {code}: there is no languages/{code}.yaml")
            triggers[code] += _triggers(place, event, rules, by_rule)
        for language in languages:
            by_rule = language.events.get(file.code, {})
            own = list(_triggers(f"languages/{language.code}.yaml", event, rules, by_rule))
            triggers[language.code] += [*own, *_negated(own, language.order.negative_prefix)]
    for language in languages:
        if unknown := sorted(set(language.events) - set(types)):
            place = f"services/tagger/languages/{language.code}.yaml"
            raise TaxonomyError(f"{place}: events: no taxonomy/events/{unknown[0]}.yaml")
    return Knowledge(
        languages={
            language.code: _language(
                language,
                triggers[language.code],
                topics.keywords[language.code],
                (names, known, cldr[language.code]),
            )
            for language in languages
        },
        other=Language(
            "", Lexicon(names(None)), Lexicon(()), Lexicon(()), {}, Order(), frozenset(), Lexicon(())
        ),
        guards=guards,
        topics=topics.rules,
        sections=topics.sections,
        subjects_of=topics.subjects_of,
        events=types,
    )


def _event_type(file: EventFile) -> EventType:
    place = f"services/tagger/taxonomy/events/{file.code}.yaml"
    for name in (*file.objects, *file.cancel, *(rule.needs for rule in file.rules.values() if rule.needs)):
        if name not in CLASSES:
            raise TaxonomyError(
                f"{place}: no such class of words: {name} (services/tagger/files.py lists them)"
            )
    return EventType(
        code=file.code,
        cameo=file.cameo,
        plover=file.plover,
        objects=frozenset(file.objects),
        actor=file.actor,
        target=file.target,
        own=file.own,
        counted=file.counted,
        cancel=frozenset(file.cancel),
        official=file.official,
        fallback=file.fallback,
        act=file.act,
        happens=file.happens,
    )


def _triggers(
    place: str, event: EventType, rules: Mapping[str, Rule], by_rule: Mapping[str, Forms]
) -> Iterator[Term]:
    for name, forms in by_rule.items():
        if name not in rules:
            raise TaxonomyError(
                f"services/tagger/{place}: {event.code}.{name}: no such rule; there is {', '.join(rules)}"
            )
        alike = Counter(map(fold, {phrase for phrases in forms.values() for phrase in phrases}))
        for form, phrases in forms.items():
            for phrase in phrases:
                head, _, tail = phrase.partition("_~_")
                spelling = phrase if alike[fold(phrase)] > 1 and phrase.isalpha() else ""
                trigger = Trigger(event, rules[name], form, patterns(tail) if tail else (), spelling)
                yield Term(patterns(head), trigger)


def _negated(terms: Iterable[Term], prefix: str) -> Iterator[Term]:
    """The verbs with a prefix that denies them: vyhostí, nevyhostí."""
    for term in terms if prefix else ():
        first, *others = term.patterns
        if isinstance(term.meaning, Trigger) and term.meaning.form not in ("noun", "label"):
            negated = Pattern(prefix + first.text, first.stem)
            yield Term((negated, *others), replace(term.meaning, negated=True))


# Classes that make a sentence worth a closer look; they are looked up in every article.
_KEYS = frozenset(
    """
    diplomat staff mission mission_weak office envoy relations visas sanctions truce treaty voters others
    cover people
    """.split()  # noqa: SIM905 (a list of quoted words would be three times as long)
)


def _language(
    file: LanguageFile,
    triggers: list[Term],
    keywords: list[Term],
    named: tuple[Names, frozenset[str], Cldr],
) -> Language:
    names, known, cldr = named
    for code in (*file.names.organisations, *file.names.anaphors, *file.names.persons):
        if code.split(":")[0] not in known:
            raise TaxonomyError(f"services/tagger/languages/{file.code}.yaml: names: {code!r} is not known")
    classes: dict[str, set[str]] = {}
    for name, phrases in file.words.items():
        for phrase in phrases:
            classes.setdefault(phrase, set()).add(name)
    alike = Counter(map(fold, classes))
    grammar: list[Term] = []
    keys: list[Term] = []
    for phrase, names_of in classes.items():
        spelling = phrase if alike[fold(phrase)] > 1 and phrase.isalpha() else ""
        term = Term(patterns(phrase), Word(frozenset(names_of), spelling))
        (keys if names_of & _KEYS else grammar).append(term)
    variants: Variants = arabic_variants if file.code == "ar" else same
    numbers = {
        token.key: value
        for value, phrases in file.numbers.items()
        for phrase in phrases
        for token in tokens(phrase)[:1]
    }
    return Language(
        code=file.code,
        keys=Lexicon((*names(file), *triggers, *keys), variants),
        grammar=Lexicon(grammar, variants),
        vocabulary=Lexicon(keywords, variants),
        numbers=numbers,
        order=Order(**file.order.model_dump()),
        frequent=_frequent(file),
        calendar=calendar(file.code, file.words, cldr, variants),
    )


def _frequent(file: LanguageFile) -> frozenset[str]:
    return frozenset(tokens(word)[0].key for word in file.frequent)


def _read(folder: str) -> list[tuple[str, str]]:
    """The names and texts of the YAML files in a folder, in order of their names."""
    place = files("services.tagger").joinpath(*folder.split("/"))
    found = [each for each in place.iterdir() if each.name.endswith(".yaml")]
    return [(f"{folder}/{each.name}", each.read_text(encoding="utf-8")) for each in sorted(found, key=str)]


def _sources(folder: str) -> list[Source]:
    return [Source(name, text) for name, text in _read(folder)]


class _Names:
    """The names of states, organisations and people, in English and in the languages that have a file."""

    def __init__(self, cldr: Mapping[str, Cldr]) -> None:
        self._cldr = cldr
        texts = dict(_read("names"))
        self._states = parse("names/states.yaml", _States, texts["names/states.yaml"])
        self._bodies = parse("names/organisations.yaml", _Organisations, texts["names/organisations.yaml"])
        self._people = parse("names/people.yaml", _People, texts["names/people.yaml"])
        self._cities = parse("names/cities.yaml", _Cities, texts["names/cities.yaml"]).cities
        self._agencies = parse("names/agencies.yaml", _Agencies, texts["names/agencies.yaml"]).agencies
        known = self.sources()
        for name, codes in (("cities", self._cities), ("agencies", self._agencies)):
            for code in codes:
                if code not in known:
                    source = Source(f"names/{name}.yaml", texts[f"names/{name}.yaml"])
                    raise source.error((name, code), "no such state or organisation")
        for person in self._people.people:
            if person.code not in known:
                place = f"services/tagger/names/people.yaml: {person.name}"
                raise TaxonomyError(f"{place}: {person.code!r} is no state and no organisation")

    def sources(self) -> frozenset[str]:
        """The codes of all states and organisations."""
        return frozenset(
            (
                *(each.code for each in self._states.states),
                *(each.code for each in self._bodies.organisations),
            )
        )

    def guards(self) -> dict[str, Guard]:
        return {
            name: Guard(given_name=guard.given_name, not_with=guard.not_with, unless=guard.unless)
            for name, guard in self._states.guards.items()
        }

    def terms(self, language: LanguageFile | None) -> Iterator[Term]:
        """The names as a language writes them. None: those that many languages share."""
        english = language is not None and language.code == "en"
        labels = {each.code: each.name for each in self._states.states}
        labels |= {each.code: each.name for each in self._states.territories}
        bodies = {each.code: each.name for each in self._bodies.organisations}
        for code, names in self._cities.items():
            for name in names:
                place = name.rstrip("*")
                yield Term(patterns(name.replace(" ", "_")), Entry(place, code, "place"))
        for code, names in self._agencies.items():
            for name in names:
                label = name.rstrip("*")
                spelling = label if label.isupper() and label.isalnum() else ""
                entry = Entry(label, code, "organisation", spelling, agency=True)
                yield Term(patterns(name.replace(" ", "_")), entry)
        for person in self._people.people:
            yield from _named(person.names, person.name, person.code, "person")
        for body in self._bodies.organisations:
            short = [
                name
                for name in body.names
                if english
                or language is None
                or name.isupper()
                or name == body.code
                or name.capitalize() == name
            ]
            yield from _named(short, body.name, body.code, "organisation")
        if english:
            yield from self._english()
        if language is None:
            for state in self._states.states:
                yield from _named((state.name, *state.aliases, *state.seats), state.name, state.code, "name")
            return
        cldr = self._cldr[language.code]
        yield from _own(language, labels, bodies, cldr.territories)
        # A capital that the language's file does not list is written as CLDR has it, or else as in English.
        banned = {phrase.replace("_", " ") for phrase in language.names.not_names} | set(labels.values())
        for state in self._states.states:
            if state.code not in language.names.seats:
                seats = [each for each in state.seats if each not in banned]
                yield from _named(seats, state.name, state.code, "seat")
                for city in (
                    {cldr.cities[each] for each in seats if each in cldr.cities} - banned - set(seats)
                ):
                    phrase = city.replace(" ", "_")
                    yield from _inflected(phrase, state.name, state.code, "seat", language)

    def _english(self) -> Iterator[Term]:
        yield from _named(self._states.phrases, "", "", "phrase")
        for state in self._states.states:
            names = (state.name, *state.aliases)
            yield from _named(names, state.name, state.code, "name")
            yield from _named(state.seats, state.name, state.code, "seat")
            adjectives = [each for each in state.adjectives if each not in names]
            people = [each for each in adjectives if each.endswith("s") and each != "Swiss"]
            yield from _named(
                (each for each in adjectives if each not in people), state.name, state.code, "adjective"
            )
            yield from _named(people, state.name, state.code, "people")
        for place in self._states.territories:
            yield from _named((place.name, *place.aliases), place.name, place.code, "place")
        for body in self._bodies.organisations:
            for phrase in body.anaphors:
                yield Term(patterns(phrase), Entry(body.name, body.code, "anaphor", capital=False))


def _named(phrases: Iterable[str], name: str, code: str, kind: Kind) -> Iterator[Term]:
    for phrase in phrases:
        first = tokens(phrase)[0].text
        spelling = first if first.isupper() and len(phrase.split()) == 1 and len(first) > 1 else ""
        yield Term(tuple(Pattern(token.key) for token in tokens(phrase)), Entry(name, code, kind, spelling))


def _own(
    language: LanguageFile,
    labels: Mapping[str, str],
    bodies: Mapping[str, str],
    territories: Mapping[str, str],
) -> Iterator[Term]:
    """The names in the language's own file, and CLDR's names of the states, in all their cases."""
    own = language.names
    banned = {phrase.replace("_", " ") for phrase in own.not_names}
    kinds: tuple[tuple[Kind, Mapping[str, tuple[str, ...]]], ...] = (
        ("name", own.states),
        ("adjective", own.adjectives),
        ("people", own.people),
        ("seat", own.seats),
        ("organisation", own.organisations),
        ("anaphor", own.anaphors),
        ("person", own.persons),
    )
    if language.code != "en":
        for code, label in labels.items():
            phrase = territories.get(code, "")
            # Of names such as "Hongkong (China)" the part before the bracket is what newspapers write.
            phrase = phrase.partition(" (")[0].partition("（")[0]
            if phrase and phrase not in banned:
                yield from _inflected(phrase.replace(" ", "_"), label, code, "name", language)
    if language.code in ("zh", "ja"):  # words in which a character is no short name of a state (无意)
        for phrase in own.not_names:
            yield Term(patterns(phrase), Entry("", "", "phrase", capital=False))
    for kind, by_code in kinds:
        for code, phrases in by_code.items():
            own_label = (bodies if kind in ("organisation", "anaphor") else labels).get(code)  # AU is both
            label = own_label or labels.get(code) or bodies.get(code) or code
            for phrase in phrases:
                yield from _inflected(phrase, label, code, kind, language)


def _inflected(phrase: str, label: str, code: str, kind: Kind, language: LanguageFile) -> Iterator[Term]:
    capital = kind in ("name", "seat", "person", "organisation") or (
        kind in ("adjective", "people") and language.capital_adjectives
    )
    capital = capital and not (kind == "name" and phrase[0].islower())
    words = phrase.replace("_", " ").split()
    spelling = (
        words[0]
        if len(words) == 1 and words[0].isupper() and len(words[0]) <= 5 and words[0].isalpha()
        else ""
    )
    if language.code in ("ar", "zh", "ja"):
        spelling, capital = (phrase if "\u0651" in phrase else ""), False  # Amman is not Oman
    followers = language.names.followers if len(phrase) == 1 else ""
    entry = Entry(label, code, kind, spelling, capital, followers)
    yield Term(patterns(phrase), entry)
    if spelling:
        return
    if kind in ("name", "seat", "organisation", "person"):
        if language.owner_ending and not phrase.endswith(("s", "x", "z", "*")):
            yield Term(patterns(phrase + language.owner_ending), Entry(label, code, "owner", "", capital))
        for endings in _endings(words, language.endings):
            yield Term(patterns("_".join(endings)), entry)


def _endings(words: list[str], endings: Mapping[str, tuple[str, ...]]) -> Iterator[list[str]]:
    """The words with other endings: the name's last word alone, and where it has an adjective, both."""
    if not endings or words[-1].endswith("*") or words[-1].isupper():
        return
    *front, last = words
    forms = list(_forms(last, endings))
    if not front:
        yield from ([form] for form in forms)
        return
    stems = [word if len(word) < 5 else word[:-2] + "*" for word in front]
    yield from ([*stems, form] for form in (last, *forms))
    first_forms = list(_forms(front[0], endings))
    yield from ([form, *front[1:], last] for form in first_forms)


def _forms(word: str, endings: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    for ending in sorted(endings, key=len, reverse=True):
        if ending == "-" or (word.endswith(ending) and len(word) > len(ending) + 1):
            stem = word if ending == "-" else word[: -len(ending)]
            for other in endings[ending]:
                yield stem + ("" if other == "-" else other)
            return
