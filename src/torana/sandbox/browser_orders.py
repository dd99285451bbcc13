"""Orders that a client's own browser brings: a visit, the review page, what became of each order.

A dialect reads the app's form, opens a visit with its lines and maps the buttons; everything between is here.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from torana.sandbox import depository, pages
from torana.sandbox.accounts import Account
from torana.sandbox.depository import Authorisation
from torana.sandbox.models import Order, OrderRefused, Side
from torana.sandbox.order_form import OrderForm
from torana.sandbox.prices import listed
from torana.sandbox.refusals import Refused
from torana.sandbox.sessions import Session
from torana.sandbox.web import Response

if TYPE_CHECKING:
    from torana.sandbox.call import Call

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
        """Shares by symbol that the depository has to release before these orders are placed."""
        tickets = [line.form.as_market_ticket(self.app) for line in self.lines]
        return depository.to_release(self.client, tickets)


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


def edit(lines: Sequence[Line], quantities: Sequence[str | None]) -> Line | None:
    """Take over what the client made of the quantities. Returns the first line whose quantity is none."""
    for line, given in zip(lines, quantities, strict=True):
        if not line.editable:
            continue
        if not (given and given.isascii() and given.isdigit() and 0 < int(given) < _LARGEST_QUANTITY):
            return line
        line.form = replace(line.form, quantity=int(given))
    return None


def place(call: "Call", visit: Visit, submit: Callable[[OrderForm], Sequence[Order]]) -> None:
    """Place every line; a refusal is kept with its line and stops no other."""
    visit.placed = True
    for line in visit.lines:
        try:
            line.order_ids = [order.order_id for order in submit(line.form)]
        except OrderRefused as refusal:
            line.refusal = call.dialect.refusals.of_reason(refusal).text
        except Refused as refusal:
            line.refusal = refusal.text


@dataclass(frozen=True, slots=True)
class ReviewWords:
    """How one broker's review page speaks, and what its form sends."""

    title: str
    intro: str
    button: tuple[str, str]
    """Value and label of the button that places."""
    quantity: str = "quantity"
    """The field of a quantity; `{}` stands for the number of the line."""
    action: str = ""
    """Where the form goes; empty: to the page itself."""
    tpin: bool = False
    """The TPIN is asked for on this page."""


def review_page(call: "Call", visit: Visit, words: ReviewWords, problem: str | None = None) -> Response:
    exchange = call.exchange
    rows, total = [], {Side.BUY: 0, Side.SELL: 0}
    for number, line in enumerate(visit.lines):
        form = line.form
        total[form.side] += form.quantity * (form.price or exchange.last_price(form.symbol))
        rows.append(_row(line) | {"editable": line.editable, "field": words.quantity.format(number)})
    return pages.render(
        "review.html",
        words=words,
        lines=rows,
        problem=problem,
        released=visit.released,
        lacking=list(visit.to_release()),
        buys=total[Side.BUY],
        sells=total[Side.SELL],
        cash=exchange.available_cash(visit.client),
    )


def result_page(visit: Visit, title: str, *, done: str | None = None, onward: str | None = None) -> Response:
    """What became of the orders, with a form (`done`: its address) or a link that leads on."""
    lines = [_row(line) | {"order_id": ", ".join(line.order_ids), "message": line.refusal} for line in visit.lines]
    return pages.render("result.html", title=title, lines=lines, done=done, onward=onward)


def _row(line: Line) -> dict[str, object]:
    form, security = line.form, listed()[line.form.symbol]
    return {
        "side": form.side.capitalize(),
        "symbol": security.symbol,
        "name": security.name,
        "quantity": form.quantity,
        "order_type": form.order_type,
        "product": form.product,
        "amo": form.amo,
        "price": form.price,
    }
