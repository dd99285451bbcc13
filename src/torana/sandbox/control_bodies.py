"""What requests to the control API carry."""

from datetime import datetime

import msgspec

from torana.sandbox.models import Reason
from torana.sandbox.openings import Opened


class ClockBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    now: datetime | None = None
    offset_seconds: float | None = None
    advance_seconds: float | None = None
    mode: str | None = None


class AdvanceBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    action: str
    quantity: int | None = None
    price: int | None = None
    """Paise."""
    reason: Reason = Reason.FUNDS
    text: str | None = None


class SessionsBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    broker: str
    account: str | None = None


class PostbackBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    which: int = -1
    times: int = 1


class NextLoginBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    user_name: str = ""
    """Typed in already on the next login page; empty: nothing is."""


class PriceBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    symbol: str
    """Of the NSE, or `BSE:` and one of the BSE."""
    price: int | None = None
    """Paise; None lets it go."""


class FreezeBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    symbol: str
    """Of the NSE, or `BSE:` and one of the BSE."""
    quantity: int | None = None
    """Shares of the largest single order; None: no limit."""


class AppBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    broker: str
    key: str
    secret: str | None = None
    redirect_url: str | None = None
    postback_url: str | None = None


class SettingsBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    rate_limits: bool | None = None
    fastest_fill_seconds: float | None = None
    slowest_fill_seconds: float | None = None


class AccountBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    broker: str
    account: str
    cash: int | None = None
    """Paise."""
    holdings: dict[str, int] | None = None
    """Delivered shares by symbol, those of the BSE alone as `BSE:…`; replaces what is held."""
    needs_edis: bool | None = None
    blocked: bool | None = None


class OpeningBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    status: Opened
