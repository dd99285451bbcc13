"""The unmodified official Python client of Samco against the simulator, login to logout: a judge from outside."""

import asyncio
import importlib.util
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.brokers import known
from tests.judges.judge import LONGEST_ANSWER, Judge
from tests.judges.judged import (
    BASKETS,
    BROKEN,
    DERIVATIVES,
    HISTORY,
    INTRADAY,
    KEPT_ORDERS,
    OWN_LOGIN,
    SEVERAL,
    STREAMS,
    SWITCHES,
    WHOLE_ANSWERS,
    ForeignClient,
    pinned_version,
)
from tests.support.browser import Browser, Left
from tests.support.clock import HandClock
from torana.kit.money import rupees
from torana.sandbox.exchange import Tempo
from torana.sandbox.server import RunningSandbox, running_sandbox

FOREIGN = ForeignClient(
    broker="samco",
    package="stocknotebridge",
    version=pinned_version("samco"),
    stands_for={"_v32_call": ()},
    left_out={
        WHOLE_ANSWERS: r".*_with_http_info",
        BASKETS: r".*basket.*",
        KEPT_ORDERS: r".*(gtt|oco).*",
        STREAMS: r"on_.*|.*subscribe.*|.*streaming.*",
        HISTORY: r".*candle_data|.*index.*|market_depth|analytics_.*|gain_loss|contracts_analyser",
        DERIVATIVES: r"get_future_chain|get_option_chain|search_equity_derivative|span_margin",
        INTRADAY: r".*_(bo|co)|convert_position|square_off_position|get_trigger_order_numbers",
        SEVERAL: r"place_bulk_order",
        SWITCHES: r"ip_.*",
        BROKEN: r"oauth_token|oauth_revoke",
        OWN_LOGIN: r"login|generate_.*|.*web_secret_code",
    },
)
SCRIPT = Path(__file__).parents[1] / "judges" / "samco.py"
PYTHON = os.environ.get("TORANA_SAMCO_PYTHON", sys.executable)
"""It brings much that our lock does not hold, and so has an environment of its own."""
KEY, SECRET = "sandbox-samco", "sandbox-samco-secret"
APP = "http://127.0.0.1:1"
BACK = f"{APP}/portal/callback/samco"
RESTS = 118
"""A magic quantity: the order rests open."""
Open = Callable[[RunningSandbox], AbstractAsyncContextManager[Judge]]

pytestmark = pytest.mark.skipif(
    sys.executable == PYTHON and importlib.util.find_spec("snapi_py_client") is None,
    reason="stocknotebridge has an environment of its own: `make judges` makes it and names it in TORANA_SAMCO_PYTHON",
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
            PYTHON, SCRIPT, f"{sandbox.url}/samco/api",
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LONGEST_ANSWER, cwd=tmp_path,
        )  # fmt: skip
        assert process.stdin is not None
        try:
            yield Judge(process, FOREIGN)
        finally:
            process.stdin.close()
            await process.wait()

    return opened


async def posted(judge: Judge, path: str, body: object, *, require_session: bool = False) -> Any:
    """What the client's own methods for version 3.2 send. As published they cannot be called: they hand their body on
    twice. What they call is called instead."""
    asked = {"path": path, "method": "POST", "body": body, "require_session": require_session}
    return await judge("_v32_call", asked)


async def logged_in(judge: Judge, sandbox: RunningSandbox, name: str = "asha") -> str:
    """By the consent page, at the address that the client forms (behind which the page of the real one stands)."""
    url = await judge("oauth_authorize_url", {"api_key": KEY, "redirect_url": BACK, "state": "s-1", "scopes": ["all"]})
    page = url.replace("/samco/api/oauth/", "/samco/api/app/oauth/")
    async with Browser(APP) as browser:
        left = await known("samco").pages.log_in(browser, page, name)
    assert isinstance(left, Left)
    assert left.query["state"] == "s-1"
    told = await posted(judge, "/oauth/token", {"code": left.query["code"], "redirect_url": BACK})
    await judge("set_session_token", {"sessionToken": told["data"]["access_token"]})
    return left.query["code"]


