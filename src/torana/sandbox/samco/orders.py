"""Orders and prices: how requests are read and answered."""

from dataclasses import replace
from typing import Any

from torana.market.models import Security
from torana.sandbox import quote_views
from torana.sandbox.call import Call
from torana.sandbox.models import Order
from torana.sandbox.order_form import Fault, OrderForm
from torana.sandbox.order_table import OrderTable
from torana.sandbox.order_views import order_view
from torana.sandbox.samco import wire
from torana.sandbox.samco.errors import TABLE, no_symbol, told
from torana.sandbox.securities import EXCHANGES, listed
from torana.sandbox.web import Response

ORDER = OrderTable(TABLE.of_field, """
    -           symbolName            text
    exchange    exchange              one of NSE BSE, not NFO BFO MCX CDS MFO, else "NSE"
    side        transactionType       one of BUY SELL
    order_type  orderType             one of L, not SL
    quantity    quantity              whole from 1
    disclosed   disclosedQuantity     whole from 0, else 0
    price       price                 price
    validity    orderValidity         one of DAY IOC
    -           afterMarketOrderFlag  one of YES NO, else "NO"
    product     productType           one of CNC, not NRML MIS
""")  # fmt: skip
CHANGE = OrderTable(TABLE.of_field, """
    order_id    orderNumber           text
    order_type  orderType             one of L, not SL, else "L"
    quantity    quantity              whole from 1, else null
    price       price                 price, else 0
    -           orderValidity         one of DAY IOC
""")  # fmt: skip
LARGEST_DISCLOSED_PART = 10


def _security(read: dict[str, Any]) -> Security:
    found = listed(read["exchange"]).get(read["symbolName"])
    if found is None:
        raise no_symbol()
    return found


async def _form(call: Call) -> tuple[OrderForm, bool]:
    """The order of a body, and whether it is for after the market."""
    given = await call.json_object(TABLE.of_field("body", Fault.MALFORMED, None))
    form = ORDER.form(given, _security)
    if 0 < form.disclosed * LARGEST_DISCLOSED_PART < form.quantity:
        raise TABLE.of_field("disclosedQuantity", Fault.TOO_SMALL, form.disclosed)
    return replace(form, order_type="LIMIT"), given.get("afterMarketOrderFlag") == "YES"


async def _placed(call: Call) -> Order:
    form, amo = await _form(call)
    return call.place(call.account, form.ticket(call.session.app, amo=amo))


async def place(call: Call) -> Response:
    order = await _placed(call)
    view = order_view(call.exchange, order, wire.WORDS)
    rejected = wire.why(view).removeprefix("--")
    return told(
        call,
        f"{view.product} Order request placed successfully",
        orderNumber=order.order_id,
        exchangeOrderStatus=view.status.upper(),
        rejectionReason=rejected,
        orderDetails=wire.details(view),
    )


async def place_bulk(call: Call) -> Response:
    """One order, which the real Samco cuts at the freeze quantity; this one does not."""
    view = order_view(call.exchange, await _placed(call), wire.WORDS)
    status = {"orderStatus": view.status.upper(), "rejectionReason": wire.why(view).removeprefix("--")}
    return told(call, "", orders=[{"orderNumber": view.order_id, **status, "orderDetails": wire.details(view)}])


async def modify(call: Call) -> Response:
    given = await call.json_object(TABLE.of_field("body", Fault.MALFORMED, None))
    change = CHANGE.read({**given, "orderNumber": call.path["id"]})
    order = call.exchange.modify(
        call.account, change["orderNumber"], quantity=change["quantity"], limit_price=change["price"] or None
    )
    return told(call, "Order  modified successfully.", ordernumber=order.order_id)


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
    given = await call.json_object(TABLE.of_field("body", Fault.MALFORMED, None))
    rows, wrong = list[object](), list[str]()
    for exchange, names in given.items():
        if exchange not in (*EXCHANGES, "NFO", "BFO", "MCX", "CDS", "MFO", "INDEX") or not isinstance(names, list):
            raise TABLE.of_field(exchange, Fault.INVALID, None)
        for name in names:
            found = listed(exchange).get(str(name)) if exchange in EXCHANGES else None
            if found is None:
                wrong.append(str(name))
            else:
                rows.append(wire.PRICE(quote_views.quote(call.exchange, found)))
    beside = {"invalidSymbol": wrong} if wrong else {}
    return told(call, "Multiquotes data retrieved successfully", **beside, multiQuotes=rows)


def quote(call: Call) -> Response:
    query = call.request.query
    found = listed(query.get("exchange", "NSE")).get(query.get("symbolName", ""))
    if found is None:
        raise no_symbol()
    return told(call, "Quote details retrieved successfully", **wire.QUOTE(quote_views.quote(call.exchange, found)))
