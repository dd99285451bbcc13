"""The unmodified JavaScript client of Upstox against the simulator, login to logout: a judge from outside."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.judges.installed import install
from tests.judges.judge import Judge, Refusal, judge
from tests.judges.judged import (
    BROWSER,
    DERIVATIVES,
    HISTORY,
    INTRADAY,
    KEPT_ORDERS,
    NO_CALLS,
    OTHER_PRODUCTS,
    REPORTS,
    STREAMS,
    SWITCHES,
    ForeignClient,
    npm_version,
)
from tests.sandbox.upstox_desk import CALLBACK, INFY, MULTI, SINGLE, TCS, Desk, open_desk, order
from tests.support.clock import HandClock

FOREIGN = ForeignClient(
    broker="upstox",
    package="upstox-js-sdk",
    version=npm_version("upstox-js-sdk"),
    language="JavaScript",
    stands_for={"token": ()},
    left_out={
        STREAMS: r"WebsocketApi.*|MarketDataStreamer.*",
        DERIVATIVES: r"(ExpiredInstrument|Options)Api.*|MarketQuoteV3Api.getMarketQuoteOptionGreek",
        HISTORY: r"(History|HistoryV3|Fundamentals|News|Market|MarketHolidaysAndTimings|Instruments)Api[.].*"
        r"|MarketQuote(V3)?Api.get(FullMarketQuote|MarketQuoteOHLC).*",
        KEPT_ORDERS: r".*G[tT][tT].*",
        OTHER_PRODUCTS: r"(I(po|PO)|MutualFund)Api.*|UserApi.*(Payin|Payout).*",
        INTRADAY: r"PortfolioApi.(convertPositions|getMtfPositions)|OrderApi.exitPositions",
        REPORTS: r"(TradeProfitAndLoss|PostTrade)Api.*",
        SWITCHES: r"UserApi.*(KillSwitch|Ips?)",
        NO_CALLS: r".*[.]mapTo.*",
        BROWSER: r"LoginApi.(authorize|initTokenRequestForIndieUser)",
    },
)
VERSION = "2.0"
TAG = "482913370415926"


@pytest.fixture
async def desk(clock: HandClock) -> AsyncIterator[Desk]:
    async with open_desk(clock) as desk:
        yield desk


@pytest.fixture
async def stranger(desk: Desk) -> AsyncIterator[Judge]:
    """The client before any login."""
    await asyncio.to_thread(install)
    async with judge(FOREIGN, root=desk.api) as client:
        yield client


@pytest.fixture
async def client(stranger: Judge, desk: Desk) -> Judge:
    """The client after its login."""
    await stranger("token", await desk.log_in())
    return stranger


async def refusal(client: Judge, call: str, *args: object) -> tuple[int, str]:
    """HTTP status and code of the error that the client hands on."""
    with pytest.raises(Refusal) as raised:
        await client(call, *args)
    return raised.value.told["status"], raised.value.told["body"]["errors"][0]["errorCode"]


def camel(fields: dict[str, object]) -> dict[str, object]:
    """An order as the client wants it from its user; it turns the names into the wire's itself."""
    parts = {name: name.split("_") for name in fields}
    return {first + "".join(map(str.title, rest)): fields[name] for name, (first, *rest) in parts.items()}


def line(number: int, **changed: object) -> dict[str, object]:
    """One order of several at once."""
    return order(tag=f"48291337041592{number}", correlation_id=f"line-{number}", slice=False, **changed)


async def test_it_logs_in_and_out(stranger: Judge, desk: Desk) -> None:
    keys = {
        "code": await desk.code("asha"),
        "clientId": SINGLE,
        "clientSecret": f"{SINGLE}-secret",
        "redirectUri": CALLBACK,
        "grantType": "authorization_code",
    }

    token = await stranger("LoginApi.token", VERSION, keys)
    used = await refusal(stranger, "LoginApi.token", VERSION, keys)
    await stranger("token", token["accessToken"])
    profile = await stranger("UserApi.getProfile", VERSION)
    gone = await stranger("LoginApi.logout", VERSION)
    after = await refusal(stranger, "UserApi.getProfile", VERSION)

    assert token["userId"] == profile["data"]["userId"] == desk.account().user_id
    assert profile["data"]["isActive"] is True
    assert gone["data"] is True
    assert (used, after) == ((401, "UDAPI100057"), (401, "UDAPI100050"))


