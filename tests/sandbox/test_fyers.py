"""What the simulated Fyers asks of a request that no client of its own sends, and what its files look like."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.brokers import known
from tests.sandbox.test_fyers_official_client import APP, BACK, KEY
from tests.support.browser import Browser, Left
from tests.support.clock import HandClock
from torana.connectors.fyers import instruments
from torana.market.sorting import Tally
from torana.sandbox.exchange import Tempo
from torana.sandbox.fyers.dialect import hash_of
from torana.sandbox.server import RunningSandbox, running_sandbox


@pytest.fixture
async def sandbox(clock: HandClock) -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(clock=clock, tempo=Tempo(0, 0), gateway_url=APP, rate_limits=False) as one:
        yield one


async def token(sandbox: RunningSandbox, http: aiohttp.ClientSession) -> str:
    query = f"client_id={KEY}&redirect_uri={BACK}&response_type=code&state=s"
    async with Browser(APP) as browser:
        url = f"{sandbox.url}/fyers/api/api/v3/generate-authcode?{query}"
        left = await known("fyers").pages.log_in(browser, url, "asha")
    assert isinstance(left, Left)
    app = sandbox.world.apps["fyers"][KEY]
    body = {"grant_type": "authorization_code", "appIdHash": hash_of(app), "code": left.query["auth_code"]}
    async with http.post(f"{sandbox.url}/fyers/api/api/v3/validate-authcode", json=body) as answer:
        return str((await answer.json())["access_token"])


async def told(http: aiohttp.ClientSession, method: str, url: str, header: str, **how: Any) -> tuple[int, int]:
    async with http.request(method, url, headers={"Authorization": header} if header else {}, **how) as answer:
        return answer.status, (await answer.json())["code"]


async def test_a_token_is_good_behind_the_id_of_its_app_alone(sandbox: RunningSandbox) -> None:
    url = f"{sandbox.url}/fyers/api/api/v3/funds"
    async with aiohttp.ClientSession() as http:
        good = await token(sandbox, http)
        headers = [f"{KEY}:{good}", good, f"Bearer {good}", f"another-100:{good}", f"{KEY}:", ""]

        answers = [await told(http, "GET", url, header) for header in headers]

    assert answers == [(200, 200), *[(401, -16)] * 5]


async def test_an_order_may_be_cancelled_by_its_path_and_a_page_is_no_order(sandbox: RunningSandbox) -> None:
    orders = f"{sandbox.url}/fyers/api/api/v3/orders"
    async with aiohttp.ClientSession() as http:
        header = f"{KEY}:{await token(sandbox, http)}"

        assert await told(http, "DELETE", f"{orders}/7/sync", header) == (400, -51)
        assert await told(http, "POST", f"{orders}/sync", header, data="<html>") == (400, -50)
        assert await told(http, "DELETE", f"{orders}/sync", header, json={"id": 7}) == (400, -51)
        assert await told(http, "GET", f"{orders.removesuffix('/orders')}/nowhere", header) == (404, -50)


async def test_the_files_list_every_security_of_their_exchange_without_a_line_of_names(
    sandbox: RunningSandbox,
) -> None:
    found = {}
    async with aiohttp.ClientSession() as http:
        for path in (instruments.FILE.path, *instruments.FILE.also):
            async with http.get(f"{sandbox.url}/fyers/files{path}") as answer:
                tally = Tally()
                rows = list(instruments.FILE.read([await answer.read()], tally))
                found[rows[0].exchange] = (len(rows), tally.unreadable, {row.code for row in rows})

    assert {exchange: counts[:2] for exchange, counts in found.items()} == {"NSE": (3332, 0), "BSE": (4788, 0)}
    assert "NSE:INFY-EQ" in found["NSE"][2]
    assert "BSE:INFY-A" in found["BSE"][2]
