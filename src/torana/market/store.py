"""All SQL of the instruments and of closing prices. None of these tables is a gateway's: a distributed database copies
them to every node."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import msgspec

from torana.kit.database import Connection, Database
from torana.kit.money import Paise
from torana.kit.sql import Statement
from torana.market.models import BrokerCode, Close, Kind, Named, Part, Security, SymbolChange

__all__ = ["Connection"]


class FileState(msgspec.Struct, frozen=True):
    """How far one broker's file is. `problem` is why the last attempt changed nothing, None when it did."""

    broker: str
    read_at: datetime | None
    rows: int
    unreadable: int
    problem: str | None


async def lock(connection: Connection) -> None:
    """Until the transaction ends nobody else replaces rows. Who only reads them is not held up."""
    await connection.execute("lock table instruments in share row exclusive mode")


async def isins(connection: Connection) -> dict[tuple[str, int], Named]:
    """By exchange and its token."""
    rows = await connection.fetch("select exchange, exchange_token, isin, kind from instruments")
    return {(row[0], row[1]): Named(row[2], row[3]) for row in rows}


async def set_aside(connection: Connection) -> None:
    """Take all securities out, and keep what `compare_with_former` looks at until the transaction ends."""
    await connection.execute(
        """
        create temporary table former_instruments on commit drop as
            select exchange, exchange_token, isin, symbol, kind, freeze_quantity from instruments
        """
    )
    await connection.execute("delete from instruments")


async def remove_codes(connection: Connection, broker: str) -> None:
    await connection.execute("delete from broker_instruments where broker = $1", broker)


SECURITY_COLUMNS = (
    *("exchange", "exchange_token", "isin", "symbol", "series", "kind", "tick", "lot", "freeze_quantity", "name"),
    "seen_on",
)
CODE_COLUMNS = ("broker", "exchange", "code", "isin", "symbol", "largest_order")


async def put(connection: Connection, part: Part) -> None:
    """Write some rows of a file."""
    if part.securities:
        await connection.copy_records_to_table("instruments", records=part.securities, columns=SECURITY_COLUMNS)
    await connection.copy_records_to_table("broker_instruments", records=part.codes, columns=CODE_COLUMNS)
    if part.freeze_quantities:
        await connection.execute(
            """
            update instruments i set freeze_quantity = f.shares
            from unnest($1::text[], $2::bigint[], $3::bigint[]) f (exchange, exchange_token, shares)
            where (i.exchange, i.exchange_token) = (f.exchange, f.exchange_token)
              and i.freeze_quantity is distinct from f.shares
            """,
            *zip(*part.freeze_quantities, strict=True),
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


async def compare_with_former(connection: Connection, day: date) -> None:
    """Note who has another symbol than before. A freeze quantity that the file does not tell stays as another one told
    it."""
    await connection.execute(
        """
        insert into symbol_changes (exchange, old, new, since)
        select f.exchange, f.symbol, i.symbol, $1::date
        from former_instruments f join instruments i on i.exchange = f.exchange and i.isin = f.isin
        where i.symbol <> f.symbol and f.kind <> 'other' and i.kind <> 'other'
          and not exists (select from instruments t
                          where t.exchange = f.exchange and t.symbol = f.symbol and t.kind <> 'other')
        on conflict do nothing
        """,
        day,
    )
    await connection.execute(
        """
        update instruments i set freeze_quantity = f.freeze_quantity from former_instruments f
        where (i.exchange, i.exchange_token, i.isin) = (f.exchange, f.exchange_token, f.isin)
          and i.freeze_quantity is null and f.freeze_quantity is not null
        """
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
            select symbol, name, isin, series, tick, lot, exchange_token, kind, freeze_quantity, exchange, seen_on
            from instruments order by exchange_token desc
            """
        )
    # A join would be planned for an empty table right after the first file.
    on_bse = {row[2]: row[6] for row in rows if row[9] == "BSE" and row[7] != Kind.OTHER}
    listed = [Security(*[*row[:10], row[6] if row[9] == "BSE" else on_bse.get(row[2])]) for row in map(tuple, rows)]
    return listed, {row["exchange"]: row["seen_on"] for row in rows}


async def read_codes(database: Database) -> list[BrokerCode]:
    """Every broker's codes."""
    async with database.connection() as connection:
        rows = await connection.fetch(
            "select broker, exchange, isin, code, symbol, largest_order from broker_instruments"
        )
    return [BrokerCode(*row) for row in rows]


async def read_changes(database: Database) -> list[SymbolChange]:
    """What was renamed on the NSE between two files."""
    async with database.connection() as connection:
        rows = await connection.fetch(
            "select old, new, since from symbol_changes where exchange = 'NSE' order by since"
        )
    return [SymbolChange(*row) for row in rows]


_LATEST_CLOSES = Statement("""
    select c.isin, c.day, c.close
    from unnest(:isins::text[]) wanted (isin)
    cross join lateral (
        select isin, day, close from closing_prices
        where mode = :mode and isin = wanted.isin order by day desc limit 1
    ) c
""")


async def latest_closes(database: Database, mode: str, isins: Sequence[str]) -> Mapping[str, Close]:
    """By ISIN the newest; what has none is left out. Test gateways have those of the simulated exchange, live ones
    those that the operator loaded."""
    found = await database.fetch(Close, *_LATEST_CLOSES(mode=mode, isins=sorted(set(isins))))
    return {each.isin: each for each in found}


_CLOSES_SINCE = Statement("""
    select isin, day, close from closing_prices
    where mode = :mode and isin = any(:isins::text[]) and day >= :since
""")


async def closes_since(
    database: Database, mode: str, isins: Sequence[str], day: date
) -> Mapping[str, Mapping[date, Paise]]:
    """By ISIN and day, from this day on."""
    found: dict[str, dict[date, Paise]] = {isin: {} for isin in isins}
    async with database.connection() as connection:
        for row in await connection.fetch(*_CLOSES_SINCE(mode=mode, isins=sorted(found), since=day)):
            found[row["isin"]][row["day"]] = row["close"]
    return found


_LOADS = Statement("select loads from closing_price_loads where mode = :mode")


async def loads_of_closes(database: Database, mode: str) -> int:
    """Grows whenever closing prices are written; 0: none were yet."""
    return await database.value(*_LOADS(mode=mode)) or 0


_PUT_CLOSES = Statement("""
    insert into closing_prices (mode, isin, day, close)
    select :mode, r.isin, r.day, r.close
    from unnest(:isins::text[], :days::date[], :closes::bigint[]) r (isin, day, close)
    on conflict (mode, isin, day) do update set close = excluded.close
""")
_COUNT_LOAD = Statement("""
    insert into closing_price_loads (mode, loads) values (:mode, 1)
    on conflict (mode) do update set loads = closing_price_loads.loads + 1
""")
_AT_ONCE = 20_000


async def put_closes(connection: Connection, mode: str, closes: Sequence[Close]) -> None:
    """Write them, in place of what was there of the same days."""
    await connection.execute(*_COUNT_LOAD(mode=mode))
    for begin in range(0, len(closes), _AT_ONCE):
        part = closes[begin : begin + _AT_ONCE]
        written = _PUT_CLOSES(
            mode=mode,
            isins=[each.isin for each in part],
            days=[each.day for each in part],
            closes=[each.close for each in part],
        )
        await connection.execute(*written)
