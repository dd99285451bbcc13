"""Orders, what releases shares for them, and prices: how requests are read and answered."""

from typing import Any

from torana.market.models import Security
from torana.sandbox import depository_pages, quote_views, reads
from torana.sandbox.angelbroking import wire
from torana.sandbox.angelbroking.errors import TABLE, TABLES
from torana.sandbox.call import Call
from torana.sandbox.depository import Step
from torana.sandbox.dialect import order_update
from torana.sandbox.models import Order
from torana.sandbox.order_views import order_view
from torana.sandbox.securities import by_token, with_series

TOKENS_IN_A_REQUEST = 50
_DIGITS = 16
"""Of the number of a release."""
ORDER, CHANGE = TABLES.request("order"), TABLES.request("change")
_PRICED, _RELEASE = TABLES.request("priced"), TABLES.request("release")


def _asked_for(read: dict[str, Any]) -> Security:
    security = by_token(read["symboltoken"], read["exchange"])
    if security is None or read["tradingsymbol"] != with_series(security):
        raise TABLE.refused("AB1009")
    return security


def place(call: Call) -> object:
    ticket = ORDER.form(call.given, _asked_for).ticket(call.session.app, amo=call.exchange.waits_by_itself())
    return {"script": call.given["tradingsymbol"]} | _ids(call.place(call.account, ticket))


def modify(call: Call) -> object:
    """The security has to be named again."""
    change = CHANGE.change(call.given)
    order, security = call.find(call.account, change.order_id), _asked_for(_PRICED.read(call.given))
    if (order.exchange, order.symbol) != (security.exchange, security.symbol):
        raise TABLE.refused("AB1009")
    _check_variety(call, order)
    return _ids(call.modify(change))


def cancel(call: Call) -> object:
    order = call.find(call.account, str(call.given.get("orderid")))
    _check_variety(call, order)
    return _ids(call.exchange.cancel(call.account, order.order_id))


def _check_variety(call: Call, order: Order) -> None:
    if call.given.get("variety") != wire.variety_of(order):
        raise TABLE.refused("AB1008")


def details(call: Call) -> object:
    for order in call.book(call.account):
        if order.guid == call.path["id"]:
            return wire.SINGLE_ORDER(order_view(call.exchange, order, wire.WORDS))
    raise TABLE.refused("AB1013")


def _ids(order: Order) -> dict[str, object]:
    return {"orderid": order.order_id, "uniqueorderid": order.guid}


postback = order_update(wire.UPDATE, wire.WORDS)


def quotes(call: Call) -> object:
    shape, wanted = wire.QUOTES.get(str(call.given.get("mode"))), call.given.get("exchangeTokens")
    if shape is None or not isinstance(wanted, dict) or not all(isinstance(one, list) for one in wanted.values()):
        raise TABLE.refused("AB2000")
    tokens = [(where, str(token), by_token(str(token), where)) for where, some in wanted.items() for token in some]
    if len(tokens) > TOKENS_IN_A_REQUEST:
        raise TABLE.refused("AB2000")
    missing = {"message": "Failed to get symbol details", "errorCode": "AB1018"}
    unfetched = [{"exchange": where, "symbolToken": token} | missing for where, token, one in tokens if one is None]
    return {"fetched": reads.prices(call, shape, (one for _, _, one in tokens)), "unfetched": unfetched}


def last_price(call: Call) -> object:
    """Of one security, everything a text."""
    return wire.LAST_PRICE(quote_views.quote(call.exchange, _asked_for(_PRICED.read(call.given))))


def verify_dis(call: Call) -> object:
    """Begins an authorisation; it is the browser that takes it to CDSL."""
    isin, quantity = _RELEASE.read(call.given).values()
    if isin not in call.account.holdings:
        raise TABLE.refused("AG2001")
    if call.account.holdings[isin].authorised >= quantity:
        nothing = dict.fromkeys(("ReturnURL", "DPId", "BOID", "TransDtls"))
        told = {"ReqId": depository_pages.number(_DIGITS), "version": depository_pages.CDSL_VERSION}
        raise TABLE.refused("AG1000", value=told | nothing)
    form = depository_pages.hand_out(call, {isin: quantity}, digits=_DIGITS, depository_id="33200")
    version, returned = form.pop("Version"), f"{call.world.url}/angelbroking/cdsl/returned"
    return {**form, "version": version, "BOID": "1203320000000000", "ReturnURL": returned}


def tran_status(call: Call) -> object:
    wanted = call.world.depository.find(str(call.given.get("ReqId")))
    if wanted is None or wanted.account is not call.account:
        raise TABLE.refused("AG2001")
    status = "1" if wanted.step is Step.DONE else "0"
    row = {"TxnReqId": wanted.key, "TxnId": wanted.key, "Status": status, "Errorcode": ""}
    ids = {"ReqId": wanted.key, "ReqType": "D", "ResId": wanted.key, "ResStatus": "0", "ResError": "", "Remarks": ""}
    return {"TransResDtls": {**ids, "RecordResDtls": [row]}}
