"""How a transaction ends in the portal: with a result, with an error, or because the investor leaves."""

from datetime import datetime

from torana.flows.contract import Done
from torana.flows.registry import FLOWS
from torana.flows.visits import Stage
from torana.kit.database import Connection
from torana.transactions import life_cycle
from torana.transactions.models import Transaction
from torana.transactions.outcomes import FlowError


async def complete(connection: Connection, transaction: Transaction, done: Done, now: datetime) -> None:
    """Write a result, with the event that tells partners of it, unless the transaction has ended before."""
    await life_cycle.complete(
        connection,
        gateway_id=transaction.gateway_id,
        transaction_id=transaction.transaction_id,
        result=done.result,
        news=FLOWS.of(transaction).completion_news(transaction, done.result),
        now=now,
    )


async def fail(connection: Connection, transaction: Transaction, error: FlowError, now: datetime) -> None:
    """It ends with this error. Nothing changes once it is confirmed or over."""
    await life_cycle.fail(
        connection,
        gateway_id=transaction.gateway_id,
        transaction_id=transaction.transaction_id,
        error=error,
        now=now,
    )


async def leave(
    connection: Connection, transaction: Transaction, stage: Stage, error: FlowError, now: datetime
) -> None:
    """The investor leaves: it ends with this error, unless leaving is how it is done."""
    begun = stage is Stage.REVIEWING or FLOWS.of(transaction).opens_before_login
    done = FLOWS.of(transaction).left() if begun and transaction.used_at is not None else None
    if done is not None:
        await complete(connection, transaction, done, now)
    else:
        await fail(connection, transaction, error, now)
