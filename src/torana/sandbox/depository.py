"""The simulated depository: who has to release shares before they are sold, and the steps of doing so.

A client without a standing authorisation (DDPI) releases shares for the day with a TPIN, and at most brokers with a
one-time password after it. Source of the steps: CDSL's verification page as brokers' documents describe it.
"""

import secrets
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from torana.sandbox.accounts import Account
from torana.sandbox.exchange import Exchange
from torana.sandbox.models import Side, Ticket
from torana.sandbox.securities import in_demat, listed

WRONG_SECRET = "000000"
"""The one TPIN and one-time password that is refused where the broker's page leads to the depository's own."""
_KEPT = 5000


class Step(StrEnum):
    """Where an authorisation is. A page asks for a secret named like the step."""

    TPIN = "tpin"
    OTP = "otp"
    DONE = "done"
    REFUSED = "refused"


@dataclass(slots=True)
class Authorisation:
    """Shares that wait to be released. `quantities` by ISIN; None: everything that is delivered."""

    key: str
    account: Account
    quantities: Mapping[str, int] | None
    app: str = ""
    form: Mapping[str, str] = field(default_factory=dict)
    """The fields that the broker handed out for the depository's page."""
    step: Step = Step.TPIN
    wrong: bool = False
    """What was typed last was not right."""

    @property
    def over(self) -> bool:
        return self.step in (Step.DONE, Step.REFUSED)

    def rows(self) -> list[tuple[str, int]]:
        """Symbols and shares, for the page."""
        held = self.account.holdings
        if self.quantities is None:
            return [(one.symbol, one.quantity) for one in held.values()]
        return [(held[isin].symbol, number) for isin, number in self.quantities.items() if isin in held]


class Depository:
    """Every authorisation that is on its way or was, of all brokers, by its key."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Authorisation] = OrderedDict()

    def open(
        self,
        account: Account,
        quantities: Mapping[str, int] | None,
        *,
        app: str = "",
        key: str | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Authorisation:
        """Begin one. The key is unguessable unless the broker's rules give another."""
        wanted = Authorisation(key or secrets.token_urlsafe(24), account, quantities, app, form or {})
        self._known[wanted.key] = wanted
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return wanted

    def find(self, key: str) -> Authorisation | None:
        return self._known.get(key)

    def forget(self) -> None:
        self._known.clear()


def type_secret(exchange: Exchange, wanted: Authorisation, form: Mapping[str, str], *, otp: bool = True) -> Step:
    """Take one form of the page: the TPIN, then the one-time password; the last right one releases the shares.

    With `otp` a secret is six digits and not `WRONG_SECRET`; without it any TPIN is right and is all that is asked.
    """
    if wanted.over:
        return wanted.step
    given = form.get(wanted.step.value, "")
    right = given.isascii() and given.isdigit() and len(given) == 6 and given != WRONG_SECRET if otp else bool(given)
    wanted.wrong = not right
    if right and otp and wanted.step is Step.TPIN:
        wanted.step = Step.OTP
    elif right:
        asked, released = wanted.quantities, None
        if asked is not None:
            released = {in_demat(isin): number for isin, number in asked.items()}
        exchange.authorise(wanted.account, released)
        wanted.step = Step.DONE
    return wanted.step


def to_release(account: Account, tickets: Iterable[Ticket]) -> dict[str, int]:
    """Shares by ISIN that these orders sell together, on either exchange, and that the depository has not released."""
    sold: dict[str, int] = {}
    for ticket in tickets:
        if ticket.side is Side.SELL:
            isin = listed(ticket.exchange)[ticket.symbol].isin
            sold[isin] = sold.get(isin, 0) + ticket.quantity
    return {isin: number for isin, number in sold.items() if account.unauthorised(in_demat(isin), number)}
