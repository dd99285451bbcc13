"""Orders and prices: how requests are read and answered."""

from collections.abc import Callable
from typing import Any

from torana.market.models import Security
from torana.sandbox import quote_views
from torana.sandbox.fivepaisa import wire
from torana.sandbox.fivepaisa.errors import ORDER_ID, TABLE, Asked
from torana.sandbox.models import Order, OrderRefused, Reason
from torana.sandbox.order_table import OrderTable
from torana.sandbox.order_views import order_view
from torana.sandbox.securities import by_token, find, listed

PRICES_IN_A_REQUEST = 50
_SIDES = {"B": "BUY", "S": "SELL", "Buy": "BUY", "Sell": "SELL", "BUY": "BUY", "SELL": "SELL"}
ORDER = OrderTable(TABLE.of_field, """
    -           Exchange         one of N B, not M
    -           ExchangeType     one of C, not D U
    -           ScripCode        whole, else 0
    -           ScripData        text, else ""
    side        OrderType        one of BUY SELL
    price       Price            price
    order_type  kind             one of MARKET LIMIT
    -           StopLossPrice    price to 0, else 0
    quantity    Qty              whole from 1
    disclosed   DisQty           whole from 0, else 0
    product     product          one of D, not I
    validity    validity         one of DAY IOC
    -           AHPlaced         one of Y N, else "N"
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


def _asked_for(read: dict[str, Any]) -> Security:
    """By the code, or else by the name that ends in its series."""
    found = security_of(read["Exchange"], read["ScripCode"])
    if found is None and not read["ScripCode"]:
        symbol, _, series = read["ScripData"].rpartition("_")
        named = listed(wire.EXCHANGES[read["Exchange"]]).get(symbol)
        found = named if named and named.series == series else None
    if found is None:
        raise TABLE.refused("2")
    return found


def _plain(body: dict[str, Any]) -> dict[str, Any]:
    market = not str(body.get("Price") or "").strip("0.")
    return {
        **body,
        "Price": body.get("Price") or 0,
        "OrderType": _SIDES.get(str(body.get("OrderType")), body.get("OrderType")),
        "kind": "MARKET" if market else "LIMIT",
        "product": "I" if body.get("IsIntraday") in (True, "true") else "D",
        "validity": {"0": "DAY", "3": "IOC"}.get(str(body.get("iOrderValidity", 0)), ""),
    }


def place(asked: Asked) -> dict[str, object]:
    call = asked.call
    form = ORDER.form(_plain(asked.body), _asked_for)
    ticket = form.ticket(call.session.app, amo=asked.body.get("AHPlaced") == "Y")
    return _told(call.place(call.account, ticket), 1)


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


def listed_objects(asked: Asked, name: str) -> list[dict[str, Any]]:
    """A list of what is asked about. Raises `Refused`."""
    wanted = asked.body.get(name)
    if not isinstance(wanted, list) or not all(isinstance(one, dict) for one in wanted):
        raise TABLE.refused("2")
    return wanted


def statuses(asked: Asked) -> dict[str, object]:
    """By exchange and `RemoteOrderID`. Rows do not repeat the latter."""
    wanted = listed_objects(asked, "OrdStatusReqList")
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
    wanted = listed_objects(asked, "MarketFeedData")
    if not 0 < len(wanted) <= PRICES_IN_A_REQUEST:
        raise TABLE.refused("2")
    if not all(str(one.get(name) or "") for one in wanted):
        raise TABLE.refused("page")
    found = [named(one.get("Exch"), one.get(name)) for one in wanted if one.get("ExchType") == "C"]
    exchange = asked.call.exchange
    rows = [wire.PRICE(quote_views.quote(exchange, one)) for one in found if one is not None]
    return {"CacheTime": 5, "Data": rows, "TimeStamp": wire.moment(exchange.now())}
