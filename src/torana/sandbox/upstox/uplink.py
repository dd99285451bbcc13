"""UpLink Business: the investor reviews an app's orders on Upstox's own page and confirms or cancels them there.

The app's form opens a visit; the browser then sees one page whose content follows the visit's stage: review, the CDSL
authorisation where shares of an account without a standing one are sold, result. `Done` sends it to the app's
`redirect_url`, to which nothing is added. The access token stays on the server from the first step on.
Source: Upstox developer API documentation, UpLink Business: place order, cancel order, CDSL auth.
"""

import secrets
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from urllib.parse import urlsplit

from torana.kit.money import Paise
from torana.sandbox import web
from torana.sandbox.accounts import Account
from torana.sandbox.exchange import Exchange
from torana.sandbox.front import Call
from torana.sandbox.models import Order, OrderRefused, Ticket
from torana.sandbox.prices import listed
from torana.sandbox.sessions import Session
from torana.sandbox.upstox import order_form, pages
from torana.sandbox.upstox.access import check_hours, session_of
from torana.sandbox.upstox.errors import Code, Refused
from torana.sandbox.upstox.order_form import OrderForm
from torana.sandbox.upstox.orders import cancel_order
from torana.sandbox.upstox.place import security_of, submit
from torana.sandbox.upstox.words import word_of

WRONG_SECRET = "000000"
"""The one TPIN and one-time password that the simulated depository refuses."""
_KEPT_VISITS = 5000


class Stage(StrEnum):
    REVIEW = "review"
    TPIN = "tpin"
    OTP = "otp"
    RESULT = "result"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one line: an order, or the text with which it was refused."""

    order_id: str | None = None
    message: str | None = None


@dataclass(slots=True)
class Visit:
    """One browser's way through UpLink: to place orders, or to cancel the one of `cancels`."""

    key: str
    session: Session
    token: str = field(repr=False)
    redirect_url: str
    forms: list[OrderForm] = field(default_factory=list)
    cancels: str | None = None
    editable: bool = True
    stage: Stage = Stage.REVIEW
    authorised: bool = False
    wrong: bool = False
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def account(self) -> Account:
        return self.session.account

    def to_authorise(self) -> dict[str, int]:
        """Shares by symbol that these orders sell and that the depository has not released."""
        sold: dict[str, int] = {}
        for form in self.forms:
            if form.side == "SELL":
                symbol = security_of(form.instrument_key).symbol
                sold[symbol] = sold.get(symbol, 0) + form.quantity
        return {symbol: number for symbol, number in sold.items() if self.account.unauthorised(symbol, number)}


