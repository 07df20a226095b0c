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
# What browsers read under these names (WHATWG Encoding Standard), and what Python calls it.
BROWSER_NAMES = {
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "iso-8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "windows-874": "cp874",
    "tis-620": "cp874",
    "x-gbk": "gb18030",
}


def charset_named(content_type: str) -> str:
    """The charset of a Content-Type header, in lower case; empty where there is none."""
    header = Header()
    header["content-type"] = content_type
    try:
        named = header.get_content_charset("")
    except (ValueError, LookupError):
        return ""
    return str(named or "")


def byte_order(body: bytes) -> str:
    """The encoding that a byte order mark gives away; empty where there is none."""
    return next((name for mark, name in MARKS if body.startswith(mark)), "")


def codec(name: str) -> str | None:
    """Python's name for an encoding as browsers understand it; None for what is none, or not to be used."""
    name = name.lower()
    name = BROWSER_NAMES.get(name, name)
    try:
        found = codecs.lookup(name).name
        b"a".decode(found, "replace")  # LookupError for codecs that make no text, such as base64
    except (LookupError, ValueError):
        return None
    return None if found in REFUSED else found
