"""Orders by API at the simulated Upstox: placing, reading, changing, cancelling."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from tests.sandbox.upstox_desk import INFY, MULTI, TCS, Desk, encode, open_desk, order
from tests.support.clock import HandClock
from torana.sandbox.exchange import Tempo

TAG = "482913370415926"


@pytest.fixture
async def desk(clock: HandClock) -> AsyncIterator[Desk]:
    async with open_desk(clock) as desk:
        yield desk


def at(hour: int, minute: int, day: int = 18) -> datetime:
    """A moment of November 2026, from UTC wall time; India is five and a half hours ahead."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


async def test_a_market_order_is_filled_and_told_in_the_documented_form(desk: Desk) -> None:
    token = await desk.log_in()
    desk.running.exchange.prices.pin("TCS", 312055)

    reply = await desk.place(token)
    order_id = reply.json["data"]["order_ids"][0]
    row = await desk.details(token, order_id)

    assert reply.status == 200
    assert reply.json["status"] == "success"
    assert isinstance(reply.json["metadata"]["latency"], int)
    assert row | {"exchange_order_id": "", "order_ref_id": ""} == {
        "exchange": "NSE",
        "product": "D",
        "price": 0,
        "quantity": 7,
        "status": "complete",
        "guid": None,
        "tag": TAG,
        "instrument_token": TCS,
        "placed_by": desk.account().user_id,
        "trading_symbol": "TCS-EQ",
        "tradingsymbol": "TCS-EQ",
        "order_type": "MARKET",
        "validity": "DAY",
        "trigger_price": 0,
        "disclosed_quantity": 0,
        "transaction_type": "BUY",
        "average_price": 3120.55,
        "filled_quantity": 7,
        "pending_quantity": 0,
        "status_message": None,
        "status_message_raw": None,
        "exchange_order_id": "",
        "parent_order_id": None,
        "order_id": order_id,
        "variety": "SIMPLE",
        "order_timestamp": "2026-11-18 10:30:00",
        "exchange_timestamp": "2026-11-18 10:30:00",
        "is_amo": False,
        "order_request_id": "1",
        "order_ref_id": "",
    }


async def test_v2_answers_with_one_order_id(desk: Desk) -> None:
    token = await desk.log_in()

    reply = await desk.send("POST", "/v2/order/place", token, data=encode(order()))

    assert reply.json == {"status": "success", "data": {"order_id": reply.json["data"]["order_id"]}}
    assert (await desk.details(token, reply.json["data"]["order_id"]))["status"] == "complete"


async def test_an_app_of_many_clients_may_read_but_not_place(desk: Desk) -> None:
    token = await desk.log_in(app=MULTI)

    for method, path in (
        ("POST", "/v3/order/place"),
        ("POST", "/v2/order/place"),
        ("POST", "/v2/order/multi/place"),
        ("PUT", "/v3/order/modify"),
        ("DELETE", "/v3/order/cancel?order_id=1"),
        ("DELETE", "/v2/order/multi/cancel"),
    ):
        reply = await desk.send(method, path, token, data=encode(order()))
        assert (reply.status, reply.code) == (403, "UDAPI100049")

    assert (await desk.get("/v2/order/retrieve-all", token)).json == {"status": "success", "data": []}
    assert desk.running.ledger.orders == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"instrument_token": "NSE_EQ|INE000X00000"}, "UDAPI100011"),
        ({"instrument_token": "BSE_FO|INE467B01029"}, "UDAPI100011"),
        ({"quantity": "seven"}, "UDAPI100038"),
        ({"market_protection": 30}, "UDAPI1159"),
        ({"market_protection": 0}, "UDAPI1158"),
        ({"is_amo": True}, "UDAPI100039"),
        ({"tag": "t" * 41}, "UDAPI1119"),
        ({"order_type": "SL", "price": 3000, "trigger_price": 3001}, "UDAPI1056"),
    ],
)
async def test_a_wrong_order_is_refused_and_leaves_no_trace(desk: Desk, changed: dict[str, object], code: str) -> None:
    """A13."""
    token = await desk.log_in()

    reply = await desk.place(token, **changed)

    assert (reply.status, reply.code) == (400, code)
    assert desk.running.ledger.orders == []


