"""Placing, changing and cancelling orders by API: one (v2, v3) and several at once.

What Upstox checks before its order system is refused in the answer; what its order system finds (funds, holdings,
bands, freeze quantity, tick size, a closed market) shows as a rejection in the book. Outside market hours an order
becomes an after-market order by itself; `is_amo` during market hours is refused.
Source: Upstox developer API documentation, place order v2 and v3, modify, cancel, place and cancel multi order.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from torana.market import calendar
from torana.sandbox import web
from torana.sandbox.accounts import Account
from torana.sandbox.call import Call
from torana.sandbox.exchange import Exchange
from torana.sandbox.models import Order, OrderRefused, OrderType, Reason, Ticket
from torana.sandbox.refusals import Refused
from torana.sandbox.upstox import orders
from torana.sandbox.upstox.errors import Code, entry, refused
from torana.sandbox.upstox.orders import UpstoxForm
from torana.sandbox.web import Response

LATENCY = {"metadata": {"latency": 12}}
"""Milliseconds that v3 answers claim to have taken."""
LARGEST_NUMBER_OF_SLICES = 25
LARGEST_NUMBER_OF_ORDERS = 10
"""In one multi order, and of one multi cancellation."""
SEGMENTS = frozenset({"NSE_EQ", "BSE_EQ", "NSE_FO", "BSE_FO", "MCX_FO", "NCD_FO", "BCD_FO", "NSE_COM"})
REJECTED_LATER = frozenset(
    {Reason.FREEZE, Reason.TICK, Reason.MARKET_CLOSED, Reason.NOT_AUTHORISED, Reason.ACCOUNT_BLOCKED}
)
"""What the exchange refuses at once and Upstox's order system only finds after it gave the order an id."""

_CODES = {
    Reason.SYMBOL: Code.INSTRUMENT_UNKNOWN,
    Reason.AMO_CLOSED: Code.AMO_IN_MARKET_HOURS,
    Reason.NOT_FOUND: Code.ORDER_NOT_FOUND,
}


def success(data: object) -> Response:
    return web.json({"status": "success", "data": data})


def success_v3(data: object) -> Response:
    return web.json({"status": "success", "data": data} | LATENCY)


async def place_v3(call: Call) -> Response:
    form = orders.read_order(orders.decode_object(await call.request.body()), orders.V3)
    placed = submit(call, call.account, call.session.app, form, call.place)
    return success_v3({"order_ids": [order.order_id for order in placed]})


async def place_v2(call: Call) -> object:
    form = orders.read_order(orders.decode_object(await call.request.body()), orders.V2)
    return {"order_id": submit(call, call.account, call.session.app, form, call.place)[0].order_id}


def submit(
    call: Call, account: Account, app: str, form: UpstoxForm, place: Callable[[Account, Ticket], Order]
) -> list[Order]:
    """Send the order on, sliced if it asks for that. Raises `Refused` for what is refused in the answer."""
    check_known(form)
    _check_kind(form.order_type)
    ticket = form.ticket(app, amo=_after_market(call.exchange, form))
    largest = call.exchange.freeze_quantity(call.exchange.security(form.symbol))
    return [_submit(call, account, replace(ticket, quantity=part), place) for part in _slices(form, largest)]


def check_known(form: UpstoxForm) -> None:
    """Raises `Refused` for a key that the simulated exchange does not list."""
    if not form.symbol:
        raise refused(Code.INSTRUMENT_UNKNOWN, "instrument_token", form.instrument)


def _check_kind(kind: str) -> None:
    if kind not in ("MARKET", "LIMIT"):
        text = f"The sandbox does not simulate {kind} orders"
        raise refused(Code.ORDER_TYPE_WRONG, "order_type", kind, text=text)


def _after_market(exchange: Exchange, form: UpstoxForm) -> bool:
    """Whether the order waits for the next session. Raises `Refused`."""
    if exchange.phase().takes_orders:
        if form.amo:
            raise refused(Code.AMO_IN_MARKET_HOURS, "is_amo", True)
        return False
    return form.amo or calendar.amo_open(exchange.now())


def _slices(form: UpstoxForm, largest: int | None) -> list[int]:
    if not form.slice or largest is None:
        return [form.quantity]
    whole, rest = divmod(form.quantity, largest)
    parts = [largest] * whole + ([rest] if rest else [])
    if len(parts) > LARGEST_NUMBER_OF_SLICES:
        raise refused(Code.INVALID_INPUT, "quantity", form.quantity, text="A maximum of 25 sliced orders is allowed")
    return parts


def _submit(call: Call, account: Account, ticket: Ticket, place: Callable[[Account, Ticket], Order]) -> Order:
    try:
        return place(account, ticket)
    except OrderRefused as refusal:
        if refusal.reason not in REJECTED_LATER:
            raise plainly(refusal) from None
        return call.exchange.accept(account, ticket, ticket, reject=refusal.reason)


def plainly(refusal: OrderRefused, final: Code = Code.INVALID_INPUT) -> Refused:
    """The refusal under the code's own text."""
    return refused(final if refusal.reason is Reason.FINAL else _CODES.get(refusal.reason, Code.INVALID_INPUT))


