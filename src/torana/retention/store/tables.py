"""SQL on the tables that intents bring along, made from what their folders declare of them (`kit/tables.py`)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from torana.kit.database import Connection, Database
from torana.kit.sql import Statement, affected
from torana.kit.tables import Age, Owner, PersonalTable

_DUE = "due_at,lease_until,lease_token,attempts"
"""Columns that serve due work, no person."""


@cache
def deletion(table: PersonalTable) -> Statement:
    """Deletes the rows of these owners."""
    return Statement(f"delete from {table.name} where gateway_id = :gateway_id and {table.owner} = any(:ids::text[])")


@cache
def erasure(table: PersonalTable) -> Statement:
    """Takes the person out of the rows of these owners."""
    if not table.erased:
        return deletion(table)
    return Statement(f"""
        update {table.name} set {table.erased} where gateway_id = :gateway_id and {table.owner} = any(:ids::text[])
    """)


async def erase_rows(
    connection: Connection, table: PersonalTable, gateway_id: str, ids: Collection[str], now: datetime
) -> None:
    """Take the person out of the rows of these owners."""
    statement = erasure(table)
    known = {"gateway_id": gateway_id, "ids": sorted(ids), "now": now}
    await connection.execute(*statement(**{name: known[name] for name in statement.names}))


@cache
def old(table: PersonalTable, age: Age) -> Statement:
    """Finds the rows whose age is over, by their owners or their key."""
    return Statement(_old(table, age))


def _old(table: PersonalTable, age: Age) -> str:
    if age.rows:
        return age.rows
    finished, held = "", "r"
    if table.owner is Owner.TRANSACTION:
        finished, held = "and t.finished_at is not null", "t" if age.with_transaction else "r"
    joined = f"{table.name} r" + (" join transactions t using (gateway_id, transaction_id)" if finished else "")
    return f"""
        select r.{table.key or table.owner} from {joined}
        where r.gateway_id = :gateway_id and r.{age.since} < :before and {age.where} {finished}
        order by r.{age.since} limit :limit for update of {held} skip locked
    """


@cache
def _reap(table: PersonalTable, age: Age) -> Statement:
    return Statement(f"""
        {table.without(age.forget)}
        where gateway_id = :gateway_id and {table.key or table.owner} = any(array({_old(table, age)}))
    """)


async def reap_rows(
    database: Database, table: PersonalTable, age: Age, gateway_id: str, before: datetime, limit: int
) -> int:
    """Delete, or forget of, the rows whose age is over; how many."""
    return affected(await database.execute(*_reap(table, age)(gateway_id=gateway_id, before=before, limit=limit)))


@dataclass(frozen=True, slots=True)
class Row:
    """A row as an export shows it, and its sealed columns that an export shows opened. `owner_id`: what they are bound
    to. No repr shows them."""

    owner_id: str
    shown: dict[str, Any]
    sealed: dict[str, bytes]

    def __repr__(self) -> str:
        return "Row()"


@cache
def _rows(table: PersonalTable) -> Statement:
    hidden = [one.column for one in table.sealed] + list(table.hidden) + ([table.mark.column] if table.mark else [])
    opened = "".join(f", r.{one.column}" for one in table.sealed if one.shown_as)
    return Statement(f"""
        select r.{table.owner} as owner_id, to_jsonb(r) - '{{{",".join([_DUE, *hidden])}}}'::text[] as shown {opened}
        from {table.name} r where r.gateway_id = :gateway_id and r.{table.owner} = any(:ids::text[])
        order by to_jsonb(r)->>'created_at' collate "C", r.{table.key or table.owner}
    """)


async def rows(connection: Connection, table: PersonalTable, gateway_id: str, ids: Collection[str]) -> list[Row]:
    """The rows of these owners, the oldest first."""
    found = await connection.fetch(*_rows(table)(gateway_id=gateway_id, ids=sorted(ids)))
    sealed = [one.column for one in table.sealed if one.shown_as]
    return [Row(row["owner_id"], row["shown"], {column: row[column] for column in sealed}) for row in found]