async def test_it_places_by_v3_and_reads_the_order_in_every_way(client: Judge, desk: Desk) -> None:
    desk.running.exchange.prices.pin("TCS", 312055)

    placed = await client("OrderApiV3.placeOrder", camel(order()), {})
    [order_id] = placed["data"]["orderIds"]
    book = await client("OrderApi.getOrderBook", VERSION)
    status = await client("OrderApi.getOrderStatus", {"orderId": order_id})
    by_id = await client("OrderApi.getOrderDetails", VERSION, {"orderId": order_id})
    by_tag = await client("OrderApi.getOrderDetails", VERSION, {"tag": TAG})
    trades = await client("OrderApi.getTradesByOrder", order_id, VERSION)
    of_the_day = await client("OrderApi.getTradeHistory", VERSION)

    assert placed["status"] == "success"
    assert [row["orderId"] for row in book["data"]] == [order_id]
    assert (status["data"]["status"], status["data"]["averagePrice"], status["data"]["tag"]) == (
        "complete",
        3120.55,
        TAG,
    )
    assert by_id["data"] == by_tag["data"]
    assert by_tag["data"][-1]["status"] == "complete"
    assert [(trade["quantity"], trade["averagePrice"]) for trade in trades["data"]] == [(7, 3120.55)]
    assert of_the_day["data"] == trades["data"]


async def test_it_places_by_v2_and_several_at_once(client: Judge) -> None:
    unknown = line(2, instrument_token="NSE_EQ|INE000X00000")

    one = await client("OrderApi.placeOrder", camel(order()), VERSION)
    all_well = await client("OrderApi.placeMultiOrder", [line(1), line(2, transaction_type="SELL")])
    in_part = await client("OrderApi.placeMultiOrder", [line(1), unknown])
    nothing = await refusal(client, "OrderApi.placeMultiOrder", [unknown])

    assert one["data"]["orderId"]
    assert (all_well["status"], all_well["summary"]["success"]) == ("success", 2)
    assert (in_part["status"], in_part["summary"]["success"], in_part["summary"]["error"]) == ("partial_success", 1, 1)
    assert (in_part["errors"][0]["errorCode"], in_part["errors"][0]["correlationId"]) == ("UDAPI100011", "line-2")
    assert nothing == (400, "UDAPI100011")


async def test_it_changes_and_cancels(client: Judge) -> None:
    resting = camel(order(quantity=118, order_type="LIMIT", price=3000.0))
    [first] = (await client("OrderApiV3.placeOrder", resting, {}))["data"]["orderIds"]
    [second] = (await client("OrderApiV3.placeOrder", resting, {}))["data"]["orderIds"]
    other = camel(order(quantity=118, instrument_token=INFY))
    [third] = (await client("OrderApiV3.placeOrder", other, {}))["data"]["orderIds"]
    change = {
        "orderId": first,
        "quantity": 119,
        "validity": "DAY",
        "price": 2990.5,
        "orderType": "LIMIT",
        "triggerPrice": 0,
    }

    before = await client("OrderApi.modifyOrder", change, VERSION)
    changed = await client("OrderApiV3.modifyOrder", change)
    after = await client("OrderApi.getOrderStatus", {"orderId": first})
    by_v3 = await client("OrderApiV3.cancelOrder", first)
    by_v2 = await client("OrderApi.cancelOrder", second, VERSION)
    rest = await client("OrderApi.cancelMultiOrder", {})
    again = await refusal(client, "OrderApiV3.cancelOrder", first)
    too_late = await refusal(client, "OrderApi.modifyOrder", change, VERSION)

    assert before["data"]["orderId"] == changed["data"]["orderId"] == first
    assert (after["data"]["price"], after["data"]["quantity"]) == (2990.5, 119)
    assert (by_v3["data"]["orderId"], by_v2["data"]["orderId"]) == (first, second)
    assert rest["data"]["orderIds"] == [third]
    assert (again, too_late) == ((400, "UDAPI100040"), (400, "UDAPI100041"))


