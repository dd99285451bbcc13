"""Dhan's words and ours. Every map is whole: a word that is not in it is unknown, never a default."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from torana.connectors.contract import (
    BrokerOrder,
    BrokerStatus,
    Holding,
    Instrument,
    OrderRequest,
    OrderType,
    Position,
    Reason,
    Unknown,
    Variety,
)  # fmt: skip
from torana.connectors.dhan import wire
from torana.connectors.error_table import Dialect
from torana.connectors.order_words import SIDES, status_of
from torana.connectors.readings import LONGEST_WORD, amount, indian_time, message_of, told_amount, whole
from torana.connectors.reasons import TIMED_OUT, Fragments, reason_of
from torana.connectors.symbols import code_of, security_of, symbol_of
from torana.connectors.tags import Tags, read_tags
from torana.kit.clock import IST
from torana.kit.money import Paise
from torana.market.securities import current

BROKER = "dhan"
STATUSES: Mapping[str, BrokerStatus] = {
    "transit": BrokerStatus.RECEIVED,
    "pending": BrokerStatus.OPEN,
    "part_traded": BrokerStatus.OPEN,  # partly filled by its quantities
    "traded": BrokerStatus.COMPLETE,
    "cancelled": BrokerStatus.CANCELLED,
    "rejected": BrokerStatus.REJECTED,
    "expired": BrokerStatus.EXPIRED,
}
"""`CLOSED` and `TRIGGERED` are of super orders, which are never ours."""
DELIVERY: Mapping[str, bool] = {"CNC": True, "INTRADAY": False, "MARGIN": False, "MTF": False, "CO": False, "BO": False}
EXCHANGES: Mapping[str, str] = {"NSE_EQ": "NSE", "BSE_EQ": "BSE"}
SEGMENTS: Mapping[str, str] = {name: segment for segment, name in EXCHANGES.items()}
_WITH_TRIGGER = frozenset({"STOP_LOSS", "STOP_LOSS_MARKET"})
_SAYS_WHY = frozenset({BrokerStatus.REJECTED, BrokerStatus.CANCELLED, BrokerStatus.EXPIRED})
_WAITING = frozenset({BrokerStatus.RECEIVED, BrokerStatus.OPEN})

FRAGMENTS: Fragments = (
    ("invalid ip", Reason.EGRESS_NOT_REGISTERED),
    ("multiple of tick", Reason.INVALID_ORDER),
)
DIALECT = Dialect(
    failures=wire.failures,
    order_ids=frozenset({"orderId"}),
    session_codes=frozenset({"DH-901", "DH-906 token", "807", "808", "809"}),
    rejections={
        "DH-902": Reason.NOT_PERMITTED,
        "DH-903": Reason.NOT_PERMITTED,
        "DH-905": Reason.INVALID_ORDER,
        "DH-906": Reason.INVALID_ORDER,
        "DH-911": Reason.EGRESS_NOT_REGISTERED,
    },
    ambiguous_codes=frozenset({"DH-904", "DH-908", "DH-909", "DH-910"}),
    status_rejections={},
    ambiguous_texts=TIMED_OUT,
    too_fast_is_refused=False,  # 429 is documented, and not that nothing was placed
    fragments=FRAGMENTS,
)
OF_HOLDINGS = replace(DIALECT, nothing_codes=frozenset({"DH-1111"}))
"""`DH-1111`, under HTTP 500: there are no holdings."""
LOOK_UP = replace(DIALECT, not_there_codes=frozenset({"DH-906"}))
"""By our number, under HTTP 404: there is no such order, or it is not at the exchange yet. Under another status the
code says no more than that something could not be done."""


@dataclass(frozen=True, slots=True)
class ConsentFlow:
    """The three steps of a login: a consent is asked for with the app's keys, the investor gives it on Dhan's page, and
    what came back with the browser is exchanged, with the same keys."""

    id_header: str
    secret_header: str
    method: str
    asked_at: str
    given_at: str
    field: str
    exchanged_at: str
    kind: type[wire.PartnerConsent] | type[wire.AppConsent]


PARTNER = ConsentFlow(
    "partner_id", "partner_secret", "GET", "/partner/generate-consent", "/consent-login", "consentId",
    "/partner/consume-consent", wire.PartnerConsent,
)  # fmt: skip
INDIVIDUAL = ConsentFlow(
    "app_id", "app_secret", "POST", "/app/generate-consent", "/login/consentApp-login", "consentAppId",
    "/app/consumeApp-consent", wire.AppConsent,
)  # fmt: skip


def ends_at(expiry_time: str) -> datetime:
    """`2026-11-19T10:30:00` on a clock in India. Raises `Unknown` for a login that does not say when it ends."""
    try:
        told = datetime.fromisoformat(expiry_time)
        return (told if told.tzinfo else told.replace(tzinfo=IST)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unknown("Dhan does not say when this login ends") from None


def exchange_of(segment: str) -> str:
    """Ours in the cash market; elsewhere Dhan's own word, which is no exchange of ours."""
    return EXCHANGES.get(segment, segment)


def exchange_order_id(told: object) -> str | None:
    """`0` is none."""
    text = code_of(told)
    return None if text is None or not text.strip("0") else text


def tags_of(row: wire.Order) -> Tags:
    """An order without a number of its client's gets one of Dhan's: the client and thirteen digits."""
    told = row.correlation_id
    if row.dhan_client_id and re.fullmatch(rf"{re.escape(row.dhan_client_id)}-\d{{13}}", str(told)):
        return Tags(None, foreign=False)
    return read_tags(told)


