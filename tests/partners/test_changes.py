"""What partners meet while a gateway changes: both secrets, or a word about its suspension."""

from datetime import timedelta

import pytest

from tests.support.clock import HandClock
from tests.support.gateway import Caller
from tests.support.partner import CIPHER, log_in
from torana.kit.database import Database
from torana.partners import change
from torana.partners.change import Rotated
from torana.partners.gateways import Gateways
from torana.partners.models import Gateway
from torana.partners.tokens import issue_token, read_token

CONNECT = {"intent": "CONNECT"}


@pytest.fixture(autouse=True)
def no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request sees the gateway as it is."""
    monkeypatch.setattr("torana.partners.gateways.CACHE_SECONDS", -1.0)


async def rotated(database: Database, clock: HandClock, partner: Caller, hours: float = 24, **which: bool) -> Rotated:
    wanted = {"secret": False, "api_secret": False} | which
    overlap = timedelta(hours=hours)
    return await change.rotate(database, CIPHER, partner.gateway.name, overlap=overlap, now=clock.now(), **wanted)


async def status(partner: Caller, **headers: str) -> int:
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = await partner.client.post(
        f"/gateway/{partner.gateway.name}/transaction", json=CONNECT, headers=partner.headers() | headers
    )
    return answer.status_code


async def test_both_api_secrets_work_until_the_overlap_ends(
    database: Database, clock: HandClock, partner: Caller
) -> None:
    made = await rotated(database, clock, partner, api_secret=True)
    assert made.api_secret is not None

    during = [await status(partner), await status(partner, x_gateway_secret=made.api_secret)]
    clock.advance(24 * 3600)
    after = [await status(partner), await status(partner, x_gateway_secret=made.api_secret)]

    assert during == [200, 200]
    assert after == [401, 200]


async def test_tokens_of_both_secrets_are_good_until_the_overlap_ends(
    database: Database, clock: HandClock, partner: Caller
) -> None:
    await rotated(database, clock, partner, secret=True)
    now_known = await known(database, clock, partner)
    old, new = issue_token(partner.gateway, None, clock.now()), issue_token(now_known, None, clock.now())

    during = [await status(partner, x_gateway_authtoken=token) for token in (old, new)]
    await change.end_overlap(database, partner.gateway.name, secret=True, api_secret=True)
    after = [await status(partner, x_gateway_authtoken=token) for token in (old, new)]

    assert during == [200, 200]
    assert after == [401, 200]
    assert now_known.secret != partner.gateway.secret


async def test_without_an_overlap_the_old_secret_stops_at_once(
    database: Database, clock: HandClock, partner: Caller
) -> None:
    await rotated(database, clock, partner, hours=0, api_secret=True)

    assert await status(partner) == 401


async def test_no_investor_is_lost(database: Database, clock: HandClock, partner: Caller) -> None:
    investor_id, _ = await log_in(database, partner.gateway, clock.now())

    await rotated(database, clock, partner, secret=True, api_secret=True)
    await change.suspend(database, partner.gateway.name, clock.now())
    await change.resume(database, partner.gateway.name)

    now_known = await known(database, clock, partner)
    token = issue_token(now_known, investor_id, clock.now())
    assert read_token(now_known, token, clock.now()).investor_id == investor_id
    assert now_known.gateway_id == partner.gateway.gateway_id


async def test_a_suspended_gateway_is_told_so_and_goes_on_later(
    database: Database, clock: HandClock, partner: Caller
) -> None:
    await change.suspend(database, partner.gateway.name, clock.now())
    created = await partner.create(CONNECT)
    read = await partner.details("TRX_" + "0" * 32)
    wrong = await status(partner, x_gateway_secret="wrong")
    await change.resume(database, partner.gateway.name)

    for answer in (created, read):
        assert answer.status_code == 403
        assert answer.json()["errors"] == ["gateway suspended"]
        assert answer.json()["docUrl"].endswith("#gateway-suspended")
    assert wrong == 401
    assert await status(partner) == 200


async def test_a_gateway_in_an_overlap_shows_no_secret(database: Database, clock: HandClock, partner: Caller) -> None:
    """I10."""
    made = await rotated(database, clock, partner, secret=True, api_secret=True)

    gateway = await known(database, clock, partner)
    shown = f"{made!r} {gateway!r} {gateway.previous_secret!r}"

    for secret in (made.secret, made.api_secret, partner.gateway.secret, partner.gateway.api_secret):
        assert secret is not None
        assert secret not in shown


async def known(database: Database, clock: HandClock, partner: Caller) -> Gateway:
    found = await Gateways(database, clock, CIPHER).by_name(partner.gateway.name)
    assert found is not None
    return found
