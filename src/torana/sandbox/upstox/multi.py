"""Several orders in one request: placed together, cancelled together.

Source: Upstox developer API documentation, place and cancel multi order.
"""

from collections.abc import Mapping

from torana.sandbox import several, web
from torana.sandbox.call import Call
from torana.sandbox.refusals import Refused
from torana.sandbox.upstox import orders
from torana.sandbox.upstox.errors import Code, entry, refused
from torana.sandbox.upstox.place import cancel, submit
from torana.sandbox.web import Response

LARGEST_NUMBER_OF_ORDERS = 10
"""In one multi order, and of one multi cancellation."""
SEGMENTS = frozenset({"NSE_EQ", "BSE_EQ", "NSE_FO", "BSE_FO", "MCX_FO", "NCD_FO", "BCD_FO", "NSE_COM"})
_NAMES = ("correlation_id", "instrument_token")


async def place(call: Call) -> Response:
    """Nothing is placed if anything in the payload is wrong; else all buys go before all sells."""
    given = orders.decode(await call.request.body())
    if not isinstance(given, list):
        raise refused(Code.MALFORMED_INPUT)
    if not given or len(given) > LARGEST_NUMBER_OF_ORDERS:
        raise refused(Code.MULTI_TOO_MANY if given else Code.MULTI_EMPTY)
    wrong = refused(Code.MALFORMED_INPUT)
    legs = [several.read(one, _NAMES, lambda one: orders.read_order(one, orders.MULTI), wrong) for one in given]
    several.refuse_doubles(legs, lambda reference: refused(Code.MULTI_DUPLICATE_CORRELATION, _NAMES[0], reference))
    payload = any(leg.problem for leg in legs)
    if not payload:
        several.place_all(legs, lambda form: submit(call, call.account, call.session.app, form, call.place))
    failures = [
        entry(leg.problem) | {"correlation_id": leg.reference, "order_id": None, "instrument_key": leg.instrument}
        for leg in legs
        if leg.problem
    ]
    successes = [placed for leg in legs for placed in _placed(leg.reference, leg.order_ids)]
    counts = {"total": len(legs), "success": sum(bool(leg.order_ids) for leg in legs)}
    counts |= {"payload_error": len(failures) if payload else 0, "error": 0 if payload else len(failures)}
    answer = {"data": successes or None, "summary": counts} | ({"errors": failures} if failures else {})
    return _several(answer, failed=bool(failures), some=bool(successes))


def _placed(reference: str | None, order_ids: list[str]) -> list[dict[str, object]]:
    """A sliced order has one entry for each slice, numbered behind its correlation id."""
    if len(order_ids) == 1:
        return [{"correlation_id": reference, "order_id": order_ids[0]}]
    return [{"correlation_id": f"{reference}_{at}", "order_id": one} for at, one in enumerate(order_ids, 1)]


def _several(answer: Mapping[str, object], *, failed: bool, some: bool) -> Response:
    """The answer to several orders at once: all went well, some did, none did."""
    word, status = ("success", 200) if not failed else ("partial_success", 207) if some else ("error", 400)
    return web.json({**answer, "status": word}, status)


def cancel_all(call: Call) -> Response:
    """Cancel all open orders, or those of a segment or a tag."""
    segment, tag = call.request.query.get("segment"), call.request.query.get("tag")
    if segment and segment not in SEGMENTS:
        raise refused(Code.SEGMENT_WRONG, "segment", segment)
    live = [one for one in call.book(call.account) if not one.final and tag in (None, "", one.tag)]
    wanted = [one for one in live if segment in (None, "", f"{one.exchange}_EQ")]
    if not wanted:
        raise refused(Code.NOTHING_OPEN)
    if len(wanted) > LARGEST_NUMBER_OF_ORDERS:
        raise refused(Code.TOO_MANY_OPEN)
    done: list[object] = []
    failed: list[dict[str, object]] = []
    for order in wanted:
        try:
            done.append(cancel(call, call.account, order.order_id)["order_id"])
        except Refused as problem:
            failed.append(entry(problem) | {"order_id": order.order_id, "instrument_key": None})
    counts = {"total": len(wanted), "success": len(done), "error": len(failed)}
    answer = {"data": {"order_ids": done}, "errors": failed or None, "summary": counts}
    return _several(answer, failed=bool(failed), some=bool(done))
