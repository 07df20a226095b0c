"""Is there HTML at all in what came as HTML? Pure."""

import re

SIGNATURES = {
    "%PDF-": "a PDF file",
    "PK\x03\x04": "a ZIP archive",
    "\x1f\ufffd": "a gzip file",
    "\x1f\x8b": "a gzip file",
    "\x89PNG": "a PNG picture",
    "\ufffdPNG": "a PNG picture",
    "GIF8": "a GIF picture",
    "\xff\xd8\xff": "a JPEG picture",
    "\ufffd\ufffd\ufffd": "no text",
    "{\\rtf": "an RTF document",
    "\x00\x00\x00": "a film or other binary file",
    "ID3": "a sound file",
    "wOF2": "a font",
}
LOOKED_AT = 4_000  # characters
BINARY = 0.1  # share of characters that no text has
_NEVER = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufffd]")
_TAGS = re.compile(r"<(?:!doctype html|html|head|body|div|p|article|meta|title)\b", re.IGNORECASE)


def no_html(text: str) -> str:
    """What it is instead, in words; empty where it may be HTML, in whatever encoding it was read."""
    head = text[:LOOKED_AT].lstrip("\ufeff \t\r\n")
    for signature, name in SIGNATURES.items():
        if head.startswith(signature) and not _TAGS.search(head[:200]):
            return name
    if _TAGS.search(text, 0, 100_000):
        return ""
    if head and len(_NEVER.findall(head)) > BINARY * len(head):
        return "binary data"
    return ""