def order_status(row: wire.Order) -> BrokerStatus:
    """A status word with what stands beside it: Dhan has none for waiting for the market or for a trigger."""
    status = status_of(row.order_status, row.quantity, row.filled_qty, STATUSES)
    if row.after_market_order and status in _WAITING and exchange_order_id(row.exchange_order_id) is None:
        return BrokerStatus.AMO_QUEUED
    return BrokerStatus.TRIGGER_PENDING if row.order_type in _WITH_TRIGGER and status is BrokerStatus.OPEN else status


def symbol_in(row: wire.Order | wire.Holding | wire.Position, exchange: str) -> str:
    """By the id; the name beside it may be empty. Raises `Unknown` where neither says anything."""
    if not (symbol := symbol_of(BROKER, exchange, row.security_id, row.trading_symbol)):
        raise Unknown("Dhan's answer names no security")
    return symbol


def broker_order(row: wire.Order) -> BrokerOrder:
    """What the order system says stands beside healthy orders too (`CONFIRMED`): it counts at the end of one only."""
    status, tags, exchange = order_status(row), tags_of(row), exchange_of(row.exchange_segment)
    text = row.oms_error_description if status in _SAYS_WHY else None
    return BrokerOrder(
        broker_order_id=row.order_id,
        exchange_order_id=exchange_order_id(row.exchange_order_id),
        tag=tags.ours,
        symbol=symbol_in(row, exchange),
        exchange=exchange,
        side=SIDES.get(row.transaction_type),
        delivery=DELIVERY.get(row.product_type),
        quantity=row.quantity,
        filled_quantity=row.filled_qty,
        average_price=amount(row.average_traded_price),
        status=status,
        raw_status=row.order_status[:LONGEST_WORD],
        message=message_of([text]),
        reason=reason_of([text], FRAGMENTS) if status is BrokerStatus.REJECTED else None,
        placed_at=indian_time(row.create_time),
        foreign_tag=tags.foreign,
        code=code_of(row.security_id),
    )


def listed_at(isin: str, told: str = "") -> str:
    """The exchange that a row names; where it says `ALL`, that of the list, the NSE first. Empty where none is."""
    if told in SEGMENTS:
        return told
    return next((name for name in SEGMENTS if current().by_isin(isin, name) is not None), "")


def holding(row: wire.Holding) -> Holding:
    """What is delivered, on its way, and pledged. Pledged shares are within the delivered ones where the total says so;
    what is delivered, not pledged and not available was sold today. How the numbers go together is not documented."""
    delivered, pledged, on_its_way = max(row.dp_qty, 0), max(row.collateral_qty, 0), max(row.t1_qty, 0)
    within = pledged if row.total_qty == row.dp_qty + row.t1_qty else 0
    settled = max(delivered - within, 0)
    free = min(max(row.available_qty, 0), settled)
    exchange = listed_at(row.isin, row.exchange)
    return Holding(
        symbol=symbol_in(row, exchange),
        exchange=exchange,
        isin=row.isin,
        quantity=free,
        t1_quantity=on_its_way,
        collateral_quantity=pledged,
        sellable=free,
        average_price=amount(row.avg_cost_price),
        sold_today=settled - free,
    )


def approved(row: wire.Edis) -> tuple[str, int]:
    """By ISIN: what the depository released for today, whatever was sold of it."""
    return row.isin, max(whole(row.approved), 0)


def position(row: wire.Position) -> Position:
    """Dhan names no ISIN here."""
    exchange = exchange_of(row.exchange_segment)
    security = security_of(BROKER, exchange, row.security_id)
    return Position(
        symbol=symbol_in(row, exchange),
        exchange=exchange,
        isin=None if security is None else security.isin,
        delivery=DELIVERY.get(row.product_type),
        bought=max(row.day_buy_qty, 0),
        sold=max(row.day_sell_qty, 0),
        buy_price=told_amount(row.buy_avg),
        sell_price=told_amount(row.sell_avg),
    )


def cash(funds: wire.Funds) -> Paise:
    """Without the worth of what is pledged, which buys no shares for delivery. Whether the balance holds it is not
    documented: taken off, what is left is there in either case."""
    return amount(funds.available) - max(amount(funds.collateral), 0)


def price(row: wire.Priced) -> tuple[tuple[str, str], Paise]:
    """By exchange and security id."""
    return (exchange_of(row.segment), row.security_id), amount(row.told.last_price)


def priced_securities(instruments: Mapping[tuple[str, str], Instrument]) -> dict[str, list[int]]:
    """The question for prices: ids are numbers here. What has no number has no price."""
    asked: dict[str, list[int]] = {}
    for exchange, code in instruments:
        if code.isascii() and code.isdecimal():
            asked.setdefault(SEGMENTS[exchange], []).append(int(code))
    return asked


def order_body(order: OrderRequest, client: str) -> dict[str, object]:
    """The body of a placement. What does not apply is left out: Dhan refuses an empty text. A market order has the
    price 0, and is protected by Dhan."""
    after_market = {"amoTime": "OPEN"} if order.variety is Variety.AMO else {}
    return {
        "dhanClientId": client,
        "correlationId": order.tag,
        "transactionType": order.side.value,
        "exchangeSegment": SEGMENTS[order.instrument.exchange],
        "productType": "CNC",
        "orderType": "LIMIT" if order.order_type is OrderType.LIMIT else "MARKET",
        "validity": "DAY",
        "securityId": order.instrument.code,
        "quantity": order.quantity,
        "price": order.limit_rupees or 0,
        "afterMarketOrder": order.variety is Variety.AMO,
        **after_market,
    }
