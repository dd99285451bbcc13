"""The unmodified official Python client of Nuvama against the simulator, login to logout: a judge from outside."""

import asyncio
import importlib.util
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.brokers import known
from tests.judges.judge import LONGEST_ANSWER, Judge, Refusal
from tests.judges.judged import HISTORY, INTRADAY, KEPT_ORDERS, REPORTS, SEVERAL, STREAMS, ForeignClient, pinned_version
from tests.support.browser import Browser, Left
from tests.support.clock import HandClock
from torana.kit.clock import IST
from torana.sandbox.exchange import Tempo
from torana.sandbox.server import RunningSandbox, running_sandbox

FOREIGN = ForeignClient(
    broker="edelweiss",
    package="apiconnect",
    version=pinned_version("edelweiss"),
    stands_for={"login": ("GetLoginData",), "instruments": ()},
    left_out={
        KEPT_ORDERS: r"PlaceGtcGtdTrade",
        INTRADAY: r".*Bracket.*|ConvertPosition|PositionSquareOff",
        STREAMS: r"init.*",
        HISTORY: r"get(CustomPeriod|EOD)Chart|getL.*|getN.*|.*Watchlist.*|GetMarketDepth",
        SEVERAL: r"PlaceBasketTrade",
        REPORTS: r"GetAllTransactionHistory|OrderHistory",
    },
)
SCRIPT = Path(__file__).parents[1] / "judges" / "edelweiss.py"
PYTHON = os.environ.get("TORANA_EDELWEISS_PYTHON", sys.executable)
"""It brings packages with names of everybody's, and so has an environment of its own."""
KEY, PASSWORD, APP_ID = "sandbox-edelweiss", "sandbox-edelweiss-secret", "sandbox-edelweiss-app-id"
APP = "http://127.0.0.1:1"
NO_WAY_OUT = {"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1"}
"""It asks a third party for its own address, and goes on without an answer."""
SBIN = {"Trading_Symbol": "INE062A01020", "Exchange": "NSE"}
RESTS = 118
"""A magic quantity: the order rests open."""
Open = Callable[..., AbstractAsyncContextManager[Judge]]

pytestmark = pytest.mark.skipif(
    sys.executable == PYTHON and importlib.util.find_spec("APIConnect") is None,
    reason="apiconnect has an environment of its own: `make judges` makes it and names it in TORANA_EDELWEISS_PYTHON",
)


@pytest.fixture
async def sandbox(clock: HandClock) -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(clock=clock, tempo=Tempo(0, 0), gateway_url=APP, rate_limits=False) as one:
        yield one


@pytest.fixture
def client(tmp_path: Path) -> Open:
    @asynccontextmanager
    async def opened(sandbox: RunningSandbox, password: str = PASSWORD) -> AsyncIterator[Judge]:
        process = await asyncio.create_subprocess_exec(
            PYTHON, SCRIPT, f"{sandbox.url}/edelweiss/api", KEY, password, APP_ID,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LONGEST_ANSWER, cwd=tmp_path,
            env={**os.environ, **NO_WAY_OUT},
        )  # fmt: skip
        assert process.stdin is not None
        try:
            yield Judge(process, FOREIGN)
        finally:
            process.stdin.close()
            await process.wait()

    return opened


async def request_id(sandbox: RunningSandbox, name: str = "asha") -> str:
    """What the browser brings back from the login."""
    async with Browser(APP) as browser:
        url = f"{sandbox.url}/edelweiss/web/api-connect/login?api_key={KEY}"
        left = await known("edelweiss").pages.log_in(browser, url, name)
    assert isinstance(left, Left)
    return left.query["request_id"]


def order(**changed: object) -> dict[str, object]:
    """One SBIN at the market, as the client takes it."""
    usual = {
        **SBIN, "Action": "BUY", "Duration": "DAY", "Order_Type": "MARKET", "Quantity": 1,
        "Streaming_Symbol": "3045_NSE", "Limit_Price": "0", "Disclosed_Quantity": "0", "TriggerPrice": "0",
        "ProductCode": "CNC",
    }  # fmt: skip
    return usual | changed


