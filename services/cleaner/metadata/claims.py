"""What a page says of its language: tags such as de-AT. Pure."""

import re

from services.cleaner.metadata.page import Page
from services.cleaner.metadata.tree import document_language

_TAG = re.compile(r"([a-z]{2})(?:[-_]([a-z0-9]+))*$", re.IGNORECASE)
# ISO 639-1, but for the codes in _ALIASES.
_CODES = frozenset((
    "aa", "ab", "ae", "af", "ak", "am", "an", "ar", "as", "av", "ay", "az", "ba", "be", "bg", "bh", "bi",
    "bm", "bn", "bo", "br", "bs", "ca", "ce", "ch", "co", "cr", "cs", "cu", "cv", "cy", "da", "de", "dv",
    "dz", "ee", "el", "en", "eo", "es", "et", "eu", "fa", "ff", "fi", "fj", "fo", "fr", "fy", "ga", "gd",
    "gl", "gn", "gu", "gv", "ha", "he", "hi", "ho", "hr", "ht", "hu", "hy", "hz", "ia", "id", "ie", "ig",
    "ii", "ik", "io", "is", "it", "iu", "ja", "jv", "ka", "kg", "ki", "kj", "kk", "kl", "km", "kn", "ko",
    "ks", "ku", "kv", "kw", "ky", "la", "lb", "lg", "li", "ln", "lo", "lt", "lu", "lv", "mg", "mh", "mi",
    "mk", "ml", "mn", "mr", "ms", "mt", "my", "na", "nd", "ne", "ng", "nl", "no", "nr", "nv", "ny", "oc",
    "oj", "om", "or", "os", "pa", "pi", "pl", "ps", "pt", "qu", "rm", "rn", "ro", "ru", "rw", "sa", "sc",
    "sd", "se", "sg", "si", "sk", "sl", "sm", "sn", "so", "sq", "sr", "ss", "st", "su", "sv", "sw", "ta",
    "te", "tg", "th", "ti", "tk", "tl", "tn", "to", "tr", "ts", "tt", "tw", "ty", "ug", "uk", "ur", "uz",
    "ve", "vi", "vo", "wa", "wo", "xh", "yi", "yo", "za", "zh", "zu",
))  # fmt: skip
# Old codes; countries' codes; and the two written forms of Norwegian, which readers ask for as one.
_ALIASES = {
    "iw": "he", "in": "id", "ji": "yi", "nb": "no", "nn": "no", "sh": "sr", "jp": "ja", "cz": "cs",
    "gr": "el", "ua": "uk", "kr": "ko", "cn": "zh", "dk": "da", "vn": "vi",
}  # fmt: skip


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
    code = _ALIASES.get(code, code)
    return code if code in _CODES else None


def tags(page: Page) -> list[str]:
    """Language tags in lower case with hyphens."""
    said = [*page.said("inLanguage"), document_language(page.tree)]
    said += page.meta(
        "og.locale", "inlanguage", "language", "contentlanguage", "dc.language", "dcterms.language"
    )
    return [tag.strip().lower().replace("_", "-") for tag in said if _TAG.match(tag.strip())]
