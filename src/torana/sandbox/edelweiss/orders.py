"""Orders and charts: how requests are read and answered."""

from dataclasses import replace
from datetime import timedelta

from torana.kit.clock import IST
from torana.kit.money import rupees
from torana.sandbox.call import Call
from torana.sandbox.edelweiss import wire
from torana.sandbox.edelweiss.errors import TABLE, TABLES
from torana.sandbox.models import Order, OrderRefused, Reason, State
from torana.sandbox.order_views import order_view

ORDER, CANCEL, CHANGE = TABLES.request("order"), TABLES.request("cancel"), TABLES.request("change")


async def place(call: Call, *, amo: bool = False) -> dict[str, object]:
    given = await call.json_object(wrong := TABLE.refused("ESIM0010"))
    form = ORDER.form(given, lambda read: wire.by_symbol(read["exc"], read["sym"]))
    if form.security is None or form.security.isin != given["trdSym"]:
        raise wrong
    if (form.order_type == "LIMIT") is not bool(form.price):
        raise wrong
    return placed_data(call.place(call.account, form.ticket(call.session.app, amo=amo)).order_id)


def placed_data(order_id: str | None) -> dict[str, object]:
    """None: success without an id."""
    told: dict[str, object] = {"type": "placeTradeDao", "msg": "Your order has been placed succesfully!."}
    return told if order_id is None else {**told, "oid": order_id}


def _named(call: Call, given: dict[str, object], *, amo: bool) -> Order:
    """The order that a change is about. Raises `OrderRefused`."""
    order = call.exchange.find(call.account, str(given["nstOID"]))
    waits = order.state is State.AMO_RECEIVED
    if order.exchange != given["exc"] or (waits and not amo) or (amo and not order.asked.amo):
        raise OrderRefused(Reason.NOT_FOUND, "there is no such order")
    return order


def detail(call: Call) -> dict[str, object]:
    """One order as the book has it."""
    order = call.find(call.account, call.request.query.get("nOID", ""))
    return {"type": "orderDetailsDao", **wire.BOOK(order_view(call.exchange, order, wire.WORDS))}


async def cancel(call: Call, *, amo: bool = False) -> dict[str, object]:
    given = CANCEL.read(await call.json_object(TABLE.refused("ESIM0010")))
    order = _named(call, given, amo=amo)
    call.exchange.cancel(call.account, order.order_id)
    return {"type": "cancelTradeDao", "msg": "Your order has been cancelled.", "oid": order.order_id}


async def modify(call: Call, *, amo: bool = False) -> dict[str, object]:
    given = await call.json_object(TABLE.refused("ESIM0010"))
    change = CHANGE.change(given)
    order = _named(call, given, amo=amo)
    call.modify(replace(change, order_id=order.order_id))
    return {"type": "modifyTradeDao", "msg": "Your order has been modified.", "oid": order.order_id}


async def chart(call: Call) -> dict[str, object]:
    """The last three minutes, one point each."""
    security = wire.by_symbol(call.path["exc"], call.path["symbol"])
    if security is None or call.path["interval"] != "M1" or call.path["kind"] != "EQUITY":
        raise TABLE.refused("ESIM0004")
    now = call.exchange.now()
    at = [now - timedelta(minutes=minutes) for minutes in (2, 1, 0)]
    prices = [call.exchange.prices.last(security, moment) for moment in at[:-1]] + [call.exchange.last_price(security)]
    told = [f"{rupees(price):.2f}" for price in prices]
    points = dict.fromkeys(("open", "high", "low", "close"), told)
    times = [f"{moment.astimezone(IST):%Y-%m-%d %H:%M:00}" for moment in at]
    return {"pltPnts": {"ltt": times, **points, "vol": ["0"] * len(at)}}
