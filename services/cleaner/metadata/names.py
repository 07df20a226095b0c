"""Bylines as names: without "By", roles, places, addresses and credits, one name for each who signs. Pure."""

import re
from html import unescape

from services.cleaner.metadata.agencies import agency

LONGEST_LINE, LONGEST_NAME, MOST_WORDS = 400, 60, 6

BY = (
    r"(?:(?:written|story|words|text|reported|report|posted|published|compiled|created|authored|geschrieben|verfasst"
    r"|escrito|publicado|publié|écrit|scritto|skrevet|skriven)\s+)?"
    r"(?:by|von|vom|par|por|de|di|da|door|av|af|od|przez|от|від|από|oleh|ditulis oleh|बाय|द्वारा"
    r"|بقلم|كتب|كتبت|מאת)"
)
_LABEL = (
    r"(?:text|tekst|words|author|autor(?:a|en|es|i)?|auteurs?|autore|autori|автор(?:ы|и)?|текст|yazan|haber|penulis"
    r"|reporter|tác giả|szerző|लेखक|نویسنده|作者|记者|記者|文|撰文|作成者|작성자|글)"
)
_LEAD = re.compile(rf"^(?:{BY}\s*[:：]?\s+|{_LABEL}\s*[:：/／|]\s*)(?=\S)", re.IGNORECASE)
# What somebody wrote: Analysis by, Ein Kommentar von.
_WORK = re.compile(
    r"^(?:[^\W\d_]+\s+){1,3}(?:by|par|por)\s+(?=[^\W\d_a-zà-ÿ])"
    r"|^(?:[Ee]ine?\s+)?(?:[a-zà-ÿ]+|Analyse|Gastbeitrag|Interview|Kolumne|Kommentar|Leitartikel|Porträt|Reportage)\s+von\s+(?=[A-ZÄÖÜ])"
)
_TAIL = re.compile(
    r"\s*(?:記者|特派員|論説委員|記者報導|(?:인턴|선임)?기자|특파원|논설위원)\s*$|\s*=\s*\S+$|\s*외\s*\d+명$"
)
_BRACKETS = re.compile(r"\s*[(（\[【][^)）\]】]*[)）\]】]\s*")
_REST = re.compile(r"\s+[|—–-]\s+.*$")
# A place or desk after a name: in Berlin, à Paris, из Киева.
_WHERE = re.compile(r"\s+(?:in|aus|à|en|из|w|na)\s+(?=[^\W\d_a-zà-ÿа-я])[^,]+$")
_HARD = re.compile(r"\s*(?:;|\||•|·|\n|、|，|،|\s/\s|/)\s*")
_AND = re.compile(
    r",?\s+(?:and|und|et|y|e|и|та|og|och|ja|ve|dan|và|și|és|with|mit|avec|con|com|و|और|&)\s+", re.IGNORECASE
)
# Words that join names in few languages and stand within names in others: only between two whole names.
_BETWEEN = re.compile(r"(?<=\w\w)\s+(?:i|a|en|і)\s+(?=[^\W\d_]\w+\s+\w)")
_NOBODY = re.compile(
    r"https?:|www\.|@|/|^\W*$|\d|^(?:(?:\w_)?admin(?:istrator|n)?|undefined|false|true|editors?|redacción|redazione|redactie|redaktion|rédaction"
    r"|la rédaction|redação|redakcja|redakce|redaktionen|редакция|редакція|webmaster|web desk|n/?a|none|null"
    r"|unknown|anonymous|guest|user|author|the author|name|nama|nome|by|share|follow|sponsored|posted|says|in"
    r"|powered by|updated|published|contributors?)$"
    r"|\b(?:min(?:s|utes?)? read|min|uhr|getty|image|images|photo|foto|picture|video|illustration"
    r"|shutterstock|istock)\b",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"\S+://|www\.|\S+@\S+\.\w+$")
_ROLE = re.compile(
    r"\b(?:editor|reporter|correspondent|writer|journalist|contributor|columnist|producer|director|manager|chief"
    r"|corresponsal|redakteur(?:in)?|korrespondent(?:in)?|autor(?:in)?|journaliste|redattore|redactora?|correspondante?"
    r"|corrispondente|inviat[oa]|korespondent(?:ka)?|dziennikarz|dziennikarka|verslaggever|redacteur|ph\.?\s?d\.?"
    r"|m\.?d\.?|m\.?s\.?|r\.?d\.?|cpa|cfp|mba|esq|founder|ceo|professor|dietitian|expert|specialist|analyst|staff"
    r"|senior|president|head of|корреспондент|журналист|обозреватель|muhabiri|wartawan|coach"
    r"|team lead|licensed)\b",
    re.IGNORECASE,
)
_INITIALS = re.compile(r"(?:[A-Z]\.?\s?){1,3}$")
_PARTICLES = frozenset((
    "al", "ad", "af", "av", "bin", "bint", "binti", "da", "das", "de", "degli", "dei", "del", "della",
    "den", "der", "des", "di", "do", "dos", "du", "e", "el", "ibn", "la", "las", "le", "los", "of",
    "ten", "ter", "the", "und", "van", "vom", "von", "y", "zu", "zum", "zur",
))  # fmt: skip


def people(text: str) -> list[str]:
    """The names that a byline holds, in order; those of organisations, too."""
    line = " ".join(unescape(text).split())
    if not line or len(line) > LONGEST_LINE or _ADDRESS.match(line):
        return []
    line = _WORK.sub("", _LEAD.sub("", _BRACKETS.sub(" ", line).strip()))
    parts = (
        each for part in _HARD.split(line) for piece in _AND.split(part) for each in _BETWEEN.split(piece)
    )
    names = (_name(each) for part in parts for each in _by_commas(part))
    return list(dict.fromkeys(name for name in names if name))


def is_person(name: str) -> bool:
    """Whether it looks like a person's name: two to five words that begin with capitals, where a script has
    them.
    """
    words = name.split()
    if agency(name) or _ROLE.search(name) or len(words) > MOST_WORDS - 1 or words[0].lower() == "the":
        return False
    if (
        not name.isascii() and name.upper() == name.lower()
    ):  # no capitals: Han, kana, Hangul, Arabic, Devanagari
        return True
    return len(words) > 1 and all(word in _PARTICLES or not word[0].islower() for word in words)


def _by_commas(text: str) -> list[str]:
    """A comma parts names, a name from a role, degree or place, or the last name from the first."""
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if len(parts) < 2:
        return parts
    first, second = parts[:2]
    if len(parts) == 2 and len(first.split()) == 1 and not agency(first) and _is_given(second):
        return [f"{second} {first}"]
    whole = len(first.split()) > 1
    # One word after a whole name is a degree or a place.
    kept = [first, *(part for part in parts[1:] if agency(part) or not whole or len(part.split()) > 1)]
    return [part for part in kept if not _ROLE.search(part)] or [first]


def _is_given(text: str) -> bool:
    """Whether it may be the given names after a comma: Ada; Ada M.; J. R."""
    if _ROLE.search(text) or agency(text) or not text[:1].isupper():
        return False
    words = text.split()
    return (len(words) == 1 and not text.isupper()) or (len(words) == 2 and bool(_INITIALS.match(words[-1])))


def _name(text: str) -> str:
    name = _TAIL.sub("", _WHERE.sub("", _REST.sub("", _LEAD.sub("", text))))
    name = name.strip(" ,.:;|*–—-\u200b\u200e\u200f\xa0\"'“”")
    if not 1 < len(name) <= LONGEST_NAME or len(name.split()) > MOST_WORDS or _NOBODY.search(name):
        return ""
    return name
