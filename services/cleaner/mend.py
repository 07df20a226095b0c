"""Text as it was meant: entities that were escaped twice, soft hyphens, marks without width, text that was
read in a wrong encoding. Pure.

Nothing that a reader sees is changed where it is right: what looks broken in a few letters only is left,
words in several scripts stay as they are (the tokens of services.kit.text fold what is folded), and the
joiners and direction marks that scripts need stay where they are needed.
"""

import html
import re
import unicodedata

import regex

from services.cleaner.charset import reread

_ENTITY = re.compile(
    r"&(?:amp|quot|apos|lt|gt|nbsp|shy|[lr]s?quo|[lr]dquo|sbquo|bdquo|[mn]dash|hellip|bull|euro|pound|copy|reg|"
    r"trade|[lr]aquo|middot|deg|[A-Za-z](?:grave|acute|circ|tilde|uml|ring|cedil|slash|caron)|szlig|[Aa][Ee]lig|"
    r"oelig|zwn?j|#\d{2,7}|#[xX][0-9a-fA-F]{2,6});"
)
_TWICE = 2  # times that an entity may have been escaped once more
_NEVER = re.compile(  # controls, soft hyphens, marks of no width and no use, halves of pairs
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\xad\u034f\u115f\u180e\u200b\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffc\ud800-\udfff]"
)
_RTL = regex.compile(r"[\p{Hebrew}\p{Arabic}\p{Syriac}\p{Thaana}\p{Nko}\p{Adlam}]")
_DIRECTIONS = re.compile("[\u200e\u200f\u061c]")
# A joiner shapes the letters of these scripts, and pictures made of several.
_JOINED = (
    r"[\p{Arabic}\p{Syriac}\p{Mongolian}\p{Devanagari}\p{Bengali}\p{Gurmukhi}\p{Gujarati}\p{Oriya}\p{Tamil}"
    r"\p{Telugu}\p{Kannada}\p{Malayalam}\p{Sinhala}\p{Khmer}\p{Myanmar}\p{Tibetan}\p{Emoji}\uFE0F]"
)
_JOINERS = regex.compile(rf"(?<!{_JOINED}\p{{M}}*)[\u200c\u200d]+|[\u200c\u200d]+(?!{_JOINED})")
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffc\ud800-\udfff]"
)
_LINES = re.compile("[\u2028\u2029]")


def _bytes_of_1252() -> dict[str, int]:
    """Character → byte, as browsers read windows-1252: the five bytes that it leaves free are controls."""
    table = {chr(code): code for code in range(256)}
    for code in range(0x80, 0xA0):
        character = bytes([code]).decode("cp1252", "ignore")
        if character:
            table[character] = code
    return table


_BYTES = _bytes_of_1252()
_OF_CONTROLS = {code: character for character, code in _BYTES.items() if ord(character) > 0xFF}
_FOLLOWING = "".join(re.escape(each) for each, code in _BYTES.items() if 0x80 <= code < 0xC0)
# UTF-8 that was read as windows-1252: letters that begin a character, each with what must follow.
_BROKEN = re.compile(
    rf"[\u00c2-\u00db][{_FOLLOWING}]|[\u00e0-\u00ef][{_FOLLOWING}]{{2}}|[\u00f0-\u00f4][{_FOLLOWING}]{{3}}"
)
# Those of them that nobody writes: â€™ and its kin, Ã and Â before a sign.
_PLAIN = re.compile(
    "\u00e2\u20ac[\u2122\u02dc\u0153\u009d\u201c\u201d\u00a6\u00a2\u02c6\u2018\u2019]|\u00c3[\u00a0-\u00bf]|\u00c2[\u00a0-\u00ba\u00bc-\u00bf]|\u00ef\u00bf\u00bd"
)
_TELLING = "\u00c2\u00c3\u00e2"  # letters that most of such a line begins with
_FOLDED = "\u00c3 "  # à, whose second half was taken for a space


# Of a text's characters: what was read in a wrong encoding leaves marks of what could not be read.
GARBLED = 0.1


def is_garbled(text: str) -> bool:
    """Whether it is too full of replacement characters to be read; no mending brings back what they were."""
    return text.count("\ufffd") > GARBLED * len(text)


def mend(text: str) -> str:
    """The text, in NFC; lines stay lines."""
    if text.isascii() and "&" not in text and text.isprintable():
        return text
    if "&" in text:
        text = _entities(text)
    if _BROKEN.search(text):
        text = "\n".join(_decoded(line) for line in text.split("\n"))
    text = reread(text)
    if _UNSEEN.search(text):
        text = _marks(_LINES.sub("\n", text))
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def _entities(text: str) -> str:
    for _ in range(_TWICE):
        mended = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
        if mended == text:
            break
        text = mended
    return text


def _decoded(line: str) -> str:
    """A line whose letters beyond ASCII are all UTF-8 read as windows-1252, decoded; else its plain cases."""
    for _ in range(_TWICE):
        broken = _BROKEN.findall(line)
        if not broken:
            break
        rest = sum(not each.isascii() for each in line) - sum(map(len, broken)) - line.count(_FOLDED)
        plain = _PLAIN.search(line)
        if not rest and (plain or len(broken) > 1):
            line = _BROKEN.sub(_decode, line)
        elif plain:
            line = _BROKEN.sub(lambda found: _decode(found) if found[0][0] in _TELLING else found[0], line)
        else:
            break
        line = line.replace(_FOLDED, "\u00e0 ")
    return line


def _decode(found: re.Match[str]) -> str:
    raw = bytes(_BYTES[each] for each in found[0])
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return found[0]


def _marks(text: str) -> str:
    text = text.translate(_OF_CONTROLS)
    text = _NEVER.sub("", text)
    if "\u200c" in text or "\u200d" in text:
        text = _JOINERS.sub("", text)
    if _DIRECTIONS.search(text) and not _RTL.search(text):
        text = _DIRECTIONS.sub("", text)
    return text
