"""The platform's words and ours. Every map is whole: a word that is not in it is unknown, never a default."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from torana.connectors.contract import (
    BrokerOrder,
    BrokerStatus,
    Holding,
    OrderRequest,
    Position,
    Reason,
    TagRule,
    Unknown,
)
from torana.connectors.error_table import Dialect
from torana.connectors.order_words import SIDES, status_of
from torana.connectors.readings import LONGEST_WORD, amount, indian_time, message_of, told_amount, whole
from torana.connectors.reasons import TIMED_OUT, Fragments, reason_of
from torana.connectors.symbols import code_of, plain
from torana.connectors.tags import read_tags
from torana.connectors.xts import wire
from torana.kit.money import Paise
from torana.market.models import Security
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
    status_rejections={},
    ambiguous_texts=TIMED_OUT,
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


def number(told: object) -> Decimal | None:
    """A number that may be a text, with commas; an empty text is none. Raises `ValueError` for what is no number."""
    if told is None:
        return None
    if not isinstance(told, str | int | Decimal):
        raise ValueError("no number")
    text = str(told).replace(",", "").strip()
    return Decimal(text) if text else None


def security_of(exchange: str, code: object) -> Security | None:
    """The instrument ids of the cash segments are the exchanges' own tokens."""
    text = code_of(code)
    if text is None or not (text.isascii() and text.isdecimal()):
        return None
    return current().by_token(int(text), exchange)


def symbol_of(exchange: str, code: object, told: str | None) -> str:
    """Raises `Unknown` for a row that names no security that we know, and none by its symbol."""
    found = security_of(exchange, code)
    if found is None and not told:
        raise Unknown("a row of the broker's names no security")
    return plain(told or "") if found is None else found.symbol


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
    quantity, filled = whole(row.order_quantity), whole(row.cumulative_quantity)
    exchange = EXCHANGES.get(row.exchange_segment, row.exchange_segment)
    status = status_of(row.order_status.replace(" ", ""), quantity, filled, STATUSES)
    tags = read_tags(row.order_unique_identifier)
    return BrokerOrder(
        broker_order_id=str(row.app_order_id),
        exchange_order_id=code_of(row.exchange_order_id),
        tag=tags.ours,
        symbol=symbol_of(exchange, row.exchange_instrument_id, row.trading_symbol),
        exchange=exchange,
        side=SIDES.get(row.order_side.upper()),
        delivery=DELIVERY.get(row.product_type),
        quantity=quantity,
        filled_quantity=filled,
        average_price=amount(number(row.order_average_traded_price)),
        status=status,
        raw_status=row.order_status[:LONGEST_WORD],
        message=message_of([row.cancel_reject_reason]),
        reason=reason_of([row.cancel_reject_reason], FRAGMENTS) if status is BrokerStatus.REJECTED else None,
        placed_at=moment(row.order_generated_date_time),
        foreign_tag=tags.foreign,
        code=code_of(row.exchange_instrument_id),
    )


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
    exchange, code = "NSE", row.exchange_nse_instrument_id
    if not code_of(code) or str(code) in ("0", "-1"):
        exchange, code = "BSE", row.exchange_bse_instrument_id
    known = current().by_isin(row.isin, exchange)
    return Holding(
        symbol=symbol_of(exchange, code, None) if known is None else known.symbol,
        exchange=exchange,
        isin=row.isin,
        quantity=free,
        t1_quantity=None,
        collateral_quantity=pledged,
        sellable=free,
        average_price=told_amount(row.buy_avg_price),
        sold_today=used,
    )


def position(row: wire.Position) -> Position:
    """No ISIN is named here."""
    exchange = EXCHANGES.get(row.exchange_segment, row.exchange_segment)
    security = security_of(exchange, row.exchange_instrument_id)
    return Position(
        symbol=symbol_of(exchange, row.exchange_instrument_id, row.trading_symbol),
        exchange=exchange,
        isin=None if security is None else security.isin,
        delivery=DELIVERY.get(row.product_type),
        bought=max(whole(row.open_buy_quantity), 0),
        sold=max(whole(row.open_sell_quantity), 0),
        buy_price=told_amount(number(row.buy_average_price)),
        sell_price=told_amount(number(row.sell_average_price)),
    )


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
