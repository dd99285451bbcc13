"""Shares that the depository releases before they are sold: the way there, and what the broker says came of it.

TPIN and one-time password are typed on the depository's own page, never here. Nothing that comes back with a browser
proves anything: what is free is what the broker tells.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeAlias

from torana.connectors.contract.login import BrowserForm, Redirect, Session

if TYPE_CHECKING:
    from torana.connectors.contract.setup import Setup


@dataclass(frozen=True, slots=True)
class AuthorisationRules:
    """How a broker's way to the depository is, as data."""

    at_once: int | None = None
    """Securities that one request takes; None where no limit is known."""


@dataclass(frozen=True, slots=True)
class Release:
    """Shares of one security for today's sales: `quantity` of them, those that are released already included."""

    isin: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Begun:
    """Where the browser goes, in a window of its own: no broker's page leads back to us."""

    go: Redirect | BrowserForm
    kept: Mapping[str, str] = field(default_factory=dict)
    """What `state` wants to know again, beside what the beginnings before kept. Nothing secret."""


@dataclass(frozen=True, slots=True)
class ReleasedBefore:
    """The broker says that the depository has an authorisation of today: there is nothing to begin."""

    message: str


Beginning: TypeAlias = Begun | ReleasedBefore


class Authorisation(Protocol):
    rules: ClassVar[AuthorisationRules]

    def __init__(self, setup: "Setup") -> None: ...

    async def begin(self, session: Session, shares: Sequence[Release]) -> Beginning:
        """Ask for these to be released, `rules.at_once` securities at most. Asked again, it begins anew.

        Raises `SessionEnded`, `NotSent`, `Rejected` (this app or account may not) or `Unknown`.
        """
        ...

    async def state(self, session: Session, kept: Mapping[str, str], now: datetime) -> Mapping[str, int]:
        """Shares released for today, by ISIN, with those of them that are sold already. A security that is missing was
        not told. `kept` is of all beginnings, the later one where two used one name. `now` is the exchange's time in
        UTC: some brokers tell the releases of other days as well.

        Raises `SessionEnded`, `NotSent` or `Unknown`.
        """
        ...
