"""The offsite basket: orders that the client's own browser brings to the simulated Zerodha."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest

from tests.sandbox.conftest import KITE_KEY, Got, KiteClient, fetch, kite_token
from torana.sandbox.server import RunningSandbox

LOGIN = {"user_id": "asha", "password": "any", "totp": "000000", "action": "login"}


def order(symbol: str = "ITC", quantity: object = 5, side: str = "BUY", **more: Any) -> dict[str, Any]:
    return {
        "variety": "regular",
        "tradingsymbol": symbol,
        "exchange": "NSE",
        "transaction_type": side,
        "order_type": "MARKET",
        "product": "CNC",
        "quantity": quantity,
        "readonly": True,
        "tag": "100000000000001",
    } | more


class Browser:
    """A browser in front of the basket."""

    def __init__(self, sandbox: RunningSandbox, http: aiohttp.ClientSession) -> None:
        self.sandbox = sandbox
        self.http = http
        self.page = ""

    async def bring(self, data: object, **fields: str) -> Got:
        form = {"api_key": KITE_KEY, "data": data if isinstance(data, str) else json.dumps(data)} | fields
        got = await fetch(self.http, "POST", f"{self.sandbox.url}/kite/web/connect/basket", data=form)
        self.page = f"{self.sandbox.url}{got.headers.get('location', '')}"
        return got

    async def show(self) -> str:
        return (await fetch(self.http, "GET", self.page)).body.decode()

    async def post(self, **form: str) -> Got:
        return await fetch(self.http, "POST", self.page, data=form)


@pytest.fixture
def browser(sandbox: RunningSandbox, http: aiohttp.ClientSession) -> Browser:
    return Browser(sandbox, http)


async def test_a_basket_is_reviewed_executed_and_leads_back_to_the_app(
    browser: Browser, sandbox: RunningSandbox, http: aiohttp.ClientSession
) -> None:
    brought = await browser.bring([order(), order("WIPRO", 3)], redirect_params="state=s%201")
    login = await browser.show()
    await browser.post(**LOGIN)
    review = await browser.show()
    nothing_yet = len(sandbox.ledger.orders)
    executed = await browser.post(action="execute")

    back = {name: value[0] for name, value in parse_qs(urlsplit(executed.headers["location"]).query).items()}
    token = await kite_token(sandbox, http, back["request_token"])
    data = token.json["data"]
    book = await KiteClient(sandbox, http, data["access_token"], data["user_id"]).book()
    assert brought.status == 303
    assert "2 orders" in login
    assert "WIPRO" in review
    assert nothing_yet == 0
    assert (back["status"], back["state"]) == ("success", "s 1")
    assert [(row["tradingsymbol"], row["tag"], row["status"]) for row in book] == [
        ("ITC", "100000000000001", "COMPLETE"),
        ("WIPRO", "100000000000001", "COMPLETE"),
    ]


async def test_a_cancelled_basket_places_nothing(browser: Browser, sandbox: RunningSandbox) -> None:
    await browser.bring([order()])
    await browser.post(**LOGIN)

    got = await browser.post(action="cancel")

    assert "status=cancelled" in got.headers["location"]
    assert "request_token" not in got.headers["location"]
    assert sandbox.ledger.orders == []


async def test_an_executed_basket_cannot_be_executed_again(browser: Browser, sandbox: RunningSandbox) -> None:
    """D11."""
    await browser.bring([order()])
    await browser.post(**LOGIN)
    await browser.post(action="execute")

    again = await browser.post(action="execute")

    assert again.status == 410
    assert len(sandbox.ledger.orders) == 1


async def test_a_basket_cannot_be_executed_before_the_login(browser: Browser, sandbox: RunningSandbox) -> None:
    await browser.bring([order()])

    await browser.post(action="execute")

    assert sandbox.ledger.orders == []


async def test_the_client_may_change_a_quantity_only_where_the_app_allows_it(
    browser: Browser, sandbox: RunningSandbox
) -> None:
    """R06."""
    await browser.bring([order(readonly=False), order("WIPRO", 3)])
    await browser.post(**LOGIN)

    await browser.post(action="execute", quantity_0="9", quantity_1="9")

    assert [(placed.symbol, placed.quantity) for placed in sandbox.ledger.orders] == [("ITC", 9), ("WIPRO", 3)]


async def test_unauthorised_shares_are_authorised_on_the_way(browser: Browser, sandbox: RunningSandbox) -> None:
    await browser.bring([order(side="SELL")])
    await browser.post(**(LOGIN | {"user_id": "needs-edis"}))

    refused = await browser.post(action="execute")
    executed = await browser.post(action="execute", tpin="1")

    assert "TPIN" in refused.body.decode()
    assert executed.status == 302
    assert [placed.state for placed in sandbox.ledger.orders] == ["COMPLETE"]


async def test_orders_that_are_refused_at_once_are_shown_before_the_way_back(
    browser: Browser, sandbox: RunningSandbox
) -> None:
    sandbox.exchange.freeze_quantities["MRF"] = 500
    await browser.bring([order(), order("MRF", 5000)])
    await browser.post(**LOGIN)

    got = await browser.post(action="execute")

    page = got.body.decode()
    assert got.status == 200
    assert "freeze" in page
    assert "request_token=" in page
    assert len(sandbox.ledger.orders) == 1


async def test_magic_quantities_end_orders_of_a_basket_but_spoil_no_page(
    browser: Browser, sandbox: RunningSandbox
) -> None:
    await browser.bring([order(quantity=102), order(quantity=104)])
    await browser.post(**LOGIN)

    got = await browser.post(action="execute")

    assert got.status == 302
    assert [placed.state for placed in sandbox.ledger.orders] == ["REJECTED", "COMPLETE"]


@pytest.mark.parametrize(
    "data",
    [
        "",
        "{}",
        "[]",
        "[1]",
        [order()] * 11,
        [order(quantity="5")],
        [order(quantity=5.5)],
        [order(quantity=True)],
        [order(tag="with-hyphen")],
        [order(symbol="NOSUCHSHARE")],
        [order(variety="co")],
        [order(order_type="LIMIT")],
    ],
)
async def test_a_basket_that_makes_no_sense_is_refused(browser: Browser, data: object) -> None:
    assert (await browser.bring(data)).status == 400


async def test_a_basket_of_an_unknown_app_is_refused(browser: Browser) -> None:
    assert (await browser.bring([order()], api_key="other")).status == 400
