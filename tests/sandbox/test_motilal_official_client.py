"""The unmodified official Python client of Motilal Oswal (3.0) against the simulator, login to logout: a judge from
outside. It calls older paths than the documentation, and knows no access token."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.judges.judge import LONGEST_ANSWER, Judge
from tests.judges.judged import (
    FAILING,
    FILES,
    INTRADAY,
    NO_CALLS,
    OWN_LOGIN,
    STREAMS,
    UNASKED,
    UNPUBLISHED,
    ForeignClient,
    git_version,
)
from tests.support.clock import HandClock
from torana.kit.money import rupees
from torana.sandbox.exchange import Tempo
from torana.sandbox.server import RunningSandbox, running_sandbox

FOREIGN = ForeignClient(
    broker="motilal",
    package="motradingapi/PythonSDK",
    version=git_version("motilal"),
    stands_for={},
    left_out={
        STREAMS: r"TCP.*|.*_(on_open|on_error|connect|Parsing|Condition|Logout)|(Un)?[Rr]egister|Index.*|Packet.*"
        r"|Order.*ibe|Trade(Sub|Unsub).*|Trade(login|logout)|TradeStatus.*|LTP|MarketDepth|DayOHLC|DPR|Heartbeat|OpenInterest"
        r"|.*[bB]roadcast.*|UnRegister|AutoReloginTimer|background_task|TradeWebhook",
        INTRADAY: r"PositionConversion",
        UNASKED: r"GetBrokerageDetail",
        FILES: r"GetInstrumentFile",
        OWN_LOGIN: r"resendotp|verifyotp",
        FAILING: r"GetTradeDetailByUniqueorderID",
        UNPUBLISHED: r"GetReportMargin",
        NO_CALLS: r"GetUrl|validate|checkinternet",
    },
)
SCRIPT = Path(__file__).parents[1] / "judges" / "motilal.py"
CLIENT = os.environ.get("TORANA_MOTILAL_CLIENT", "")
"""The folder of its repository: it is no package that could be installed."""
KEY = "sandbox-motilal"
TAG = "4r5rxk1m7z"
RESTS = 118
"""A magic quantity: the order rests open."""
Open = Callable[..., AbstractAsyncContextManager[Judge]]

pytestmark = pytest.mark.skipif(
    not CLIENT, reason="the client is no package: `make judges` fetches it and names it in TORANA_MOTILAL_CLIENT"
)


@pytest.fixture
async def sandbox(clock: HandClock) -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(clock=clock, tempo=Tempo(0, 0), rate_limits=False) as one:
        close = one.exchange.prices.previous_close("SBIN", one.exchange.now())
        one.exchange.prices.pin("SBIN", close)
        yield one


@pytest.fixture
def client(sandbox: RunningSandbox, tmp_path: Path) -> Open:
    @asynccontextmanager
    async def opened(source: str = "Desktop", key: str = KEY) -> AsyncIterator[Judge]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, SCRIPT, CLIENT, f"{sandbox.url}/motilal/api", key, source,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=LONGEST_ANSWER, cwd=tmp_path,
        )  # fmt: skip
        assert process.stdin is not None
        try:
            yield Judge(process, FOREIGN)
        finally:
            process.stdin.close()
            await process.wait()

    return opened


async def logged_in(judge: Judge, name: str = "asha", *, second: str = "18/10/1988", totp: str = "123456") -> Any:
    return await judge("login", name, "any", second, totp, "SANDBOX")


def price(sandbox: RunningSandbox) -> Decimal:
    return rupees(sandbox.exchange.last_price("SBIN"))


def order(sandbox: RunningSandbox, **changed: object) -> dict[str, object]:
    """Three SBIN at the price of the moment, in the fields of the client's own sample."""
    usual = {
        "clientcode": None, "exchange": "NSE", "symboltoken": 3045, "buyorsell": "BUY", "ordertype": "LIMIT",
        "producttype": "DELIVERY", "orderduration": "DAY", "price": float(price(sandbox)), "triggerprice": 0,
        "quantityinlot": 3, "disclosedquantity": 0, "amoorder": "N", "algoid": "", "goodtilldate": "", "tag": TAG,
    }  # fmt: skip
    return {**usual, **changed}


async def rows(judge: Judge, call: str, *args: Any) -> list[Any]:
    told = await judge(call, *args)
    assert told["status"] == "SUCCESS", told
    found: list[Any] = told["data"]
    return found


