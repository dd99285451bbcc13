"""The unmodified official Python client of Dhan against the simulator, login to final order: a judge from outside."""

import asyncio
import importlib.util
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.brokers import known
from tests.judges.judge import LONGEST_ANSWER, Judge, Refusal
from tests.judges.judged import (
    DERIVATIVES,
    HISTORY,
    INTRADAY,
    KEPT_ORDERS,
    NO_CALLS,
    OTHER_PRODUCTS,
    OWN_LOGIN,
    RENEWAL,
    REPORTS,
    SLICES,
    SWITCHES,
    UNASKED,
    ForeignClient,
    pinned_version,
)
from tests.support.browser import Browser, Left, Page
from tests.support.clock import HandClock
from torana.sandbox.exchange import Tempo
from torana.sandbox.server import RunningSandbox, running_sandbox

FOREIGN = ForeignClient(
    broker="dhan",
    package="dhanhq",
    version=pinned_version("dhan"),
    stands_for={"log_in": ("consume_token_id",), "use": (), "scrips": ("fetch_security_list",)},
    left_out={
        KEPT_ORDERS: r".*(forever|conditional|super_order).*",
        HISTORY: r"historical_daily_data|intraday_minute_data|ohlc_data|quote_data",
        DERIVATIVES: r"option_chain|expiry_list|expired_options_data",
        OTHER_PRODUCTS: r".*global.*",
        REPORTS: r"ledger_report|get_trade_history",
        SWITCHES: r".*kill_switch|.*pnl_exit|.*_ip",
        INTRADAY: r"convert_position|exit_all_positions",
        SLICES: r"place_slice_order",
        UNASKED: r"margin_calculator.*",
        RENEWAL: r"renew_token",
        OWN_LOGIN: r"generate_token|generate_tpin",
        NO_CALLS: r"convert_to_date_time",
    },
)
SCRIPT = Path(__file__).parents[1] / "judges" / "dhan.py"
PYTHON = os.environ.get("TORANA_DHAN_PYTHON", sys.executable)
"""It brings pandas and numpy, and so has an environment of its own."""
KEY, SECRET = "sandbox-dhan-own", "sandbox-dhan-own-secret"
APP = "http://127.0.0.1:1"
TAG = "482913370415926"
SBIN, SBIN_ISIN = "3045", "INE062A01020"
RESTS = 118
"""A magic quantity: the order rests open."""
Open = Callable[..., AbstractAsyncContextManager[Judge]]

pytestmark = pytest.mark.skipif(
    sys.executable == PYTHON and importlib.util.find_spec("dhanhq") is None,
    reason="dhanhq has an environment of its own: `make judges` makes it and names it in TORANA_DHAN_PYTHON",
)


@pytest.fixture
async def sandbox(clock: HandClock) -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(clock=clock, tempo=Tempo(0, 0), gateway_url=APP, rate_limits=False) as one:
        yield one


@pytest.fixture
def client(tmp_path: Path) -> Open:
    @asynccontextmanager
    async def opened(sandbox: RunningSandbox, name: str = "asha") -> AsyncIterator[Judge]:
        """Of this person, who has logged in at Dhan before and so knows their client id."""
        account = sandbox.exchange.accounts.at_login("dhan", name, "1000000000")
        process = await asyncio.create_subprocess_exec(
            PYTHON, SCRIPT, sandbox.url, account.user_id,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LONGEST_ANSWER, cwd=tmp_path,
        )  # fmt: skip
        assert process.stdin is not None
        try:
            yield Judge(process, FOREIGN)
        finally:
            process.stdin.close()
            await process.wait()

    return opened


async def log_in(sandbox: RunningSandbox, judge: Judge, name: str = "asha") -> dict[str, Any]:
    """The three steps, the second of them in the browser."""
    consent = await judge("generate_login_session", KEY, SECRET)
    async with Browser(APP) as browser:
        url = f"{sandbox.url}/dhan/auth/login/consentApp-login?consentAppId={consent}"
        left = await known("dhan").pages.log_in(browser, url, name)
    assert isinstance(left, Left)
    told: dict[str, Any] = await judge("log_in", left.query["tokenId"], KEY, SECRET)
    return told


