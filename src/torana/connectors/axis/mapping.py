"""Axis Direct's words and ours. No list of its words is public: what is here is a guess (`NOTES.md`), and every other
word is unknown, never a default."""

from collections.abc import Mapping, Sequence

from torana.connectors.axis import wire
from torana.connectors.contract import Holding, Unknown
from torana.connectors.declaration import request_of, words_of
from torana.connectors.error_table import Dialect
from torana.connectors.readings import day_first_time, whole
from torana.connectors.row_reader import RowReader
from torana.connectors.symbols import code_of

DIALECT = Dialect(
    failures=wire.failures,
    order_ids=frozenset({"omsOrderId"}),
    session_codes=frozenset({"401"}),
    rejections={},  # none is published: what it says no to is in doubt until the book says more
    ambiguous_codes=frozenset({"408", "409", "429", "500", "502", "503", "504"}),
    refuses_with_2xx=True,
)
ROWS = RowReader(**words_of("axis"), cash=wire.EQUITY, exchange_id=code_of, time=day_first_time)
order_body = request_of("axis", "order")


def holding(row: wire.Holding) -> Holding:
    settled, sold = max(whole(row.dp_qty), 0), max(whole(row.sold_qty), 0)
    on_its_way, pledged = max(whole(row.t1_qty), 0), max(whole(row.pledged_qty), 0)
    return ROWS.holding(row, free=max(settled - sold, 0), on_its_way=on_its_way, pledged=pledged, sold=sold)


def cancel_body(rows: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """What a cancellation repeats of the order's one row, as it stands. Raises `Unknown` where there are more rows of
    it, or this one lacks any of that."""
    if len(rows) != 1 or not rows[0].keys() >= set(wire.REPEATED):
        raise Unknown("the row of this order cannot be read")
    return {name: rows[0][name] for name in wire.REPEATED}
