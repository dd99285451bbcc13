"""Upstox's words and ours. Every map is whole: a word that is not in it is unknown, never a default."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from torana.connectors import contract
from torana.connectors.declaration import request_of, words_of
from torana.connectors.error_table import Dialect
from torana.connectors.row_reader import RowReader
from torana.connectors.upstox import wire

_LONG_AGO = datetime.min.replace(tzinfo=UTC)

REFUSALS: Mapping[contract.Reason, str] = {
    contract.Reason.INVALID_ORDER: (
        "UDAPI1003 UDAPI1004 UDAPI1007 UDAPI1010 UDAPI1023 UDAPI1029 UDAPI1030 UDAPI1031 UDAPI1032 "
        "UDAPI1036 UDAPI1039 UDAPI1052 UDAPI1055 UDAPI1056 UDAPI1119 UDAPI1158 UDAPI1159 UDAPI1160 "
        "UDAPI100010 UDAPI100015 UDAPI100036 UDAPI100038 UDAPI100040"
    ),
    contract.Reason.INSTRUMENT_NOT_TRADABLE: "UDAPI1026 UDAPI100011",
    contract.Reason.QUANTITY_ABOVE_FREEZE: "UDAPI1118",
    contract.Reason.EGRESS_NOT_REGISTERED: "UDAPI1154",
    contract.Reason.NOT_PERMITTED: "UDAPI1156 UDAPI100049 UDAPI100058 UDAPI100067 UDAPI100073",
    contract.Reason.MARKET_CLOSED: "UDAPI100039 UDAPI100074",
}
"""Codes of the 4XX tables of placing and cancelling and of the general list."""

DIALECT = Dialect(
    failures=wire.failures,
    order_ids=frozenset({"order_id", "order_ids"}),
    session_codes=frozenset({"UDAPI100050", "UDAPI100016"}),
    rejections={code: reason for reason, codes in REFUSALS.items() for code in codes.split()},
    ambiguous_codes=frozenset({"UDAPI10000", "UDAPI100500"}),
    too_fast_is_refused=True,
    not_there_codes=frozenset({"UDAPI100010"}),  # there is no such order
)
"""`UDAPI10000` and `UDAPI100500` say nothing about an order."""


ROWS = RowReader(**words_of("upstox"))
order_body = request_of("upstox", "order")
basket_line = request_of("upstox", "basket")
margin_line = request_of("upstox", "margin")
charges_query = request_of("upstox", "charges")


def symbol_in(row: wire.Order | wire.Holding | wire.Position) -> str:
    """The plain symbol: order updates carry the series behind it, holdings do not. Raises `Unknown` without one."""
    if not (given := row.symbol or row.older_symbol):
        raise contract.Unknown("the broker's answer names no security")
    return ROWS.symbol(row.exchange, row.code, given)


def broker_order(row: wire.Order) -> contract.BrokerOrder:
    return ROWS.order(row, symbol=symbol_in(row))


def latest_states(states: Sequence[contract.BrokerOrder]) -> list[contract.BrokerOrder]:
    """The last state of every order in a history, whose order of rows is not documented.

    A final state is the last one; else the larger filled quantity, else the later time, else the later row.
    """
    latest: dict[str, tuple[tuple[bool, int, datetime], contract.BrokerOrder]] = {}
    for state in states:
        rank = (state.status in contract.TERMINAL, state.filled_quantity, state.placed_at or _LONG_AGO)
        known = latest.get(state.broker_order_id)
        if known is None or rank >= known[0]:
            latest[state.broker_order_id] = (rank, state)
    return [state for _, state in latest.values()]


def edis_needed(user: wire.Token) -> bool | None:
    """None when Upstox told only one of the two flags and that one is off, or none."""
    if user.poa or user.ddpi:
        return False
    return True if user.poa is False and user.ddpi is False else None


def holding(row: wire.Holding) -> contract.Holding:
    """Whether `quantity` holds undelivered shares is not documented, so they are not counted as sellable beside it.
    What was sold today comes out of the settled shares first."""
    sold = max(row.cnc_used_quantity, 0)
    settled = max(row.quantity - sold, 0)
    on_its_way, pledged = max(row.t1_quantity - max(sold - row.quantity, 0), 0), row.collateral_quantity
    return ROWS.holding(row, free=settled, on_its_way=on_its_way, pledged=pledged, sold=sold, symbol=symbol_in(row))


def position(row: wire.Position) -> contract.Position:
    """The instrument key holds the ISIN of an equity, and something else of a derivative."""
    segment, _, isin = row.code.partition("|")
    traded = ROWS.position(row, symbol=symbol_in(row))
    return replace(traded, isin=isin if segment.endswith("_EQ") and isin else None)
