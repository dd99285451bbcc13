"""Write down what the investor confirmed, before anything is sent."""

from collections.abc import Sequence
from datetime import date, datetime

import asyncpg
import msgspec

from torana.connectors.contract import ExecutionMode, Variety
from torana.investors.models import LiveSession
from torana.kit.database import Database
from torana.kit.faultpoints import reach
from torana.kit.ids import new_hex24, new_id, new_tag
from torana.orders import store
from torana.orders.models import Batch, ConfirmedLine, ForBasket, confirmed_hash
from torana.orders.states import BatchStatus
from torana.orders.store import Begin
from torana.partners.models import Gateway
from torana.transactions import life_cycle
from torana.transactions.models import Transaction


async def plan(
    database: Database,
    *,
    gateway: Gateway,
    transaction: Transaction,
    session: LiveSession,
    execution_mode: ExecutionMode,
    lines: Sequence[ConfirmedLine],
    variety: Variety,
    book_day: date,
    now: datetime,
    basket: ForBasket | None = None,
    begin: Begin | None = None,
    consent_id: str | None = None,
) -> str | None:
    """Confirm the transaction and write its batch, orders and first attempts, all or nothing; they are due. `book_day`
    is the day of the broker's book in which they live (`market.calendar.book_day`). Orders for a `basket` that sell and
    buy send no buy before every sell is filled. `begin` is done first, in the same database transaction. `consent_id`:
    nobody confirmed it but by that consent.

    Returns the batch id, or None when the transaction could not be confirmed any more: it was confirmed before,
    cancelled, or it expired, or `begin` says that nothing is to be ordered.
    """
    batch = Batch(
        gateway_id=gateway.gateway_id,
        batch_id=new_hex24(),
        transaction_id=transaction.transaction_id,
        investor_id=session.investor_id,
        session_id=session.session_id,
        broker=session.broker,
        execution_mode=execution_mode,
        variety=variety,
        status=BatchStatus.PLACED,
        confirmed_hash=confirmed_hash(lines, variety),
        stopped_reason=None,
        created_at=now,
        returned_at=None,
        placed_at=None,
        completed_at=None,
        hints=0,
        book_day=book_day,
        watched=0.0,
        returned_watched=None,
        intent=transaction.intent,
        notes=transaction.notes,
        settled_at=None,
    )
    if basket is not None:
        batch = msgspec.structs.replace(
            batch,
            scid=basket.scid,
            iscid=basket.iscid,
            basket_version=basket.version,
            later=basket.later,
            buys_wait=len({line.side for line in lines}) > 1,
        )
    while True:
        try:
            return await _write(database, batch, lines, begin, consent_id)
        except asyncpg.UniqueViolationError as error:
            if error.constraint_name != "attempts_tag_key":
                raise


async def _write(
    database: Database, batch: Batch, lines: Sequence[ConfirmedLine], begin: Begin | None, consent_id: str | None
) -> str | None:
    rows = [(new_id("ord"), new_id("att"), new_tag()) for _ in lines]
    told: dict[str, object] = {"batch_id": batch.batch_id, "variety": batch.variety, "orders": len(lines)}
    move = life_cycle.confirming(told if consent_id is None else told | {"consent_id": consent_id})
    await reach("orders.plan.before_commit")
    planned = await store.insert_batch(database, batch, lines, rows, move, begin)
    return batch.batch_id if planned else None
