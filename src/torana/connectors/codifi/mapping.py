"""The platform's words and ours. Every map is whole: a word that is not in it is unknown, never a default."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from torana.connectors import contract
from torana.connectors.codifi import wire
from torana.connectors.codifi.wire import told
from torana.connectors.declaration import words_of
from torana.connectors.error_table import Dialect
from torana.connectors.order_fields import OrderFields
from torana.connectors.readings import indian_time, named_month_time, whole
from torana.connectors.reasons import Fragments
from torana.connectors.row_reader import RowReader
from torana.connectors.tags import read_tags
from torana.kit.money import Paise


def codes(numbers: str) -> list[str]:
    """Codes by their numbers, apart by blanks."""
    return [f"EC{number}" for number in numbers.split()]


_FRAGMENTS: Fragments = (
    ("not allowed in this session", contract.Reason.MARKET_CLOSED),
    ("not enabled on product", contract.Reason.NOT_PERMITTED),
    ("mtom exceeds", contract.Reason.INSUFFICIENT_FUNDS),
)
NO_ORDERS, NO_POSITIONS, NO_HOLDINGS = "EC916", "EC920", "EC922"
"""Of this user, told to the read that each is about."""
_INVALID = codes(
    "900 902 903 904 906 907 910 914 929 930 932 933 934 941 942 944 945 946 948 949 "
    "950 954 957 958 971 979 980 983 984 985 988 990 996 997"
)
_REJECTIONS: Mapping[str, contract.Reason] = {
    **dict.fromkeys(_INVALID, contract.Reason.INVALID_ORDER),
    **dict.fromkeys(("EC901", "EC947"), contract.Reason.INSTRUMENT_NOT_TRADABLE),
}
"""Codes of both documents that mean the same and that an order or a cancellation can be answered with."""


@dataclass(frozen=True, slots=True)
class BrokerApi:
    """The API of one broker of the platform: its words, and where its calls go."""

    key: str
    exchanges: Mapping[str, str]
    """Ours to theirs, of the cash segments."""
    leg: OrderFields
    """One leg of a placement."""
    app_field: str
    """Of the login page's address."""
    user_field: str
    """Of the callback."""
    token_path: str
    place_path: str
    cancel: Callable[[str], tuple[str, str, object]]
    """Method, path and body of the call that cancels the order of this id."""
    book_path: str
    holdings_path: str
    positions_path: str
    funds_path: str
    lists: Any = wire.Rows
    """How its lists come: in an envelope, or bare too. Then one that is empty says nothing."""


def dialect(session_codes: frozenset[str], rejections: Mapping[str, contract.Reason]) -> Dialect:
    """How a broker of the platform says no: what both have, and what one has of its own. That placing failed (`EC912`)
    or that something went wrong (`EC003`) says nothing about an order."""
    return Dialect(
        failures=wire.failures,
        order_ids=frozenset({"brokerOrderId"}),
        session_codes=session_codes,
        rejections={**_REJECTIONS, **rejections},
        ambiguous_codes=frozenset({"EC003", "EC042", "EC912"}),
        fragments=_FRAGMENTS,
        not_there_codes=frozenset({NO_ORDERS, NO_POSITIONS, NO_HOLDINGS}),
        refuses_with_2xx=True,
    )


def rows_of(api: BrokerApi, unit: Decimal) -> RowReader:
    """`unit`: rupees of one in an amount."""
    return RowReader(
        **words_of(api.key),
        exchanges={theirs: ours for ours, theirs in api.exchanges.items()},
        exchange_id=told,
        fragments=_FRAGMENTS,
        unit=unit,
    )


def broker_order(row: wire.Order, rows: RowReader) -> contract.BrokerOrder:
    """An after-market order of which no shares are filled, and that has no number at the exchange, is not there yet."""
    times, filled = (row.placed_at, row.exchange_timestamp, row.broker_update_time), whole(row.filled)
    return rows.order(
        row,
        status=rows.status(row.status.replace("_", " "), whole(row.quantity), filled),
        queued=row.order_complexity == "AMO" and not filled and told(row.exchange_order_id) is None,
        tags=read_tags(told(row.tag)),
        texts=[told(row.message)],
        placed_at=next((at for one in times if (at := indian_time(one) or named_month_time(one))), None),
    )


def holding(row: wire.Holding, rows: RowReader, edis_needed: bool | None) -> contract.Holding:
    """`totalQuantity` less what is not delivered yet is what lies in the account; of fewer in `dpQuantity` the rest was
    sold today. How the two go together after a sale is not documented. Of several limits the smallest one counts."""
    free, later = max(whole(row.dp_quantity), 0), max(whole(row.t1_quantity), 0)
    sold = max(whole(row.total_quantity) - later - free, 0)
    sellable = free if row.sellable_qty is None else min(free, max(whole(row.sellable_qty), 0))
    released = max(whole(row.authorized_quantity) - sold, 0)
    exchange, code, symbol = "NSE", told(row.nse_instrument_id), told(row.nse_trading_symbol)
    if code is None:
        exchange, code, symbol = "BSE", told(row.bse_instrument_id), told(row.bse_trading_symbol)
    return rows.holding(
        row,
        free=free,
        on_its_way=later,
        pledged=whole(row.collateral_quantity),
        sold=sold,
        sellable=min(sellable, released) if edis_needed else sellable,
        exchange=exchange,
        symbol=rows.symbol(exchange, code, symbol),
    )


def cash(limits: wire.Limits, rows: RowReader) -> Paise:
    """What may be spent, less the collateral in it. Whether it holds any is not documented."""
    return (rows.paise(limits.trading_limit) or 0) - max(rows.paise(limits.collateral_margin) or 0, 0)
