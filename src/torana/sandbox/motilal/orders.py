"""Orders and prices: how requests are read and answered."""

from collections.abc import Mapping
from dataclasses import replace

from torana.sandbox import quote_views
from torana.sandbox.call import Call
from torana.sandbox.models import Order, State
from torana.sandbox.motilal import wire
from torana.sandbox.motilal.errors import TABLE, body_of, told
from torana.sandbox.order_form import Fault
from torana.sandbox.order_table import OrderTable
from torana.sandbox.order_views import order_view
from torana.sandbox.securities import by_token
from torana.sandbox.web import Response

ORDER = OrderTable(TABLE.of_field, r"""
    exchange    exchange           one of NSE BSE, not NSEFO NSECD MCX BSEFO
    -           symboltoken        whole from 1
    side        buyorsell          one of BUY SELL
    order_type  ordertype          one of LIMIT, not MARKET STOPLOSS
    product     producttype        one of DELIVERY SELLFROMDP, not NORMAL Normal VALUEPLUS BTST MTF
    validity    orderduration      one of DAY IOC, not GTC GTD
    price       price              price from 1
    -           triggerprice       price to 0, else 0
    quantity    quantityinlot      whole from 1
    disclosed   disclosedquantity  whole from 0, else 0
    amo         amoorder           one of Y=true N=false
    -           goodtilldate       text upto 11, else null
    -           algoid             text upto 10, else null
    tag         tag                text upto 10 like [A-Za-z0-9\x20]+, else null
    -           participantcode    text upto 20, else null
""", typed=True)  # fmt: skip
CHANGE = OrderTable(TABLE.of_field, """
    order_id    uniqueorderid      text
    order_type  newordertype       one of LIMIT, not MARKET STOPLOSS
    -           neworderduration   one of DAY IOC, not GTC GTD
    price       newprice           price from 1
    quantity    newquantityinlot   whole from 1
    -           lastmodifiedtime   text
    -           qtytradedtoday     whole from 0
""", typed=True)  # fmt: skip
PRICED = OrderTable(TABLE.of_field, """
    -           exchange           one of NSE BSE
    -           scripcode          whole
""", typed=True)  # fmt: skip
_FINAL: Mapping[State, str] = {State.CANCELLED: "MO1066", State.COMPLETE: "MO1067", State.REJECTED: "MO1068"}


async def place(call: Call) -> Response:
    """A purchase brings shares for delivery, and sells none out of the demat account."""
    unknown = TABLE.refused("MO1058")
    form = ORDER.form(await body_of(call), lambda read: by_token(str(read["symboltoken"]), read["exchange"]), unknown)
    security = form.security
    if (form.side == "BUY" and form.product == "SELLFROMDP") or security is None:
        raise TABLE.of_field("producttype", Fault.INVALID, form.product)
    tag = form.tag.strip() or None if form.tag else None
    form = replace(form, quantity=form.quantity * security.lot, tag=tag)
    return placed(call.place(call.account, form.ticket(call.session.app)).order_id)


def placed(order_id: str | None) -> Response:
    return told("Order Placed Successfully", **({} if order_id is None else {"uniqueorderid": order_id}))


async def _named(call: Call) -> Order:
    given = (await body_of(call)).get("uniqueorderid")
    if not isinstance(given, str) or not given:
        raise TABLE.of_field("uniqueorderid", Fault.MISSING, None)
    return call.find(call.account, given)


async def cancel(call: Call) -> Response:
    order = await _named(call)
    _changeable(order)
    call.exchange.cancel(call.account, order.order_id)
    return told("Cancel Order Request Sent")


async def modify(call: Call) -> Response:
    """Who changes an order has to know it as it is."""
    given = CHANGE.read(await body_of(call))
    order = call.find(call.account, given["uniqueorderid"])
    _changeable(order)
    row = wire.ORDER(order_view(call.exchange, order, wire.WORDS))
    for name in ("lastmodifiedtime", "qtytradedtoday"):
        if given[name] != row[name]:
            raise TABLE.of_field(name, Fault.INVALID, None)
    quantity = given["newquantityinlot"] * order.security.lot
    call.exchange.modify(call.account, order.order_id, quantity=quantity, limit_price=given["newprice"])
    return told("Modify Order Request Sent Successfully")


def _changeable(order: Order) -> None:
    if order.final:
        raise TABLE.refused(_FINAL[order.state])


async def detail(call: Call) -> Response:
    row = wire.DETAIL(order_view(call.exchange, await _named(call), wire.WORDS))
    return told("Order Data", data=[row])


async def price(call: Call) -> Response:
    given = PRICED.read(await body_of(call))
    found = by_token(str(given["scripcode"]), given["exchange"])
    if found is None:
        raise TABLE.of_field("scripcode", Fault.INVALID, None)
    return told("LTP DATA", data=wire.PRICE(quote_views.quote(call.exchange, found)))
