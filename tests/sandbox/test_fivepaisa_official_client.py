"""The unmodified official Python client of 5paisa against the simulator, login to final order: a judge from outside."""

import asyncio
import importlib.util
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.brokers import known
from tests.judges.judge import LONGEST_ANSWER, Judge
from tests.judges.judged import (
    BASKETS,
    DERIVATIVES,
    HISTORY,
    INTRADAY,
    KEPT_ORDERS,
    NO_CALLS,
    OWN_LOGIN,
    REPORTS,
    SEVERAL,
    STREAMS,
    UNASKED,
    ForeignClient,
    pinned_version,
)
from tests.support.browser import Browser, Left
from tests.support.clock import HandClock
from torana.sandbox.exchange import Tempo
from torana.sandbox.server import RunningSandbox, running_sandbox

FOREIGN = ForeignClient(
    broker="fivepaisa",
    package="py5paisa",
    version=pinned_version("fivepaisa"),
    stands_for={"get_oauth_session": ("get_oauth_session", "get_access_token")},
    left_out={
        BASKETS: r".*basket.*",
        INTRADAY: r".*(bo|cover)_order|position_convertion|squareoff_all|.*_bo",
        STREAMS: r"Request_Feed|connect|(send|receive|error|close)_data|get_feed_url|Login_check|socket_20_depth"
        r"|market_depth_token",
        HISTORY: r"historical_data|fetch_market_(depth|snapshot).*|get_market_status|get_buy|get_trade",
        DERIVATIVES: r"get_expiry|get_option_chain",
        OWN_LOGIN: r"get_totp_session|get_request_token",
        KEPT_ORDERS: r"vtt_order",
        SEVERAL: r"place_order_bulk|cancel_bulk_order",
        REPORTS: r"fetch_ledger|tax_report|get_trade_history",
        UNASKED: r"Order_margin|multi_order_Margin",
        NO_CALLS: r"create_payload|set_.*|decode_token|is_blank_or_none|jwt_validate|VTT_TYPE|query_scrips"
        r"|order_request",
    },
)
SCRIPT = Path(__file__).parents[1] / "judges" / "fivepaisa.py"
PYTHON = os.environ.get("TORANA_FIVEPAISA_PYTHON", sys.executable)
"""It asks for an older PyJWT than our lock holds, and so has an environment of its own."""
KEY, ENCRYPTION, USER = "sandbox-fivepaisa", "sandbox-fivepaisa-encryption", "sandbox-fivepaisa-user"
APP = "http://127.0.0.1:1"
TAG = "482913370415926"
RESTS = 118
"""A magic quantity: the order rests open."""
Open = Callable[[RunningSandbox], AbstractAsyncContextManager[Judge]]

pytestmark = pytest.mark.skipif(
    sys.executable == PYTHON and importlib.util.find_spec("py5paisa") is None,
    reason="py5paisa has an environment of its own: `make judges` makes it and names it in TORANA_FIVEPAISA_PYTHON",
)


@pytest.fixture
async def sandbox(clock: HandClock) -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(clock=clock, tempo=Tempo(0, 0), gateway_url=APP, rate_limits=False) as one:
        yield one


@pytest.fixture
def client(tmp_path: Path) -> Open:
    @asynccontextmanager
    async def opened(sandbox: RunningSandbox) -> AsyncIterator[Judge]:
        process = await asyncio.create_subprocess_exec(
            PYTHON, SCRIPT, f"{sandbox.url}/fivepaisa/api", KEY, ENCRYPTION, USER,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LONGEST_ANSWER, cwd=tmp_path,
        )  # fmt: skip
        assert process.stdin is not None
        try:
            yield Judge(process, FOREIGN)
        finally:
            process.stdin.close()
            await process.wait()

    return opened


async def request_token(sandbox: RunningSandbox, name: str = "asha") -> str:
    """What the browser brings back from the vendor login."""
    back = f"{APP}/portal/callback/fivepaisa"
    query = urlencode({"VendorKey": KEY, "ResponseURL": back, "State": "s-1"})
    async with Browser(APP) as browser:
        url = f"{sandbox.url}/fivepaisa/web/WebVendorLogin/VLogin/Index?{query}"
        left = await known("fivepaisa").pages.log_in(browser, url, name)
    assert isinstance(left, Left)
    assert left.query["state"] == "s-1"
    return left.query["RequestToken"]


def order(**changed: object) -> dict[str, object]:
    """One SBIN at the market, as the client's own guide shows it."""
    usual = {
        "OrderType": "B", "Exchange": "N", "ExchangeType": "C", "ScripCode": 3045, "Qty": 1, "Price": 0,
        "IsIntraday": False, "RemoteOrderID": TAG,
    }  # fmt: skip
    return {**usual, **changed}


