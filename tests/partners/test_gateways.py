"""Gateways are found by name and id, and their secrets are sealed."""

import pytest

from tests.support.brokers import ANY_BROKER
from tests.support.clock import HandClock
from tests.support.partner import CIPHER, make_gateway
from torana.kit.cipher import CannotOpen
from torana.kit.database import Database
from torana.kit.errors import ConfigurationError
from torana.partners.gateways import Gateways
from torana.partners.models import Mode


async def test_a_gateway_is_found_by_name_and_by_id(database: Database, clock: HandClock) -> None:
    made = await make_gateway(database, clock, brokers=[ANY_BROKER], branding={"accent": "#0a7f5a"})

    gateways = Gateways(database, clock, CIPHER)

    assert await gateways.by_name(made.name) == made
    assert await gateways.by_id(made.gateway_id) == made
    assert made.gateway_id.startswith("gw_")
    assert made.brokers == [ANY_BROKER]


@pytest.mark.parametrize("name", ["nobody-here", "", "Upper", "a" * 64, "x' or '1'='1", "नाम", "a\x00b"])
async def test_an_unknown_name_is_nobody(database: Database, clock: HandClock, name: str) -> None:
    assert await Gateways(database, clock, CIPHER).by_name(name) is None


async def test_given_secrets_are_kept_and_missing_ones_are_made(database: Database, clock: HandClock) -> None:
    given = await make_gateway(database, clock, secret="signing-secret", api_secret="header-secret")
    one, two = await make_gateway(database, clock), await make_gateway(database, clock)

    assert (given.secret, given.api_secret) == ("signing-secret", "header-secret")
    assert len({one.secret, one.api_secret, two.secret, two.api_secret}) == 4
    assert min(len(secret) for secret in (one.secret, one.api_secret)) >= 40


async def test_secrets_are_sealed_at_rest_and_bound_to_their_row(database: Database, clock: HandClock) -> None:
    one = await make_gateway(database, clock, secret="signing-secret", api_secret="header-secret")
    two = await make_gateway(database, clock)

    stored = await database.value("select secret || api_secret from gateways where gateway_id = $1", one.gateway_id)
    assert b"signing" not in stored
    assert b"header" not in stored
    await database.execute(
        "update gateways set secret = (select secret from gateways where gateway_id = $1) where gateway_id = $2",
        one.gateway_id,
        two.gateway_id,
    )
    with pytest.raises(CannotOpen):
        await Gateways(database, clock, CIPHER).by_name(two.name)


async def test_a_gateway_shows_no_secret(database: Database, clock: HandClock) -> None:
    made = await make_gateway(database, clock, secret="signing-secret", api_secret="header-secret")

    assert "secret" not in repr(made)
    assert "secret" not in f"{made}"


async def test_a_name_is_given_once(database: Database, clock: HandClock) -> None:
    made = await make_gateway(database, clock)

    with pytest.raises(ConfigurationError, match="already"):
        await Gateways(database, clock, CIPHER).create(
            name=made.name, display_name="Another", mode=Mode.LIVE, allowed_origins=[]
        )


@pytest.mark.parametrize("name", ["", "1abc", "With Space", "a/b", "x"])
async def test_a_name_must_fit_a_path(database: Database, clock: HandClock, name: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be a gateway's name"):
        await Gateways(database, clock, CIPHER).create(
            name=name, display_name="Anybody", mode=Mode.TEST, allowed_origins=[]
        )


async def test_a_partner_may_own_two_gateways(database: Database, clock: HandClock) -> None:
    one = await make_gateway(database, clock)
    two = await make_gateway(database, clock, partner_id=one.partner_id)

    assert (await Gateways(database, clock, CIPHER).by_name(two.name) or one).partner_id == one.partner_id
    assert two.gateway_id != one.gateway_id


async def test_a_gateway_is_read_once_and_then_remembered(database: Database, clock: HandClock) -> None:
    made = await make_gateway(database, clock)
    gateways = Gateways(database, clock, CIPHER)
    before = await gateways.by_name(made.name)
    await database.execute("update gateways set display_name = 'Renamed' where gateway_id = $1", made.gateway_id)

    after = await gateways.by_name(made.name)

    assert after is before


async def test_a_change_is_seen_when_the_memory_is_old(
    database: Database, clock: HandClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torana.partners.gateways.CACHE_SECONDS", -1.0)
    made = await make_gateway(database, clock)
    gateways = Gateways(database, clock, CIPHER)
    await gateways.by_name(made.name)
    await database.execute("update gateways set display_name = 'Renamed' where gateway_id = $1", made.gateway_id)

    for found in (await gateways.by_name(made.name), await gateways.by_id(made.gateway_id)):
        assert found is not None
        assert found.display_name == "Renamed"