def about(row: dict[str, Any], **changed: object) -> dict[str, object]:
    """A cancellation of this order."""
    usual = {
        "Order_ID": row["ordID"], "Trading_Symbol": row["trdSym"], "Action": row["trsTyp"], "Exchange": row["exc"],
        "Order_Type": row["ordTyp"], "Product_Code": row["prdCode"], "Streaming_Symbol": row["sym"],
        "CurrentQuantity": int(row["ntQty"]),
    }  # fmt: skip
    return usual | changed


async def test_from_login_to_the_final_order_and_out(sandbox: RunningSandbox, client: Open) -> None:
    sandbox.exchange.prices.pin("SBIN", 81235)
    async with client(sandbox) as judge:
        login = (await judge("login", await request_id(sandbox)))["data"]["lgnData"]
        nothing = [(await judge(call))["resp"] for call in ("OrderBook", "TradeBook", "NetPosition")]
        before = (await judge("Limits"))["resp"]["data"]
        placed = (await judge("PlaceTrade", order(Quantity=3)))["resp"]["data"]
        (row,) = (await judge("OrderBook"))["resp"]["data"]["ord"]
        single = (await judge("OrderDetails", {"OrderId": placed["oid"], "Exchange": "NSE"}))["resp"]["data"]
        (trade,) = (await judge("TradeBook"))["resp"]["data"]["trade"]
        (position,) = (await judge("NetPosition"))["resp"]["data"]["pos"]
        holdings = {one["isin"]: one for one in (await judge("Holdings"))["resp"]["data"]["rmsHdg"]}
        after = (await judge("Limits"))["resp"]["data"]
        asked = {"Exchange": "NSE", "AssetType": "EQUITY", "Streaming_Symbol": "3045_NSE", "Interval": "M1"}
        chart = await judge("getIntradayChart", asked)
        listed = await judge("instruments", "3045_NSE")
        await judge("Logout")

    assert (login["accTyp"], login["accs"]["eqAccID"]) == ("EQ", row["userID"])
    assert nothing == ["", "", ""]
    assert (row["ordID"], row["sts"], row["flQty"], row["avgPrc"]) == (placed["oid"], "complete", "3", "812.35")
    assert {name: single[name] for name in row} == row
    assert (row["dpName"], row["sym"], row["trdSym"], row["rmk"]) == ("SBIN", "3045_NSE", "INE062A01020", "")
    assert (trade["ordID"], trade["fldQty"], trade["flPrc"], trade["trsTyp"]) == (placed["oid"], "3", "812.35", "B")
    assert (position["byQty"], position["avgByPrc"], position["prdCode"]) == ("3", "812.35", "CNC")
    assert holdings["INE062A01020"]["cncRmsHdg"]["qty"] == "400"
    assert (before["cshAvl"], after["cshAvl"]) == ("1000000.00", "997562.95")
    assert chart["data"][-1][4] == "812.35"
    assert [(one["tradingsymbol"], one["assettype"], one["exchange"]) for one in listed] == [
        ("INE062A01020", "EQUITY", "NSE")
    ]
    assert sandbox.world.sessions_of("edelweiss").end() == 0, "the client ended its own"


async def test_it_changes_and_cancels(sandbox: RunningSandbox, client: Open) -> None:
    async with client(sandbox) as judge:
        await judge("login", await request_id(sandbox))
        limit = f"{sandbox.exchange.last_price('SBIN') / 100 - 10:.2f}"
        await judge("PlaceTrade", order(Quantity=RESTS, Order_Type="LIMIT", Limit_Price=limit))
        (row,) = (await judge("OrderBook"))["resp"]["data"]["ord"]
        change = order(Quantity=RESTS + 2, Order_Type="LIMIT", Limit_Price=limit)
        change = dict(list(change.items())[:6]) | {"CurrentQuantity": RESTS} | dict(list(change.items())[6:])
        ordered = ["Trading_Symbol", "Exchange", "Action", "Duration", "Order_Type", "Quantity", "CurrentQuantity",
                   "Streaming_Symbol", "Limit_Price"]  # fmt: skip
        changed = await judge("ModifyTrade", {name: change[name] for name in ordered} | {"Order_ID": row["ordID"]})
        elsewhere = await judge("CancelTrade", about(row, Exchange="BSE"))
        cancelled = await judge("CancelTrade", about(row))
        again = await judge("CancelTrade", about(row))
        (gone,) = (await judge("OrderBook"))["resp"]["data"]["ord"]

    assert [one["resp"]["data"]["oid"] for one in (changed, cancelled)] == [row["ordID"]] * 2
    assert [one["resp"]["error"]["errMsg"] for one in (elsewhere, again)] == [
        "There is no such order", "Order is not open",
    ]  # fmt: skip
    assert (gone["sts"], gone["ntQty"], gone["pdQty"]) == ("cancelled", str(RESTS + 2), "0")


