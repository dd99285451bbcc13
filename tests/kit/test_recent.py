"""What a process keeps in its memory."""

import tracemalloc

from torana.kit.recent import ENTRY_BYTES, Recent


def test_what_was_used_longest_ago_goes_when_there_is_too_much() -> None:
    kept = Recent[str, int](10 + 2 * ENTRY_BYTES)
    kept.put("a", 1, 5)
    kept.put("b", 2, 5)
    kept.get("a")

    kept.put("c", 3, 5)

    assert [kept.get(name) for name in "abc"] == [1, None, 3]


def test_a_newer_value_counts_alone_and_what_is_too_large_is_not_kept() -> None:
    kept = Recent[str, int](10 + 2 * ENTRY_BYTES)
    for size in (9, 9, 4):
        kept.put("a", size, size)
    kept.put("b", 6, 6)
    whole = [kept.get(name) for name in "ab"]

    kept.drop("a")
    kept.put("c", 4, 4)
    kept.put("d", 11, 11 + ENTRY_BYTES)

    assert whole == [4, 6]
    assert [kept.get(name) for name in "abcd"] == [None, 6, 4, None]


def test_what_is_forgotten_leaves_its_room() -> None:
    kept = Recent[str, int](10 + ENTRY_BYTES)
    kept.put("a", 1, 10)
    kept.clear()
    kept.put("b", 2, 10)

    assert (kept.get("a"), kept.get("b")) == (None, 2)


def test_many_that_are_next_to_nothing_take_no_more_room_than_is_given() -> None:
    """As empty answers do, and empty lists of holdings: the keys alone are longer."""
    most = 256 * 1024
    kept = Recent[tuple[str, str], bytes](most)
    tracemalloc.start()
    try:
        for number in range(2000):
            kept.put((f"{number:0>120}", f"{number:0>24}"), bytes(2), 2)
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert taken < most
