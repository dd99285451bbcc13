"""Identifiers: their forms, and that they do not repeat."""

import re
from collections.abc import Callable

import pytest

from torana.kit import ids


@pytest.mark.parametrize(
    ("make", "form"),
    [
        (lambda: ids.new_id("evt"), r"evt_[0-9a-f]{32}"),
        (ids.new_hex24, r"[0-9a-f]{24}"),
        (ids.new_transaction_id, r"TRX_[0-9a-f]{32}"),
        (ids.new_tag, r"[1-9][0-9]{14}"),
        (ids.new_secret, r"[A-Za-z0-9_-]{43}"),
    ],
)
def test_an_id_has_its_form_and_is_new(make: "Callable[[], str]", form: str) -> None:
    made = [make() for _ in range(2000)]

    assert all(re.fullmatch(form, each) for each in made)
    assert len(set(made)) == 2000


def test_a_tag_in_base_36_fits_a_field_of_ten() -> None:
    """A21."""
    assert 10**14 <= int(ids.new_tag()) < 10**15 < 36**10


def test_later_ids_sort_after_earlier_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for nanoseconds in (1_700_000_000_000_000_000, 1_700_000_000_001_000_000, 1_800_000_000_000_000_000):
        monkeypatch.setattr("time.time_ns", lambda at=nanoseconds: at)
        made.append(ids.new_id("evt"))

    assert made == sorted(made)
