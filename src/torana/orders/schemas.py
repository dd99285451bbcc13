"""The wire form of batches and orders (gateway-interface, orders and success responses)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from torana.connectors.contract import Reason, Side, Variety
from torana.events.types import EventType
from torana.kit.money import short_rupees, shortest
from torana.orders.models import Batch, Halt, Order
from torana.orders.states import CancelStatus, OrderState
from torana.transactions.details import wire_of
from torana.transactions.outcomes import INSUFFICIENT_HOLDINGS, INTERNAL_ERROR, MARKET_CLOSED

_STATUS = {
    OrderState.PLANNED: "PLACED",
    OrderState.SENDING: "PLACED",
    OrderState.CHECKING: "PLACED",
    OrderState.PLACED: "PLACED",
    OrderState.OPEN: "PLACED",
    OrderState.AMO_QUEUED: "PLACED",
    OrderState.PARTIAL: "PARTIAL",
    OrderState.COMPLETE: "COMPLETE",
    OrderState.REJECTED: "REJECTED",
    OrderState.CANCELLED: "CANCELLED",
    OrderState.EXPIRED: "CANCELLED",
    OrderState.ABSENT: "ERROR",
    OrderState.STALE: "ERROR",
    OrderState.UNAUTHORISED: "ERROR",
    OrderState.UNRESOLVED: "PLACED",
    OrderState.NOT_PLACED: "ERROR",
}


_CODES: Mapping[str, int] = {
    Reason.INSUFFICIENT_HOLDINGS: INSUFFICIENT_HOLDINGS.code,
    Reason.HOLDINGS_NOT_AUTHORISED: INSUFFICIENT_HOLDINGS.code,
    Reason.MARKET_CLOSED: MARKET_CLOSED.code,
}
"""The number that the interface's error table has for a reason; it has one of its own for few of them (0016)."""
_FAILED = frozenset(
    {
        OrderState.REJECTED,
        OrderState.CANCELLED,
        OrderState.EXPIRED,
        OrderState.ABSENT,
        OrderState.UNAUTHORISED,
        OrderState.NOT_PLACED,
    }
)


def iso(at: datetime | None) -> str | None:
    """`2026-01-01T09:16:11.000Z`."""
    if at is None:
        return None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def order_batch(batch: Batch) -> dict[str, Any]:
    """One element of `orderBatches`, the same in every telling. Amounts are `Decimal` rupees, for JSON numbers.

    An order here is an order at the exchange: a line that was sent in slices is several of them (0016).
    """
    placed = [order for order in batch.orders if order.state is not OrderState.NOT_PLACED]
    return {
        "batchId": batch.batch_id,
        "transactionId": batch.transaction_id,
        "smallcaseAuthId": batch.investor_id,
        "broker": batch.broker,
        "variety": batch.variety,
        "status": batch.status,
        "quantity": len(batch.orders),
        "filled": sum(order.state is OrderState.COMPLETE for order in batch.orders),
        "buyAmount": _executed(batch, Side.BUY),
        "sellAmount": _executed(batch, Side.SELL),
        "completedDate": iso(batch.completed_at),
        "orders": [_order(order, batch.variety) for order in placed],
        "unplaced": [_order(order, batch.variety) for order in batch.orders if order not in placed],
    }


def _executed(batch: Batch, side: Side) -> Decimal:
    own = (order for order in batch.orders if order.side is side)
    return short_rupees(sum(order.filled_quantity * order.average_price for order in own))


def _order(order: Order, variety: Variety) -> dict[str, Any]:
    status = _STATUS[order.state]
    if order.state is OrderState.CANCELLED and variety is Variety.AMO:
        status = "CANCELLED AMO"
    reason = order.reason if order.state in _FAILED else None
    return {
        "orderType": order.order_type,
        "product": "CNC",
        "exchange": order.exchange,
        "status": status,
        "quantity": order.quantity,
        "filledQuantity": order.filled_quantity,
        "tradingsymbol": order.symbol,
        "transactionType": order.side,
        "averagePrice": short_rupees(order.average_price),
        "price": short_rupees(order.limit_price or 0),
        "exchangeOrderId": order.exchange_order_id,
        "statusMessage": order.message or order.refused_to_cancel,
        "reason": reason,
        "errorCode": _error_code(reason),
        "orderTimestamp": iso(order.attempt.started_at),
        "attention": None
        if order.attention is None
        else {"kind": order.attention, "message": order.attention_text or ""},
    }


