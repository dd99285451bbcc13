"""The unmodified official Python client of Alice Blue against the simulator, login to final order: a judge from
outside."""

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
    FILES,
    HISTORY,
    INTRADAY,
    KEPT_ORDERS,
    NO_CALLS,
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
    broker="aliceblue",
    package="ant-a3-tradehub-sdk-production",
    version=pinned_version("aliceblue"),
    stands_for={},
    left_out={
        KEPT_ORDERS: r"GTT_.*|get_GTT_Orderbook",
        STREAMS: r".*[wW]ebsocket.*|on_.*|.*subscribe|createSession|invalid_sess",
        HISTORY: r"get_HistoricalData",
        DERIVATIVES: r"get_Option_chain|get_Underlying.*|get_instrument_for_fno",
        INTRADAY: r"exitBracketOrder|positionSqrOff",
        UNASKED: r"get_BasketMargin|singleOrderMargin",
        FILES: r"get_contract_master|get_instrument",
        NO_CALLS: r"sessionAuthorization",
    },
)
SCRIPT = Path(__file__).parents[1] / "judges" / "aliceblue.py"
PYTHON = os.environ.get("TORANA_ALICEBLUE_PYTHON", sys.executable)
KEY, SECRET, APP = "sandbox-aliceblue", "sandbox-aliceblue-secret", "http://127.0.0.1:1"
TAG = "482913370415926"
RESTS = 118
"""A magic quantity: the order rests open."""
Open = Callable[..., AbstractAsyncContextManager[Judge]]

pytestmark = pytest.mark.skipif(
    sys.executable == PYTHON and importlib.util.find_spec("TradeMaster") is None,
    reason="the client has an environment of its own (tests/judges/aliceblue.txt), named in TORANA_ALICEBLUE_PYTHON",
)


@pytest.fixture
async def sandbox(clock: HandClock) -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(clock=clock, tempo=Tempo(0, 0), gateway_url=APP, rate_limits=False) as one:
        yield one


async def back_from_login(sandbox: RunningSandbox, name: str = "asha") -> dict[str, str]:
    """What the browser brings back from the login."""
    async with Browser(APP) as browser:
        left = await known("aliceblue").pages.log_in(browser, f"{sandbox.url}/aliceblue/web/?appcode={KEY}", name)
    assert isinstance(left, Left)
    return left.query


@pytest.fixture
def client(tmp_path: Path) -> Open:
    @asynccontextmanager
    async def opened(sandbox: RunningSandbox, secret: str = SECRET) -> AsyncIterator[Judge]:
        came = await back_from_login(sandbox)
        process = await asyncio.create_subprocess_exec(
            PYTHON, SCRIPT, f"{sandbox.url}/aliceblue/api", came["userId"], came["authCode"], secret,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LONGEST_ANSWER, cwd=tmp_path,
        )  # fmt: skip
        assert process.stdin is not None
        try:
            yield Judge(process, FOREIGN)
        finally:
            process.stdin.close()
            await process.wait()

    return opened


def order(**changed: object) -> dict[str, object]:
    """One SBIN at the market, with every argument that the client wants."""
    usual = {
        "instrumentId": "3045", "exchange": "NSE", "transactionType": "BUY", "quantity": 1,
        "orderComplexity": "REGULAR", "product": "LONGTERM", "orderType": "MARKET", "price": "", "slTriggerPrice": "",
        "slLegPrice": "", "targetLegPrice": "", "validity": "DAY", "orderTag": TAG,
    }  # fmt: skip
    return {**usual, **changed}


async def test_from_login_to_the_final_order(sandbox: RunningSandbox, client: Open) -> None:
    sandbox.exchange.prices.pin("SBIN", 81235)
    async with client(sandbox) as judge:
        session = await judge("get_session_id")
        (person,) = (await judge("get_profile"))["result"]
        (before,) = (await judge("get_funds"))["result"]
        nothing = await judge("get_orderbook")
        (placed,) = (await judge("placeOrder", order(quantity=3)))["result"]
        (row,) = (await judge("get_orderbook"))["result"]
        history = (await judge("get_orderHistory", placed["brokerOrderId"]))["result"]
        (trade,) = (await judge("get_tradebook"))["result"]
        (position,) = (await judge("get_positions"))["result"]
        holdings = {one["isin"]: one for one in (await judge("get_holdings", "CNC"))["result"]}
        (after,) = (await judge("get_funds"))["result"]

    account = sandbox.exchange.accounts.find("aliceblue", "asha")
    assert account is not None
    assert session["userSession"]
    assert person["clientId"] == row["clientId"] == account.user_id
    assert nothing["status"] == "EC916"
    assert (row["brokerOrderId"], row["orderTag"], row["orderStatus"]) == (placed["brokerOrderId"], TAG, "COMPLETE")
    assert (row["averageTradedPrice"], row["filledQuantity"], row["instrumentId"]) == (812.35, 3, "3045")
    assert history[-1]["orderStatus"] == "COMPLETE"
    assert (trade["filledQuantity"], trade["tradedPrice"]) == (3, 812.35)
    assert (position["tradingSymbol"], position["dayBuyQuantity"], position["daySellQuantity"]) == ("SBIN-EQ", 3, 0)
    assert holdings["INE062A01020"]["dpQuantity"] == 400
    assert (before["tradingLimit"], after["tradingLimit"]) == (1000000, 997562.95)


async def test_it_changes_and_cancels(sandbox: RunningSandbox, client: Open) -> None:
    async with client(sandbox) as judge:
        await judge("get_session_id")
        (placed,) = (await judge("placeOrder", order(quantity=RESTS)))["result"]
        order_id = placed["brokerOrderId"]
        changed = await judge("modifyOrder", order_id, "", "", "", "", {"quantity": RESTS + 2})
        cancelled = await judge("cancelOrder", order_id)
        again = await judge("cancelOrder", order_id)
        (gone,) = (await judge("get_orderbook"))["result"]

    assert changed["status"] == cancelled["status"] == "Ok"
    assert again["status"] == "EC997"
    assert (gone["orderStatus"], gone["quantity"]) == ("CANCELLED", RESTS + 2)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"instrumentId": "3046"}, "EC947"),
        ({"exchange": "XXX"}, "EC901"),
        ({"transactionType": "HOLD"}, "EC929"),
        ({"product": "DELIVERY"}, "EC092"),
        ({"orderTag": "7" * 51}, "EC971"),
        ({"orderType": "LIMIT", "price": "0"}, "EC958"),
    ],
)
async def test_what_is_refused_in_the_leg(
    sandbox: RunningSandbox, client: Open, changed: dict[str, object], code: str
) -> None:
    async with client(sandbox) as judge:
        await judge("get_session_id")
        told = await judge("placeOrder", order(**changed))

    assert told["status"] == "Ok"
    assert [leg["status"] for leg in told["result"]] == [code]
    assert sandbox.ledger.orders == []


async def test_a_wrong_secret_makes_no_session(sandbox: RunningSandbox, client: Open) -> None:
    async with client(sandbox, "not-the-secret") as judge:
        told = await judge("get_session_id")

    assert (told["stat"], told["emsg"]) == ("Not_ok", "Invalid auth code")


async def test_the_calls_that_were_judged_are_on_record(
    sandbox: RunningSandbox, client: Open, request: pytest.FixtureRequest
) -> None:
    async with client(sandbox) as judge:
        FOREIGN.hold(await judge.methods(), request)
