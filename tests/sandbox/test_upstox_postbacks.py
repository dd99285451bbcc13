"""Order updates that the simulated Upstox sends to an app."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.sandbox.upstox_desk import MULTI, SINGLE, TCS, Desk, open_desk
from tests.support.clock import HandClock
from tests.support.patience import PATIENCE
from torana.sandbox.faults import Fault, Kind, Operation

TWO: dict[str, object] = {
    "quantity": 2,
    "product": "D",
    "validity": "DAY",
    "price": 0,
    "instrument_token": TCS,
    "order_type": "MARKET",
    "transaction_type": "BUY",
}


class Inbox:
    """An app's postback address, and what arrived there."""

    def __init__(self) -> None:
        self.url = ""
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []

    async def take(self, request: web.Request) -> web.Response:
        self.bodies.append(msgspec.json.decode(await request.read()))
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        return web.Response()

    async def wait_for(self, number: int) -> None:
        async with asyncio.timeout(PATIENCE):
            while len(self.bodies) < number:
                await asyncio.sleep(0.01)


@pytest.fixture
async def inbox() -> AsyncIterator[Inbox]:
    inbox = Inbox()
    application = web.Application()
    application.router.add_post("/postback/upstox/{secret}", inbox.take)
    async with TestServer(application) as server:
        inbox.url = str(server.make_url("/postback/upstox/wx-secret"))
        yield inbox


@pytest.fixture
async def desk(clock: HandClock, inbox: Inbox) -> AsyncIterator[Desk]:
    async with open_desk(clock) as desk:
        desk.running.world.apps["upstox"][SINGLE].postback_url = inbox.url
        yield desk


async def test_every_change_of_an_order_is_told_without_a_proof(desk: Desk, inbox: Inbox) -> None:
    token = await desk.log_in()

    order_id = await desk.placed(token)
    await inbox.wait_for(5)

    assert [body["status"] for body in inbox.bodies] == [
        "put order req received",
        "validation pending",
        "open pending",
        "open",
        "complete",
    ]
    last = inbox.bodies[-1]
    assert (last["update_type"], last["order_id"], last["tag"]) == ("order", order_id, "482913370415926")
    assert last["user_id"] == last["userId"] == desk.account().user_id
    assert last["instrument_key"] == last["instrument_token"] == TCS
    assert (last["filled_quantity"], last["pending_quantity"], last["status_message"]) == (7, 0, "")
    assert inbox.headers[-1]["content-type"] == "application/json"
    assert not any("signature" in name or "checksum" in name for name in [*inbox.headers[-1], *last])


async def test_an_update_goes_to_the_app_that_placed_the_order_only(desk: Desk, inbox: Inbox) -> None:
    await desk.placed(await desk.log_in("asha", SINGLE))
    token = await desk.log_in("ravi", MULTI)
    visit = desk.visit_of(await desk.uplink(token, [TWO], is_editable="false"))
    await desk.press(visit, "confirm", action="place")

    await inbox.wait_for(5)

    assert {body["user_id"] for body in inbox.bodies} == {desk.account("asha").user_id}
    assert len(desk.running.ledger.orders) == 2


async def test_a_false_update_claims_a_fill_that_the_book_does_not_know(desk: Desk, inbox: Inbox) -> None:
    """K08."""
    token = await desk.log_in()
    fault = Fault(kind=Kind.FORGED, operation=Operation.POSTBACK, times=None)
    desk.running.faults.add(fault, desk.clock.now())

    order_id = await desk.placed(token, quantity=118)
    await inbox.wait_for(4)

    assert {(body["status"], body["filled_quantity"]) for body in inbox.bodies} == {("complete", 118)}
    assert (await desk.details(token, order_id))["status"] == "open"


async def test_updates_can_be_repeated(desk: Desk, inbox: Inbox) -> None:
    """K01."""
    token = await desk.log_in()

    await desk.placed(token, quantity=108)
    await inbox.wait_for(25)

    assert [body["status"] for body in inbox.bodies].count("complete") == 5
