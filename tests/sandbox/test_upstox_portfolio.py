"""Holdings, positions, funds, profile, prices and instrument files of the simulated Upstox."""

import gzip
from collections.abc import AsyncIterator

import msgspec
import pytest

from tests.sandbox.upstox_desk import INFY, MULTI, TCS, Desk, open_desk
from tests.support.clock import HandClock
from torana.sandbox.securities import listed


@pytest.fixture
async def desk(clock: HandClock) -> AsyncIterator[Desk]:
    async with open_desk(clock) as desk:
        yield desk


async def test_holdings_keep_delivered_undelivered_and_pledged_shares_apart(desk: Desk) -> None:
    token = await desk.log_in("pledged", MULTI)
    desk.running.exchange.prices.pin("TCS", 350000)

    rows = {
        row["trading_symbol"]: row for row in (await desk.get("/v2/portfolio/long-term-holdings", token)).json["data"]
    }

    assert rows["RELIANCE"]["quantity"] == 50
    assert rows["RELIANCE"]["collateral_quantity"] == 100
    assert (rows["TCS"]["quantity"], rows["TCS"]["t1_quantity"]) == (100, 50)
    assert rows["TCS"]["isin"] == "INE467B01029"
    assert rows["TCS"]["instrument_token"] == TCS
    assert rows["TCS"]["last_price"] == 3500
    assert rows["TCS"]["average_price"] == 3402.1
    assert rows["TCS"]["pnl"] == pytest.approx(150 * (3500 - 3402.1))


async def test_a_sale_is_counted_as_used_and_as_a_position(desk: Desk) -> None:
    token = await desk.log_in()
    desk.running.exchange.prices.pin("TCS", 350000)
    await desk.placed(token, transaction_type="SELL", quantity=10)
    await desk.placed(token, quantity=4)

    holdings = (await desk.get("/v2/portfolio/long-term-holdings", token)).json["data"]
    (position,) = (await desk.get("/v2/portfolio/short-term-positions", token)).json["data"]

    assert [(row["quantity"], row["cnc_used_quantity"]) for row in holdings if row["isin"] == "INE467B01029"] == [
        (150, 10)
    ]
    assert position["quantity"] == -6
    assert (position["day_buy_quantity"], position["day_sell_quantity"]) == (4, 10)
    assert (position["buy_value"], position["sell_value"]) == (14000, 35000)
    assert position["average_price"] == position["last_price"] == 3500
    assert position["pnl"] == 0


async def test_an_empty_account_has_empty_lists(desk: Desk) -> None:
    token = await desk.log_in("no-holdings")

    assert (await desk.get("/v2/portfolio/long-term-holdings", token)).json == {"status": "success", "data": []}
    assert (await desk.get("/v2/portfolio/short-term-positions", token)).json == {"status": "success", "data": []}


async def test_funds_shrink_with_every_purchase_in_both_versions(desk: Desk) -> None:
    token = await desk.log_in()
    desk.running.exchange.prices.pin("TCS", 350000)
    await desk.placed(token, quantity=10)

    v2 = (await desk.get("/v2/user/get-funds-and-margin", token)).json["data"]
    v3 = (await desk.get("/v3/user/get-funds-and-margin", token)).json["data"]["available_to_trade"]
    equity = (await desk.get("/v2/user/get-funds-and-margin", token, segment="SEC")).json["data"]
    wrong = await desk.get("/v2/user/get-funds-and-margin", token, segment="EQ")

    assert v2["equity"]["available_margin"] == 965000
    assert v2["equity"]["used_margin"] == 35000
    assert set(v2) == {"equity", "commodity"}
    assert set(equity) == {"equity"}
    assert v3["cash_available_to_trade"]["total"] == v3["total"] == 965000
    assert v3["cash_available_to_trade"]["margin_used"]["total"] == 35000
    assert wrong.code == "UDAPI100036"


async def test_money_is_a_json_number_with_its_own_digits(desk: Desk) -> None:
    token = await desk.log_in()

    reply = await desk.get("/v2/user/get-funds-and-margin", token)

    assert b'"available_margin":1000000.00' in reply.body


@pytest.mark.parametrize(("user", "ddpi", "active"), [("asha", True, True), ("needs-edis", False, True)])
async def test_the_profile_says_whether_sales_need_an_authorisation(
    desk: Desk, user: str, ddpi: bool, active: bool
) -> None:
    token = await desk.log_in(user)

    data = (await desk.get("/v2/user/profile", token)).json["data"]

    assert (data["poa"], data["ddpi"], data["is_active"]) == (False, ddpi, active)
    assert data["user_id"] == desk.account(user).user_id
    assert data["user_name"] == user.upper()


async def test_last_prices_are_keyed_by_segment_and_symbol(desk: Desk) -> None:
    token = await desk.log_in(app=MULTI)
    desk.running.exchange.prices.pin("TCS", 312055)

    v2 = (await desk.get("/v2/market-quote/ltp", token, symbol=TCS)).json["data"]
    v3 = (await desk.get("/v3/market-quote/ltp", token, instrument_key=f"{TCS},{INFY}")).json["data"]

    assert v2 == {"NSE_EQ:TCS": {"last_price": 3120.55, "instrument_token": TCS}}
    assert set(v3) == {"NSE_EQ:TCS", "NSE_EQ:INFY"}
    assert v3["NSE_EQ:TCS"]["last_price"] == 3120.55
    assert isinstance(v3["NSE_EQ:TCS"]["volume"], int)
    assert v3["NSE_EQ:TCS"]["cp"] > 0


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ("", "UDAPI1009"),
        ("TCS", "UDAPI1011"),
        (f"{TCS},NSE_EQ|TCS", "UDAPI1087"),
        (",".join([TCS] * 501), "UDAPI100043"),
    ],
)
async def test_one_wrong_key_refuses_the_whole_request(desk: Desk, keys: str, code: str) -> None:
    token = await desk.log_in()

    reply = await desk.get("/v3/market-quote/ltp", token, instrument_key=keys)

    assert (reply.status, reply.code) == (400, code)


@pytest.mark.parametrize("name", ["NSE", "complete"])
async def test_the_instrument_files_name_every_listed_security(desk: Desk, name: str) -> None:
    url = f"{desk.running.url}/upstox/assets/market-quote/instruments/exchange/{name}.json.gz"

    reply = await desk.send("GET", url)
    rows = msgspec.json.decode(gzip.decompress(reply.body))
    equities = {row["trading_symbol"]: row for row in rows if row["segment"] == "NSE_EQ"}

    assert reply.headers["content-type"] == "application/gzip"
    assert equities.keys() == listed().keys()
    assert equities["TCS"]["instrument_key"] == TCS
    assert len({row["exchange_token"] for row in rows}) == len(rows)
    assert any(row["instrument_type"] == "INDEX" and "isin" not in row for row in rows)


async def test_other_instrument_files_do_not_exist(desk: Desk) -> None:
    for name in ("MCX.json.gz", "NSE.csv.gz"):
        url = f"{desk.running.url}/upstox/assets/market-quote/instruments/exchange/{name}"
        assert (await desk.send("GET", url)).status == 404