@dataclass(slots=True)
class _Line:
    """One order of a multi order: what was read, then what became of it."""

    correlation_id: object
    instrument_key: object
    form: UpstoxForm | None = None
    problem: Refused | None = None
    order_ids: list[str] = field(default_factory=list)

    def placed(self) -> list[dict[str, object]]:
        """A sliced order has one entry for each slice, numbered behind its correlation id."""
        if len(self.order_ids) == 1:
            return [{"correlation_id": self.correlation_id, "order_id": self.order_ids[0]}]
        ids = enumerate(self.order_ids, 1)
        return [{"correlation_id": f"{self.correlation_id}_{at}", "order_id": order_id} for at, order_id in ids]


async def place_multi(call: Call) -> Response:
    """Nothing is placed if anything in the payload is wrong; else all buys go before all sells."""
    given = orders.decode(await call.request.body())
    if not isinstance(given, list):
        raise refused(Code.MALFORMED_INPUT)
    if not given:
        raise refused(Code.MULTI_EMPTY)
    if len(given) > LARGEST_NUMBER_OF_ORDERS:
        raise refused(Code.MULTI_TOO_MANY)
    lines = [_read_line(one) for one in given]
    ids = [line.correlation_id for line in lines]
    for line in lines:
        if line.problem is None and ids.count(line.correlation_id) > 1:
            line.problem = refused(Code.MULTI_DUPLICATE_CORRELATION, "correlation_id", line.correlation_id)
    payload = any(line.problem for line in lines)
    if not payload:
        for line in sorted(lines, key=lambda line: line.form is not None and line.form.side == "SELL"):
            _place_line(call, line)
    return _multi_answer(lines, payload=payload)


def _read_line(given: object) -> _Line:
    if not isinstance(given, dict):
        return _Line(None, None, problem=refused(Code.MALFORMED_INPUT))
    correlation_id, key = given.get("correlation_id"), given.get("instrument_token")
    line = _Line(correlation_id if isinstance(correlation_id, str) else None, key if isinstance(key, str) else None)
    try:
        line.form = orders.read_order(given, orders.MULTI)
    except Refused as problem:
        line.problem = problem
    return line


def _place_line(call: Call, line: _Line) -> None:
    try:
        if line.form is not None:
            placed = submit(call, call.account, call.session.app, line.form, call.place)
            line.order_ids = [order.order_id for order in placed]
    except Refused as problem:
        line.problem = problem


def _multi_answer(lines: Sequence[_Line], *, payload: bool) -> Response:
    failures = [
        entry(line.problem)
        | {"correlation_id": line.correlation_id, "order_id": None, "instrument_key": line.instrument_key}
        for line in lines
        if line.problem
    ]
    successes = [success for line in lines for success in line.placed()]
    summary = {
        "total": len(lines),
        "payload_error": len(failures) if payload else 0,
        "success": sum(1 for line in lines if line.order_ids),
        "error": 0 if payload else len(failures),
    }
    return _several(successes or None, failures, bool(successes), summary, {"errors": failures} if failures else {})


def _several(
    data: object, failures: Sequence[object], some: bool, summary: dict[str, int], more: dict[str, object]
) -> Response:
    """The answer to several orders at once: all went well, some did, none did."""
    word, status = ("success", 200) if not failures else ("partial_success", 207) if some else ("error", 400)
    return web.json({"status": word, "data": data, "summary": summary} | more, status)


async def modify(call: Call) -> str:
    change = orders.read_change(orders.decode_object(await call.request.body()))
    _check_kind(change.order_type)
    try:
        call.exchange.modify(
            call.account,
            change.order_id,
            quantity=change.quantity,
            order_type=OrderType(change.order_type),
            limit_price=change.price or None,
        )
    except OrderRefused as refusal:
        raise plainly(refusal, Code.MODIFY_FINAL) from None
    return change.order_id


async def modify_v2(call: Call) -> object:
    return {"order_id": await modify(call)}


async def modify_v3(call: Call) -> Response:
    return success_v3({"order_id": await modify(call)})


def cancel(call: Call, account: Account, order_id: str) -> str:
    """Raises `Refused`."""
    try:
        return call.exchange.cancel(account, order_id).order_id
    except OrderRefused as refusal:
        raise plainly(refusal, Code.CANCEL_FINAL) from None


def cancel_v2(call: Call) -> object:
    return {"order_id": cancel(call, call.account, orders.read_order_id(call.request.query))}


def cancel_v3(call: Call) -> Response:
    return success_v3({"order_id": cancel(call, call.account, orders.read_order_id(call.request.query))})


def cancel_multi(call: Call) -> Response:
    """Cancel all open orders, or those of a segment or a tag."""
    segment, tag = call.request.query.get("segment"), call.request.query.get("tag")
    if segment and segment not in SEGMENTS:
        raise refused(Code.SEGMENT_WRONG, "segment", segment)
    ours = segment in (None, "", "NSE_EQ")
    wanted = [one for one in call.book(call.account) if not one.final and ours and (not tag or one.tag == tag)]
    if not wanted:
        raise refused(Code.NOTHING_OPEN)
    if len(wanted) > LARGEST_NUMBER_OF_ORDERS:
        raise refused(Code.TOO_MANY_OPEN)
    done: list[str] = []
    failed: list[dict[str, object]] = []
    for order in wanted:
        try:
            done.append(cancel(call, call.account, order.order_id))
        except Refused as problem:
            failed.append(entry(problem) | {"order_id": order.order_id, "instrument_key": None})
    summary = {"total": len(wanted), "success": len(done), "error": len(failed)}
    return _several({"order_ids": done}, failed, bool(done), summary, {"errors": failed or None})
