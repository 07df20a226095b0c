"""An article as the embedded store's database keeps it: its JSON, compressed."""

import zlib

from schemas.events import ThreadedArticle


def pack(article: ThreadedArticle) -> bytes:
    return zlib.compress(article.model_dump_json().encode(), level=1)


def unpack(doc: bytes) -> ThreadedArticle:
    return ThreadedArticle.model_validate_json(zlib.decompress(doc))
