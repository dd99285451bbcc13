"""The unmodified official Python client of Fyers against the simulator, login to logout: a judge from outside."""

import asyncio
import importlib.util
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from tests.brokers import known
from tests.judges.judge import LONGEST_ANSWER, Judge
from tests.judges.judged import (
    DERIVATIVES,
    HISTORY,
    INTRADAY,
    KEPT_ORDERS,
    NO_CALLS,
    REPORTS,
    SEVERAL,
    ForeignClient,
    pinned_version,
)
from tests.support.browser import Browser, Left
from tests.support.clock import HandClock
from torana.sandbox.exchange import Tempo
from torana.sandbox.server import RunningSandbox, running_sandbox

FOREIGN = ForeignClient(
    broker="fyers",
    package="fyers-apiv3",
    version=pinned_version("fyers"),
    stands_for={"login_url": ("generate_authcode",), "log_in": ("set_token", "generate_token")},
    left_out={
        KEPT_ORDERS: r".*(gtt|smart|alert).*",
        SEVERAL: r".*basket_orders|place_multileg_order",
        INTRADAY: r"exit_positions|convert_position|attach_position_legs",
        HISTORY: r"history|history_underlying_symbols|depth|market_status|screeners_.*|quotes_v2",
        DERIVATIVES: r"expiry_dates|fno_historical_data|futures_chain|optionchain",
        REPORTS: r".*[a-z]_history|orderhistory|tradehistory",
        NO_CALLS: r"close|get_hash|generate_data_token",
    },
)
SCRIPT = Path(__file__).parents[1] / "judges" / "fyers.py"
PYTHON = os.environ.get("TORANA_FYERS_PYTHON", sys.executable)
"""It asks for older libraries than our lock holds, and so has an environment of its own."""
KEY, SECRET = "sandbox-fyers-100", "sandbox-fyers-100-secret"
APP = "http://127.0.0.1:1"
BACK = f"{APP}/portal/callback/fyers"
TAG = "482913370415926"
RESTS = 118
"""A magic quantity: the order rests open."""
Open = Callable[[RunningSandbox], AbstractAsyncContextManager[Judge]]

pytestmark = pytest.mark.skipif(
    sys.executable == PYTHON and importlib.util.find_spec("fyers_apiv3") is None,
    reason="fyers-apiv3 has an environment of its own: `make judges` makes it and names it in TORANA_FYERS_PYTHON",
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
            PYTHON, SCRIPT, f"{sandbox.url}/fyers/api", KEY, SECRET, BACK,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LONGEST_ANSWER, cwd=tmp_path,
        )  # fmt: skip
        assert process.stdin is not None
        try:
            yield Judge(process, FOREIGN)
        finally:
            process.stdin.close()
            await process.wait()

    return opened


async def code(judge: Judge, name: str = "asha") -> str:
    """What the browser brings back from the login that the client leads to."""
    async with Browser(APP) as browser:
        left = await known("fyers").pages.log_in(browser, await judge("login_url"), name)
    assert isinstance(left, Left)
    assert (left.query["s"], left.query["state"]) == ("ok", "s-1")
    return left.query["auth_code"]


async def logged_in(judge: Judge, name: str = "asha") -> None:
    assert (await judge("log_in", await code(judge, name)))["s"] == "ok"


def order(**changed: object) -> dict[str, object]:
    """One SBIN at the market, as the client's own guide shows it."""
    usual = {
        "symbol": "NSE:SBIN-EQ", "qty": 1, "type": 2, "side": 1, "productType": "CNC", "limitPrice": 0, "stopPrice": 0,
        "validity": "DAY", "disclosedQty": 0, "offlineOrder": False, "orderTag": TAG, "isSliceOrder": False,
    }  # fmt: skip
    return {**usual, **changed}


async def test_from_login_to_logout(sandbox: RunningSandbox, client: Open) -> None:
    sandbox.exchange.prices.pin("SBIN", 81235)
    async with client(sandbox) as judge:
        await logged_in(judge)
        person = (await judge("get_profile"))["data"]
        nothing = await judge("orderbook")
        before = {line["title"]: line["equityAmount"] for line in (await judge("funds"))["fund_limit"]}
        placed = await judge("place_order", order(qty=3))
        (row,) = (await judge("orderbook"))["orderBook"]
        (by_id,) = (await judge("get_orders", {"id": placed["id"]}))["orderBook"]
        (by_tag,) = (await judge("orderbook", {"order_tag": f"1:{TAG}"}))["orderBook"]
        other = (await judge("orderbook", {"order_tag": "1:another"}))["orderBook"]
        (trade,) = (await judge("tradebook"))["tradeBook"]
        (position,) = (await judge("positions"))["netPositions"]
        holdings = {one["symbol"]: one for one in (await judge("holdings"))["holdings"]}
        after = {line["title"]: line["equityAmount"] for line in (await judge("funds"))["fund_limit"]}
        prices = (await judge("quotes", {"symbols": "NSE:SBIN-EQ,NSE:M&M-EQ,NSE:NOBODY-EQ"}))["d"]
        left = await judge("logout")
        gone = await judge("funds")

    assert (person["name"], person["ddpi_enabled"]) == ("ASHA", True)
    assert (nothing["s"], nothing["code"], nothing["orderBook"]) == ("ok", 200, [])
    assert (placed["s"], placed["code"]) == ("ok", 1101)
    assert (row["id"], row["orderTag"], row["clientId"]) == (placed["id"], f"1:{TAG}", person["fy_id"])
    assert (row["status"], row["filledQty"], row["tradedPrice"], row["side"], row["type"]) == (2, 3, 812.35, 1, 2)
    assert (row["fyToken"], row["exchange"], row["segment"]) == ("10100000003045", 10, 10)
    assert by_id == by_tag == row
    assert other == []
    assert (trade["orderNumber"], trade["tradedQty"], trade["tradePrice"]) == (placed["id"], 3, 812.35)
    assert (position["id"], position["buyQty"], position["buyAvg"]) == ("NSE:SBIN-EQ-CNC", 3, 812.35)
    assert (holdings["NSE:INFY-EQ"]["quantity"], holdings["NSE:INFY-EQ"]["isin"]) == (200, "INE009A01021")
    assert (before["Available Balance"], after["Available Balance"]) == (1000000, 997562.95)
    assert [(one["n"], one["s"]) for one in prices] == [
        ("NSE:SBIN-EQ", "ok"), ("NSE:M&M-EQ", "ok"), ("NSE:NOBODY-EQ", "error"),
    ]  # fmt: skip
    assert prices[0]["v"]["lp"] == 812.35
    assert left["s"] == "ok"
    assert (gone["s"], gone["code"]) == ("error", -17)


