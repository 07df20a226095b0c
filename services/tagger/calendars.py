"""The names of weekdays and months of a language, from CLDR, as a lexicon."""

from collections.abc import Iterator, Mapping

from services.tagger.cldr import Cldr
from services.tagger.dates import Ago, Month, Weekday
from services.tagger.lexicon import Lexicon, Pattern, Term, Variants
from services.tagger.words import tokens

# Cases of weekdays that CLDR does not have: среда, в среду; środa, w środę; neděle, v neděli.
_ENDINGS: Mapping[str, Mapping[str, str]] = {
    "ru": {"а": "у"},
    "uk": {"а": "у", "я": "ю"},
    "pl": {"a": "ę"},
    "cs": {"a": "u", "e": "i"},
}
_AGO: Mapping[str, int] = {"yesterday": 1, "today": 0, "tomorrow": -1}


def calendar(code: str, words: Mapping[str, tuple[str, ...]], cldr: Cldr, variants: Variants) -> Lexicon:
    """Weekdays, months, yesterday, today and tomorrow; the last three are classes of `words`."""
    return Lexicon(_terms(code, words, cldr), variants)


def _terms(code: str, words: Mapping[str, tuple[str, ...]], cldr: Cldr) -> Iterator[Term]:
    numbered = code in ("zh", "ja")  # 5月3日
    for number, name in cldr.weekdays:
        for form in _forms(name, _ENDINGS.get(code, {})):
            yield Term(_patterns(form, code in ("de", "sv")), Weekday(number))
    for number, name in () if numbered else cldr.months:
        yield Term(_patterns(name), Month(number))
    for number in range(1, 13) if numbered else ():
        yield Term(_patterns(f"{number}月"), Month(number))
    for name, ago in _AGO.items():
        for phrase in words.get(name, ()):
            yield Term(_patterns(phrase.replace("_", " ")), Ago(ago))


def _forms(name: str, endings: Mapping[str, str]) -> tuple[str, ...]:
    other = endings.get(name[-1])
    return (name,) if other is None else (name, name[:-1] + other)


def _patterns(name: str, stem: bool = False) -> tuple[Pattern, ...]:
    """The words of a name; `stem`: with any ending (Dienstagabend, tisdagen)."""
    return tuple(Pattern(token.key, stem) for token in tokens(name))
