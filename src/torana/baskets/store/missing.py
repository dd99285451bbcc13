"""SQL on shares that are missing, and on those that left. Every statement names the gateway."""

from collections.abc import Sequence
from datetime import date

import msgspec

from torana.baskets.models import Adjustment, Investment, Missing
from torana.baskets.store.investments import COLUMNS
from torana.kit.database import Connection, row_to
from torana.kit.sql import Statement
from torana.kit.tables import Age, Owner, PersonalTable
from torana.orders.states import FINAL

MISSING_TABLE = PersonalTable(
    name="missing_shares",
    owner=Owner.INVESTOR,
    key="isin",
    exported_as="missingShares",
    ages=(
        Age(
            "missing shares",
            90,
            since="read_at",
            where="""not exists (
                select from pending_actions a
                where a.gateway_id = r.gateway_id and a.investor_id = r.investor_id and a.kind = 'RECONCILE'
                  and a.ended_at is null)""",
        ),
    ),
)
"""What is asked for stays until it is over."""
_HELD = f"""
    select {COLUMNS} from investments i
    where gateway_id = :gateway_id and investor_id = :investor_id and (exited_at is null or iscid = :iscid)
    order by iscid
"""
_READ = Statement(_HELD)
_LOCK = Statement(f"{_HELD} for update")


async def investments_held(
    connection: Connection, gateway_id: str, investor_id: str, iscid: str | None = None
) -> list[Investment]:
    """Those of an investor that have not been exited, and this one, in the order of their ids."""
    rows = await connection.fetch(*_READ(gateway_id=gateway_id, investor_id=investor_id, iscid=iscid))
    return [row_to(Investment, row) for row in rows]


async def lock_investments(
    connection: Connection, gateway_id: str, investor_id: str, iscid: str | None = None
) -> list[Investment]:
    """The same, held for this database transaction."""
    rows = await connection.fetch(*_LOCK(gateway_id=gateway_id, investor_id=investor_id, iscid=iscid))
    return [row_to(Investment, row) for row in rows]


class Beside(msgspec.Struct, frozen=True):
    """What beside investments and a reading decides whether shares are missing. `moving`: the ISINs of which an order
    of the investor is open; `settling`: how many shares were bought, by ISIN, that may not be delivered yet; `known`:
    what was missing before."""

    moving: frozenset[str]
    settling: dict[str, int]
    known: dict[str, Missing]


_BESIDE = Statement("""
    select
        (select coalesce(array_agg(distinct o.isin), '{}') from batches b
         join orders o on o.gateway_id = :gateway_id and o.batch_id = b.batch_id
         where b.gateway_id = :gateway_id and b.investor_id = :investor_id and not o.state = any(:final::text[]))
            as moving,
        (select coalesce(jsonb_object_agg(s.isin, s.shares), '{}') from (
            select t.isin, sum(t.shares)::bigint as shares from investments i
            join investment_trades t on t.gateway_id = :gateway_id and t.iscid = i.iscid
            where i.gateway_id = :gateway_id and i.investor_id = :investor_id and t.day >= :since and t.shares > 0
            group by t.isin) s) as settling,
        (select coalesce(jsonb_object_agg(m.isin, to_jsonb(m)), '{}') from missing_shares m
         where m.gateway_id = :gateway_id and m.investor_id = :investor_id) as known
""")


async def beside(connection: Connection, gateway_id: str, investor_id: str, since: date) -> Beside:
    """`settling` is what was bought on that day or later."""
    given = _BESIDE(gateway_id=gateway_id, investor_id=investor_id, since=since, final=sorted(FINAL))
    row = await connection.fetchrow(*given)
    if row is None:
        raise LookupError("a select without a table gives one row")
    return msgspec.convert(dict(row), Beside)


_MISSING = Statement("""
    select isin, shares, since, read_at from missing_shares
    where gateway_id = :gateway_id and investor_id = :investor_id
""")


async def missing_of(connection: Connection, gateway_id: str, investor_id: str) -> dict[str, Missing]:
    """By ISIN."""
    rows = await connection.fetch(*_MISSING(gateway_id=gateway_id, investor_id=investor_id))
    return {row["isin"]: row_to(Missing, row) for row in rows}


_SAVE = Statement("""
    with told as (
        select * from jsonb_to_recordset(:rows) r (isin text, shares bigint, since timestamptz, read_at timestamptz)
    ), over as (
        delete from missing_shares
        where gateway_id = :gateway_id and investor_id = :investor_id and not isin in (select isin from told)
    )
    insert into missing_shares (gateway_id, investor_id, isin, shares, since, read_at)
    select :gateway_id, :investor_id, isin, shares, since, read_at from told
    on conflict (gateway_id, investor_id, isin) do update
    set shares = excluded.shares, since = excluded.since, read_at = excluded.read_at
""")


async def save_missing(connection: Connection, gateway_id: str, investor_id: str, missing: Sequence[Missing]) -> None:
    """This and no more is missing. The caller has locked the investor's investments."""
    given = _SAVE(gateway_id=gateway_id, investor_id=investor_id, rows=msgspec.to_builtins(missing))
    await connection.execute(*given)


_DROP = Statement("""
    delete from missing_shares m
    where gateway_id = :gateway_id and investor_id = :investor_id and not exists (
        select from investments i, jsonb_to_recordset(i.positions) as p (isin text, shares bigint)
        where i.gateway_id = :gateway_id and i.investor_id = :investor_id and p.isin = m.isin and p.shares > 0)
""")


async def drop_unclaimed(connection: Connection, gateway_id: str, investor_id: str) -> None:
    """What no investment holds is not missing."""
    await connection.execute(*_DROP(gateway_id=gateway_id, investor_id=investor_id))


_FIELDS = ", ".join(Adjustment.__struct_fields__)
_ADJUSTMENTS = Statement(f"""
    select {_FIELDS} from investment_adjustments
    where gateway_id = :gateway_id and iscid = :iscid order by created_at, adjustment_id
""")
_ADD = Statement(f"""
    insert into investment_adjustments ({_FIELDS})
    select {_FIELDS} from jsonb_populate_recordset(null::investment_adjustments, :rows::jsonb)
    where gateway_id = :gateway_id
""")


async def add_adjustments(connection: Connection, gateway_id: str, adjustments: Sequence[Adjustment]) -> None:
    """Of an investment that the caller has locked."""
    await connection.execute(*_ADD(gateway_id=gateway_id, rows=msgspec.to_builtins(adjustments)))


async def adjustments_of(connection: Connection, gateway_id: str, iscid: str) -> list[Adjustment]:
    """All of an investment, the oldest first."""
    rows = await connection.fetch(*_ADJUSTMENTS(gateway_id=gateway_id, iscid=iscid))
    return [row_to(Adjustment, row) for row in rows]
