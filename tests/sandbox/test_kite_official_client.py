"""The official, unmodified Kite Connect client as a foreign judge of the simulated Zerodha.

It joins its root and a path so that a path in the root is lost: it gets an address of its own at the API's prefix.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import date, datetime
from typing import Any, TypeVar

import aiohttp
import pytest
from kiteconnect import KiteConnect
from kiteconnect import exceptions as ex

from tests.judges.judged import (
    HISTORY,
    INTRADAY,
    KEPT_ORDERS,
    NO_CALLS,
    OTHER_PRODUCTS,
    RENEWAL,
    SLICES,
    ForeignClient,
    locked_version,
)
from tests.sandbox.conftest import KITE_KEY, KITE_SECRET, kite_redirect
from torana.sandbox.securities import listed
from torana.sandbox.server import RunningSandbox

FOREIGN = ForeignClient(
    broker="kite",
    package="kiteconnect",
    version=locked_version("kiteconnect"),
    stands_for={},
    left_out={
        KEPT_ORDERS: r".*gtts?|trigger_range",
        OTHER_PRODUCTS: r".*_mf_.*|mf_.*|.*auction.*",
        HISTORY: r"historical_data",
        INTRADAY: r"convert_position|exit_order",
        SLICES: r"place_autoslice_order",
        RENEWAL: r"renew_access_token|invalidate_refresh_token",
        NO_CALLS: r"set_.*|login_url",
    },
)
T = TypeVar("T")
BUY = {
    "variety": "regular",
    "exchange": "NSE",
    "tradingsymbol": "INFY",
    "transaction_type": "BUY",
    "quantity": 4,
    "product": "CNC",
    "order_type": "MARKET",
    "market_protection": -1,
    "tag": "200000000000002",
}


class Official:
    """The client in a thread of its own for each call: it blocks."""

    def __init__(self, root: str) -> None:
        self.client = KiteConnect(KITE_KEY, root=root, timeout=5)

    async def __call__(self, name: str, *args: Any, **named: Any) -> Any:
        method: Callable[..., Any] = getattr(self.client, name)
        told = await asyncio.to_thread(method, *args, **named)
        FOREIGN.noted(name)
        return told


@pytest.fixture
async def stranger(sandbox: RunningSandbox) -> AsyncIterator[Official]:
    """The client before any login."""
    async with sandbox.at_root("/kite/api") as root:
        official = Official(root)
        yield official
        official.client.reqsession.close()


@pytest.fixture
async def official(stranger: Official, sandbox: RunningSandbox, http: aiohttp.ClientSession) -> Official:
    """The client after its login."""
    back = await kite_redirect(sandbox, http, "asha")
    await stranger("generate_session", back["request_token"], KITE_SECRET)
    return stranger


async def test_it_exchanges_the_request_token(
    stranger: Official, sandbox: RunningSandbox, http: aiohttp.ClientSession
) -> None:
    back = await kite_redirect(sandbox, http, "asha")

    session = await stranger("generate_session", back["request_token"], KITE_SECRET)

    assert session["user_id"]
    assert session["login_time"] == datetime(2026, 11, 18, 10, 30)  # noqa: DTZ001  # the client's own, without a zone
    assert (await stranger("profile"))["user_id"] == session["user_id"]


async def test_it_logs_out(official: Official) -> None:
    assert await official("invalidate_access_token") is True

    with pytest.raises(ex.TokenException):
        await official("profile")


async def test_it_places_an_order_and_reads_it_back_everywhere(official: Official) -> None:
    order_id = await official("place_order", **BUY)

    [row] = await official("orders")
    history = await official("order_history", order_id)
    trades = await official("trades")
    positions = await official("positions")
    assert (row["order_id"], row["status"], row["tags"][-1]) == (order_id, "COMPLETE", "200000000000002")
    assert isinstance(row["order_timestamp"], datetime)
    assert isinstance(row["average_price"], float)
    assert [step["status"] for step in history][-1] == "COMPLETE"
    assert [trade["quantity"] for trade in trades] == [4]
    assert isinstance(trades[0]["fill_timestamp"], datetime)
    assert await official("order_trades", order_id) == trades
    assert positions["net"][0]["quantity"] == 4


async def test_it_modifies_and_cancels_an_open_order(official: Official, sandbox: RunningSandbox) -> None:
    sandbox.exchange.prices.pin("INFY", 1500_00)
    order_id = await official("place_order", **(BUY | {"order_type": "LIMIT", "price": 1450.0}))

    assert await official("modify_order", "regular", order_id, quantity=9, price=1451.5) == order_id
    [modified] = await official("orders")
    assert await official("cancel_order", "regular", order_id) == order_id
    [cancelled] = await official("orders")

    assert (modified["quantity"], modified["price"]) == (9, 1451.5)
    assert (cancelled["status"], cancelled["cancelled_quantity"]) == ("CANCELLED", 9)


async def test_it_reads_holdings_margins_and_profile(official: Official) -> None:
    holdings = await official("holdings")
    margins = await official("margins")
    equity = await official("margins", "equity")

    assert {row["tradingsymbol"] for row in holdings} >= {"RELIANCE", "M&M"}
    assert margins["equity"] == equity
    assert equity["net"] == 1_000_000.0
    assert (await official("profile"))["broker"] == "ZERODHA"


async def test_it_reckons_margins_and_charges(official: Official, sandbox: RunningSandbox) -> None:
    sandbox.exchange.prices.pin("INFY", 1500_00)
    order = {name: BUY[name] for name in BUY.keys() - {"market_protection", "tag"}} | {"price": 0, "trigger_price": 0}

    [alone] = await official("order_margins", [order])
    together = await official("basket_order_margins", [order], mode="compact")
    [note] = await official("get_virtual_contract_note", [order | {"order_id": "1", "average_price": 1500.0}])

    assert alone["total"] == together["initial"]["total"] == together["final"]["total"] == 6000
    assert note["charges"]["total"] == alone["charges"]["total"] > 0


async def test_it_reads_the_instruments(official: Official) -> None:
    everything = await official("instruments")
    nse = await official("instruments", "NSE")
    bse = await official("instruments", "BSE")

    infy = next(row for row in nse if row["tradingsymbol"] == "INFY")
    assert len(everything) == len(nse) + len(bse)
    assert {row["exchange"] for row in nse} == {"NSE"}
    assert {row["exchange"] for row in bse} == {"BSE"}
    assert len(nse) == len(listed())
    assert infy["tick_size"] == listed()["INFY"].tick / 100
    assert infy["instrument_token"] == int(infy["exchange_token"]) << 8 | 1
    assert not isinstance(infy["expiry"], date)


async def test_it_reads_quotes(official: Official, sandbox: RunningSandbox) -> None:
    sandbox.world.rate_limits = False

    last = await official("ltp", "NSE:INFY", "NSE:ITC")
    day = await official("ohlc", ["NSE:INFY"])
    full = await official("quote", "NSE:INFY")

    price = sandbox.exchange.last_price("INFY") / 100
    assert last["NSE:INFY"]["last_price"] == day["NSE:INFY"]["last_price"] == full["NSE:INFY"]["last_price"] == price
    assert set(last) == {"NSE:INFY", "NSE:ITC"}
    assert isinstance(full["NSE:INFY"]["timestamp"], datetime)
    assert len(full["NSE:INFY"]["depth"]["buy"]) == 5


@pytest.mark.parametrize(
    ("changes", "error", "code"),
    [
        ({"tradingsymbol": "NOSUCHSHARE"}, ex.InputException, 400),
        ({"market_protection": 0}, ex.InputException, 400),
        ({"tag": "x" * 21}, ex.InputException, 400),
        ({"variety": "amo"}, ex.OrderException, 400),
        ({"quantity": 112}, ex.NetworkException, 503),
        ({"quantity": 117}, ex.GeneralException, 400),
        ({"quantity": 128}, ex.DataException, 502),
        ({"quantity": 129}, ex.NetworkException, 429),
    ],
)
async def test_it_raises_its_own_errors(
    official: Official, changes: dict[str, Any], error: type[ex.KiteException], code: int
) -> None:
    with pytest.raises(error) as raised:
        await official("place_order", **(BUY | changes))

    assert raised.value.code == code


async def test_it_calls_a_used_request_token_a_token_exception(
    stranger: Official, sandbox: RunningSandbox, http: aiohttp.ClientSession
) -> None:
    back = await kite_redirect(sandbox, http, "used-code")

    with pytest.raises(ex.TokenException):
        await stranger("generate_session", back["request_token"], KITE_SECRET)


async def test_it_trades_on_the_bse(official: Official, sandbox: RunningSandbox) -> None:
    sandbox.exchange.prices.pin("BSE:INFY", 1500_05)

    order_id = await official("place_order", **(BUY | {"exchange": "BSE"}))
    [row] = await official("orders")
    [trade] = await official("order_trades", order_id)
    positions = await official("positions")
    last = await official("ltp", "BSE:INFY")

    assert {shown["exchange"] for shown in (row, trade, *positions["net"])} == {"BSE"}
    assert {shown["tradingsymbol"] for shown in (row, trade, *positions["net"])} == {"INFY"}
    assert (row["status"], row["average_price"]) == ("COMPLETE", 1500.05)
    assert last["BSE:INFY"] == {"instrument_token": row["instrument_token"], "last_price": 1500.05}
    listed_there = {one["instrument_token"]: one["tradingsymbol"] for one in await official("instruments", "BSE")}
    assert listed_there[row["instrument_token"]] == "INFY"


def test_the_calls_that_were_judged_are_on_record(request: pytest.FixtureRequest) -> None:
    methods = [name for name in dir(KiteConnect) if name[0] != "_" and callable(getattr(KiteConnect, name))]

    FOREIGN.hold(methods, request)
