"""The one public client of Axis Direct's API against the simulator, login to cancellation. It is not the broker's own:
it judges the envelope, the paths and the requests; what the answers hold it does not know."""

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
from tests.judges.judged import FAILING, HISTORY, NO_CALLS, RENEWAL, SUMS, UNASKED, ForeignClient, pinned_version
from tests.support.browser import Browser, Left
from tests.support.clock import HandClock
from torana.sandbox.exchange import Tempo
from torana.sandbox.server import RunningSandbox, running_sandbox

FOREIGN = ForeignClient(
    broker="axis",
    package="rapidapi-axisdirect",
    version=pinned_version("axis"),
    official=False,
    stands_for={},
    left_out={
        FAILING: r"get_order_history",
        SUMS: r"holdings_summary",
        HISTORY: r"get_best_five_md|get_market_status|search_scrip",
        UNASKED: r"get_brokerage|get_margin_required",
        RENEWAL: r"refresh_auth_token",
        NO_CALLS: r"set_session",
    },
)
SCRIPT = Path(__file__).parents[1] / "judges" / "axis.py"
PYTHON = os.environ.get("TORANA_AXIS_PYTHON", sys.executable)
KEY, AUTHORIZATION = "sandbox-axis", "sandbox-axis-authorization"
APP = "http://127.0.0.1:1"
TAG = "482913370415926"
RESTS = 118
"""A magic quantity: the order rests open."""
Open = Callable[[RunningSandbox], AbstractAsyncContextManager[Judge]]

pytestmark = pytest.mark.skipif(
    sys.executable == PYTHON and importlib.util.find_spec("rapidapi_axisdirect") is None,
    reason="that client has an environment of its own: `make judges` makes it and names it in TORANA_AXIS_PYTHON",
)


@pytest.fixture
async def sandbox(clock: HandClock) -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(clock=clock, tempo=Tempo(0, 0), gateway_url=APP, rate_limits=False) as one:
        one.exchange.prices.pin("SBIN", 81235)
        yield one


@pytest.fixture
def client(tmp_path: Path) -> Open:
    @asynccontextmanager
    async def opened(sandbox: RunningSandbox) -> AsyncIterator[Judge]:
        process = await asyncio.create_subprocess_exec(
            PYTHON, SCRIPT, f"{sandbox.url}/axis", KEY, AUTHORIZATION,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LONGEST_ANSWER, cwd=tmp_path,
        )  # fmt: skip
        assert process.stdin is not None
        try:
            yield Judge(process, FOREIGN)
        finally:
            process.stdin.close()
            await process.wait()

    return opened


async def log_in(judge: Judge) -> dict[str, object]:
    back = f"{APP}/portal/callback/axis/ticket-1"
    page = (await judge("initiate_sso", back))["data"]["redirectURL"]
    async with Browser(APP) as browser:
        left = await known("axis").pages.log_in(browser, page, "asha")
    assert isinstance(left, Left)
    assert left.url.startswith(f"{back}?ssoId=")
    told: dict[str, object] = await judge("authenticate_sso", left.query["ssoId"])
    return told


async def place(judge: Judge, quantity: int, **changed: object) -> dict[str, object]:
    usual = {"segment": "EQ", "order_type": "MARKET"}
    told: dict[str, object] = await judge("place_order", TAG, "103045", "NSE", "BUY", quantity, {**usual, **changed})
    return told


