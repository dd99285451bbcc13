"""The platform's words and ours. Every map is whole: a word that is not in it is unknown, never a default."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from torana.connectors.contract import BrokerOrder, BrokerStatus, Holding, OrderRequest, Reason, TagRule, Unknown
from torana.connectors.error_table import Dialect
from torana.connectors.order_words import SIDES, status_of
from torana.connectors.readings import amount, indian_time, number, whole
from torana.connectors.reasons import Fragments
from torana.connectors.row_reader import RowReader
from torana.connectors.symbols import by_exchange_token, code_of
from torana.connectors.xts import wire
from torana.kit.money import Paise
from torana.market.securities import current

SEGMENTS: Mapping[str, str] = {"NSE": "NSECM", "BSE": "BSECM"}
EXCHANGES: Mapping[str, str] = {segment: exchange for exchange, segment in SEGMENTS.items()}
DELIVERY: Mapping[str, bool] = {"CNC": True, "MIS": False, "NRML": False, "BO": False, "CO": False}
STATUSES: Mapping[str, BrokerStatus] = {
    "pendingnew": BrokerStatus.RECEIVED,
    "new": BrokerStatus.OPEN,
    "partiallyfilled": BrokerStatus.OPEN,
    "pendingreplace": BrokerStatus.RECEIVED,
    "replaced": BrokerStatus.OPEN,
    "pendingcancel": BrokerStatus.RECEIVED,
    "triggerpending": BrokerStatus.TRIGGER_PENDING,
    "filled": BrokerStatus.COMPLETE,
    "cancelled": BrokerStatus.CANCELLED,
    "rejected": BrokerStatus.REJECTED,
}
"""Without blanks and capitals. The three words of a change or a cancellation on its way are a guess."""
NO_ORDERS, NO_TRADES, NO_POSITIONS, NO_HOLDINGS = (
    f"e-{family}-0005 {wire.NO_DATA}" for family in ("orders", "tradeBook", "portfolio", "holdings")
)
"""To the read that each is about: there is nothing."""
TAG = TagRule(max_length=20)
_ALL_SEGMENTS = "ALL|ALL|ALL"

FRAGMENTS: Fragments = (
    ("self trade", Reason.INVALID_ORDER),
    ("not allowed in this session", Reason.MARKET_CLOSED),
)


def _codes(family: str) -> Iterable[str]:
    return (f"e-{family}-{number:04}" for number in range(1, 100))


DIALECT = Dialect(
    failures=wire.failures,
    order_ids=frozenset({"AppOrderID"}),
    session_codes=frozenset({*_codes("session"), *_codes("token")}),
    rejections={"e-property-validation-failed": Reason.INVALID_ORDER},
    ambiguous_codes=frozenset(_codes("apirl")),
    too_fast_is_refused=False,  # that the limit stands before the order system is what users say
    fragments=FRAGMENTS,
    not_there_codes=frozenset({NO_ORDERS, NO_TRADES, NO_POSITIONS, NO_HOLDINGS}),
    refuses_with_2xx=True,
)
"""Most codes of the platform are not known: after any other one an order is looked for."""
OF_CANCELLATIONS = replace(DIALECT, rejections={**DIALECT.rejections, "e-orders-0001": Reason.INVALID_ORDER})
"""There is no such order, or it is final: the code is a guess, and proves nothing about an order that is placed."""

_CENTURIES = re.compile(r"(\d\d)-(\d\d)-(\d{4}) (\d\d:\d\d:\d\d)", re.ASCII)
_TO_THE_SECOND = len("2026-11-18T10:32:01")


def moment(text: str | None) -> datetime | None:
    """`2026-11-18T10:32:01.1535468` or `18-11-2026 10:32:01` on a clock in India to UTC; None for anything else."""
    told = (text or "")[:_TO_THE_SECOND].replace("T", " ")
    turned = _CENTURIES.fullmatch(told)
    return indian_time(told if turned is None else "{2}-{1}-{0} {3}".format(*turned.groups()))


ROWS = RowReader(
    broker="xts",
    statuses=STATUSES,
    delivery=DELIVERY,
    fragments=FRAGMENTS,
    time=moment,
    exchanges=EXCHANGES,
    exchange_id=code_of,
    number=number,
    listed=by_exchange_token,
    must_name=True,
)


def order_body(order: OrderRequest) -> dict[str, object]:
    """The body of a placement: always a limit, for no market order may leave from here."""
    return {
        "exchangeSegment": SEGMENTS[order.instrument.exchange],
        "exchangeInstrumentID": int(order.instrument.code),
        "productType": "CNC",
        "orderType": "LIMIT",
        "orderSide": order.side.value,
        "timeInForce": "DAY",
        "disclosedQuantity": 0,
        "orderQuantity": order.quantity,
        "limitPrice": order.limit_rupees,
        "stopPrice": 0,
        "orderUniqueIdentifier": order.tag,
    }


def broker_order(row: wire.Order) -> BrokerOrder:
    status = status_of(row.status.replace(" ", ""), whole(row.quantity), whole(row.filled), STATUSES)
    return replace(ROWS.order(row, status=status), side=SIDES.get(row.side.upper()))


def lacks_price(order: BrokerOrder) -> bool:
    """Filled at a price that the book does not tell. Seen with users of brokers on the platform."""
    return order.filled_quantity > 0 and not order.average_price


def with_price(order: BrokerOrder, trades: Sequence[wire.Trade]) -> BrokerOrder:
    """With the average price of its trades, where they are all there."""
    own = [one for one in trades if str(one.app_order_id) == order.broker_order_id]
    shares = sum((one.last_traded_quantity for one in own), Decimal(0))
    if not lacks_price(order) or shares != order.filled_quantity:
        return order
    paid = sum((one.last_traded_price * one.last_traded_quantity for one in own), Decimal(0))
    return replace(order, average_price=amount(paid / shares))


def holding(row: wire.Holding) -> Holding:
    """What lies in the demat account, with what is pledged of it, and what was used of it today: how they go together
    is not documented. What is on its way is not told."""
    pledged = max(whole(row.collateral_quantity), whole(row.pledge_quantity), 0)
    used = max(whole(row.used_quantity), 0)
    free = max(whole(row.holding_quantity) - pledged - used, 0)
    exchange, code = "NSE", row.nse_code
    if not code_of(code) or str(code) in ("0", "-1"):
        exchange, code = "BSE", row.bse_code
    known = current().by_isin(row.isin, exchange)
    symbol = ROWS.symbol(exchange, code, None) if known is None else known.symbol
    return ROWS.holding(row, free=free, on_its_way=None, pledged=pledged, sold=used, exchange=exchange, symbol=symbol)


def cash(balances: Sequence[wire.Balance]) -> Paise:
    """What may be spent, without what is pledged. Raises `Unknown` where it is not plain which account is meant."""
    found = [one for one in balances if one.limit_header == _ALL_SEGMENTS] or balances
    if len(found) != 1:
        raise Unknown("the broker tells several balances, and none of all segments")
    limits = found[0].limit_object.limits
    return amount(limits.net_margin_available) - max(amount(limits.collateral), 0)


def rows_by_isin(rows: Mapping[str, Any]) -> list[Any]:
    """The rows of holdings, each with the ISIN under which it stands."""
    return [{"ISIN": isin, **row} if isinstance(row, Mapping) else row for isin, row in rows.items()]
