"""What a batch of orders makes of an investment in a basket, at its end and when the broker corrects that. Pure, but
for the verbs below, which read and write in the caller's database transaction."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum

import msgspec

from torana.baskets import actions, plans, store
from torana.baskets.actions import Done
from torana.baskets.models import Investment
from torana.baskets.positions import Fill, Left, after, without
from torana.baskets.store.trades import Trade
from torana.connectors.contract import Side
from torana.kit.clock import IST
from torana.kit.database import Connection
from torana.kit.money import Paise
from torana.orders.models import Batch, Order, Part
from torana.orders.states import FINAL, TO_REPAIR, BatchStatus


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


_TAKEN = TO_REPAIR | {BatchStatus.COMPLETED}
"""With such an end the version of the basket for which a batch was made is the investor's."""


class Outcome(msgspec.Struct, frozen=True):
    """An investment as it is then, and batches of it that are told otherwise."""

    investment: Investment
    fixed: tuple[str, ...] = ()
    marked: tuple[str, ...] = ()


def outcome(investment: Investment, before: Batch, batch: Batch, now: datetime) -> Outcome:
    """What the end of a batch makes of the investment, or (it had ended `before`) a correction of its end."""
    ends = before.completed_at is None
    investment = msgspec.structs.replace(
        investment,
        positions=after(investment.positions, _fills(batch, () if ends else before.orders)),
        batch_count=investment.batch_count + ends,
        open_batch_id=_waited_for(investment, batch),
    )
    if ends or batch.status is not before.status:
        return _settled(_repairs(_at_version(investment, batch), batch), now)
    return _settled(Outcome(investment), now)


def _fills(batch: Batch, told: Sequence[Order]) -> Iterator[Fill]:
    """What was filled beyond what was told before; less than nothing where that was too much."""
    known = {order.order_id: (order.filled_quantity, _value(order)) for order in told}
    for order in batch.orders:
        quantity, value = known.get(order.order_id, (0, 0))
        more = order.filled_quantity - quantity, _value(order) - value
        if any(more):
            yield Fill(order.symbol, order.exchange, order.isin, order.side, *more)


def trades(before: Batch, batch: Batch, now: datetime) -> list[Trade]:
    """What was bought and sold with the end of a batch, on the day of its end; of a correction, what it changes."""
    day = (batch.completed_at or now).astimezone(IST).date()
    signs = {Side.BUY: 1, Side.SELL: -1}
    return [
        Trade(day, fill.isin, signs[fill.side] * fill.quantity, signs[fill.side] * fill.value)
        for fill in _fills(batch, () if before.completed_at is None else before.orders)
    ]


def _value(order: Order) -> Paise:
    return order.filled_quantity * order.average_price


def _waited_for(investment: Investment, batch: Batch) -> str | None:
    """After its end a batch is waited for again where an order that was called absent has landed: it may be filled."""
    if any(order.state not in FINAL for order in batch.orders):
        return investment.open_batch_id or batch.batch_id
    return None if investment.open_batch_id == batch.batch_id else investment.open_batch_id


def _at_version(investment: Investment, batch: Batch) -> Investment:
    """A correction comes after a newer version may have been taken."""
    if batch.basket_version is None or batch.status not in _TAKEN:
        return investment
    return msgspec.structs.replace(investment, version=max(investment.version, batch.basket_version))


def _repairs(investment: Investment, batch: Batch) -> Outcome:
    """What is to be repaired after the end of this batch. A FIX takes up everything that was."""
    waiting, done = investment.repairs, investment.repaired
    if batch.status is BatchStatus.COMPLETED:
        return _whole(investment, batch)
    if batch.status in TO_REPAIR and batch.batch_id not in (*waiting, *done):
        if batch.kind == Kind.FIX:
            waiting, done = (batch.batch_id,), (*done, *waiting)
        else:
            waiting = (*waiting, batch.batch_id)
    return Outcome(msgspec.structs.replace(investment, repairs=waiting, repaired=done))


def _whole(investment: Investment, batch: Batch) -> Outcome:
    """The same of one that leaves nothing, at its end or (it waits to be repaired) since it was corrected."""
    others = tuple(one for one in investment.repairs if one != batch.batch_id)
    every = (*investment.repaired, *others)
    none_left = msgspec.structs.replace(investment, repairs=(), repaired=())
    if batch.kind == Kind.EXIT:
        return Outcome(none_left, marked=every)
    repaired = others != investment.repairs
    if (batch.kind == Kind.FIX and not repaired) or (repaired and not others):
        return Outcome(none_left, fixed=every)
    return Outcome(msgspec.structs.replace(investment, repairs=others))


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


def reconciled(investment: Investment, gone: Sequence[Left], now: datetime) -> Outcome:
    """These shares left it without an order. Raises `ValueError` for more than it holds."""
    rest = msgspec.structs.replace(investment, positions=without(investment.positions, gone))
    return _settled(Outcome(rest), now)


def lacking(investment: Investment, batches: Sequence[Batch]) -> list[Part]:
    """What is still to be bought and sold of these batches, sells first; never more is sold than is held. Who has
    ordered an exit wants nothing of what lacked before."""
    wanted: dict[tuple[str, str], Part] = {}
    in_order = sorted(batches, key=lambda batch: batch.created_at)
    exits = [number for number, batch in enumerate(in_order) if batch.kind == Kind.EXIT]
    for part in (one for batch in in_order[exits[-1] if exits else 0 :] for one in _rest_of(batch)):
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


async def at_end(connection: Connection, *, before: Batch, after: Batch, now: datetime) -> None:
    """Write what the end of a batch, or a correction of it, makes of its investment (`orders.run.AtEnd`). After the
    end it may be gone, with its investor or by its age."""
    if after.iscid is None:
        return
    investment = await store.lock_investment(connection, after.gateway_id, after.iscid)
    if investment is not None:
        await write(connection, outcome(investment, before, after, now), now, of=after)
        traded = trades(before, after, now)
        await store.add_trades(connection, after.gateway_id, after.iscid, traded)
    elif before.completed_at is None:
        raise LookupError(f"the investment {after.iscid} of batch {after.batch_id} is gone")


async def write(
    connection: Connection, found: Outcome, now: datetime, of: Batch | None = None, *, reconciled: bool = False
) -> None:
    """Save an investment that the caller has locked, with what it asks of its investor from now on; `of` is the batch
    whose end or correction it is. An order that was made from it before is made anew, whatever has changed: its batches
    may have."""
    await store.save_investment(connection, found.investment, now)
    if any(not position.shares for position in found.investment.positions):
        await store.drop_unclaimed(connection, found.investment.gateway_id, found.investment.investor_id)
    for batch_ids, status in ((found.fixed, BatchStatus.FIXED), (found.marked, BatchStatus.MARKEDCOMPLETE)):
        if batch_ids:
            await store.mark_batches(connection, found.investment.gateway_id, batch_ids, status)
    await actions.settle(connection, found.investment, now, Done(bool(found.marked), _instalment(of), reconciled))
    if found.investment.exited_at is not None:
        await plans.end_exited(connection, found.investment, now)


def _instalment(batch: Batch | None) -> datetime | None:
    """When an instalment was confirmed that is placed with this batch; what of it was not filled is repaired."""
    placed = batch is not None and batch.kind == Kind.SIP and batch.status in _TAKEN
    return batch.created_at if batch is not None and placed else None
