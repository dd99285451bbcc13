"""What the simulated HDFC Securities asks of a request. There is no official client to judge it: these are the words of
its documentation, sent as the documentation sends them."""

import gzip
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.support.browser import Browser, Left
from tests.support.clock import HandClock
from torana.connectors.hdfc import instruments
from torana.market.sorting import Tally
from torana.sandbox.exchange import Tempo
from torana.sandbox.server import RunningSandbox, running_sandbox

APP = "http://127.0.0.1:9"
KEY, SECRET = "sandbox-hdfc", "sandbox-hdfc-secret"
AGENT = "Mozilla/5.0"
ORDER: dict[str, Any] = {
    "exchange": "NSE", "security_id": "WIPROEQNR", "instrument_segment": "EQUITY", "transaction_type": "Buy",
    "product": "DELIVERY", "order_type": "MARKET", "price": 0, "trigger_price": 0, "quantity": 1,
    "disclosed_quantity": 0, "validity": "DAY", "amo": False, "external_reference_number": 123456789,
}  # fmt: skip
"""As the sample of the documentation has it, but for the price."""


@pytest.fixture
async def sandbox(clock: HandClock) -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(clock=clock, tempo=Tempo(0, 0), gateway_url=APP, rate_limits=False) as one:
        yield one


async def told(
    sandbox: RunningSandbox, method: str, path: str, body: object = None, *, token: str = "", agent: str = AGENT,
    **query: str,
) -> tuple[int, Any]:  # fmt: skip
    url = f"{sandbox.url}/hdfc/api/oapi{path}"
    headers = {"User-Agent": agent} | ({"Authorization": token} if token else {})
    async with (
        aiohttp.ClientSession() as http,
        http.request(method, url, params={"api_key": KEY} | query, json=body, headers=headers) as answer,
    ):
        return answer.status, await answer.json()


async def request_token(sandbox: RunningSandbox, user: str = "asha") -> str:
    async with Browser(APP) as browser:
        await browser.open(f"{sandbox.url}/hdfc/api/oapi/v1/login?api_key={KEY}")
        left = await browser.press("login", user)
        assert isinstance(left, Left)
        return left.query["request_token"]


async def access_token(sandbox: RunningSandbox) -> str:
    _, given = await told(
        sandbox, "POST", "/v1/access-token", {"apiSecret": SECRET}, request_token=await request_token(sandbox)
    )
    return str(given["accessToken"])


async def test_a_sample_order_is_placed_read_changed_cancelled_and_its_trades_told(sandbox: RunningSandbox) -> None:
    token = await access_token(sandbox)
    _, traded = await told(sandbox, "POST", "/v1/orders/regular", ORDER, token=token)
    low = sandbox.exchange.prices.band("WIPRO", sandbox.exchange.now())[0] / 100
    _, resting = await told(
        sandbox, "POST", "/v1/orders/regular", ORDER | {"order_type": "LIMIT", "price": low}, token=token
    )
    at = f"/v1/orders/regular/{resting['data']['order_id']}"

    changed = await told(sandbox, "PUT", at, {"order_type": "LIMIT", "price": low, "quantity": 3}, token=token)
    cancelled = await told(sandbox, "DELETE", at, token=token)
    again = await told(sandbox, "DELETE", at, token=token)
    _, book = await told(sandbox, "GET", "/v1/orders", token=token)
    _, one = await told(sandbox, "GET", f"/v1/orders/{traded['data']['order_id']}", token=token)
    _, trades = await told(sandbox, "GET", f"/v1/orders/{traded['data']['order_id']}/trades", token=token)

    assert (changed[0], cancelled[0], again[0]) == (200, 200, 422)
    assert [(row["status"], row["quantity"]) for row in book["data"]] == [("Traded", 1), ("Cancelled", 3)]
    assert book["data"][0]["external_reference_number"] == "STAPI123456789"
    assert (book["data"][0]["average_price"], book["data"][0]["total_traded_value"] > 0) == (0, True)
    assert one["data"] == book["data"][:1]
    assert [(trade["orderId"], trade["filledQuantity"]) for trade in trades["data"]] == [
        (traded["data"]["order_id"], 1)
    ]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"transaction_type": "BUY"}, 200),
        ({"external_reference_number": None}, 200),
        ({"external_reference_number": 10**20 - 1}, 200),
        ({"external_reference_number": 10**20}, 400),
        ({"external_reference_number": "basket7"}, 400),
        ({"instrument_segment": "CASH"}, 400),
        ({"product": "CNC"}, 400),
        ({"order_type": "LIMIT"}, 400),
        ({"quantity": 0}, 400),
        ({"security_id": "NOSUCHEQNR"}, 422),
    ],
)
async def test_an_order_has_the_words_of_the_documentation(
    sandbox: RunningSandbox, change: dict[str, Any], status: int
) -> None:
    got, said = await told(sandbox, "POST", "/v1/orders/regular", ORDER | change, token=await access_token(sandbox))

    assert (got, said["status"]) == (status, "success" if status == 200 else "error")


