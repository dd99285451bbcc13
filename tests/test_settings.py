"""Settings as the environment gives them."""

import pytest

from torana.connectors.serving import Serves
from torana.flows.registry import FLOWS
from torana.kit.errors import ConfigurationError
from torana.settings import read_settings


def test_what_is_said_of_brokers_is_read_by_broker() -> None:
    settings = read_settings(
        {
            "TORANA_BROKER_KITE_API_KEY": "key",
            "TORANA_BROKER_KITE_API_SECRET": "secret",
            "TORANA_SERVES": "family",
            "TORANA_TEST_MODE_KITE": "redirect_basket",
            "TORANA_TEST_MODE_UPSTOX": "",
        }
    )

    assert settings.brokers == {"kite": {"api_key": "key", "api_secret": "secret"}}
    assert "secret" not in repr(settings).replace("api_secret", "")
    assert settings.serves is Serves.FAMILY
    assert settings.test_modes == {"kite": "redirect_basket"}


def test_how_long_a_transaction_lives_is_set_by_intent() -> None:
    """Left alone each lives as long as it says itself: orders 15 minutes, most others 5."""
    settings = read_settings({"TORANA_EXPIRES_CONNECT": "600"})

    ours, theirs = (
        {one.name: one.lifetime.seconds for one in flows} for flows in (FLOWS, FLOWS.living({"connect": 600}))
    )

    assert settings.lifetimes == {"connect": 600}
    assert (ours["CONNECT"], ours["TRANSACTION of type SECURITIES"], ours["FETCH_FUNDS"]) == (300, 900, 300)
    assert theirs == ours | {name: 600 for name in ours if name.startswith("CONNECT")}


@pytest.mark.parametrize("value", ["0", "29", "86401", "soon"])
def test_a_lifetime_that_cannot_be_is_refused(value: str) -> None:
    with pytest.raises(ConfigurationError):
        read_settings({"TORANA_EXPIRES_CONNECT": value})


@pytest.mark.parametrize("wrong", ["connekt", "transaction of type securities"])
def test_a_lifetime_of_no_intent_is_refused_by_name(wrong: str) -> None:
    with pytest.raises(ConfigurationError, match=f"TORANA_EXPIRES_{wrong.upper()}; there are .*TORANA_EXPIRES_CONNECT"):
        FLOWS.living({wrong: 600})


@pytest.mark.parametrize("intent", sorted({one.intent for one in FLOWS}))
def test_every_intent_can_be_given_its_lifetime(intent: str) -> None:
    lifetimes = read_settings({f"TORANA_EXPIRES_{intent}": "77"}).lifetimes

    assert {one.lifetime.seconds for one in FLOWS.living(lifetimes) if one.intent == intent} == {77}
