"""A partner's integration: the gateway."""

from enum import StrEnum

import msgspec


class Mode(StrEnum):
    """A test gateway meets simulated brokers, a live one real brokers. Never both."""

    TEST = "test"
    LIVE = "live"


class Gateway(msgspec.Struct, frozen=True):
    """One integration of a partner. Its repr shows no secret."""

    gateway_id: str
    partner_id: str
    name: str
    """In every path of the API; lower case."""
    display_name: str
    """What investors see."""
    mode: Mode
    secret: str
    """Signs the auth tokens (HS256)."""
    api_secret: str
    """The header `x-gateway-secret`; also the key of the webhook checksum."""
    brokers: list[str] | None
    """Keys of the brokers that investors may use; None: every broker of this installation."""
    allowed_origins: list[str]
    """Web origins whose pages may use the SDK, `https://app.example.in`, or `https://*.example.in`."""
    branding: dict[str, str]
    """`accent` (`#rrggbb`) and, optionally, `logo` (a data URL)."""

    def __repr__(self) -> str:
        return f"Gateway({self.gateway_id!r}, name={self.name!r}, mode={self.mode.value!r})"
