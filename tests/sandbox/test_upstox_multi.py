"""Several orders in one request at the simulated Upstox."""

from collections.abc import AsyncIterator

import pytest

from tests.sandbox.upstox_desk import INFY, Desk, Reply, encode, open_desk, order
from tests.support.clock import HandClock


@pytest.fixture
async def desk(clock: HandClock) -> AsyncIterator[Desk]:
    async with open_desk(clock) as desk:
        yield desk


async def place(desk: Desk, token: str, *lines: dict[str, object]) -> Reply:
    return await desk.send("POST", "/v2/order/multi/place", token, data=encode(lines))


def line(number: int, **changed: object) -> dict[str, object]:
    return order(correlation_id=f"line-{number}", tag=f"48291337041592{number}", **changed)


async def test_all_placed_is_a_success_and_buys_go_before_sells(desk: Desk) -> None:
    token = await desk.log_in()

    reply = await place(desk, token, line(1, transaction_type="SELL"), line(2, instrument_token=INFY))
    book = (await desk.get("/v2/order/retrieve-all", token)).json["data"]

    assert reply.status == 200
    assert reply.json["status"] == "success"
    assert reply.json["summary"] == {"total": 2, "payload_error": 0, "success": 2, "error": 0}
    assert [entry["correlation_id"] for entry in reply.json["data"]] == ["line-1", "line-2"]
    assert [row["transaction_type"] for row in book] == ["BUY", "SELL"]
    assert {row["order_id"] for row in book} == {entry["order_id"] for entry in reply.json["data"]}


async def test_some_placed_is_207_and_names_what_failed(desk: Desk) -> None:
    token = await desk.log_in()

    reply = await place(desk, token, line(1), line(2, instrument_token="NSE_EQ|INE000X00000"))
    error = reply.json["errors"][0]

    assert reply.status == 207
    assert reply.json["status"] == "partial_success"
    assert reply.json["summary"] == {"total": 2, "payload_error": 0, "success": 1, "error": 1}
    assert [entry["correlation_id"] for entry in reply.json["data"]] == ["line-1"]
    assert error["correlation_id"] == "line-2"
    assert error["error_code"] == error["errorCode"] == "UDAPI100011"
    assert (error["order_id"], error["instrument_key"]) == (None, "NSE_EQ|INE000X00000")


async def test_none_placed_is_400(desk: Desk) -> None:
    token = await desk.log_in()

    reply = await place(desk, token, line(1, instrument_token="NSE_EQ|INE000X00000"))

    assert reply.status == 400
    assert reply.json["status"] == "error"
    assert reply.json["data"] is None
    assert reply.json["summary"] == {"total": 1, "payload_error": 0, "success": 0, "error": 1}


async def test_one_error_in_the_payload_places_nothing(desk: Desk) -> None:
    token = await desk.log_in()

    reply = await place(desk, token, line(1), line(2, quantity="seven"), line(3) | {"tag": "t" * 41})

    assert reply.status == 400
    assert reply.json["summary"] == {"total": 3, "payload_error": 2, "success": 0, "error": 0}
    assert [error["error_code"] for error in reply.json["errors"]] == ["UDAPI100038", "UDAPI1119"]
    assert desk.running.ledger.orders == []


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([], "UDAPI1114"),
        ([order()], "UDAPI1115"),
        ([order(correlation_id="c" * 21)], "UDAPI1116"),
        ([order(correlation_id="same"), order(correlation_id="same")], "UDAPI1117"),
        ([order(correlation_id=str(at)) for at in range(11)], "UDAPI1118"),
        ({"quantity": 7}, "UDAPI100038"),
        ([7], "UDAPI100038"),
    ],
)
async def test_a_wrong_list_is_refused(desk: Desk, lines: object, code: str) -> None:
    token = await desk.log_in()

    reply = await desk.send("POST", "/v2/order/multi/place", token, data=encode(lines))

    assert (reply.status, reply.code) == (400, code)
    assert desk.running.ledger.orders == []


async def test_slices_carry_numbered_correlation_ids(desk: Desk) -> None:
    token = await desk.log_in()
    freeze = 40_000
    desk.running.exchange.freeze_quantities["TCS"] = freeze

    reply = await place(desk, token, line(1, slice=True, quantity=freeze + 1))

    assert [entry["correlation_id"] for entry in reply.json["data"]] == ["line-1_1", "line-1_2"]
    assert reply.json["summary"]["success"] == 1
