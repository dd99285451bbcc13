"""Orders that are to be cancelled, and the transactions that wait for what becomes of that."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from torana.events.log import Beside, News, change_and_record
from torana.kit.database import Connection, Database, row_to
from torana.kit.due import Claim
from torana.kit.sql import Statement
from torana.orders.models import Batch
from torana.orders.store.read import NOT_TO_CANCEL, READ, batches_of
from torana.transactions.life_cycle import Move


class Cancellation(msgspec.Struct, frozen=True):
    """A transaction that waits for what becomes of these orders of a batch."""

    gateway_id: str
    transaction_id: str
    batch_id: str
    order_ids: list[str]
    asked_at: datetime
    investor_id: str
    intent: str
    notes: str | None


_OF_INVESTOR = Statement(f"""
    {READ} where b.gateway_id = :gateway_id and b.batch_id = :batch_id and b.investor_id = :investor_id order by o.line
""")


async def batch_of_investor(database: Database, gateway_id: str, investor_id: str, batch_id: str) -> Batch | None:
    """The batch, None if this investor has none such: another investor's is simply not there."""
    async with database.connection() as connection:
        rows = await connection.fetch(*_OF_INVESTOR(gateway_id=gateway_id, investor_id=investor_id, batch_id=batch_id))
    found = batches_of(rows)
    return found[0] if found else None


_LAST_OF_INVESTMENT = Statement(f"""
    {READ} where b.gateway_id = :gateway_id and b.batch_id = (
        select batch_id from batches
        where gateway_id = :gateway_id and iscid = :iscid and investor_id = :investor_id
          and created_at <= coalesce(:before::timestamptz, 'infinity')
        order by created_at desc limit 1)
    order by o.line
""")


async def last_of_investment(
    database: Database, gateway_id: str, investor_id: str, iscid: str, before: datetime | None
) -> Batch | None:
    """The newest batch of the investor's investment that was made before that moment."""
    given = _LAST_OF_INVESTMENT(gateway_id=gateway_id, investor_id=investor_id, iscid=iscid, before=before)
    async with database.connection() as connection:
        found = batches_of(await connection.fetch(*given))
    return found[0] if found else None


_LOCK = Statement("""
    select 1 from batches
    where gateway_id = :gateway_id and batch_id = :batch_id and investor_id = :investor_id for update
""")
_WHOLE = Statement(f"{READ} where b.gateway_id = :gateway_id and b.batch_id = :batch_id order by o.line")


async def lock_batch(connection: Connection, gateway_id: str, investor_id: str, batch_id: str) -> Batch | None:
    """The investor's batch with its orders, held for this database transaction."""
    given = _LOCK(gateway_id=gateway_id, investor_id=investor_id, batch_id=batch_id)
    if await connection.fetchval(*given) is None:
        return None
    (batch,) = batches_of(await connection.fetch(*_WHOLE(gateway_id=gateway_id, batch_id=batch_id)))
    return batch


_ASK = Statement(f"""
    with asked as (
        update orders set updated_at = :now,
            cancel = jsonb_build_object('state', 'ASKED', 'asks', coalesce((cancel ->> 'asks')::int, 0) + 1)
        where gateway_id = :gateway_id and order_id = any(:order_ids::text[])
          and {NOT_TO_CANCEL}
    )
    update batches set due_at = :now, hints = hints + 1, cancelling = cancelling or :waits
    where gateway_id = :gateway_id and batch_id = :batch_id
""")
_WAIT = Statement("""
    insert into cancellations (gateway_id, transaction_id, batch_id, order_ids, asked_at)
    values (:gateway_id, :transaction_id, :batch_id, :order_ids, :now)
""")


async def ask(connection: Connection, batch: Batch, order_ids: Sequence[str], now: datetime, *, waits: bool) -> None:
    """These orders are to be cancelled, but for those that already are; their batch is due. `waits`: a transaction
    waits for it."""
    await connection.execute(
        *_ASK(
            gateway_id=batch.gateway_id,
            batch_id=batch.batch_id,
            order_ids=order_ids,
            now=now,
            waits=waits,
        )
    )


async def wait(
    connection: Connection, batch: Batch, transaction_id: str, order_ids: Sequence[str], now: datetime
) -> None:
    """This transaction waits for what becomes of these orders."""
    await connection.execute(
        *_WAIT(
            gateway_id=batch.gateway_id,
            batch_id=batch.batch_id,
            transaction_id=transaction_id,
            order_ids=order_ids,
            now=now,
        )
    )


_HOLD = Statement("""
    select 1 from batches where gateway_id = :gateway_id and batch_id = :batch_id and lease_token = :lease_token
      and hints = :hints for update
""")


async def hold(connection: Connection, batch: Batch, claim: Claim) -> bool:
    """Hold the batch for this database transaction. False: another worker has it, or something was asked of it since
    it was read."""
    given = _HOLD(gateway_id=batch.gateway_id, batch_id=batch.batch_id, lease_token=claim.token, hints=batch.hints)
    return await connection.fetchval(*given) is not None


_OPEN = Statement("""
    select c.gateway_id, c.transaction_id, c.batch_id, c.order_ids, c.asked_at, t.investor_id, t.intent, t.notes
    from cancellations c join transactions t using (gateway_id, transaction_id)
    where c.gateway_id = :gateway_id and c.batch_id = :batch_id and c.settled_at is null
    order by c.asked_at, c.transaction_id
""")


async def open_cancellations(connection: Connection, gateway_id: str, batch_id: str) -> list[Cancellation]:
    """The transactions that wait, in the order in which they asked."""
    rows = await connection.fetch(*_OPEN(gateway_id=gateway_id, batch_id=batch_id))
    return [row_to(Cancellation, row) for row in rows]


_SETTLED = """
    update cancellations set settled_at = :now
    from changed where gateway_id = :gateway_id and transaction_id = :transaction_id
"""


async def settle(
    connection: Connection, cancellation: Cancellation, move: Move, news: Sequence[News], now: datetime, *, over: bool
) -> None:
    """Tell a transaction that waits how it stands, in one statement; `over`: it waits no longer."""
    await change_and_record(
        connection,
        move.update,
        [move.news, *news],
        gateway_id=cancellation.gateway_id,
        transaction_id=cancellation.transaction_id,
        now=now,
        beside=Beside((("settled", _SETTLED),)) if over else Beside(()),
    )


_NONE_WAITS = Statement("""
    update batches set cancelling = false where gateway_id = :gateway_id and batch_id = :batch_id
""")


async def none_waits(connection: Connection, gateway_id: str, batch_id: str) -> None:
    """No transaction waits for this batch any more, which the caller holds: nobody can begin to meanwhile."""
    await connection.execute(*_NONE_WAITS(gateway_id=gateway_id, batch_id=batch_id))
