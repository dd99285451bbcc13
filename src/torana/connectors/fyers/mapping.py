"""Fyers' words and ours. Every map is whole: a word that is not in it is unknown, never a default."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from torana.connectors import contract
from torana.connectors.declaration import request_of, words_of
from torana.connectors.error_table import Dialect
from torana.connectors.fyers import wire
from torana.connectors.readings import amount, amount_at, named_month_time, value_at
from torana.connectors.reasons import Fragments
from torana.connectors.row_reader import RowReader
from torana.connectors.symbols import plain, security_of
from torana.connectors.tags import Tags, read_tags
from torana.kit.money import Paise
from torana.market.securities import find

BROKER = "fyers"
SIDES: Mapping[str, contract.Side] = {"1": contract.Side.BUY, "-1": contract.Side.SELL}
STOPS = frozenset({"3", "4"})
CASH = 10
"""The segment of shares."""
AVAILABLE, COLLATERALS = 10, 5
"""Lines of the funds."""
CLIENTS_TAG, UNTAGGED = "1:", "Untagged"
"""Before a client's tag, and what stands for none."""
PRICES_IN_A_REQUEST = 50
RELEASED = "SUCCESS"

FRAGMENTS: Fragments = (
    ("algo orders are not allowed", contract.Reason.EGRESS_NOT_REGISTERED),
    ("whitelisted", contract.Reason.EGRESS_NOT_REGISTERED),
    ("symbol is invalid", contract.Reason.INSTRUMENT_NOT_TRADABLE),
    ("peak margin", contract.Reason.INSUFFICIENT_FUNDS),
    ("shortfall", contract.Reason.INSUFFICIENT_FUNDS),
    ("amo is stopped", contract.Reason.MARKET_CLOSED),
)
"""Source: refusals that users of Fyers published. The first is what an app gets that has no registered address."""

DIALECT = Dialect(
    failures=wire.failures,
    order_ids=frozenset({"id"}),
    session_codes=frozenset({"-8", "-15", "-16", "-17"}),
    rejections={
        "-50": contract.Reason.INVALID_ORDER,
        "-51": contract.Reason.INVALID_ORDER,
        "-99": contract.Reason.OTHER,
        "-300": contract.Reason.INSTRUMENT_NOT_TRADABLE,
        "-352": contract.Reason.NOT_PERMITTED,
    },
    ambiguous_codes=frozenset({wire.UNACKNOWLEDGED, "-96", "-201", "-202", "-204", "-205", "-429"}),
    too_fast_is_refused=True,  # documented: requests beyond ten a second are rejected
    fragments=FRAGMENTS,
    refuses_with_2xx=True,
)
"""-96 and -201 to -205 are of the list for API v2: the connection to the order system failed."""


ROWS = RowReader(**words_of(BROKER), sides=SIDES, fragments=FRAGMENTS, time=named_month_time)
order_body = request_of(BROKER, "order")


def tags_of(told: object) -> Tags:
    """Ours stands behind `1:`. What stands behind `2:` is a word of Fyers' own, as the colon says."""
    tag = told.strip().removeprefix(CLIENTS_TAG) if isinstance(told, str) else ""
    return read_tags(None if tag == UNTAGGED else tag)


def exchange_of(ticker: str, segment: int = CASH) -> str:
    """Ours in the cash market; elsewhere with the number of the segment, which is no exchange of ours."""
    exchange = ticker.partition(":")[0]
    return exchange if segment == CASH else f"{exchange}-{segment}"


def symbol_of(ticker: str, exchange: str) -> str:
    """`BSE:INFY-A` is `INFY`. Raises `Unknown` for what is no ticker."""
    if (security := security_of(BROKER, exchange, ticker)) is not None:
        return security.symbol
    if not (name := ticker.partition(":")[2]):
        raise contract.Unknown("the broker's answer names no security")
    head, _, series = name.rpartition("-")
    known = find(head, exchange) if head else None
    return head if known is not None and known.series == series else plain(name)


def broker_order(row: wire.Order) -> contract.BrokerOrder:
    exchange = exchange_of(row.code, row.segment)
    return ROWS.order(
        row,
        queued=row.offline_order and not row.exchange_order_id,
        stop=str(row.type) in STOPS,
        exchange=exchange,
        symbol=symbol_of(row.code, exchange),
        tags=tags_of(row.tag),
        average_price=None if row.filled else 0,
    )


def holding(row: wire.Holding) -> contract.Holding:
    """Whether `quantity` has the shares on their way and the pledged ones in it is not documented: it is read as all of
    them, so that none of those is sold by mistake. What was sold today comes out of the settled shares first."""
    on_its_way, pledged = max(row.qty_t1, 0), max(row.collateral_quantity, 0)
    settled = max(row.quantity - on_its_way - pledged, 0)
    sold, exchange = max(row.quantity - row.remaining_quantity, 0), exchange_of(row.code)
    return ROWS.holding(
        row,
        free=max(settled - sold, 0),
        on_its_way=max(on_its_way - max(sold - settled, 0), 0),
        pledged=pledged,
        sold=sold,
        exchange=exchange,
        symbol=symbol_of(row.code, exchange),
    )


def released(row: wire.Release, today: date) -> tuple[str, int]:
    """By ISIN: what was released for sales of this day; nothing, where it was not or for other days."""
    first, last = (datetime.strptime(day, "%d/%m/%Y").date() for day in (row.start_date, row.end_date))  # noqa: DTZ007
    return row.isin, max(row.qty, 0) if row.status == RELEASED and first <= today <= last else 0


def position(row: wire.Position) -> contract.Position:
    exchange = exchange_of(row.code, row.segment)
    bought, sold = max(row.buy_qty - row.cf_buy_qty, 0), max(row.sell_qty - row.cf_sell_qty, 0)
    return ROWS.position(row, bought=bought, sold=sold, exchange=exchange, symbol=symbol_of(row.code, exchange))


def cash(lines: Iterable[wire.FundLine]) -> Paise:
    """What is available less what is pledged for it. Raises `Unknown` where one of the two is not told."""
    told = {line.id: line.equity_amount for line in lines}
    if not {AVAILABLE, COLLATERALS} <= told.keys():
        raise contract.Unknown("the broker's answer does not tell the balance")
    return amount(told[AVAILABLE]) - max(amount(told[COLLATERALS]), 0)


def price(row: object) -> tuple[str, Paise]:
    """By ticker."""
    return value_at(row, str, "n"), amount_at(row, "v", "lp")


def has_price(row: Any) -> bool:
    """Not the row of a ticker that Fyers does not know."""
    return not (isinstance(row, dict) and row.get("s") == "error")
