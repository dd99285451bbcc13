"""What the simulated Zerodha sends to the app."""

import json
from collections.abc import AsyncIterator
from hashlib import sha256
from typing import Any

import pytest
from aiohttp import web

from tests.sandbox.conftest import KITE_SECRET, KiteClient, LogIn, fetch, until
from tests.support.clock import HandClock
from torana.sandbox.server import RunningSandbox


class Receiver:
    """The app's postback address."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.status = 200

    async def take(self, request: web.Request) -> web.Response:
        self.got.append(json.loads(await request.read()))
        return web.Response(status=self.status)

    @property
    def statuses(self) -> list[str]:
        return [body["status"] for body in self.got]


@pytest.fixture
async def receiver(sandbox: RunningSandbox) -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/postback/kite", receiver.take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    sandbox.world.apps["kite"]["sandboxkite"].postback_url = f"http://{host}:{port}/postback/kite"
    yield receiver
    await runner.cleanup()


async def test_a_filled_order_is_told_with_a_right_checksum(
    kite: KiteClient, receiver: Receiver, sandbox: RunningSandbox
) -> None:
    order_id = (await kite.place(5)).json["data"]["order_id"]

    await until(lambda: len(receiver.got) == 1)

    [body] = receiver.got
    proof = f"{order_id}{body['order_timestamp']}{KITE_SECRET}"
    assert body["checksum"] == sha256(proof.encode()).hexdigest()
    assert (body["order_id"], body["user_id"], body["status"]) == (order_id, kite.user_id, "COMPLETE")
    assert (body["filled_quantity"], body["unfilled_quantity"], body["tag"]) == (5, 0, None)  # a protected market order
    await until(lambda: len(sandbox.ledger.postbacks) == 1)
    assert [sent.outcome for sent in sandbox.ledger.postbacks] == ["delivered"]


async def test_partial_fills_and_changes_are_updates(
    kite: KiteClient, receiver: Receiver, sandbox: RunningSandbox, clock: HandClock
) -> None:
    await kite.place(101)
    clock.advance(4)

    await until(lambda: len(receiver.got) == 2)

    assert receiver.statuses == ["UPDATE", "COMPLETE"]
    assert [body["filled_quantity"] for body in receiver.got] == [40, 101]


async def test_a_rejection_and_a_cancellation_are_told(kite: KiteClient, receiver: Receiver) -> None:
    await kite.place(102)
    order_id = (await kite.place(118)).json["data"]["order_id"]
    await kite.call("DELETE", f"/orders/regular/{order_id}")

    await until(lambda: len(receiver.got) == 2)

    assert sorted(receiver.statuses) == ["CANCELLED", "REJECTED"]


async def test_one_quantity_has_its_postbacks_sent_five_times(kite: KiteClient, receiver: Receiver) -> None:
    """K01."""
    await kite.place(108)

    await until(lambda: len(receiver.got) == 5)

    assert receiver.got == [receiver.got[0]] * 5


async def test_a_postback_that_fails_is_not_sent_again(
    kite: KiteClient, receiver: Receiver, sandbox: RunningSandbox
) -> None:
    receiver.status = 500
    await kite.place(5)
    await until(lambda: len(sandbox.ledger.postbacks) == 1)

    receiver.status = 200
    await kite.place(6)
    await until(lambda: len(receiver.got) == 2)

    assert [body["quantity"] for body in receiver.got] == [5, 6]
    assert sandbox.ledger.postbacks[0].outcome == "failed"


async def test_an_earlier_postback_can_be_repeated(kite: KiteClient, receiver: Receiver, clock: HandClock) -> None:
    """K01, K02."""
    order_id = (await kite.place(101)).json["data"]["order_id"]
    clock.advance(4)
    await until(lambda: len(receiver.got) == 2)

    url = f"{kite.sandbox.url}/sandbox/postbacks/{order_id}"
    await fetch(kite.http, "POST", url, json={"which": 0, "times": 2})
    missing = await fetch(kite.http, "POST", url, json={"which": 7})

    await until(lambda: len(receiver.got) == 4)
    assert receiver.statuses == ["UPDATE", "COMPLETE", "UPDATE", "UPDATE"]
    assert missing.status == 404


@pytest.mark.parametrize(("kind", "count"), [("duplicate", 3), ("forged", 1), ("drop", 0)])
async def test_postbacks_can_be_made_to_go_wrong(
    kite: KiteClient, receiver: Receiver, sandbox: RunningSandbox, kind: str, count: int
) -> None:
    """K01, K04, K06."""
    body = {"kind": kind, "operation": "postback", "count": 3}
    await fetch(kite.http, "POST", f"{sandbox.url}/sandbox/faults", json=body)

    order_id = (await kite.place(5)).json["data"]["order_id"]
    await kite.place(6)

    await until(lambda: len(receiver.got) == count + 1)
    about = [body for body in receiver.got if body["order_id"] == order_id]
    right = [sha256(f"{order_id}{body['order_timestamp']}{KITE_SECRET}".encode()).hexdigest() for body in about]
    assert len(about) == count
    assert [body["checksum"] == proof for body, proof in zip(about, right, strict=True)] == [kind != "forged"] * count


async def test_a_magic_name_gets_no_postbacks(log_in: LogIn, receiver: Receiver, kite: KiteClient) -> None:
    """K06."""
    silent = await log_in("no-postbacks")

    await silent.place(5)
    await kite.place(6)

    await until(lambda: len(receiver.got) == 1)
    assert receiver.got[0]["user_id"] == kite.user_id
