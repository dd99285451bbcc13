"""The order book, single orders and trades; changing and cancelling.

Source: Upstox developer API documentation, modify and cancel order (v2, v3), cancel multi order, get order details,
order history, order book, trades.
"""

from collections.abc import Callable

from torana.sandbox import web
from torana.sandbox.accounts import Account
from torana.sandbox.front import Call
from torana.sandbox.models import Order, OrderRefused, OrderType, Reason, Trade
from torana.sandbox.upstox import order_form
from torana.sandbox.upstox.access import reader, trader
from torana.sandbox.upstox.errors import Code, Refused
from torana.sandbox.upstox.order_wire import history_wire, order_wire, trade_wire
from torana.sandbox.upstox.place import LATENCY, refusal_code

SEGMENTS = frozenset({"NSE_EQ", "BSE_EQ", "NSE_FO", "BSE_FO", "MCX_FO", "NCD_FO", "BCD_FO", "NSE_COM"})
LARGEST_CANCELLATION = 10
"""Orders that one multi cancellation may cover."""


async def order_book(call: Call) -> web.Response:
    account = reader(call, Code.ORDERS_CLOSED)
    return _success([order_wire(call.exchange, order) for order in call.book(account)])


async def details(call: Call) -> web.Response:
    account = reader(call, Code.ORDERS_CLOSED)
    order_id = call.request.query.get("order_id")
    if not order_id:
        raise Refused(Code.ORDER_ID_OR_TAG_MISSING)
    return _success(order_wire(call.exchange, _find(call, account, order_form.read_order_id(order_id))))


async def history(call: Call) -> web.Response:
    """Every state of one order, or of all orders with a tag; with both given, of the order that fits both."""
    account = reader(call, Code.ORDERS_CLOSED)
    order_id, tag = call.request.query.get("order_id"), call.request.query.get("tag")
    if not order_id and not tag:
        raise Refused(Code.ORDER_ID_OR_TAG_MISSING)
    orders = [order for order in call.book(account) if not tag or order.tag == tag]
    if order_id:
        wanted = order_form.read_order_id(order_id)
        orders = [order for order in orders if order.order_id == wanted]
    if not orders:
        raise Refused(Code.ORDER_NOT_FOUND)
    return _success([row for order in orders for row in history_wire(call.exchange, order)])


async def order_trades(call: Call) -> web.Response:
    account = reader(call, Code.ORDERS_CLOSED)
    order_id = order_form.read_order_id(call.request.query.get("order_id"))
    return _success(_trades(call, account, lambda trade: trade.order_id == order_id))


async def day_trades(call: Call) -> web.Response:
    account = reader(call, Code.ORDERS_CLOSED)
    return _success(_trades(call, account, lambda _: True))


async def modify_v2(call: Call) -> web.Response:
    return web.json({"status": "success", "data": {"order_id": await _modify(call)}})


async def modify_v3(call: Call) -> web.Response:
    order_id = await _modify(call)
    return web.json({"status": "success", "data": {"order_id": order_id}, "metadata": {"latency": LATENCY}})


async def cancel_v2(call: Call) -> web.Response:
    return web.json({"status": "success", "data": {"order_id": _cancel(call)}})


async def cancel_v3(call: Call) -> web.Response:
    order_id = _cancel(call)
    return web.json({"status": "success", "data": {"order_id": order_id}, "metadata": {"latency": LATENCY}})


async def cancel_multi(call: Call) -> web.Response:
    """Cancel all open orders, or those of a segment or a tag."""
    account = trader(call).account
    segment, tag = call.request.query.get("segment"), call.request.query.get("tag")
    if segment and segment not in SEGMENTS:
        raise Refused(Code.SEGMENT_WRONG, "segment", segment)
    orders = [
        order
        for order in call.book(account)
        if not order.final and segment in (None, "", "NSE_EQ") and (not tag or order.tag == tag)
    ]
    if not orders:
        raise Refused(Code.NOTHING_OPEN)
    if len(orders) > LARGEST_CANCELLATION:
        raise Refused(Code.TOO_MANY_OPEN)
    return _cancel_all(call, account, orders)


def cancel_order(call: Call, account: Account, order_id: str) -> None:
    """Raises `Refused`."""
    try:
        call.exchange.cancel(account, order_id)
    except OrderRefused as refusal:
        raise Refused(_code(refusal, Code.CANCEL_FINAL)) from None


def _cancel_all(call: Call, account: Account, orders: list[Order]) -> web.Response:
    done: list[str] = []
    failed: list[dict[str, object]] = []
    for order in orders:
        try:
            cancel_order(call, account, order.order_id)
            done.append(order.order_id)
        except Refused as refusal:
            failed.append(refusal.problem.body() | {"order_id": order.order_id, "instrument_key": None})
    word, status = ("success", 200) if not failed else ("partial_success", 207) if done else ("error", 400)
    summary = {"total": len(orders), "success": len(done), "error": len(failed)}
    body = {"status": word, "data": {"order_ids": done}, "errors": failed or None, "summary": summary}
    return web.json(body, status)


async def _modify(call: Call) -> str:
    account = trader(call).account
    form = order_form.read_change(order_form.decode_object(await call.request.body()))
    if form.order_type not in {kind.value for kind in OrderType}:
        text = f"The sandbox does not simulate {form.order_type} orders"
        raise Refused(Code.ORDER_TYPE_WRONG, "order_type", form.order_type, message=text)
    try:
        order = call.exchange.modify(
            account,
            form.order_id,
            quantity=form.quantity,
            order_type=OrderType(form.order_type),
            limit_price=form.price or None,
        )
    except OrderRefused as refusal:
        raise Refused(_code(refusal, Code.MODIFY_FINAL)) from None
    return order.order_id


def _cancel(call: Call) -> str:
    account = trader(call).account
    order_id = order_form.read_order_id(call.request.query.get("order_id"))
    cancel_order(call, account, order_id)
    return order_id


def _code(refusal: OrderRefused, final: Code) -> Code:
    return final if refusal.reason is Reason.FINAL else refusal_code(refusal.reason)


def _find(call: Call, account: Account, order_id: str) -> Order:
    try:
        return call.find(account, order_id)
    except OrderRefused:
        raise Refused(Code.ORDER_NOT_FOUND) from None


def _trades(call: Call, account: Account, wanted: Callable[[Trade], bool]) -> list[dict[str, object]]:
    orders = {order.order_id: order for order in call.exchange.book(account)}
    return [trade_wire(orders[trade.order_id], trade) for trade in call.exchange.trades(account) if wanted(trade)]


def _success(data: object) -> web.Response:
    return web.json({"status": "success", "data": data})