async def test_it_reads_holdings_positions_and_funds(client: Judge, desk: Desk) -> None:
    desk.running.exchange.prices.pin("TCS", 350000)
    await client("OrderApiV3.placeOrder", camel(order(quantity=10)), {})

    holdings = await client("PortfolioApi.getHoldings", VERSION)
    positions = await client("PortfolioApi.getPositions", VERSION)
    v2 = await client("UserApi.getUserFundMargin", VERSION, {"segment": "SEC"})
    v3 = await client("UserApi.getUserFundMarginV3")

    assert {row["instrumentToken"] for row in holdings["data"]} >= {TCS, INFY}
    assert [(row["instrumentToken"], row["quantity"]) for row in positions["data"]] == [(TCS, 10)]
    assert v2["data"]["equity"]["availableMargin"] == 965000
    assert v3["data"]["availableToTrade"]["cashAvailableToTrade"]["total"] == 965000


async def test_it_reckons_margins_and_charges(client: Judge) -> None:
    line = {"instrument_key": TCS, "quantity": 2, "product": "D", "transaction_type": "BUY", "price": 3000.0}

    margin = await client("ChargeApi.postMargin", {"instruments": [line]})
    charges = await client("ChargeApi.getBrokerage", TCS, 2, "D", "BUY", 3000.0, VERSION)

    assert margin["data"]["requiredMargin"] == margin["data"]["finalMargin"] == 6000
    assert charges["data"]["charges"]["total"] > charges["data"]["charges"]["brokerage"]


async def test_it_reads_prices_in_both_versions(client: Judge, desk: Desk) -> None:
    desk.running.exchange.prices.pin("TCS", 312055)

    v2 = await client("MarketQuoteApi.ltp", TCS, VERSION)
    v3 = await client("MarketQuoteV3Api.getLtp", {"instrumentKey": f"{TCS},{INFY}"})

    assert v2["data"]["NSE_EQ:TCS"]["lastPrice"] == 3120.55
    assert {quote["instrumentToken"] for quote in v3["data"].values()} == {TCS, INFY}


@pytest.mark.parametrize(
    ("changed", "answer"),
    [
        ({"tag": "t" * 41}, (400, "UDAPI1119")),
        ({"market_protection": 26}, (400, "UDAPI1159")),
        ({"quantity": 113}, (503, "UDAPI100500")),
    ],
)
async def test_it_hands_a_refusal_on_with_code_and_status(
    client: Judge, desk: Desk, changed: dict[str, Any], answer: tuple[int, str]
) -> None:
    assert await refusal(client, "OrderApiV3.placeOrder", camel(order(**changed)), {}) == answer
    assert desk.running.ledger.orders == []


async def test_an_app_for_many_clients_and_a_wrong_token_are_refused(stranger: Judge, desk: Desk) -> None:
    await stranger("token", await desk.log_in(app=MULTI))
    many = await refusal(stranger, "OrderApiV3.placeOrder", camel(order()), {})
    await stranger("token", "no-such-token")
    nobody = await refusal(stranger, "OrderApi.getOrderBook", VERSION)

    assert (many, nobody) == ((403, "UDAPI100049"), (401, "UDAPI100050"))


async def test_gtt_is_not_simulated(client: Judge) -> None:
    assert await refusal(client, "OrderApiV3.getGttOrderDetails", {}) == (404, "UDAPI100060")


async def test_the_calls_that_were_judged_are_on_record(stranger: Judge, request: pytest.FixtureRequest) -> None:
    FOREIGN.hold(await stranger.methods(), request)
