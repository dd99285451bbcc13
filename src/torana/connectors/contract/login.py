"""The way to a broker's login and back, what a finished login gives, and its end at the broker.

```
begin(ticket, return_url) ──> LoginStart: a page to open or a form to post, and what to keep for the way back
                              … the investor logs in at the broker …
finish(callback, kept, now) ─> Login: whose account, secrets for later calls, when they die
```
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Protocol

from torana.market.calendar import session_end

if TYPE_CHECKING:
    from torana.connectors.contract.setup import Setup


class TicketReturn(StrEnum):
    """How the browser brings our ticket back from the broker. A cookie proves it in every case."""

    STATE = "state"
    """In a field of the callback that the broker echoes: `LoginRules.state_field`."""
    RETURN_PATH = "return_path"
    """In the path: `return_url` as it was given to `begin` ends in the ticket, and the broker goes there."""
    KEPT_REFERENCE = "kept_reference"
    """Not at all, but a reference of the broker's does that `begin` kept: `finish` must compare the two."""
    COOKIE = "cookie"
    """Not at all: only the cookie ties the callback to its transaction. The weakest; for brokers without the others."""


@dataclass(frozen=True, slots=True)
class DailyEnd:
    """Every session dies at this wall time in IST, `HH:MM`."""

    at: str

    def ends_at(self, now: datetime) -> datetime:
        return session_end(now, self.at)

    def __str__(self) -> str:
        return f"at {self.at} IST"


@dataclass(frozen=True, slots=True)
class Lifetime:
    """A session lives so many hours."""

    hours: float

    def ends_at(self, now: datetime) -> datetime:
        return now + timedelta(hours=self.hours)

    def __str__(self) -> str:
        return f"after {self.hours:g} hours"


@dataclass(frozen=True, slots=True)
class ToldEnd:
    """The broker says with each login when it ends. The connector reads it; nothing is assumed."""

    def __str__(self) -> str:
        return "as the broker says with each login"


SessionEnd = DailyEnd | Lifetime | ToldEnd


@dataclass(frozen=True, slots=True)
class LoginRules:
    """How a broker's login behaves, as data."""

    ticket: TicketReturn
    ends: SessionEnd
    state_field: str = "state"
    """For `TicketReturn.STATE`."""
    posts_back: bool = False
    """The browser comes back by a form (POST) from the broker's site, not by a redirect."""


@dataclass(frozen=True, slots=True)
class Redirect:
    """A page of the broker's that the investor's browser opens (GET)."""

    url: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class BrowserForm:
    """A form that the investor's own browser posts to the broker. The fields may hold a token: never log them."""

    url: str
    fields: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class LoginStart:
    """Where the browser goes, and what `finish` will want to know again (sealed while the investor is away)."""

    go: Redirect | BrowserForm
    kept: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Callback:
    """What the browser brought back. `form` is empty unless it came by POST. Holds one-time codes: never log it."""

    query: Mapping[str, str] = field(repr=False)
    form: Mapping[str, str] = field(default_factory=dict, repr=False)

    def get(self, name: str) -> str | None:
        """A field of the form, or else of the query; None where it is in neither."""
        return self.form.get(name, self.query.get(name))


@dataclass(frozen=True, slots=True)
class Login:
    """A finished login. `broker_user_id` is the broker's stable id of the account. `secrets` is what later calls need
    (a token, …), kept sealed; `expires_at` is when the broker stops taking them."""

    broker_user_id: str
    user_name: str
    secrets: Mapping[str, str] = field(repr=False)
    expires_at: datetime
    edis_needed: bool | None
    """True when sells need an authorisation at the depository first; None when the broker does not say."""


@dataclass(frozen=True, slots=True)
class Session:
    """What a call on behalf of an investor needs: the account and the `secrets` of its login."""

    broker_user_id: str
    secrets: Mapping[str, str] = field(repr=False)
    edis_needed: bool | None = None
    """As the login said (`Login.edis_needed`): some brokers' holdings can only be read right with it."""


class Logins(Protocol):
    rules: ClassVar[LoginRules]

    def __init__(self, setup: "Setup") -> None: ...

    async def begin(self, ticket: str, return_url: str) -> LoginStart:
        """The way to the broker's login. `ticket` is to come back as `rules.ticket` says; `return_url` is the callback
        (with the ticket at its end where that is `RETURN_PATH`). Asks the broker only where the broker wants that.

        Raises `NotSent`, `Unknown` or `LoginRefused`. Called again when the page is loaded again.
        """
        ...

    async def finish(self, callback: Callback, kept: Mapping[str, str], now: datetime) -> Login:
        """Make a login of what the callback brought, with what `begin` kept.

        Raises `LoginRefused` (it was cancelled, or what came is wrong, used or too old), `NotSent`, `Unknown`.
        """
        ...


class Logouts(Protocol):
    """A broker where an app can end an investor's login."""

    def __init__(self, setup: "Setup") -> None: ...

    async def end(self, session: Session) -> None:
        """The token of this login works no more. Raises `SessionEnded` where it did not before, `NotSent` or
        `Unknown`."""
        ...