def _error_code(reason: str | None) -> int | None:
    """None exactly where there is no reason."""
    return None if reason is None else _CODES.get(reason, INTERNAL_ERROR.code)


def basket_keys(batch: Batch) -> dict[str, str | None]:
    """By which the orders of a basket are known; empty for other orders."""
    return {} if batch.iscid is None else {"scid": batch.scid, "iscid": batch.iscid}


def batch_event(batch: Batch) -> dict[str, Any]:
    """The data of the events that partners are told."""
    return basket_keys(batch) | {
        "transaction_id": batch.transaction_id,
        "investor_id": batch.investor_id,
        "broker": batch.broker,
        "intent": batch.intent,
        "notes": batch.notes,
        "batch": order_batch(batch),
    }


def halt_body(halt: Halt) -> dict[str, Any]:
    """A halt as partners are told of it. `broker` null: every broker."""
    return {
        "scope": "gateway" if halt.gateway_id else "broker" if halt.broker else "installation",
        "broker": halt.broker or None,
        "haltedBy": halt.ordered_by,
        "reason": halt.reason,
        "since": iso(halt.since),
    }


def _halt_wire(data: Mapping[str, Any]) -> dict[str, Any]:
    """Of no transaction and of no investor: a transaction's keys are null."""
    return {**dict.fromkeys(("transactionId", "intent", "notes", "status")), "smallcaseAuthId": "", **data}


HALTED = EventType("orders.halted", _halt_wire)
RESUMED = EventType("orders.resumed", _halt_wire)


_AMOUNTS = frozenset({"buyAmount", "sellAmount", "averagePrice", "price"})
"""Kept in the log as decimal strings."""


def _wire(data: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a webhook: one flat batch, as partners of the reference know it."""
    halt = {"halt": data["halt"]} if "halt" in data else {}
    basket = {key: data[key] for key in ("scid", "iscid") if key in data}
    return {**wire_of(data), **basket, **_as_numbers(data["batch"]), **halt}


def _as_numbers(value: Any) -> Any:
    match value:
        case dict():
            return {
                key: shortest(Decimal(part)) if key in _AMOUNTS and isinstance(part, str) else _as_numbers(part)
                for key, part in value.items()
            }
        case list():
            return [_as_numbers(part) for part in value]
    return value


BATCH_EVENTS = tuple(
    EventType(name, _wire)
    for name in (
        "batch.placed",
        "batch.completed",
        "batch.corrected",
        "batch.attention",
        "batch.held",
        "batch.released",
        "order.rejected_late",
    )
)
"""What partners are told of a batch."""


def cancellation(batch: Batch | None, status: CancelStatus | None) -> dict[str, Any]:
    """What became of orders that were to be cancelled, the same in every telling; null once they are not kept any
    more."""
    return {
        "cancelled": None if status is None else status is CancelStatus.CANCELLED,
        "cancelStatus": status,
        "orderBatches": [] if batch is None else [order_batch(batch)],
    }


def _cancellation_wire(data: Mapping[str, Any]) -> dict[str, Any]:
    told = {key: _as_numbers(data.get(key)) for key in ("cancelled", "cancelStatus", "orderBatches")}
    return {**wire_of(data), "status": "COMPLETED", **told}


CANCELLATION_COMPLETED = EventType("cancellation.completed", _cancellation_wire)


def order_event(order: Order) -> dict[str, Any]:
    """One order in the event log, in our own words."""
    asked = {} if order.cancel is None else {"cancel": order.cancel.state}
    return asked | {
        "line": order.line,
        "symbol": order.symbol,
        "side": order.side,
        "quantity": order.quantity,
        "state": order.state,
        "tag": order.tag,
        "broker_order_id": order.broker_order_id,
        "filled_quantity": order.filled_quantity,
        "average_price": order.average_price,
        "reason": order.reason,
        "message": order.message,
        "attention": order.attention,
        "attention_text": order.attention_text,
    }
