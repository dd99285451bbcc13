"""Orders at the simulated Zerodha: what it checks, what it answers, what its book shows."""

import pytest

from tests.sandbox.conftest import KiteClient, LogIn
from tests.support.clock import HandClock
from torana.sandbox.exchange import Tempo
from torana.sandbox.server import RunningSandbox


async def test_a_market_order_is_placed_and_filled(kite: KiteClient, sandbox: RunningSandbox) -> None:
    got = await kite.place(5)

    order_id = got.json["data"]["order_id"]
    [row] = await kite.book()
    assert got.json == {"status": "success", "data": {"order_id": order_id}}
    assert len(order_id) == 15
    assert row["order_id"] == order_id
    assert row["status"] == "COMPLETE"
    assert (row["tag"], row["tags"]) == (None, ["mktp", "mktp:2.00", "100000000000001"])
    assert (row["order_type"], row["price"] > row["average_price"]) == ("LIMIT", True)
    assert (row["quantity"], row["filled_quantity"], row["pending_quantity"]) == (5, 5, 0)
    assert row["average_price"] == sandbox.exchange.last_price("ITC") / 100
    assert row["order_timestamp"] == "2026-11-18 10:30:00"
    assert (row["exchange"], row["product"], row["variety"]) == ("NSE", "CNC", "regular")


async def test_the_history_tells_every_status_in_its_order(kite: KiteClient) -> None:
    order_id = (await kite.place(5)).json["data"]["order_id"]

    history = (await kite.call("GET", f"/orders/{order_id}")).json["data"]

    assert [row["status"] for row in history] == [
        "PUT ORDER REQ RECEIVED",
        "VALIDATION PENDING",
        "OPEN PENDING",
        "OPEN",
        "COMPLETE",
    ]
    assert history[0]["exchange_order_id"] is None
    assert history[-1]["exchange_order_id"]


async def test_trades_and_positions_follow_the_fill(kite: KiteClient) -> None:
    order_id = (await kite.place(5)).json["data"]["order_id"]

    of_order = (await kite.call("GET", f"/orders/{order_id}/trades")).json["data"]
    of_day = (await kite.call("GET", "/trades")).json["data"]
    positions = (await kite.call("GET", "/portfolio/positions")).json["data"]

    assert of_order == of_day
    assert [(trade["order_id"], trade["quantity"]) for trade in of_day] == [(order_id, 5)]
    assert [(row["tradingsymbol"], row["quantity"]) for row in positions["net"]] == [("ITC", 5)]


@pytest.mark.parametrize(
    "changes",
    [
        {"variety": "unheard"},
        {"variety": "co"},
        {"tradingsymbol": ""},
        {"tradingsymbol": "NOSUCHSHARE"},
        {"exchange": ""},
        {"exchange": "LSE"},
        {"exchange": "NFO"},
        {"transaction_type": ""},
        {"transaction_type": "buy"},
        {"order_type": ""},
        {"order_type": "SL"},
        {"quantity": ""},
        {"quantity": "0"},
        {"quantity": "-5"},
        {"quantity": "5.0"},
        {"quantity": "five"},
        {"product": ""},
        {"product": "MIS"},
        {"order_type": "LIMIT"},
        {"order_type": "LIMIT", "price": "cheap"},
        {"order_type": "LIMIT", "price": "-1"},
        {"order_type": "LIMIT", "price": "410.13"},
        {"validity": "GTC"},
        {"market_protection": ""},
        {"market_protection": "0"},
        {"market_protection": "-2"},
        {"market_protection": "101"},
        {"market_protection": "some"},
        {"tag": "123456789012345678901"},
        {"tag": "with-hyphen"},
        {"disclosed_quantity": "x"},
        {"autoslice": "perhaps"},
    ],
)
async def test_a_wrong_parameter_is_an_input_exception_and_places_nothing(
    kite: KiteClient, sandbox: RunningSandbox, changes: dict[str, str]
) -> None:
    got = await kite.place(**changes)

    assert (got.status, got.json["status"], got.json["error_type"]) == (400, "error", "InputException")
    assert sandbox.ledger.orders == []


async def test_an_order_as_json_is_refused(kite: KiteClient) -> None:
    got = await kite.call("POST", "/orders/regular", json={"tradingsymbol": "ITC"})

    assert (got.status, got.json["error_type"]) == (400, "InputException")


async def test_an_unknown_path_and_a_wrong_method_have_kites_envelope(kite: KiteClient) -> None:
    unknown = await kite.call("GET", "/nothing/here")
    wrong = await kite.call("POST", "/trades")

    assert (unknown.status, unknown.json["status"]) == (404, "error")
    assert (wrong.status, wrong.json["status"]) == (405, "error")


