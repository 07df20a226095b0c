"""Text in one alphabet that was read as another: Russian in windows-1251 whose page says ISO 8859-1. Pure."""

import re

# Encodings of one byte a letter, and the ten letters that are commonest in the languages written in them.
FREQUENT = {
    "cp1251": "оаеинтсрвл",
    "koi8_r": "оаеинтсрвл",
    "cp1253": "αοιετσνηυρ",
    "cp1255": "יוהלאתמרבנ",
    "cp1256": "اليمونترةب",
}
COMMON = (
    0.5  # share of these letters in a text of the language; in one that was read wrongly it is half of that
)
HIGH = 0.6  # share of letters that an alphabet of the West has beyond a to z, in no language of the West
LEAST = 12  # letters
LOOKED_AT = 2_000  # characters
_LETTER = re.compile(r"[^\W\d_]")
_HIGH = re.compile("[\u00c0-\u00ff]")


def reread(text: str) -> str:
    """The text in the alphabet that it was written in; as it is where that does not show."""
    head = text[:LOOKED_AT]
    high = len(_HIGH.findall(head))
    if high < HIGH * LEAST or high < HIGH * max(LEAST, len(_LETTER.findall(head))):
        return text
    readings = {name: head.translate(_TABLES[name]) for name in FREQUENT}
    best = max(readings, key=lambda name: _share(readings[name], FREQUENT[name]))
    return text.translate(_TABLES[best]) if _share(readings[best], FREQUENT[best]) >= COMMON else text


def _share(text: str, frequent: str) -> float:
    """Of these letters, as they are: a reading that has great letters for small ones is wrong."""
    letters = _LETTER.findall(text)
    return sum(letter in frequent for letter in letters) / max(1, len(letters))


def _table(encoding: str) -> dict[int, str]:
    """Character of ISO 8859-1 or of windows-1252 → letter in that encoding."""
    table = {}
    for code in range(0x80, 0x100):
        byte = bytes([code])
        letter = byte.decode(encoding, "ignore")
        if letter.isalpha():
            table[code] = table[ord(byte.decode("cp1252", "ignore") or chr(code))] = letter
    return table


_TABLES = {name: _table(name) for name in FREQUENT}
