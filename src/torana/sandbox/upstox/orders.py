"""Orders as Upstox takes them, one or several at a time, and the update that it sends after a change."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import time

from torana.kit.money import Paise
from torana.sandbox import several, web
from torana.sandbox.call import Body, Call, Place
from torana.sandbox.dialect import asleep_before, order_update
from torana.sandbox.models import Order
from torana.sandbox.order_form import Change, OrderForm
from torana.sandbox.order_table import OrderTable
from torana.sandbox.upstox import wire
from torana.sandbox.upstox.errors import TABLE, TABLES, entry, wrong
from torana.sandbox.upstox.wire import SEGMENTS, find_by_key
from torana.sandbox.web import Response

SERVICE_OPENS = time(5, 30)
"""Wall time in IST from which, until midnight, orders and funds can be reached. Source: service hours."""
check_open = asleep_before(SERVICE_OPENS, TABLE.named("orders_closed"))
LARGEST_NUMBER_OF_SLICES = 25
LARGEST_NUMBER_OF_ORDERS = 10
"""In one multi order, and of one multi cancellation."""
ORDER, ORDER_V2 = TABLES.request("order"), TABLES.request("order_v2")
MULTI, UPLINK = TABLES.request("multi"), TABLES.request("uplink")
CHANGE, _ORDER_ID = TABLES.request("change"), TABLES.request("order_id")


def read_order(given: Mapping[str, object], arrived: OrderTable) -> OrderForm:
    """The order in a request. Raises `Refused` with the first thing that is wrong."""
    form = arrived.form(given, lambda read: find_by_key(read["instrument_token"]))
    _check_prices(form.order_type, form.price, form.trigger_price, form.market_protection)
    if not 0 <= form.disclosed <= form.quantity:
        raise wrong("invalid_input", "disclosed_quantity", form.disclosed)
    if form.disclosed and form.disclosed * 10 < form.quantity:
        raise wrong("disclosed_too_small", "disclosed_quantity", form.disclosed)
    return form


def read_change(given: Mapping[str, object]) -> Change:
    """The change in a modify request. Raises `Refused`."""
    if not given.get("order_id"):
        raise wrong("modify_order_id_missing", "order_id")
    change = CHANGE.change(given)
    _check_prices(change.order_type, change.price, change.trigger_price, change.market_protection)
    return change


def read_order_id(given: Mapping[str, str]) -> str:
    """An order id out of a query or a form. Raises `Refused`."""
    found: str = _ORDER_ID.read({name: value or None for name, value in given.items()})["order_id"]
    return found


def _check_prices(kind: str, price: Paise, trigger: Paise, protection: object) -> None:
    if kind in ("MARKET", "SL-M") and protection == 0:
        raise wrong("market_order_blocked", "market_protection", 0)
    TABLE.check_amounts(kind, {"price": price, "trigger_price": trigger})


def _check_kind(kind: str) -> None:
    if kind not in ("MARKET", "LIMIT"):
        text = f"The sandbox does not simulate {kind} orders"
        raise wrong("order_type_wrong", "order_type", kind, text=text)


def check_known(form: OrderForm) -> None:
    """Raises `Refused` for a key that no simulated exchange lists."""
    if not form.symbol:
        raise wrong("instrument_unknown", "instrument_token", form.instrument)


def submit(call: Call, form: OrderForm, place: Place) -> list[Order]:
    """Send the order on, sliced if it asks for that. Raises `Refused` or `OrderRefused` for what an answer refuses."""
    check_known(form)
    _check_kind(form.order_type)
    if call.exchange.phase().takes_orders and form.amo:
        raise wrong("amo_in_market_hours", "is_amo", True)
    ticket = form.ticket(call.session.app, amo=form.amo or call.exchange.waits_by_itself())
    parts = form.slices(call.exchange)
    if len(parts) > LARGEST_NUMBER_OF_SLICES:
        raise wrong("invalid_input", "quantity", form.quantity, text="A maximum of 25 sliced orders is allowed")
    return [place(call.account, replace(ticket, quantity=part)) for part in parts]


async def body_of(call: Call) -> Body:
    """Raises `Refused` unless it is a JSON object."""
    return await call.json_object(wrong("malformed_input"))


def place(call: Call) -> dict[str, object]:
    return {"order_ids": [order.order_id for order in submit(call, read_order(call.given, ORDER), call.place)]}


def place_v2(call: Call) -> dict[str, object]:
    return {"order_id": submit(call, read_order(call.given, ORDER_V2), call.place)[0].order_id}


def modify(call: Call) -> dict[str, object]:
    change = read_change(call.given)
    _check_kind(change.order_type)
    return {"order_id": call.modify(change).order_id}


def cancel(call: Call) -> dict[str, object]:
    return {"order_id": call.exchange.cancel(call.account, read_order_id(call.request.query)).order_id}


async def place_multi(call: Call) -> Response:
    """Nothing is placed if anything in the payload is wrong; else all buys go before all sells."""
    given, malformed = await call.json(wrong("malformed_input")), wrong("malformed_input")
    if not isinstance(given, list):
        raise malformed
    if not given or len(given) > LARGEST_NUMBER_OF_ORDERS:
        raise wrong("multi_too_many" if given else "multi_empty")
    legs = several.read(given, ("correlation_id", "instrument_token"), lambda one: read_order(one, MULTI), malformed)
    several.refuse_doubles(legs, lambda one: wrong("multi_duplicate_correlation", "correlation_id", one))
    placed = several.place(call, legs, lambda form: submit(call, form, call.place))
    failures = [
        entry(leg.problem) | {"correlation_id": leg.reference, "order_id": None, "instrument_key": leg.instrument}
        for leg in legs
        if leg.problem
    ]
    successes = [{"correlation_id": name, "order_id": one} for leg in legs for name, one in leg.numbered()]
    counts = {"total": len(legs), "success": sum(bool(leg.order_ids) for leg in legs)}
    counts |= {"payload_error": 0 if placed else len(failures), "error": len(failures) if placed else 0}
    answer = {"data": successes or None, "summary": counts} | ({"errors": failures} if failures else {})
    return _several(answer, failed=bool(failures), some=bool(successes))


def cancel_multi(call: Call) -> Response:
    """Cancel all open orders, or those of a segment or a tag."""
    segment, tag = call.request.query.get("segment"), call.request.query.get("tag")
    if segment and segment not in {*SEGMENTS, "NSE_FO", "BSE_FO", "MCX_FO", "NCD_FO", "BCD_FO", "NSE_COM"}:
        raise wrong("segment_wrong", "segment", segment)
    live = [one for one in call.book(call.account) if not one.final and tag in (None, "", one.tag)]
    wanted = [one for one in live if segment in (None, "", f"{one.exchange}_EQ")]
    if not wanted or len(wanted) > LARGEST_NUMBER_OF_ORDERS:
        raise wrong("too_many_open" if wanted else "nothing_open")
    done, failed = several.cancel(call, wanted)
    errors = [entry(problem) | {"order_id": order_id, "instrument_key": None} for order_id, problem in failed]
    counts = {"total": len(wanted), "success": len(done), "error": len(failed)}
    answer = {"data": {"order_ids": done}, "errors": errors or None, "summary": counts}
    return _several(answer, failed=bool(failed), some=bool(done))


def _several(answer: Mapping[str, object], *, failed: bool, some: bool) -> Response:
    """The answer to several orders at once: all went well, some did, none did."""
    word, status = ("success", 200) if not failed else ("partial_success", 207) if some else ("error", 400)
    return web.json({**answer, "status": word}, status)


postback = order_update(wire.POSTBACK, wire.VOCABULARY, **{"user-agent": "upstox"})