def pinned(sandbox: RunningSandbox) -> str:
    """The price of SBIN, which stays where it is."""
    last = sandbox.exchange.last_price("SBIN")
    sandbox.exchange.prices.pin("SBIN", last)
    return f"{rupees(last):.2f}"


def order(**changed: str) -> dict[str, dict[str, str]]:
    """One SBIN at a limit, as the client's own guide shows it."""
    usual = {
        "symbolName": "SBIN", "exchange": "NSE", "transactionType": "BUY", "orderType": "L", "quantity": "1",
        "disclosedQuantity": "", "price": "812.40", "orderValidity": "DAY", "productType": "CNC",
        "afterMarketOrderFlag": "NO",
    }  # fmt: skip
    return {"body": {**usual, **changed}}


async def test_from_login_to_the_final_order_and_the_logout(sandbox: RunningSandbox, client: Open) -> None:
    price = pinned(sandbox)
    async with client(sandbox) as judge:
        await logged_in(judge, sandbox)
        who = await judge("whoami")
        nothing = await judge("get_order_book")
        before = await judge("get_limits")
        quote = await judge("get_quote", {"symbol_name": "SBIN", "exchange": "NSE"})
        prices = await judge("multi_quote", {"body": {"NSE": ["SBIN", "NOSUCH"], "BSE": ["SBIN"]}})
        placed = await judge("place_order", order(quantity="3", price=price))
        (row,) = (await judge("get_order_book"))["orderBookDetails"]
        status = await judge("get_order_status", {"order_number": placed["orderNumber"]})
        (trade,) = (await judge("get_trade_book"))["tradeBookDetails"]
        (position,) = (await judge("get_positions_data", {"position_type": "DAY"}))["positionDetails"]
        carried = await judge("get_positions_data", {"position_type": "NET"})
        holdings = {one["isin"]: one for one in (await judge("get_holding"))["holdingDetails"]}
        after = await judge("get_limits")
        ended = await judge("logout")
        late = await judge("get_order_book")

    assert (who["matches"], who["matchedAs"]) == (True, "PRIMARY")
    assert nothing["orderBookDetails"] == carried["positionDetails"] == []
    assert quote["lastTradedPrice"] == price
    assert [(one["exchange"], one["tradingSymbol"]) for one in prices["multiQuotes"]] == [
        ("NSE", "SBIN-EQ"),
        ("BSE", "SBIN"),
    ]
    assert prices["invalidSymbol"] == ["NOSUCH"]
    assert (placed["status"], placed["exchangeOrderStatus"]) == ("Success", "COMPLETE")
    assert (placed["orderDetails"]["filledQuantity"], placed["orderDetails"]["transactionType"]) == (3, "B")
    assert (row["orderNumber"], row["orderStatus"], row["averagePrice"]) == (
        placed["orderNumber"],
        "Complete",
        price,
    )
    assert (row["orderRemarks"], row["symbol"], row["totalQuanity"]) == ("--", "3045_NSE", "3")
    assert status["orderStatus"] == "COMPLETE"
    assert (trade["tradePrice"], trade["exchangeOrderNumber"]) == (price, row["exchangeOrderNumber"])
    assert (position["buyQuantity"], position["netQuantity"], position["transactionType"]) == ("3", "3", "BUY")
    assert (holdings["INE062A01020"]["holdingsQuantity"], holdings["INE062A01020"]["sellableQuantity"]) == (
        "400",
        "400",
    )
    money = [Decimal(one["equityLimit"]["netAvailableMargin"]) for one in (before, after)]
    assert money == [Decimal(1000000), Decimal(1000000) - 3 * Decimal(price)]
    assert ended["status"] == "Success"
    assert late["status"] == "Failure"


