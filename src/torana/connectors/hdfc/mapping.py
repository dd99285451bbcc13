"""InvestRight's words and ours. Every map is whole: a word that is not in it is unknown, never a default."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from string import ascii_letters

from torana.connectors.contract import (
    BrokerOrder,
    BrokerStatus,
    Holding,
    Instrument,
    OrderRequest,
    Position,
    Reason,
    Variety,
)  # fmt: skip
from torana.connectors.error_table import Dialect
from torana.connectors.hdfc import wire
from torana.connectors.order_words import SIDES, WITH_AFTER_MARKET
from torana.connectors.readings import LONGEST_WORD, amount, message_of, told_amount, whole, with_fill
from torana.connectors.reasons import TIMED_OUT, reason_of
from torana.connectors.symbols import code_of, plain, security_of
from torana.connectors.tags import read_tags
from torana.kit.clock import IST
from torana.kit.money import Paise
from torana.market.models import Security
from torana.market.securities import current, find

BROKER = "hdfc"
EQUITY = "EQUITY"
PRICES_IN_A_REQUEST = 10
STATUSES: Mapping[str, BrokerStatus] = {
    **WITH_AFTER_MARKET,
    "traded": BrokerStatus.COMPLETE,
    "canceled": BrokerStatus.CANCELLED,
    "transit": BrokerStatus.RECEIVED,
    "received": BrokerStatus.RECEIVED,
    "pending": BrokerStatus.OPEN,
    "placed": BrokerStatus.OPEN,
    "accepted": BrokerStatus.OPEN,
    "confirmed": BrokerStatus.OPEN,
    "partially traded": BrokerStatus.OPEN,
}
"""Traded, Cancelled and Rejected are in samples; all others are seen in other clients' code."""
DELIVERY: Mapping[str, bool] = {
    word: word in ("DELIVERY", "COLL-SELL", "ENCASH")
    for word in ("DELIVERY", "COLL-SELL", "ENCASH", "OVERNIGHT", "INTRADAY", "MTF", "COVER")
}
_WAITS = frozenset({BrokerStatus.OPEN, BrokerStatus.RECEIVED})

DIALECT = Dialect(
    failures=wire.failures,
    order_ids=frozenset({"order_id", "oms_order_id"}),
    session_codes=frozenset(),
    session_statuses=frozenset({401}),
    rejections={f"{wire.BY_TEXT}{reason}": reason for reason in Reason if reason is not Reason.OTHER},
    ambiguous_codes=frozenset(),
    status_rejections={404: Reason.INVALID_ORDER},
    ambiguous_texts=(*TIMED_OUT, *wire.NOT_THERE_OR_FINAL),
    too_fast_is_refused=False,  # nothing is documented of how fast is too fast
    fragments=wire.FRAGMENTS,
    refuses_with_2xx=True,
)
OF_CANCELLATIONS = replace(DIALECT, ambiguous_texts=TIMED_OUT)


def order_body(order: OrderRequest) -> dict[str, object]:
    """The body of a placement. The reference is a number of at most 20 digits."""
    return {
        "exchange": order.instrument.exchange,
        "security_id": order.instrument.code,
        "instrument_segment": EQUITY,
        "transaction_type": order.side.value,
        "product": "DELIVERY",
        "order_type": order.order_type.value,
        "price": order.limit_rupees or 0,
        "trigger_price": 0,
        "quantity": order.quantity,
        "disclosed_quantity": 0,
        "validity": "DAY",
        "amo": order.variety is Variety.AMO,
        "external_reference_number": Decimal(order.tag),  # a number in JSON
    }


def moment(text: str | None) -> datetime | None:
    """`30/04/2024 12:40:12` on a clock in India to UTC; None for what does not read like that."""
    try:
        return datetime.strptime(text or "", "%d/%m/%Y %H:%M:%S").replace(tzinfo=IST).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def reference(row: wire.Order) -> str | None:
    """What the row repeats of the number that was sent with an order, None where nothing was sent.

    Samples show `STAPI202404306812180`: letters, then the day of the order and a number of seven digits, which HDFC
    seems to make itself. That the letters also go before a number that was sent is a guess; either is read.
    """
    word = str(row.external_reference_number or "").strip()
    bare, at = word.lstrip(ascii_letters), moment(row.order_timestamp)
    own = at is not None and bare != word and bare.startswith(f"{at.astimezone(IST):%Y%m%d}")
    return None if own or not bare.strip("0") else bare


def exchange_of(exchange: str, segment: str) -> str:
    """Ours in the cash market; elsewhere with the segment, which is no exchange of ours."""
    return exchange if segment == EQUITY else f"{exchange}-{segment}"


