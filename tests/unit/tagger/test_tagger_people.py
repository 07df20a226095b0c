"""Names beside the gazetteer's: what spaCy and a fake of it must both do."""

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import pytest

from schemas.events import Entity
from services.kit.errors import Unavailable
from services.tagger.core import annotate, with_names
from services.tagger.knowledge import load_knowledge
from services.tagger.people import Name, NameFinder, add_names
from services.tagger.spacy_names import SpacyNames, finder, read_models

KNOWLEDGE = load_knowledge()
TITLE = "Acme Widgets hires Jane Roe"
TEXT = "Jane  Roe met Vladimir Putin in Norway. Acme Widgets makes widgets."


class FakeNames:
    """Knows two names of English."""

    source = "fake"

    def find(self, text: str, language: str | None) -> Sequence[Name]:
        if language != "en":
            return ()
        known = (Name("Jane Roe", "person"), Name("Acme Widgets", "organisation"))
        return [name for name in known if name.text in text]


def spacy_names(folder: Path) -> SpacyNames:
    """A model that needs no download: spaCy's own pipeline with two names."""
    import spacy  # noqa: PLC0415

    model = spacy.blank("en")
    rules = model.add_pipe("entity_ruler")
    rules.add_patterns(
        [  # type: ignore[attr-defined, unused-ignore]
            {"label": "PERSON", "pattern": "Jane Roe"},
            {"label": "ORG", "pattern": "Acme Widgets"},
            {"label": "GPE", "pattern": "Norway"},
        ]
    )
    model.to_disk(folder / "model")
    return SpacyNames({"en": str(folder / "model")})


@pytest.fixture(params=["fake", "spacy"])
def names(request: pytest.FixtureRequest, tmp_path: Path) -> NameFinder:
    if request.param == "fake":
        return FakeNames()
    if importlib.util.find_spec("spacy") is None:
        pytest.skip("spaCy is not installed: pip install 'newswatch[spacy]' to test the extra")
    return spacy_names(tmp_path)


def test_names_are_added_with_their_source(names: NameFinder) -> None:
    found = annotate(TITLE, TEXT, "en", None, KNOWLEDGE)
    more = with_names(found, TITLE, TEXT, names).entities
    assert more[: len(found.entities)] == found.entities
    assert set(more[len(found.entities) :]) == {
        Entity(name="Jane Roe", type="person", source=names.source),
        Entity(name="Acme Widgets", type="organisation", source=names.source),
    }


def test_a_language_that_it_does_not_know_gives_no_names(names: NameFinder) -> None:
    assert list(names.find(TEXT, "de")) == []
    assert list(names.find(TEXT, None)) == []


def test_any_text_is_survived(names: NameFinder) -> None:
    for text in ("", "\x00\x01", "a" * 50_000, "Jane Roe " * 5_000):
        assert len(names.find(text, "en")) <= 5_000


def test_known_names_are_not_told_twice() -> None:
    known = (Entity(name="Vladimir Putin", type="person"),)
    told = (Name("VLADIMIR  PUTIN", "person"), Name("Jane\nRoe", "person"), Name("…", "person"))
    assert add_names(known, told, "x") == (*known, Entity(name="Jane Roe", type="person", source="x"))


def test_without_the_setting_spacy_is_not_even_imported() -> None:
    assert finder("") is None


def test_what_is_wrong_with_the_setting_is_told() -> None:
    assert read_models("en=a, de=b") == {"en": "a", "de": "b"}
    with pytest.raises(ValueError, match="'english' is not language=model"):
        read_models("english")
    with pytest.raises(Unavailable, match=r"NEWSWATCH_SPACY_MODELS"):
        finder("en=no_such_model_at_all")
