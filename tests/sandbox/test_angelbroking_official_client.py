"""The unmodified official Python client of Angel One against the simulator, login to logout: a judge from outside."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.judges.judge import LONGEST_ANSWER, Judge, Refusal
from tests.judges.judged import (
    DERIVATIVES,
    HISTORY,
    INTRADAY,
    KEPT_ORDERS,
    NO_CALLS,
    OWN_LOGIN,
    RENEWAL,
    ForeignClient,
    locked_version,
)
from tests.support.clock import HandClock
from torana.sandbox.exchange import Tempo
from torana.sandbox.server import RunningSandbox, running_sandbox

FOREIGN = ForeignClient(
    broker="angelbroking",
    package="smartapi-python",
    version=locked_version("smartapi-python"),
    stands_for={},
    left_out={
        KEPT_ORDERS: r"gtt.*",
        HISTORY: r"getCandleData|getOIData|gainersLosers|nseIntraday|bseIntraday|oIBuildup|searchScrip",
        DERIVATIVES: r"optionGreek|putCallRatio",
        INTRADAY: r"convertPosition",
        RENEWAL: r"renewAccessToken",
        OWN_LOGIN: r"generateTPIN",
        NO_CALLS: r"set.*|get[uU]serId|getfeedToken|login_url|requestHeaders|make_authenticated_get_request",
    },
)
SCRIPT = Path(__file__).parents[1] / "judges" / "smartapi.py"
KEY = "sandbox-angelbroking"
TAG = "482913370415926"
SBIN = {"exchange": "NSE", "tradingsymbol": "SBIN-EQ", "symboltoken": "3045"}
RESTS = 118
"""A magic quantity: the order rests open."""
Open = Callable[[RunningSandbox], AbstractAsyncContextManager[Judge]]


@pytest.fixture
async def sandbox(clock: HandClock) -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(
        clock=clock, tempo=Tempo(0, 0), gateway_url="http://127.0.0.1:1", rate_limits=False
    ) as one:
        yield one


@pytest.fixture
def client(tmp_path: Path) -> Open:
    """Opens the client, on an address without a path, for it drops one."""

    @asynccontextmanager
    async def opened(sandbox: RunningSandbox) -> AsyncIterator[Judge]:
        async with sandbox.at_root("/angelbroking/api") as root:
            process = await asyncio.create_subprocess_exec(
                sys.executable, SCRIPT, root, KEY,
                stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LONGEST_ANSWER, cwd=tmp_path,
                # The address that it asks for at its import is to be out of reach at once, the simulator is not.
                env={**os.environ, "HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1"},
            )  # fmt: skip
            assert process.stdin is not None
            try:
                yield Judge(process, FOREIGN)
            finally:
                process.stdin.close()
                await process.wait()

    return opened


def order(**changed: object) -> dict[str, object]:
    """One SBIN at the market, as the documentation shows it."""
    usual = {
        "variety": "NORMAL", "transactiontype": "BUY", "ordertype": "MARKET", "producttype": "DELIVERY",
        "duration": "DAY", "price": "0", "squareoff": "0", "stoploss": "0", "quantity": "1", "ordertag": TAG,
        "scripconsent": "yes",
    }  # fmt: skip
    return {**SBIN, **usual, **changed}


async def log_in(judge: Judge, name: str = "asha") -> dict[str, Any]:
    user = await judge("generateSession", name, "1234", "123456")
    assert user["status"] is True
    data: dict[str, Any] = user["data"]
    return data


async def test_from_login_to_logout(sandbox: RunningSandbox, client: Open) -> None:
    sandbox.exchange.prices.pin("SBIN", 81235)
    async with client(sandbox) as judge:
        user = await log_in(judge)
        profile = await judge("getProfile", user["refreshToken"])
        before = await judge("rmsLimit")
        order_id = await judge("placeOrder", order(quantity=3))
        (row,) = (await judge("orderBook"))["data"]
        single = (await judge("individual_order_details", row["uniqueorderid"]))["data"]
        (position,) = (await judge("position"))["data"]
        (trade,) = (await judge("tradeBook"))["data"]
        holdings = (await judge("holding"))["data"]
        after = await judge("rmsLimit")
        gone = await judge("terminateSession", user["clientcode"])
        refused = await judge("orderBook")

    account = sandbox.exchange.accounts.find("angelbroking", "asha")
    assert account is not None
    assert user["clientcode"] == profile["data"]["clientcode"] == account.user_id
    assert (row["orderid"], row["ordertag"], row["status"]) == (order_id, TAG, "complete")
    assert (row["averageprice"], row["filledshares"], row["symboltoken"]) == ("812.3500", "3", "3045")
    assert (single["averageprice"], single["filledshares"], single["orderid"]) == (812.35, "3", order_id)
    assert (position["tradingsymbol"], position["buyqty"], position["sellqty"]) == ("SBIN-EQ", "3", "0")
    assert (trade["orderid"], trade["fillsize"], trade["tradevalue"]) == (order_id, "3", "2437.05")
    assert {one["isin"]: one["quantity"] for one in holdings}["INE062A01020"] == 400
    assert (before["data"]["net"], after["data"]["net"]) == ("1000000.00", "997562.95")
    assert gone["status"] is True
    assert (refused["success"], refused["errorCode"]) == (False, "AG8001")


async def test_it_cancels_with_the_variety_of_the_order(sandbox: RunningSandbox, client: Open) -> None:
    async with client(sandbox) as judge:
        await log_in(judge)
        placed = (await judge("placeOrderFullResponse", order(quantity=str(RESTS))))["data"]
        wrong = await judge("cancelOrder", placed["orderid"], "AMO")
        cancelled = await judge("cancelOrder", placed["orderid"], "NORMAL")
        again = await judge("cancelOrder", placed["orderid"], "NORMAL")
        single = (await judge("individual_order_details", placed["uniqueorderid"]))["data"]

    assert placed["script"] == "SBIN-EQ"
    assert (wrong["status"], wrong["errorcode"]) == (False, "AB1008")
    assert cancelled["data"] == {name: placed[name] for name in ("orderid", "uniqueorderid")}
    assert (again["status"], again["errorcode"]) == (False, "AB1013")
    assert (single["status"], single["cancelsize"]) == ("cancelled", str(RESTS))


async def test_it_changes_an_order_that_rests(sandbox: RunningSandbox, client: Open) -> None:
    close = sandbox.exchange.prices.previous_close("SBIN", sandbox.exchange.now()) / 100
    async with client(sandbox) as judge:
        await log_in(judge)
        order_id = await judge("placeOrder", order(quantity=str(RESTS), ordertype="LIMIT", price=str(close)))
        change = order(orderid=order_id, quantity=str(RESTS + 2), ordertype="LIMIT", price=str(close + 1))
        other = await judge("modifyOrder", change | {"symboltoken": "11536", "tradingsymbol": "TCS-EQ"})
        wrong = await judge("modifyOrder", change | {"variety": "AMO"})
        changed = await judge("modifyOrder", change)
        (row,) = (await judge("orderBook"))["data"]
        await judge("cancelOrder", order_id, "NORMAL")
        final = await judge("modifyOrder", change)

    assert [one["errorcode"] for one in (other, wrong, final)] == ["AB1009", "AB1008", "AB1013"]
    assert changed["data"]["orderid"] == row["orderid"] == order_id
    assert (row["quantity"], float(row["price"])) == (str(RESTS + 2), close + 1)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"variety": "ROBO"}, "AB2002"),
        ({"variety": "SOMETHING"}, "AB1008"),
        ({"symboltoken": "3046"}, "AB1009"),
        ({"tradingsymbol": "SBIN"}, "AB1009"),
        ({"producttype": "CNC"}, "AB1012"),
        ({"ordertag": "7" * 20}, "AB4008"),
        ({"quantity": "one"}, "AB2000"),
    ],
)
async def test_what_is_refused_in_the_answer(
    sandbox: RunningSandbox, client: Open, changed: dict[str, object], code: str
) -> None:
    async with client(sandbox) as judge:
        await log_in(judge)
        refused = await judge("placeOrderFullResponse", order(**changed))
        book = await judge("orderBook")

    assert (refused["status"], refused["errorcode"]) == (False, code)
    assert book["data"] is None


async def test_it_reads_prices_and_says_which_tokens_have_none(sandbox: RunningSandbox, client: Open) -> None:
    sandbox.exchange.prices.pin("SBIN", 81235)
    async with client(sandbox) as judge:
        await log_in(judge)
        told = (await judge("getMarketData", "LTP", {"NSE": ["3045", "0"]}))["data"]

    assert told["fetched"] == [{"exchange": "NSE", "tradingSymbol": "SBIN-EQ", "symbolToken": "3045", "ltp": 812.35}]
    assert [one["symbolToken"] for one in told["unfetched"]] == ["0"]


async def test_it_renews_its_token_once(sandbox: RunningSandbox, client: Open) -> None:
    async with client(sandbox) as judge:
        user = await log_in(judge)
        renewed = await judge("generateToken", user["refreshToken"])
        book = await judge("orderBook")
        with pytest.raises(Refusal):
            await judge("generateToken", user["refreshToken"])

    assert renewed["data"]["jwtToken"] != user["jwtToken"]
    assert (book["status"], book["data"]) == (True, None)


async def test_too_fast_is_a_plain_text(sandbox: RunningSandbox, client: Open) -> None:
    """S05: the order book may be read once a second."""
    sandbox.world.rate_limits = True
    async with client(sandbox) as judge:
        await log_in(judge)
        await judge("orderBook")
        with pytest.raises(Refusal, match="exceeding rate limit"):
            await judge("orderBook")


async def test_the_scrip_master_names_the_tokens_that_orders_take(sandbox: RunningSandbox) -> None:
    url = f"{sandbox.url}/angelbroking/files/OpenAPI_File/files/OpenAPIScripMaster.json"
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        rows = json.loads(await answer.read())

    (sbin,) = [row for row in rows if row["symbol"] == "SBIN-EQ"]
    (on_bse,) = [row for row in rows if row["exch_seg"] == "BSE" and row["name"] == "SBIN"]
    assert (on_bse["token"], on_bse["symbol"]) == ("500112", "SBIN")
    assert (sbin["token"], sbin["exch_seg"], sbin["name"], sbin["tick_size"]) == ("3045", "NSE", "SBIN", "10.000000")


async def test_shares_are_released_on_the_depositorys_own_page(sandbox: RunningSandbox, client: Open) -> None:
    """Without a standing authorisation a sale is rejected until TPIN and one-time password were typed there."""
    page = f"{sandbox.url}/angelbroking/cdsl/eDIS/VerifyDIS/"
    sell = order(transactiontype="SELL", quantity=5)
    async with client(sandbox) as judge, aiohttp.ClientSession() as browser:

        async def press(**fields: str) -> str:
            async with browser.post(page, params={"ReqId": form["ReqId"]}, data=fields) as answer:
                assert answer.status == 200
                return await answer.text()

        await log_in(judge, "needs-edis")
        before = await judge("placeOrderFullResponse", sell)
        form = (await judge("verifyDis", {"isin": "INE062A01020", "quantity": "5"}))["data"]
        waiting = await judge("getTranStatus", {"ReqId": form["ReqId"]})
        shown = await press(**{name: form[name] for name in ("DPId", "ReqId", "TransDtls")}, Version=form["version"])
        await press(tpin="123456", action="authorise")
        done = await press(otp="654321", action="authorise")
        authorised = await judge("getTranStatus", {"ReqId": form["ReqId"]})
        again = await judge("verifyDis", {"isin": "INE062A01020", "quantity": "5"})
        after = await judge("placeOrderFullResponse", sell)
        orders = {row["orderid"]: row for row in (await judge("orderBook"))["data"]}

    def status(told: dict[str, Any]) -> list[str]:
        return [row["Status"] for row in told["data"]["TransResDtls"]["RecordResDtls"]]

    assert orders[before["data"]["orderid"]]["status"] == "rejected"
    assert "CDSL" in orders[before["data"]["orderid"]]["text"]
    assert (status(waiting), status(authorised)) == (["0"], ["1"])
    assert "SBIN" in shown
    assert "released" in done
    assert (again["status"], again["errorcode"]) == (False, "AG1000")
    assert orders[after["data"]["orderid"]]["status"] == "complete"


@pytest.mark.parametrize("changed", ["DPId", "Version", "TransDtls"])
async def test_the_depository_takes_the_form_as_it_was_handed_out_only(
    sandbox: RunningSandbox, client: Open, changed: str
) -> None:
    page = f"{sandbox.url}/angelbroking/cdsl/eDIS/VerifyDIS/"
    async with client(sandbox) as judge, aiohttp.ClientSession() as browser:
        await log_in(judge, "needs-edis")
        told = (await judge("verifyDis", {"isin": "INE062A01020", "quantity": "5"}))["data"]
        form = {name: told[name] for name in ("DPId", "ReqId", "TransDtls")} | {"Version": told["version"]}
        async with browser.post(page, data=form | {changed: f"{form[changed]}0"}) as other:
            pass
        async with browser.post(page, data={name: text for name, text in form.items() if name != changed}) as without:
            pass
        async with browser.post(page, data=form) as right:
            pass

    assert [one.status for one in (other, without, right)] == [400, 400, 200]


async def test_it_reads_one_price_all_holdings_and_what_an_order_blocks(sandbox: RunningSandbox, client: Open) -> None:
    sandbox.exchange.prices.pin("SBIN", 81235)
    bought = {
        "exchange": "NSE", "qty": 10, "price": 812.35, "productType": "DELIVERY", "token": "3045", "tradeType": "BUY",
        "orderType": "LIMIT",
    }  # fmt: skip
    async with client(sandbox) as judge:
        await log_in(judge)
        last = (await judge("ltpData", "NSE", "SBIN-EQ", "3045"))["data"]
        whole, rows = (await judge("allholding"))["data"], (await judge("holding"))["data"]
        margin = (await judge("getMarginApi", {"positions": [bought]}))["data"]

    assert (last["symboltoken"], float(last["ltp"])) == ("3045", 812.35)
    assert whole["holdings"] == rows
    assert whole["totalholding"]["totalholdingvalue"] > 0
    assert margin["totalMarginRequired"] == 8123.5


async def test_charges_are_of_the_security_that_is_named(sandbox: RunningSandbox, client: Open) -> None:
    order = {
        "product_type": "DELIVERY", "transaction_type": "BUY", "quantity": "10", "price": "800",
        "exchange": "NSE", "symbol_name": "SBIN", "token": "3045",
    }  # fmt: skip
    wrong = [{"symbol_name": "SBIN-EQ"}, {"symbol_name": "TCS"}, {"product_type": "CNC"}, {"price": "0"}]
    async with client(sandbox) as judge:
        await log_in(judge)
        told = await judge("estimateCharges", {"orders": [order]})
        refused = [await judge("estimateCharges", {"orders": [order | one]}) for one in wrong]

    assert told["data"]["summary"]["total_charges"] > 0
    assert [one["errorcode"] for one in refused] == ["AB1009", "AB1009", "AB2000", "AB2000"]


async def test_it_trades_on_the_bse_by_scrip_code(sandbox: RunningSandbox, client: Open) -> None:
    """One balance: what was bought on the NSE is sold on the BSE."""
    there = {"exchange": "BSE", "tradingsymbol": "SBIN", "symboltoken": "500112"}
    sandbox.exchange.prices.pin("BSE:SBIN", 81230)
    async with client(sandbox) as judge:
        await log_in(judge)
        order_id = await judge("placeOrder", order(quantity=3, transactiontype="SELL", **there))
        (row,) = (await judge("orderBook"))["data"]
        single = (await judge("individual_order_details", row["uniqueorderid"]))["data"]
        (position,) = (await judge("position"))["data"]
        (trade,) = (await judge("tradeBook"))["data"]
        holdings = {one["isin"]: one for one in (await judge("holding"))["data"]}
        (last,) = (await judge("getMarketData", "LTP", {"BSE": ["500112"]}))["data"]["fetched"]
        with_series = await judge("placeOrderFullResponse", order(**there | {"tradingsymbol": "SBIN-EQ"}))

    assert (row["orderid"], row["status"], row["averageprice"]) == (order_id, "complete", "812.3000")
    for shown in (row, single, position):
        assert {name: shown[name] for name in there} == there
    assert (trade["exchange"], trade["tradingsymbol"], trade["symbolgroup"]) == ("BSE", "SBIN", "A")
    assert (position["sellqty"], position["netqty"]) == ("3", "-3")
    held = holdings["INE062A01020"]
    assert (held["exchange"], held["tradingsymbol"], held["quantity"]) == ("NSE", "SBIN-EQ", 397)
    assert (last["exchange"], last["tradingSymbol"], last["ltp"]) == ("BSE", "SBIN", 812.3)
    assert with_series["errorcode"] == "AB1009"


async def test_the_calls_that_were_judged_are_on_record(
    sandbox: RunningSandbox, client: Open, request: pytest.FixtureRequest
) -> None:
    async with client(sandbox) as judge:
        FOREIGN.hold(await judge.methods(), request)
