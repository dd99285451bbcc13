"""How the sandbox is served."""

import asyncio
import gc
import os
import signal
import socket
import sys

import aiohttp
import pytest

from tests.sandbox.conftest import KiteClient, fetch
from tests.support.clock import HandClock
from tests.support.patience import PATIENCE
from torana.sandbox.call import Call
from torana.sandbox.server import RunningSandbox, running_sandbox
from torana.sandbox.web import LARGEST_BODY

PROGRAM = """
from torana.sandbox.server import run
run(port={port}, gateway_url="http://gateway.example", trading_hours=True)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def test_two_sandboxes_in_one_process_do_not_share_anything(http: aiohttp.ClientSession) -> None:
    async with running_sandbox() as first, running_sandbox() as second:
        await fetch(http, "POST", f"{first.url}/sandbox/faults", json={"kind": "hang"})

        assert first.url != second.url
        assert len(first.faults.all()) == 1
        assert second.faults.all() == []


async def test_a_sandbox_that_ends_lets_go_of_hanging_requests(http: aiohttp.ClientSession) -> None:
    async with running_sandbox() as running:
        body = {"kind": "latency", "operation": "login", "seconds": 600, "times": None}
        await fetch(http, "POST", f"{running.url}/sandbox/faults", json=body)
        page = f"{running.url}/kite/web/connect/login?v=3&api_key=sandboxkite"
        hanging = asyncio.create_task(fetch(http, "GET", page))
        async with asyncio.timeout(PATIENCE):
            while running.faults.all()[0].applied == 0:
                await asyncio.sleep(0.005)

    got = await asyncio.wait_for(hanging, 5)
    assert got.status == 200


REFUSED = {
    "a page that is over": ("GET", "/kite/web/connect/basket/none", {}),
    "an authorisation that is over": ("GET", "/kite/web/connect/portfolio/authorise/holdings/sandboxkite/none", {}),
    "a basket that is over": ("GET", "/upstox/api/v2/uplink/none", {}),
    "a token that nobody has": ("GET", "/kite/api/orders", {"Authorization": "token sandboxkite:none"}),
}


@pytest.mark.parametrize("refused", REFUSED)
async def test_a_request_that_was_refused_is_not_kept(clock: HandClock, refused: str) -> None:
    method, path, headers = REFUSED[refused]
    before = _calls()
    async with running_sandbox(clock=clock) as running, aiohttp.ClientSession() as http:
        statuses = [(await fetch(http, method, f"{running.url}{path}", headers=headers)).status for _ in range(3)]

    assert all(400 <= status < 500 for status in statuses)
    assert _calls() <= before


def _calls() -> int:
    gc.collect()
    return sum(isinstance(one, Call) for one in gc.get_objects())


async def test_a_request_that_is_too_large_is_refused(kite: KiteClient) -> None:
    got = await kite.place(1, tag="1" * (LARGEST_BODY + 1))

    assert got.status == 413


async def test_another_address_can_lead_to_one_prefix_only(
    sandbox: RunningSandbox, http: aiohttp.ClientSession
) -> None:
    async with sandbox.at_root("/kite/api") as root:
        inside = await fetch(http, "GET", f"{root}/instruments", headers={"X-Kite-Version": "3"})
        outside = await fetch(http, "GET", f"{root}/sandbox/ledger")

    assert (inside.status, outside.status) == (200, 404)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
async def test_the_process_serves_and_stops_when_told_although_a_request_hangs(
    http: aiohttp.ClientSession, how: signal.Signals
) -> None:
    port = free_port()
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PROGRAM.format(port=port), env=os.environ | {"PYTHONUNBUFFERED": "1"}
    )
    url = f"http://127.0.0.1:{port}"
    try:
        async with asyncio.timeout(30):
            while True:
                try:
                    clock = await fetch(http, "GET", f"{url}/sandbox/clock")
                    break
                except aiohttp.ClientError:
                    await asyncio.sleep(0.05)
        body = {"kind": "latency", "operation": "login", "seconds": 600, "times": None}
        await fetch(http, "POST", f"{url}/sandbox/faults", json=body)
        page = f"{url}/kite/web/connect/login?v=3&api_key=sandboxkite"
        hanging = asyncio.create_task(fetch(http, "GET", page))
        async with asyncio.timeout(PATIENCE):
            while not (await fetch(http, "GET", f"{url}/sandbox/faults")).json["faults"][0]["applied"]:
                await asyncio.sleep(0.01)

        program.send_signal(how)

        await asyncio.wait_for(program.wait(), 15)
        await asyncio.wait([hanging])
    finally:
        if program.returncode is None:
            program.kill()
            await program.wait()

    assert clock.json["phase"] == "OPEN"
    with pytest.raises(aiohttp.ClientError):
        await fetch(http, "GET", f"{url}/sandbox/clock")
