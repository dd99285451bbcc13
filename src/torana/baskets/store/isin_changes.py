"""SQL on ISINs that became others, and on what is held of them. Every statement names the gateway."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from torana.baskets.models import Investment, IsinChange
from torana.baskets.store.investments import COLUMNS as INVESTMENT
from torana.kit.database import Connection, row_to
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


_SHARE = Statement(f"select {_FIELDS} from isin_changes where gateway_id = :gateway_id and isin = :isin for share")
_LOCK = Statement("""
    select isin from isin_changes where gateway_id = :gateway_id and isin = any(:isins::text[]) order by isin for update
""")
_EVER_HELD = """(
    select distinct t.iscid from investment_trades t where t.gateway_id = {gateway_id} and t.isin = {isin})"""
"""Whoever bought it, by an index: what an investment holds stands in its trades, too."""
_HOLDS = """exists (
    select from jsonb_to_recordset(i.positions) as p (isin text, shares bigint)
    where p.isin = {isin} and p.shares > 0)"""
_OF_CHANGE = {"gateway_id": "c.gateway_id", "isin": "c.isin"}
_ASKED = {"gateway_id": ":gateway_id", "isin": ":isin"}
_SUPPLIED = Statement(f"""
    select {_FIELDS}, (
        select count(*) filter (where a.takes_back is null and a.shares > 0)
               - count(*) filter (where a.takes_back is not null and a.shares < 0)
        from investment_adjustments a
        where a.gateway_id = c.gateway_id and a.isin = c.isin and a.pair is not null) as converted, (
        select count(*) from {_EVER_HELD.format(**_OF_CHANGE)} h
        join investments i on i.gateway_id = c.gateway_id and i.iscid = h.iscid
        where {_HOLDS.format(**_OF_CHANGE)}) as waiting
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
_TRADED = Statement("""
    with recursive found as (
        (select isin from investment_trades where gateway_id = :gateway_id order by isin limit 1)
        union all
        select (select t.isin from investment_trades t where t.gateway_id = :gateway_id and t.isin > f.isin
                order by t.isin limit 1)
        from found f where f.isin is not null
    )
    select isin from found where isin is not null
""")
_HELD = Statement(f"""
    select min(p.symbol) as symbol, p.exchange, sum(p.shares)::bigint as shares, count(*) as investments
    from {_EVER_HELD.format(**_ASKED)} h
    join investments i on i.gateway_id = :gateway_id and i.iscid = h.iscid,
    jsonb_to_recordset(i.positions) as p (isin text, symbol text, exchange text, shares bigint)
    where p.isin = :isin and p.shares > 0
    group by p.exchange order by p.exchange
""")
_HOLDERS = Statement(f"""
    select {INVESTMENT} from {_EVER_HELD.format(**_ASKED)} h
    join investments i on i.gateway_id = :gateway_id and i.iscid = h.iscid
    where i.iscid > :after and {_HOLDS.format(**_ASKED)}
    order by i.iscid limit :limit for update of i
""")


async def lock_isin_change(connection: Connection, gateway_id: str, isin: str) -> IsinChange | None:
    """It is neither replaced nor removed before the end of this database transaction."""
    row = await connection.fetchrow(*_SHARE(gateway_id=gateway_id, isin=isin))
    return None if row is None else row_to(IsinChange, row)


async def lock_isin_changes(connection: Connection, gateway_id: str, isins: Sequence[str]) -> None:
    """Nothing is converted by these before the end of this database transaction, which replaces or removes them."""
    await connection.execute(*_LOCK(gateway_id=gateway_id, isins=list(isins)))


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


async def isins_traded(connection: Connection, gateway_id: str) -> list[str]:
    """Of which investments ever bought anything, each once."""
    return [row["isin"] for row in await connection.fetch(*_TRADED(gateway_id=gateway_id))]


async def held_of(connection: Connection, gateway_id: str, isin: str) -> list[Held]:
    """By the exchange on which it was bought."""
    rows = await connection.fetch(*_HELD(gateway_id=gateway_id, isin=isin))
    return [Held(isin, row["symbol"], row["exchange"], row["shares"], row["investments"]) for row in rows]


async def lock_holders_of(
    connection: Connection, gateway_id: str, isin: str, after: str, limit: int
) -> list[Investment]:
    """The next investments that hold shares of this ISIN, in the order of their ids, held for this database
    transaction."""
    given = _HOLDERS(gateway_id=gateway_id, isin=isin, after=after, limit=limit)
    return [row_to(Investment, row) for row in await connection.fetch(*given)]
