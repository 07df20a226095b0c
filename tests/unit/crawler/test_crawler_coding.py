"""Content codings are undone, and what inflates without measure is refused."""

import gzip
import io
import random
import tracemalloc
import zlib
from collections.abc import Callable

import brotli
import pytest
import zstandard

from services.crawler.coding import BOMB_LEAST, Bomb, Unreadable, inflate
from tests.misbehaving import bomb

CHANCE = random.Random(1)
TEXT = ("<p>" + " ".join(str(CHANCE.random()) for _ in range(20_000))).encode()
CODINGS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.compress,
}


@pytest.mark.parametrize("coding", CODINGS)
def test_every_coding_there_and_back(coding: str) -> None:
    for body in (TEXT, b"<p>short", b"x" * 1000, b"\x00\x01", b""):
        sent = CODINGS[coding](body)
        assert inflate(sent, coding, len(TEXT)) == (body, False)
        assert inflate(sent, f"identity, {coding.upper()}", 100) == (body[:100], len(body) > 100)


@pytest.mark.parametrize("coding", CODINGS)
def test_a_body_that_ends_too_early_gives_what_there_is(coding: str) -> None:
    found, longer = inflate(CODINGS[coding](TEXT)[:-5000], coding, len(TEXT))
    assert not longer
    assert TEXT.startswith(found)
    assert len(found) > len(TEXT) // 3 or coding == "zstd"  # zstd tells nothing of an unfinished block


@pytest.mark.parametrize("coding", CODINGS)
def test_layers_are_undone_from_the_outside(coding: str) -> None:
    assert inflate(CODINGS[coding](gzip.compress(TEXT)), f"gzip, {coding}", len(TEXT)) == (TEXT, False)
    with pytest.raises(Unreadable, match="5 content codings"):
        inflate(b"", ", ".join([coding] * 5), 100)


@pytest.mark.parametrize("coding", CODINGS)
def test_bombs_are_refused_in_little_memory(coding: str) -> None:
    sent = bomb(coding)
    tracemalloc.start()
    with pytest.raises(Bomb, match="more than 200 times as many"):
        inflate(sent, coding, 8 * 1024 * 1024)
    with pytest.raises(Bomb):
        inflate(gzip.compress(sent), f"{coding}, gzip", 8 * 1024 * 1024)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * BOMB_LEAST
    assert inflate(sent, coding, 1000) == (bytes(1000), True)  # a little of it is none


def test_zstd_must_not_ask_for_more_memory_than_its_standard_allows() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=27, enable_ldm=True)
    out = io.BytesIO()
    with zstandard.ZstdCompressor(compression_params=parameters).stream_writer(out, closefd=False) as writer:
        writer.write(TEXT)
    with pytest.raises(Unreadable, match="too much memory"):
        inflate(out.getvalue(), "zstd", len(TEXT))


def test_labels_that_lie_are_seen_through_where_it_is_safe() -> None:
    page = b"\xef\xbb\xbf \n<!doctype html><p>plain"
    for coding in CODINGS:
        assert inflate(page, coding, 1000) == (page, False)
    sent = gzip.compress(page)
    assert inflate(sent, "", 1000, "text/html") == (page, False)
    assert inflate(sent, "", 1000, "application/gzip") == (sent, False)
    assert inflate(sent + bytes(100), "gzip", 1000) == (page, False)
    assert inflate(zlib.compress(page)[2:-4], "deflate", 1000) == (page, False)
    for coding, body in (
        ("gzip", b"plain text"),
        ("br", b"\xff" * 20),
        ("compress", page),
        ("zstd", b"\x00x"),
    ):
        with pytest.raises(Unreadable):
            inflate(body, coding, 1000)