def status_of(row: wire.Order, quantity: int, filled: int) -> BrokerStatus:
    """A word for the end beside shares that are still to come is none. An after-market order that the exchange does not
    have yet waits, whatever the word for it."""
    word = " ".join(row.status.lower().replace("_", " ").split())
    status = STATUSES.get(word, BrokerStatus.UNKNOWN)
    if status is BrokerStatus.COMPLETE and filled < quantity and whole(row.pending_quantity) > 0:
        status = BrokerStatus.OPEN
    if row.order_slot == "AMO" and status in _WAITS and not row.exchange_order_id:
        return BrokerStatus.AMO_QUEUED
    return with_fill(status, quantity, filled)


def broker_order(row: wire.Order) -> BrokerOrder:
    quantity, filled = whole(row.quantity), whole(row.filled_quantity)
    exchange, status = exchange_of(row.exchange, row.instrument_segment), status_of(row, quantity, filled)
    security, tags = _security(exchange, row.security_id, row.isin), read_tags(reference(row))
    texts = (row.status_message, row.status_message_raw)
    return BrokerOrder(
        broker_order_id=row.order_id,
        exchange_order_id=row.exchange_order_id or None,
        tag=tags.ours,
        symbol=plain(row.tradingsymbol) if security is None else security.symbol,
        exchange=exchange,
        side=SIDES.get(row.transaction_type.upper()),
        delivery=DELIVERY.get(row.product),
        quantity=quantity,
        filled_quantity=filled,
        average_price=_average(row, filled),
        status=status,
        raw_status=row.status[:LONGEST_WORD],
        message=message_of(texts),
        reason=reason_of(texts, wire.FRAGMENTS) if status is BrokerStatus.REJECTED else None,
        placed_at=moment(row.order_timestamp),
        foreign_tag=tags.foreign,
        code=code_of(row.security_id),
    )


def holding(row: wire.Holding) -> Holding:
    """One number of shares, and nothing on what of them is not delivered yet, pledged, or sold today."""
    security, quantity = _security(row.exchange, row.security_id, row.isin), max(whole(row.quantity), 0)
    return Holding(
        symbol=row.isin if security is None else security.symbol,
        exchange=row.exchange,
        isin=row.isin,
        quantity=quantity,
        t1_quantity=None,
        collateral_quantity=None,
        sellable=quantity,
        average_price=amount(row.average_price),
        delivery={"N": True, "Y": False}.get(row.mtf_indicator or ""),
    )


def position(row: wire.Position) -> Position:
    """There is no ISIN in here."""
    exchange = exchange_of(row.exchange, row.instrument_segment)
    security = security_of(BROKER, exchange, row.security_id)
    return Position(
        symbol=plain(row.underlying_symbol) if security is None else security.symbol,
        exchange=exchange,
        isin=None if security is None else security.isin,
        delivery=DELIVERY.get(row.product),
        bought=max(whole(row.t_day_buy_quantity), 0),
        sold=max(whole(row.t_day_sell_qty), 0),
        buy_price=told_amount(row.t_day_average_buy_price),
        sell_price=told_amount(row.t_day_avg_sell_price),
    )


def cash(margins: wire.Margins) -> Paise:
    """The limit for deliveries. Whether the worth of pledged shares is in it is not documented."""
    return amount(margins.equity.available.cash)


def edis_needed(accounts: Sequence[wire.Depository]) -> bool | None:
    """Whether a sale needs an instruction at the depository first: not with a standing instruction for every demat
    account. None where the flags say neither."""
    if accounts and all(one.ddpi_flag == "Y" for one in accounts):
        return False
    return True if any((one.edis_flag, one.ddpi_flag) == ("Y", "N") for one in accounts) else None


def asked(one: Instrument) -> tuple[str, str] | None:
    """By what a price is asked for: the exchange and its own token, which is not the broker's code."""
    security = find(one.symbol, one.exchange)
    return None if security is None else (one.exchange, str(security.exchange_token))


def price(row: wire.Price) -> tuple[tuple[str, str], Paise]:
    return (row.exchange, str(row.token)), amount(row.ltp)


def _average(row: wire.Order, filled: int) -> Paise:
    """The samples of traded orders show 0 and what all shares cost together."""
    told = amount(row.average_price)
    return amount(row.total_traded_value / filled) if not told and filled > 0 else told


def _security(exchange: str, code: object, isin: str | None) -> Security | None:
    """By the broker's code, else by the ISIN beside it. Either may be empty."""
    return security_of(BROKER, exchange, code) or (current().by_isin(isin, exchange) if isin else None)
