"""What makes a batch due before its time: a broker's postback, the investor's way back, a clock that was set back."""

from datetime import datetime

from torana.kit.database import Connection, Database
from torana.kit.due import CHANNEL
from torana.kit.sql import Statement, affected

_HINT = Statement(f"""
    with found as (
        select o.gateway_id, o.batch_id, o.order_id, true as tagged
        from attempts a join orders o using (gateway_id, order_id) where a.tag = :tag
        union all
        select gateway_id, batch_id, order_id, false from orders where broker_order_id = :broker_order_id
    ), elsewhere as (
        update orders o set seen_in = :broker_user_id
        from found f
        join batches b using (gateway_id, batch_id)
        join investors i using (gateway_id, investor_id)
        where f.tagged and o.gateway_id = f.gateway_id and o.order_id = f.order_id
          and b.broker = :broker and i.broker_user_id <> :broker_user_id
    ), hinted as (
        update batches b set due_at = :now, hints = b.hints + 1
        from (select distinct gateway_id, batch_id from found) f
        where b.gateway_id = f.gateway_id and b.batch_id = f.batch_id and b.broker = :broker
        returning b.gateway_id
    )
    select pg_notify('{CHANNEL}', 'batches ' || gateway_id) from hinted
""")


async def hint(
    database: Database,
    *,
    broker: str,
    broker_order_id: str,
    broker_user_id: str | None,
    tag: str | None,
    now: datetime,
) -> int:
    """Make the batches that hold this order due now, and wake the workers for them. Returns how many there are (0: not
    ours, or not yet known).

    An order with our tag in another account than its batch's is marked: whoever looks must not call it absent.
    """
    async with database.connection() as connection:
        found = await connection.fetch(
            *_HINT(broker=broker, broker_order_id=broker_order_id, tag=tag, now=now, broker_user_id=broker_user_id)
        )
    return len(found)


_HINT_BATCH = Statement("""
    update batches set due_at = :now, hints = hints + 1 where gateway_id = :gateway_id and batch_id = :batch_id
""")


async def hint_batch(connection: Connection, gateway_id: str, batch_id: str, now: datetime) -> None:
    await connection.execute(*_HINT_BATCH(gateway_id=gateway_id, batch_id=batch_id, now=now))


_HINT_OF_INVESTMENT = Statement("""
    update batches set due_at = :now, hints = hints + 1
    where gateway_id = :gateway_id and iscid = :iscid and completed_at is null
""")


async def hint_of_investment(connection: Connection, gateway_id: str, iscid: str, now: datetime) -> None:
    """The same of the batch that an investment waits for."""
    await connection.execute(*_HINT_OF_INVESTMENT(gateway_id=gateway_id, iscid=iscid, now=now))


_MARK_RETURNED = Statement("""
    update batches set returned_at = coalesce(returned_at, :now), due_at = :now, hints = hints + 1
    where gateway_id = :gateway_id and transaction_id = :transaction_id
""")


async def mark_returned(connection: Connection, gateway_id: str, transaction_id: str, now: datetime) -> None:
    """The investor's browser is back from the broker's basket: the batch is due, its settle window begins."""
    await connection.execute(*_MARK_RETURNED(gateway_id=gateway_id, transaction_id=transaction_id, now=now))


_CHANGE_LOGIN = Statement("""
    update batches b set investor_id = :investor_id, session_id = :session_id
    where b.gateway_id = :gateway_id and b.transaction_id = :transaction_id
      and (b.completed_at is null or exists (
          select from orders o join attempts a using (gateway_id, order_id)
          where o.gateway_id = :gateway_id and o.batch_id = b.batch_id and a.state = 'ABSENT'))
""")


async def change_login(
    connection: Connection, gateway_id: str, transaction_id: str, investor_id: str, session_id: str
) -> bool:
    """From now on the batch's orders are looked for, and placed, with this login. False: nothing is looked for any
    more, and how it ended stays told as it was."""
    done = await connection.execute(
        *_CHANGE_LOGIN(
            gateway_id=gateway_id, transaction_id=transaction_id, investor_id=investor_id, session_id=session_id
        )
    )
    return affected(done) == 1


_WAKE_OPEN = Statement("""
    update batches set due_at = :now
    where gateway_id = :gateway_id and due_at > :now::timestamptz + interval '5 minutes' and completed_at is null
""")


async def wake_open(database: Database, gateway_id: str, now: datetime) -> int:
    """Make every batch of the gateway whose orders are open and that is put off for longer than they ever are due now:
    somebody set the time back. Returns how many there are."""
    return affected(await database.execute(*_WAKE_OPEN(gateway_id=gateway_id, now=now)))
