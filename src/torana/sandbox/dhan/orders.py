"""Orders, what releases shares for them, and prices: how requests are read and answered."""

from torana.sandbox import depository_pages, reads, web
from torana.sandbox.call import Call
from torana.sandbox.dhan import wire
from torana.sandbox.dhan.errors import TABLE, TABLES
from torana.sandbox.dialect import order_update
from torana.sandbox.models import Order, OrderRefused
from torana.sandbox.order_views import order_view
from torana.sandbox.securities import by_token
from torana.sandbox.web import Response

PRICES_IN_A_REQUEST = 1000
_CDSL = "/dhan/cdsl/eDIS/VerifyDIS/"
ORDER, CHANGE, _RELEASE = TABLES.request("order"), TABLES.request("change"), TABLES.request("release")


def place(call: Call) -> object:
    form = ORDER.form(call.given, lambda read: by_token(read["securityId"], read["exchangeSegment"]))
    TABLE.check_amounts(form.order_type, {"price": form.price})
    if form.amo and call.given.get("amoTime") is None:
        raise TABLE.refused("DH-905")
    return _told(call.place(call.account, form.ticket(call.session.app)), "TRANSIT")


def _told(order: Order, status: str) -> dict[str, object]:
    return {"orderId": order.order_id, "orderStatus": status}


def modify(call: Call) -> object:
    change = CHANGE.change(call.given)
    if change.order_id != call.path["id"]:
        raise TABLE.refused("DH-905")
    return _told(call.modify(change), "TRANSIT")


def cancel(call: Call) -> Response:
    order = call.find(call.account, call.path["id"])
    if order.state in wire.IN_TRANSIT:
        raise TABLE.refused("DH-906", "Order is in Transit state")
    return web.json(_told(call.exchange.cancel(call.account, order.order_id), "CANCELLED"), 202)


def by_id(call: Call) -> object:
    """An empty list where there is none."""
    try:
        order = call.find(call.account, call.path["id"])
    except OrderRefused:
        return []
    return [wire.ORDER(order_view(call.exchange, order, wire.WORDS))]


def by_correlation_id(call: Call) -> object:
    known = [one for one in call.book(call.account) if one.tag == call.path["id"] and one.state not in wire.IN_TRANSIT]
    if not known:
        raise TABLE.refused("DH-906", status=404)
    return [wire.ORDER(order_view(call.exchange, one, wire.WORDS)) for one in known]


postback = order_update(wire.POSTBACK, wire.WORDS)


def edis_form(call: Call) -> object:
    """A page with the form that the browser takes to CDSL."""
    asked = _RELEASE.read(call.given)
    if asked["isin"] not in call.account.holdings:
        raise TABLE.refused("DH-905")
    quantities = None if asked["bulk"] else {asked["isin"]: asked["qty"]}
    handed_out = depository_pages.hand_out(call, quantities, digits=15, depository_id="83400")
    fields = depository_pages.hidden_fields(handed_out, ">")
    form = f'<form name="frmDIS" method="post" action="{call.world.url}{_CDSL}" >{fields}'
    page = f'<!DOCTYPE html> <html><body onload="submit()">{form}<input type="submit"></form> </body> </html>'
    return {"dhanClientId": call.account.user_id, "edisFormHtml": page}


def inquire(call: Call) -> object:
    account, which = call.account, call.path["isin"]
    if which == "ALL" and account.holdings:
        return [_released(call, isin) for isin in account.holdings]
    if which not in account.holdings:
        raise TABLE.refused("DH-908" if which == "ALL" else "DH-905")
    return _released(call, which)


def _released(call: Call, isin: str) -> dict[str, object]:
    held = call.account.holdings[isin]
    numbers = {"totalQty": held.quantity, "aprvdQty": held.authorised}
    status = {"status": "SUCCESS", "remarks": "eDIS transaction done successfully"} if held.authorised else {}
    return {"clientId": call.account.user_id, "isin": isin, **numbers, **({"status": "", "remarks": ""} | status)}


def prices(call: Call) -> object:
    """By segment and id; what is not listed is left out."""
    if call.request.headers.get("client-id") != call.account.user_id:
        raise TABLE.refused("808")
    asked = {name: ids for name, ids in call.given.items() if name != "dhanClientId"}
    if not asked or not all(isinstance(ids, list) and all(type(one) is int for one in ids) for ids in asked.values()):
        raise TABLE.refused("814")
    if sum(len(ids) for ids in asked.values()) > PRICES_IN_A_REQUEST:
        raise TABLE.refused("804")
    shape = wire.OHLC if call.request.path.endswith("/ohlc") else wire.LTP
    known = {
        segment: [(str(one), by_token(str(one), wire.EXCHANGES.get(segment, ""))) for one in ids]
        for segment, ids in asked.items()
    }
    told = {
        segment: reads.quotes(call, shape, ((name, found) for name, found in named if found is not None))
        for segment, named in known.items()
    }
    return {"data": told, "status": "success"}
