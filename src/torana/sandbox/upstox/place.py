"""Placing orders by API: one (v2, v3) and several at once.

What Upstox checks before its order system is refused in the answer; what its order system finds (funds, holdings,
bands, freeze quantity, tick size, a closed market) shows as a rejection in the book. Outside market hours an order
becomes an after-market order by itself; `is_amo` during market hours is refused.
Source: Upstox developer API documentation, place order v2 and v3, place multi order.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from torana.market import calendar
from torana.market.securities import Security
from torana.sandbox import web
from torana.sandbox.accounts import Account
from torana.sandbox.exchange import Exchange
from torana.sandbox.front import Call
from torana.sandbox.models import Order, OrderRefused, OrderType, Reason, Side, Ticket
from torana.sandbox.prices import listed
from torana.sandbox.sessions import Session
from torana.sandbox.upstox import order_form
from torana.sandbox.upstox.access import trader
from torana.sandbox.upstox.errors import Code, Problem, Refused
from torana.sandbox.upstox.instruments import find_by_key
from torana.sandbox.upstox.order_form import OrderForm, Shape

LATENCY = 12
"""Milliseconds that v3 answers claim to have taken."""
LARGEST_NUMBER_OF_SLICES = 25
LARGEST_NUMBER_OF_ORDERS = 10
"""In one multi order."""

REJECTED_LATER = frozenset(
    {Reason.FREEZE, Reason.TICK, Reason.MARKET_CLOSED, Reason.NOT_AUTHORISED, Reason.ACCOUNT_BLOCKED}
)
"""What the exchange refuses at once and Upstox's order system only finds after it gave the order an id."""

Submit = Callable[[Account, Ticket], Order]


async def place_v3(call: Call) -> web.Response:
    session = trader(call)
    form = order_form.read_order(order_form.decode_object(await call.request.body()), order_form.V3)
    orders = submit(call.exchange, session, form, call.place)
    return placed_v3([order.order_id for order in orders])


async def place_v2(call: Call) -> web.Response:
    session = trader(call)
    form = order_form.read_order(order_form.decode_object(await call.request.body()), order_form.V2)
    order = submit(call.exchange, session, form, call.place)[0]
    return web.json({"status": "success", "data": {"order_id": order.order_id}})


async def place_multi(call: Call) -> web.Response:
    """Nothing is placed if anything in the payload is wrong; else all buys go before all sells."""
    session = trader(call)
    given = order_form.decode(await call.request.body())
    if not isinstance(given, list):
        raise Refused(Code.MALFORMED_INPUT)
    if not given:
        raise Refused(Code.MULTI_EMPTY)
    if len(given) > LARGEST_NUMBER_OF_ORDERS:
        raise Refused(Code.MULTI_TOO_MANY)
    lines = _read_lines(given)
    if any(line.problem for line in lines):
        return _multi_answer(lines, payload=True)
    for line in sorted(lines, key=lambda line: line.form is not None and line.form.side == "SELL"):
        line.place(call, session)
    return _multi_answer(lines, payload=False)


def submit(exchange: Exchange, session: Session, form: OrderForm, place: Submit) -> list[Order]:
    """Send the order on, sliced if it asks for that. Raises `Refused` for what is refused in the answer."""
    security = security_of(form.instrument_key)
    ticket = _ticket(exchange, session, security, form)
    slices = _slices(form, exchange.freeze_quantity(security))
    return [_submit(exchange, session.account, replace(ticket, quantity=part), place) for part in slices]


def security_of(instrument_key: str) -> Security:
    """Raises `Refused` for a key that the simulated exchange does not list."""
    security = find_by_key(instrument_key)
    if security is None or security.symbol not in listed():
        raise Refused(Code.INSTRUMENT_UNKNOWN, "instrument_token", instrument_key)
    return security


def placed_v3(order_ids: Sequence[str]) -> web.Response:
    return web.json({"status": "success", "data": {"order_ids": order_ids}, "metadata": {"latency": LATENCY}})


def refusal_code(reason: Reason) -> Code:
    """The code under which the answer refuses an order. The texts beside it say why."""
    match reason:
        case Reason.SYMBOL:
            return Code.INSTRUMENT_UNKNOWN
        case Reason.AMO_CLOSED:
            return Code.AMO_IN_MARKET_HOURS
        case Reason.NOT_FOUND:
            return Code.ORDER_NOT_FOUND
        case _:
            return Code.INVALID_INPUT


