"""A transaction as a partner sees it: its state, and its result once there is one.

API answer, pop-up answer and webhook take what is particular of a success from its intent (`Intent.result`), so that
they tell the same story.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from torana.api.answers import iso
from torana.kit.cipher import Cipher
from torana.kit.database import Database
from torana.partners.models import Gateway
from torana.partners.tokens import issue_token
from torana.transactions.intents import Intent
from torana.transactions.models import Transaction


def is_resolved(intent: Intent[Any], transaction: Transaction) -> bool:
    """Whether the promise in the partner's page resolves: there is a result to show."""
    return transaction.settled_at is not None and (transaction.error_name is None or intent.resolves_always)


async def success(
    database: Database, cipher: Cipher, gateway: Gateway, intent: Intent[Any], transaction: Transaction, now: datetime
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
    told = await intent.result(database, transaction)
    return data | told | await intent.kept_result(database, cipher, transaction)


def event_of(transaction: Transaction, **more: object) -> dict[str, Any]:
    """The data of an event that partners are told, as far as it is of the transaction; `wire_of` reads it."""
    return {
        "transaction_id": transaction.transaction_id,
        "investor_id": transaction.investor_id,
        "broker": transaction.broker,
        "intent": transaction.intent,
        "notes": transaction.notes,
        **more,
    }


def wire_of(data: Mapping[str, Any]) -> dict[str, Any]:
    """The keys that every webhook has. Notes are gone once the person was erased."""
    return {
        "smallcaseAuthId": data["investor_id"],
        "transactionId": data["transaction_id"],
        "intent": data["intent"],
        "broker": data["broker"],
        "notes": data.get("notes"),
    }


def error_of(transaction: Transaction) -> dict[str, Any]:
    """The error block; `value` says whether there is one."""
    return {
        "value": transaction.error_name is not None,
        "code": transaction.error_code,
        "message": transaction.error_name,
    }


async def details(
    database: Database, cipher: Cipher, gateway: Gateway, intent: Intent[Any], transaction: Transaction, now: datetime
) -> dict[str, Any]:
    """The data of transactiondetails: `transactionDetails`, and the same keys beside it for clients that look there."""
    known = transaction.investor_id is not None
    inner = {
        "transactionId": transaction.transaction_id,
        "intent": transaction.intent,
        "status": transaction.status.value,
        "error": error_of(transaction),
        "success": await success(database, cipher, gateway, intent, transaction, now)
        if is_resolved(intent, transaction)
        else None,
        "broker": transaction.broker,
        "smallcaseAuthId": transaction.investor_id,
        "authToken": issue_token(gateway, transaction.investor_id, now) if known else None,
        "signup": False,
        "notes": transaction.notes,
        "orderConfig": intent.order_config(intent.config_of(transaction)),
        "createdAt": iso(transaction.created_at),
        "expireAt": iso(transaction.expires_at),
        "expired": transaction.error_name == "transaction_expired",
    }
    return {"transactionDetails": inner, **inner}
