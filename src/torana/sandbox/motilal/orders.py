"""Orders and prices: how requests are read and answered."""

from collections.abc import Mapping
from dataclasses import replace

from torana.sandbox import quote_views
from torana.sandbox.call import Call
from torana.sandbox.models import Order, State
from torana.sandbox.motilal import wire
from torana.sandbox.motilal.errors import TABLE, TABLES, told
from torana.sandbox.order_form import Fault, not_repeated
from torana.sandbox.order_views import order_view
from torana.sandbox.securities import by_token
from torana.sandbox.web import Response

ORDER, CHANGE = TABLES.request("order", typed=True), TABLES.request("change", typed=True)
PRICED = TABLES.request("priced", typed=True)
_FINAL: Mapping[State, str] = {State.CANCELLED: "MO1066", State.COMPLETE: "MO1067", State.REJECTED: "MO1068"}


def place(call: Call) -> Response:
    """A purchase brings shares for delivery, and sells none out of the demat account."""
    unknown = TABLE.refused("MO1058")
    form = ORDER.form(call.given, lambda read: by_token(str(read["symboltoken"]), read["exchange"]), unknown)
    security = form.security
    if (form.side == "BUY" and form.product == "SELLFROMDP") or security is None:
        raise TABLE.of_field("producttype", Fault.INVALID, form.product)
    tag = form.tag.strip() or None if form.tag else None
    form = replace(form, quantity=form.quantity * security.lot, tag=tag)
    return placed(call.place(call.account, form.ticket(call.session.app)).order_id)


def placed(order_id: str | None) -> Response:
    return told("Order Placed Successfully", **({} if order_id is None else {"uniqueorderid": order_id}))


def id_of(call: Call) -> str:
    """The order that the body names."""
    given = call.given.get("uniqueorderid")
    if not isinstance(given, str) or not given:
        raise TABLE.of_field("uniqueorderid", Fault.MISSING, None)
    return given


def _changeable(call: Call) -> Order:
    order = call.find(call.account, id_of(call))
    if order.final:
        raise TABLE.refused(_FINAL[order.state])
    return order


def cancel(call: Call) -> Response:
    call.exchange.cancel(call.account, _changeable(call).order_id)
    return told("Cancel Order Request Sent")


def modify(call: Call) -> Response:
    """Who changes an order has to know it as it is."""
    given, order = CHANGE.read(call.given), _changeable(call)
    row = wire.ORDER(order_view(call.exchange, order, wire.WORDS))
    if (other := not_repeated(given, row, ("lastmodifiedtime", "qtytradedtoday"))) is not None:
        raise TABLE.of_field(other, Fault.INVALID, None)
    quantity = given["newquantityinlot"] * order.security.lot
    call.exchange.modify(call.account, order.order_id, quantity=quantity, limit_price=given["newprice"])
    return told("Modify Order Request Sent Successfully")


def detail(call: Call) -> Response:
    order = call.find(call.account, id_of(call))
    return told("Order Data", data=[wire.DETAIL(order_view(call.exchange, order, wire.WORDS))])


def price(call: Call) -> Response:
    return told("LTP DATA", data=_priced(call))


def price_in_a_list(call: Call) -> Response:
    """As the page of the first version shows it."""
    return told("LTP DATA", data=[_priced(call)])


def _priced(call: Call) -> dict[str, object]:
    given = PRICED.read(call.given)
    found = by_token(str(given["scripcode"]), given["exchange"])
    if found is None:
        raise TABLE.of_field("scripcode", Fault.INVALID, None)
    return wire.PRICE(quote_views.quote(call.exchange, found))
