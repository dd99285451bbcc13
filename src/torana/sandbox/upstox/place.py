"""Placing, changing and cancelling single orders by API.

What Upstox checks before its order system is refused in the answer; what its order system finds (funds, holdings,
bands, freeze quantity, tick size, a closed market) shows as a rejection in the book. Outside market hours an order
becomes an after-market order by itself; `is_amo` during market hours is refused.
Source: Upstox developer API documentation, place order v2 and v3, modify, cancel.
"""

from collections.abc import Callable
from dataclasses import replace

from torana.sandbox import web
from torana.sandbox.accounts import Account
from torana.sandbox.call import Call
from torana.sandbox.exchange import Exchange
from torana.sandbox.models import Order, OrderRefused, OrderType, Reason, Ticket
from torana.sandbox.refusals import Refused
from torana.sandbox.upstox import orders
from torana.sandbox.upstox.errors import Code, refused
from torana.sandbox.upstox.orders import UpstoxForm
from torana.sandbox.web import Response

LATENCY = {"metadata": {"latency": 12}}
"""Milliseconds that v3 answers claim to have taken."""
LARGEST_NUMBER_OF_SLICES = 25
REJECTS_LATER = frozenset(
    {Reason.FREEZE, Reason.TICK, Reason.MARKET_CLOSED, Reason.NOT_AUTHORISED, Reason.ACCOUNT_BLOCKED}
)
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
    return success_v3({"order_ids": await _place(call, orders.V3)})


async def place_v2(call: Call) -> object:
    return {"order_id": (await _place(call, orders.V2))[0]}


async def _place(call: Call, arrived: orders.Arrival) -> list[str]:
    form = orders.read_order(orders.decode_object(await call.request.body()), arrived)
    return [order.order_id for order in submit(call, call.account, call.session.app, form, call.place)]


def submit(
    call: Call, account: Account, app: str, form: UpstoxForm, place: Callable[[Account, Ticket], Order]
) -> list[Order]:
    """Send the order on, sliced if it asks for that. Raises `Refused` for what is refused in the answer."""
    check_known(form)
    _check_kind(form.order_type)
    ticket = form.ticket(app, amo=_after_market(call.exchange, form))
    largest = call.exchange.freeze_quantity(call.exchange.security(form.symbol, form.exchange))
    try:
        return [place(account, replace(ticket, quantity=part)) for part in _slices(form, largest)]
    except OrderRefused as refusal:
        raise plainly(refusal) from None


def check_known(form: UpstoxForm) -> None:
    """Raises `Refused` for a key that no simulated exchange lists."""
    if not form.symbol:
        raise refused(Code.INSTRUMENT_UNKNOWN, "instrument_token", form.instrument)


def _check_kind(kind: str) -> None:
    if kind not in ("MARKET", "LIMIT"):
        text = f"The sandbox does not simulate {kind} orders"
        raise refused(Code.ORDER_TYPE_WRONG, "order_type", kind, text=text)


def _after_market(exchange: Exchange, form: UpstoxForm) -> bool:
    """Whether the order waits for the next session. Raises `Refused`."""
    if exchange.phase().takes_orders and form.amo:
        raise refused(Code.AMO_IN_MARKET_HOURS, "is_amo", True)
    return form.amo or exchange.waits_by_itself()


def _slices(form: UpstoxForm, largest: int | None) -> list[int]:
    if not form.slice or largest is None:
        return [form.quantity]
    whole, rest = divmod(form.quantity, largest)
    parts = [largest] * whole + ([rest] if rest else [])
    if len(parts) > LARGEST_NUMBER_OF_SLICES:
        raise refused(Code.INVALID_INPUT, "quantity", form.quantity, text="A maximum of 25 sliced orders is allowed")
    return parts


def plainly(refusal: OrderRefused, final: Code = Code.INVALID_INPUT) -> Refused:
    """The refusal under the code's own text."""
    return refused(final if refusal.reason is Reason.FINAL else _CODES.get(refusal.reason, Code.INVALID_INPUT))


async def _modify(call: Call) -> dict[str, object]:
    change = orders.read_change(orders.decode_object(await call.request.body()))
    _check_kind(change.order_type)
    kind, price = OrderType(change.order_type), change.price or None
    try:
        call.exchange.modify(
            call.account, change.order_id, quantity=change.quantity, order_type=kind, limit_price=price
        )
    except OrderRefused as refusal:
        raise plainly(refusal, Code.MODIFY_FINAL) from None
    return {"order_id": change.order_id}


async def modify_v2(call: Call) -> object:
    return await _modify(call)


async def modify_v3(call: Call) -> Response:
    return success_v3(await _modify(call))


def cancel(call: Call, account: Account, order_id: str) -> dict[str, object]:
    """Raises `Refused`."""
    try:
        return {"order_id": call.exchange.cancel(account, order_id).order_id}
    except OrderRefused as refusal:
        raise plainly(refusal, Code.CANCEL_FINAL) from None


def cancel_v2(call: Call) -> object:
    return cancel(call, call.account, orders.read_order_id(call.request.query))


def cancel_v3(call: Call) -> Response:
    return success_v3(cancel_v2(call))
