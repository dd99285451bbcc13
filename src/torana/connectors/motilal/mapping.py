"""Motilal Oswal's words and ours. Every map is whole: a word that is not in it is unknown, never a default."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from torana.connectors import contract
from torana.connectors.declaration import request_of, words_of
from torana.connectors.error_table import Dialect
from torana.connectors.motilal import wire
from torana.connectors.order_words import standing
from torana.connectors.readings import amount, named_month_time
from torana.connectors.row_reader import RowReader
from torana.connectors.tags import read_tags
from torana.kit.money import Paise
from torana.market.calendar import phase

TAG = contract.TagRule(max_length=10, echo=contract.TagEcho.CASELESS)
"""That capitals stay what they are is not documented."""
NOTHING = frozenset({"", "0"})
FOR_CASH, LENT, NOT_CASH = 102, (250,), (220,)
"""Lines of the margin report: available for the cash segment; within it, limits that are lent and what is pledged."""
NO_ORDERS, NO_HOLDINGS, NO_POSITIONS, NO_SECURITY = "MO1013", "MO1015", "MO1016", "MO1058"
"""To the read that each is about: there is nothing."""
BEYOND_REASON = 10
"""So many times its limit no order is filled at: then the amount is no rupees."""

DIALECT = Dialect(
    failures=wire.failures,
    order_ids=frozenset({"uniqueorderid"}),
    session_codes=frozenset({"MO8001", "MO8002", "MO8003", "MO1011", "MO2007"}),
    rejections={
        **{f"MO{code}": contract.Reason.INVALID_ORDER for code in (1012, 1013, *range(1050, 1065), *range(1066, 1091))},
        **dict.fromkeys(("MO1101", "MO1102", "MO2002"), contract.Reason.INVALID_ORDER),
        **dict.fromkeys(("MO1051", "MO1058"), contract.Reason.INSTRUMENT_NOT_TRADABLE),
        **dict.fromkeys(("MO1073", "MO1074"), contract.Reason.PRICE_OUT_OF_BAND),
        **{f"MO{code}": contract.Reason.NOT_PERMITTED for code in (2003, 2004, 2005, 2006, *range(2008, 2027))},
        **dict.fromkeys(("MO1004", "MO1005", "MO1006", "MO1092"), contract.Reason.NOT_PERMITTED),
        "MO2035": contract.Reason.EGRESS_NOT_REGISTERED,
    },
    ambiguous_codes=frozenset({"MO8000", "MO1065", "MO5000", "MO5001", "MO5002"}),
    too_fast_is_refused=False,  # what is too fast is "throttled or rejected"
    not_there_codes=frozenset({NO_ORDERS, NO_HOLDINGS, NO_POSITIONS, NO_SECURITY}),
    refuses_with_2xx=True,
)
"""Codes of the documented list that an order can be answered with. "Technical error", "order status is unknown" and
three about the network say nothing about an order."""


def told(text: str | None) -> str | None:
    """None for a blank and for `0`."""
    return None if text is None or text.strip() in NOTHING else text.strip()


ROWS = RowReader(**words_of("motilal"), exchange_id=told, tag=TAG, time=named_month_time, word=str.upper)
order_body = request_of("motilal", "order")


def bare(symbol: str) -> str:
    """`ACC EQ` without its series."""
    return symbol.strip().partition(" ")[0]


def order_status(row: wire.Order) -> contract.BrokerStatus:
    """A status word with what stands beside it: there is none for waiting for the market, or for a trigger. An order
    that was taken while the market takes none, and is not at the exchange, waits for it."""
    status, taken = ROWS.status(row.status, row.quantity, row.filled), named_month_time(row.placed_at)
    away = status is contract.BrokerStatus.RECEIVED and told(row.exchange_order_id) is None
    queued = away and taken is not None and not phase(taken).takes_orders
    return standing(status, queued=queued, stop=row.order_type.upper() == "STOPLOSS")


def average(row: wire.Order) -> Paise:
    """Raises `Unknown` where it cannot be rupees."""
    if 0 < row.price * BEYOND_REASON < row.average_price:
        raise contract.Unknown("an average price that does not go with the limit of its order")
    return amount(row.average_price)


def broker_order(row: wire.Order) -> contract.BrokerOrder:
    """Raises `Unknown` for one of ours in lots: which of its numbers count lots is not documented, and we send none."""
    tags = read_tags(row.tag, None, TAG)
    if row.quantity <= 0 or (tags.ours and row.lotsize != 1):
        raise contract.Unknown("an order of no shares, or not of single ones")
    return ROWS.order(
        row,
        status=order_status(row),
        symbol=ROWS.symbol(row.exchange, row.code, bare(row.symbol)),
        tags=tags,
        texts=[told(row.message)],
        average_price=average(row),
        placed_at=named_month_time(row.placed_at) or named_month_time(row.entered_at),
    )


def holding(row: wire.Holding) -> contract.Holding:
    """Of the shares in the demat account some are pledged, and some blocked by orders of today: the rest is free, but
    for what the depository has to release. How the numbers go together is seen in one sample."""
    exchange, token = ("NSE", row.nsesymboltoken) if row.nsesymboltoken else ("BSE", row.bsescripcode)
    pledged = max(row.collateralquantity, 0)
    there = max(row.dpquantity - pledged, 0)
    blocked = min(max(row.blockedquantity, 0), there)
    free = there - blocked
    return ROWS.holding(
        row,
        free=free,
        on_its_way=max(row.btstquantity, 0) + max(row.outstandingquantity, 0),
        pledged=pledged,
        sold=blocked,
        sellable=max(free - max(row.tpinquantity, 0), 0),
        exchange=exchange,
        symbol=ROWS.symbol(exchange, token, bare(row.symbol)),
    )


def position(row: wire.Position) -> contract.Position:
    traded = ROWS.position(row, symbol=ROWS.symbol(row.exchange, row.code, bare(row.symbol)))
    return replace(
        traded,
        buy_price=_each(row.daybuyamount, traded.bought),
        sell_price=_each(row.daysellamount, traded.sold),
    )


def _each(whole: Decimal, shares: int) -> Paise | None:
    return amount(whole / shares) if shares else None


def cash(lines: Sequence[wire.MarginLine]) -> Paise:
    """What is available for the cash segment without what is lent and what is pledged, which buys no shares for
    delivery. Raises `Unknown` where a line of them is missing."""
    by_number = {line.srno: amount(line.amount) for line in reversed(lines)}
    try:
        return by_number[FOR_CASH] - sum(max(by_number[one], 0) for one in (*LENT, *NOT_CASH))
    except KeyError:
        raise contract.Unknown("a margin report without the lines that are read") from None
