"""How a transaction moves. Every move is one conditional statement that writes its event too: of several at once,
exactly one wins, and the others see `False`.

    INITIALIZED --use--> USED --confirm--> USED, confirmed --settle--> PROCESSING | ERRORED | COMPLETED
                                             |--use_again (its login is another; stays where it is)
         |                |----complete (nothing is confirmed)----------------------------> COMPLETED
         |                |----turn_to_login (another intent; INITIALIZED again)
         |                `----require_action--> ACTION_REQUIRED, from which it goes on as from USED
         |----fail, expire (never once confirmed)-----------------------> ERRORED

The moves take the caller's connection, so that they commit together with what the caller changes.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from torana.events.log import News, Update, change_and_record
from torana.kit.clock import Clock
from torana.kit.database import Connection, Database
from torana.kit.due import Claim, Kind
from torana.kit.sql import Statement
from torana.transactions.models import Status
from torana.transactions.outcomes import EXPIRED_IN_FLOW, TRANSACTION_EXPIRED_USED, FlowError

EXPIRIES = Kind("transactions", ("gateway_id", "transaction_id"))
"""Transactions whose time has run out."""

# Not `confirmed_at is null`: that lets a plan made while the table is small take the partial index of the retention,
# which holds every transaction of the gateway, in the place of the key.
_UNCONFIRMED = "num_nonnulls(confirmed_at, finished_at) = 0"
_CONFIRMED = "num_nonnulls(confirmed_at) = 1"
_USE = Update(
    "status = 'USED', investor_id = :investor_id, session_id = :session_id, broker = :broker,"
    " used_at = coalesce(used_at, :now)",
    f"status in ('INITIALIZED', 'USED', 'ACTION_REQUIRED') and {_UNCONFIRMED} and expires_at > :now",
)
_REQUIRE = Update("status = 'ACTION_REQUIRED'", f"status = 'USED' and {_UNCONFIRMED} and expires_at > :now")
_USE_AGAIN = Update("investor_id = :investor_id, session_id = :session_id", _CONFIRMED)
_TURN_TO_LOGIN = Update(
    "intent = :intent, kind = :kind, status = 'INITIALIZED', used_at = null",
    f"status = 'USED' and num_nonnulls(session_id) = 0 and {_UNCONFIRMED}",
)
_CONFIRM = Update(
    "status = 'USED', confirmed_at = :now, due_at = null",
    f"status in ('USED', 'ACTION_REQUIRED') and {_UNCONFIRMED} and expires_at > :now",
)
_FAILED = (
    "status = 'ERRORED', error_name = :error_name, error_code = :error_code,"
    " settled_at = :now, finished_at = :now, due_at = null"
)
_FAIL = Update(_FAILED, _UNCONFIRMED)
_EXPIRE = Update(_FAILED, f"{_UNCONFIRMED} and expires_at <= :now")
_COMPLETE = Update(
    "status = 'COMPLETED', result = :result::jsonb, settled_at = :now, finished_at = :now, due_at = null",
    f"status = 'USED' and {_UNCONFIRMED} and expires_at > :now",
)
_SETTLE = Update(
    "status = :status, error_name = :error_name, error_code = :error_code,"
    " settled_at = coalesce(settled_at, :now), finished_at = case when :finishes then :now end",
    f"{_CONFIRMED} and finished_at is null and (status, error_name) is distinct from (:status, :error_name)",
)
_WAS_OPENED = Statement("""
    select exists (select from events where gateway_id = :gateway_id and transaction_id = :transaction_id
                   and type in ('transaction.opened', 'transaction.used'))
