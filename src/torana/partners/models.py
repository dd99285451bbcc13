"""A partner's integration: the gateway."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

import msgspec


class Mode(StrEnum):
    """A test gateway meets simulated brokers, a live one real brokers. Never both."""

    TEST = "test"
    LIVE = "live"


class PreviousSecret(msgspec.Struct, frozen=True):
    """A secret that was replaced and works beside the current one until that moment. Its repr shows no secret."""

    secret: str
    until: datetime

    def __repr__(self) -> str:
        return f"PreviousSecret(until={self.until.isoformat()})"


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
    links: Mapping[str, str] = MappingProxyType({})
    """Addresses of the partner's own pages, by what they tell investors (`details.LINKS`)."""
    previous_secret: PreviousSecret | None = None
    previous_api_secret: PreviousSecret | None = None
    suspended_at: datetime | None = None
    """Since then nothing new is taken; what was confirmed before goes on."""

    def signing_secrets(self, now: datetime) -> list[str]:
        """Those whose signature on an auth token is good now, the current one first."""
        return _working(self.secret, self.previous_secret, now)

    def api_secrets(self, now: datetime) -> list[str]:
        """Those that are good now in `x-gateway-secret`, the current one first."""
        return _working(self.api_secret, self.previous_api_secret, now)

    def __repr__(self) -> str:
        return f"Gateway({self.gateway_id!r}, name={self.name!r}, mode={self.mode.value!r})"


def _working(current: str, previous: PreviousSecret | None, now: datetime) -> list[str]:
    return [current] if previous is None or previous.until <= now else [current, previous.secret]