async def test_from_login_to_the_final_order(sandbox: RunningSandbox, client: Open) -> None:
    async with client(sandbox) as judge:
        tokens = await log_in(judge)
        person = (await judge("get_profile"))["data"]
        listed = await judge("get_security_master")
        before = (await judge("get_order_book", "-1"))["data"]
        placed = await place(judge, 3)
        (row,) = (await judge("get_order_book", "-1"))["data"]
        (trade,) = (await judge("get_trade_book", "EQ", [row["omsOrderId"]]))["data"]
        (position,) = (await judge("get_positions"))["data"]
        holdings = {one["isin"]: one for one in (await judge("holdings", "EQ"))["data"]}
        funds = (await judge("available_margin"))["data"]
        prices = (await judge("get_quotes", ["103045"]))["data"]

    assert tokens["metadata"] == {
        "name": "asha",
        "accounts": [{"subAccountId": sandbox.exchange.accounts.all()[0].user_id}],
    }
    assert (person["name"], listed) == ("asha", 200)
    assert before == []
    assert placed == {"statusCode": 200, "status": "OK", "data": {"omsOrderId": row["omsOrderId"]}}
    assert (row["orderRefId"], row["orderStatus"], row["tradedQty"], row["averagePrice"]) == (
        TAG,
        "Executed",
        3,
        812.35,
    )
    assert (trade["tradedQty"], trade["tradedPrice"]) == (3, 812.35)
    assert (position["scriptId"], position["buyQty"]) == ("103045", 3)
    assert holdings["INE062A01020"]["dpQty"] == 400
    assert funds["availableCash"] == 997562.95
    assert [(one["scriptId"], one["lastTradedPrice"]) for one in prices] == [("103045", 812.35)]


async def test_a_change_and_a_cancellation_repeat_the_row_as_it_stands(sandbox: RunningSandbox, client: Open) -> None:
    async with client(sandbox) as judge:
        await log_in(judge)
        await place(judge, RESTS)
        (row,) = (await judge("get_order_book", "-1"))["data"]
        change = {
            "oms_order_id": row["omsOrderId"], "traded_quantity": 0, "open_quantity": RESTS + 2,
            "oms_order_serial_number": row["omsOrderSerialNumber"], "validity_type": "DAY", "validity_days": 0,
            "disclosed_quantity": 0, "script_id": "103045", "segment": "EQ", "order_type": "MARKET", "exchange": "NSE",
            "order_price": 0, "transaction_type": "BUY", "product_type": "DELIVERY", "trigger_price": 0,
        }  # fmt: skip
        changed = await judge("modify_order", change)
        old = await judge("modify_order", change)
        (row,) = (await judge("get_order_book", "-1"))["data"]
        stands = {
            "oms_order_id": row["omsOrderId"], "oms_order_serial_number": row["omsOrderSerialNumber"],
            "open_quantity": row["openQty"], "validity_type": "DAY", "script_id": "103045", "segment": "EQ",
            "order_type": "MARKET", "exchange": "NSE", "order_price": row["orderPrice"], "transaction_type": "BUY",
            "product_type": "DELIVERY",
        }  # fmt: skip
        stale = await judge("cancel_order", {**stands, "open_quantity": RESTS})
        cancelled = await judge("cancel_order", stands)
        again = await judge("cancel_order", stands)
        (gone,) = (await judge("get_order_book", "-1"))["data"]

    assert (changed["statusCode"], old["statusCode"], row["openQty"]) == (200, 400, RESTS + 2)
    assert (stale["statusCode"], cancelled["statusCode"], again["statusCode"]) == (400, 200, 400)
    assert gone["orderStatus"] == "Cancelled"


@pytest.mark.parametrize(
    "changed",
    [
        {"segment": "FO"},
        {"order_type": "SL"},
        {"product_type": "INTRADAY"},
        {"validity_type": "GTC"},
        {"trigger_price": "800"},
        {"order_type": "LIMIT", "order_price": 812.33},
    ],
)
async def test_an_order_that_is_not_right_is_refused(
    sandbox: RunningSandbox, client: Open, changed: dict[str, object]
) -> None:
    async with client(sandbox) as judge:
        await log_in(judge)
        refused = await place(judge, 1, **changed)
        book = (await judge("get_order_book", "-1"))["data"]

    assert (refused["statusCode"], book) == (400, [])


async def test_the_calls_that_were_judged_are_on_record(
    sandbox: RunningSandbox, client: Open, request: pytest.FixtureRequest
) -> None:
    async with client(sandbox) as judge:
        FOREIGN.hold(await judge.methods(), request)
