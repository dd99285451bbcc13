"""All SQL on sealed values, whatever table they are in. What is not sealed (an empty token, the answer to a create)
does not begin with the byte of a sealed value, and is left alone."""

from dataclasses import dataclass
from functools import cache

import asyncpg

from torana.keys.sealed import MarkedColumn, SealedColumn
from torana.kit.cipher import FORMAT
from torana.kit.database import Database
from torana.kit.sql import Statement, affected, matching


@dataclass(frozen=True, slots=True)
class Value:
    """One sealed value and the primary key of its row."""

    key: tuple[str, ...]
    sealed: bytes


@cache
def _heads(column: SealedColumn) -> Statement:
    name = column.column
    return Statement(f"""
        select substr({name}, 1, 2 + get_byte({name}, 1)) as head, count(*) from {column.table}
        where {column.keys[0]} = :{column.keys[0]} and {_sealed(name)} group by 1
    """)


@cache
def _sealed_otherwise(column: SealedColumn, *, first: bool) -> Statement:
    name, keys = column.column, ", ".join(column.keys)
    behind = "" if first else f"and ({keys}) > ({', '.join(f':after_{key}' for key in column.keys)})"
    return Statement(f"""
        select {keys}, {name} as sealed from {column.table}
        where {column.keys[0]} = :{column.keys[0]} and {_sealed(name)}
          and substr({name}, 1, octet_length(:head::bytea)) <> :head {behind}
        order by {keys} limit :limit
    """)


@cache
def _replace(column: SealedColumn) -> Statement:
    return Statement(f"""
        update {column.table} set {column.column} = :sealed
        where {column.column} = :found and {matching(column.keys)}
    """)


def _sealed(name: str) -> str:
    return f"octet_length({name}) > 2 and get_byte({name}, 0) = {FORMAT}"


async def heads(database: Database, column: SealedColumn, owner: str) -> dict[bytes, int]:
    """How many values of the `owner` (a gateway, or a mode) begin with each head (format, length and id of the key)."""
    async with database.connection() as connection:
        rows = await connection.fetch(*_heads(column)(**{column.keys[0]: owner}))
    return {row["head"]: row["count"] for row in rows}


async def sealed_otherwise(
    database: Database, column: SealedColumn, owner: str, head: bytes, after: tuple[str, ...] | None, limit: int
) -> list[Value]:
    """Values of the owner that do not begin with this head, by primary key, from behind `after` on."""
    behind = {f"after_{key}": value for key, value in zip(column.keys, after or (), strict=after is not None)}
    statement = _sealed_otherwise(column, first=after is None)
    async with database.connection() as connection:
        rows = await connection.fetch(*statement(**{column.keys[0]: owner}, head=head, limit=limit, **behind))
    return [Value(tuple(row[key] for key in column.keys), row["sealed"]) for row in rows]


async def replace(database: Database, column: SealedColumn, found: Value, sealed: bytes) -> bool:
    """Put the value sealed anew in place of what was found. False: it has been written meanwhile, and stays."""
    key = dict(zip(column.keys, found.key, strict=True))
    done = await database.execute(*_replace(column)(sealed=sealed, found=found.sealed, **key))
    return affected(done) == 1


@dataclass(frozen=True, slots=True)
class Marked:
    """A row that is found by a mark, and the sealed value that the mark stands for. Without a mark: nothing stands
    there to be found, or it was written by a program that made none."""

    key: tuple[str, ...]
    sealed: bytes
    mark: bytes | None


@cache
def _marked(column: MarkedColumn) -> Statement:
    gateway, owner = column.sealed.keys
    return Statement(f"""
        select {gateway}, {owner}, {column.sealed.column} as sealed, {column.mark.column} as mark
        from {column.sealed.table}
        where {gateway} = :{gateway} and {column.sealed.column} <> '' and {owner} > :after
        order by {owner} limit :limit
    """)


@cache
def _replace_mark(column: MarkedColumn) -> Statement:
    name = column.mark.column
    return Statement(f"""
        update {column.sealed.table} set {name} = :mark
        where {name} is not distinct from :found and {matching(column.sealed.keys)}
    """)


async def marked(database: Database, column: MarkedColumn, gateway_id: str, after: str, limit: int) -> list[Marked]:
    """By the row's own id, from behind `after` on."""
    statement = _marked(column)
    async with database.connection() as connection:
        rows = await connection.fetch(*statement(gateway_id=gateway_id, after=after, limit=limit))
    return [Marked(tuple(row[key] for key in column.sealed.keys), row["sealed"], row["mark"]) for row in rows]


async def replace_mark(database: Database, column: MarkedColumn, found: Marked, mark: bytes) -> bool:
    """Put this mark in place of what was found. False: it has been written meanwhile, or another row has this mark
    where only one may (a number that is on its way to the same broker in another window)."""
    key = dict(zip(column.sealed.keys, found.key, strict=True))
    try:
        done = await database.execute(*_replace_mark(column)(mark=mark, found=found.mark, **key))
    except asyncpg.UniqueViolationError:
        return False
    return affected(done) == 1
