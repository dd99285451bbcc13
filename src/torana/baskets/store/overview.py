"""SQL that shows an investor's investments."""

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType

import asyncpg
import msgspec

from torana.baskets.models import ActionKind, Adjustment, Investment, Missing, PendingAction, Plan
from torana.baskets.positions import Position
from torana.kit.clock import IST
from torana.kit.database import Database
from torana.kit.money import Paise
from torana.kit.sql import Statement


class Repair(msgspec.Struct, frozen=True):
    """A batch of which something is still to be filled: how many of its orders were. `kind` is the first one's that
    began it."""

    batch_id: str
    kind: str
    created_at: datetime
    filled: int
    quantity: int


class Lost(msgspec.Struct, frozen=True):
    """Shares of a security of an investment that are missing; `others` are the investor's other investments that hold
    it, too: which of them lost how many is not known."""

    missing: Missing
    others: tuple[str, ...]


class Credit(msgspec.Struct, frozen=True):
    """A dividend of shares that were held before its ex-date; paise on a share."""

    isin: str
    symbol: str
    ex_date: date
    per_share: Paise
    shares: int

    @property
    def amount(self) -> Paise:
        return self.shares * self.per_share


class Overview(msgspec.Struct, frozen=True):
    """An investment beside the basket as it is sold now. `open_variety` is that of the batch that it waits for, `plan`
    the one that runs, `pending` what is asked of its investor."""

    investment: Investment
    name: str
    short_description: str
    newest_version: int
    newest_at: datetime
    next_update: date | None
    for_sale: bool
    open_variety: str | None
    repairs: tuple[Repair, ...]
    pending: dict[ActionKind, PendingAction]
    plan: Plan | None
    paid: tuple[tuple[date, Paise], ...] = ()
    """By day what was paid less what was received, the oldest first."""
    lost: tuple[Lost, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    """Shares that left it without an order, the oldest first."""
    credits: tuple[Credit, ...] = ()
    """By ex-date: dividends that its partner supplied."""

    @property
    def dividends(self) -> Paise | None:
        """All that are known. None, not 0, where none is: that none was supplied does not say that none was paid."""
        return sum(one.amount for one in self.credits) if self.credits else None


_OF_INVESTMENT = tuple(name for name in Investment.__struct_fields__ if name != "positions")
# Everything that is shown but for what changes with the revision of the investment alone, its positions, its trades and
# what left it, and for the dividends, of which the day and the number of supplies tell when others are credited.
# What is added here makes answers anew that were kept (`mark`); what is added to `_READ` alone does not.
_SHOWN = f"""
    select {", ".join(f"i.{name}" for name in _OF_INVESTMENT)},
           b.profile ->> 'name' as name, b.profile ->> 'short_description' as short_description,
           b.version as newest_version, v.published_at as newest_at, (b.profile ->> 'next_update')::date as next_update,
           b.archived_at is null as for_sale,
           (select variety from batches o where o.gateway_id = i.gateway_id and o.batch_id = i.open_batch_id)
               as open_variety,
           case when i.repairs = '{{}}' then '[]' else (
            select coalesce(jsonb_agg(jsonb_build_object(
                       'batch_id', r.batch_id, 'kind', t.kind, 'created_at', r.created_at, 'quantity', o.quantity,
                       'filled', o.filled) order by r.created_at), '[]')
            from batches r
            join transactions t on t.gateway_id = r.gateway_id and t.transaction_id = r.transaction_id
            cross join lateral (
                select count(*) as quantity, count(*) filter (where state = 'COMPLETE') as filled
                from orders where gateway_id = i.gateway_id and batch_id = r.batch_id
            ) o
            where r.gateway_id = i.gateway_id and r.batch_id = any(i.repairs)) end as open_repairs,
           (select coalesce(jsonb_object_agg(a.kind, to_jsonb(a)), '{{}}') from pending_actions a
            where a.gateway_id = i.gateway_id and a.iscid = i.iscid and a.ended_at is null) as pending,
           (select to_jsonb(p) from instalment_plans p
            where p.gateway_id = i.gateway_id and p.iscid = i.iscid and p.ended_at is null) as plan,
           case when not exists (select from missing_shares
                                 where gateway_id = :gateway_id and investor_id = :investor_id) then '[]' else (
            select coalesce(jsonb_agg(jsonb_build_object('missing', to_jsonb(m), 'others', (
                       select coalesce(jsonb_agg(o.iscid order by o.created_at), '[]') from investments o
                       where o.gateway_id = i.gateway_id and o.investor_id = i.investor_id and o.iscid <> i.iscid
                         and exists (select from jsonb_to_recordset(o.positions) as p (isin text, shares bigint)
                                     where p.isin = m.isin and p.shares > 0))) order by m.isin), '[]')
            from missing_shares m
            where m.gateway_id = i.gateway_id and m.investor_id = i.investor_id
              and exists (select from jsonb_to_recordset(i.positions) as h (isin text, shares bigint)
                          where h.isin = m.isin and h.shares > 0)) end as lost,
           cast(:today as date) as today,
           (select supplies from dividend_supplies where gateway_id = :gateway_id) as supplies
    from investments i
    join baskets b on b.gateway_id = i.gateway_id and b.scid = i.scid
    join basket_versions v on v.gateway_id = i.gateway_id and v.scid = i.scid and v.version = b.version
    where i.gateway_id = :gateway_id and i.investor_id = :investor_id and (:iscid::text is null or i.iscid = :iscid)
"""
_MARK = "select sha256(convert_to(string_agg(s::text, '|' order by s.created_at, s.iscid), 'UTF8')) from"
_READ_MARK = Statement(f"""
    select ({_MARK} ({_SHOWN}) s) as mark,
           (select loads from closing_price_loads where mode = :mode) as loads
""")
# Of an investment whose mark is known only that is told: what is large is neither read nor sent.
_READ = Statement(f"""
    with s as materialized ({_SHOWN}), m as materialized (
        select s.*, encode(sha256(convert_to(s::text, 'UTF8')), 'hex') as own_mark, ({_MARK} s) as mark from s
    ), fresh as (
        select m.* from m where (:known::jsonb ->> m.iscid) is distinct from m.own_mark
    ), read as (
        select f.*, i.positions::text as positions,
               (select coalesce(jsonb_agg(jsonb_build_array(t.day, t.paid) order by t.day), '[]')::text
                from (select day, sum(paid) as paid from investment_trades
                      where gateway_id = i.gateway_id and iscid = i.iscid group by day) t) as paid,
               (select coalesce(jsonb_agg(to_jsonb(j) order by j.created_at, j.isin), '[]')
                from investment_adjustments j where j.gateway_id = i.gateway_id and j.iscid = i.iscid) as adjustments,
               (select coalesce(jsonb_agg(to_jsonb(c) order by c.ex_date, c.isin), '[]') from (
                    select d.isin, p.symbol, d.ex_date, d.per_share, sum(t.shares)::bigint as shares
                    from jsonb_to_recordset(i.positions) as p (isin text, symbol text)
                    join dividends d on d.gateway_id = i.gateway_id and d.isin = p.isin and d.ex_date <= f.today
                    join investment_trades t
                        on t.gateway_id = i.gateway_id and t.iscid = i.iscid and t.day < d.ex_date and t.isin = d.isin
                    group by d.isin, p.symbol, d.ex_date, d.per_share having sum(t.shares) > 0) c) as credits
        from fresh f join investments i on i.gateway_id = :gateway_id and i.iscid = f.iscid
    )
    select m.iscid as of_iscid, m.own_mark as of_mark, m.mark as of_all, r.*
    from m left join read r on r.iscid = m.iscid
    order by m.created_at, m.iscid
""")
_POSITIONS = msgspec.json.Decoder(tuple[Position, ...])
_PAID = msgspec.json.Decoder(tuple[tuple[date, Paise], ...])


async def mark(
    database: Database, gateway_id: str, mode: str, investor_id: str, now: datetime, iscid: str | None
) -> tuple[bytes | None, int]:
    """What changes with whatever `overviews` tells, None where that is nothing; and the loads of closing prices."""
    today = now.astimezone(IST).date()
    given = _READ_MARK(gateway_id=gateway_id, mode=mode, investor_id=investor_id, iscid=iscid, today=today)
    async with database.connection() as connection:
        row = await connection.fetchrow(*given)
    assert row is not None
    return row["mark"], row["loads"] or 0


class Marked(msgspec.Struct, frozen=True):
    """An investment with the mark of what is told of it; `shown` is None where that mark was known."""

    iscid: str
    mark: str
    shown: Overview | None


async def marked_overviews(
    database: Database,
    gateway_id: str,
    investor_id: str,
    now: datetime,
    iscid: str | None,
    known: Mapping[str, str] = MappingProxyType({}),
) -> tuple[bytes | None, list[Marked]]:
    """All of an investor, the oldest first, or the one of that id, and the mark of just these: one statement sees one
    state. `known` are marks by `iscid`: what has one of them is not read. `now` says which ex-dates have come."""
    today = now.astimezone(IST).date()
    given = _READ(gateway_id=gateway_id, investor_id=investor_id, iscid=iscid, today=today, known=dict(known))
    async with database.connection() as connection:
        rows = await connection.fetch(*given)
    found = [Marked(row["of_iscid"], row["of_mark"], _overview(row) if row["iscid"] else None) for row in rows]
    return rows[0]["of_all"] if rows else None, found


async def overviews(
    database: Database, gateway_id: str, investor_id: str, now: datetime, iscid: str | None = None
) -> list[Overview]:
    """`marked_overviews` without marks."""
    _, found = await marked_overviews(database, gateway_id, investor_id, now, iscid)
    return [one.shown for one in found if one.shown is not None]


def _overview(row: asyncpg.Record) -> Overview:
    investment = {name: row[name] for name in _OF_INVESTMENT} | {"positions": _POSITIONS.decode(row["positions"])}
    return Overview(
        msgspec.convert(investment, Investment, builtin_types=(datetime,)),
        row["name"],
        row["short_description"],
        row["newest_version"],
        row["newest_at"],
        row["next_update"],
        row["for_sale"],
        row["open_variety"],
        msgspec.convert(row["open_repairs"], tuple[Repair, ...]),
        msgspec.convert(row["pending"], dict[ActionKind, PendingAction]),
        msgspec.convert(row["plan"], Plan | None),
        _PAID.decode(row["paid"]),
        msgspec.convert(row["lost"], tuple[Lost, ...]),
        msgspec.convert(row["adjustments"], tuple[Adjustment, ...]),
        msgspec.convert(row["credits"], tuple[Credit, ...]),
    )
