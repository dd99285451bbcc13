"""Settings as the environment gives them."""

from torana.connectors.serving import Serves
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
