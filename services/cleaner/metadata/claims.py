"""What a page says of its language: tags such as de-AT. Pure."""

import re

from services.cleaner.metadata.page import Page
from services.cleaner.metadata.tree import document_language

_TAG = re.compile(r"([a-z]{2})(?:[-_]([a-z0-9]+))*$", re.IGNORECASE)
# Old codes, and the two written forms of one language that is asked for under one code.
_ALIASES = {
    "iw": "he",
    "in": "id",
    "ji": "yi",
    "nb": "no",
    "nn": "no",
    "sh": "sr",
    "jp": "ja",
    "cz": "cs",
    "gr": "el",
    "ua": "uk",
}
# Countries whose codes are taken for their language's.


def languages(page: Page) -> list[str]:
    """The languages it claims, ISO 639-1, the article's own claim before the template's."""
    found = (iso_639_1(tag) for tag in tags(page))
    return list(dict.fromkeys(code for code in found if code))


def iso_639_1(tag: str) -> str | None:
    """The language of a tag: de-AT → de, nb_NO → no. None for what has no code of two letters."""
    match = _TAG.match(tag.strip())
    if match is None:
        return None
    code = match[1].lower()
    return _ALIASES.get(code, code)


def tags(page: Page) -> list[str]:
    """Language tags in lower case with hyphens."""
    said = [*page.said("inLanguage"), document_language(page.tree)]
    said += page.meta(
        "og.locale", "inlanguage", "language", "contentlanguage", "dc.language", "dcterms.language"
    )
    return [tag.strip().lower().replace("_", "-") for tag in said if _TAG.match(tag.strip())]