async def test_what_only_the_order_system_finds_shows_in_the_book(desk: Desk) -> None:
    """A13."""
    token = await desk.log_in()
    desk.running.exchange.freeze_quantities["TCS"] = 40_000
    cases: list[tuple[dict[str, object], str]] = [
        ({"quantity": 1000}, "You need to add Rs."),
        ({"instrument_token": INFY, "transaction_type": "SELL", "quantity": 201}, "enough shares"),
        ({"order_type": "LIMIT", "price": 1}, "circuit"),
        ({"order_type": "LIMIT", "price": 3000.03}, "tick size"),
        ({"quantity": 2**31 - 1}, "freeze quantity"),
    ]

    for changed, text in cases:
        row = await desk.details(token, await desk.placed(token, **changed))
        assert row["status"] == "rejected"
        assert text in row["status_message"]
        assert row["status_message_raw"]
        assert row["filled_quantity"] == row["pending_quantity"] == 0


async def test_an_unauthorised_sale_is_rejected_in_the_book(desk: Desk) -> None:
    token = await desk.log_in("needs-edis")

    row = await desk.details(token, await desk.placed(token, transaction_type="SELL"))

    assert row["status"] == "rejected"
    assert "TPIN" in row["status_message"]


async def test_the_history_by_tag_tells_every_state_of_its_orders(desk: Desk) -> None:
    token = await desk.log_in()
    first = await desk.placed(token)
    await desk.placed(token, tag="another")
    second = await desk.placed(token, quantity=118)

    rows = (await desk.get("/v2/order/history", token, tag=TAG)).json["data"]
    both = (await desk.get("/v2/order/history", token, tag=TAG, order_id=second)).json["data"]

    assert [row["status"] for row in rows if row["order_id"] == first] == [
        "put order req received",
        "validation pending",
        "open pending",
        "open",
        "complete",
    ]
    assert {row["order_id"] for row in rows} == {first, second}
    assert {row["order_id"] for row in both} == {second}
    assert both[-1]["status"] == "open"
    assert all(row["tag"] == TAG for row in rows)


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        ("/v2/order/history", {}, 400, "UDAPI100059"),
        ("/v2/order/history", {"tag": "1"}, 404, "UDAPI100010"),
        ("/v2/order/history", {"order_id": "1 2"}, 400, "UDAPI1010"),
        ("/v2/order/details", {}, 400, "UDAPI100059"),
        ("/v2/order/details", {"order_id": "261118000000001"}, 404, "UDAPI100010"),
        ("/v2/order/trades", {}, 400, "UDAPI1023"),
    ],
)
async def test_a_read_that_finds_nothing_says_so(
    desk: Desk, path: str, query: dict[str, str], status: int, code: str
) -> None:
    token = await desk.log_in()
    await desk.placed(token)

    reply = await desk.get(path, token, **query)

    assert (reply.status, reply.code) == (status, code)


async def test_nobody_sees_the_orders_of_another_client(desk: Desk) -> None:
    theirs = await desk.placed(await desk.log_in("asha"))
    token = await desk.log_in("ravi")

    assert (await desk.get("/v2/order/retrieve-all", token)).json["data"] == []
    assert (await desk.get("/v2/order/details", token, order_id=theirs)).status == 404
    assert (await desk.get("/v2/order/history", token, tag=TAG)).status == 404
    assert (await desk.send("DELETE", f"/v3/order/cancel?order_id={theirs}", token)).status == 404


async def test_trades_have_their_own_date_format(desk: Desk) -> None:
    token = await desk.log_in()
    order_id = await desk.placed(token, quantity=125)
    desk.clock.advance(3)
    await desk.placed(token, instrument_token=INFY)

    trades = (await desk.get("/v2/order/trades", token, order_id=order_id)).json["data"]
    of_the_day = (await desk.get("/v2/order/trades/get-trades-for-day", token)).json["data"]

    assert [trade["quantity"] for trade in trades] == [50]
    assert trades[0]["exchange_timestamp"] == trades[0]["order_timestamp"] == "18-Nov-2026 10:30:00"
    assert [trade["trading_symbol"] for trade in of_the_day] == ["TCS-EQ", "INFY-EQ"]
    assert (await desk.details(token, order_id))["pending_quantity"] == 75


