"""What the simulated 5paisa asks of a request, where its samples and its texts have more than one word for it."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from tests.sandbox.test_fivepaisa_official_client import APP, ENCRYPTION, KEY, USER, order, request_token
from tests.support.clock import HandClock
from torana.sandbox.exchange import Tempo
from torana.sandbox.server import RunningSandbox, running_sandbox


@pytest.fixture
async def sandbox(clock: HandClock) -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(clock=clock, tempo=Tempo(0, 0), gateway_url=APP, rate_limits=False) as one:
        yield one


async def told(sandbox: RunningSandbox, path: str, head: object, body: object, token: str = "") -> Any:
    url = f"{sandbox.url}/fivepaisa/api/VendorsAPI/Service1.svc/{path}"
    headers = {"Authorization": f"bearer {token}"} if token else {}
    async with (
        aiohttp.ClientSession() as http,
        http.post(url, json={"head": head, "body": body}, headers=headers) as answer,
    ):
        return await answer.json()


async def login(sandbox: RunningSandbox, head: object) -> Any:
    wanted = {"RequestToken": await request_token(sandbox), "EncryKey": ENCRYPTION, "UserId": USER}
    return await told(sandbox, "GetAccessToken", head, wanted)


@pytest.mark.parametrize("head", [{"key": KEY}, {"Key": "another"}, {}, None])
async def test_a_token_is_given_for_the_key_with_a_capital_and_for_nothing_else(
    sandbox: RunningSandbox, head: object
) -> None:
    refused = await login(sandbox, head)

    assert (refused["head"]["status"], refused["body"]) == ("2", None)


@pytest.mark.parametrize("client", [{}, {"ClientCode": ""}, {"ClientCode": "50099999"}])
@pytest.mark.parametrize("path", ["V1/PlaceOrderRequest", "V1/CancelOrderRequest", "V3/OrderBook"])
async def test_what_names_no_client_or_another_has_no_session(
    sandbox: RunningSandbox, path: str, client: dict[str, object]
) -> None:
    """Also an order, whose sample leaves the client out: the sample of a failure says what comes of that."""
    session = (await login(sandbox, {"Key": KEY}))["body"]

    refused = await told(sandbox, path, {"key": KEY}, order() | client, session["AccessToken"])

    assert refused["body"]["Status"] == 9


async def test_an_order_that_names_its_client_is_taken(sandbox: RunningSandbox) -> None:
    session = (await login(sandbox, {"Key": KEY}))["body"]
    wanted = order() | {"ClientCode": session["ClientCode"]}

    placed = await told(sandbox, "V1/PlaceOrderRequest", {"key": KEY}, wanted, session["AccessToken"])

    assert placed["body"]["Status"] == 0
