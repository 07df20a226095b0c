"""People and organisations by spaCy's models: an optional extra (pip install newswatch[spacy])."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from services.kit.errors import Unavailable
from services.tagger.people import Name

_MOST: Final = 20_000  # characters of an article that are looked at: ten times a usual one
_TYPES: Final[Mapping[str, Literal["person", "organisation"]]] = {
    "PERSON": "person",
    "PER": "person",
    "persName": "person",
    "PRS": "person",
    "ORG": "organisation",
    "orgName": "organisation",
}
_NOT_NEEDED: Final = ("parser", "lemmatizer", "attribute_ruler", "senter")


class SpacyNames:
    """A model for each language. Needs spaCy, some 10 ms for an article and 50 MB for each small model."""

    source = "spacy"

    def __init__(self, models: Mapping[str, str]) -> None:
        """`models`: by language, names of installed models or folders. Raises Unavailable."""
        self._models: dict[str, Any] = {language: _load(name) for language, name in models.items()}

    def find(self, text: str, language: str | None) -> Sequence[Name]:
        model = self._models.get(language or "")
        if model is None:
            return ()
        return [
            Name(found.text, _TYPES[found.label_])
            for found in model(text[:_MOST]).ents
            if found.label_ in _TYPES
        ]


def read_models(setting: str) -> dict[str, str]:
    """`en=en_core_web_sm,de=de_core_news_sm` by language. Raises ValueError."""
    models: dict[str, str] = {}
    for part in filter(None, (each.strip() for each in setting.split(","))):
        language, separator, model = part.partition("=")
        if not separator or len(language) != 2 or not model:
            raise ValueError(f"{part!r} is not language=model, such as en=en_core_web_sm")
        models[language] = model
    return models


def finder(setting: str) -> SpacyNames | None:
    """The finder that the setting asks for; none where it is empty. Raises Unavailable, ValueError."""
    models = read_models(setting)
    return SpacyNames(models) if models else None


def _load(name: str) -> Any:
    try:
        import spacy  # noqa: PLC0415 - an optional extra, which costs nothing where it is off
    except ImportError as error:
        raise Unavailable("NEWSWATCH_SPACY_MODELS needs spaCy: pip install 'newswatch[spacy]'") from error
    try:
        return spacy.load(name, exclude=_NOT_NEEDED)
    except OSError as error:
        raise Unavailable(
            f"spaCy has no model {name!r} (NEWSWATCH_SPACY_MODELS): python -m spacy download {name}"
        ) from error