async def test_from_login_to_logout(sandbox: RunningSandbox, client: Open) -> None:
    everything = {"clientcode": None, "dateandtime": ""}
    async with client() as judge:
        login = await logged_in(judge)
        person = await judge("GetProfile")
        nothing = await judge("GetOrderBook", everything)
        before = await rows(judge, "GetReportMarginSummary")
        quote = await judge("GetLtp", {"clientcode": None, "exchange": "NSE", "scripcode": 3045})
        placed = await judge("PlaceOrder", order(sandbox))
        (row,) = await rows(judge, "GetOrderBook", everything)
        (single,) = await rows(judge, "GetOrderDetailByUniqueorderID", placed["uniqueorderid"])
        (trade,) = await rows(judge, "GetTradeBook")
        (position,) = await rows(judge, "GetPosition")
        holdings = {one["scripisinno"]: one for one in await rows(judge, "GetDPHolding")}
        after = await rows(judge, "GetReportMarginDetail")
        scrips = await rows(judge, "GetInstrumentFile", "NSE")
        bye = await judge("logout")
        late = await judge("GetProfile")

    paid = price(sandbox)
    assert (login["status"], login["isAuthTokenVerified"]) == ("SUCCESS", "TRUE")
    assert person["data"]["usertype"] == "Investorclient"
    assert (nothing["status"], nothing["errorcode"]) == ("ERROR", "MO1013")
    assert [one["ltp"] for one in quote["data"]] == [int(paid * 100)]
    assert (row["uniqueorderid"], row["tag"], row["orderstatus"]) == (placed["uniqueorderid"], TAG, "Traded")
    assert (row["totalqtytraded"], Decimal(str(row["averageprice"])), row["buyorsell"]) == (3, paid, "Buy")
    assert (single["orderid"], "tag" in single) == (row["orderid"], False)
    assert (trade["tradeprice"], trade["tradeqty"], trade["uniqueorderid"]) == (
        int(paid * 100),
        3,
        row["uniqueorderid"],
    )
    assert (position["daybuyquantity"], position["daysellquantity"]) == (3, 0)
    assert (holdings["INE062A01020"]["dpquantity"], holdings["INE062A01020"]["nsesymboltoken"]) == (400, 3045)
    cash = [{one["srno"]: Decimal(str(one["amount"])) for one in told}[102] for told in (before, after)]
    assert cash[0] - cash[1] == 3 * paid
    assert next(one for one in scrips if one["scripcode"] == 3045)["scripname"] == "SBIN EQ"
    assert (bye["status"], late["errorcode"]) == ("SUCCESS", "MO8003")


async def test_it_changes_and_cancels(sandbox: RunningSandbox, client: Open) -> None:
    async with client("Web") as judge:
        await logged_in(judge)
        placed = (await judge("PlaceOrder", order(sandbox, quantityinlot=RESTS)))["uniqueorderid"]
        (row,) = await rows(judge, "GetOrderBook", {"clientcode": None})
        change = {
            "clientcode": None, "uniqueorderid": placed, "newordertype": "LIMIT", "neworderduration": "DAY",
            "newquantityinlot": RESTS + 2, "newdisclosedquantity": 0, "newprice": row["price"], "newtriggerprice": 0,
            "newgoodtilldate": 0, "lastmodifiedtime": row["lastmodifiedtime"], "qtytradedtoday": 0,
        }  # fmt: skip
        stale = await judge("ModifyOrder", {**change, "qtytradedtoday": 1})
        changed = await judge("ModifyOrder", change)
        wrong = await judge("CancelOrder", "2600001T024312")
        cancelled = await judge("CancelOrder", placed)
        again = await judge("CancelOrder", placed)
        (gone,) = await rows(judge, "GetOrderBook", {"clientcode": None})

    assert row["orderstatus"] == "Confirm"
    assert [one["errorcode"] for one in (stale, wrong, again)] == ["MO1090", "MO1013", "MO1066"]
    assert changed["status"] == cancelled["status"] == "SUCCESS"
    assert (gone["orderstatus"], gone["orderqty"], gone["totalqtyremaining"]) == ("Cancel", RESTS + 2, 0)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"symboltoken": 999999}, "MO1058"),
        ({"symboltoken": "3045"}, "MO1058"),
        ({"exchange": "XXX"}, "MO1051"),
        ({"buyorsell": "HOLD"}, "MO1052"),
        ({"ordertype": "MARKET", "price": 0}, "MO1053"),
        ({"orderduration": "GTD", "goodtilldate": "28-Feb-2027"}, "MO1054"),
        ({"quantityinlot": 0}, "MO1055"),
        ({"producttype": "VALUEPLUS"}, "MO1057"),
        ({"producttype": "SELLFROMDP"}, "MO1057"),
        ({"amoorder": "X"}, "MO1061"),
        ({"tag": "7" * 11}, "MO1080"),
        ({"tag": "a-b"}, "MO1081"),
        ({"price": 0}, "MO1083"),
        ({"clientcode": "AA017"}, "MO1001"),
    ],
)
async def test_what_is_refused_in_the_answer(
    sandbox: RunningSandbox, client: Open, changed: dict[str, object], code: str
) -> None:
    async with client() as judge:
        await logged_in(judge)
        refused = await judge("PlaceOrder", order(sandbox, **changed))
        book = await judge("GetOrderBook", {"clientcode": None})

    assert (refused["errorcode"], refused["status"] != "SUCCESS") == (code, True)
    assert book["errorcode"] == "MO1013"


async def test_what_the_order_system_finds_stands_in_the_book(sandbox: RunningSandbox, client: Open) -> None:
    async with client() as judge:
        await logged_in(judge, "no-holdings")
        await judge("PlaceOrder", order(sandbox, buyorsell="SELL", producttype="SELLFROMDP"))
        (row,) = await rows(judge, "GetOrderBook", {"clientcode": None})
        holdings = await judge("GetDPHolding")

    assert (row["orderstatus"], row["orderid"], bool(row["error"])) == ("Error", "0", True)
    assert holdings["errorcode"] == "MO1015"


@pytest.mark.parametrize(
    ("key", "second", "totp", "code"),
    [
        ("nobody", "18/10/1988", "123456", "MO2005"),
        (KEY, "18 October 1988", "123456", "MO1007"),
        (KEY, "ABCDE1234F", "12", "MO1093"),
    ],
)
async def test_a_login_that_is_not_right_is_refused(client: Open, key: str, second: str, totp: str, code: str) -> None:
    async with client(key=key) as judge:
        login = await logged_in(judge, second=second, totp=totp)

    assert (login["status"], login["errorcode"]) == ("FAILURE", code)


async def test_the_calls_that_were_judged_are_on_record(client: Open, request: pytest.FixtureRequest) -> None:
    async with client() as judge:
        FOREIGN.hold(await judge.methods(), request)
