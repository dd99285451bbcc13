"""What is kept of one person: given to them, and erased.

A guest's import of mutual funds has no investor: it is named by its transaction.
"""

from datetime import datetime
from typing import Any

from torana.events.log import record
from torana.holdings.snapshots import Snapshots
from torana.kit.cipher import Cipher
from torana.kit.database import Database
from torana.kit.errors import ConfigurationError
from torana.mutual_funds.store import find as find_import
from torana.retention import store
from torana.retention.opened import opened_import
from torana.transactions import look_up


async def export(database: Database, cipher: Cipher, gateway_id: str, investor_id: str) -> dict[str, Any]:
    """Everything that is kept of this investor, by kind, without secrets. Amounts are in paise, those of holdings in
    rupees, as partners get them.

    Raises `ConfigurationError` when the gateway does not know them.
    """
    investor = await store.find_investor(database, gateway_id, investor_id)
    if investor is None:
        raise _unknown(investor_id)
    data = await store.personal_data(database, gateway_id, investor_id)
    for kept in data["holdings"]:
        kept["securities"] = await Snapshots(database, cipher).sealed_list(gateway_id, investor_id)
    theirs = await store.their_imports(database, gateway_id, investor_id)
    data["fundImports"] = [await export_import(database, cipher, gateway_id, one) for one in theirs]
    return {"investor": investor, **data}


async def export_import(database: Database, cipher: Cipher, gateway_id: str, transaction_id: str) -> dict[str, Any]:
    """Everything that is kept of an import of mutual funds, opened. Raises `ConfigurationError` when there is none."""
    transaction = await look_up.find(database, gateway_id, transaction_id)
    found = await find_import(database, gateway_id, transaction_id)
    if transaction is None or (found is None and not transaction.personal):
        raise ConfigurationError(f"this gateway keeps nothing of a person under {transaction_id!r}")
    return opened_import(cipher, transaction, found)


async def erase_import(database: Database, gateway_id: str, transaction_id: str, now: datetime) -> None:
    """Take the person out of an import of mutual funds: who asked, what came, notes, visit. Webhooks and look-ups tell
    of no holdings from then on. Raises `ConfigurationError` when there is none, or it is not finished."""
    transaction = await look_up.find(database, gateway_id, transaction_id)
    if transaction is None or await find_import(database, gateway_id, transaction_id) is None:
        raise ConfigurationError(f"this gateway keeps nothing of a person under {transaction_id!r}")
    if transaction.finished_at is None:
        raise ConfigurationError(f"{transaction_id} is not finished: erase it when it has ended")
    async with database.transaction() as connection:
        await store.erase_transaction(connection, gateway_id, transaction_id)
        data = {"transaction_id": transaction_id}
        await record(connection, gateway_id=gateway_id, transaction_id=None, type="investor.erased", data=data, now=now)


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
