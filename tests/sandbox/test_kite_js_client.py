"""The unmodified JavaScript client of Kite Connect as a foreign judge of the simulated Zerodha, login to logout.

It turns moments into JavaScript dates in the time zone of its process, which is that of the machine.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.judges.installed import install
from tests.judges.judge import Judge, Refusal, judge
from tests.judges.judged import (
    HISTORY,
    INTRADAY,
    KEPT_ORDERS,
    NO_CALLS,
    OTHER_PRODUCTS,
    RENEWAL,
    ForeignClient,
    npm_version,
)
from tests.sandbox.conftest import KITE_KEY, KITE_SECRET, kite_redirect
from torana.sandbox.securities import listed
from torana.sandbox.server import RunningSandbox

FOREIGN = ForeignClient(
    broker="kite",
    package="kiteconnect",
    version=npm_version("kiteconnect"),
    language="JavaScript",
    stands_for={},
    left_out={
        KEPT_ORDERS: r".*GTTs?|.*Alerts?.*",
        OTHER_PRODUCTS: r".*MF.*|.*Auction.*",
        HISTORY: r"getHistoricalData",
        INTRADAY: r"convertPosition|exitOrder",
        RENEWAL: r"renewAccessToken|invalidateRefreshToken",
        NO_CALLS: r"set.*|getLoginURL|request.*|createAxiosInstance|formatResponse|parseHistorical|transform.*",
    },
)
TAG = "200000000000002"
BUY = {
    "exchange": "NSE",
    "tradingsymbol": "INFY",
    "transaction_type": "BUY",
    "quantity": 4,
    "product": "CNC",
    "order_type": "MARKET",
    "market_protection": -1,
    "tag": TAG,
}


@pytest.fixture
async def stranger(sandbox: RunningSandbox) -> AsyncIterator[Judge]:
    """The client before any login."""
    await asyncio.to_thread(install)
    async with judge(FOREIGN, root=f"{sandbox.url}/kite/api", key=KITE_KEY) as client:
        yield client


@pytest.fixture
async def client(stranger: Judge, sandbox: RunningSandbox, http: aiohttp.ClientSession) -> Judge:
    """The client after its login."""
    back = await kite_redirect(sandbox, http, "asha")
    await stranger("generateSession", back["request_token"], KITE_SECRET)
    return stranger


async def refusal(client: Judge, call: str, *args: object) -> dict[str, Any]:
    with pytest.raises(Refusal) as raised:
        await client(call, *args)
    told: dict[str, Any] = raised.value.told
    return told


async def test_it_logs_in_and_out(stranger: Judge, sandbox: RunningSandbox, http: aiohttp.ClientSession) -> None:
    back = await kite_redirect(sandbox, http, "asha")

    session = await stranger("generateSession", back["request_token"], KITE_SECRET)
    profile = await stranger("getProfile")
    used = await refusal(stranger, "generateSession", back["request_token"], KITE_SECRET)
    gone = await stranger("invalidateAccessToken")
    after = await refusal(stranger, "getProfile")

    assert session["user_id"] == profile["user_id"]
    assert "date" in session["login_time"]
    assert profile["broker"] == "ZERODHA"
    assert gone is True
    assert (used["error_type"], after["error_type"]) == ("TokenException", "TokenException")


async def test_it_places_an_order_and_reads_it_back_everywhere(client: Judge) -> None:
    order_id = (await client("placeOrder", "regular", BUY))["order_id"]

    [row] = await client("getOrders")
    history = await client("getOrderHistory", order_id)
    trades = await client("getTrades")
    positions = await client("getPositions")
    assert (row["order_id"], row["status"], row["tag"]) == (order_id, "COMPLETE", None)
    assert row["tags"] == ["mktp", "mktp:2.00", TAG]
    assert "date" in row["order_timestamp"]
    assert "date" in row["exchange_timestamp"]
    assert [step["status"] for step in history][-1] == "COMPLETE"
    assert [trade["quantity"] for trade in trades] == [4]
    assert "date" in trades[0]["fill_timestamp"]
    assert await client("getOrderTrades", order_id) == trades
    assert positions["net"][0]["quantity"] == 4


async def test_it_modifies_and_cancels_an_open_order(client: Judge, sandbox: RunningSandbox) -> None:
    sandbox.exchange.prices.pin("INFY", 1500_00)
    limit = BUY | {"order_type": "LIMIT", "price": 1450.0}
    order_id = (await client("placeOrder", "regular", limit))["order_id"]

    changed = await client("modifyOrder", "regular", order_id, {"quantity": 9, "price": 1451.5})
    [modified] = await client("getOrders")
    cancelled = await client("cancelOrder", "regular", order_id)
    [last] = await client("getOrders")

    assert changed["order_id"] == cancelled["order_id"] == order_id
    assert (modified["quantity"], modified["price"]) == (9, 1451.5)
    assert (last["status"], last["cancelled_quantity"], last["pending_quantity"]) == ("CANCELLED", 9, 9)


async def test_it_reads_holdings_and_margins(client: Judge) -> None:
    holdings = await client("getHoldings")
    margins = await client("getMargins")
    equity = await client("getMargins", "equity")

    assert {row["tradingsymbol"] for row in holdings} >= {"RELIANCE", "M&M"}
    assert margins["equity"] == equity
    assert equity["net"] == 1_000_000


async def test_it_reckons_margins_and_charges(client: Judge, sandbox: RunningSandbox) -> None:
    sandbox.exchange.prices.pin("INFY", 1500_00)
    order = {name: BUY[name] for name in BUY.keys() - {"market_protection", "tag"}}
    order |= {"variety": "regular", "price": 0, "trigger_price": 0}

    [alone] = await client("orderMargins", [order])
    together = await client("orderBasketMargins", [order], True, "compact")
    [note] = await client("getvirtualContractNote", [order | {"order_id": "1", "average_price": 1500.0}])

    assert alone["total"] == together["initial"]["total"] == together["final"]["total"] == 6000
    assert note["charges"]["total"] > 0


async def test_it_reads_the_instruments(client: Judge) -> None:
    nse = [row for row in await client("getInstruments", "NSE") if row.get("tradingsymbol")]

    infy = next(row for row in nse if row["tradingsymbol"] == "INFY")
    assert len(nse) == len(listed())
    assert infy["tick_size"] == listed()["INFY"].tick / 100


async def test_it_reads_quotes(client: Judge, sandbox: RunningSandbox) -> None:
    sandbox.world.rate_limits = False

    last = await client("getLTP", ["NSE:INFY", "NSE:ITC"])
    day = await client("getOHLC", ["NSE:INFY"])
    full = await client("getQuote", ["NSE:INFY"])

    price = sandbox.exchange.last_price("INFY") / 100
    assert last["NSE:INFY"]["last_price"] == day["NSE:INFY"]["last_price"] == full["NSE:INFY"]["last_price"] == price
    assert set(last) == {"NSE:INFY", "NSE:ITC"}
    assert "date" in full["NSE:INFY"]["timestamp"]


async def test_it_finds_the_proof_of_a_postback_right(client: Judge) -> None:
    order_id = (await client("placeOrder", "regular", BUY))["order_id"]
    told = {"order_id": order_id, "order_timestamp": "2026-11-18 10:30:00"}
    proof = f"{order_id}{told['order_timestamp']}{KITE_SECRET}".encode()

    assert await client("validatePostback", told | {"checksum": hashlib.sha256(proof).hexdigest()}, KITE_SECRET) is True
    assert await client("validatePostback", told | {"checksum": "0" * 64}, KITE_SECRET) is False


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"tradingsymbol": "NOSUCHSHARE"}, "InputException"),
        ({"market_protection": 0}, "InputException"),
        ({"tag": "x" * 21}, "InputException"),
        ({"quantity": 112}, "NetworkException"),
        ({"quantity": 129}, "NetworkException"),
    ],
)
async def test_it_raises_its_own_errors(client: Judge, changes: dict[str, Any], error: str) -> None:
    told = await refusal(client, "placeOrder", "regular", BUY | changes)

    assert told["error_type"] == error
    assert told["message"] is not None


async def test_it_hands_an_html_page_on_as_an_error_of_data(client: Judge) -> None:
    """The client returns this one error instead of raising it."""
    answer = await client("placeOrder", "regular", BUY | {"quantity": 128})

    assert answer["error_type"] == "DataException"


async def test_gtt_is_not_simulated(client: Judge) -> None:
    assert (await refusal(client, "getGTTs"))["error_type"] == "GeneralException"


async def test_the_calls_that_were_judged_are_on_record(stranger: Judge, request: pytest.FixtureRequest) -> None:
    FOREIGN.hold(await stranger.methods(), request)
