"""All SQL of the instruments. None of these tables is a gateway's: a distributed database copies them to every node."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime

import msgspec

from torana.kit.database import Connection, Database
from torana.market.models import BrokerCode, FileRow, Security, SymbolChange

__all__ = ["Connection"]


class FileState(msgspec.Struct, frozen=True):
    """How far one broker's file is. `problem` is why the last attempt changed nothing, None when it did."""

    broker: str
    read_at: datetime | None
    rows: int
    unreadable: int
    problem: str | None


@asynccontextmanager
async def staging(connection: Connection) -> AsyncIterator[None]:
    """An empty table `staged_instruments` that only this connection sees, for as long as the block lasts."""
    await connection.execute(
        """
        create temporary table staged_instruments (
            exchange text collate "C", exchange_token bigint, isin text collate "C", symbol text, series text,
            kind text collate "C", tick bigint, lot bigint, freeze_quantity bigint, name text, code text collate "C",
            broker_symbol text, largest_order bigint
        )
        """
    )
    try:
        yield
    finally:
        if not connection.is_closed():
            await connection.execute("drop table if exists staged_instruments")


async def stage(connection: Connection, rows: Sequence[FileRow]) -> None:
    await connection.copy_records_to_table("staged_instruments", records=rows, columns=FileRow._fields)


async def name_staged(connection: Connection) -> None:
    """Give rows that tell no ISIN that of the security with their exchange token; without one they leave."""
    await connection.execute(
        """
        with named as (
            update staged_instruments s set isin = i.isin, kind = i.kind from instruments i
            where (i.exchange, i.exchange_token) = (s.exchange, s.exchange_token)
        )
        delete from staged_instruments s
        where not exists (select from instruments i
                          where (i.exchange, i.exchange_token) = (s.exchange, s.exchange_token))
        """
    )


async def count_staged(connection: Connection) -> dict[str, int]:
    """By exchange, what can be ordered."""
    return await _counted(
        connection, "select exchange, count(*) from staged_instruments where kind <> 'other' group by exchange"
    )


async def count_securities(connection: Connection) -> dict[str, int]:
    """By exchange, what can be ordered."""
    return await _counted(
        connection, "select exchange, count(*) from instruments where kind <> 'other' group by exchange"
    )


async def count_codes(connection: Connection, broker: str) -> dict[str, int]:
    """By exchange, the broker's codes of what can be ordered."""
    return await _counted(
        connection,
        """
        select c.exchange, count(*) from broker_instruments c
        where c.broker = $1 and exists (select from instruments i where i.exchange = c.exchange and i.isin = c.isin
                                        and i.kind <> 'other')
        group by c.exchange
        """,
        broker,
    )


async def _counted(connection: Connection, sql: str, *args: object) -> dict[str, int]:
    return {row[0]: row[1] for row in await connection.fetch(sql, *args)}


async def put_securities(connection: Connection, day: date) -> None:
    """The staged securities take the place of those that were there; who has another symbol than before is noted. A
    freeze quantity that this file does not tell stays what another broker's told."""
    await connection.execute(
        """
        insert into symbol_changes (exchange, old, new, since)
        select i.exchange, i.symbol, s.symbol, $1::date
        from instruments i join staged_instruments s on s.exchange = i.exchange and s.isin = i.isin
        where s.symbol <> i.symbol and i.kind <> 'other' and s.kind <> 'other'
          and not exists (select from staged_instruments t
                          where t.exchange = i.exchange and t.symbol = i.symbol and t.kind <> 'other')
        on conflict do nothing
        """,
        day,
    )
    await connection.execute(
        """
        update staged_instruments s set freeze_quantity = i.freeze_quantity from instruments i
        where (i.exchange, i.exchange_token, i.isin) = (s.exchange, s.exchange_token, s.isin)
          and s.freeze_quantity is null and i.freeze_quantity is not null
        """
    )
    await connection.execute("delete from instruments")
    await connection.execute(
        """
        insert into instruments (exchange, exchange_token, isin, symbol, series, kind, bse_code, tick, lot,
                                 freeze_quantity, name, seen_on)
        select distinct on (s.exchange, s.exchange_token) s.exchange, s.exchange_token, s.isin, s.symbol, s.series,
               s.kind, case when s.exchange = 'BSE' then s.exchange_token else b.code end,
               s.tick, s.lot, s.freeze_quantity, s.name, $1::date
        from staged_instruments s
        left join (select isin, min(exchange_token) as code from staged_instruments
                   where exchange = 'BSE' and kind <> 'other' group by isin) b on b.isin = s.isin
        order by s.exchange, s.exchange_token
        """,
        day,
    )