async def test_a_limit_order_rests_until_the_market_reaches_it(kite: KiteClient, sandbox: RunningSandbox) -> None:
    sandbox.exchange.prices.pin("ITC", 410_00)
    await kite.place(5, order_type="LIMIT", price="409.50")
    [resting] = await kite.book()

    sandbox.exchange.prices.pin("ITC", 409_25)
    [filled] = await kite.book()

    assert (resting["status"], resting["price"], resting["average_price"]) == ("OPEN", 409.5, 0)
    assert (filled["status"], filled["average_price"]) == ("COMPLETE", 409.25)


async def test_a_limit_order_outside_the_band_is_rejected_in_the_book(kite: KiteClient) -> None:
    """A13."""
    got = await kite.place(5, order_type="LIMIT", price="250.00")

    [row] = await kite.book()
    assert got.status == 200
    assert (row["status"], row["filled_quantity"]) == ("REJECTED", 0)
    assert "circuit" in row["status_message"]
    assert row["status_message_raw"].startswith("RMS:")


async def test_an_immediate_order_that_cannot_trade_is_cancelled(kite: KiteClient, sandbox: RunningSandbox) -> None:
    sandbox.exchange.prices.pin("ITC", 410_00)

    await kite.place(5, order_type="LIMIT", price="405.00", validity="IOC")

    [row] = await kite.book()
    assert (row["status"], row["cancelled_quantity"]) == ("CANCELLED", 5)


async def test_a_buy_beyond_the_cash_is_rejected_in_the_book(kite: KiteClient) -> None:
    """A13."""
    await kite.place(3000)

    [row] = await kite.book()
    assert (row["status"], row["status_message_raw"][:18]) == ("REJECTED", "RMS:Margin Exceeds")


async def test_a_sell_beyond_the_holdings_is_rejected_in_the_book(kite: KiteClient) -> None:
    await kite.place(501, transaction_type="SELL")

    [row] = await kite.book()
    assert row["status"] == "REJECTED"
    assert "holding" in row["status_message"]


async def test_a_quantity_above_the_freeze_limit_is_refused_at_once(kite: KiteClient, sandbox: RunningSandbox) -> None:
    """A13."""
    sandbox.exchange.freeze_quantities["MRF"] = 500
    got = await kite.place(5000, tradingsymbol="MRF")

    assert (got.status, got.json["error_type"]) == (400, "OrderException")
    assert "freeze" in got.json["message"]


async def test_outside_market_hours_only_amo_is_taken_and_it_waits_for_the_opening(
    kite: KiteClient, clock: HandClock
) -> None:
    """A13, S08."""
    clock.advance(6.5 * 3600)
    refused = await kite.place(5)
    taken = await kite.place(5, variety="amo")
    [queued] = await kite.book()

    clock.advance(13 * 3600)
    again = await kite.call("GET", "/orders")
    clock.advance(3.25 * 3600)

    assert (refused.status, refused.json["error_type"]) == (400, "OrderException")
    assert taken.status == 200
    assert (queued["status"], queued["variety"], queued["exchange_order_id"]) == ("AMO REQ RECEIVED", "amo", None)
    assert again.status == 403
    order = kite.account.book[0]
    kite.sandbox.exchange.catch_up()
    assert (order.state, order.filled) == ("COMPLETE", 5)


async def test_amo_is_refused_while_the_market_is_open(kite: KiteClient) -> None:
    got = await kite.place(5, variety="amo")

    assert (got.status, got.json["error_type"]) == (400, "OrderException")


async def test_a_cancelled_amo_has_its_own_word(kite: KiteClient, clock: HandClock) -> None:
    clock.advance(6.5 * 3600)
    order_id = (await kite.place(5, variety="amo")).json["data"]["order_id"]

    got = await kite.call("DELETE", f"/orders/amo/{order_id}")

    [row] = await kite.book()
    assert got.json["data"] == {"order_id": order_id}
    assert row["status"] == "CANCELLED AMO"


async def test_an_order_in_the_pre_open_waits_for_the_opening(log_in: LogIn, clock: HandClock) -> None:
    clock.advance(22.5 * 3600 + 300)
    kite = await log_in("asha")
    await kite.place(5)
    [waiting] = await kite.book()

    clock.advance(600)

    [filled] = await kite.book()
    assert waiting["status"] == "OPEN"
    assert filled["status"] == "COMPLETE"


async def test_open_orders_are_cancelled_at_the_close(kite: KiteClient, clock: HandClock) -> None:
    await kite.place(118)

    clock.advance(5 * 3600)

    [row] = await kite.book()
    assert (row["status"], row["cancelled_quantity"]) == ("CANCELLED", 118)


async def test_an_open_order_can_be_cancelled_once(kite: KiteClient) -> None:
    order_id = (await kite.place(118)).json["data"]["order_id"]

    first = await kite.call("DELETE", f"/orders/regular/{order_id}")
    second = await kite.call("DELETE", f"/orders/regular/{order_id}")

    [row] = await kite.book()
    assert first.status == 200
    assert (second.status, second.json["error_type"]) == (400, "OrderException")
    assert row["status"] == "CANCELLED"


