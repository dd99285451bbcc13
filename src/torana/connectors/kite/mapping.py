"""Kite's words and ours. Every map is whole: a word that is not in it is unknown, never a default."""

from collections.abc import Mapping
from datetime import date, datetime

from torana.connectors.contract import (
    BrokerOrder,
    BrokerStatus,
    Holding,
    OrderRequest,
    OrderType,
    Position,
    Proposal,
    Reason,
)
from torana.connectors.error_table import Dialect
from torana.connectors.kite import wire
from torana.connectors.order_words import COMMON, SIDES, status_of
from torana.connectors.readings import LONGEST_WORD, amount, indian_time, message_of, told_amount
from torana.connectors.reasons import TIMED_OUT, reason_of
from torana.connectors.symbols import code_of, security_of, symbol_of
from torana.connectors.tags import read_tags
from torana.kit.clock import IST
from torana.kit.money import Paise, rupees

STATUSES: Mapping[str, BrokerStatus] = {
    **COMMON,
    "amo req received": BrokerStatus.AMO_QUEUED,
    "cancelled amo": BrokerStatus.CANCELLED,
}
"""In small letters, where Kite writes capitals. It says that its list is not closed. `NOT MODIFIED` and `CANCELLED AMO`
were seen by other clients only."""

DELIVERY: Mapping[str, bool] = {"CNC": True, "NRML": False, "MIS": False, "MTF": False, "CO": False, "BO": False}
EDIS_NEEDED: Mapping[str, bool] = {"": True, "consent": False, "physical": False}
"""By `demat_consent`: none, DDPI, power of attorney."""


DIALECT = Dialect(
    failures=wire.failures,
    order_ids=frozenset({"order_id"}),
    session_codes=frozenset({"TokenException"}),
    rejections={
        "InputException": Reason.INVALID_ORDER,
        "OrderException": Reason.OTHER,
        "MarginException": Reason.INSUFFICIENT_FUNDS,
        "HoldingException": Reason.INSUFFICIENT_HOLDINGS,
        "PermissionException": Reason.NOT_PERMITTED,
        "UserException": Reason.NOT_PERMITTED,
    },
    ambiguous_codes=frozenset({"NetworkException", "DataException", "GeneralException"}),
    status_rejections={428: Reason.HOLDINGS_NOT_AUTHORISED},
    ambiguous_texts=TIMED_OUT,
    too_fast_is_refused=True,
)


def broker_order(row: wire.Order) -> BrokerOrder:
    status = status_of(row.status, row.quantity, row.filled_quantity, STATUSES)
    texts = (row.status_message, row.status_message_raw)
    tags = read_tags(row.tag, row.tags)
    return BrokerOrder(
        broker_order_id=row.order_id,
        exchange_order_id=row.exchange_order_id or None,
        tag=tags.ours,
        symbol=symbol_of("kite", row.exchange, row.instrument_token, row.tradingsymbol),
        exchange=row.exchange,
        side=SIDES.get(row.transaction_type),
        delivery=DELIVERY.get(row.product),
        quantity=row.quantity,
        filled_quantity=row.filled_quantity,
        average_price=amount(row.average_price),
        status=status,
        raw_status=row.status[:LONGEST_WORD],
        message=message_of(texts),
        reason=reason_of(texts, DIALECT.fragments) if status is BrokerStatus.REJECTED else None,
        placed_at=indian_time(row.order_timestamp),
        foreign_tag=tags.foreign,
        code=code_of(row.instrument_token),
    )


def edis_needed(meta: wire.Meta | None) -> bool | None:
    """None for a consent that we do not know, or that Kite did not tell."""
    return None if meta is None or meta.demat_consent is None else EDIS_NEEDED.get(meta.demat_consent)


