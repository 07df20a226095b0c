"""An article as the embedded store's database keeps it: its JSON, compressed."""

import threading
import zlib

import zstandard

from schemas.events import ThreadedArticle

_LEVEL = 1
_MOST = 64 * 1024 * 1024  # bytes that an article may inflate to; messages are smaller
_tools = threading.local()  # zstandard's are for one thread each


def pack(article: ThreadedArticle) -> bytes:
    packer = getattr(_tools, "packer", None)
    if packer is None:
        packer = _tools.packer = zstandard.ZstdCompressor(level=_LEVEL)
    packed: bytes = packer.compress(article.model_dump_json().encode())
    return packed


def unpack(doc: bytes) -> ThreadedArticle:
    return ThreadedArticle.model_validate_json(unpacked(doc))


def unpacked(doc: bytes) -> bytes:
    """The JSON of an article, whichever version of newswatch packed it: with zlib, before zstandard."""
    if not doc.startswith(zstandard.FRAME_HEADER):
        return zlib.decompress(doc)
    unpacker = getattr(_tools, "unpacker", None)
    if unpacker is None:
        unpacker = _tools.unpacker = zstandard.ZstdDecompressor()
    text: bytes = unpacker.decompress(doc, max_output_size=_MOST)
    return text
