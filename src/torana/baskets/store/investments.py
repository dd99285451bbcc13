"""SQL on investments. Every statement names the gateway."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from torana.baskets.models import Investment
from torana.kit.database import Connection, Database, row_to
from torana.kit.sql import Statement, affected
from torana.orders.models import Batch
from torana.orders.states import BatchStatus

_FIELDS = Investment.__struct_fields__
COLUMNS = ", ".join(f"i.{name}" for name in _FIELDS)
_FIND = f"select {COLUMNS} from investments i where gateway_id = :gateway_id and iscid = :iscid"
_READ = Statement(_FIND)
_LOCK = Statement(f"{_FIND} for update")
_OF_INVESTOR = Statement(f"{_FIND} and investor_id = :investor_id")
_ALL_OF_INVESTOR = Statement(f"""
    select {COLUMNS} from investments i
    where gateway_id = :gateway_id and investor_id = :investor_id order by created_at, iscid
""")
_ALLOWED = Statement("""
    select version from baskets
    where gateway_id = :gateway_id and scid = :scid and archived_at is null for share
""")
_BEGIN = Statement("""
    update investments set open_batch_id = :batch_id, revision = revision + 1, updated_at = :now
    where gateway_id = :gateway_id and iscid = :iscid and investor_id = :investor_id and revision = :revision
      and open_batch_id is null
""")
_INSERT = Statement(f"""
    insert into investments ({", ".join(_FIELDS)})
    select {", ".join(_FIELDS)} from jsonb_populate_record(null::investments, :investment::jsonb)
    where gateway_id = :gateway_id
    on conflict (gateway_id, iscid) do nothing
""")
_SAVE = Statement("""
    update investments i set version = n.version, revision = i.revision + 1, batch_count = n.batch_count,
        positions = n.positions, repairs = n.repairs, repaired = n.repaired, open_batch_id = n.open_batch_id,
        exited_at = n.exited_at, archived_at = n.archived_at, updated_at = :now
    from jsonb_populate_record(null::investments, :investment::jsonb) n
    where i.gateway_id = :gateway_id and i.iscid = :iscid
""")
_MARK = Statement("""
    update batches set status = :status where gateway_id = :gateway_id and batch_id = any(:batch_ids::text[])
""")


async def lock_investment(connection: Connection, gateway_id: str, iscid: str) -> Investment | None:
    """Held for this database transaction."""
    row = await connection.fetchrow(*_LOCK(gateway_id=gateway_id, iscid=iscid))
    return None if row is None else row_to(Investment, row)


async def read_investment(connection: Connection, gateway_id: str, iscid: str) -> Investment | None:
    """Whosever it is."""
    row = await connection.fetchrow(*_READ(gateway_id=gateway_id, iscid=iscid))
    return None if row is None else row_to(Investment, row)


async def investment_of(database: Database, gateway_id: str, investor_id: str, iscid: str) -> Investment | None:
    """None if this investor has none such: another's is simply not there."""
    given = _OF_INVESTOR(gateway_id=gateway_id, investor_id=investor_id, iscid=iscid)
    return await database.fetch_one(Investment, *given)


async def investments_of(database: Database, gateway_id: str, investor_id: str) -> list[Investment]:
    """All that the investor ever began, the oldest first."""
    return await database.fetch(Investment, *_ALL_OF_INVESTOR(gateway_id=gateway_id, investor_id=investor_id))


async def version_for_sale(connection: Connection, gateway_id: str, scid: str) -> int | None:
    """The version of a basket, which stays so until the end of this database transaction; None: it cannot be
    bought."""
    found: int | None = await connection.fetchval(*_ALLOWED(gateway_id=gateway_id, scid=scid))
    return found


async def begin_batch(connection: Connection, batch: Batch, revision: int) -> bool:
    """Its investment waits for this batch. False, and nothing changes: it is another than at this revision, or waits
    for one already."""
    given = _BEGIN(
        gateway_id=batch.gateway_id,
        iscid=batch.iscid,
        investor_id=batch.investor_id,
        batch_id=batch.batch_id,
        revision=revision,
        now=batch.created_at,
    )
    return affected(await connection.execute(*given)) == 1


async def insert_investment(connection: Connection, investment: Investment) -> bool:
    """False where there is one of this id."""
    given = _INSERT(gateway_id=investment.gateway_id, investment=msgspec.to_builtins(investment))
    return affected(await connection.execute(*given)) == 1


async def save_investment(connection: Connection, investment: Investment, now: datetime) -> None:
    given = _SAVE(
        gateway_id=investment.gateway_id, iscid=investment.iscid, investment=msgspec.to_builtins(investment), now=now
    )
    await connection.execute(*given)


async def mark_batches(connection: Connection, gateway_id: str, batch_ids: Sequence[str], status: BatchStatus) -> None:
    """What became of batches after their end."""
    await connection.execute(*_MARK(gateway_id=gateway_id, batch_ids=list(batch_ids), status=status))
