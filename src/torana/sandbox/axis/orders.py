"""Orders and prices: how requests are read and answered."""

from torana.sandbox import reads
from torana.sandbox.axis import wire
from torana.sandbox.axis.errors import TABLE
from torana.sandbox.call import Call
from torana.sandbox.models import Order, OrderRefused, Reason
from torana.sandbox.order_form import Fault, not_repeated, objects
from torana.sandbox.order_table import OrderTable
from torana.sandbox.order_views import order_view

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
EQUITY = OrderTable(TABLE.of_field, "- segment one of EQ")
BOOK = EQUITY.but("- orderStatus one of -1")
"""Whatever their state."""
POSITIONS = OrderTable(TABLE.of_field, "- segment one of EQ\n- type one of open\n- interop switch", typed=True)
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
