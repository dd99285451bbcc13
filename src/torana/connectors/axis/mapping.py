"""Axis Direct's words and ours. No list of its words is public: what is here is a guess (`NOTES.md`), and every other
word is unknown, never a default."""

from torana.connectors.axis import wire
from torana.connectors.contract import BrokerOrder, Holding, OrderRequest, Variety
from torana.connectors.declaration import words_of
from torana.connectors.error_table import Dialect
from torana.connectors.readings import amount, day_first_time, whole
from torana.connectors.row_reader import RowReader
from torana.connectors.symbols import code_of
from torana.kit.money import Paise

BROKER = "axis"
EQUITY = "EQ"
EXCHANGES = frozenset({"NSE", "BSE"})

DIALECT = Dialect(
    failures=wire.failures,
    order_ids=frozenset({"omsOrderId"}),
    session_codes=frozenset({"401"}),
    rejections={},  # none is published: what it says no to is in doubt until the book says more
    ambiguous_codes=frozenset({"408", "409", "429", "500", "502", "503", "504"}),
    refuses_with_2xx=True,
)


ROWS = RowReader(**words_of(BROKER), exchange_id=code_of, time=day_first_time)


def exchange_of(exchange: str, segment: str) -> str:
    """Ours in the cash market; elsewhere the broker's own words, which are no exchange of ours."""
    return exchange if segment == EQUITY and exchange in EXCHANGES else f"{exchange}-{segment}"


def broker_order(row: wire.Order) -> BrokerOrder:
    return ROWS.order(row, exchange=exchange_of(row.exchange, row.segment))


def holding(row: wire.Holding) -> Holding:
    settled, sold = max(whole(row.dp_qty), 0), max(whole(row.sold_qty), 0)
    on_its_way, pledged = max(whole(row.t1_qty), 0), max(whole(row.pledged_qty), 0)
    return ROWS.holding(row, free=max(settled - sold, 0), on_its_way=on_its_way, pledged=pledged, sold=sold)


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
        "omsOrderId": row.order_id,
        "segment": row.segment,
        "exchange": row.exchange,
        "scriptId": row.code,
        "transactionType": row.side,
        "productType": row.product,
        "orderType": row.order_type,
        "orderPrice": row.order_price,
        "validityType": row.validity_type,
        "openQty": row.open_qty,
        "omsOrderSerialNumber": row.oms_order_serial_number,
    }
