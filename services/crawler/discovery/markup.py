"""From bytes to text and trees. The bytes come from strangers: entities that could expand are refused, and
nothing in a document is ever fetched or opened. Pure.
"""

import re
import zlib
from collections.abc import Iterator, Sequence
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree

from services.crawler.charsets import byte_order, charset_named, codec
from services.crawler.discovery.model import Unreadable

INFLATED_BYTES = 64 * 1024 * 1024
LONGEST_ENTITY = 16
LONGEST_ADDRESS = 2000
LONGEST_TITLE = 1000
ENTITY = re.compile(r"<!ENTITY\s+(%\s+)?[^\s>]+\s+(?:\"([^\"]*)\"|'([^']*)'|[^>]*)", re.IGNORECASE)
XML_ENCODING = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']""", re.IGNORECASE)
XML_DECLARATION = re.compile(r"^\s*<\?xml.*?\?>", re.DOTALL)
BARE_AMPERSAND = re.compile(r"&(?!#\d{1,7};|#x[0-9a-fA-F]{1,6};|(?:amp|lt|gt|quot|apos);)")
TAG = re.compile(r"<(?:/?[a-zA-Z][^<>]{0,2000}|!--.{0,2000}?--)>", re.DOTALL)
BREAK = re.compile(r"<(?:br|p|div|li|tr|td|h\d)\b[^<>]{0,2000}>", re.IGNORECASE)


def inflated(body: bytes) -> bytes:
    """A body that is gzipped as a document, undone. Unreadable where it is too large."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    inflater = zlib.decompressobj(31)
    try:
        out = inflater.decompress(body, INFLATED_BYTES)
    except zlib.error as error:
        raise Unreadable(f"starts like gzip but is not: {error}") from error
    if inflater.unconsumed_tail:
        raise Unreadable(f"inflates to more than {INFLATED_BYTES} bytes")
    return out


def text_of(body: bytes, content_type: str) -> str:
    """By byte order mark, Content-Type, XML declaration, UTF-8; else as Windows-1252. Without declaration."""
    declared = XML_ENCODING.match(body[:400])
    named = (
        byte_order(body),
        charset_named(content_type),
        declared.group(1).decode("ascii") if declared else "",
    )
    for name in (*named, "utf-8"):
        known = codec(name)
        if known is None:
            continue
        try:
            text = body.decode(known)
        except UnicodeError:
            continue
        return XML_DECLARATION.sub("", text.removeprefix("\ufeff"), count=1).replace("\x00", "")
    return XML_DECLARATION.sub("", body.decode("cp1252", "replace"), count=1).replace("\x00", "")


def refuse_bombs(text: str) -> None:
    for parameter, double, single in ENTITY.findall(text):
        value = double or single
        if parameter or len(value) > LONGEST_ENTITY or ("&" in value and not value.startswith("&#")):
            raise Unreadable("declares entities that expand: refused")


def xml(text: str, base: str, *, recover: bool) -> Any:
    """The root; lxml's XMLSyntaxError where it is not well-formed, unless it is to be recovered."""
    refuse_bombs(text)
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        recover=recover,
        remove_comments=True,
        remove_pis=True,
        strip_cdata=False,
    )
    if recover:
        text = BARE_AMPERSAND.sub("&amp;", text)
    root = etree.fromstring(text.strip().encode("utf-8", "replace"), parser, base_url=base or None)
    if root is None:
        raise Unreadable("is broken: nothing in it could be read")
    return root


def local(node: Any) -> str:
    """A tag without its namespace."""
    tag = node.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def namespace(node: Any) -> str:
    tag = node.tag
    return tag[1:].partition("}")[0] if isinstance(tag, str) and tag.startswith("{") else ""


def named(node: Any, name: str) -> Iterator[Any]:
    return (child for child in node if local(child) == name)


def content(node: Any) -> str:
    """All text in a node; empty for None."""
    return "".join(node.itertext()).strip() if node is not None else ""


def plain(text: str) -> str:
    """HTML as one line of text."""
    text = TAG.sub("", BREAK.sub(" ", text)) if "<" in text else text
    return line(unescape(text) if "&" in text else text)


def line(text: str) -> str:
    return " ".join(text.split())[:LONGEST_TITLE]


def address(link: Any, base: str) -> str | None:
    """An http(s) address, absolute; None for anything else."""
    if not isinstance(link, str) or not (link := "".join(link.split("\n")).strip()):
        return None
    try:
        found = urljoin(base, link)
        parts = urlsplit(found)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return None
    return found if sound and len(found) <= LONGEST_ADDRESS else None


def addresses(links: Sequence[Any], base: str) -> tuple[str, ...]:
    """Those that are, each once."""
    return tuple(dict.fromkeys(found for link in links if (found := address(link, base))))