def order(**changed: object) -> dict[str, object]:
    """One SBIN at the market, as the client's own guide shows it."""
    usual = {
        "security_id": SBIN, "exchange_segment": "NSE_EQ", "transaction_type": "BUY", "quantity": 1,
        "order_type": "MARKET", "product_type": "CNC", "price": 0, "tag": TAG,
    }  # fmt: skip
    return {**usual, **changed}


async def test_from_login_to_the_final_order(sandbox: RunningSandbox, client: Open) -> None:
    sandbox.exchange.prices.pin("SBIN", 81235)
    async with client(sandbox) as judge:
        session = await log_in(sandbox, judge)
        profile = await judge("user_profile", session["accessToken"])
        nothing = await judge("get_order_list")
        before = await judge("get_fund_limits")
        placed = await judge("place_order", order(quantity=3))
        (row,) = (await judge("get_order_list"))["data"]
        (same,) = (await judge("get_order_by_id", row["orderId"]))["data"]
        (by_tag,) = (await judge("get_order_by_correlationID", TAG))["data"]
        (trade,) = (await judge("get_trade_book"))["data"]
        (its_own,) = (await judge("get_trade_book", row["orderId"]))["data"]
        (position,) = (await judge("get_positions"))["data"]
        holdings = {one["isin"]: one for one in (await judge("get_holdings"))["data"]}
        after = await judge("get_fund_limits")
        prices = await judge("ticker_data", {"securities": {"NSE_EQ": [int(SBIN), 99999999], "BSE_EQ": [500112]}})

    assert (profile["dhanClientId"], session["givenPowerOfAttorney"]) == (session["dhanClientId"], True)
    assert (nothing["status"], nothing["data"]) == ("success", [])
    assert (placed["status"], placed["data"]["orderStatus"]) == ("success", "TRANSIT")
    assert row == same == by_tag
    assert (row["orderId"], row["correlationId"], row["orderStatus"]) == (placed["data"]["orderId"], TAG, "TRADED")
    assert (row["filledQty"], row["averageTradedPrice"], row["orderType"]) == (3, 812.35, "LIMIT")
    assert row["price"] == 820.47, "a market order goes to the exchange as a limit"
    assert trade == its_own
    assert (trade["tradedQuantity"], trade["exchangeOrderId"]) == (3, row["exchangeOrderId"])
    assert (position["tradingSymbol"], position["dayBuyQty"], position["productType"]) == ("SBIN", 3, "CNC")
    assert (holdings[SBIN_ISIN]["totalQty"], holdings[SBIN_ISIN]["availableQty"]) == (400, 400)
    balances = [told["data"]["availabelBalance"] for told in (before, after)]
    assert balances == [1000000, 997562.95]
    assert prices["data"]["data"]["NSE_EQ"] == {SBIN: {"last_price": 812.35}}


async def test_it_changes_and_cancels(sandbox: RunningSandbox, client: Open) -> None:
    async with client(sandbox) as judge:
        await log_in(sandbox, judge)
        placed = (await judge("place_order", order(quantity=RESTS)))["data"]["orderId"]
        changed = await judge("modify_order", placed, "MARKET", "", RESTS + 2, 0, 0, 0, "DAY")
        cancelled = await judge("cancel_order", placed)
        again = await judge("cancel_order", placed)
        unknown = await judge("cancel_order", "1")
        (gone,) = (await judge("get_order_list"))["data"]

    assert changed["status"] == cancelled["status"] == "success"
    assert cancelled["data"] == {"orderId": placed, "orderStatus": "CANCELLED"}
    assert again["remarks"]["error_message"].startswith("Nothing to Cancel")
    assert unknown["remarks"]["error_code"] == "DH-906"
    assert (gone["orderStatus"], gone["quantity"]) == ("CANCELLED", RESTS + 2)


@pytest.mark.parametrize(
    "changed",
    [
        {"security_id": "3046"},
        {"exchange_segment": "NSE_XX"},
        {"transaction_type": "HOLD"},
        {"product_type": "INTRADAY"},
        {"quantity": 0},
        {"tag": "7" * 26},
        {"tag": "a+b"},
        {"order_type": "LIMIT"},
    ],
)
async def test_what_is_refused_in_the_answer(sandbox: RunningSandbox, client: Open, changed: dict[str, object]) -> None:
    async with client(sandbox) as judge:
        await log_in(sandbox, judge)
        refused = await judge("place_order", order(**changed))
        book = await judge("get_order_list")

    assert (refused["status"], refused["remarks"]["error_code"]) == ("failure", "DH-905")
    assert book["data"] == []


