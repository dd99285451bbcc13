"""How a transaction moves. Every move is one conditional statement that writes its event too: of several at once,
exactly one wins, and the others see `False`.

    INITIALIZED --use--> USED --confirm--> USED, confirmed --settle--> PROCESSING | ERRORED | COMPLETED
                                             |--use_again (its login is another; stays where it is)
         |                |----complete_connect-------------------------------------------> COMPLETED
         |----fail, expire (never once confirmed)-----------------------> ERRORED

The moves take the caller's connection, so that they commit together with what the caller changes.
"""

from datetime import datetime
from typing import Any

from torana.events.log import change_and_record
from torana.kit.clock import Clock
from torana.kit.database import Connection, Database
from torana.kit.due import Claim, Kind
from torana.transactions.models import Status
from torana.transactions.outcomes import EXPIRED_IN_FLOW, TRANSACTION_EXPIRED_USED, FlowError

EXPIRIES = Kind("transactions", ("gateway_id", "transaction_id"))
"""Transactions whose time has run out."""

_USE = """
    update transactions
    set status = 'USED', investor_id = $8, session_id = $9, broker = $10, used_at = coalesce(used_at, $6),
        event_count = event_count + 1
    where gateway_id = $1 and transaction_id = $2 and status in ('INITIALIZED', 'USED')
      and confirmed_at is null and finished_at is null and expires_at > $6
    returning event_count
"""
_USE_AGAIN = """
    update transactions set investor_id = $8, session_id = $9, event_count = event_count + 1
    where gateway_id = $1 and transaction_id = $2 and confirmed_at is not null
    returning event_count
"""
_CONFIRM = """
    update transactions set confirmed_at = $6, due_at = null, event_count = event_count + 1
    where gateway_id = $1 and transaction_id = $2 and status = 'USED'
      and confirmed_at is null and finished_at is null and expires_at > $6
    returning event_count
"""
_FAIL = """
    update transactions
    set status = 'ERRORED', error_name = $8, error_code = $9, settled_at = $6, finished_at = $6, due_at = null,
        event_count = event_count + 1
    where gateway_id = $1 and transaction_id = $2 and confirmed_at is null and finished_at is null
    returning event_count
"""
_EXPIRE = """
    update transactions
    set status = 'ERRORED', error_name = $8, error_code = $9, settled_at = $6, finished_at = $6, due_at = null,
        event_count = event_count + 1
    where gateway_id = $1 and transaction_id = $2 and expires_at <= $6
      and confirmed_at is null and finished_at is null
    returning event_count
"""
_WAS_OPENED = """
    select exists (select from events where gateway_id = $1 and transaction_id = $2
                   and type in ('transaction.opened', 'transaction.used'))
"""
_COMPLETE_CONNECT = """
    update transactions
    set status = 'COMPLETED', settled_at = $6, finished_at = $6, due_at = null, event_count = event_count + 1
    where gateway_id = $1 and transaction_id = $2 and intent = 'CONNECT' and status = 'USED' and finished_at is null
    returning event_count
"""
_SETTLE = """
    update transactions
    set status = $8, error_name = $9, error_code = $10, settled_at = coalesce(settled_at, $6),
        finished_at = case when $11 then $6 end, event_count = event_count + 1
    where gateway_id = $1 and transaction_id = $2 and confirmed_at is not null and finished_at is null
      and (status, error_name) is distinct from ($8, $9)
    returning event_count
"""


async def use(
    connection: Connection,
    *,
    gateway_id: str,
    transaction_id: str,
    investor_id: str,
    session_id: str,
    broker: str,
    now: datetime,
) -> bool:
    """The investor has logged in at his broker. He may do so again until he confirms. False: it is over."""
    return await change_and_record(
        connection,
        _USE,
        investor_id,
        session_id,
        broker,
        gateway_id=gateway_id,
        transaction_id=transaction_id,
        type="transaction.used",
        data={"investor_id": investor_id, "broker": broker},
        now=now,
    )


