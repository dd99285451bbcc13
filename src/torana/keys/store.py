"""All SQL on sealed values, whatever table they are in. What is not sealed (an empty token, the answer to a create)
does not begin with the byte of a sealed value, and is left alone."""

from dataclasses import dataclass
from functools import cache

from torana.keys.sealed import SealedColumn
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