class Uplink:
    """The handlers of UpLink, and the visits that they keep."""

    def __init__(self) -> None:
        self._visits: OrderedDict[str, Visit] = OrderedDict()

    def account_of(self, path: str) -> Account | None:
        """Whose visit a path belongs to."""
        visit = next((self._visits[part] for part in path.split("/") if part in self._visits), None)
        return visit.account if visit else None

    async def place(self, call: Call) -> web.Response:
        """The app's form with orders."""
        form = await call.request.form()
        visit = self._open(call, form)
        given = order_form.decode(form.get("data", ""))
        if not isinstance(given, list) or not given or not all(isinstance(entry, dict) for entry in given):
            raise Refused(Code.MALFORMED_INPUT, "data")
        visit.forms = [order_form.read_order(entry, order_form.UPLINK) for entry in given]
        for line in visit.forms:
            security_of(line.instrument_key)
        visit.editable = form.get("is_editable", "true").lower() != "false"
        return self._keep(visit)

    async def cancel(self, call: Call) -> web.Response:
        """The app's form with one order to cancel."""
        form = await call.request.form()
        visit = self._open(call, form)
        visit.cancels = order_form.read_order_id(form.get("order_id"))
        order = _find(call.exchange, visit)
        if order.final:
            raise Refused(Code.CANCEL_FINAL)
        return self._keep(visit)

    async def show(self, call: Call) -> web.Response:
        visit = self._visit(call)
        if visit.cancels is not None:
            return _cancel_page(call.exchange, visit)
        match visit.stage:
            case Stage.REVIEW:
                return _review_page(call.exchange, visit)
            case Stage.RESULT:
                return _result_page(visit)
            case _:
                return pages.render("authorise.html", base=visit.key, step=visit.stage.value, wrong=visit.wrong)

    async def confirm(self, call: Call) -> web.Response:
        """A button of the review page, or of the question whether to cancel."""
        visit = self._visit(call)
        pairs = await call.request.form_pairs()
        if visit.stage is Stage.RESULT:
            return _to_page(visit)
        if dict(pairs).get("action") in ("cancel", "no"):
            return web.redirect(visit.redirect_url, 303)
        session_of(call, visit.token)
        check_hours(call.exchange.now(), Code.ORDERS_CLOSED)
        if visit.cancels is not None:
            _cancel(call, visit)
            return _to_page(visit)
        if visit.editable:
            _edit(visit, [value for name, value in pairs if name == "quantity"])
        if visit.to_authorise():
            visit.stage, visit.wrong = Stage.TPIN, False
            return _to_page(visit)
        _place(call, visit)
        return _to_page(visit)

    async def authorise(self, call: Call) -> web.Response:
        """TPIN, then the one-time password of the depository; then back to the review."""
        visit = self._visit(call)
        form = await call.request.form()
        if visit.stage not in (Stage.TPIN, Stage.OTP):
            return _to_page(visit)
        if form.get("action") == "back":
            visit.stage = Stage.REVIEW
            return _to_page(visit)
        given = form.get(visit.stage.value, "")
        visit.wrong = not (given.isascii() and given.isdigit() and len(given) == 6) or given == WRONG_SECRET
        if visit.wrong:
            return _to_page(visit)
        if visit.stage is Stage.TPIN:
            visit.stage = Stage.OTP
            return _to_page(visit)
        call.exchange.authorise(visit.account, visit.to_authorise())
        visit.stage, visit.authorised = Stage.REVIEW, True
        return _to_page(visit)

    async def done(self, call: Call) -> web.Response:
        return web.redirect(self._visit(call).redirect_url, 303)

    def _open(self, call: Call, form: dict[str, str]) -> Visit:
        """Raises `Refused`."""
        token = form.get("access_token", "")
        session = session_of(call, token or "none")
        check_hours(call.exchange.now(), Code.ORDERS_CLOSED)
        redirect_url = form.get("redirect_url", "")
        parts = urlsplit(redirect_url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise Refused(Code.INVALID_INPUT, "redirect_url", message="The 'redirect_url' is invalid")
        return Visit(secrets.token_hex(16), session, token, redirect_url)

    def _keep(self, visit: Visit) -> web.Response:
        self._visits[visit.key] = visit
        if len(self._visits) > _KEPT_VISITS:
            self._visits.popitem(last=False)
        return _to_page(visit)

    def _visit(self, call: Call) -> Visit:
        visit = self._visits.get(call.path["visit"])
        if visit is None:
            raise Refused(Code.RESOURCE_NOT_FOUND)
        return visit


def _to_page(visit: Visit) -> web.Response:
    """Relative, because every form of UpLink is two segments below `/v2/uplink`."""
    return web.redirect(f"../{visit.key}", 303)


def _edit(visit: Visit, quantities: Sequence[str]) -> None:
    """What the investor made of the quantities. Raises `Refused`."""
    if len(quantities) != len(visit.forms):
        raise Refused(Code.INVALID_INPUT, "quantity")
    for at, given in enumerate(quantities):
        if not (given.isascii() and given.isdigit() and 0 < int(given) < 2**31):
            raise Refused(Code.QUANTITY_ZERO, "quantity", given)
        visit.forms[at] = replace(visit.forms[at], quantity=int(given))


def _place(call: Call, visit: Visit) -> None:
    """Faults of the basket apply; what a magic quantity does to an answer does not, for no app waits for one."""

    def place(account: Account, ticket: Ticket) -> Order:
        return call.place(account, ticket) if call.fault else call.exchange.submit(account, ticket)

    visit.stage = Stage.RESULT
    for form in visit.forms:
        try:
            placed = submit(call.exchange, visit.session, form, place)
            visit.outcomes.append(Outcome(order_id=", ".join(order.order_id for order in placed)))
        except Refused as refusal:
            visit.outcomes.append(Outcome(message=refusal.problem.text))


def _cancel(call: Call, visit: Visit) -> None:
    visit.stage = Stage.RESULT
    try:
        cancel_order(call, visit.account, visit.cancels or "")
        visit.outcomes.append(Outcome(order_id=visit.cancels))
    except Refused as refusal:
        visit.outcomes.append(Outcome(message=refusal.problem.text))


def _find(exchange: Exchange, visit: Visit) -> Order:
    try:
        return exchange.find(visit.account, visit.cancels or "")
    except OrderRefused:
        raise Refused(Code.ORDER_NOT_FOUND) from None


def _review_page(exchange: Exchange, visit: Visit) -> web.Response:
    values = [(form.side, form.quantity * _price(exchange, form)) for form in visit.forms]
    return pages.render(
        "review.html",
        base=visit.key,
        user_id=visit.account.user_id,
        lines=[_line(form) | {"price": form.price or None} for form in visit.forms],
        editable=visit.editable,
        authorised=visit.authorised,
        needs_authorisation=bool(visit.to_authorise()),
        buys=sum(value for side, value in values if side == "BUY"),
        sells=sum(value for side, value in values if side == "SELL"),
        cash=exchange.available_cash(visit.account),
    )


def _result_page(visit: Visit) -> web.Response:
    lines = [
        _line(form) | {"order_id": outcome.order_id, "message": outcome.message}
        for form, outcome in zip(visit.forms, visit.outcomes, strict=True)
    ]
    sent = sum(1 for outcome in visit.outcomes if outcome.order_id)
    title = "Orders sent" if sent == len(lines) else f"{sent} of {len(lines)} orders sent"
    return pages.render("result.html", base=visit.key, title=title, lines=lines)


def _cancel_page(exchange: Exchange, visit: Visit) -> web.Response:
    order = _find(exchange, visit)
    finished = visit.stage is Stage.RESULT
    return pages.render(
        "cancel.html",
        base=visit.key,
        order_id=order.order_id,
        name=listed()[order.symbol].name,
        side=order.side.value.capitalize(),
        quantity=order.quantity,
        word=word_of(order),
        finished=finished,
        message=visit.outcomes[0].message if finished else None,
    )


def _line(form: OrderForm) -> dict[str, object]:
    security = security_of(form.instrument_key)
    return {
        "side": form.side.capitalize(),
        "name": security.name,
        "symbol": security.symbol,
        "quantity": form.quantity,
        "order_type": form.order_type,
        "product": "Delivery" if form.product == "D" else form.product,
        "is_amo": form.is_amo,
    }


def _price(exchange: Exchange, form: OrderForm) -> Paise:
    return form.price or exchange.last_price(security_of(form.instrument_key).symbol)
