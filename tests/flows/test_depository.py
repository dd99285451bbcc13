"""How much the depository is asked to release, by rows over the pure functions."""

from typing import Any

import pytest

from tests.portal.samples import SELL_ITC, draft, held
from torana.connectors.contract import Holding, Release, Rows, Unread
from torana.connectors.readings import released
from torana.flows.depository.need import KEY, Asked, asked_of, delivered, left, wanted_for
from torana.flows.ordering.lines import entered
from torana.flows.ordering.models import Line
from torana.flows.ordering.shortage import sells_of, unreleased
from torana.flows.shares import Shares

ISIN = "INE467B01029"


def row(quantity: int, *, sold: int = 0, isin: str = ISIN, delivery: bool | None = True) -> Holding:
    return Holding("TCS", "NSE", isin, quantity, 0, 0, quantity, None, sold_today=sold, delivery=delivery)


@pytest.mark.parametrize(
    ("sells", "told", "rows", "wanted"),
    [
        (3, 0, [row(10)], 3),
        (3, 2, [row(10)], 3),
        (3, 4, [row(6, sold=4)], 7),
        (6, 4, [row(6, sold=4)], 10),
        (12, 0, [row(10)], 10),
        (3, 0, [row(1), row(9)], 3),
        (3, 5, [row(10)], 10),
        (3, 3, [row(10)], 10),
        (10, 10, [row(10)], 10),
        (3, 0, [], 3),
        (3, 9, [], 3),
        (3, 0, [row(10, delivery=False)], 3),
        (1, 0, [row(0, sold=1)], 1),
    ],
)
def test_the_whole_days_sells_are_asked_for_and_no_more_than_is_there(
    sells: int, told: int, rows: list[Holding], wanted: int
) -> None:
    """Where enough is told and it is refused all the same, everything is asked for."""
    assert wanted_for({ISIN: sells}, rows, {ISIN: told}) == {ISIN: wanted}
    if not told:
        assert wanted_for({ISIN: sells}, rows, {}) == {ISIN: wanted}, "what is not told is none"


def test_a_sell_that_was_not_reckoned_with_is_beyond_what_was_asked() -> None:
    asked = Asked({}, sells={ISIN: 3, "B": 2})

    assert asked.beyond({ISIN: 4, "B": 2, "C": 1}) == {ISIN: 4, "C": 1}


def test_the_last_share_counts() -> None:
    assert wanted_for({ISIN: 1}, [row(2)], {}) == {ISIN: 1}
    assert delivered([row(1)]) == {ISIN: 1}
    assert Asked({ISIN: 1}).lacking({}) == [Release(ISIN, 1)]


def test_shares_of_the_demat_account_are_counted_with_what_was_sold_of_them() -> None:
    rows = [
        row(10, sold=2),
        row(5),
        row(7, isin="B", delivery=False),
        row(0, isin="C"),
        row(4, isin="D", delivery=None),
    ]

    assert delivered(rows) == {ISIN: 17, "D": 4}
    assert left(rows) == {ISIN: 15, "B": 0, "C": 0, "D": 4}


@pytest.mark.parametrize(
    ("told", "lacking"),
    [({}, 10), ({ISIN: 9}, 10), ({ISIN: 10}, None), ({ISIN: 11}, None), ({"B": 10}, 10)],
)
def test_what_was_not_told_is_not_released(told: dict[str, int], lacking: int | None) -> None:
    assert Asked({ISIN: 10}).lacking(told) == ([] if lacking is None else [Release(ISIN, lacking)])


@pytest.mark.parametrize(
    ("answers", "asked"),
    [
        ({}, None),
        ({KEY: None}, None),
        ({KEY: {"wanted": {ISIN: 3}}}, Asked({ISIN: 3})),
        ({KEY: {"wanted": {ISIN: 3}, "kept": {"request": "1"}, "begun": 2}}, Asked({ISIN: 3}, {"request": "1"}, 2)),
    ],
)
def test_a_visit_keeps_how_far_it_is(answers: dict[str, Any], asked: Asked | None) -> None:
    assert asked_of(answers) == asked


@pytest.mark.parametrize(
    ("free", "waiting", "waits"), [(0, 400, True), (119, 1, True), (120, 400, False), (0, 0, False)]
)
def test_a_sell_waits_for_the_depository_when_what_is_free_does_not_do(free: int, waiting: int, *, waits: bool) -> None:
    """120 are sold."""
    drafts = [draft(1, SELL_ITC)]
    known = [entered(one, {}) for one in drafts]
    shares: dict[str, Shares | None] = dict(held("ITC", free, waiting=waiting))

    assert bool(unreleased(drafts, known, shares)) is waits
    assert unreleased(drafts, known, None) == unreleased(drafts, known, dict.fromkeys(shares, None)) == {}


def test_lines_of_one_security_are_added_up_and_buys_are_not_sold() -> None:
    drafts = [draft(1, SELL_ITC), draft(2, SELL_ITC), draft(3, Line("TCS", 5, None)), draft(4, Line("TCS"))]
    typed = {"side-3": "BUY", "side-4": "SELL", "quantity-4": "7"}

    sells = sells_of(drafts, [entered(one, typed) for one in drafts])

    assert sells == {drafts[0].security.isin: 240, ISIN: 7}


@pytest.mark.parametrize(
    ("unread", "told"),
    [
        ([], {ISIN: 5, "B": 1}),
        ([Unread("B", None)], {ISIN: 5}),
        ([Unread(None, "TCS")], {}),
        ([Unread(None, None)], {}),
    ],
)
def test_a_row_that_cannot_be_read_is_not_told(unread: list[Unread], told: dict[str, int]) -> None:
    assert released(Rows([(ISIN, 2), (ISIN, 3), ("B", 1)], unread)) == told