async def test_an_open_order_is_changed_then_cancelled(desk: Desk) -> None:
    token = await desk.log_in()
    order_id = await desk.placed(token, quantity=118, order_type="LIMIT", price=3000)
    change = {"order_id": order_id, "validity": "DAY", "price": 2990.5, "order_type": "LIMIT", "trigger_price": 0}

    changed = await desk.send("PUT", "/v3/order/modify", token, data=encode(change | {"quantity": 120}))
    row = await desk.details(token, order_id)
    cancelled = await desk.send("DELETE", f"/v3/order/cancel?order_id={order_id}", token)
    history = (await desk.get("/v2/order/history", token, order_id=order_id)).json["data"]

    assert changed.json["data"] == {"order_id": order_id}
    assert (row["price"], row["quantity"], row["order_request_id"]) == (2990.5, 120, "2")
    assert cancelled.json["data"] == {"order_id": order_id}
    assert [row["status"] for row in history][-6:] == [
        "modify validation pending",
        "modify pending",
        "modified",
        "open",
        "cancel pending",
        "cancelled",
    ]
    assert (await desk.details(token, order_id))["pending_quantity"] == 120


async def test_a_final_order_is_neither_changed_nor_cancelled(desk: Desk) -> None:
    token = await desk.log_in()
    order_id = await desk.placed(token)
    change = {"order_id": order_id, "validity": "DAY", "price": 1, "order_type": "LIMIT", "trigger_price": 0}

    changed = await desk.send("PUT", "/v2/order/modify", token, data=encode(change))
    cancelled = await desk.send("DELETE", f"/v2/order/cancel?order_id={order_id}", token)

    assert (changed.status, changed.code) == (400, "UDAPI100041")
    assert (cancelled.status, cancelled.code) == (400, "UDAPI100040")


async def test_a_cancellation_that_comes_too_late_is_told_as_not_cancelled(desk: Desk) -> None:
    token = await desk.log_in()
    order_id = await desk.placed(token, quantity=122)

    await desk.send("DELETE", f"/v3/order/cancel?order_id={order_id}", token)
    history = (await desk.get("/v2/order/history", token, order_id=order_id)).json["data"]

    assert [row["status"] for row in history][-3:] == ["cancel pending", "not cancelled", "complete"]


async def test_outside_market_hours_an_order_waits_for_the_next_session(desk: Desk) -> None:
    token = await desk.log_in()
    desk.clock.advance((at(13, 0) - desk.clock.now()).total_seconds())

    said = await desk.placed(token, is_amo=True)
    unsaid = await desk.placed(token, is_amo=False)
    rows = [await desk.details(token, one) for one in (said, unsaid)]
    await desk.send("DELETE", f"/v3/order/cancel?order_id={unsaid}", token)
    desk.clock.advance(15 * 3600)
    token = await desk.log_in()

    assert [(row["status"], row["variety"], row["is_amo"]) for row in rows] == [
        ("after market order req received", "AMO", True)
    ] * 2
    assert (await desk.details(token, said))["status"] == "complete"
    assert (await desk.details(token, unsaid))["status"] == "cancelled after market order"


async def test_a_changed_after_market_order_says_so(desk: Desk) -> None:
    token = await desk.log_in()
    desk.clock.advance((at(13, 0) - desk.clock.now()).total_seconds())
    order_id = await desk.placed(token, is_amo=True, order_type="LIMIT", price=3000)
    change = {"order_id": order_id, "validity": "DAY", "price": 2990, "order_type": "LIMIT", "trigger_price": 0}

    await desk.send("PUT", "/v3/order/modify", token, data=encode(change))

    assert (await desk.details(token, order_id))["status"] == "modify after market order req received"


async def test_between_the_sessions_an_order_is_rejected(desk: Desk) -> None:
    token = await desk.log_in()
    desk.clock.advance((at(10, 15) - desk.clock.now()).total_seconds())

    as_amo = await desk.place(token, is_amo=True)
    row = await desk.details(token, await desk.placed(token))

    assert as_amo.code == "UDAPI100039"
    assert (row["status"], row["status_message"]) == ("rejected", "The market is closed.")


async def test_orders_and_funds_sleep_from_midnight_to_half_past_five(desk: Desk) -> None:
    """S08."""
    desk.clock.advance((at(22, 45) - desk.clock.now()).total_seconds())
    token = await desk.log_in()

    placed = await desk.place(token, is_amo=True)
    read = await desk.get("/v2/order/retrieve-all", token)
    funds = await desk.get("/v3/user/get-funds-and-margin", token)
    profile = await desk.get("/v2/user/profile", token)
    desk.clock.advance((at(0, 0, day=19) - desk.clock.now()).total_seconds())
    awake = await desk.get("/v2/order/retrieve-all", await desk.log_in())

    assert (placed.status, placed.code) == (read.status, read.code) == (423, "UDAPI100074")
    assert (funds.status, funds.code) == (423, "UDAPI100072")
    assert profile.status == awake.status == 200