async def test_it_changes_and_cancels_by_the_number_of_the_order(sandbox: RunningSandbox, client: Open) -> None:
    price = pinned(sandbox)
    async with client(sandbox) as judge:
        await logged_in(judge, sandbox)
        number = (await judge("place_order", order(quantity=str(RESTS), price=price)))["orderNumber"]
        change = {"orderType": "L", "quantity": str(RESTS + 2), "orderValidity": "DAY", "price": price}
        changed = await judge("modify_order", {"order_number": number, "body": change})
        wrong = await judge("cancel_order", {"order_number": "1"})
        cancelled = await judge("cancel_order", {"order_number": number})
        again = await judge("cancel_order", {"order_number": number})
        (gone,) = (await judge("get_order_book"))["orderBookDetails"]

    assert changed["ordernumber"] == number
    assert (wrong["status"], wrong["statusMessage"]) == ("Failure", "Invalid Order number.")
    assert (cancelled["status"], cancelled["orderNumber"]) == ("Success", number)
    assert again["status"] == "Failure"
    assert (gone["orderStatus"], gone["totalQuanity"]) == ("Cancelled", str(RESTS + 2))


@pytest.mark.parametrize(
    "changed",
    [
        {"symbolName": "NOSUCH"},
        {"exchange": "NFO"},
        {"transactionType": "B"},
        {"orderType": "MKT"},
        {"productType": "MIS"},
        {"quantity": "0"},
        {"quantity": "40", "disclosedQuantity": "3"},
        {"price": ""},
        {"orderValidity": "GTC"},
    ],
)
async def test_what_is_refused_in_the_answer(sandbox: RunningSandbox, client: Open, changed: dict[str, str]) -> None:
    async with client(sandbox) as judge:
        await logged_in(judge, sandbox)
        refused = await judge("place_order", order(**changed))
        book = await judge("get_order_book")

    assert refused["status"] == "Failure"
    assert "orderNumber" not in refused
    assert book["orderBookDetails"] == []


async def test_an_order_that_is_rejected_has_a_number_and_a_reason(sandbox: RunningSandbox, client: Open) -> None:
    async with client(sandbox) as judge:
        await logged_in(judge, sandbox)
        placed = await judge("place_order", order(price="812.33"))
        bulk = await posted(judge, "/order/bulkOrder", order(price="812.33")["body"], require_session=True)
        rows = (await judge("get_order_book"))["orderBookDetails"]

    assert (placed["status"], placed["exchangeOrderStatus"]) == ("Success", "REJECTED")
    assert [(one["orderStatus"], bool(one["rejectionReason"])) for one in bulk["orders"]] == [("REJECTED", True)]
    assert [one["orderNumber"] for one in rows] == [placed["orderNumber"], bulk["orders"][0]["orderNumber"]]
    assert {one["rejectionReason"] for one in rows} == {placed["rejectionReason"]}


async def test_a_code_that_comes_again_ends_every_token(sandbox: RunningSandbox, client: Open) -> None:
    async with client(sandbox) as judge:
        code = await logged_in(judge, sandbox)
        before = await judge("get_limits")
        again = await posted(judge, "/oauth/token", {"code": code, "redirect_url": BACK})
        after = await judge("get_limits")

    assert (before["status"], again["errorCode"], after["status"]) == ("Success", "EOAUTH012", "Failure")


async def test_an_app_logs_its_own_client_in_without_a_browser(sandbox: RunningSandbox, client: Open) -> None:
    async with client(sandbox) as judge:
        wrong = await posted(judge, "/session/token", {"apiKey": KEY, "apiSecret": "another"})
        told = await posted(judge, "/session/token", {"apiKey": KEY, "apiSecret": SECRET})
        await judge("set_session_token", {"sessionToken": told["sessionToken"]})
        limits = await judge("get_limits")
        revoked = await posted(judge, "/oauth/revoke", {"token": told["sessionToken"], "token_type": "access_token"})
        late = await judge("get_limits")

    assert wrong["errorCode"] == "EOAUTH008"
    assert limits["status"] == revoked["status"] == "Success"
    assert late["status"] == "Failure"


async def test_the_calls_that_were_judged_are_on_record(
    sandbox: RunningSandbox, client: Open, request: pytest.FixtureRequest
) -> None:
    async with client(sandbox) as judge:
        FOREIGN.hold(await judge.methods(), request)