async def test_what_the_order_system_finds_stands_in_the_book_and_a_number_of_nobodys_nowhere(
    sandbox: RunningSandbox, client: Open
) -> None:
    async with client(sandbox) as judge:
        await log_in(sandbox, judge)
        placed = await judge("place_order", order(order_type="LIMIT", price=812.33))
        (row,) = (await judge("get_order_list"))["data"]
        nobodys = await judge("get_order_by_correlationID", "1")
        no_order = await judge("get_order_by_id", "1")

    assert placed["status"] == "success"
    assert (row["orderStatus"], row["omsErrorDescription"]) == (
        "REJECTED",
        "EXCH: RATE NOT MULTIPLE OF TICK[0.10000000]",
    )
    assert (nobodys["status"], nobodys["remarks"]["error_code"]) == ("failure", "DH-906")
    assert (no_order["status"], no_order["data"]) == ("success", [])


async def test_shares_are_released_by_the_form_that_it_is_given(sandbox: RunningSandbox, client: Open) -> None:
    async with client(sandbox, "needs-edis") as judge:
        await log_in(sandbox, judge, "needs-edis")
        refused = await judge("place_order", order(transaction_type="SELL"))
        (row,) = (await judge("get_order_list"))["data"]
        form = await judge("open_browser_for_tpin", SBIN_ISIN, 5, "NSE")
        async with Browser(APP) as browser:
            (page,) = Page("", 200, form["data"]["edisFormHtml"]).forms
            await browser.post(page.action, dict(page.filled({})))
            await browser.press("authorise", "123456")
            await browser.press("authorise", "654321")
        told = (await judge("edis_inquiry", SBIN_ISIN))["data"]
        everything = (await judge("edis_inquiry", "ALL"))["data"]

    assert refused["status"] == "success"
    assert (row["orderStatus"], "eDIS" in row["omsErrorDescription"]) == ("REJECTED", True)
    assert (told["isin"], told["totalQty"], told["aprvdQty"]) == (SBIN_ISIN, 400, 5)
    assert {one["isin"]: one["aprvdQty"] for one in everything}[SBIN_ISIN] == 5


async def test_a_token_id_is_good_once_for_one_client_and_a_token_for_a_day(
    sandbox: RunningSandbox, client: Open, clock: HandClock
) -> None:
    async with client(sandbox) as judge:
        consent = await judge("generate_login_session", KEY, SECRET)
        url = f"{sandbox.url}/dhan/auth/login/consentApp-login?consentAppId={consent}"
        async with Browser(APP) as browser:
            another = await known("dhan").pages.log_in(browser, url, "vikram")
            left = await known("dhan").pages.log_in(browser, url, "asha")
        assert isinstance(another, Page)
        assert isinstance(left, Left)
        await judge("log_in", left.query["tokenId"], KEY, SECRET)
        with pytest.raises(Refusal, match="Failed to consume token ID"):
            await judge("log_in", left.query["tokenId"], KEY, SECRET)
        with pytest.raises(Refusal, match="Failed to generate consent"):
            await judge("generate_login_session", KEY, "another")
        clock.advance(24 * 3600)
        over = await judge("get_holdings")
        await judge("use", "made-up")
        made_up = await judge("get_holdings")

    assert over["remarks"]["error_code"] == "DH-901"
    assert (made_up["remarks"]["error_code"], made_up["remarks"]["error_message"]) == ("DH-906", "Invalid Token")


async def test_its_list_names_shares_by_the_exchanges_number(sandbox: RunningSandbox, client: Open) -> None:
    async with client(sandbox) as judge:
        rows = await judge("scrips", "SBIN")

    found = {one["SEM_EXM_EXCH_ID"]: one["SEM_SMST_SECURITY_ID"] for one in rows if one["SEM_SEGMENT"] == "E"}
    assert found == {"NSE": 3045, "BSE": 500112}


async def test_the_calls_that_were_judged_are_on_record(
    sandbox: RunningSandbox, client: Open, request: pytest.FixtureRequest
) -> None:
    async with client(sandbox) as judge:
        FOREIGN.hold(await judge.methods(), request)
