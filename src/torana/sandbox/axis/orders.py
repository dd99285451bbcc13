"""Orders and prices: how requests are read and answered."""

from decimal import Decimal
from typing import Any

from torana.market.models import Security
from torana.sandbox import reads
from torana.sandbox.axis import wire
from torana.sandbox.axis.errors import TABLE
from torana.sandbox.call import Call
from torana.sandbox.models import Order, OrderRefused, Reason
from torana.sandbox.order_form import objects
from torana.sandbox.order_table import OrderTable
from torana.sandbox.order_views import order_view
from torana.sandbox.securities import by_token

Body = dict[str, Any]
_EXCHANGES = {prefix: name for name, prefix in wire.PREFIXES.items()}
ORDER = OrderTable(TABLE.of_field, """
    tag         orderRefId       text upto 15
    -           segment          one of EQ, not FO
    -           exchange         one of NSE BSE
    -           scriptId         text
    side        transactionType  one of BUY SELL
    product     productType      one of DELIVERY, not INTRADAY
    order_type  orderType        one of MARKET LIMIT
    quantity    totalQty         whole from 1
    disclosed   disclosedQty     whole from 0
    price       orderPrice       price
    -           triggerPrice     price to 0
    validity    validityType     one of DAY IOC
    -           validityDays     whole from 0, else null
    amo         isAmo            switch
""")  # fmt: skip
CHANGE = OrderTable(TABLE.of_field, """
    order_type  orderType        one of MARKET LIMIT
    price       orderPrice       price
    quantity    openQty          whole from 1
""")  # fmt: skip
_REPEATED = (
    "segment", "exchange", "scriptId", "transactionType", "productType", "validityType", "omsOrderSerialNumber",
)  # fmt: skip
_OF_A_CANCELLATION = (*_REPEATED, "orderType", "orderPrice", "openQty")


def security_of(script_id: object) -> Security | None:
    text = str(script_id)
    exchange = _EXCHANGES.get(text[:2])
    return by_token(text[2:], exchange) if exchange else None


def _asked_for(read: dict[str, Any]) -> Security | None:
    found = security_of(read["scriptId"])
    return found if found and found.exchange == read["exchange"] else None


def place(call: Call, body: Body) -> object:
    form = ORDER.form(body, _asked_for, TABLE.refused("400", "scriptId is not valid"))
    return told(call.place(call.account, form.ticket(call.session.app)).order_id)


def told(order_id: str | None) -> dict[str, object]:
    return {"omsOrderId": order_id} if order_id else {}


def _named(call: Call, order_id: object, body: Body, repeated: tuple[str, ...]) -> Order:
    """The order of this id, whose row the body repeats as it stands. Raises `OrderRefused`, `Refused`."""
    order = call.find(call.account, str(order_id or ""))
    if order.final:
        raise OrderRefused(Reason.FINAL, "it is final")
    row = wire.ORDER(order_view(call.exchange, order, wire.WORDS))
    for name in repeated:
        given, stands = body.get(name), row[name]
        same = Decimal(str(given)) == stands if isinstance(stands, Decimal) and _is_number(given) else given == stands
        if not same:
            raise TABLE.refused("400", f"{name} is not that of the order")
    return order


def _is_number(value: object) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def cancel(call: Call, body: Body) -> object:
    order = _named(call, body.get("omsOrderId"), body, _OF_A_CANCELLATION)
    return told(call.exchange.cancel(call.account, order.order_id).order_id)


def modify(call: Call, body: Body) -> object:
    """The order's id stands in `orderRefId`."""
    change = CHANGE.read(body)
    order = _named(call, body.get("orderRefId"), body, (*_REPEATED, "tradedQty"))
    quantity = order.filled + change["openQty"]
    price = change["orderPrice"] if change["orderType"] == "LIMIT" else None
    return told(call.exchange.modify(call.account, order.order_id, quantity=quantity, limit_price=price).order_id)


def book(call: Call, body: Body) -> object:
    """`-1`: whatever their state; an id: that order alone."""
    if body.get("segment") != "EQ" or body.get("orderStatus") != "-1":
        raise TABLE.refused("400", "segment or orderStatus is not valid")
    rows = reads.book(wire.ORDER, wire.WORDS)(call)
    wanted = body.get("omsOrderId")
    return [row for row in rows if wanted in ("", row["omsOrderId"])]


def positions(call: Call, body: Body) -> object:
    """Those that are open: what was bought and sold again is not among them."""
    if body.get("segment") != "EQ" or body.get("type") != "open" or not isinstance(body.get("interop"), bool):
        raise TABLE.refused("400", "segment, type or interop is not valid")
    return [row for row in reads.positions(wire.POSITION, 2)(call) if row["netQty"]]


def prices(call: Call, body: Body) -> object:
    wanted = objects(body.get("securities"), TABLE.refused("400", "securities is not valid"))
    return reads.prices(call, wire.PRICE, (security_of(one.get("scriptId")) for one in wanted))
