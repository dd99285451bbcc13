"""What the simulated HDFC Sky asks of a request. There is no official client to judge it: these are the words of its
documentation, sent as the documentation sends them."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.support.browser import Browser, Left
from tests.support.clock import HandClock
from torana.connectors.hdfcsky import instruments
from torana.kit.file_formats import unpacked
from torana.market.sorting import Tally
from torana.sandbox.exchange import Tempo
from torana.sandbox.server import RunningSandbox, running_sandbox

APP = "http://127.0.0.1:9"
KEY, SECRET = "sandbox-hdfcsky", "sandbox-hdfcsky-secret"


class Client:
    """One client with an access token."""

    def __init__(self, sandbox: RunningSandbox, token: str, client_id: str) -> None:
        self.sandbox, self.token, self.client_id = sandbox, token, client_id

    async def told(self, method: str, path: str, body: object = None, **query: str) -> tuple[int, Any]:
        url = f"{self.sandbox.url}/hdfcsky/api/oapi/v1/{path}"
        named = {"api_key": KEY, "client_id": self.client_id} | query
        headers = {"User-Agent": "Mozilla/5.0", "Authorization": self.token}
        async with (
            aiohttp.ClientSession() as http,
            http.request(method, url, params=named, json=body, headers=headers) as answer,
        ):
            return answer.status, await answer.json()

    def order(self, **more: object) -> dict[str, object]:
        """As the sample of the documentation has it, but for product and price."""
        return {
            "client_id": self.client_id, "device": "WEB", "disclosed_quantity": 0, "execution_type": "REGULAR",
            "exchange": "NSE", "instrument_token": "10666", "is_trailing": True, "order_side": "BUY",
            "order_type": "MARKET", "price": 0, "product": "CNC", "quantity": 1, "trailing_stop_loss": "0.00",
            "trigger_price": 0.00, "user_order_id": 10002, "validity": "DAY", **more,
        }  # fmt: skip


@pytest.fixture
async def client(clock: HandClock) -> AsyncIterator[Client]:
    async with running_sandbox(clock=clock, tempo=Tempo(0, 0), gateway_url=APP, rate_limits=False) as sandbox:
        async with Browser(APP) as browser:
            await browser.open(f"{sandbox.url}/hdfcsky/api/oapi/v1/login?api_key={KEY}")
            left = await browser.press("login", "asha")
            assert isinstance(left, Left)
        account = sandbox.exchange.accounts.find("hdfcsky", "asha")
        assert account is not None
        one = Client(sandbox, "", account.user_id)
        _, given = await one.told("POST", "access-token", {"apiSecret": SECRET}, **left.query)
        one.token = given["accessToken"]
        yield one


async def test_a_sample_order_is_placed_and_one_that_rests_is_changed_and_cancelled(client: Client) -> None:
    low = client.sandbox.exchange.prices.band("PNB", client.sandbox.exchange.now())[0] / 100
    _, traded = await client.told("POST", "orders", client.order())
    _, resting = await client.told("POST", "orders", client.order(order_type="LIMIT", price=low))
    order_id = resting["data"]["oms_order_id"]
    pending = await client.told("GET", "orders", type="pending")
    changed = await client.told(
        "PUT", "orders", client.order(oms_order_id=order_id, order_type="LIMIT", price=low, quantity=3)
    )
    other_kind = await client.told("DELETE", f"orders/{order_id}", execution_type="AMO")
    cancelled = await client.told("DELETE", f"orders/{order_id}", execution_type="REGULAR")
    again = await client.told("DELETE", f"orders/{order_id}", execution_type="REGULAR")
    _, completed = await client.told("GET", "orders", type="completed")
    _, trades = await client.told("GET", "trades")

    assert traded["data"]["user_order_id"] == 10002
    assert [(row["order_status"], row["user_order_id"]) for row in pending[1]["data"]["orders"]] == [
        ("CONFIRMED", "10002")
    ]
    assert [status for status, _ in (changed, other_kind, cancelled, again)] == [200, 400, 200, 400]
    assert (other_kind[1]["error_code"], again[1]["error_code"]) == (44000, 45000)
    assert [(row["order_status"], row["quantity"]) for row in completed["data"]["orders"]] == [
        ("COMPLETE", 1), ("CANCEL_CONFIRMED", 3),
    ]  # fmt: skip
    assert [trade["trading_symbol"] for trade in trades["data"]["trades"]] == ["PNB-EQ"]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"user_order_id": 10**15 - 1}, 200, None),
        ({"user_order_id": 10**15}, 400, 44000),
        ({"user_order_id": "basket7"}, 400, 44000),
        ({"product": "DELIVERY"}, 400, 44000),
        ({"device": "API"}, 400, 44000),
        ({"execution_type": "BO"}, 400, 44000),
        ({"order_type": "LIMIT"}, 400, 44000),
        ({"instrument_token": "1"}, 400, 44000),
        ({"instrument_token": 10666}, 400, 44000),
        ({"client_id": "somebody"}, 403, 40000),
    ],
)
async def test_an_order_has_the_words_of_the_documentation(
    client: Client, change: dict[str, object], status: int, code: int | None
) -> None:
    got, said = await client.told("POST", "orders", client.order(**change))

    assert (got, said.get("error_code")) == (status, code)


@pytest.mark.parametrize("path", ["orders", "holdings", "positions", "funds/view", "trades", "user/trading_info"])
async def test_a_client_is_told_of_themselves_and_of_nobody_else(client: Client, path: str) -> None:
    kind = {"orders": "pending", "positions": "live"}.get(path, "all")

    own = await client.told("GET", path, type=kind)
    other = await client.told("GET", path, type=kind, client_id="somebody")

    assert (own[0], own[1]["status"]) == (200, "success")
    assert (other[0], other[1]["error_code"]) == (403, 40000)


@pytest.mark.parametrize("path", ["orders", "positions"])
async def test_a_list_without_its_type_is_none(client: Client, path: str) -> None:
    status, said = await client.told("GET", path)

    assert (status, said["message"]) == (400, "`type` is invalid")


async def test_the_file_is_read_by_anybody_and_names_every_security(client: Client) -> None:
    url = f"{client.sandbox.url}/hdfcsky/files{instruments.FILE.path}"
    async with aiohttp.ClientSession() as http, http.get(url) as answer:
        body = await answer.read()
    tally = Tally()

    rows = list(instruments.FILE.read(unpacked([body], limit=10**8), tally))

    assert (tally.left_out, tally.unreadable) == (0, 0)
    assert len({(row.exchange, row.code) for row in rows}) == len(rows) == tally.seen
    assert ("BSE", "500209", "INFY-A") in {(row.exchange, row.code, row.broker_symbol) for row in rows}


async def test_who_has_no_login_is_told_so_without_a_code(client: Client) -> None:
    client.token = "another"

    assert await client.told("GET", "holdings") == (401, {"error": "invalid credentials"})
