"""All SQL on sealed values, whatever table they are in. What is not sealed (an empty token, the answer to a create)
does not begin with the byte of a sealed value, and is left alone."""

from dataclasses import dataclass

from torana.keys.sealed import SealedColumn
from torana.kit.cipher import FORMAT
from torana.kit.database import Database


@dataclass(frozen=True, slots=True)
class Value:
    """One sealed value and the primary key of its row."""

    key: tuple[str, ...]
    sealed: bytes


async def heads(database: Database, column: SealedColumn) -> dict[bytes, int]:
    """How many values begin with each head (format, length and id of the key)."""
    name = column.column
    async with database.connection() as connection:
        rows = await connection.fetch(
            f"select substr({name}, 1, 2 + get_byte({name}, 1)) as head, count(*) from {column.table} "
            f"where octet_length({name}) > 2 and get_byte({name}, 0) = {FORMAT} group by 1"
        )
    return {row["head"]: row["count"] for row in rows}


async def sealed_otherwise(
    database: Database, column: SealedColumn, head: bytes, after: tuple[str, ...] | None, limit: int
) -> list[Value]:
    """Values that do not begin with this head, by primary key, from behind `after` on."""
    name, keys = column.column, ", ".join(column.keys)
    behind = "" if after is None else f"and ({keys}) > ({', '.join(f'${at + 3}' for at in range(len(after)))})"
    async with database.connection() as connection:
        rows = await connection.fetch(
            f"select {keys}, {name} as sealed from {column.table} "
            f"where octet_length({name}) > 2 and get_byte({name}, 0) = {FORMAT} "
            f"and substr({name}, 1, octet_length($1::bytea)) <> $1 {behind} order by {keys} limit $2",
            head,
            limit,
            *(after or ()),
        )
    return [Value(tuple(row[key] for key in column.keys), row["sealed"]) for row in rows]


async def replace(database: Database, column: SealedColumn, found: Value, sealed: bytes) -> bool:
    """Put the value sealed anew in place of what was found. False: it has been written meanwhile, and stays."""
    where = " and ".join(f"{key} = ${at + 3}" for at, key in enumerate(column.keys))
    done = await database.execute(
        f"update {column.table} set {column.column} = $1 where {column.column} = $2 and {where}",
        sealed,
        found.sealed,
        *found.key,
    )
    return done == "UPDATE 1"