async def use_again(
    connection: Connection,
    *,
    gateway_id: str,
    transaction_id: str,
    investor_id: str,
    session_id: str,
    broker: str,
    now: datetime,
) -> bool:
    """The investor has logged in once more with his orders on their way. False: they were never confirmed."""
    return await change_and_record(
        connection,
        _USE_AGAIN,
        investor_id,
        session_id,
        gateway_id=gateway_id,
        transaction_id=transaction_id,
        type="transaction.used",
        data={"investor_id": investor_id, "broker": broker},
        now=now,
    )


async def confirm(connection: Connection, *, gateway_id: str, transaction_id: str, now: datetime) -> bool:
    """The investor has confirmed what he saw. False: not logged in, confirmed before, ended, or out of time."""
    return await change_and_record(
        connection,
        _CONFIRM,
        gateway_id=gateway_id,
        transaction_id=transaction_id,
        type="transaction.confirmed",
        data={},
        now=now,
    )


async def fail(
    connection: Connection, *, gateway_id: str, transaction_id: str, error: FlowError, now: datetime
) -> bool:
    """It ends without a result. False, and nothing changes, once it is confirmed or finished."""
    return await change_and_record(
        connection,
        _FAIL,
        error.name,
        error.code,
        gateway_id=gateway_id,
        transaction_id=transaction_id,
        type="transaction.failed",
        data=_told(Status.ERRORED, error),
        now=now,
    )


async def settle(
    connection: Connection,
    *,
    gateway_id: str,
    transaction_id: str,
    status: Status,
    error: FlowError | None,
    now: datetime,
) -> bool:
    """The orders have come this far: the promise in the partner's page settles, at the first call.

    PROCESSING leaves the transaction open, COMPLETED and ERRORED finish it. `error` is for `order_in_queue` beside
    PROCESSING, or says why nothing could be placed. False: not confirmed, finished, or said before.
    """
    return await change_and_record(
        connection,
        _SETTLE,
        status.value,
        error.name if error else None,
        error.code if error else None,
        status in (Status.COMPLETED, Status.ERRORED),
        gateway_id=gateway_id,
        transaction_id=transaction_id,
        type=_SETTLED_AS.get(status, "transaction.processing"),
        data=_told(status, error),
        now=now,
    )


_SETTLED_AS = {Status.COMPLETED: "transaction.completed", Status.ERRORED: "transaction.failed"}


async def complete_connect(connection: Connection, *, gateway_id: str, transaction_id: str, now: datetime) -> bool:
    """A CONNECT is done with the login. False: it is no CONNECT, nobody logged in, or it is over."""
    return await change_and_record(
        connection,
        _COMPLETE_CONNECT,
        gateway_id=gateway_id,
        transaction_id=transaction_id,
        type="transaction.completed",
        data=_told(Status.COMPLETED, None),
        now=now,
    )


async def expire(database: Database, clock: Clock, claim: Claim) -> None:
    """The due handler: end a transaction whose time is over; one that was confirmed meanwhile is left alone."""
    gateway_id, transaction_id = claim.key
    async with database.transaction() as connection:
        await expire_now(connection, gateway_id=gateway_id, transaction_id=transaction_id, now=clock.now())


async def expire_now(connection: Connection, *, gateway_id: str, transaction_id: str, now: datetime) -> bool:
    """End a transaction if its time is over: whoever looks at it need not wait for the worker. False: it is not."""
    opened = await connection.fetchval(_WAS_OPENED, gateway_id, transaction_id)
    error = EXPIRED_IN_FLOW if opened else TRANSACTION_EXPIRED_USED
    return await change_and_record(
        connection,
        _EXPIRE,
        error.name,
        error.code,
        gateway_id=gateway_id,
        transaction_id=transaction_id,
        type="transaction.failed",
        data=_told(Status.ERRORED, error),
        now=now,
    )


def _told(status: Status, error: FlowError | None) -> dict[str, Any]:
    return {"status": status.value, "error": None if error is None else {"name": error.name, "code": error.code}}
