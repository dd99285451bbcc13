"""The partner's look at holdings: how old they are, and a newer reading behind the answer."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from tests.holdings.world import World
from tests.portal.installation import Browser
from tests.support.gateway import Caller
from tests.support.partner import make_gateway
from tests.support.patience import PATIENCE
from torana.flows.holdings_import import refresh_services
from torana.holdings.read_account import read_account
from torana.holdings.refresh import GAPS, READINGS, refresh
from torana.holdings.snapshots import Reading
from torana.kit.cipher import Cipher
from torana.kit.due import claim
from torana.kit.overload import Overload
from torana.services import flow_services

MINUTE = 61.0


async def settled(world: World, investor_id: str) -> dict[str, Any]:
    """The holdings once no newer reading is on its way."""
    async with asyncio.timeout(PATIENCE):
        while True:
            answer = await world.holdings(investor_id, version="v2")
            assert answer.status_code == 200, answer.text
            told: dict[str, Any] = answer.json()["data"]
            if not told["updating"]:
                return told
            await asyncio.sleep(0.05)


async def test_a_reading_that_is_not_fresh_is_made_anew_behind_the_answer(
    world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reading is opened once, however often it is looked at, and the next one is told all the same."""
    investor_id = await world.imported(browser)
    opened: list[str] = []

    def open_bytes(cipher: Cipher, sealed: bytes, *, bound_to: str) -> bytes:
        opened.append(bound_to)
        return really(cipher, sealed, bound_to=bound_to)

    really = Cipher.open_bytes
    monkeypatch.setattr(Cipher, "open_bytes", open_bytes)
    young = (await world.holdings(investor_id, version="v2")).json()["data"]
    await world.account(holdings={"TCS": 3})
    world.installation.advance(MINUTE)

    old = (await world.holdings(investor_id, version="v2")).json()["data"]
    again = (await world.holdings(investor_id, version="v2")).json()["data"]
    opened_once = [place.rpartition("|")[2] for place in opened if "holdings_snapshots" in place]
    async with world.installation.worker():
        new = await settled(world, investor_id)

    assert (young["updating"], old["updating"], again["updating"], new["updating"]) == (False, True, True, False)
    assert old["snapshotDate"] == young["snapshotDate"] < new["snapshotDate"]
    assert old["securities"] == young["securities"]
    assert [(one["nseTicker"], one["holdings"]["quantity"]) for one in new["securities"]] == [("TCS", 3)]
    assert opened_once == ["securities_v2"]


async def test_once_the_login_is_over_the_last_reading_stays_and_says_so(world: World, browser: Browser) -> None:
    investor_id = await world.imported(browser)
    before = (await world.holdings(investor_id, version="v2")).json()["data"]
    await world.end_login(investor_id)
    world.installation.advance(MINUTE)

    after = (await world.holdings(investor_id, version="v2")).json()["data"]

    assert (before["loginNeeded"], after["loginNeeded"], after["updating"]) == (False, True, False)
    assert after["snapshotDate"] == before["snapshotDate"]


async def test_a_broker_that_fails_leaves_the_last_reading(world: World, browser: Browser) -> None:
    """H01: in the background, too."""
    investor_id = await world.imported(browser)
    await world.installation.tell(
        "POST", "/sandbox/faults", {"operation": "holdings", "kind": "status", "status": 503, "times": 1}
    )
    world.installation.advance(MINUTE)

    before = (await world.holdings(investor_id, version="v2")).json()["data"]
    async with world.installation.worker():
        after = await settled(world, investor_id)

    assert before["updating"] is True
    assert len(after["securities"]) == len(before["securities"]) > 0
    assert after["snapshotDate"] > before["snapshotDate"], "the next try came through"


