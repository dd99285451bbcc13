"""The unmodified official Python client of the XTS platform against the simulator, login to logout: a judge from
outside. That Trustline runs the platform is not for it to say."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.brokers import known
from tests.judges.judge import LONGEST_ANSWER, Judge, Refusal
from tests.judges.judged import DEALERS, INTRADAY, MARKET_DATA, SEVERAL, ForeignClient, git_version
from tests.support.browser import Browser, Left
from tests.support.clock import HandClock
from torana.kit.money import rupees
from torana.sandbox.exchange import Tempo
from torana.sandbox.server import RunningSandbox, running_sandbox

FOREIGN = ForeignClient(
    broker="trustline",
    package="xts-pythonclient-api-sdk",
    version=git_version("trustline"),
    stands_for={"third_party_login": ("interactive_login",)},
    left_out={
        INTRADAY: r".*(bracket|cover)_?order.*|bracketorder_cancel|convert_position|squareoff_position",
        DEALERS: r"get_dealer.*",
        MARKET_DATA: r"marketdata_.*|get_(config|quote|master|ohlc|series|equity_symbol|expiry_date|future_symbol)"
        r"|get_(option_symbol|option_type|index_list)|send_.*|search_by_.*",
        SEVERAL: r"cancelall_order",
    },
)
SCRIPT = Path(__file__).parents[1] / "judges" / "trustline.py"
CLIENT = os.environ.get("TORANA_TRUSTLINE_CLIENT", "")
"""The folder of its repository: it is no package that could be installed."""
KEY, SECRET = "sandbox-trustline", "sandbox-trustline-secret"
APP = "http://127.0.0.1:1"
TAG = "482913370415926"
RESTS = 118
"""A magic quantity: the order rests open."""
Open = Callable[[RunningSandbox], AbstractAsyncContextManager[Judge]]

pytestmark = pytest.mark.skipif(
    not CLIENT, reason="the XTS client is no package: `make judges` fetches it and names it in TORANA_TRUSTLINE_CLIENT"
)


@pytest.fixture
async def sandbox(clock: HandClock) -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(clock=clock, tempo=Tempo(0, 0), gateway_url=APP, rate_limits=False) as one:
        close = one.exchange.prices.previous_close("SBIN", one.exchange.now())
        one.exchange.prices.pin("SBIN", close)
        yield one


@pytest.fixture
def client() -> Open:
    @asynccontextmanager
    async def opened(sandbox: RunningSandbox) -> AsyncIterator[Judge]:
        async with sandbox.at_root("/trustline/api") as root:
            process = await asyncio.create_subprocess_exec(
                sys.executable, SCRIPT, CLIENT, root, KEY, SECRET,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LONGEST_ANSWER,
            )  # fmt: skip
            assert process.stdin is not None
            try:
                yield Judge(process, FOREIGN)
            finally:
                process.stdin.close()
                await process.wait()

    return opened


async def access_token(sandbox: RunningSandbox, name: str = "asha") -> str:
    """What the browser brings back from the platform's page."""
    query = urlencode({"appKey": KEY, "returnURL": f"{APP}/portal/callback/trustline/ticket-1"})
    async with Browser(APP) as browser:
        url = f"{sandbox.url}/trustline/api/interactive/thirdparty?{query}"
        left = await known("trustline").pages.log_in(browser, url, name)
    assert isinstance(left, Left)
    assert left.url == f"{APP}/portal/callback/trustline/ticket-1"
    return str(json.loads(left.form["session"])["accessToken"])


def price(sandbox: RunningSandbox) -> Decimal:
    return rupees(sandbox.exchange.last_price("SBIN"))


def order(sandbox: RunningSandbox, **changed: object) -> dict[str, object]:
    """Three SBIN at the price of the moment."""
    usual = {
        "exchangeSegment": "NSECM", "exchangeInstrumentID": 3045, "productType": "CNC", "orderType": "LIMIT",
        "orderSide": "BUY", "timeInForce": "DAY", "disclosedQuantity": 0, "orderQuantity": 3,
        "limitPrice": float(price(sandbox)),
        "stopPrice": 0, "orderUniqueIdentifier": TAG, "apiOrderSource": "WEBAPI",
    }  # fmt: skip
    return {**usual, **changed}


async def rows(judge: Judge, call: str, *args: Any) -> list[Any]:
    told = await judge(call, *args)
    assert told["type"] == "success", told
    found: list[Any] = told["result"]
    return found