def holding(row: wire.Holding, edis: bool | None) -> Holding:
    """`edis` True: of the settled shares only those count that were authorised today and not sold since.

    Shares that are not delivered yet need no authorisation.
    """
    free = row.quantity if edis is not True else min(row.quantity, row.authorised_quantity - row.used_quantity)
    return Holding(
        symbol=symbol_of("kite", row.exchange, row.instrument_token, row.tradingsymbol),
        exchange=row.exchange,
        isin=row.isin,
        quantity=row.quantity,
        t1_quantity=row.t1_quantity,
        collateral_quantity=row.collateral_quantity,
        sellable=max(free, 0) + max(row.t1_quantity, 0),
        average_price=amount(row.average_price),
        sold_today=max(row.used_quantity, 0),
        delivery=DELIVERY.get(row.product),
    )


def released(row: wire.Holding, today: date) -> tuple[str, int]:
    """By ISIN: what was authorised for today, `used_quantity` of it sold; of another day it is nothing.

    Raises `ValueError` for a time that cannot be read.
    """
    is_old = row.authorised_date and _day(row.authorised_date) != today
    return row.isin, 0 if is_old else max(row.authorised_quantity, 0)


def _day(text: str) -> date:
    """In India, where no other offset is named."""
    told = datetime.fromisoformat(text)
    return (told if told.tzinfo is None else told.astimezone(IST)).date()


def position(row: wire.Position) -> Position:
    """Kite names no ISIN here."""
    security = security_of("kite", row.exchange, row.instrument_token)
    return Position(
        symbol=symbol_of("kite", row.exchange, row.instrument_token, row.tradingsymbol),
        exchange=row.exchange,
        isin=None if security is None else security.isin,
        delivery=DELIVERY.get(row.product),
        bought=max(row.day_buy_quantity, 0),
        sold=max(row.day_sell_quantity, 0),
        buy_price=told_amount(row.day_buy_price),
        sell_price=told_amount(row.day_sell_price),
    )


def price(row: wire.LastPrice) -> Paise:
    return amount(row.last_price)


def margin_line(order: Proposal) -> dict[str, object]:
    """One order of a question for a margin, JSON. A market order has no price: Kite takes the market's."""
    at_limit = order.order_type is OrderType.LIMIT
    return {**_proposed(order), "price": rupees(order.price) if at_limit else 0, "trigger_price": 0}


def charges_line(order: Proposal, number: int) -> dict[str, object]:
    """One order of a question for charges, JSON, as if it had been filled at its price."""
    return {**_proposed(order), "order_id": str(number), "average_price": rupees(order.price)}


def _proposed(order: Proposal) -> dict[str, object]:
    return {
        "exchange": order.instrument.exchange,
        "tradingsymbol": order.instrument.listed_as,
        "transaction_type": order.side.value,
        "variety": order.variety.value,
        "product": "CNC",
        "order_type": order.order_type.value,
        "quantity": order.quantity,
    }


def order_form(order: OrderRequest) -> dict[str, str]:
    """The form of a placement; the variety is in the path."""
    form = {
        "tradingsymbol": order.instrument.listed_as,
        "exchange": order.instrument.exchange,
        "transaction_type": order.side.value,
        "order_type": order.order_type.value,
        "quantity": str(order.quantity),
        "product": "CNC",
        "validity": "DAY",
        "tag": order.tag,
    }
    if order.order_type is OrderType.MARKET:
        form["market_protection"] = "-1"
    else:
        form["price"] = str(order.limit_rupees)
    return form


def basket_line(order: OrderRequest) -> dict[str, object]:
    """One line of an offsite basket. Kite documents no market protection there."""
    line: dict[str, object] = {
        "variety": order.variety.value,
        "tradingsymbol": order.instrument.listed_as,
        "exchange": order.instrument.exchange,
        "transaction_type": order.side.value,
        "order_type": order.order_type.value,
        "quantity": order.quantity,
        "product": "CNC",
        "validity": "DAY",
        "readonly": True,
        "tag": order.tag,
    }
    if order.order_type is OrderType.LIMIT:
        line["price"] = order.limit_rupees
    return line