async def test_an_after_market_order_waits_and_is_cancelled_where_it_was_placed(
    sandbox: RunningSandbox, client: Open, clock: HandClock
) -> None:
    clock.advance((datetime(2026, 11, 21, 12, 0, tzinfo=IST) - clock.now()).total_seconds())
    limit = f"{sandbox.exchange.last_price('SBIN') / 100:.2f}"
    async with client(sandbox) as judge:
        await judge("login", await request_id(sandbox))
        open_now = (await judge("GetAMOStatus", {"Exchange": "NSE"}))["resp"]["data"]["sts"]
        await judge("PlaceAMOTrade", order(Order_Type="LIMIT", Limit_Price=limit))
        (placed,) = (await judge("OrderBook"))["resp"]["data"]["ord"]
        change = {**SBIN, "Action": "BUY", "Duration": "DAY", "Order_Type": "LIMIT", "Streaming_Symbol": "3045_NSE"}
        numbers = {"Quantity": 4, "CurrentQuantity": 1, "Limit_Price": limit, "Order_ID": placed["ordID"]}
        await judge("ModifyAMOTrade", change | numbers)
        (waiting,) = (await judge("OrderBook"))["resp"]["data"]["ord"]
        wrong = await judge("CancelTrade", about(waiting))
        said = {("ProductCode" if name == "Product_Code" else name): one for name, one in about(waiting).items()}
        await judge("CancelAMOTrade", said)
        (gone,) = (await judge("OrderBook"))["resp"]["data"]["ord"]

    assert (open_now, placed["sts"], placed["ntQty"]) == ("true", "after market order req received", "1")
    assert (waiting["ordID"], waiting["ntQty"]) == (placed["ordID"], "4")
    assert wrong["resp"]["error"]["errMsg"] == "There is no such order"
    assert gone["sts"] == "cancelled after market order"


@pytest.mark.parametrize(
    "changed",
    [
        {"Streaming_Symbol": "3046_NSE"},
        {"Streaming_Symbol": "3045_BSE"},
        {"Trading_Symbol": "INE009A01021"},
        {"Exchange": "NFO"},
        {"ProductCode": "MIS"},
        {"Order_Type": "LIMIT"},
        {"Limit_Price": "812.35"},
        {"Quantity": 0},
        {"Duration": "GTC"},
    ],
)
async def test_what_is_refused_in_the_answer(sandbox: RunningSandbox, client: Open, changed: dict[str, object]) -> None:
    async with client(sandbox) as judge:
        await judge("login", await request_id(sandbox))
        try:
            refused = await judge("PlaceTrade", order(**changed))
        except Refusal as own:
            assert "Product Code" in str(own.told)  # noqa: PT017  # the client knows what the login allows
        else:
            assert "errCd" in refused["resp"]["error"]
        book = (await judge("OrderBook"))["resp"]

    assert book == ""


@pytest.mark.parametrize("user", ["expired-code", "used-code", "unknown-code"])
async def test_a_request_id_that_is_no_good_is_no_login(sandbox: RunningSandbox, client: Open, user: str) -> None:
    async with client(sandbox) as judge:
        with pytest.raises(Refusal, match="gave up"):
            await judge("login", await request_id(sandbox, user))


async def test_a_vendor_with_a_wrong_password_is_no_login(sandbox: RunningSandbox, client: Open) -> None:
    async with client(sandbox, "another") as judge:
        with pytest.raises(Refusal, match="gave up"):
            await judge("login", await request_id(sandbox))


async def test_the_calls_that_were_judged_are_on_record(
    sandbox: RunningSandbox, client: Open, request: pytest.FixtureRequest
) -> None:
    async with client(sandbox) as judge:
        FOREIGN.hold(await judge.methods(), request)