""")
_SETTLED_AS = {Status.COMPLETED: "transaction.completed", Status.ERRORED: "transaction.failed"}


class Move(msgspec.Struct, frozen=True):
    """A change of a transaction and the event that tells of it. Whoever changes more than the transaction writes them
    together with it (`events.log.change_and_record`)."""

    update: Update
    news: News


async def require_action(connection: Connection, *, gateway_id: str, transaction_id: str, now: datetime) -> bool:
    """It cannot go on before the investor has done something else. False: it was said before, or it is over."""
    move = Move(_REQUIRE, News("transaction.action_required", {}))
    return await make(connection, move, gateway_id=gateway_id, transaction_id=transaction_id, now=now)


def confirming(data: object) -> Move:
    """The investor has confirmed what they saw. Not made: not logged in, confirmed before, ended, or out of time."""
    return Move(_CONFIRM, News("transaction.confirmed", data))


def settling(status: Status, error: FlowError | None) -> Move:
    """The orders have come this far: the promise in the partner's page settles, at the first such move.

    PROCESSING leaves the transaction open, COMPLETED and ERRORED finish it. `error` is for `order_in_queue` beside
    PROCESSING, or says why nothing could be placed. Not made: not confirmed, finished, or said before.
    """
    finishes = status in (Status.COMPLETED, Status.ERRORED)
    update = _SETTLE.given(status=status.value, finishes=finishes, **_error(error))
    return Move(update, News(_SETTLED_AS.get(status, "transaction.processing"), _event_data(status, error)))


async def make(connection: Connection, move: Move, *, gateway_id: str, transaction_id: str, now: datetime) -> bool:
    """Make a move that changes nothing but the transaction. False: it was not to be made."""
    return await change_and_record(
        connection, move.update, [move.news], gateway_id=gateway_id, transaction_id=transaction_id, now=now
    )


async def use(
    connection: Connection,
    *,
    gateway_id: str,
    transaction_id: str,
    investor_id: str | None,
    session_id: str | None,
    broker: str | None,
    now: datetime,
) -> bool:
    """The investor has logged in at their broker, and may do so again until they confirm. Without a session no broker
    has a part in it, and they have only begun. False: it is over."""
    move = Move(
        _USE.given(investor_id=investor_id, session_id=session_id, broker=broker),
        News("transaction.used", {"investor_id": investor_id, "broker": broker}),
    )
    return await make(connection, move, gateway_id=gateway_id, transaction_id=transaction_id, now=now)


async def turn_to_login(
    connection: Connection, *, gateway_id: str, transaction_id: str, intent: str, kind: str, now: datetime
) -> bool:
    """It goes on as another intent, whose login comes next. False: a login was made, or it is over."""
    move = Move(_TURN_TO_LOGIN.given(intent=intent, kind=kind), News("transaction.turned_to_login", {"intent": intent}))
    return await make(connection, move, gateway_id=gateway_id, transaction_id=transaction_id, now=now)


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
    """The investor has logged in once more with their orders on their way. False: they were never confirmed."""
    move = Move(
        _USE_AGAIN.given(investor_id=investor_id, session_id=session_id),
        News("transaction.used", {"investor_id": investor_id, "broker": broker}),
    )
    return await make(connection, move, gateway_id=gateway_id, transaction_id=transaction_id, now=now)


async def fail(
    connection: Connection, *, gateway_id: str, transaction_id: str, error: FlowError, now: datetime
) -> bool:
    """It ends without a result. False, and nothing changes, once it is confirmed or finished."""
    return await make(connection, _failing(_FAIL, error), gateway_id=gateway_id, transaction_id=transaction_id, now=now)


async def complete(
    connection: Connection,
    *,
    gateway_id: str,
    transaction_id: str,
    result: object,
    news: Sequence[News] = (),
    now: datetime,
) -> bool:
    """It is done with this result, without a confirmation. `news` are the events that go with it. False, and nothing
    changes: nobody logged in, it was confirmed, or it is over."""
    done = News("transaction.completed", _event_data(Status.COMPLETED, None))
    return await change_and_record(
        connection,
        _COMPLETE.given(result=result),
        [done, *news],
        gateway_id=gateway_id,
        transaction_id=transaction_id,
        now=now,
    )


async def expire(database: Database, clock: Clock, claim: Claim) -> None:
    """The due handler: end a transaction whose time is over; one that was confirmed meanwhile is left alone."""
    gateway_id, transaction_id = claim.key
    async with database.transaction() as connection:
        await expire_now(connection, gateway_id=gateway_id, transaction_id=transaction_id, now=clock.now())


async def expire_now(connection: Connection, *, gateway_id: str, transaction_id: str, now: datetime) -> bool:
    """End a transaction if its time is over: whoever looks at it need not wait for the worker. False: it is not."""
    opened = await connection.fetchval(*_WAS_OPENED(gateway_id=gateway_id, transaction_id=transaction_id))
    move = _failing(_EXPIRE, EXPIRED_IN_FLOW if opened else TRANSACTION_EXPIRED_USED)
    return await make(connection, move, gateway_id=gateway_id, transaction_id=transaction_id, now=now)


def _failing(update: Update, error: FlowError) -> Move:
    news = News("transaction.failed", _event_data(Status.ERRORED, error))
    return Move(update.given(**_error(error)), news)


def _error(error: FlowError | None) -> dict[str, Any]:
    if error is None:
        return {"error_name": None, "error_code": None}
    return {"error_name": error.name, "error_code": error.code}


def _event_data(status: Status, error: FlowError | None) -> dict[str, Any]:
    return {"status": status.value, "error": None if error is None else {"name": error.name, "code": error.code}}
