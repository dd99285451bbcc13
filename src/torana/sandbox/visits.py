"""One browser's way through the orders that an app sent along: what it carries, and where it stands."""

import secrets
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from torana.sandbox import depository
from torana.sandbox.accounts import Account
from torana.sandbox.depository import Authorisation
from torana.sandbox.order_form import OrderForm
from torana.sandbox.sessions import Session

_KEPT_VISITS = 5000
_LARGEST_QUANTITY = 2**31


@dataclass(slots=True)
class Line:
    """One order of a visit, then what became of it: ids of orders, or the text with which it was refused."""

    form: OrderForm
    editable: bool = False
    order_ids: list[str] = field(default_factory=list)
    refusal: str | None = None


@dataclass(slots=True)
class Visit:
    """One browser's way through the review of an app's orders."""

    key: str
    app: str
    """The app's key."""
    back: str
    """What the app wants back: an address, or the parameters of one."""
    lines: list[Line] = field(default_factory=list)
    account: Account | None = None
    """Who has logged in."""
    session: Session | None = None
    """Of brokers whose app brings the token along."""
    authorisation: Authorisation | None = None
    """What the depository is being asked for."""
    released: bool = False
    """Shares were released on the way."""
    placed: bool = False
    cancels: str | None = None
    """The order that this visit is to cancel, instead of placing any."""
    message: str | None = None
    """Why it could not be cancelled."""

    @property
    def client(self) -> Account:
        """Raises `LookupError` before the login."""
        if self.account is None:
            raise LookupError("nobody has logged in")
        return self.account

    def to_release(self) -> dict[str, int]:
        """Shares by ISIN that the depository has to release before these orders are placed."""
        tickets = [line.form.as_market_ticket(self.app) for line in self.lines]
        return depository.to_release(self.client, tickets)

    def edit(self, quantities: Sequence[str | None]) -> Line | None:
        """Take over what the client made of the quantities. Returns the first line whose quantity is none."""
        for line, given in zip(self.lines, quantities, strict=True):
            if not line.editable:
                continue
            if not (given and given.isascii() and given.isdigit() and 0 < int(given) < _LARGEST_QUANTITY):
                return line
            line.form = replace(line.form, quantity=int(given))
        return None


class Visits:
    """Every visit that is open, of all brokers, by its key. The oldest give way."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, Visit] = OrderedDict()

    def open(self, app: str, back: str, *, key: str | None = None) -> Visit:
        visit = Visit(key or secrets.token_hex(16), app, back)
        self._open[visit.key] = visit
        if len(self._open) > _KEPT_VISITS:
            self._open.popitem(last=False)
        return visit

    def find(self, key: str) -> Visit | None:
        return self._open.get(key)

    def forget(self) -> None:
        self._open.clear()
