"""What is kept of one person: given to them, and erased.

A guest has no investor: transactions alone name them. What the tables of intents keep, and how it is erased, follows
from what their folders declare (`kit/tables.py`).
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from torana.events.log import record
from torana.kit.cipher import Cipher, sealed_place
from torana.kit.database import Database
from torana.kit.errors import ConfigurationError
from torana.kit.tables import PersonalTable
from torana.retention.store import person as store
from torana.retention.store.tables import Row


async def export(database: Database, cipher: Cipher, gateway_id: str, investor_id: str) -> dict[str, Any]:
    """Everything that is kept of this investor, by kind, without secrets. Amounts are in paise, those of holdings in
    rupees, as partners get them.

    Raises `ConfigurationError` when the gateway does not know them.
    """
    investor = await store.find_investor(database, gateway_id, investor_id)
    if investor is None:
        raise _unknown(investor_id)
    kept = await store.of_investor(database, gateway_id, investor_id)
    return {"investor": investor, **_opened(cipher, gateway_id, kept)}


async def export_transactions(
    database: Database, cipher: Cipher, gateway_id: str, transaction_ids: Collection[str]
) -> dict[str, Any]:
    """Everything that is kept of the person in these transactions, opened. Raises `ConfigurationError` where one of
    them tells nothing of a person."""
    return _opened(cipher, gateway_id, await _of_a_person(database, gateway_id, transaction_ids))


def _opened(cipher: Cipher, gateway_id: str, kept: store.Kept) -> dict[str, Any]:
    """The rows with what of them stands sealed; with each transaction what its create said of the person."""
    of_tables = {
        table.exported_as: [_opened_row(cipher, gateway_id, table, row) for row in rows]
        for table, rows in kept.of_tables.items()
    }
    return {**kept.plain, **of_tables}


def _opened_row(cipher: Cipher, gateway_id: str, table: PersonalTable, row: Row) -> dict[str, Any]:
    shown = dict(row.shown)
    for one in table.sealed:
        if one.shown_as:
            value = row.sealed[one.column]
            place = sealed_place(gateway_id, table.name, row.owner_id, one.column)
            shown[one.shown_as] = msgspec.json.decode(cipher.open(value, bound_to=place)) if value else None
    return shown


class Erased(NamedTuple):
    """From how many transactions somebody was taken out, and those that have not finished: a broker or a page may still
    be at work on them."""

    transactions: int
    unfinished: list[str]


async def erase_transactions(
    database: Database, gateway_id: str, transaction_ids: Collection[str], now: datetime
) -> Erased:
    """Take the person out of these transactions and of all that belongs to them, as far as they have finished: what
    they typed, what came, notes, visits. Look-ups and webhooks tell nothing of it from then on."""
    over = await store.finished(database, gateway_id, transaction_ids)
    async with database.transaction() as connection:
        await store.erase_transactions(connection, gateway_id, over, now)
        for transaction_id in over:
            data = {"transaction_id": transaction_id}
            await record(
                connection, gateway_id=gateway_id, transaction_id=None, type="investor.erased", data=data, now=now
            )
    return Erased(len(over), sorted(set(transaction_ids) - set(over)))


async def erase_transaction(database: Database, gateway_id: str, transaction_id: str, now: datetime) -> None:
    """Take the person out of this transaction. Raises `ConfigurationError` where it tells nothing of a person, or is
    not finished."""
    await _of_a_person(database, gateway_id, [transaction_id])
    if (await erase_transactions(database, gateway_id, [transaction_id], now)).unfinished:
        raise ConfigurationError(f"{transaction_id} is not finished: erase it when it has ended")


async def _of_a_person(database: Database, gateway_id: str, transaction_ids: Collection[str]) -> store.Kept:
    """What is kept of these. Raises `ConfigurationError` where one of them tells nothing of a person."""
    kept = await store.of_transactions(database, gateway_id, transaction_ids)
    telling = {
        row.owner_id
        for table, rows in kept.of_tables.items()
        for row in rows
        if table is not store.TRANSACTIONS or row.sealed["personal"]
    }
    if silent := set(transaction_ids) - telling:
        raise ConfigurationError(f"this gateway keeps nothing of a person under {min(silent)!r}")
    return kept


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
