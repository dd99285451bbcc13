"""Orders and prices: how requests are read and answered."""

from collections.abc import Callable
from typing import Any

from torana.market.models import Security
from torana.sandbox import reads
from torana.sandbox.call import Call
from torana.sandbox.fivepaisa import wire
from torana.sandbox.fivepaisa.errors import ORDER_ID, TABLE, TABLES
from torana.sandbox.models import Order, OrderRefused, Reason
from torana.sandbox.order_form import objects
from torana.sandbox.order_views import order_view
from torana.sandbox.securities import by_token, find

PRICES_IN_A_REQUEST = 50
ORDER, CHANGE = TABLES.request("order"), TABLES.request("change")


def security_of(letter: object, code: object) -> Security | None:
    exchange = wire.EXCHANGES.get(str(letter))
    return by_token(str(code), exchange) if exchange else None


def _asked_for(read: dict[str, Any]) -> Security | None:
    """By the code, or else by the name that ends in its series."""
    if read["ScripCode"]:
        return by_token(str(read["ScripCode"]), read["Exchange"])
    return wire.by_scrip_data(read["Exchange"], read["ScripData"])


def _plain(body: dict[str, Any]) -> dict[str, Any]:
    market = not str(body.get("Price") or "").strip("0.")
    return {
        **body,
        "Price": body.get("Price") or 0,
        "kind": "MARKET" if market else "LIMIT",
        "product": "I" if body.get("IsIntraday") in (True, "true") else "D",
        "validity": str(body.get("iOrderValidity", 0)),
    }


def place(call: Call) -> dict[str, object]:
    form = ORDER.form(_plain(call.given), _asked_for, TABLE.refused("2"))
    return _told(call.place(call.account, form.ticket(call.session.app)), 1)


def _told(order: Order, rms: int) -> dict[str, object]:
    return {
        "BrokerOrderID": int(order.order_id), "ClientCode": order.account_id, "Exch": wire.LETTERS[order.exchange],
        "ExchOrderID": order.exchange_order_id if rms == 0 else "0", "ExchType": "C", "LocalOrderID": 0,
        "RMSResponseCode": rms, "RemoteOrderID": order.tag or "", "ScripCode": order.security.exchange_token,
        "Time": wire.moment(order.updated_at or order.accepted_at),
    }  # fmt: skip


def _named(call: Call) -> Order:
    """The order of this exchange's id. Raises `OrderRefused`."""
    wanted = str(call.given.get("ExchOrderID") or "0")
    for order in call.book(call.account):
        if wanted != "0" and order.exchange_order_id == wanted:
            return order
    raise OrderRefused(Reason.NOT_FOUND, "there is no such order")


def cancel(call: Call) -> dict[str, object]:
    order = _named(call)
    if order.final:
        raise TABLE.named("final").refused(field=ORDER_ID, value=int(order.order_id))
    return _told(call.exchange.cancel(call.account, order.order_id), 0)


def modify(call: Call) -> dict[str, object]:
    change, order = CHANGE.read(call.given), _named(call)
    price, quantity = change["Price"] or None, change["Qty"]
    return _told(call.exchange.modify(call.account, order.order_id, quantity=quantity, limit_price=price), 0)


def statuses(call: Call) -> dict[str, object]:
    """By exchange and `RemoteOrderID`. Rows do not repeat the latter."""
    wanted = objects(call.given.get("OrdStatusReqList"), TABLE.refused("2"), least=0)
    tags = {(wire.EXCHANGES.get(str(one.get("Exch"))), str(one.get("RemoteOrderID") or "")) for one in wanted}
    found = [order for order in call.book(call.account) if order.tag and (order.exchange, order.tag) in tags]
    return {"OrdStatusResLst": [wire.STATUS(order_view(call.exchange, one, wire.WORDS)) for one in found]}


def prices(call: Call) -> dict[str, object]:
    return _prices(call, "ScripCode", security_of)


def prices_by_symbol(call: Call) -> dict[str, object]:
    """The older way: shares by their symbol."""
    return _prices(call, "Symbol", lambda letter, symbol: find(wire.EXCHANGES.get(str(letter), ""), str(symbol)))


def _prices(call: Call, name: str, named: Callable[[Any, Any], Security | None]) -> dict[str, object]:
    wanted = objects(call.given.get("MarketFeedData"), TABLE.refused("2"), most=PRICES_IN_A_REQUEST)
    if not all(str(one.get(name) or "") for one in wanted):
        raise TABLE.refused("page")
    found = [named(one.get("Exch"), one.get(name)) for one in wanted if one.get("ExchType") == "C"]
    rows = reads.prices(call, wire.PRICE, found)
    return {"CacheTime": 5, "Data": rows, "TimeStamp": wire.moment(call.exchange.now())}
