"""Orders as Kite takes and shows them: parameters, the markers of a protected market order, postbacks.

Parameters come form-encoded from the API and as JSON from a browser basket.
Source: Kite Connect v3 documentation, orders; offsite order execution; postbacks. Simulated: delivery (CNC) of equities
of NSE and BSE as MARKET or LIMIT, DAY or IOC, variety regular or amo. Everything else that Kite knows is refused as not
simulated.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256

from torana.sandbox.call import Call
from torana.sandbox.exchange import Exchange
from torana.sandbox.kite.errors import TABLES, input_error, success
from torana.sandbox.kite.wire import BOOK, VOCABULARY, find
from torana.sandbox.models import Order, OrderType, Side
from torana.sandbox.order_form import OrderForm
from torana.sandbox.order_views import OrderView, order_view
from torana.sandbox.postbacks import Postback
from torana.sandbox.web import FORM, Response
from torana.sandbox.world import App

_MARKET, _LIMIT = TABLES.request("order"), TABLES.request("limit_order")
_VARIETY = TABLES.request("variety")
_CHANGE, _LIMIT_CHANGE = TABLES.request("change"), TABLES.request("limit_change")
_APP_ID = 4242
_AUTOMATIC = Decimal(2)
"""Percent away from the last price that Kite allows by itself, for most prices."""


def read_variety(variety: str) -> str:
    """`regular` or `amo`. Raises `Refused`."""
    return str(_VARIETY.read({"variety": variety})["variety"])


def read_order(given: Mapping[str, str], variety: str) -> OrderForm:
    """The order in a request. Raises `Refused` with the first thing that is wrong."""
    table = _LIMIT if given.get("order_type") == "LIMIT" else _MARKET
    form = table.form(given, lambda read: find(read["exchange"], read["tradingsymbol"]))
    return replace(form, amo=variety == "amo")


async def place(call: Call) -> Response:
    """A MARKET order of the API must name a market protection, other than one of a browser basket."""
    form = read_order(await _form(call), read_variety(call.path["variety"]))
    if form.order_type == "MARKET" and not form.market_protection:
        raise input_error("Market orders need `market_protection`: -1 for automatic, or a percentage.")
    return placed(call.place(call.account, form.ticket(call.session.app)).order_id)


async def modify(call: Call) -> Response:
    given = await _form(call)
    read_variety(call.path["variety"])
    order = call.find(call.account, call.path["order_id"])
    limit = (given.get("order_type") or order.order_type) == "LIMIT"
    change = (_LIMIT_CHANGE if limit else _CHANGE).change(given)
    return placed(call.modify(replace(change, order_id=order.order_id)).order_id)


def cancel(call: Call) -> Response:
    variety = read_variety(call.path["variety"])
    order = call.find(call.account, call.path["order_id"])
    if (variety == "amo") != order.asked.amo:
        raise input_error("The order is of another `variety`.")
    return placed(call.exchange.cancel(call.account, order.order_id).order_id)


async def _form(call: Call) -> dict[str, str]:
    if call.request.content_type != FORM:
        raise input_error("The body must be form-encoded.")
    return await call.request.form()


def placed(order_id: str | None) -> Response:
    return success({"order_id": order_id} if order_id is not None else {})


def book_row(view: OrderView) -> dict[str, object]:
    return BOOK(view) | _shown_protection(view.order)


def _shown_protection(order: Order) -> dict[str, object]:
    """How a market order under protection shows: Kite sends it to the exchange as a LIMIT order at the protected price
    and writes words of its own among the tags, after which `tag` is null."""
    asked = order.asked.market_protection
    shown: dict[str, object] = {"market_protection": float(asked)}
    if order.order_type is not OrderType.MARKET or not asked:
        return shown
    percent = _AUTOMATIC if asked < 0 else asked
    words = ["mktp", f"mktp:{percent:.2f}"]
    shown |= {"tag": None, "tags": [*words, order.tag] if order.tag else words}
    if order.filled:
        away = percent if order.side is Side.BUY else -percent
        limit = (order.average_price * (100 + away) / 100).quantize(Decimal("0.05"))
        shown |= {"order_type": OrderType.LIMIT, "price": limit}
    return shown


def postback(exchange: Exchange, order: Order, app: App) -> Postback | None:
    """What Kite sends for the order's last change; None when such a change sends nothing."""
    status = VOCABULARY.words[order.state] if order.final else "UPDATE" if _was_changed(order) else None
    if status is None:
        return None
    more = {"user_id": order.account_id, "app_id": _APP_ID, "unfilled_quantity": order.pending, "status": status}
    body = book_row(order_view(exchange, order, VOCABULARY)) | more
    proof = f"{order.order_id}{body['order_timestamp']}{app.secret}".encode()
    right, wrong = sha256(proof).hexdigest(), sha256(b"forged" + proof).hexdigest()
    return Postback.of(app.postback_url, body | {"checksum": right}, body | {"checksum": wrong})


def _was_changed(order: Order) -> bool:
    """By its last step: filled further, or modified."""
    steps = [(step.filled, step.quantity, step.limit_price) for step in order.history[-2:]]
    return len(set(steps)) == 2
