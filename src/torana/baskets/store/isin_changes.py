"""SQL on ISINs that became others, and on what is held of them. Every statement names the gateway."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from torana.baskets.models import Investment, IsinChange
from torana.baskets.store.investments import COLUMNS as INVESTMENT
from torana.kit.database import Connection, Database, row_to
from torana.kit.due import Kind, wake
from torana.kit.sql import Statement

ISIN_CHANGES = Kind("isin_changes", ("gateway_id", "isin"), concurrency=2)
"""Of which investments are to be converted."""
_FIELDS = ", ".join(IsinChange.__struct_fields__)


class Supplied(msgspec.Struct, frozen=True):
    """A change that was supplied: how many investments hold shares that came of it, and how many those of before."""

    change: IsinChange
    converted: int
    waiting: int


class Held(msgspec.Struct, frozen=True):
    """What the investments of a gateway hold of one security, under the name with which it was bought."""

    isin: str
    symbol: str
    exchange: str
    shares: int
    investments: int


_READ = Statement(f"select {_FIELDS} from isin_changes where gateway_id = :gateway_id and isin = :isin")
_SUPPLIED = Statement(f"""
    select {_FIELDS}, (
        select count(distinct a.iscid) from investment_adjustments a
        where a.gateway_id = c.gateway_id and a.isin = c.isin and a.pair is not null and a.takes_back is null
          and not exists (select from investment_adjustments b
                          where b.gateway_id = a.gateway_id and b.takes_back = a.adjustment_id)) as converted, (
        select count(*) from investments i, jsonb_to_recordset(i.positions) as p (isin text, shares bigint)
        where i.gateway_id = c.gateway_id and p.isin = c.isin and p.shares > 0) as waiting
    from isin_changes c where c.gateway_id = :gateway_id order by c.day desc, c.isin
""")
_PUT = Statement(f"""
    insert into isin_changes ({_FIELDS}, due_at)
    select {_FIELDS}, r.due_at
    from jsonb_populate_recordset(null::isin_changes, :rows::jsonb) r where r.gateway_id = :gateway_id
    order by r.isin
    on conflict (gateway_id, isin) do update
    set new_isin = excluded.new_isin, symbol = excluded.symbol, exchange = excluded.exchange, day = excluded.day,
        old_shares = excluded.old_shares, new_shares = excluded.new_shares, supplied_at = excluded.supplied_at,
        due_at = excluded.due_at, lease_until = null, lease_token = isin_changes.lease_token + 1
""")
_REMOVE = Statement("delete from isin_changes where gateway_id = :gateway_id and isin = any(:isins::text[])")
_HELD = Statement("""
    select p.isin, min(p.symbol) as symbol, p.exchange, sum(p.shares)::bigint as shares, count(*) as investments
    from investments i, jsonb_to_recordset(i.positions) as p (isin text, symbol text, exchange text, shares bigint)
    where i.gateway_id = :gateway_id and i.exited_at is null and p.shares > 0
    group by p.isin, p.exchange order by p.isin
""")
_HOLDERS = Statement(f"""
    select {INVESTMENT} from investments i
    where gateway_id = :gateway_id and exited_at is null and iscid > :after and exists (
        select from jsonb_to_recordset(i.positions) as p (isin text, shares bigint)
        where p.isin = :isin and p.shares > 0)
    order by iscid limit :limit for update
""")


async def isin_change(connection: Connection, gateway_id: str, isin: str) -> IsinChange | None:
    row = await connection.fetchrow(*_READ(gateway_id=gateway_id, isin=isin))
    return None if row is None else row_to(IsinChange, row)


async def isin_changes(connection: Connection, gateway_id: str) -> list[Supplied]:
    """All that were supplied, the newest first."""
    rows = await connection.fetch(*_SUPPLIED(gateway_id=gateway_id))
    return [
        Supplied(msgspec.convert({name: row[name] for name in IsinChange.__struct_fields__}, IsinChange),
                 row["converted"], row["waiting"])
        for row in rows
    ]  # fmt: skip


async def put_isin_changes(
    connection: Connection, gateway_id: str, changes: Sequence[tuple[IsinChange, datetime]]
) -> None:
    """Each in the place of one of the same ISIN, with the moment from which on investments are converted."""
    rows = [msgspec.to_builtins(change) | {"due_at": due_at.isoformat()} for change, due_at in changes]
    await connection.execute(*_PUT(gateway_id=gateway_id, rows=rows))
    await wake(connection, ISIN_CHANGES.table, gateway_id)


async def remove_isin_changes(connection: Connection, gateway_id: str, isins: Sequence[str]) -> None:
    await connection.execute(*_REMOVE(gateway_id=gateway_id, isins=list(isins)))


async def held_of_gateway(database: Database, gateway_id: str) -> list[Held]:
    """By ISIN and exchange, of all that have not been exited."""
    return await database.fetch(Held, *_HELD(gateway_id=gateway_id))


async def lock_holders_of(
    connection: Connection, gateway_id: str, isin: str, after: str, limit: int
) -> list[Investment]:
    """The next investments that hold shares of this ISIN, in the order of their ids, held for this database
    transaction."""
    given = _HOLDERS(gateway_id=gateway_id, isin=isin, after=after, limit=limit)
    return [row_to(Investment, row) for row in await connection.fetch(*given)]