async def put_freeze_quantities(connection: Connection) -> None:
    """What a file of codes tells of the exchange's largest orders."""
    await connection.execute(
        """
        update instruments i set freeze_quantity = s.freeze_quantity from staged_instruments s
        where (i.exchange, i.exchange_token) = (s.exchange, s.exchange_token)
          and s.freeze_quantity is not null and i.freeze_quantity is distinct from s.freeze_quantity
        """
    )


async def put_codes(connection: Connection, broker: str) -> None:
    """The staged codes take the place of those that this broker had."""
    await connection.execute("delete from broker_instruments where broker = $1", broker)
    await connection.execute(
        """
        insert into broker_instruments (broker, exchange, code, isin, symbol, largest_order)
        select distinct on (exchange, code) $1, exchange, code, isin, broker_symbol, largest_order
        from staged_instruments order by exchange, code
        """,
        broker,
    )


async def note_read(connection: Connection, broker: str, now: datetime, rows: int, unreadable: int) -> None:
    await connection.execute(
        """
        insert into instrument_files (broker, tried_at, read_at, rows, unreadable, changes)
        values ($1, $2, $2, $3, $4, 1)
        on conflict (broker) do update set tried_at = $2, read_at = $2, rows = $3, unreadable = $4, problem = null,
            changes = instrument_files.changes + 1
        """,
        broker,
        now,
        rows,
        unreadable,
    )


async def note_failure(database: Database, broker: str, now: datetime, problem: str) -> None:
    await database.execute(
        """
        insert into instrument_files (broker, tried_at, problem) values ($1, $2, $3)
        on conflict (broker) do update set tried_at = $2, problem = $3
        """,
        broker,
        now,
        problem,
    )


async def claim_file(
    database: Database, broker: str, now: datetime, *, read_since: datetime, tried_since: datetime
) -> bool:
    """Whether this caller is the one to read the file now: it was not read since, and nobody tried since."""
    claimed = await database.value(
        """
        insert into instrument_files (broker, tried_at) values ($1, $2)
        on conflict (broker) do update set tried_at = $2
        where instrument_files.tried_at < $4 and coalesce(instrument_files.read_at < $3, true)
        returning true
        """,
        broker,
        now,
        read_since,
        tried_since,
    )
    return claimed is True


async def file_states(database: Database) -> list[FileState]:
    return await database.fetch(
        FileState, "select broker, read_at, rows, unreadable, problem from instrument_files order by broker"
    )


async def version(database: Database) -> int:
    """Grows with every change of the tables; 0: no file was read yet."""
    found: int = await database.value("select coalesce(sum(changes), 0)::bigint from instrument_files")
    return found


async def read_securities(database: Database) -> tuple[list[Security], dict[str, date]]:
    """All of them, and by exchange the day on which they were seen."""
    async with database.connection() as connection:
        rows = await connection.fetch(
            """
            select symbol, name, isin, series, tick, lot, exchange_token, kind, freeze_quantity, exchange, bse_code,
                   seen_on
            from instruments
            """
        )
    return [Security(*row[:11]) for row in map(tuple, rows)], {row["exchange"]: row["seen_on"] for row in rows}


async def read_codes(database: Database) -> list[BrokerCode]:
    """Every broker's codes."""
    async with database.connection() as connection:
        rows = await connection.fetch("select broker, exchange, isin, code, symbol, largest_order from broker_instruments")
    return [BrokerCode(*row) for row in rows]


async def read_changes(database: Database) -> list[SymbolChange]:
    """What was renamed on the NSE between two files."""
    async with database.connection() as connection:
        rows = await connection.fetch(
            "select old, new, since from symbol_changes where exchange = 'NSE' order by since"
        )
    return [SymbolChange(*row) for row in rows]
