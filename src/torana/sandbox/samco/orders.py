"""Orders and prices: how requests are read and answered."""

from torana.market.models import Security
from torana.sandbox import quote_views, reads
from torana.sandbox.call import Call
from torana.sandbox.models import Order
from torana.sandbox.order_form import Fault
from torana.sandbox.order_table import OrderTable
from torana.sandbox.order_views import OrderView, order_view
from torana.sandbox.rejections import why
from torana.sandbox.samco import wire
from torana.sandbox.samco.errors import NO_SYMBOL, TABLE, body_of, told
from torana.sandbox.securities import EXCHANGES, find
from torana.sandbox.web import Response

ORDER = OrderTable(TABLE.of_field, """
    -           symbolName            text
    exchange    exchange              one of NSE BSE, not NFO BFO MCX CDS MFO, else "NSE"
    side        transactionType       one of BUY SELL
    order_type  orderType             one of L=LIMIT, not SL
    quantity    quantity              whole from 1
    disclosed   disclosedQuantity     whole from 0, else 0
    price       price                 price
    validity    orderValidity         one of DAY IOC
    amo         afterMarketOrderFlag  one of YES=true NO=false, else false
    product     productType           one of CNC, not NRML MIS
""")  # fmt: skip
CHANGE = OrderTable(TABLE.of_field, """
    order_id    orderNumber           text
    -           orderType             one of L, not SL, else "L"
    quantity    quantity              whole from 1, else null
    price       price                 price, else 0
    -           orderValidity         one of DAY IOC
""")  # fmt: skip
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
        orderDetails=wire.details(view),
    )


async def place_bulk(call: Call) -> Response:
    """One order, which the real Samco cuts at the freeze quantity; this one does not."""
    view = await _placed(call)
    status = {"orderStatus": view.status.upper(), "rejectionReason": why(view) or ""}
    return told(call, "", orders=[{"orderNumber": view.order_id, **status, "orderDetails": wire.details(view)}])


async def modify(call: Call) -> Response:
    change = CHANGE.change({**await body_of(call), "orderNumber": call.path["id"]})
    return told(call, "Order  modified successfully.", ordernumber=call.modify(change).order_id)


def cancel(call: Call) -> Response:
    order = call.exchange.cancel(call.account, _named(call).order_id)
    return told(call, "Order cancellation request placed successfully", orderNumber=order.order_id)


def status(call: Call) -> Response:
    view = order_view(call.exchange, _named(call), wire.WORDS)
    text = "Order status retrieved successfully"
    return told(call, text, orderNumber=view.order_id, orderStatus=view.status.upper(), orderDetails=wire.details(view))


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