async def test_it_changes_and_cancels_and_hears_what_cannot_be_cancelled(sandbox: RunningSandbox, client: Open) -> None:
    async with client(sandbox) as judge:
        await logged_in(judge)
        placed = await judge("place_order", order(qty=RESTS))
        changed = await judge("modify_order", {"id": placed["id"], "type": 2, "qty": RESTS + 2})
        cancelled = await judge("cancel_order", {"id": placed["id"]})
        again = await judge("cancel_order", {"id": placed["id"]})
        nobodys = await judge("cancel_order", {"id": "26111800000000"})
        (gone,) = (await judge("orderbook"))["orderBook"]

    assert (changed["code"], cancelled["code"], cancelled["id"]) == (1102, 1103, placed["id"])
    assert (again["s"], again["code"], nobodys["code"]) == ("error", -50, -51)
    assert (gone["status"], gone["qty"]) == (1, RESTS + 2)


async def test_what_is_wrong_is_refused_in_the_answer_and_makes_no_order_and_risk_management_leaves_one(
    sandbox: RunningSandbox, client: Open
) -> None:
    wrong: list[dict[str, object]] = [
        {"symbol": "NSE:SBIN"}, {"symbol": "SBIN-EQ"}, {"type": 3}, {"type": "2"}, {"side": 2}, {"side": "1"},
        {"qty": 0}, {"qty": "1"}, {"productType": "INTRADAY"}, {"validity": "GTC"}, {"offlineOrder": "False"},
        {"limitPrice": 812.35}, {"type": 1}, {"type": 1, "limitPrice": 812.33}, {"orderTag": "a b"},
        {"orderTag": "7" * 31}, {"orderTag": "Untagged"}, {"stopPrice": None},
    ]  # fmt: skip
    async with client(sandbox) as judge:
        await logged_in(judge)
        refused = [await judge("place_order", order(**changed)) for changed in wrong]
        book = (await judge("orderbook"))["orderBook"]
        closed = await judge("place_order", order(offlineOrder=True))
        (row,) = (await judge("orderbook"))["orderBook"]

    assert [(told["s"], told["code"]) for told in refused] == [("error", -50)] * len(wrong)
    assert book == []
    assert (closed["code"], closed["message"], closed["id"]) == (-99, "ORA:AMO is stopped", row["id"])
    assert (row["status"], row["offlineOrder"]) == (5, True)


async def test_a_code_is_good_once_and_for_its_own_app(sandbox: RunningSandbox, client: Open) -> None:
    async with client(sandbox) as judge:
        given = await code(judge)
        first, second = await judge("log_in", given), await judge("log_in", given)

    assert (first["s"], second["s"], second["code"]) == ("ok", "error", -374)


async def test_who_has_not_activated_ddpi_is_told_so(sandbox: RunningSandbox, client: Open) -> None:
    async with client(sandbox) as judge:
        await logged_in(judge, "needs-edis")
        person = (await judge("get_profile"))["data"]
        refused = await judge("place_order", order(side=-1))
        (row,) = (await judge("orderbook"))["orderBook"]

    assert person["ddpi_enabled"] is False
    assert (refused["code"], "TPIN" in refused["message"]) == (-99, True)
    assert (row["id"], row["status"], row["filledQty"]) == (refused["id"], 5, 0)


async def test_a_share_is_sold_on_the_bse_by_its_group(sandbox: RunningSandbox, client: Open) -> None:
    async with client(sandbox) as judge:
        await logged_in(judge)
        placed = await judge("place_order", order(symbol="BSE:SBIN-A", side=-1))
        other = await judge("place_order", order(symbol="BSE:SBIN-B"))
        (row,) = (await judge("orderbook"))["orderBook"]

    assert (placed["code"], other["code"]) == (1101, -50)
    assert (row["exchange"], row["fyToken"], row["side"]) == (12, "1210000000500112", -1)


async def test_the_calls_that_were_judged_are_on_record(
    sandbox: RunningSandbox, client: Open, request: pytest.FixtureRequest
) -> None:
    async with client(sandbox) as judge:
        FOREIGN.hold(await judge.methods(), request)
