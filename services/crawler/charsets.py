"""Which encoding a document is in, as far as it or its sender says. Pure."""

import codecs
from email.message import Message as Header

MARKS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# Encodings in which markup can hide from those who look for "<", or that make what is no text.
REFUSED = frozenset({"utf-7", "idna", "punycode", "unicode-escape", "unicode_escape", "raw-unicode-escape"})
# What browsers read under a name (WHATWG Encoding Standard): first the names that Python does not know, then,
# by Python's own name for an encoding, the larger one that is meant.
ALIASES = {
    "ansi": "cp1252",
    "dos-874": "cp874",
    "x-cp1250": "cp1250",
    "x-cp1251": "cp1251",
    "x-cp1252": "cp1252",
    "x-euc-jp": "euc_jp",
    "x-gbk": "gbk",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-roman": "mac_roman",
    "x-sjis": "shift_jis",
    "windows-31j": "cp932",
    "windows-874": "cp874",
    "windows-949": "cp949",
    "unicode-1-1-utf-8": "utf-8",
    "x-unicode20utf8": "utf-8",
}
LARGER = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
}


def charset_named(content_type: str) -> str:
    """The charset of a Content-Type header, in lower case; empty where there is none."""
    header = Header()
    header["content-type"] = content_type
    try:
        named = header.get_content_charset("")
    except (ValueError, LookupError):
        return ""
    return str(named or "").strip("\"' ")


def byte_order(body: bytes) -> str:
    """The encoding that a byte order mark gives away; empty where there is none."""
    return next((name for mark, name in MARKS if body.startswith(mark)), "")


def codec(name: str) -> str | None:
    """Python's name for an encoding as browsers understand it; None for what is none, or not to be used."""
    name = name.strip().lower()
    try:
        found = codecs.lookup(ALIASES.get(name, name)).name
        b"a".decode(found, "replace")  # LookupError for codecs that make no text, such as base64
    except (LookupError, ValueError):
        return None
    return None if found in REFUSED else LARGER.get(found, found)
