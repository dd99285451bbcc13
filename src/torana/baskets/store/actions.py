"""SQL on pending actions. Every statement names the gateway."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from torana.baskets.models import ActionEnd, ActionKind, Investment, PendingAction, Plan
from torana.baskets.store.investments import COLUMNS as INVESTMENT
from torana.kit.database import Connection, Database, row_to
from torana.kit.due import Kind
from torana.kit.sql import Statement
from torana.kit.tables import Age, Owner, PersonalTable

HOLDERS = Kind("baskets", ("gateway_id", "scid"), concurrency=4)
"""Baskets of which the holders are to be asked for something else than before."""
ACTIONS_TABLE = PersonalTable(
    name="pending_actions",
    owner=Owner.INVESTOR,
    key="action_id",
    exported_as="pendingActions",
    ages=(Age("pending actions", 365, setting="pending_actions", since="ended_at"),),
)
_FIELDS = ", ".join(PendingAction.__struct_fields__)


class Standing(msgspec.Struct, frozen=True):
    """What beside an investment decides about its pending actions: its basket now, those that are open, and the ISINs
    of which the investor misses shares."""

    name: str
    version: int
    for_sale: bool
    broker: str
    open: dict[ActionKind, PendingAction]
    missing: frozenset[str] = frozenset()


# The share keeps the version until the end of the transaction: a publication waits for it, and asks the holders anew.
_STANDING = Statement("""
    select b.profile ->> 'name' as name, b.version, b.archived_at is null as for_sale, n.broker, (
        select coalesce(jsonb_object_agg(a.kind, to_jsonb(a)), '{}') from pending_actions a
        where a.gateway_id = :gateway_id and a.iscid = :iscid and a.ended_at is null) as open, (
        select coalesce(array_agg(m.isin), '{}') from missing_shares m
        where m.gateway_id = :gateway_id and m.investor_id = :investor_id) as missing
    from baskets b join investors n on n.gateway_id = :gateway_id and n.investor_id = :investor_id
    where b.gateway_id = :gateway_id and b.scid = :scid
    for share of b
""")


async def standing(connection: Connection, investment: Investment) -> Standing:
    """For an investment that the caller has locked."""
    row = await connection.fetchrow(
        *_STANDING(
            gateway_id=investment.gateway_id,
            iscid=investment.iscid,
            investor_id=investment.investor_id,
            scid=investment.scid,
        )
    )
    if row is None:
        raise LookupError(f"the basket or the investor of the investment {investment.iscid} is gone")
    return Standing(
        row["name"],
        row["version"],
        row["for_sale"],
        row["broker"],
        msgspec.convert(row["open"], dict[ActionKind, PendingAction]),
        frozenset(row["missing"]),
    )


_END = Statement("""
    update pending_actions set ended_at = :now, ended_by = :ended_by
    where gateway_id = :gateway_id and action_id = :action_id and ended_at is null
""")
_RAISE = Statement(f"""
    insert into pending_actions ({_FIELDS})
    select {_FIELDS} from jsonb_populate_record(null::pending_actions, :action::jsonb) where gateway_id = :gateway_id
""")


async def end(connection: Connection, action: PendingAction, ended_by: ActionEnd, now: datetime) -> None:
    given = _END(gateway_id=action.gateway_id, action_id=action.action_id, ended_by=ended_by, now=now)
    await connection.execute(*given)


async def insert(connection: Connection, action: PendingAction) -> None:
    """Raises `asyncpg.UniqueViolationError` where one of this kind is open."""
    await connection.execute(*_RAISE(gateway_id=action.gateway_id, action=msgspec.to_builtins(action)))


_HOLDERS = Statement(f"""
    select {INVESTMENT} from investments i
    where gateway_id = :gateway_id and scid = :scid and exited_at is null and iscid > :after
    order by iscid limit :limit for update
""")


async def lock_holders(
    connection: Connection, gateway_id: str, scid: str, after: str, limit: int
) -> Sequence[Investment]:
    """The next investments in a basket that have not been exited, in the order of their ids, held for this database
    transaction."""
    given = _HOLDERS(gateway_id=gateway_id, scid=scid, after=after, limit=limit)
    return [row_to(Investment, row) for row in await connection.fetch(*given)]


class Pending(msgspec.Struct, frozen=True):
    """A pending action as it is shown. `order_open`: the investment waits for an order, which may be what is asked
    for; `plan`: the instalment plan that runs on it."""

    action: PendingAction
    name: str
    order_open: bool
    plan: Plan | None


_PENDING = Statement("""
    select to_jsonb(a) as action, b.profile ->> 'name' as name, i.open_batch_id is not null as order_open,
           (select to_jsonb(p) from instalment_plans p
            where p.gateway_id = :gateway_id and p.iscid = a.iscid and p.ended_at is null) as plan
    from pending_actions a
    join investments i on i.gateway_id = :gateway_id and i.iscid = a.iscid
    join baskets b on b.gateway_id = :gateway_id and b.scid = a.scid
    where a.gateway_id = :gateway_id and a.investor_id = :investor_id and a.ended_at is null
      and (:iscid::text is null or a.iscid = :iscid)
    order by a.created_at, a.iscid, a.kind
""")


async def pending(database: Database, gateway_id: str, investor_id: str, iscid: str | None = None) -> list[Pending]:
    """What is asked of an investor now, the oldest first; with `iscid` for that investment."""
    async with database.connection() as connection:
        rows = await connection.fetch(*_PENDING(gateway_id=gateway_id, investor_id=investor_id, iscid=iscid))
    return [msgspec.convert(dict(row), Pending) for row in rows]
