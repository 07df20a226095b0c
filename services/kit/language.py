"""The language of a text, with what is claimed of it as a hint; tags such as de-AT. Pure.

CLD2 tells languages apart by their letters in fours, in about a fifth of a millisecond; docs/decisions/0013
has how it compares. A claim decides only where the text does not: in a short one, and between languages that
are written alike.
"""

import re

import pycld2
import regex

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

# Written so much alike that a publisher knows better than statistics which one it writes.
KIN = (
    frozenset(("sr", "hr", "bs", "me")),
    frozenset(("id", "ms")),
    frozenset(("hi", "mr", "ne")),
    frozenset(("af", "nl")),
)
MOST = 4_000  # characters: more make it no surer
LEAST = 40
SURE, LIKELY = 60, 50  # per cent of the text in that language
# CLD2 calls a text so that it cannot tell.
UNKNOWN = "un"
_HAN, _KANA, _HANGUL, _LETTER = map(
    regex.compile, (r"\p{Han}", r"[\p{Hiragana}\p{Katakana}]", r"\p{Hangul}", r"\p{L}")
)
# Where none of these is, which is quick to tell, there is none of those.
_EAST_ASIAN = re.compile("[\u1100-\u11ff\u2e80-\ua97f\uac00-\ud7ff\uf900-\uffef\U0001b000-\U0003ffff]")
_CONTROL = regex.compile(r"[\p{Cc}\p{Cs}\p{Cn}]+")


def iso_639_1(tag: str) -> str | None:
    """The language of a tag: de-AT → de, nb_NO → no. None for what has no code of two letters."""
    match = _TAG.match(tag.strip())
    if match is None:
        return None
    code = match[1].lower()
    code = _ALIASES.get(code, code)
    return code if code in _CODES else None


def is_tag(text: str) -> bool:
    """Is it written as a tag of a language? Whether there is such a language is another question."""
    return _TAG.match(text.strip()) is not None


def language(text: str, claims: list[str]) -> str | None:
    """ISO 639-1; None where the text does not tell and nobody claims anything."""
    claim = claims[0] if claims else None
    plain = _CONTROL.sub(" ", text[:MOST])
    if sum(letter.isalpha() for letter in plain[:200]) < LEAST // 2:
        return claim
    if written := east_asian(plain):
        return written
    found, share, reliable = _detect(plain, claim)
    if found is None or found == claim:
        return claim
    if claim is None:
        return found if reliable or share >= LIKELY else None
    alike = any(found in kin and claim in kin for kin in KIN)
    return claim if alike or not reliable or share < SURE else found


def east_asian(text: str) -> str | None:
    """Chinese, Japanese and Korean show by their letters: the commonest script, and kana among Han."""
    if not _EAST_ASIAN.search(text):
        return None
    han, kana, hangul = (len(script.findall(text)) for script in (_HAN, _KANA, _HANGUL))
    if not han + kana + hangul or 2 * (han + kana + hangul) < len(_LETTER.findall(text)):
        return None
    if hangul > han + kana:
        return "ko"
    return "ja" if 20 * kana > han else "zh"


def _detect(text: str, claim: str | None) -> tuple[str | None, int, bool]:
    """(the likeliest language, its share of the text in per cent, whether CLD2 is sure)."""
    for hint in dict.fromkeys((claim, None)):
        try:
            reliable, _, found = pycld2.detect(text, isPlainText=True, bestEffort=True, hintLanguage=hint)
        except pycld2.error:  # a hint that it does not know, or bytes that are no text to it
            continue
        code, share = found[0][1], found[0][2]
        return (None if code == UNKNOWN else iso_639_1(code)), share, reliable
    return None, 0, False