async def test_a_large_order_is_sliced_at_the_freeze_quantity(desk: Desk) -> None:
    token = await desk.log_in()
    freeze = 40_000
    desk.running.exchange.freeze_quantities["TCS"] = freeze

    reply = await desk.place(token, slice=True, quantity=2 * freeze + 5)
    rows = (await desk.get("/v2/order/retrieve-all", token)).json["data"]
    too_many = await desk.place(token, slice=True, quantity=25 * freeze + 1)

    assert reply.json["data"]["order_ids"] == [row["order_id"] for row in rows]
    assert [row["quantity"] for row in rows] == [freeze, freeze, 5]
    assert too_many.code == "UDAPI100036"


async def test_all_open_orders_are_cancelled_by_tag_or_segment(desk: Desk) -> None:
    token = await desk.log_in()
    mine = [await desk.placed(token, quantity=118, instrument_token=INFY, tag="mine") for _ in range(2)]
    other = await desk.placed(token, quantity=118, instrument_token=INFY, tag="other")

    nowhere = await desk.send("DELETE", "/v2/order/multi/cancel?segment=BSE_EQ", token)
    wrong = await desk.send("DELETE", "/v2/order/multi/cancel?segment=MOON", token)
    by_tag = await desk.send("DELETE", "/v2/order/multi/cancel?tag=mine", token)
    rest = await desk.send("DELETE", "/v2/order/multi/cancel?segment=NSE_EQ", token)
    again = await desk.send("DELETE", "/v2/order/multi/cancel", token)

    assert (nowhere.code, wrong.code, again.code) == ("UDAPI1109", "UDAPI1108", "UDAPI1109")
    assert by_tag.json["data"]["order_ids"] == mine
    assert by_tag.json["summary"] == {"total": 2, "success": 2, "error": 0}
    assert rest.json["data"]["order_ids"] == [other]


async def test_more_than_ten_open_orders_are_not_cancelled_at_once(desk: Desk) -> None:
    token = await desk.log_in()
    for _ in range(11):
        await desk.placed(token, quantity=118, instrument_token="NSE_EQ|INE081A01020")

    assert (await desk.send("DELETE", "/v2/order/multi/cancel", token)).code == "UDAPI1110"


async def test_an_algo_name_that_nobody_registered_is_refused(desk: Desk) -> None:
    token = await desk.log_in()

    reply = await desk.send(
        "POST", "/v3/order/place", token, data=encode(order()), headers={"X-Algo-Name": "unregistered"}
    )

    assert (reply.status, reply.code) == (400, "UDAPI1156")


async def test_the_book_is_empty_the_next_morning(desk: Desk) -> None:
    token = await desk.log_in()
    await desk.placed(token)

    desk.clock.advance(24 * 3600)
    token = await desk.log_in()

    assert (await desk.get("/v2/order/retrieve-all", token)).json["data"] == []


async def test_on_its_way_an_order_is_not_yet_at_the_exchange(desk: Desk) -> None:
    desk.running.exchange.tempo = Tempo(1.0, 1.0)
    token = await desk.log_in()

    row = await desk.details(token, await desk.placed(token))

    assert (row["status"], row["exchange_order_id"], row["exchange_timestamp"]) == ("validation pending", "", None)


async def test_an_unknown_address_is_answered_in_upstoxs_form(desk: Desk) -> None:
    token = await desk.log_in()

    missing = await desk.get("/v2/order/nothing", token)
    wrong_method = await desk.send("POST", "/v2/order/retrieve-all", token)

    assert (missing.status, missing.code) == (404, "UDAPI100060")
    assert wrong_method.status == 405


async def test_the_history_before_the_exchange_names_no_order_of_the_exchange(desk: Desk) -> None:
    """As the documented sample has it: null there, where the book has an empty text."""
    token = await desk.log_in()
    order_id = await desk.placed(token, quantity=121)

    [first] = (await desk.get("/v2/order/history", token, order_id=order_id)).json["data"]
    book = (await desk.details(token, order_id))["exchange_order_id"]

    assert (first["exchange_order_id"], first["exchange_timestamp"], first["parent_order_id"]) == (None, None, "NA")
    assert (first["trading_symbol"], book) == ("TCS", "")
