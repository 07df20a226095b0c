"""From bytes to text and trees. The bytes come from strangers: entities that could expand are refused, and
nothing in a document is ever fetched or opened. Pure.
"""

import codecs
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from html.entities import html5
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree

from services.crawler.charsets import byte_order, charset_named, codec
from services.crawler.discovery.model import Unreadable
from services.crawler.discovery.soup import NOT_XML, mended

INFLATED_BYTES = 64 * 1024 * 1024
GZIP = b"\x1f\x8b"
LONGEST_ENTITY = 1000
LONGEST_ADDRESS = 2048
LONGEST_TITLE = 1000

# How the first bytes look where no byte order mark stands (XML 1.0, appendix F).
SHAPES = (
    (b"\x00\x00\x00<", "utf-32-be"),
    (b"<\x00\x00\x00", "utf-32-le"),
    (b"\x00<\x00", "utf-16-be"),
    (b"<\x00", "utf-16-le"),
)
EBCDIC = b"Lo\xa7\x94"  # <?xm
XML_ENCODING = re.compile(rb"""<\?xml[^>]*?encoding\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)

DOCTYPE = re.compile(
    r"""<!DOCTYPE[^\[>]*+(?:\[((?:<!--.*?-->|<\?.*?\?>|"[^"]*"|'[^']*'|[^\]"'])*+)\]\s*+)?>""",
    re.IGNORECASE | re.DOTALL,
)
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
ENTITY = re.compile(r"""<!ENTITY\s+(%\s+)?([^\s>]+)\s+(?:"([^"]*)"|'([^']*)'|([^>]*))""", re.IGNORECASE)
W3C_ENTITIES = re.compile(r"""PUBLIC\s+["']-//W3C//""", re.IGNORECASE)

HTML_TAGS = """
    a abbr acronym address article aside audio b bdi bdo big blink blockquote body br button center cite code
    dd del dfn div dl dt em embed figcaption figure font footer form h1 h2 h3 h4 h5 h6 header hr html i
    iframe img input ins kbd label li link mark marquee menu nav nobr object ol p param picture pre q rp rt
    ruby s samp section small source span strike strong style sub sup svg table tbody td tfoot th thead time
    tr tt u ul var video wbr
""".split()  # noqa: SIM905
TAG = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>|<!--.{0,2000}?-->", re.DOTALL)
HTML_TAG = re.compile(
    rf"</?(?:{'|'.join(HTML_TAGS)})(?:\s[^<>]{{0,2000}})?\s*/?>|<!--.{{0,2000}}?-->",
    re.DOTALL | re.IGNORECASE,
)
SCRIPT = re.compile(r"<(script|style)\b[^<>]*>.{0,2000}?</\1\s*>", re.DOTALL | re.IGNORECASE)
BREAKS = frozenset({"br", "p", "div", "li", "tr", "td", "h1", "h2", "h3", "h4", "h5", "h6"})
BREAK = re.compile(r"</?(?:br|p|div|li|tr|td|h\d)\b[^<>]{0,2000}>", re.IGNORECASE)
REFERENCE = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
# C1 controls are what becomes of Windows-1252 that is taken for ISO 8859-1.
C1 = {code: bytes([code]).decode("cp1252", "ignore") for code in range(0x80, 0xA0)}
SURROGATE = re.compile("[\ud800-\udfff]")
LINE_END = re.compile(r"\s*[\r\n]\s*|\t")
AMPERSAND = re.compile(r"&(?:amp|#38|#x26);", re.IGNORECASE)
XML_BASE = "{http://www.w3.org/XML/1998/namespace}base"


# Bytes to text


def inflated(body: bytes) -> bytes:
    """A body that is gzipped as a document, undone, as far as it goes. Unreadable where it is too large."""
    out = bytearray()
    while body.startswith(GZIP):
        inflater = zlib.decompressobj(31)
        try:
            for start in range(0, len(body), 65_536):
                out += inflater.decompress(body[start : start + 65_536], INFLATED_BYTES - len(out) + 1)
                if len(out) > INFLATED_BYTES:
                    raise Unreadable(f"inflates to more than {INFLATED_BYTES} bytes")
                if inflater.eof:
                    break
        except zlib.error as error:
            if not out:
                raise Unreadable(f"starts like gzip but is not: {error}") from error
            break
        body = inflater.unused_data + body[start + 65_536 :]  # a further member, or padding
        if not inflater.eof or not body.startswith(GZIP):
            break
    return bytes(out) if out else body


def text_of(body: bytes, content_type: str) -> str:
    """By byte order mark, Content-Type, declaration (RFC 7303) or UTF-8, whichever can be. Bytes that do not
    fit into UTF-8 are taken for Windows-1252, one by one. Without NUL.
    """
    names = [known for name in _encodings(body, content_type) if (known := codec(name))]
    for name in (*names, "utf-8"):
        try:
            return _clean(body.decode(name))
        except UnicodeError:
            continue
    foreign = next((name for name in names if name != "utf-8"), None)
    return _clean(body.decode(foreign, "replace") if foreign else body.decode("utf-8", "as-windows-1252"))


def _encodings(body: bytes, content_type: str) -> Iterator[str]:
    yield byte_order(body)
    start = body[:1024]
    wide = next((name for shape, name in SHAPES if start.lstrip(b" \r\n\t").startswith(shape)), "")
    yield wide
    header = charset_named(content_type)
    declared = XML_ENCODING.search(start)
    if start.startswith(EBCDIC):
        declared = XML_ENCODING.search(start.decode("cp037").encode("ascii", "replace"))
    elif declared is None and b"<html" in start.lower():
        declared = META_CHARSET.search(body[:4096])
    for name in (header, declared.group(1).decode("ascii", "ignore") if declared else ""):
        # Where "<" is one byte, it is neither of these.
        if wide or not start.lstrip().startswith(b"<") or not name.lower().startswith(("utf-16", "utf-32")):
            yield name


def _as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    bytes_ = error.object[error.start : error.end]
    return bytes_.decode("latin-1").translate(C1), error.end


codecs.register_error("as-windows-1252", _as_windows_1252)


def _clean(text: str) -> str:
    return text.removeprefix("\ufeff").replace("\x00", "")


# Text to trees


def entities(prolog: str) -> dict[str, str]:
    """Those that a document declares before its root. Unreadable if they could expand, or are elsewhere."""
    start = re.search("<!DOCTYPE", prolog, re.IGNORECASE)
    doctype = DOCTYPE.match(prolog, start.start()) if start else None
    subset = (doctype[1] or "") if doctype else prolog
    found: dict[str, str] = {}
    for parameter, name, double, single, outside in ENTITY.findall(COMMENT.sub("", subset)):
        if parameter and W3C_ENTITIES.match(outside):
            continue  # the names of HTML, which are known anyhow
        value = REFERENCE.sub(_character, double or single)
        if parameter or outside or "%" in value or "&" in value or len(value) > LONGEST_ENTITY:
            raise Unreadable("declares entities that expand or lie elsewhere: refused")
        found[name] = value
    return found


def _character(reference: re.Match[str]) -> str:
    return reference[0] if reference[0][1] != "#" else unescape(reference[0])


def tree(text: str, own: Mapping[str, str]) -> tuple[Any, bool]:
    """The root of what begins with its tag, and whether it was whole. `own`: entities of the document."""
    parser = etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=True,
        remove_comments=True,
        remove_pis=True,
        strip_cdata=False,
    )
    try:
        return etree.fromstring(text.strip().encode(), parser), True
    except etree.XMLSyntaxError:
        return mended(text, {**NAMES, **own})


NAMES = {name[:-1]: value for name, value in html5.items() if name.endswith(";")}


def local(node: Any) -> str:
    """A tag without its namespace."""
    tag = node.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def namespace(node: Any) -> str:
    tag = node.tag
    return tag[1:].partition("}")[0] if isinstance(tag, str) and tag.startswith("{") else ""


def content(node: Any) -> str:
    """All text in a node; empty for None."""
    if node is None:
        return ""
    return "".join(node.itertext()).strip() if len(node) else (node.text or "").strip()


def marked_up(node: Any) -> str:
    """All text in a node that holds elements of HTML."""
    parts = []
    for event, each in etree.iterwalk(node, events=("start", "end")):
        if each is not node and local(each).lower() in BREAKS:
            parts.append(" ")
        parts.append((each.text if event == "start" else each.tail if each is not node else "") or "")
    return "".join(parts)


def base_of(node: Any, base: str) -> str:
    """What addresses in a node are relative to, given that of its parent (XML Base)."""
    own = node.get(XML_BASE)
    if not own:
        return base
    try:
        return urljoin(base, str(own).strip())
    except ValueError:
        return base


# Text to less of it


def plain(text: str, tags: re.Pattern[str] = TAG) -> str:
    """HTML as one line of text."""
    text = text[: 10 * LONGEST_TITLE]
    if "<" in text:
        text = tags.sub("", BREAK.sub(" ", SCRIPT.sub("", text)))
    return line(REFERENCE.sub(lambda found: unescape(found[0]), text) if "&" in text else text)


def line(text: str) -> str:
    if not text.isascii():
        text = text.translate(C1)
        if SURROGATE.search(text):
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return NOT_XML.sub("", " ".join(text.split()))[:LONGEST_TITLE]


def address(link: Any, base: str) -> str | None:
    """An http(s) address, absolute; None for anything else."""
    if not isinstance(link, str) or not (link := link.strip(" \r\n\t\u00a0\u200b\ufeff")):
        return None
    if not link.isprintable():
        link = LINE_END.sub("", NOT_XML.sub("", link))
    try:
        found = urljoin(base, AMPERSAND.sub("&", link)).replace(" ", "%20")
        parts = urlsplit(found)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return None
    return found if sound and len(found) <= LONGEST_ADDRESS else None


def addresses(links: Sequence[Any], base: str) -> tuple[str, ...]:
    """Those that are, each once."""
    return tuple(dict.fromkeys(found for link in links if (found := address(link, base))))