async def test_a_broker_that_goes_on_failing_is_asked_again_only_when_somebody_asks(
    world: World, browser: Browser
) -> None:
    """H01: after the last try nothing is on its way, and the answer says so."""
    investor_id = await world.imported(browser)
    services, gateway_id = world.installation.services, world.installation.gateway.gateway_id
    await world.installation.tell(
        "POST", "/sandbox/faults", {"operation": "holdings", "kind": "status", "status": 503, "times": None}
    )
    world.installation.advance(MINUTE)
    asked = (await world.holdings(investor_id)).json()["data"]["updating"]

    waits = []
    for gap in (*GAPS, None):
        (due,) = await claim(services.database, READINGS, gateway_id, services.clock.now(), 5)
        await refresh(refresh_services(flow_services(services, Overload())), due)
        waits.append(await services.database.value("select due_at is not null from holdings_snapshots"))
        early = await claim(services.database, READINGS, gateway_id, services.clock.now(), 5)
        assert early == []
        world.installation.advance(gap or 3600)
    later = await claim(services.database, READINGS, gateway_id, services.clock.now(), 5)
    again = (await world.holdings(investor_id)).json()["data"]["updating"]
    (anew,) = await claim(services.database, READINGS, gateway_id, services.clock.now(), 5)

    assert (asked, waits, later, again) == (True, [True, True, True, False], [], True)
    assert anew.attempts == 1


@pytest.mark.parametrize("withdrawn", [False, True])
async def test_what_is_read_while_the_consent_is_withdrawn_is_used_for_nothing(
    world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch, withdrawn: bool
) -> None:
    """H02: neither kept nor compared with what is held in baskets."""
    investor_id = await world.imported(browser)
    services, gateway_id = world.installation.services, world.installation.gateway.gateway_id
    world.installation.advance(MINUTE)
    assert (await world.holdings(investor_id)).json()["data"]["updating"]
    (due,) = await claim(services.database, READINGS, gateway_id, services.clock.now(), 5)
    compared = []

    async def read(*at: Any) -> Reading:
        reading = await read_account(*at)
        if withdrawn:
            await world.withdraw(investor_id)
        return reading

    async def noticed(*at: Any) -> None:
        compared.append(at[1:3])

    monkeypatch.setattr("torana.holdings.refresh.read_account", read)
    await refresh(replace(refresh_services(flow_services(services, Overload())), noticed=noticed), due)

    assert compared == ([] if withdrawn else [(gateway_id, investor_id)])
    assert await world.stored() == (0 if withdrawn else 1)


async def test_a_foreign_snapshot_is_not_there(world: World, browser: Browser) -> None:
    """X01: another gateway's token of the same investor, and an investor that nobody knows."""
    investor_id = await world.imported(browser)
    services = world.installation.services
    stranger = await make_gateway(services.database, services.clock, cipher=services.cipher)
    other = World(world.installation, Caller(world.partner.client, stranger, services.clock))
    (consent,) = (await world.get("consents", investor_id)).json()["data"]

    looked = await other.holdings(investor_id)
    unknown = await world.holdings(uuid4().hex[:24])
    withdrawn = await world.partner.client.delete(
        f"/v1/{stranger.name}/engine/user/consents/{consent['id']}", headers=other.partner.headers(investor_id)
    )

    assert (looked.status_code, looked.json()["errors"]) == (404, ["UnknownInvestor"])
    assert (unknown.status_code, unknown.json()["errors"]) == (404, ["UnknownInvestor"])
    assert (withdrawn.status_code, withdrawn.json()["errors"]) == (404, ["ConsentNotFound"])
    assert (await world.holdings(investor_id)).status_code == 200
    assert await world.stored() == 1


@pytest.mark.parametrize(
    ("query", "guest", "error"),
    [
        ({"version": "v3"}, False, "version must be v1 or v2"),
        ({"mfHoldings": "perhaps"}, False, "mfHoldings must be true or false"),
        ({}, True, "InvalidIntent"),
    ],
)
async def test_a_look_that_cannot_be_answered(
    world: World, browser: Browser, query: dict[str, str], error: str, *, guest: bool
) -> None:
    investor_id = None if guest else await world.imported(browser)

    refused = await world.holdings(investor_id, **query)

    assert refused.status_code == 400
    assert refused.json()["errors"] == [error]