def _ticket(exchange: Exchange, session: Session, security: Security, form: OrderForm) -> Ticket:
    if form.order_type not in {kind.value for kind in OrderType}:
        text = f"The sandbox does not simulate {form.order_type} orders"
        raise Refused(Code.ORDER_TYPE_WRONG, "order_type", form.order_type, message=text)
    return Ticket(
        symbol=security.symbol,
        side=Side(form.side),
        quantity=form.quantity,
        order_type=OrderType(form.order_type),
        limit_price=form.price or None,
        product=form.product,
        validity=form.validity,
        amo=_after_market(exchange, form),
        tag=form.tag,
        app=session.app,
        extra={"disclosed_quantity": str(form.disclosed_quantity)},
    )


def _after_market(exchange: Exchange, form: OrderForm) -> bool:
    """Whether the order waits for the next session. Raises `Refused`."""
    if exchange.phase().takes_orders:
        if form.is_amo:
            raise Refused(Code.AMO_IN_MARKET_HOURS, "is_amo", True)
        return False
    return form.is_amo or calendar.amo_open(exchange.now())


def _slices(form: OrderForm, largest: int | None) -> list[int]:
    if not form.slice or largest is None:
        return [form.quantity]
    whole, rest = divmod(form.quantity, largest)
    parts = [largest] * whole + ([rest] if rest else [])
    if len(parts) > LARGEST_NUMBER_OF_SLICES:
        raise Refused(Code.INVALID_INPUT, "quantity", form.quantity, message="A maximum of 25 sliced orders is allowed")
    return parts


def _submit(exchange: Exchange, account: Account, ticket: Ticket, place: Submit) -> Order:
    try:
        return place(account, ticket)
    except OrderRefused as refusal:
        if refusal.reason not in REJECTED_LATER:
            raise Refused(refusal_code(refusal.reason)) from None
        return exchange.accept(account, ticket, ticket, reject=refusal.reason)


@dataclass(slots=True)
class _Line:
    """One order of a multi order: what was read, then what became of it."""

    correlation_id: str | None
    instrument_key: str | None
    form: OrderForm | None = None
    problem: Problem | None = None
    order_ids: Sequence[str] = ()

    def place(self, call: Call, session: Session) -> None:
        if self.form is None:
            return
        try:
            self.order_ids = [order.order_id for order in submit(call.exchange, session, self.form, call.place)]
        except Refused as refusal:
            self.problem = refusal.problem

    def placed(self) -> list[dict[str, object]]:
        """A sliced order has one entry for each slice, numbered behind its correlation id."""
        if len(self.order_ids) == 1:
            return [{"correlation_id": self.correlation_id, "order_id": self.order_ids[0]}]
        return [
            {"correlation_id": f"{self.correlation_id}_{number}", "order_id": order_id}
            for number, order_id in enumerate(self.order_ids, 1)
        ]

    def failed(self) -> list[dict[str, object]]:
        if self.problem is None:
            return []
        whose = {"correlation_id": self.correlation_id, "order_id": None, "instrument_key": self.instrument_key}
        return [self.problem.body() | whose]


def _read_lines(given: Sequence[object]) -> list[_Line]:
    lines = [_read_line(entry, order_form.MULTI) for entry in given]
    ids = [line.correlation_id for line in lines]
    for line in lines:
        if line.problem is None and ids.count(line.correlation_id) > 1:
            line.problem = Problem(Code.MULTI_DUPLICATE_CORRELATION, "correlation_id", line.correlation_id)
    return lines


def _read_line(entry: object, shape: Shape) -> _Line:
    if not isinstance(entry, dict):
        return _Line(None, None, problem=Problem(Code.MALFORMED_INPUT))
    correlation_id, key = entry.get("correlation_id"), entry.get("instrument_token")
    line = _Line(
        correlation_id if isinstance(correlation_id, str) else None,
        key if isinstance(key, str) else None,
    )
    try:
        line.form = order_form.read_order(entry, shape)
    except Refused as refusal:
        line.problem = refusal.problem
    return line


def _multi_answer(lines: Sequence[_Line], *, payload: bool) -> web.Response:
    failures = [failure for line in lines for failure in line.failed()]
    successes = [success for line in lines for success in line.placed()]
    status, word = 200, "success"
    if failures:
        status, word = (207, "partial_success") if successes else (400, "error")
    body: dict[str, object] = {"status": word, "data": successes or None}
    if failures:
        body["errors"] = failures
    body["summary"] = {
        "total": len(lines),
        "payload_error": len(failures) if payload else 0,
        "success": sum(1 for line in lines if line.order_ids),
        "error": 0 if payload else len(failures),
    }
    return web.json(body, status)
