"""SQL on pending actions. Every statement names the gateway."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from torana.baskets.models import ActionEnd, ActionKind, Investment, PendingAction, Plan
from torana.baskets.store.investments import COLUMNS as INVESTMENT
from torana.kit.database import Connection, Database, row_to
from torana.kit.due import Kind, wake
from torana.kit.sql import Statement
from torana.kit.tables import Age, Owner, PersonalTable

HOLDERS = Kind("baskets", ("gateway_id", "scid"), concurrency=4)
"""Baskets of which the holders are to be asked for something else than before."""
INSTALMENTS = Kind("pending_actions", ("gateway_id", "action_id"), concurrency=8)
"""Instalments that are to be placed by themselves."""
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
    update pending_actions set ended_at = :now, ended_by = :ended_by, due_at = null
    where gateway_id = :gateway_id and action_id = :action_id and ended_at is null
""")
_RAISE = Statement(f"""
    insert into pending_actions ({_FIELDS}, due_at)
    select {_FIELDS}, :due_at from jsonb_populate_record(null::pending_actions, :action::jsonb)
    where gateway_id = :gateway_id
""")


async def end(connection: Connection, action: PendingAction, ended_by: ActionEnd, now: datetime) -> None:
    given = _END(gateway_id=action.gateway_id, action_id=action.action_id, ended_by=ended_by, now=now)
    await connection.execute(*given)


async def insert(connection: Connection, action: PendingAction) -> None:
    """One that has to be placed by itself is due at once. Raises `asyncpg.UniqueViolationError` where one of this kind
    is open."""
    due_at = action.created_at if action.consent_id and action.ended_at is None else None
    given = _RAISE(gateway_id=action.gateway_id, action=msgspec.to_builtins(action), due_at=due_at)
    await connection.execute(*given)
    if due_at is not None:
        await wake(connection, INSTALMENTS.table, action.gateway_id)


_ACTION = f"""
    select {_FIELDS} from pending_actions
    where gateway_id = :gateway_id and action_id = :action_id and ended_at is null
"""
_FIND = Statement(_ACTION)
_LOCK = Statement(f"{_ACTION} and lease_token = :lease_token for update")
_NOTE = Statement("""
    update pending_actions set why_not = :why_not, transaction_id = :transaction_id
    where gateway_id = :gateway_id and action_id = :action_id
""")
_ORDERED_SINCE = Statement("""
    select exists (select from batches
                   where gateway_id = :gateway_id and iscid = :iscid and created_at >= :since)
""")


async def find_open(database: Database, gateway_id: str, action_id: str) -> PendingAction | None:
    """None once it is over."""
    return await database.fetch_one(PendingAction, *_FIND(gateway_id=gateway_id, action_id=action_id))


async def lock_open(connection: Connection, gateway_id: str, action_id: str, lease_token: int) -> PendingAction | None:
    """The same, held for this database transaction; its investment is locked before it. None, too, once that lease is
    over."""
    given = _LOCK(gateway_id=gateway_id, action_id=action_id, lease_token=lease_token)
    row = await connection.fetchrow(*given)
    return None if row is None else row_to(PendingAction, row)


async def note(connection: Connection, action: PendingAction) -> None:
    """Write what became of it so far; the caller has locked it."""
    await connection.execute(
        *_NOTE(
            gateway_id=action.gateway_id,
            action_id=action.action_id,
            why_not=action.why_not,
            transaction_id=action.transaction_id,
        )
    )


_TAKE_UP = Statement(f"""
    update pending_actions set due_at = null, lease_token = lease_token + 1
    where gateway_id = :gateway_id and action_id = :action_id and ended_at is null and consent_id <> ''
      and transaction_id is null
    returning {_FIELDS}
""")


async def take_up(connection: Connection, gateway_id: str, action_id: str) -> PendingAction | None:
    """It is placed by itself no more, and whoever is about to has lost its lease. None: it is over, was placed, or is
    not one of those."""
    row = await connection.fetchrow(*_TAKE_UP(gateway_id=gateway_id, action_id=action_id))
    return None if row is None else row_to(PendingAction, row)


async def ordered_since(connection: Connection, action: PendingAction) -> bool:
    """Whether anything of its investment was ordered since it began."""
    given = _ORDERED_SINCE(gateway_id=action.gateway_id, iscid=action.iscid, since=action.created_at)
    return bool(await connection.fetchval(*given))


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
