"""What is odd about HDFC Sky's wire: a book in two halves, codes that leave the rest to the text, funds as a table."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.connectors.replay import LIMIT_SELL, NOW, SESSION, TAG, answer, fixture, replying
from torana.connectors.contract import BrokerStatus, SessionEnded, Side, Unknown, Variety
from torana.connectors.error_table import Failure
from torana.connectors.hdfc.wire import failures
from torana.connectors.hdfcsky import mapping, wire
from torana.connectors.order_words import status_of
from torana.sandbox.hdfcsky import errors
from torana.sandbox.hdfcsky import wire as simulated

ROWS: list[dict[str, Any]] = json.loads(fixture("hdfcsky", "orders.200"), parse_float=Decimal)["data"]["orders"]
WORDS = {
    BrokerStatus.RECEIVED: (
        "PENDING", "ACCEPTED", "UNACCEPTED", "MODIFY_PENDING", "MODIFY_ACCEPTED", "CANCEL_PENDING", "CANCEL_ACCEPTED",
        "EXCHANGE_RESPONSE_PENDING", "RMS_VALIDATION_COMPLETED", "RRM_PENDING_AT_EXCHANGE",
    ),
    BrokerStatus.OPEN: ("CONFIRMED", "MODIFY_CONFIRMED", "PARTIAL_TRADE"),
    BrokerStatus.TRIGGER_PENDING: ("TRIGGER_PENDING", "SL_TRIGGER_CONFIRMED"),
    BrokerStatus.AMO_QUEUED: (
        "AMO_REQ_RECEIVED", "AMO_REQ_CONFIRMED", "AMO_REQ_MODIFIED", "AMO_NEW_CONFIRMED", "AMO_MODIFY_CONFIRMED",
    ),
    BrokerStatus.COMPLETE: ("COMPLETE",),
    BrokerStatus.CANCELLED: ("CANCELLED", "CANCEL_CONFIRMED", "BATCH_CANCEL_CONFIRMED", "AMO_CANCEL_CONFIRMED"),
    BrokerStatus.REJECTED: ("REJECTED",),
}  # fmt: skip
"""The words of the stream that are words of an order."""


def row(**more: Any) -> wire.Order:
    return msgspec.convert(ROWS[0] | more, wire.Order)


def test_every_word_of_an_order_means_what_it_says() -> None:
    assert dict(mapping.ROWS.statuses) == {word.lower(): status for status, words in WORDS.items() for word in words}
    assert [word for word, delivery in mapping.ROWS.delivery.items() if delivery] == ["CNC"]


@pytest.mark.parametrize("word", ["MODIFY_REJECTED", "CANCEL_REJECTED", "BRACKET_ORDER_CANCELLED", "COMPLETED", ""])
def test_a_word_of_a_change_says_nothing_of_the_order(word: str) -> None:
    assert mapping.broker_order(row(order_status=word)).status is BrokerStatus.UNKNOWN


@given(word=st.text(max_size=40))
def test_any_other_word_is_unknown(word: str) -> None:
    if word.strip().lower() not in mapping.ROWS.statuses:
        assert status_of(word, 10, 10, mapping.ROWS.statuses) is BrokerStatus.UNKNOWN


def test_the_simulator_says_nothing_that_the_connector_does_not_know() -> None:
    assert {word.lower() for word in simulated.WORDS.simulated()} <= mapping.ROWS.statuses.keys()
    assert {*errors.NUMBERS.values(), 44000} == {40000, 44000, 45000, 45010}


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        ({"error_code": 44000, "message": "`product` is invalid"}, Failure("44000", "`product` is invalid")),
        ({"error_code": "45000", "message": "(1)-x"}, Failure("45000", "(1)-x")),
        ({"error_code": 45000, "message": "(5)-edis"}, Failure("text:holdings_not_authorised", "(5)-edis")),
        ({"error_code": [], "message": "x"}, Failure(None, "x")),
        ({"error_code": 45010, "message": "went wrong: freeze"}, Failure("45010", "went wrong: freeze")),
        ({"error": "invalid credentials"}, Failure(None, "invalid credentials")),
    ],
)  # fmt: skip
def test_a_text_that_gives_a_reason_goes_before_most_codes(body: Mapping[str, object], failure: Failure) -> None:
    assert failures(json.dumps(body).encode()) == [failure]


@pytest.mark.parametrize(
    ("told", "tag", "foreign"),
    [(TAG, TAG, False), (int(TAG), TAG, False), ("0", None, False), (0, None, False), ("", None, False),
     (None, None, False), ("10002", None, True), (f"9{TAG}", None, True)],
)  # fmt: skip
def test_a_number_of_ours_comes_back_as_a_text_and_no_number_is_0(
    told: object,
    tag: str | None,
    foreign: bool,  # a column of the table
) -> None:
    read = mapping.broker_order(row(user_order_id=told))

    assert (read.tag, read.foreign_tag) == (tag, foreign)


def test_a_row_is_known_by_the_exchanges_token_and_a_derivative_is_no_share() -> None:
    rows = [
        row(exchange="BSE", instrument_token=500209, trading_symbol="INFY-A"),
        row(exchange="NFO", instrument_token=1594, trading_symbol="NIFTY26NOVFUT"),
        row(instrument_token="x", trading_symbol="INFY-EQ", order_side="HOLD"),
    ]

    read = [mapping.broker_order(one) for one in rows]

    assert [(one.exchange, one.symbol) for one in read] == [("BSE", "INFY"), ("NFO", "NIFTY26NOVFUT"), ("NSE", "INFY")]
    assert [one.side for one in read] == [Side.BUY, Side.BUY, None]


def test_a_reason_that_is_none_is_none_and_a_time_of_0_is_no_time() -> None:
    rejected = mapping.broker_order(row(order_status="REJECTED", rejection_reason="none ", order_entry_time=0))

    assert (rejected.message, rejected.placed_at) == (None, None)
    assert mapping.broker_order(row()).placed_at == datetime(2026, 11, 18, 5, 2, 1, tzinfo=UTC)


def halves(pending: list[dict[str, Any]], completed: list[dict[str, Any]]) -> list[Any]:
    return [
        answer(json.dumps({"status": "success", "message": "", "data": {"orders": rows}}, default=float))
        for rows in (pending, completed)
    ]


async def test_the_book_is_what_is_pending_and_then_what_is_completed() -> None:
    one, client = replying("hdfcsky", *halves(ROWS[1:3], ROWS[:1]))

    rows = await one.orders(SESSION)

    assert [row.broker_order_id for row in rows] == ["20261118-2", "20261118-3", "20261118-1"]
    assert [dict(request.query)["type"] for request in client.requests] == ["pending", "completed"]
    assert {dict(request.query)["client_id"] for request in client.requests} == {"TR0007"}


async def test_an_order_that_ends_between_the_two_reads_has_ended() -> None:
    one, _ = replying("hdfcsky", *halves([ROWS[2]], [ROWS[2] | {"order_status": "COMPLETE", "filled_quantity": 5}]))

    (row,) = await one.orders(SESSION)

    assert row.status is BrokerStatus.COMPLETE


async def test_half_a_book_is_none() -> None:
    """A18: unavailable is never empty."""
    half, _ = halves([], [])
    lost, _ = replying("hdfcsky", half, answer(b"", 503))
    ended, _ = replying("hdfcsky", half, answer(fixture("hdfcsky", "orders.401"), 401))

    with pytest.raises(Unknown):
        await lost.orders(SESSION)
    with pytest.raises(SessionEnded):
        await ended.orders(SESSION)


@pytest.mark.parametrize("variety", Variety)
async def test_a_cancellation_says_what_kind_of_order_it_is_for(variety: Variety) -> None:
    one, client = replying("hdfcsky", answer(fixture("hdfcsky", "cancel.200")))

    await one.cancel(SESSION, "20261118-3", variety)

    assert dict(client.requests[0].query)["execution_type"] == {"regular": "REGULAR", "amo": "AMO"}[variety]


@pytest.mark.parametrize(
    ("status", "refusal"),
    [
        (400, {"error_code": 45010, "message": "Something went wrong: Insufficient margin"}),
        (400, {"error_code": 45000, "message": "Error from backend: (2)-Order not found"}),
        (404, {"message": "Not Found"}),
    ],
)
async def test_a_refusal_that_does_not_say_what_became_of_an_order_leaves_it_open(
    status: int, refusal: Mapping[str, object]
) -> None:
    one, _ = replying("hdfcsky", answer(json.dumps({"status": "error", "data": {}, **refusal}), status))

    with pytest.raises(Unknown):
        await one.place(SESSION, LIMIT_SELL)


@pytest.mark.parametrize("name", ["funds.200", "funds.200.pairs"])
async def test_funds_are_what_is_available_less_what_is_pledged(name: str) -> None:
    one, _ = replying("hdfcsky", answer(fixture("hdfcsky", name)))

    assert await one.funds(SESSION) == 15600005


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [["Available Margin", "100"]],
        [["Pledge Benefit", "0"]],
        [["Available Margin"], ["Pledge Benefit", "0"]],
        [["Available Margin", None], ["Pledge Benefit", "0"]],
        [["Available Margin", True], ["Pledge Benefit", "0"]],
        [["Available Margin", "much"], ["Pledge Benefit", "0"]],
        [7, ["Available Margin", "100"], ["Pledge Benefit", "0"]],
    ],
)
def test_funds_without_a_line_or_with_a_strange_one_are_unknown(lines: list[object]) -> None:
    with pytest.raises(Unknown):
        mapping.cash(wire.Funds(lines))


def test_an_amount_of_funds_may_be_grouped() -> None:
    assert (
        mapping.cash(wire.Funds([["Available margin ", "1,00,000.50"], {"0": "PLEDGE BENEFIT", "1": "-5"}])) == 10000050
    )


def held_shares(quantity: int, free: int, used: int, t1: int, pledged: int) -> wire.Holding:
    shares = {"quantity": quantity, "free_quantity": free, "used_quantity": used, "t1_quantity": t1}
    row = {"isin": "INE009A01021", "exchange": "NSE", "trading_symbol": "INFY", "buy_avg": 1}
    return msgspec.convert(row | shares | {"pledge_quantity": pledged}, wire.Holding)


@pytest.mark.parametrize(
    ("numbers", "free", "sold"),
    [((30, 25, 0), 25, 0), ((30, 30, 10), 20, 10), ((30, 40, 0), 30, 0), ((0, 0, 5), 0, 5), ((5, -2, -1), 0, 0)],
)
def test_free_is_at_most_what_is_left_of_all(numbers: tuple[int, int, int], free: int, sold: int) -> None:
    held = mapping.holding(held_shares(*numbers, 5, 7))

    assert (held.quantity, held.sellable, held.sold_today, held.t1_quantity, held.collateral_quantity) == (
        free, free, sold, 5, 7,
    )  # fmt: skip


async def test_positions_are_those_of_the_day_and_a_derivative_is_no_share() -> None:
    told = json.loads(fixture("hdfcsky", "positions.200"), parse_float=Decimal)
    future = told["data"][0] | {"segment": "FutOpt", "token": 1594, "trading_symbol": "INFY26NOVFUT"}
    short = told["data"][0] | {"buy_quantity": -1, "sell_quantity": -2, "average_buy_price": None}
    one, client = replying(
        "hdfcsky", answer(json.dumps(told | {"data": [*told["data"], future, short]}, default=float))
    )

    rows = await one.positions(SESSION)

    assert [(row.symbol, row.exchange, row.isin, row.delivery, row.bought, row.sold) for row in rows] == [
        ("INFY", "NSE", "INE009A01021", True, 2, 0),
        ("SBIN", "BSE", "INE062A01020", True, 1, 4),
        ("ITC", "NSE", "INE154A01025", False, 10, 0),
        ("GOLDGUINEA26NOVFUT", "MCX", None, False, 1, 1),
        ("INFY26NOVFUT", "NSE-FutOpt", None, True, 2, 0),
        ("INFY", "NSE", "INE009A01021", True, 0, 0),
    ]
    assert [(row.buy_price, row.sell_price) for row in (rows[1], rows[-1])] == [(81200, 81350), (None, 0)]
    assert dict(client.requests[0].query)["type"] == "live"


@pytest.mark.parametrize("token", ["١٥٩٤", "1594.0", "", None])
def test_a_token_that_is_no_number_in_plain_digits_names_nothing(token: object) -> None:
    assert mapping.broker_order(row(instrument_token=token, trading_symbol="ELSE")).symbol == "ELSE"


def test_shares_below_nothing_are_none() -> None:
    held = mapping.holding(held_shares(5, 5, 0, -3, -4))

    assert (held.sellable, held.t1_quantity, held.collateral_quantity) == (5, 0, 0)


@pytest.mark.parametrize(
    ("ddpi", "power", "needed"),
    [(True, False, False), (False, True, False), (False, False, True), (None, False, True), (None, None, None)],
)
def test_sales_need_the_depository_without_either_standing_instruction(
    ddpi: bool | None, power: bool | None, needed: bool | None
) -> None:
    assert mapping.edis_needed(wire.Person("Asha", ddpi, power)) is needed


async def test_a_login_asks_for_the_profile_of_the_client_that_the_token_names() -> None:
    profile = b'{"status":"success","data":{"name":"Asha Rao","ddpi":false,"poa_enabled":true}}'
    one, client = replying("hdfcsky", answer(fixture("hdfcsky", "finish_login.200")), answer(profile))

    login = await one.finish_login({"request_token": "rt-1"}, NOW)

    assert (login.broker_user_id, login.user_name, login.edis_needed) == ("TR0007", "Asha Rao", False)
    assert dict(client.requests[1].query)["client_id"] == "TR0007"
