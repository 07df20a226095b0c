"""The index finds what a plain dictionary would, whatever its parts."""

from collections import defaultdict

import numpy as np
import pytest

from services.threader.memory import BLOCK, GHOST, LIVE, Memory, Row
from services.threader.postings import OPEN, Postings

MOST = 5


def found(index: Postings, keys: list[int]) -> set[tuple[int, int, int]]:
    hits = index.find(np.array(keys, np.uint32))
    rows = zip(hits.numbers.tolist(), hits.asked.tolist(), hits.weights.tolist(), strict=True)
    return {(number, keys[asked], weight) for number, asked, weight in rows}


def test_it_finds_what_was_added_and_forgets_what_is_old() -> None:
    chance = np.random.default_rng(1)
    index = Postings(10**6, weighted=True)
    plain: defaultdict[int, set[tuple[int, int, int]]] = defaultdict(set)
    count = 5 * OPEN + 100
    for number in range(0, 2 * count, 2):  # some numbers have no postings
        keys = np.unique(chance.zipf(1.4, 12).astype(np.uint32) * np.uint32(0x10003))
        weights = chance.integers(1, 256, len(keys))
        index.add(number, keys, weights)
        for key, weight in zip(keys.tolist(), weights.tolist(), strict=True):
            plain[key].add((number, key, weight))
    some = [*list(plain)[:40], 12345]
    assert found(index, some) == {each for key in some for each in plain.get(key, ())}
    index.forget_before(2 * count - OPEN)
    left = found(index, some)
    assert left <= {each for key in some for each in plain.get(key, ())}
    assert {each for each in left if each[0] >= 2 * count - OPEN} == {
        each for key in some for each in plain.get(key, ()) if each[0] >= 2 * count - OPEN
    }
    assert min(number for number, _, _ in left) > 0


@pytest.mark.parametrize("crowd", [30, 3 * OPEN])
def test_of_a_key_that_all_have_the_newest_are_found_in_each_part(crowd: int) -> None:
    index = Postings(MOST)
    for number in range(crowd):
        index.add(number, np.array([7, 1000 + number], np.uint32))
    numbers = sorted(number for number, key, _ in found(index, [7, 1003]) if key == 7)
    assert numbers[-MOST:] == list(range(crowd - MOST, crowd))
    assert len(numbers) <= 4 * MOST
    assert (3, 1003, 1) in found(index, [7, 1003])


def test_an_empty_index_and_no_keys_find_nothing() -> None:
    index = Postings(MOST)
    assert found(index, [1]) == set()
    index.add(0, np.array([], np.uint32))
    index.add(1, np.array([5], np.uint32))
    assert found(index, []) == set()
    assert found(index, [5]) == {(1, 5, 1)}


def row(id: str, state: int = LIVE) -> Row:
    return Row(id, 1, 100, 100, -1, -1, -1, state=state)


def test_rows_are_found_by_id_over_every_change_of_the_table() -> None:
    memory = Memory()
    ids = [f"{number:064x}" for number in range(3000)]
    for id in (*ids, "odd one"):
        memory.add(row(id))
    memory.add(row(ids[5]))
    memory.add(row("a ghost", state=GHOST))
    assert [memory.find(id) for id in ids[:5]] == [0, 1, 2, 3, 4]
    assert (memory.find(ids[5]), memory.find("odd one"), memory.find("a ghost")) == (3001, 3000, None)
    assert (memory.ghost("a ghost"), memory.id(3002), memory.id(3000)) == (3002, "a ghost", "odd one")
    assert memory.find("f" * 64) is None


def test_rows_that_are_forgotten_are_found_no_more() -> None:
    memory = Memory()
    for number in range(BLOCK + 10):
        memory.add(row(f"{number:064x}"))
    assert memory.forget(0, 5) == list(range(BLOCK))
    assert (memory.base, memory.first, len(memory)) == (BLOCK, BLOCK + 5, 5)
    assert memory.find(f"{7:064x}") is None
    assert memory.find(f"{BLOCK + 7:064x}") == BLOCK + 7
    assert memory.id(BLOCK + 7) == f"{BLOCK + 7:064x}"
    again = memory.add(row(f"{7:064x}"))
    assert memory.find(f"{7:064x}") == again == BLOCK + 10
