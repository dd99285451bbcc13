"""HDFC Sky's words and ours. Every map is whole: a word that is not in it is unknown, never a default."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec

from torana.connectors.contract import (
    BrokerOrder,
    BrokerStatus,
    Holding,
    OrderRequest,
    Position,
    Reason,
    Unknown,
    Variety,
)  # fmt: skip
from torana.connectors.hdfc import mapping as house
from torana.connectors.hdfc.wire import FRAGMENTS, WENT_WRONG
from torana.connectors.hdfcsky import wire
from torana.connectors.order_words import SIDES, status_of
from torana.connectors.readings import LONGEST_WORD, amount, message_of, told_amount, whole
from torana.connectors.reasons import reason_of
from torana.connectors.symbols import code_of, plain
from torana.connectors.tags import read_tags
from torana.kit.money import Paise
from torana.market.models import EXCHANGES, Security
from torana.market.securities import current

CASH = "Capital"
STATUSES: Mapping[str, BrokerStatus] = {
    **dict.fromkeys(
        (
            "pending", "accepted", "unaccepted", "modify_pending", "modify_accepted", "cancel_pending",
            "cancel_accepted", "exchange_response_pending", "rms_validation_completed", "rrm_pending_at_exchange",
        ),
        BrokerStatus.RECEIVED,
    ),
    **dict.fromkeys(("confirmed", "modify_confirmed", "partial_trade"), BrokerStatus.OPEN),
    **dict.fromkeys(("trigger_pending", "sl_trigger_confirmed"), BrokerStatus.TRIGGER_PENDING),
    **dict.fromkeys(
        ("amo_req_received", "amo_req_confirmed", "amo_req_modified", "amo_new_confirmed", "amo_modify_confirmed"),
        BrokerStatus.AMO_QUEUED,
    ),
    "complete": BrokerStatus.COMPLETE,
    **dict.fromkeys(
        ("cancelled", "cancel_confirmed", "batch_cancel_confirmed", "amo_cancel_confirmed"), BrokerStatus.CANCELLED
    ),
    "rejected": BrokerStatus.REJECTED,
}  # fmt: skip
"""The words of the broker's stream, which its book is taken to share. `…_REJECTED` of a change or a cancellation says
nothing of the order, and is unknown."""
DELIVERY: Mapping[str, bool] = {word: word == "CNC" for word in ("CNC", "MIS", "NRML", "MTF")}
EXECUTIONS: Mapping[Variety, str] = {Variety.REGULAR: "REGULAR", Variety.AMO: "AMO"}

DIALECT = replace(
    house.DIALECT,
    rejections={**house.DIALECT.rejections, "44000": Reason.INVALID_ORDER, "40000": Reason.NOT_PERMITTED},
    ambiguous_codes=frozenset({WENT_WRONG}),
    status_rejections={},
)
"""`45000` is whatever the order system says: its text decides. No HTTP status does."""
OF_CANCELLATIONS = replace(DIALECT, ambiguous_texts=house.OF_CANCELLATIONS.ambiguous_texts)


def order_body(order: OrderRequest, client: str) -> dict[str, object]:
    """The body of a placement."""
    return {
        "client_id": client,
        "exchange": order.instrument.exchange,
        "instrument_token": order.instrument.code,
        "order_side": order.side.value,
        "order_type": order.order_type.value,
        "product": "CNC",
        "price": order.limit_rupees or 0,
        "trigger_price": 0,
        "quantity": order.quantity,
        "disclosed_quantity": 0,
        "validity": "DAY",
        "execution_type": EXECUTIONS[order.variety],
        "device": "WEB",
        "user_order_id": Decimal(order.tag),  # a number in JSON
    }


def said(text: str | None) -> str | None:
    """A reason, where it is one."""
    return None if text is None or text.strip().upper() in ("", "NONE") else text


def broker_order(row: wire.Order) -> BrokerOrder:
    quantity, filled = whole(row.quantity), whole(row.filled_quantity)
    status, reason = status_of(row.order_status, quantity, filled, STATUSES), said(row.rejection_reason)
    tags = read_tags(None if str(row.user_order_id or "").strip("0") == "" else row.user_order_id)
    return BrokerOrder(
        broker_order_id=row.oms_order_id,
        exchange_order_id=row.exchange_order_id or None,
        tag=tags.ours,
        symbol=_symbol(row.exchange, row.instrument_token, row.trading_symbol),
        exchange=row.exchange,
        side=SIDES.get(row.order_side),
        delivery=DELIVERY.get(row.product),
        quantity=quantity,
        filled_quantity=filled,
        average_price=amount(row.average_price),
        status=status,
        raw_status=row.order_status[:LONGEST_WORD],
        message=message_of([reason]),
        reason=reason_of([reason], FRAGMENTS) if status is BrokerStatus.REJECTED else None,
        placed_at=None if not row.order_entry_time else datetime.fromtimestamp(row.order_entry_time, UTC),
        foreign_tag=tags.foreign,
        code=code_of(row.instrument_token),
    )


def holding(row: wire.Holding) -> Holding:
    """Free is what the broker calls so, and at most what is left of all after today's sales. How the numbers add up is
    not documented."""
    sold = max(whole(row.used_quantity), 0)
    free = max(min(whole(row.free_quantity), whole(row.quantity) - sold), 0)
    return Holding(
        symbol=_symbol(row.exchange, row.token, row.trading_symbol),
        exchange=row.exchange,
        isin=row.isin,
        quantity=free,
        t1_quantity=max(whole(row.t1_quantity), 0),
        collateral_quantity=max(whole(row.pledge_quantity), 0),
        sellable=free,
        average_price=amount(row.buy_avg),
        sold_today=sold,
    )


def position(row: wire.Position) -> Position:
    """There is no ISIN in here."""
    exchange = row.exchange if row.segment == CASH or row.exchange not in EXCHANGES else f"{row.exchange}-{row.segment}"
    security = _security(exchange, row.token)
    return Position(
        symbol=_symbol(exchange, row.token, row.trading_symbol),
        exchange=exchange,
        isin=None if security is None else security.isin,
        delivery=DELIVERY.get(row.product),
        bought=max(whole(row.buy_quantity), 0),
        sold=max(whole(row.sell_quantity), 0),
        buy_price=told_amount(row.average_buy_price),
        sell_price=told_amount(row.average_sell_price),
    )


def edis_needed(person: wire.Person) -> bool | None:
    """Not with a standing instruction or a power of attorney; None where neither is told."""
    told = [one for one in (person.ddpi, person.poa_enabled) if one is not None]
    return None if not told else not any(told)


def cash(funds: wire.Funds) -> Paise:
    """What is available less the worth of what is pledged. Raises `Unknown` where either is not told."""
    told = dict(_line(line) for line in funds.values)
    if (available := told.get("availablemargin")) is None or (pledged := told.get("pledgebenefit")) is None:
        raise Unknown("the broker's funds do not say what is available, or what of it is pledged")
    return available - max(pledged, 0)


def _line(line: object) -> tuple[str, Paise]:
    """A label in small letters without blanks, and its amount."""
    pair = [line.get("0"), line.get("1")] if isinstance(line, Mapping) else line
    try:
        label, value = msgspec.convert(pair, tuple[str, Any])
        return "".join(label.lower().split()), amount(Decimal(str(value).replace(",", "")))
    except (msgspec.ValidationError, ArithmeticError):
        raise Unknown("the broker's funds hold a line that is none") from None


def _security(exchange: str, token: object) -> Security | None:
    """By the exchange's own token, which is the broker's code."""
    text = code_of(token)
    if text is None or not (text.isascii() and text.isdecimal()):
        return None
    return current().by_token(int(text), exchange)


def _symbol(exchange: str, token: object, symbol: str) -> str:
    """On the BSE the broker puts the group behind a symbol, on the NSE the series."""
    security = _security(exchange, token)
    return plain(symbol) if security is None else security.symbol