async def test_a_call_names_its_app_and_itself_and_brings_the_token_alone(sandbox: RunningSandbox) -> None:
    token = await access_token(sandbox)

    ends = [
        await told(sandbox, "GET", "/v1/orders", token=token),
        await told(sandbox, "GET", "/v1/orders", token=token, agent=" "),
        await told(sandbox, "GET", "/v1/orders", token=token, api_key="nobody"),
        await told(sandbox, "GET", "/v1/orders", token=f"Bearer {token}"),
        await told(sandbox, "GET", "/v1/orders"),
    ]

    assert [status for status, _ in ends] == [200, 400, 400, 401, 401]
    assert ends[0][1] == {"status": "success", "data": []}
    assert ends[3][1].keys() == {"error"}


async def test_a_request_token_is_good_once_and_with_the_secret_of_its_app(sandbox: RunningSandbox) -> None:
    code = await request_token(sandbox)

    wrong = await told(sandbox, "POST", "/v1/access-token", {"apiSecret": "another"}, request_token=code)
    right = await told(sandbox, "POST", "/v1/access-token", {"apiSecret": SECRET}, request_token=code)
    again = await told(sandbox, "POST", "/v1/access-token", {"apiSecret": SECRET}, request_token=code)

    assert (wrong[0], right[0], again[0]) == (400, 200, 400)


async def test_the_profile_is_told_to_both_methods_of_the_page_and_positions_at_one_of_its_paths(
    sandbox: RunningSandbox,
) -> None:
    token = await access_token(sandbox)

    got, posted = [await told(sandbox, method, "/v3/user/profile", token=token) for method in ("GET", "POST")]
    there, gone = [
        await told(sandbox, "GET", f"/v1/portfolio/{name}", token=token)
        for name in ("cumulative-positions", "overall_positions")
    ]

    assert got == posted
    assert got[1]["data"][0]["depository_details"][0]["ddpi_flag"] == "Y"
    assert there == (200, {"status": "success", "data": {"net": []}})
    assert gone[0] == 404


@pytest.mark.parametrize(("many", "status"), [(10, 200), (11, 422)])
async def test_ten_prices_are_told_at_once(sandbox: RunningSandbox, many: int, status: int) -> None:
    asked = [{"exchange": "NSE", "token": "1594"}] * many

    got, _ = await told(sandbox, "PUT", "/v1/fetch-ltp", {"data": asked}, token=await access_token(sandbox))

    assert got == status


async def test_the_file_is_read_by_anybody_and_names_every_security(sandbox: RunningSandbox) -> None:
    async with (
        aiohttp.ClientSession(auto_decompress=False) as http,
        http.get(f"{sandbox.url}/hdfc/api{instruments.FILE.path}") as answer,
    ):
        body = gzip.decompress(await answer.read())
    tally = Tally()

    rows = list(instruments.FILE.read([body], tally))

    assert (tally.left_out, tally.unreadable) == (0, 0)
    assert len({(row.exchange, row.code) for row in rows}) == len(rows) == tally.seen
    assert ("NSE", "INFYEQNR", 1594) in {(row.exchange, row.code, row.exchange_token) for row in rows}