async def test_from_login_to_the_final_order(sandbox: RunningSandbox, client: Open) -> None:
    sandbox.exchange.prices.pin("SBIN", 81235)
    async with client(sandbox) as judge:
        token = await judge("get_oauth_session", await request_token(sandbox))
        nothing = await judge("order_book")
        (before,) = await judge("margin")
        placed = await judge("place_order", order(Qty=3))
        (row,) = await judge("order_book")
        (status,) = (await judge("fetch_order_status", [{"Exch": "N", "RemoteOrderID": TAG}]))["OrdStatusResLst"]
        (position,) = await judge("positions")
        by_day = (await judge("positions_day"))["NetPositionDetail"]
        named = {"Exch": "N", "ExchType": "C", "ScripCode": 3045, "ExchOrderID": row["ExchOrderID"]}
        own_trades = (await judge("fetch_trade_info", [named]))["TradeDetail"]
        (trade,) = (await judge("get_tradebook"))["TradeBookDetail"]
        holdings = {one["ISIN"]: one for one in await judge("holdings")}
        (after,) = await judge("margin")
        symbol = {"Exch": "N", "ExchType": "C", "Symbol": "SBIN", "Expiry": "", "StrikePrice": "0", "OptionType": ""}
        by_symbol = (await judge("fetch_market_feed", [symbol]))["Data"]
        prices = (await judge("fetch_market_feed_scrip", [{"Exch": "N", "ExchType": "C", "ScripCode": 3045}]))["Data"]

    assert token
    assert nothing == []
    assert (placed["Status"], placed["RemoteOrderID"], placed["ScripCode"]) == (0, TAG, 3045)
    assert (row["BrokerOrderId"], row["RemoteOrderID"]) == (placed["BrokerOrderID"], TAG)
    assert (row["OrderStatus"], row["TradedQty"], row["AveragePrice"]) == ("Fully Executed", 3, 812.35)
    assert (status["Status"], status["TradedQty"], status["Symbol"]) == ("Fully Executed", 3, "SBIN")
    assert (position["ScripName"], position["BuyQty"], position["OrderFor"]) == ("SBIN", 3, "D")
    assert (trade["Qty"], trade["Rate"], trade["ExchOrderID"]) == (3, 812.35, row["ExchOrderID"])
    assert (by_day, own_trades, by_symbol) == ([position], [trade], prices)
    assert holdings["INE062A01020"]["DPQty"] == 400
    assert (before["NetAvailableMargin"], after["NetAvailableMargin"]) == (1000000, 997562.95)
    assert [(one["Token"], one["LastRate"]) for one in prices] == [(3045, 812.35)]


async def test_it_changes_and_cancels_by_the_exchanges_id(sandbox: RunningSandbox, client: Open) -> None:
    async with client(sandbox) as judge:
        await judge("get_oauth_session", await request_token(sandbox))
        await judge("place_order", order(Qty=RESTS))
        (row,) = await judge("order_book")
        wrong = await judge("cancel_order", str(row["BrokerOrderId"]))
        changed = await judge("modify_order", {"ExchOrderID": row["ExchOrderID"], "Price": 0, "Qty": RESTS + 2})
        cancelled = await judge("cancel_order", row["ExchOrderID"])
        again = await judge("cancel_order", row["ExchOrderID"])
        (gone,) = await judge("order_book")

    assert (wrong["Status"], wrong["BrokerOrderID"], wrong["Message"]) == (1, 0, "Order does not exist")
    assert changed["Status"] == cancelled["Status"] == 0
    assert (again["Status"], again["BrokerOrderID"]) == (1, row["BrokerOrderId"])
    assert (gone["OrderStatus"], gone["Qty"]) == ("Cancelled", RESTS + 2)


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"ScripCode": 3046}, 2),
        ({"Exchange": "X"}, 2),
        ({"OrderType": "Z"}, 2),
        ({"IsIntraday": True}, 2),
        ({"RemoteOrderID": "7" * 24}, 2),
        ({"Price": 812.351}, 2),
        ({"Price": 812.33}, 1),
    ],
)
async def test_what_is_refused_in_the_answer(
    sandbox: RunningSandbox, client: Open, changed: dict[str, object], status: int
) -> None:
    async with client(sandbox) as judge:
        await judge("get_oauth_session", await request_token(sandbox))
        refused = await judge("place_order", order(**changed))
        book = await judge("order_book")

    assert (refused["Status"], refused["BrokerOrderID"]) == (status, 0)
    assert book == []


async def test_a_request_token_is_good_once(sandbox: RunningSandbox, client: Open) -> None:
    code = await request_token(sandbox)
    async with client(sandbox) as judge:
        first = await judge("get_oauth_session", code)
        second = await judge("get_oauth_session", code)

    assert first
    assert second is None


async def test_shares_are_named_by_code_or_by_name(sandbox: RunningSandbox, client: Open) -> None:
    by_name = order(ScripData="SBIN_EQ")
    del by_name["ScripCode"]
    async with client(sandbox) as judge:
        await judge("get_oauth_session", await request_token(sandbox))
        named = await judge("place_order", by_name)
        on_bse = await judge("place_order", order(Exchange="B", ScripCode=500112, RemoteOrderID=f"{TAG}1"))
        rows = await judge("get_scrips")

    assert (named["Exch"], named["ScripCode"]) == ("N", 3045)
    assert (on_bse["Exch"], on_bse["ScripCode"]) == ("B", 500112)
    assert [one["ScripCode"] for one in rows if one["ScripData"] == "SBIN_EQ" and one["Exch"] == "N"] == ["3045"]


async def test_the_calls_that_were_judged_are_on_record(
    sandbox: RunningSandbox, client: Open, request: pytest.FixtureRequest
) -> None:
    async with client(sandbox) as judge:
        FOREIGN.hold(await judge.methods(), request)
