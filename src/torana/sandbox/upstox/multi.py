"""Several orders in one request: placed together, cancelled together.

Source: Upstox developer API documentation, place and cancel multi order.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from torana.sandbox import web
from torana.sandbox.call import Call
from torana.sandbox.refusals import Refused
from torana.sandbox.upstox import orders
from torana.sandbox.upstox.errors import Code, entry, refused
from torana.sandbox.upstox.orders import UpstoxForm
from torana.sandbox.upstox.place import cancel, submit
from torana.sandbox.web import Response

LARGEST_NUMBER_OF_ORDERS = 10
"""In one multi order, and of one multi cancellation."""
SEGMENTS = frozenset({"NSE_EQ", "BSE_EQ", "NSE_FO", "BSE_FO", "MCX_FO", "NCD_FO", "BCD_FO", "NSE_COM"})


@dataclass(slots=True)
class _Line:
    """One order of a multi order: what was read, then what became of it."""

    correlation_id: str | None
    instrument_key: str | None
    form: UpstoxForm | None = None
    problem: Refused | None = None
    order_ids: list[str] = field(default_factory=list)

    def placed(self) -> list[dict[str, object]]:
        """A sliced order has one entry for each slice, numbered behind its correlation id."""
        if len(self.order_ids) == 1:
            return [{"correlation_id": self.correlation_id, "order_id": self.order_ids[0]}]
        ids = enumerate(self.order_ids, 1)
        return [{"correlation_id": f"{self.correlation_id}_{at}", "order_id": order_id} for at, order_id in ids]


async def place(call: Call) -> Response:
    """Nothing is placed if anything in the payload is wrong; else all buys go before all sells."""
    given = orders.decode(await call.request.body())
    if not isinstance(given, list):
        raise refused(Code.MALFORMED_INPUT)
    if not given or len(given) > LARGEST_NUMBER_OF_ORDERS:
        raise refused(Code.MULTI_TOO_MANY if given else Code.MULTI_EMPTY)
    lines = [_read_line(one) for one in given]
    ids = [line.correlation_id for line in lines]
    for line in lines:
        if line.problem is None and ids.count(line.correlation_id) > 1:
            line.problem = refused(Code.MULTI_DUPLICATE_CORRELATION, "correlation_id", line.correlation_id)
    payload = any(line.problem for line in lines)
    if not payload:
        for line in sorted(lines, key=lambda line: line.form is not None and line.form.side == "SELL"):
            _place_line(call, line)
    failures = [
        entry(one.problem)
        | {"correlation_id": one.correlation_id, "order_id": None, "instrument_key": one.instrument_key}
        for one in lines
        if one.problem
    ]
    successes = [placed for line in lines for placed in line.placed()]
    counts = {"total": len(lines), "success": sum(bool(line.order_ids) for line in lines)}
    counts |= {"payload_error": len(failures) if payload else 0, "error": 0 if payload else len(failures)}
    answer = {"data": successes or None, "summary": counts} | ({"errors": failures} if failures else {})
    return _several(answer, failed=bool(failures), some=bool(successes))


def _read_line(given: object) -> _Line:
    if not isinstance(given, dict):
        return _Line(None, None, problem=refused(Code.MALFORMED_INPUT))
    correlation_id, key = given.get("correlation_id"), given.get("instrument_token")
    line = _Line(correlation_id if isinstance(correlation_id, str) else None, key if isinstance(key, str) else None)
    try:
        line.form = orders.read_order(given, orders.MULTI)
    except Refused as problem:
        line.problem = problem
    return line


def _place_line(call: Call, line: _Line) -> None:
    try:
        if line.form is not None:
            placed = submit(call, call.account, call.session.app, line.form, call.place)
            line.order_ids = [order.order_id for order in placed]
    except Refused as problem:
        line.problem = problem


def _several(answer: Mapping[str, object], *, failed: bool, some: bool) -> Response:
    """The answer to several orders at once: all went well, some did, none did."""
    word, status = ("success", 200) if not failed else ("partial_success", 207) if some else ("error", 400)
    return web.json({**answer, "status": word}, status)


def cancel_all(call: Call) -> Response:
    """Cancel all open orders, or those of a segment or a tag."""
    segment, tag = call.request.query.get("segment"), call.request.query.get("tag")
    if segment and segment not in SEGMENTS:
        raise refused(Code.SEGMENT_WRONG, "segment", segment)
    wanted = [
        one for one in call.book(call.account)
        if not one.final and segment in (None, "", f"{one.exchange}_EQ") and tag in (None, "", one.tag)
    ]  # fmt: skip
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
