"""What is kept of one person: given to them, and erased.

A guest has no investor: their import of mutual funds is named by its transaction, their leads by a phone number.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from torana.events.log import record
from torana.holdings.snapshots import Snapshots
from torana.investors import consents
from torana.kit.cipher import Cipher
from torana.kit.database import Database
from torana.kit.errors import ConfigurationError
from torana.leads import store as leads
from torana.leads.progress import details_of
from torana.leads.progress import of_phone as leads_of_phone
from torana.mutual_funds.imports import open_kept
from torana.mutual_funds.models import FundImport
from torana.mutual_funds.store import find as find_import
from torana.retention.store import person as store
from torana.transactions import look_up
from torana.transactions.models import Transaction
from torana.transactions.personal import open_personal


async def export(database: Database, cipher: Cipher, gateway_id: str, investor_id: str) -> dict[str, Any]:
    """Everything that is kept of this investor, by kind, without secrets. Amounts are in paise, those of holdings in
    rupees, as partners get them.

    Raises `ConfigurationError` when the gateway does not know them.
    """
    investor = await store.find_investor(database, gateway_id, investor_id)
    if investor is None:
        raise _unknown(investor_id)
    data = await store.personal_data(database, gateway_id, investor_id)
    for kept in data["holdings"]:  # null where it was deleted meanwhile
        kept["securities"] = await Snapshots(database, cipher).securities(gateway_id, investor_id)
    for one in data["leads"]:
        lead = await leads.of_transaction(database, gateway_id, one["transaction_id"])
        one["details"] = None if lead is None else msgspec.to_builtins(details_of(cipher, lead))
    theirs = await store.their_imports(database, gateway_id, investor_id)
    data["fundImports"] = [await export_import(database, cipher, gateway_id, one) for one in theirs]
    return {"investor": investor, **data}


async def export_import(database: Database, cipher: Cipher, gateway_id: str, transaction_id: str) -> dict[str, Any]:
    """Everything that is kept of an import of mutual funds, opened. Raises `ConfigurationError` when there is none."""
    opened = _opened(cipher, *await _kept(database, gateway_id, transaction_id))
    agreed = await consents.of_transaction(database, gateway_id, transaction_id)
    return opened | {"consents": msgspec.to_builtins(agreed)}


async def erase_import(database: Database, gateway_id: str, transaction_id: str, now: datetime) -> None:
    """Take the person out of an import of mutual funds: who asked, what came, notes, visit. Webhooks and look-ups tell
    of no holdings from then on. Raises `ConfigurationError` when there is none, or it is not finished."""
    transaction, _ = await _kept(database, gateway_id, transaction_id)
    if transaction.finished_at is None:
        raise ConfigurationError(f"{transaction_id} is not finished: erase it when it has ended")
    await _erase_transactions(database, gateway_id, [transaction_id], now)


async def export_phone(database: Database, cipher: Cipher, gateway_id: str, phone: str) -> list[dict[str, Any]]:
    """Every lead of a phone number (`+919876543210`), opened, with what was agreed to."""
    return [
        {
            "leadId": lead.lead_id,
            "transactionId": lead.transaction_id,
            "status": lead.status.value,
            "broker": lead.broker,
            "createdAt": lead.created_at.isoformat(),
            "details": msgspec.to_builtins(details),
            "consents": msgspec.to_builtins(await consents.of_transaction(database, gateway_id, lead.transaction_id)),
        }
        for lead, details in await leads_of_phone(database, cipher, gateway_id, phone)
    ]


class Erased(NamedTuple):
    """From how many leads somebody was taken out, and the transactions of those that have not finished: a broker or a
    page may still be at work on them."""

    leads: int
    unfinished: list[str]


async def erase_phone(database: Database, cipher: Cipher, gateway_id: str, phone: str, now: datetime) -> Erased:
    """Take the person with this number out of their leads and of all that belongs to them. How far each came stays, and
    leads to nobody."""
    theirs = {lead.transaction_id for lead, _ in await leads_of_phone(database, cipher, gateway_id, phone)}
    over = await store.finished(database, gateway_id, theirs)
    await _erase_transactions(database, gateway_id, over, now)
    return Erased(len(over), sorted(theirs - set(over)))


async def _erase_transactions(
    database: Database, gateway_id: str, transaction_ids: Sequence[str], now: datetime
) -> None:
    async with database.transaction() as connection:
        await store.erase_transactions(connection, gateway_id, transaction_ids, now)
        for transaction_id in transaction_ids:
            data = {"transaction_id": transaction_id}
            await record(
                connection, gateway_id=gateway_id, transaction_id=None, type="investor.erased", data=data, now=now
            )


async def _kept(database: Database, gateway_id: str, transaction_id: str) -> tuple[Transaction, FundImport | None]:
    """The transaction of an import, and the import once a code was asked for. Raises `ConfigurationError` where both
    tell nothing of a person."""
    transaction = await look_up.find(database, gateway_id, transaction_id)
    found = await find_import(database, gateway_id, transaction_id)
    if transaction is None or (found is None and not transaction.personal):
        raise ConfigurationError(f"this gateway keeps nothing of a person under {transaction_id!r}")
    return transaction, found


def _opened(cipher: Cipher, transaction: Transaction, found: FundImport | None) -> dict[str, Any]:
    """What the partner said of the person, who asked, what came. Amounts are in paise."""
    said = open_personal(cipher, transaction)
    given = None if said is None else msgspec.json.decode(said)
    told: dict[str, Any] = {"transaction_id": transaction.transaction_id, "given": given}
    if found is None:
        return told
    parts = {name: open_kept(cipher, found, name, getattr(found, name)) for name in ("applicant", "statement")}
    opened = {name: None if text is None else msgspec.json.decode(text) for name, text in parts.items()}
    moments = {name: getattr(found, name) for name in ("asked_at", "verified_at", "ended_at")}
    told |= msgspec.to_builtins({"consent": found.consent, "outcome": found.outcome, **moments, **opened})
    return told


async def erase(database: Database, gateway_id: str, investor_id: str, now: datetime) -> None:
    """Take the person out: their account at the broker, tokens, holdings, visits, notes. Their consents end. The order
    log stays, as the law asks, under an id that leads to nobody; the same account is a new investor if it ever comes
    back.

    Raises `ConfigurationError` when the gateway does not know them, or while something of theirs is not finished.
    """
    async with database.transaction() as connection:
        account = await store.lock_investor(connection, gateway_id, investor_id)
        if account is None:
            raise _unknown(investor_id)
        if await store.has_open_orders(connection, gateway_id, investor_id):
            raise ConfigurationError(
                f"a transaction of {investor_id} is not finished: erase them when its orders have ended"
            )
        await store.erase(connection, gateway_id, investor_id, account, now)
        await record(
            connection,
            gateway_id=gateway_id,
            transaction_id=None,
            type="investor.erased",
            data={"investor_id": investor_id},
            now=now,
        )


def _unknown(investor_id: str) -> ConfigurationError:
    return ConfigurationError(f"this gateway knows no investor {investor_id!r}")