async def test_an_open_order_can_be_modified(kite: KiteClient, sandbox: RunningSandbox) -> None:
    sandbox.exchange.prices.pin("ITC", 410_00)
    order_id = (await kite.place(5, order_type="LIMIT", price="405.00")).json["data"]["order_id"]

    got = await kite.call("PUT", f"/orders/regular/{order_id}", data={"quantity": "7", "price": "406.00"})

    [row] = await kite.book()
    assert got.json["data"] == {"order_id": order_id}
    assert (row["status"], row["quantity"], row["price"], row["modified"]) == ("OPEN", 7, 406.0, True)


async def test_an_order_of_another_client_is_not_found(kite: KiteClient, log_in: LogIn) -> None:
    """A17."""
    ravi = await log_in("ravi")
    order_id = (await ravi.place(5)).json["data"]["order_id"]

    got = await kite.call("GET", f"/orders/{order_id}")

    assert (got.status, got.json["error_type"]) == (400, "OrderException")
    assert await kite.book() == []


async def test_a_large_order_is_filled_in_parts(kite: KiteClient, sandbox: RunningSandbox, clock: HandClock) -> None:
    sandbox.exchange.tempo = Tempo(1.0, 1.0)
    await kite.place(600)

    fills = []
    for _ in range(5):
        fills.append((await kite.book())[0]["filled_quantity"])
        clock.advance(1.0)

    assert fills == [0, 200, 400, 600, 600]


async def test_the_book_is_empty_next_morning(kite: KiteClient, log_in: LogIn, clock: HandClock) -> None:
    await kite.place(5)

    clock.advance(20 * 3600)

    again = await log_in("asha")
    assert await again.book() == []
    assert len(kite.sandbox.ledger.orders) == 1


async def test_the_eleventh_order_within_a_second_is_refused_as_too_fast(
    kite: KiteClient, sandbox: RunningSandbox
) -> None:
    """S05, I11."""
    answers = [(await kite.place(1)).status for _ in range(11)]

    assert answers == [200] * 10 + [429]
    assert len(sandbox.ledger.orders) == 10
    assert sandbox.ledger.place_requests("kite", kite.user_id) == 11


async def test_quotes_are_limited_to_one_a_second_and_leave_out_what_is_unknown(kite: KiteClient) -> None:
    got = await kite.call("GET", "/quote/ltp", params=[("i", "NSE:ITC"), ("i", "NSE:NOSUCHSHARE"), ("i", "NFO:ITC")])
    second = await kite.call("GET", "/quote/ltp", params=[("i", "NSE:ITC")])

    assert list(got.json["data"]) == ["NSE:ITC"]
    assert got.json["data"]["NSE:ITC"]["last_price"] > 0
    assert second.status == 429


async def test_a_cancelled_order_still_says_what_was_not_filled(kite: KiteClient) -> None:
    """As the documented order book has it: one of one cancelled, and one pending."""
    order_id = (await kite.place(109)).json["data"]["order_id"]
    await kite.call("DELETE", f"/orders/regular/{order_id}")

    [row] = await kite.book()
    history = (await kite.call("GET", f"/orders/{order_id}")).json["data"]

    assert (row["status"], row["filled_quantity"], row["pending_quantity"], row["cancelled_quantity"]) == (
        "CANCELLED",
        43,
        66,
        66,
    )
    assert history[-1]["pending_quantity"] == 66


async def test_no_row_of_the_history_calls_itself_modified(kite: KiteClient) -> None:
    """As the documented history of a changed order has it; the book does say so."""
    order_id = (await kite.place(118)).json["data"]["order_id"]
    await kite.call("PUT", f"/orders/regular/{order_id}", data={"quantity": "119"})

    [row] = await kite.book()
    history = (await kite.call("GET", f"/orders/{order_id}")).json["data"]

    assert "MODIFIED" in {step["status"] for step in history}
    assert {step["modified"] for step in history} == {False}
    assert row["modified"] is True


async def test_a_tag_may_have_spaces(kite: KiteClient) -> None:
    await kite.place(tag="connect test order1")

    assert [row["tags"][-1] for row in await kite.book()] == ["connect test order1"]


async def test_pledged_shares_are_sold_last_and_leave_with_the_day(log_in: LogIn) -> None:
    """Fifty are free and a hundred pledged."""
    kite = await log_in("pledged")
    sell = {"tradingsymbol": "RELIANCE", "transaction_type": "SELL"}

    await kite.place(60, **sell)
    rows = (await kite.call("GET", "/portfolio/holdings")).json["data"]
    await kite.place(91, **sell)
    too_many = (await kite.book())[-1]["status"]
    kite.account.roll()

    row = next(row for row in rows if row["tradingsymbol"] == "RELIANCE")
    assert (row["quantity"], row["collateral_quantity"], row["used_quantity"]) == (0, 90, 60)
    assert too_many == "REJECTED"
    assert (kite.account.holding("RELIANCE").quantity, kite.account.holding("RELIANCE").collateral) == (0, 90)