async def test_from_login_to_logout(sandbox: RunningSandbox, client: Open) -> None:
    async with client(sandbox) as judge:
        login = await judge("third_party_login", {"accessToken": await access_token(sandbox)})
        nothing = await judge("get_order_book")
        before = await judge("get_balance")
        placed = await judge("place_order", order(sandbox))
        (row,) = await rows(judge, "get_order_book")
        history = await rows(judge, "get_order_history", placed["result"]["AppOrderID"])
        (trade,) = await rows(judge, "get_trade")
        day = (await judge("get_position_daywise"))["result"]["positionList"]
        net = (await judge("get_position_netwise"))["result"]["positionList"]
        holdings = (await judge("get_holding"))["result"]["RMSHoldings"]["Holdings"]
        after = await judge("get_balance")
        person = await judge("get_profile")
        bye = await judge("interactive_logout")
        with pytest.raises(Refusal, match="Invalid Token"):
            await judge("get_order_book")

    paid = price(sandbox)
    assert (login["type"], login["result"]["isInvestorClient"]) == ("success", True)
    assert (nothing["type"], nothing["code"], nothing["description"]) == (
        "error",
        "e-orders-0005",
        "Data Not Available",
    )
    assert (placed["code"], placed["result"]["OrderUniqueIdentifier"]) == ("s-orders-0001", TAG)
    assert (row["AppOrderID"], row["OrderUniqueIdentifier"]) == (placed["result"]["AppOrderID"], TAG)
    assert (row["OrderStatus"], row["CumulativeQuantity"], row["OrderAverageTradedPrice"]) == (
        "Filled",
        3,
        f"{paid:,.2f}",
    )
    assert [history[at]["OrderStatus"] for at in (0, -1)] == ["PendingNew", "Filled"]
    assert (trade["LastTradedPrice"], trade["LastTradedQuantity"]) == (float(paid), 3)
    assert [(one["ExchangeInstrumentId"], one["OpenBuyQuantity"]) for one in day] == [("3045", "3")]
    assert day == net
    assert holdings["INE062A01020"]["HoldingQuantity"] == 400
    cash = [told["result"]["BalanceList"][0]["limitObject"]["RMSSubLimits"] for told in (before, after)]
    first, last = (Decimal(one["netMarginAvailable"]) for one in cash)
    assert first - last == 3 * paid
    assert person["result"]["ClientId"] == login["result"]["userID"]
    assert bye["type"] == "success"


async def test_it_changes_and_cancels(sandbox: RunningSandbox, client: Open) -> None:
    async with client(sandbox) as judge:
        await judge("interactive_login")
        placed = (await judge("place_order", order(sandbox, orderQuantity=RESTS)))["result"]["AppOrderID"]
        changed = await judge(
            "modify_order", placed, "CNC", "LIMIT", RESTS + 2, 0, float(price(sandbox)), 0, "DAY", TAG
        )
        cancelled = await judge("cancel_order", placed, TAG)
        again = await judge("cancel_order", placed, TAG)
        (row,) = await rows(judge, "get_order_book")

    assert changed["type"] == cancelled["type"] == "success"
    assert (again["type"], again["code"]) == ("error", "e-orders-0001")
    assert (row["OrderStatus"], row["OrderQuantity"]) == ("Cancelled", RESTS + 2)


@pytest.mark.parametrize(
    "changed",
    [
        {"exchangeInstrumentID": 999999},
        {"exchangeSegment": "XXX"},
        {"orderSide": "HOLD"},
        {"productType": "MIS"},
        {"orderQuantity": 0},
        {"limitPrice": 0},
        {"orderUniqueIdentifier": "7" * 21},
    ],
)
async def test_what_is_refused_in_the_answer(sandbox: RunningSandbox, client: Open, changed: dict[str, object]) -> None:
    """The client reads "Bad Request" with its errors as wrong input."""
    async with client(sandbox) as judge:
        await judge("interactive_login")
        with pytest.raises(Refusal, match="Bad Request"):
            await judge("place_order", order(sandbox, **changed))
        book = await judge("get_order_book")

    assert book["code"] == "e-orders-0005"


async def test_an_access_token_is_good_once(sandbox: RunningSandbox, client: Open) -> None:
    token = await access_token(sandbox)
    async with client(sandbox) as judge:
        first = await judge("third_party_login", {"accessToken": token})
        second = await judge("third_party_login", {"accessToken": token})

    assert (first["type"], second["type"]) == ("success", "error")


async def test_an_app_logs_its_own_client_in(sandbox: RunningSandbox, client: Open) -> None:
    async with client(sandbox) as judge:
        login = await judge("interactive_login")
        person = await judge("get_profile")

    assert person["result"]["ClientId"] == login["result"]["userID"]


async def test_the_calls_that_were_judged_are_on_record(
    sandbox: RunningSandbox, client: Open, request: pytest.FixtureRequest
) -> None:
    async with client(sandbox) as judge:
        FOREIGN.hold(await judge.methods(), request)
