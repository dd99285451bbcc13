"""Orders and prices: how requests are read and answered."""

from torana.market.models import Security
from torana.sandbox import quote_views, reads
from torana.sandbox.call import Call
from torana.sandbox.models import Order
from torana.sandbox.order_form import Fault
from torana.sandbox.order_views import OrderView, order_view
from torana.sandbox.rejections import why
from torana.sandbox.samco import wire
from torana.sandbox.samco.errors import NO_SYMBOL, TABLE, TABLES, body_of, told
from torana.sandbox.securities import EXCHANGES, find
from torana.sandbox.web import Response

ORDER, CHANGE = TABLES.request("order"), TABLES.request("change")
LARGEST_DISCLOSED_PART = 10


async def _placed(call: Call) -> OrderView:
    given = await body_of(call)
    form = ORDER.form(given, lambda read: find(read["exchange"], read["symbolName"]), NO_SYMBOL.refused())
    if 0 < form.disclosed * LARGEST_DISCLOSED_PART < form.quantity:
        raise TABLE.of_field("disclosedQuantity", Fault.TOO_SMALL, form.disclosed)
    order = call.place(call.account, form.ticket(call.session.app))
    return order_view(call.exchange, order, wire.WORDS)


async def place(call: Call) -> Response:
    view = await _placed(call)
    return told(
        call,
        f"{view.product} Order request placed successfully",
        orderNumber=view.order_id,
        exchangeOrderStatus=view.status.upper(),
        rejectionReason=why(view) or "",
        orderDetails=wire.DETAILS(view),
    )


async def place_bulk(call: Call) -> Response:
    """One order, which the real Samco cuts at the freeze quantity; this one does not."""
    view = await _placed(call)
    status = {"orderStatus": view.status.upper(), "rejectionReason": why(view) or ""}
    return told(call, "", orders=[{"orderNumber": view.order_id, **status, "orderDetails": wire.DETAILS(view)}])


async def modify(call: Call) -> Response:
    change = CHANGE.change({**await body_of(call), "orderNumber": call.path["id"]})
    return told(call, "Order  modified successfully.", ordernumber=call.modify(change).order_id)


def cancel(call: Call) -> Response:
    order = call.exchange.cancel(call.account, _named(call).order_id)
    return told(call, "Order cancellation request placed successfully", orderNumber=order.order_id)


def status(call: Call) -> Response:
    view = order_view(call.exchange, _named(call), wire.WORDS)
    text = "Order status retrieved successfully"
    return told(call, text, orderNumber=view.order_id, orderStatus=view.status.upper(), orderDetails=wire.DETAILS(view))


def _named(call: Call) -> Order:
    return call.find(call.account, call.request.query.get("orderNumber", ""))


async def prices(call: Call) -> Response:
    """What does not exist stands in a list of its own."""
    wanted = list[tuple[str, Security | None]]()
    for exchange, names in (await body_of(call)).items():
        if exchange not in (*EXCHANGES, "NFO", "BFO", "MCX", "CDS", "MFO", "INDEX") or not isinstance(names, list):
            raise TABLE.of_field(exchange, Fault.INVALID, None)
        wanted += [(str(name), find(exchange, str(name))) for name in names]
    wrong = [name for name, found in wanted if found is None]
    beside = {"invalidSymbol": wrong} if wrong else {}
    rows = reads.prices(call, wire.PRICE, (found for _, found in wanted))
    return told(call, "Multiquotes data retrieved successfully", **beside, multiQuotes=rows)


def quote(call: Call) -> Response:
    query = call.request.query
    found = find(query.get("exchange", "NSE"), query.get("symbolName", ""))
    if found is None:
        raise NO_SYMBOL.refused()
    return told(call, "Quote details retrieved successfully", **wire.QUOTE(quote_views.quote(call.exchange, found)))
