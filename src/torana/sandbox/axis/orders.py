"""Orders and prices: how requests are read and answered."""

from torana.sandbox import reads
from torana.sandbox.axis import wire
from torana.sandbox.axis.errors import TABLE, TABLES
from torana.sandbox.call import Call
from torana.sandbox.models import Order, OrderRefused, Reason
from torana.sandbox.order_form import Fault, not_repeated, objects
from torana.sandbox.order_views import order_view

ORDER, CHANGE = TABLES.request("order"), TABLES.request("change")
EQUITY, BOOK = TABLES.request("equity"), TABLES.request("book")
POSITIONS = TABLES.request("positions", typed=True)
_REPEATED = (
    "segment", "exchange", "scriptId", "transactionType", "productType", "validityType", "omsOrderSerialNumber",
)  # fmt: skip
_OF_A_CANCELLATION = (*_REPEATED, "orderType", "orderPrice", "openQty")


def place(call: Call) -> object:
    unknown = TABLE.of_field("scriptId", Fault.INVALID, None)
    form = ORDER.form(call.given, lambda read: wire.by_script_id(read["exchange"], read["scriptId"]), unknown)
    return told(call.place(call.account, form.ticket(call.session.app)).order_id)


def told(order_id: str | None) -> dict[str, object]:
    return {"omsOrderId": order_id} if order_id else {}


def _named(call: Call, id_field: str, repeated: tuple[str, ...]) -> Order:
    """The order of the id in this field, whose row the body repeats as it stands. Raises `OrderRefused`, `Refused`."""
    order = call.find(call.account, str(call.given.get(id_field) or ""))
    if order.final:
        raise OrderRefused(Reason.FINAL, "it is final")
    row = wire.ORDER(order_view(call.exchange, order, wire.WORDS))
    if (other := not_repeated(call.given, row, repeated)) is not None:
        raise TABLE.of_field(other, Fault.INVALID, None)
    return order


def cancel(call: Call) -> object:
    order = _named(call, "omsOrderId", _OF_A_CANCELLATION)
    return told(call.exchange.cancel(call.account, order.order_id).order_id)


def modify(call: Call) -> object:
    """The order's id stands in `orderRefId`."""
    change = CHANGE.read(call.given)
    order = _named(call, "orderRefId", (*_REPEATED, "tradedQty"))
    quantity = order.filled + change["openQty"]
    price = change["orderPrice"] if change["orderType"] == "LIMIT" else None
    return told(call.exchange.modify(call.account, order.order_id, quantity=quantity, limit_price=price).order_id)


def book(call: Call) -> object:
    """All orders, or that of an id."""
    wanted = call.given.get("omsOrderId")
    return [row for row in reads.book(wire.ORDER, wire.WORDS)(call) if wanted in ("", row["omsOrderId"])]


def positions(call: Call) -> object:
    """Those that are open: what was bought and sold again is not among them."""
    return [row for row in reads.positions(wire.POSITION, 2)(call) if row["netQty"]]


def prices(call: Call) -> object:
    wanted = objects(call.given.get("securities"), TABLE.of_field("securities", Fault.INVALID, None))
    ids = [str(one.get("scriptId")) for one in wanted]
    return reads.prices(call, wire.PRICE, (wire.by_script_id(wire.EXCHANGES.get(id_[:2], ""), id_) for id_ in ids))
