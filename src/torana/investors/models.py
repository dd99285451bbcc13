"""The person in the pop-up, their logins at a broker, and what they consented to."""

from datetime import datetime
from enum import StrEnum

import msgspec

from torana.connectors.contract import Session


class Investor(msgspec.Struct, frozen=True):
    """One (gateway, broker account) pair. `investor_id` is 24 hexadecimal digits."""

    gateway_id: str
    investor_id: str
    broker: str
    broker_user_id: str
    created_at: datetime


class EndedBy(StrEnum):
    """What ended a login at a broker. The value is on the wire."""

    EXPIRY = "expired"
    BROKER = "refused_by_broker"
    """The broker takes its token no more."""
    LOGOUT = "logged_out"


class LiveSession(msgspec.Struct, frozen=True):
    """An investor's login at a broker with its secrets, which no repr shows. Whether it is still good the caller sees
    from `expires_at` and `ended_at`."""

    session_id: str
    investor_id: str
    broker: str
    broker_user_id: str
    secrets: dict[str, str]
    expires_at: datetime
    ended_at: datetime | None
    edis_needed: bool | None

    def is_live(self, now: datetime) -> bool:
        """Whether its token should still work, as far as we know."""
        return self.ended_at is None and self.expires_at > now

    def as_session(self) -> Session:
        """What a connector needs to act on the investor's behalf."""
        return Session(broker_user_id=self.broker_user_id, secrets=self.secrets, edis_needed=self.edis_needed)

    def __repr__(self) -> str:
        return f"LiveSession({self.session_id!r}, investor_id={self.investor_id!r}, broker={self.broker!r})"


class Scope(StrEnum):
    """What a consent allows."""

    SECURITIES = "securities"
    """Shares and units in the demat account, with the day's trades."""
    MUTUAL_FUNDS = "mutual_funds"
    """Those in the account at the broker."""
    FUND_STATEMENT = "fund_statement"
    """The registrar's statement of all mutual funds, asked for once."""
    ACCOUNT_OPENING = "account_opening"
    """Somebody's details go to a broker that they chose, once."""
    INSTALMENTS = "instalments"
    """The instalments of one plan are placed without being confirmed, with a login of the investor that lives then."""


HOLDINGS_SCOPES = frozenset({Scope.SECURITIES, Scope.MUTUAL_FUNDS})
"""Of what is read at the broker, again and again."""


class Consent(msgspec.Struct, frozen=True):
    """What an investor agreed to. `notice` is the whole text that they saw, in `language`; both are empty where the
    partner's own app asked them. `investor_id` is empty of a guest, whom the transaction alone names. Times in UTC."""

    consent_id: str
    investor_id: str
    scopes: list[Scope]
    notice: str
    language: str
    transaction_id: str
    given_at: datetime
    valid_until: datetime
    withdrawn_at: datetime | None
    withdrawn_by: str | None
