"""What only the brokers on the XTS platform do: rows over the pure translations, and answers that builds differ in."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.connectors.replay import LIMIT_SELL, MARKET_BUY, NOW, SESSION, TAG, answer, call, fixture, replying
from torana.connectors import readings
from torana.connectors.contract import (
    BrokerOrder,
    BrokerStatus,
    Callback,
    Holding,
    LoginRefused,
    OrderRef,
    Reason,
    Redirect,
    Rejected,
    Rows,
    Unknown,
    Variety,
)
from torana.connectors.xts import mapping, wire

BROKER = "trustline"
ROWS: list[dict[str, Any]] = json.loads(fixture(BROKER, "orders.200"), parse_float=Decimal)["result"]


def order(**more: Any) -> BrokerOrder:
    return mapping.broker_order(msgspec.convert(ROWS[0] | more, wire.Order))


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("PendingNew", BrokerStatus.RECEIVED),
        ("New", BrokerStatus.OPEN),
        ("PendingReplace", BrokerStatus.RECEIVED),
        ("PendingCancel", BrokerStatus.RECEIVED),
        ("Replaced", BrokerStatus.OPEN),
        ("Trigger Pending", BrokerStatus.TRIGGER_PENDING),
        ("TriggerPending", BrokerStatus.TRIGGER_PENDING),
        ("Filled", BrokerStatus.COMPLETE),
        ("Cancelled", BrokerStatus.CANCELLED),
        ("Rejected", BrokerStatus.REJECTED),
        ("Open", BrokerStatus.UNKNOWN),
        ("Expired", BrokerStatus.UNKNOWN),
        ("", BrokerStatus.UNKNOWN),
    ],
)
def test_a_word_for_the_state_of_an_order(word: str, status: BrokerStatus) -> None:
    assert order(OrderStatus=word, CumulativeQuantity=0).status is status


@pytest.mark.parametrize("word", ["PartiallyFilled", "New"])
def test_quantities_say_that_an_order_is_partly_filled(word: str) -> None:
    assert order(OrderStatus=word, CumulativeQuantity=5).status is BrokerStatus.PARTIAL


@pytest.mark.parametrize(
    ("told", "known"),
    [
        ("2026-11-18T10:32:01.1535468", True),
        ("2026-11-18T10:32:01", True),
        ("18-11-2026 10:32:01", True),
        ("2026-11-18T10:32", False),
        ("31-02-2026 10:32:01", False),
        ("", False),
        (None, False),
    ],
)
def test_a_moment_is_read_on_an_indian_clock(told: str | None, *, known: bool) -> None:
    assert mapping.moment(told) == (datetime(2026, 11, 18, 5, 2, 1, tzinfo=UTC) if known else None)


@pytest.mark.parametrize(
    ("told", "number"),
    [
        ("2,450.75", "2450.75"),
        ("12,34,567.5", "1234567.5"),
        (15, "15"),
        (Decimal("1.5"), "1.5"),
        ("", None),
        (None, None),
    ],
)
def test_a_number_may_be_a_text_with_commas_or_nothing(told: object, number: str | None) -> None:
    assert readings.number(told) == (None if number is None else Decimal(number))


@pytest.mark.parametrize("told", ["two", [], {}, "--"])
def test_what_is_no_number_is_refused(told: object) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        readings.number(told)


def holding(**more: Any) -> Holding:
    row: dict[str, Any] = {"isin": "INE009A01021", "holding_quantity": Decimal(25), "nse_code": 1594}
    return mapping.holding(wire.Holding(**row | more))


@pytest.mark.parametrize(
    ("told", "free", "pledged", "sold"),
    [
        ({}, 25, 0, 0),
        ({"collateral_quantity": Decimal(10)}, 15, 10, 0),
        ({"pledge_quantity": Decimal(10)}, 15, 10, 0),
        ({"collateral_quantity": Decimal(10), "pledge_quantity": Decimal(10)}, 15, 10, 0),
        ({"used_quantity": Decimal(5)}, 20, 0, 5),
        ({"used_quantity": Decimal(20), "collateral_quantity": Decimal(10)}, 0, 10, 20),
        ({"used_quantity": Decimal(-1)}, 25, 0, 0),
    ],
)
def test_what_can_be_sold_of_a_row(told: dict[str, Decimal], free: int, pledged: int, sold: int) -> None:
    row = holding(**told)

    assert (row.quantity, row.sellable, row.collateral_quantity, row.sold_today) == (free, free, pledged, sold)
    assert row.t1_quantity is None


@pytest.mark.parametrize("none", [0, "0", -1, "-1", "", None])
def test_a_row_is_named_by_its_isin_on_the_exchange_that_it_has_a_number_of(none: object) -> None:
    on_bse = holding(nse_code=none, bse_code=500209, average_price=Decimal("1402.81"))

    assert (holding().symbol, holding().exchange, holding().average_price) == ("INFY", "NSE", None)
    assert (on_bse.symbol, on_bse.exchange, on_bse.average_price) == ("INFY", "BSE", 140281)


def test_a_row_of_shares_that_nobody_knows_is_refused() -> None:
    with pytest.raises(Unknown, match="no security"):
        holding(isin="INE000000000", nse_code=None)


async def test_the_rows_of_the_fixtures() -> None:
    shares, _ = replying(BROKER, answer(fixture(BROKER, "holdings.200")))
    trades, _ = replying(BROKER, answer(fixture(BROKER, "positions.200")))

    held, traded = await shares.holdings(SESSION), await trades.positions(SESSION)

    assert [(row.symbol, row.sellable, row.collateral_quantity, row.sold_today) for row in held] == [
        ("INFY", 25, 0, 0), ("ITC", 7, 0, 5), ("TCS", 2, 18, 0), ("SBIN", 0, 10, 25),
    ]  # fmt: skip
    assert [(row.symbol, row.exchange, row.isin, row.delivery, row.bought, row.sold) for row in traded] == [
        ("INFY", "NSE", "INE009A01021", True, 2, 0),
        ("SBIN", "BSE", "INE062A01020", True, 1, 4),
        ("ITC", "NSE", "INE154A01025", False, 10, 0),
        ("NIFTY 26NOV2026 PE 23250", "NSEFO", None, False, 75, 0),
    ]
    assert (traded[0].buy_price, traded[0].sell_price) == (151235, None)


async def test_a_price_that_the_book_does_not_tell_comes_from_the_trades() -> None:
    trades = [
        {"AppOrderID": 1110039001, "LastTradedPrice": 1512.3, "LastTradedQuantity": 4},
        {"AppOrderID": "1110039001", "LastTradedPrice": "1512.40", "LastTradedQuantity": 6},
        {"AppOrderID": 1110039009, "LastTradedPrice": 1, "LastTradedQuantity": 6},
    ]
    one, client = replying(
        BROKER,
        answer(fixture(BROKER, "orders.200.no-price")),
        answer(json.dumps({"type": "success", "result": trades})),
    )

    rows = await one.orders(SESSION)

    assert [row.average_price for row in rows] == [151236, 0]
    assert [request.url.rpartition("/")[2] for request in client.requests] == ["orders", "trades"]


@pytest.mark.parametrize("trades", [[], [{"AppOrderID": 1110039001, "LastTradedPrice": 1512, "LastTradedQuantity": 4}]])
async def test_trades_that_are_not_all_there_make_no_price(trades: list[object]) -> None:
    one, _ = replying(
        BROKER,
        answer(fixture(BROKER, "orders.200.no-price")),
        answer(json.dumps({"type": "success", "result": trades})),
    )

    assert [row.average_price for row in await one.orders(SESSION)] == [0, 0]


async def test_a_trade_book_without_rows_makes_no_price_and_fails_no_look() -> None:
    nothing = {"type": "error", "code": "e-tradeBook-0005", "description": "Data Not Available", "result": {}}
    one, _ = replying(BROKER, answer(fixture(BROKER, "orders.200.no-price")), answer(json.dumps(nothing), 400))

    assert [row.average_price for row in await one.orders(SESSION)] == [0, 0]


LISTS = ("orders", "tradeBook", "portfolio", "holdings")


@pytest.mark.parametrize(
    ("method", "own"), [("orders", "orders"), ("positions", "portfolio"), ("holdings", "holdings")]
)
@pytest.mark.parametrize("family", LISTS)
async def test_only_the_code_of_its_own_says_that_a_list_is_empty(method: str, own: str, family: str) -> None:
    """What is said of holdings says nothing of orders."""
    nothing = {"type": "error", "code": f"e-{family}-0005", "description": "Data Not Available", "result": {}}
    one, _ = replying(BROKER, answer(json.dumps(nothing), 400))

    if family == own:
        assert await call(one, method) in (Rows([]), [])
    else:
        with pytest.raises(Unknown):
            await call(one, method)


@pytest.mark.parametrize("family", ["orders", "portfolio", "holdings"])
async def test_the_code_of_another_list_makes_no_trade_book_without_rows(family: str) -> None:
    nothing = {"type": "error", "code": f"e-{family}-0005", "description": "Data Not Available", "result": {}}
    one, _ = replying(BROKER, answer(fixture(BROKER, "orders.200.no-price")), answer(json.dumps(nothing), 400))

    with pytest.raises(Unknown):
        await one.orders(SESSION)


async def test_trades_that_cannot_be_read_fail_the_look() -> None:
    """Unavailable is never empty."""
    one, _ = replying(BROKER, answer(fixture(BROKER, "orders.200.no-price")), answer(b"", 503))

    with pytest.raises(Unknown):
        await one.orders(SESSION)


async def test_orders_of_others_are_not_asked_a_price_of() -> None:
    told = json.loads(fixture(BROKER, "orders.200.no-price"))
    told["result"] = told["result"][1:]
    one, client = replying(BROKER, answer(json.dumps(told)))

    await one.orders(SESSION)

    assert len(client.requests) == 1


def test_shares_below_nothing_were_not_traded() -> None:
    traded = mapping.ROWS.position(
        wire.Position(exchange="NSECM", code=1594, product="CNC", bought=Decimal(-1), sold=Decimal(-2))
    )

    assert (traded.symbol, traded.bought, traded.sold) == ("INFY", 0, 0)


def test_a_price_that_the_book_tells_stays() -> None:
    told = order()

    assert (
        mapping.with_price(told, [wire.Trade(told.broker_order_id, Decimal(1), Decimal(told.filled_quantity))]) == told
    )


def test_collateral_below_nothing_adds_nothing() -> None:
    limits = wire.Limits(Decimal("100.50"), collateral=Decimal(-5))

    assert mapping.cash([wire.Balance("ALL|ALL|ALL", wire.LimitObject(limits))]) == 10050


async def test_an_order_that_lost_its_tag_is_ours_by_its_id_and_asked_a_price_of() -> None:
    told = json.loads(fixture(BROKER, "orders.200.no-price"))
    told["result"] = [told["result"][0] | {"OrderUniqueIdentifier": ""}]
    trades = [{"AppOrderID": 1110039001, "LastTradedPrice": 1512.3, "LastTradedQuantity": 10}]
    one, _ = replying(BROKER, answer(json.dumps(told)), answer(json.dumps({"type": "success", "result": trades})))
    assert one.parts.orders is not None

    (row,) = await one.parts.orders.book(SESSION, {"1110039001"})

    assert (row.tag, row.average_price) == (None, 151230)


@pytest.mark.parametrize(
    "session",
    ['{"accessToken": "at-1"}', ' {"userID": "X", "accessToken": "at-1"} ', json.dumps('{"accessToken": "at-1"}')],
)
@pytest.mark.parametrize("by", ["form", "query"])
async def test_the_access_token_comes_back_in_either_way_and_form(session: str, by: str) -> None:
    one, client = replying(BROKER, answer(fixture(BROKER, "finish_login.200")))
    brought = {"session": session}
    callback = Callback({}, brought) if by == "form" else Callback(brought)

    login = await one.parts.login.finish(callback, {}, NOW)

    assert (login.broker_user_id, login.secrets) == ("TR0007", {"token": "sample-xts-token-1"})
    assert json.loads(client.requests[0].json or b"")["accessToken"] == "at-1"


@pytest.mark.parametrize(
    "session", ["", "{}", "null", '{"accessToken": ""}', '{"accessToken": 7}', "at-1", '"at-1"', "[" * 5000, '"' * 9]
)
async def test_a_callback_without_an_access_token_is_no_login(session: str) -> None:
    one, client = replying(BROKER, answer(fixture(BROKER, "finish_login.200")))

    with pytest.raises(LoginRefused):
        await one.finish_login({"session": session}, NOW)

    assert client.requests == []


async def test_the_way_back_carries_our_ticket() -> None:
    one, _ = replying(BROKER)

    start = await one.parts.login.begin("t-1", "https://torana.example/portal/callback/trustline/t-1")

    assert isinstance(start.go, Redirect)
    assert start.go.url.endswith("&returnURL=https%3A%2F%2Ftorana.example%2Fportal%2Fcallback%2Ftrustline%2Ft-1")


async def test_no_market_order_leaves() -> None:
    one, client = replying(BROKER, answer(fixture(BROKER, "place.200")))

    await one.place(SESSION, LIMIT_SELL)
    await one.place(SESSION, MARKET_BUY)

    sent = [json.loads(request.json or b"") for request in client.requests]
    assert [(body["orderType"], body["limitPrice"]) for body in sent] == [("LIMIT", 3050.1), ("LIMIT", None)]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("OEMS:Order rejected for self trade", Reason.INVALID_ORDER),
        ("RMS:Rule: Order not allowed in this session", Reason.MARKET_CLOSED),
    ],
)
async def test_words_of_the_platforms_own_give_a_reason_in_the_answer_and_in_the_book(
    text: str, reason: Reason
) -> None:
    refused = {"type": "error", "code": "e-property-validation-failed", "description": text, "result": {}}
    one, _ = replying(BROKER, answer(json.dumps(refused), 400))

    with pytest.raises(Rejected) as caught:
        await one.place(SESSION, LIMIT_SELL)

    assert caught.value.reason is reason
    assert order(OrderStatus="Rejected", CancelRejectReason=text).reason is reason


async def test_that_an_order_is_not_found_refuses_a_cancellation_and_no_order() -> None:
    refused = answer(fixture(BROKER, "cancel.400.final"), 400)
    placing, _ = replying(BROKER, refused)
    cancelling, client = replying(BROKER, refused)
    assert cancelling.parts.orders is not None

    with pytest.raises(Unknown):
        await placing.place(SESSION, LIMIT_SELL)
    order = OrderRef("1110039001", None, TAG, Variety.REGULAR, LIMIT_SELL.instrument)
    with pytest.raises(Rejected) as caught:
        await cancelling.parts.orders.cancel(SESSION, order)

    assert caught.value.reason is Reason.INVALID_ORDER
    assert client.requests[0].query == (("appOrderID", "1110039001"), ("orderUniqueIdentifier", TAG))
