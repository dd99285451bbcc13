"""What a batch of orders makes of an investment in a basket, at its end and when the broker corrects that. Pure, but
for the verbs below, which read and write in the caller's database transaction."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from torana.baskets import store
from torana.baskets.models import Investment
from torana.baskets.positions import Fill, after
from torana.connectors.contract import Side
from torana.kit.database import Connection
from torana.orders.models import Batch, Order, Part
from torana.orders.states import TO_REPAIR, BatchStatus


class Kind(StrEnum):
    """What an order on a basket does: the interface's `orderConfig.type`."""

    BUY = "BUY"
    INVESTMORE = "INVESTMORE"
    SIP = "SIP"
    MANAGE = "MANAGE"
    PARTIALEXIT = "PARTIALEXIT"
    EXIT = "EXIT"
    REBALANCE = "REBALANCE"
    FIX = "FIX"


_TAKES_VERSION = frozenset({Kind.BUY, Kind.REBALANCE})


class Outcome(msgspec.Struct, frozen=True):
    """An investment as it is then, and batches of it that are told otherwise."""

    investment: Investment
    fixed: tuple[str, ...] = ()
    marked: tuple[str, ...] = ()


def outcome(investment: Investment, before: Batch, batch: Batch, now: datetime) -> Outcome:
    """What the end of a batch makes of the investment, or (it had ended `before`) a correction of its end."""
    if before.completed_at is not None:
        return _corrected(investment, before, batch, now)
    fills = (_fill(order, order.filled_quantity, _value(order)) for order in batch.orders if order.filled_quantity)
    investment = msgspec.structs.replace(
        investment,
        positions=after(investment.positions, fills),
        batch_count=investment.batch_count + 1,
        open_batch_id=None if investment.open_batch_id == batch.batch_id else investment.open_batch_id,
    )
    taken = batch.status in TO_REPAIR or batch.status is BatchStatus.COMPLETED
    if taken and batch.kind in _TAKES_VERSION and batch.basket_version is not None:
        investment = msgspec.structs.replace(investment, version=batch.basket_version)
    return _settled(_repairs(investment, batch), now)


def _repairs(investment: Investment, batch: Batch) -> Outcome:
    """What is to be repaired after the end of this batch. A FIX takes up everything that was."""
    waiting, done = investment.repairs, investment.repaired
    if batch.status in TO_REPAIR:
        if batch.kind == Kind.FIX:
            waiting, done = (batch.batch_id,), (*done, *waiting)
        else:
            waiting = (*waiting, batch.batch_id)
    elif batch.status is BatchStatus.COMPLETED and batch.kind == Kind.FIX:
        return Outcome(msgspec.structs.replace(investment, repairs=(), repaired=()), fixed=(*done, *waiting))
    elif batch.status is BatchStatus.COMPLETED and batch.kind == Kind.EXIT:
        return Outcome(msgspec.structs.replace(investment, repairs=(), repaired=()), marked=(*done, *waiting))
    return Outcome(msgspec.structs.replace(investment, repairs=waiting, repaired=done))


def _corrected(investment: Investment, before: Batch, batch: Batch, now: datetime) -> Outcome:
    known = {order.order_id: order for order in before.orders}
    fills = [
        _fill(order, quantity, value)
        for order in batch.orders
        for was in (known[order.order_id],)
        for quantity, value in ((order.filled_quantity - was.filled_quantity, _value(order) - _value(was)),)
        if quantity or value
    ]
    found = Outcome(msgspec.structs.replace(investment, positions=after(investment.positions, fills)))
    if batch.status is BatchStatus.COMPLETED and batch.batch_id in investment.repairs:
        waiting = tuple(one for one in investment.repairs if one != batch.batch_id)
        done = investment.repaired if waiting else ()
        rest = msgspec.structs.replace(found.investment, repairs=waiting, repaired=done)
        found = Outcome(rest, fixed=() if waiting else investment.repaired)
    return _settled(found, now)


def _settled(found: Outcome, now: datetime) -> Outcome:
    """With the moment at which nothing is held any more."""
    investment = found.investment
    held = any(position.shares for position in investment.positions)
    over = bool(investment.positions) and not held and not investment.repairs
    exited = (investment.exited_at or now) if over else None
    return msgspec.structs.replace(found, investment=msgspec.structs.replace(investment, exited_at=exited))


def archived(investment: Investment, now: datetime) -> Outcome:
    """The investor wants nothing more of what is to be repaired."""
    marked = (*investment.repaired, *investment.repairs)
    rest = msgspec.structs.replace(investment, repairs=(), repaired=(), archived_at=now)
    return _settled(Outcome(rest, marked=marked), now)


def lacking(investment: Investment, batches: Sequence[Batch]) -> list[Part]:
    """What is still to be bought and sold of these batches, sells first; never more is sold than is held."""
    wanted: dict[tuple[str, str], Part] = {}
    for part in (one for batch in batches for one in _rest_of(batch)):
        so_far = wanted.get((part.isin, part.side))
        more = part.quantity + (0 if so_far is None else so_far.quantity)
        wanted[part.isin, part.side] = msgspec.structs.replace(part, quantity=more)
    held = {position.isin: position.shares for position in investment.positions}
    sells = [
        msgspec.structs.replace(part, quantity=min(part.quantity, held.get(part.isin, 0)))
        for part in wanted.values()
        if part.side is Side.SELL
    ]
    buys = [part for part in wanted.values() if part.side is Side.BUY]
    return [part for part in (*sells, *buys) if part.quantity > 0]


def _rest_of(batch: Batch) -> list[Part]:
    unfilled = [
        Part(order.symbol, order.exchange, order.isin, order.side, order.quantity - order.filled_quantity)
        for order in batch.orders
    ]
    return [*(part for part in unfilled if part.quantity > 0), *batch.later]


def _fill(order: Order, quantity: int, value: int) -> Fill:
    return Fill(order.symbol, order.exchange, order.isin, order.side, quantity, value)


def _value(order: Order) -> int:
    return order.filled_quantity * order.average_price


async def at_end(connection: Connection, *, before: Batch, after: Batch, now: datetime) -> None:
    """Write what the end of a batch, or a correction of it, makes of its investment (`orders.run.AtEnd`)."""
    if after.iscid is None:
        return
    investment = await store.lock_investment(connection, after.gateway_id, after.iscid)
    if investment is None:
        raise LookupError(f"the investment {after.iscid} of batch {after.batch_id} is gone")
    await write(connection, investment, outcome(investment, before, after, now), now)


async def write(connection: Connection, before: Investment, found: Outcome, now: datetime) -> None:
    """Save what has changed of an investment that the caller has locked."""
    if found.investment != before:
        await store.save_investment(connection, found.investment, now)
    for batch_ids, status in ((found.fixed, BatchStatus.FIXED), (found.marked, BatchStatus.MARKEDCOMPLETE)):
        if batch_ids:
            await store.mark_batches(connection, before.gateway_id, batch_ids, status)
