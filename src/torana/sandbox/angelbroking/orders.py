"""Orders: how they are read, what is refused at once and what in the book, how they are shown."""

from collections.abc import Mapping
from functools import cache

from torana.market import calendar
from torana.market.securities import Security
from torana.sandbox.angelbroking import wire
from torana.sandbox.angelbroking.errors import REFUSALS, body_of, refuse
from torana.sandbox.call import Call
from torana.sandbox.exchange import Exchange
from torana.sandbox.models import Order, OrderRefused, Side
from torana.sandbox.order_form import Fault, OrderForm, Reader
from torana.sandbox.order_views import order_view
from torana.sandbox.postbacks import Postback
from torana.sandbox.prices import listed
from torana.sandbox.world import App


async def place(call: Call) -> object:
    form = _read_order(Reader(await body_of(call), _problem))
    amo = not call.exchange.phase().takes_orders and calendar.amo_open(call.exchange.now())
    ticket = form.ticket(call.session.app, amo=amo)
    try:
        order = call.place(call.account, ticket)
    except OrderRefused as refusal:
        if refusal.reason in REFUSALS.reasons:
            raise
        order = call.exchange.accept(call.account, ticket, ticket, reject=refusal.reason)
    return {"script": wire.trading_symbol(listed()[ticket.symbol])} | _ids(order)


async def cancel(call: Call) -> object:
    body = await body_of(call)
    order = call.find(call.account, str(body.get("orderid")))
    if body.get("variety") != wire.variety_of(order):
        raise refuse("AB1008")
    call.exchange.cancel(call.account, order.order_id)
    return _ids(order)


def _read_order(read: Reader) -> OrderForm:
    read.choice("variety", ("NORMAL", "STOPLOSS", "ROBO"), ("NORMAL",))
    exchange = read.choice("exchange", ("NSE", "BSE", "NFO", "BFO", "MCX"), ("NSE",))
    security = security_of(exchange, read.text("symboltoken"))
    if security is None or read.text("tradingsymbol") != wire.trading_symbol(security):
        raise refuse("AB1009")
    return OrderForm(
        symbol=security.symbol,
        side=Side(read.choice("transactiontype", ("BUY", "SELL"))),
        quantity=read.whole("quantity"),
        order_type=read.choice(
            "ordertype", ("MARKET", "LIMIT", "STOPLOSS_LIMIT", "STOPLOSS_MARKET"), ("MARKET", "LIMIT")
        ),
        price=read.price("price") if read.has("price") else 0,
        product=read.choice("producttype", ("DELIVERY", "CARRYFORWARD", "MARGIN", "INTRADAY", "BO"), ("DELIVERY",)),
        validity=read.choice("duration", ("DAY", "IOC")),
        tag=read.optional_text("ordertag", longest=19),
    )


def _problem(field: str, fault: Fault, value: object) -> Exception:
    codes = {"variety": "AB1008", "exchange": "AB1009", "symboltoken": "AB1009", "tradingsymbol": "AB1009"}
    codes |= {"producttype": "AB1012", "ordertag": "AB4008"}
    return refuse("AB2002" if value == "ROBO" else codes.get(field, "AB2000"))


def details(call: Call) -> object:
    for order in call.book(call.account):
        if order.guid == call.path["id"]:
            return wire.SINGLE_ORDER(order_view(call.exchange, order, wire.WORDS))
    raise refuse("AB1013")


def _ids(order: Order) -> dict[str, object]:
    return {"orderid": order.order_id, "uniqueorderid": order.guid}


def postback(exchange: Exchange, order: Order, app: App) -> Postback | None:
    """An order update. It carries no proof of where it comes from."""
    told = wire.SINGLE_ORDER(order_view(exchange, order, wire.WORDS)) | {"clientcode": order.account_id}
    lie = told | {"status": "complete", "orderstatus": "complete", "filledshares": str(order.quantity)}
    return Postback.of(app.postback_url, told, lie)


@cache
def _tokens_of_nse() -> Mapping[str, Security]:
    return {str(one.exchange_token): one for one in listed().values()}


def security_of(exchange: object, token: object) -> Security | None:
    return _tokens_of_nse().get(str(token)) if exchange == "NSE" else None
