"""SQL that shows an investor's investments."""

from datetime import date, datetime
from typing import Any

import msgspec

from torana.baskets.models import Adjustment, Investment, Missing, PendingAction, Plan, Profile
from torana.baskets.store.investments import COLUMNS
from torana.kit.clock import IST
from torana.kit.database import Database, row_to
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
    """An investment beside the basket as it is sold now. `open_variety` is that of the batch that it waits for,
    `instalment` the one that is due, `plan` the one that runs."""

    investment: Investment
    profile: Profile
    newest_version: int
    newest_at: datetime
    for_sale: bool
    open_variety: str | None
    repairs: tuple[Repair, ...]
    instalment: PendingAction | None
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

    @property
    def has_newer_version(self) -> bool:
        """Whether the basket is sold in a newer version than is held."""
        return self.for_sale and bool(self.investment.held) and self.newest_version > self.investment.version


_SHOWN = f"""
    select {COLUMNS}, b.profile, b.version as newest_version, v.published_at as newest_at,
           b.archived_at is null as for_sale,
           (select variety from batches o where o.gateway_id = i.gateway_id and o.batch_id = i.open_batch_id)
               as open_variety,
           (select coalesce(jsonb_agg(jsonb_build_object(
                       'batch_id', r.batch_id, 'kind', t.kind, 'created_at', r.created_at, 'quantity', o.quantity,
                       'filled', o.filled) order by r.created_at), '[]')
            from batches r
            join transactions t on t.gateway_id = r.gateway_id and t.transaction_id = r.transaction_id
            cross join lateral (
                select count(*) as quantity, count(*) filter (where state = 'COMPLETE') as filled
                from orders where gateway_id = i.gateway_id and batch_id = r.batch_id
            ) o
            where r.gateway_id = i.gateway_id and r.batch_id = any(i.repairs)) as open_repairs,
           (select to_jsonb(a) from pending_actions a
            where a.gateway_id = i.gateway_id and a.iscid = i.iscid and a.kind = 'SIP' and a.ended_at is null)
               as instalment,
           (select to_jsonb(p) from instalment_plans p
            where p.gateway_id = i.gateway_id and p.iscid = i.iscid and p.ended_at is null) as plan,
           (select coalesce(jsonb_agg(jsonb_build_array(f.day, f.paid) order by f.day), '[]')
            from (select day, sum(paid) as paid from investment_trades
                  where gateway_id = i.gateway_id and iscid = i.iscid group by day) f) as paid,
           (select coalesce(jsonb_agg(jsonb_build_object('missing', to_jsonb(m), 'others', (
                       select coalesce(jsonb_agg(o.iscid order by o.created_at), '[]') from investments o
                       where o.gateway_id = i.gateway_id and o.investor_id = i.investor_id and o.iscid <> i.iscid
                         and exists (select from jsonb_to_recordset(o.positions) as p (isin text, shares bigint)
                                     where p.isin = m.isin and p.shares > 0))) order by m.isin), '[]')
            from missing_shares m, jsonb_to_recordset(i.positions) as h (isin text, shares bigint)
            where m.gateway_id = i.gateway_id and m.investor_id = i.investor_id and h.isin = m.isin and h.shares > 0)
               as lost,
           (select coalesce(jsonb_agg(to_jsonb(j) order by j.created_at, j.isin), '[]') from investment_adjustments j
            where j.gateway_id = i.gateway_id and j.iscid = i.iscid) as adjustments,
           (select coalesce(jsonb_agg(to_jsonb(c) order by c.ex_date, c.isin), '[]') from (
                select d.isin, p.symbol, d.ex_date, d.per_share, sum(t.shares)::bigint as shares
                from jsonb_to_recordset(i.positions) as p (isin text, symbol text)
                join investment_trades t
                    on t.gateway_id = i.gateway_id and t.iscid = i.iscid and t.isin = p.isin
                join dividends d
                    on d.gateway_id = i.gateway_id and d.isin = t.isin and d.ex_date > t.day and d.ex_date <= :today
                group by d.isin, p.symbol, d.ex_date, d.per_share having sum(t.shares) > 0) c) as credits
    from investments i
    join baskets b on b.gateway_id = i.gateway_id and b.scid = i.scid
    join basket_versions v on v.gateway_id = i.gateway_id and v.scid = i.scid and v.version = b.version
    where i.gateway_id = :gateway_id and i.investor_id = :investor_id
"""
_ALL = Statement(f"{_SHOWN} order by i.created_at, i.iscid")
_ONE = Statement(f"{_SHOWN} and i.iscid = :iscid")


async def overviews(
    database: Database, gateway_id: str, investor_id: str, now: datetime, iscid: str | None = None
) -> list[Overview]:
    """All of an investor, the oldest first, or the one of that id. `now` says which ex-dates have come."""
    today = now.astimezone(IST).date()
    given: dict[str, Any] = {"gateway_id": gateway_id, "investor_id": investor_id, "today": today}
    statement = _ALL(**given) if iscid is None else _ONE(**given, iscid=iscid)
    async with database.connection() as connection:
        rows = await connection.fetch(*statement)
    return [
        Overview(
            row_to(Investment, row),
            msgspec.convert(row["profile"], Profile),
            row["newest_version"],
            row["newest_at"],
            row["for_sale"],
            row["open_variety"],
            msgspec.convert(row["open_repairs"], tuple[Repair, ...]),
            msgspec.convert(row["instalment"], PendingAction | None),
            msgspec.convert(row["plan"], Plan | None),
            msgspec.convert(row["paid"], tuple[tuple[date, Paise], ...]),
            msgspec.convert(row["lost"], tuple[Lost, ...]),
            msgspec.convert(row["adjustments"], tuple[Adjustment, ...]),
            msgspec.convert(row["credits"], tuple[Credit, ...]),
        )
        for row in rows
    ]
