"""Orders and prices: how requests are read and answered."""

from torana.sandbox import fills, quote_views, reads
from torana.sandbox.call import Call
from torana.sandbox.dialect import order_update
from torana.sandbox.exchange import Exchange
from torana.sandbox.fyers import wire
from torana.sandbox.fyers.errors import ORDER_ID, REFUSALS, TABLE, TABLES, success
from torana.sandbox.models import OrderRefused, Reason, Ticket
from torana.sandbox.order_form import Fault
from torana.sandbox.refusals import Refused
from torana.sandbox.web import Response

PRICES_IN_A_REQUEST = 50
BY_RISK_MANAGEMENT = frozenset(
    {Reason.FREEZE, Reason.NOT_AUTHORISED, Reason.MARKET_CLOSED, Reason.AMO_CLOSED, Reason.ACCOUNT_BLOCKED}
)
"""What the answer refuses beside an order that the book shows as rejected from then on."""
ORDER, CHANGE = TABLES.request("order", typed=True), TABLES.request("change", typed=True)


def place(call: Call) -> Response:
    unknown = TABLE.of_field("symbol", Fault.INVALID, None)
    form = ORDER.form(call.given, lambda read: wire.find_by_ticker(read["symbol"]), unknown)
    TABLE.check_amounts(form.order_type, {"limitPrice": form.price})
    if form.tag in ("Untagged", call.account.user_id):
        raise TABLE.of_field("orderTag", Fault.INVALID, None)
    ticket = form.ticket(call.session.app)
    try:
        return placed(call.place(call.account, ticket).order_id)
    except OrderRefused as refusal:
        if refusal.reason not in BY_RISK_MANAGEMENT:
            raise
        raise _rejected(call, ticket, refusal) from None


def _rejected(call: Call, ticket: Ticket, refusal: OrderRefused) -> Refused:
    order = call.exchange.accept(call.account, ticket, ticket, reject=refusal.reason)
    if not order.final:
        fills.reject(call.exchange, order, refusal.reason)
    refused = REFUSALS.of_reason(refusal)
    refused.field, refused.value = ORDER_ID, order.order_id
    return refused


def placed(order_id: str | None) -> Response:
    told = {} if order_id is None else {"id": order_id}
    return success(told, 1101, f"Order submitted successfully. Your Order Ref. No.{order_id or ''}")


def modify(call: Call) -> Response:
    change = CHANGE.change(call.given)
    return success({"id": call.modify(change).order_id}, 1102, "Successfully modified order")


def cancel(call: Call) -> Response:
    given = call.given.get("id")
    if not isinstance(given, str) or not given:
        raise TABLE.of_field("id", Fault.MISSING, given)
    return _cancelled(call, given)


def cancel_in_path(call: Call) -> Response:
    return _cancelled(call, call.path["id"])


def _cancelled(call: Call, order_id: str) -> Response:
    order = call.exchange.cancel(call.account, order_id)
    return success({"id": order.order_id}, 1103, "Successfully cancelled order")


_READ_BOOK, _READ_TRADES = reads.book(wire.ORDER, wire.WORDS), reads.trades(wire.TRADE)


def book(call: Call) -> dict[str, object]:
    """All, or those of an id or a tag."""
    return {"orderBook": _chosen(call, _READ_BOOK(call), "id")}


def trades(call: Call) -> dict[str, object]:
    return {"tradeBook": _chosen(call, _READ_TRADES(call), "orderNumber")}


def _chosen(call: Call, rows: list[reads.Row], id_field: str) -> list[reads.Row]:
    query = call.request.query
    wanted = {id_field: query.get("id"), "orderTag": query.get("order_tag")}
    return [row for row in rows if all(value in (None, row[name]) for name, value in wanted.items())]


def quotes(call: Call) -> dict[str, object]:
    tickers = [one for one in call.request.query.get("symbols", "").split(",") if one]
    if not 0 < len(tickers) <= PRICES_IN_A_REQUEST:
        raise TABLE.of_field("symbols", Fault.INVALID, None)
    return {"d": [_quote(call.exchange, one) for one in tickers]}


def _quote(exchange: Exchange, ticker: str) -> dict[str, object]:
    security = wire.find_by_ticker(ticker)
    if security is None:
        return {"n": ticker, "s": "error", "v": {"code": -300, "errmsg": "invalid symbol provided", "s": "error"}}
    return {"n": ticker, "s": "ok", "v": wire.QUOTE(quote_views.quote(exchange, security))}


postback = order_update(wire.POSTBACK, wire.WORDS)
