"""A transaction as a partner sees it: its state, and its result once there is one.

API answer, pop-up answer and webhook take the result from `result`, so that they tell the same story.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from torana.api.answers import iso
from torana.connectors.contract import OrderType
from torana.kit.money import short_rupees
from torana.partners.models import Gateway
from torana.partners.tokens import issue_token
from torana.transactions.models import Intent, Line, OrderConfig, Transaction


@runtime_checkable
class OrderBatches(Protocol):
    """Gives the order batches of a transaction in their wire form, an empty list if nothing was confirmed."""

    async def __call__(self, gateway_id: str, transaction_id: str) -> list[dict[str, Any]]: ...


def is_resolved(transaction: Transaction) -> bool:
    """Whether the promise in the partner's page resolves: there is a result to show."""
    return transaction.settled_at is not None and transaction.error_name is None


def result(
    gateway: Gateway, transaction: Transaction, batches: Sequence[Mapping[str, Any]], now: datetime
) -> dict[str, Any]:
    """What a successful flow hands over (gateway-interface, success response per intent)."""
    data: dict[str, Any] = {
        "smallcaseAuthToken": issue_token(gateway, transaction.investor_id, now),
        "smallcaseAuthId": transaction.investor_id,
        "transactionId": transaction.transaction_id,
        "broker": transaction.broker,
        "signup": False,
    }
    if transaction.notes is not None:
        data["notes"] = transaction.notes
    if transaction.intent is Intent.TRANSACTION:
        data["orderBatches"] = list(batches)
    return data


def error_of(transaction: Transaction) -> dict[str, Any]:
    """The error block; `value` says whether there is one."""
    return {
        "value": transaction.error_name is not None,
        "code": transaction.error_code,
        "message": transaction.error_name,
    }


def details(
    gateway: Gateway, transaction: Transaction, batches: Sequence[Mapping[str, Any]], now: datetime
) -> dict[str, Any]:
    """The data of transactiondetails: `transactionDetails`, and the same keys beside it for clients that look there."""
    known = transaction.investor_id is not None
    inner = {
        "transactionId": transaction.transaction_id,
        "intent": transaction.intent.value,
        "status": transaction.status.value,
        "error": error_of(transaction),
        "success": result(gateway, transaction, batches, now) if is_resolved(transaction) else None,
        "broker": transaction.broker,
        "smallcaseAuthId": transaction.investor_id,
        "authToken": issue_token(gateway, transaction.investor_id, now) if known else None,
        "signup": False,
        "notes": transaction.notes,
        "orderConfig": None if transaction.order_config is None else _order_config(transaction.order_config),
        "createdAt": iso(transaction.created_at),
        "expireAt": iso(transaction.expires_at),
        "expired": transaction.error_name == "transaction_expired",
    }
    return {"transactionDetails": inner, **inner}


def _order_config(config: OrderConfig) -> dict[str, Any]:
    return {"type": "SECURITIES", "securities": [_security(line) for line in config.lines], "meta": config.meta}


def _security(line: Line) -> dict[str, Any]:
    return {
        "ticker": line.symbol,
        "exchange": "NSE",
        "quantity": line.quantity,
        "type": None if line.side is None else line.side.value,
        "orderType": line.order_type.value,
        "price": short_rupees(line.limit_price or 0) if line.order_type is OrderType.LIMIT else 0,
    }
