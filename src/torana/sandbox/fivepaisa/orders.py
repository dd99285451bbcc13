"""Orders and prices: how requests are read and answered."""

from collections.abc import Callable
from typing import Any

from torana.market.models import Security
from torana.sandbox import reads
from torana.sandbox.fivepaisa import wire
from torana.sandbox.fivepaisa.errors import ORDER_ID, TABLE, Asked
from torana.sandbox.models import Order, OrderRefused, Reason
from torana.sandbox.order_form import objects
from torana.sandbox.order_table import OrderTable
from torana.sandbox.order_views import order_view
from torana.sandbox.securities import by_token, find

PRICES_IN_A_REQUEST = 50
ORDER = OrderTable(TABLE.of_field, """
    exchange    Exchange         one of N=NSE B=BSE, not M
    -           ExchangeType     one of C, not D U
    -           ScripCode        whole, else 0
    -           ScripData        text, else ""
    side        OrderType        one of B=BUY Buy=BUY BUY S=SELL Sell=SELL SELL
    price       Price            price
    order_type  kind             one of MARKET LIMIT
    -           StopLossPrice    price to 0, else 0
    quantity    Qty              whole from 1
    disclosed   DisQty           whole from 0, else 0
    product     product          one of D, not I
    validity    validity         one of 0=DAY 3=IOC
    amo         AHPlaced         one of Y=true N=false, else false
    tag         RemoteOrderID    text upto 23, else null
""")  # fmt: skip
"""`kind`, `product` and `validity` are made of the fields that 5paisa has in their place."""
CHANGE = OrderTable(TABLE.of_field, """
    price       Price            price, else 0
    quantity    Qty              whole from 1, else null
""")  # fmt: skip


def security_of(letter: object, code: object) -> Security | None:
    exchange = wire.EXCHANGES.get(str(letter))
    return by_token(str(code), exchange) if exchange else None


def _asked_for(read: dict[str, Any]) -> Security | None:
    """By the code, or else by the name that ends in its series."""
    if read["ScripCode"]:
        return by_token(str(read["ScripCode"]), read["Exchange"])
    symbol, _, series = read["ScripData"].rpartition("_")
    named = find(read["Exchange"], symbol)
    return named if named and named.series == series else None


def _plain(body: dict[str, Any]) -> dict[str, Any]:
    market = not str(body.get("Price") or "").strip("0.")
    return {
        **body,
        "Price": body.get("Price") or 0,
        "kind": "MARKET" if market else "LIMIT",
        "product": "I" if body.get("IsIntraday") in (True, "true") else "D",
        "validity": str(body.get("iOrderValidity", 0)),
    }


def place(asked: Asked) -> dict[str, object]:
    call = asked.call
    form = ORDER.form(_plain(asked.body), _asked_for, TABLE.refused("2"))
    return _told(call.place(call.account, form.ticket(call.session.app)), 1)


def _told(order: Order, rms: int) -> dict[str, object]:
    return {
        "BrokerOrderID": int(order.order_id), "ClientCode": order.account_id, "Exch": wire.LETTERS[order.exchange],
        "ExchOrderID": order.exchange_order_id if rms == 0 else "0", "ExchType": "C", "LocalOrderID": 0,
        "RMSResponseCode": rms, "RemoteOrderID": order.tag or "", "ScripCode": order.security.exchange_token,
        "Time": wire.moment(order.updated_at or order.accepted_at),
    }  # fmt: skip


def _named(asked: Asked) -> Order:
    """The order of this exchange's id. Raises `OrderRefused`."""
    wanted = str(asked.body.get("ExchOrderID") or "0")
    for order in asked.call.book(asked.call.account):
        if wanted != "0" and order.exchange_order_id == wanted:
            return order
    raise OrderRefused(Reason.NOT_FOUND, "there is no such order")


def cancel(asked: Asked) -> dict[str, object]:
    order = _named(asked)
    if order.final:
        line = TABLE.refused("1", "Order is final already", status=200)
        line.field, line.value = ORDER_ID, int(order.order_id)
        raise line
    return _told(asked.call.exchange.cancel(asked.call.account, order.order_id), 0)


def modify(asked: Asked) -> dict[str, object]:
    change, order = CHANGE.read(asked.body), _named(asked)
    price, quantity = change["Price"] or None, change["Qty"]
    call = asked.call
    return _told(call.exchange.modify(call.account, order.order_id, quantity=quantity, limit_price=price), 0)


def statuses(asked: Asked) -> dict[str, object]:
    """By exchange and `RemoteOrderID`. Rows do not repeat the latter."""
    wanted = objects(asked.body.get("OrdStatusReqList"), TABLE.refused("2"), least=0)
    tags = {(wire.EXCHANGES.get(str(one.get("Exch"))), str(one.get("RemoteOrderID") or "")) for one in wanted}
    call = asked.call
    found = [order for order in call.book(call.account) if order.tag and (order.exchange, order.tag) in tags]
    return {"OrdStatusResLst": [wire.STATUS_ROW(order_view(call.exchange, one, wire.WORDS)) for one in found]}


def prices(asked: Asked) -> dict[str, object]:
    return _prices(asked, "ScripCode", security_of)


def prices_by_symbol(asked: Asked) -> dict[str, object]:
    """The older way: shares by their symbol."""
    return _prices(asked, "Symbol", lambda letter, symbol: find(wire.EXCHANGES.get(str(letter), ""), str(symbol)))


def _prices(asked: Asked, name: str, named: Callable[[Any, Any], Security | None]) -> dict[str, object]:
    wanted = objects(asked.body.get("MarketFeedData"), TABLE.refused("2"), most=PRICES_IN_A_REQUEST)
    if not all(str(one.get(name) or "") for one in wanted):
        raise TABLE.refused("page")
    found = [named(one.get("Exch"), one.get(name)) for one in wanted if one.get("ExchType") == "C"]
    rows = reads.prices(asked.call, wire.PRICE, found)
    return {"CacheTime": 5, "Data": rows, "TimeStamp": wire.moment(asked.call.exchange.now())}
