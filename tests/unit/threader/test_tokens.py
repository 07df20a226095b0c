"""Tokens as numbers are what one would work out of each token by itself."""

from zlib import crc32

from hypothesis import given
from hypothesis import strategies as st

from services.kit.text import fold_tokens
from services.threader.stems import key_of
from services.threader.tokens import numbered

TOKENS = st.lists(st.text(max_size=40).map(fold_tokens).map(lambda each: each.split(" ")[0]), max_size=60)


@given(TOKENS, st.integers(1, 70))
def test_each_token_has_its_hash_and_key(tokens: list[str], most: int) -> None:
    joined = " ".join(tokens)
    found = numbered(joined, most)
    alone = joined.split(" ")[:most] if joined else []
    assert found.hashes.tolist() == [crc32(each.encode()) for each in alone]
    assert found.keys.tolist() == [key_of(each) for each in alone]


def test_more_different_tokens_than_are_remembered() -> None:
    for start in range(0, 400_000, 5000):
        numbered(" ".join(f"w{number}" for number in range(start, start + 5000)), 5000)
    tokens = [f"w{number}" for number in range(0, 400_000, 97)]
    assert numbered(" ".join(tokens), 5000).hashes.tolist() == [crc32(each.encode()) for each in tokens]


def test_very_long_tokens_are_told_apart() -> None:
    one, other = numbered("x" * 3000 + "a " + "x" * 3000 + "b", 9).hashes.tolist()
    assert one != other
