"""Axis Direct's words and ours. No list of its words is public: what is here is a guess (`NOTES.md`), and every other
word is unknown, never a default."""

from collections.abc import Mapping

from torana.connectors.axis import wire
from torana.connectors.contract import BrokerOrder, BrokerStatus, Holding, OrderRequest, Position, Variety
from torana.connectors.error_table import Dialect
from torana.connectors.order_words import SIDES, status_of
from torana.connectors.readings import LONGEST_WORD, amount, day_first_time, message_of, told_amount, whole
from torana.connectors.reasons import TIMED_OUT, reason_of
from torana.connectors.symbols import code_of, security_of, symbol_of
from torana.connectors.tags import read_tags
from torana.kit.money import Paise

BROKER = "axis"
EQUITY = "EQ"
STATUSES: Mapping[str, BrokerStatus] = {
    "pending": BrokerStatus.RECEIVED,
    "open": BrokerStatus.OPEN,
    "partially executed": BrokerStatus.OPEN,  # the quantities say how far
    "trigger pending": BrokerStatus.TRIGGER_PENDING,
    "executed": BrokerStatus.COMPLETE,
    "cancelled": BrokerStatus.CANCELLED,
    "rejected": BrokerStatus.REJECTED,
    "amo placed": BrokerStatus.AMO_QUEUED,
}
DELIVERY: Mapping[str, bool] = {"DELIVERY": True, "INTRADAY": False}
EXCHANGES = frozenset({"NSE", "BSE"})

DIALECT = Dialect(
    failures=wire.failures,
    order_ids=frozenset({"omsOrderId"}),
    session_codes=frozenset({"401"}),
    rejections={},  # none is published: what it says no to is in doubt until the book says more
    ambiguous_codes=frozenset({"408", "409", "429", "500", "502", "503", "504"}),
    status_rejections={},
    ambiguous_texts=TIMED_OUT,
    too_fast_is_refused=False,
    refuses_with_2xx=True,
)


def exchange_of(exchange: str, segment: str) -> str:
    """Ours in the cash market; elsewhere the broker's own words, which are no exchange of ours."""
    return exchange if segment == EQUITY and exchange in EXCHANGES else f"{exchange}-{segment}"


def broker_order(row: wire.Order) -> BrokerOrder:
    quantity, filled = whole(row.total_qty), whole(row.traded_qty)
    status = status_of(row.order_status, quantity, filled, STATUSES)
    tags, exchange = read_tags(row.order_ref_id), exchange_of(row.exchange, row.segment)
    return BrokerOrder(
        broker_order_id=row.oms_order_id,
        exchange_order_id=code_of(row.exchange_order_id),
        tag=tags.ours,
        symbol=symbol_of(BROKER, exchange, row.script_id, row.symbol),
        exchange=exchange,
        side=SIDES.get(row.transaction_type),
        delivery=DELIVERY.get(row.product_type),
        quantity=quantity,
        filled_quantity=filled,
        average_price=amount(row.average_price),
        status=status,
        raw_status=row.order_status[:LONGEST_WORD],
        message=message_of([row.rejection_reason]),
        reason=reason_of([row.rejection_reason]) if status is BrokerStatus.REJECTED else None,
        placed_at=day_first_time(row.order_date_time),
        foreign_tag=tags.foreign,
        code=code_of(row.script_id),
    )


def holding(row: wire.Holding) -> Holding:
    settled, sold = max(whole(row.dp_qty), 0), max(whole(row.sold_qty), 0)
    free = max(settled - sold, 0)
    return Holding(
        symbol=symbol_of(BROKER, row.exchange, row.script_id, row.symbol),
        exchange=row.exchange,
        isin=row.isin,
        quantity=free,
        t1_quantity=max(whole(row.t1_qty), 0),
        collateral_quantity=max(whole(row.pledged_qty), 0),
        sellable=free,
        average_price=told_amount(row.average_price),
        sold_today=sold,
    )


def position(row: wire.Position) -> Position:
    security = security_of(BROKER, row.exchange, row.script_id)
    return Position(
        symbol=symbol_of(BROKER, row.exchange, row.script_id, row.symbol),
        exchange=row.exchange,
        isin=None if security is None else security.isin,
        delivery=DELIVERY.get(row.product_type),
        bought=max(whole(row.buy_qty), 0),
        sold=max(whole(row.sell_qty), 0),
        buy_price=told_amount(row.buy_average_price),
        sell_price=told_amount(row.sell_average_price),
    )


def price(row: wire.Price) -> tuple[str, Paise]:
    """By script id."""
    return row.script_id, amount(row.last_traded_price)


def order_body(order: OrderRequest) -> dict[str, object]:
    """The body of a placement. The core sends no market order: `MarketOrders.AS_LIMIT`."""
    return {
        "orderRefId": order.tag,
        "segment": EQUITY,
        "exchange": order.instrument.exchange,
        "scriptId": order.instrument.code,
        "transactionType": order.side.value,
        "productType": "DELIVERY",
        "orderType": order.order_type.value,
        "totalQty": order.quantity,
        "disclosedQty": 0,
        "orderPrice": order.limit_rupees or 0,
        "triggerPrice": "0",
        "validityType": "DAY",
        "validityDays": None,
        "isAmo": order.variety is Variety.AMO,
    }


def cancel_body(row: wire.Order) -> dict[str, object]:
    """Everything that a cancellation repeats of the order's row."""
    return {
        "omsOrderId": row.oms_order_id,
        "segment": row.segment,
        "exchange": row.exchange,
        "scriptId": row.script_id,
        "transactionType": row.transaction_type,
        "productType": row.product_type,
        "orderType": row.order_type,
        "orderPrice": row.order_price,
        "validityType": row.validity_type,
        "openQty": row.open_qty,
        "omsOrderSerialNumber": row.oms_order_serial_number,
    }
