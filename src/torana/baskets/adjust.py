"""An investor, or their partner, says that missing shares have left an investment, or that they had not: what it holds,
costs and brought follows. Every adjustment is kept; one that is taken back gets another beside it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from enum import StrEnum

import msgspec

from torana.baskets import missing, store
from torana.baskets.investments import reconciled, write
from torana.baskets.models import AcceptedBy, Adjustment, Investment, Missing
from torana.baskets.positions import Left, Position, became_again, cost_of, returned
from torana.baskets.store.trades import Trade
from torana.kit.clock import IST
from torana.kit.database import Connection
from torana.kit.errors import ApiError, NotFound
from torana.kit.ids import new_hex24


class Fault(StrEnum):
    """Why shares cannot leave an investment so, by the name that callers get."""

    NOT_MISSING = "SharesNotMissing"
    """So many of this security are not missing, or the investment does not hold them."""
    DATE = "LeftDateInvalid"
    """After today, before the investment began, or a day on which it did not hold as many."""
    PENDING = "OrderPending"
    """An order on the investment is open: what it holds is not known before its end."""
    TAKEN_BACK = "AdjustmentTakenBack"
    """It was taken back before, or takes one back itself."""
    SOLD = "SharesNotHeld"
    """The shares that others became are not all held any more: they cannot be the old ones again."""


class Unreconcilable(ApiError):
    """It cannot be done so; nothing was changed."""

    def __init__(self, fault: Fault, text: str) -> None:
        super().__init__(text, errors=(fault.value,), anchor="reconciliation")
        self.fault = fault


class Asked(msgspec.Struct, frozen=True):
    """What is said to have left, each security once; `day` is that in India, None: it is not known. `back` are the ids
    of adjustments that are taken back first."""

    gone: tuple[Left, ...]
    day: date | None
    by: AcceptedBy
    back: tuple[str, ...] = ()


async def reconcile(
    connection: Connection, gateway_id: str, investor_id: str, iscid: str, asked: Asked, now: datetime
) -> list[Adjustment]:
    """Write it, with what the investor's investments ask for from then on. Raises `NotFound` and `Unreconcilable`."""
    every = await store.lock_investments(connection, gateway_id, investor_id, iscid)
    investment = next((one for one in every if one.iscid == iscid), None)
    if investment is None:
        raise NotFound("this investor has no investment with this iscid", errors=("IscidNotFound",))
    if investment.open_batch_id is not None:
        raise Unreconcilable(Fault.PENDING, "an order on the investment is open: wait until it has ended")
    undone = _wanted_back(await store.adjustments_of(connection, gateway_id, iscid), asked.back)
    investment, back = taken_back(investment, undone, asked.by, now)
    known = missing_again(await store.missing_of(connection, gateway_id, investor_id), undone)
    await keep_adjustments(connection, gateway_id, iscid, back)
    trades = await store.trades_within(connection, gateway_id, iscid)
    gone = adjusted(investment, asked, known, trades, now)
    await keep_adjustments(connection, gateway_id, iscid, gone)
    await store.save_missing(connection, gateway_id, investor_id, _rest(known, asked.gone))
    await write(connection, reconciled(investment, asked.gone, now), now, reconciled=True)
    others = [one for one in every if one.iscid != iscid]
    await missing.ask(connection, others, {one.isin for one in (*back, *gone)}, now)
    return [*back, *gone]


async def keep_adjustments(
    connection: Connection, gateway_id: str, iscid: str, adjustments: Sequence[Adjustment]
) -> None:
    """Write what left an investment, or came back to it, which the caller has locked and saves."""
    await store.add_adjustments(connection, gateway_id, adjustments)
    await store.add_trades(connection, gateway_id, iscid, [trade_of(one) for one in adjustments])


def _wanted_back(kept: Sequence[Adjustment], ids: Sequence[str]) -> list[Adjustment]:
    """What came last comes first: it may have followed from the others. Raises `NotFound`, and `Unreconcilable` for
    what is taken back already."""
    by_id = {one.adjustment_id: one for one in kept}
    over = {one.takes_back for one in kept}
    for one in ids:
        if one not in by_id:
            raise NotFound("the investment has no adjustment of this id", errors=("AdjustmentNotFound",))
        if one in over or by_id[one].takes_back is not None:
            raise Unreconcilable(Fault.TAKEN_BACK, f"the adjustment {one} was taken back, or takes one back")
    both = {of for one in ids for of in (one, by_id[one].pair)}
    return [one for one in reversed(kept) if one.adjustment_id in both]


def taken_back(
    investment: Investment, undone: Sequence[Adjustment], by: AcceptedBy, now: datetime
) -> tuple[Investment, list[Adjustment]]:
    """The investment as though these shares had not left it, and what is written: on the same days, as they came back
    at the same price. Raises `Unreconcilable`."""
    positions, costs = investment.positions, dict[str, int]()
    came = {one.pair: one for one in undone if one.pair is not None and one.shares < 0}
    try:
        for one in undone:
            if (others := came.get(one.adjustment_id)) is not None:
                old = Position(one.symbol, one.exchange, one.isin, one.shares, one.cost)
                positions, cost = became_again(positions, old, others.isin, -others.shares)
                costs |= {one.adjustment_id: cost, others.adjustment_id: -cost}
            elif one.pair is None:
                positions, cost = returned(positions, Left(one.isin, one.shares, one.price), one.cost)
                costs[one.adjustment_id] = cost
    except ValueError as error:
        raise Unreconcilable(Fault.SOLD, str(error)) from None
    new = {one.adjustment_id: new_hex24() for one in undone}
    written = [
        msgspec.structs.replace(
            one, adjustment_id=new[one.adjustment_id], shares=-one.shares, cost=-costs[one.adjustment_id],
            accepted_by=by, created_at=now, takes_back=one.adjustment_id, pair=one.pair and new[one.pair],
        )
        for one in undone
    ]  # fmt: skip
    return msgspec.structs.replace(investment, positions=positions), written


def missing_again(known: Mapping[str, Missing], undone: Sequence[Adjustment]) -> dict[str, Missing]:
    """What is missing once these shares are claimed again: the broker had not shown them when they left."""
    found = dict(known)
    for one in (each for each in undone if each.pair is None):
        since, before = datetime.combine(one.day, time(), IST), found.get(one.isin)
        found[one.isin] = (
            Missing(one.isin, one.shares, since, one.created_at)
            if before is None
            else Missing(one.isin, before.shares + one.shares, min(before.since, since), before.read_at)
        )
    return found


def adjusted(
    investment: Investment, asked: Asked, known: Mapping[str, Missing], trades: Sequence[Trade], now: datetime
) -> list[Adjustment]:
    """What is written, one of each security. Raises `Unreconcilable`."""
    held = {one.isin: one for one in investment.held}
    return [_adjustment(investment, held.get(one.isin), one, known.get(one.isin), trades, asked, now)
            for one in asked.gone]  # fmt: skip


def _adjustment(
    investment: Investment,
    position: Position | None,
    gone: Left,
    lost: Missing | None,
    trades: Sequence[Trade],
    asked: Asked,
    now: datetime,
) -> Adjustment:
    most = 0 if position is None or lost is None else min(position.shares, lost.shares)
    if position is None or lost is None or not 0 < gone.shares <= most:
        name = gone.isin if position is None else position.symbol
        raise Unreconcilable(Fault.NOT_MISSING, f"of {name} {most} shares are missing, not {gone.shares}")
    began, today = (at.astimezone(IST).date() for at in (investment.created_at, now))
    missed = [at.astimezone(IST).date() for at in (lost.since, lost.read_at, now)]
    days = [
        day
        for day in ([asked.day] if asked.day else missed)
        if began <= day and (not investment.trades_whole or gone.shares <= _held_since(trades, gone.isin, day))
    ]
    if not days or days[0] > today:
        text = f"the investment did not hold {gone.shares} shares of {position.symbol} from {asked.day or today} on"
        raise Unreconcilable(Fault.DATE, text)
    return Adjustment(
        gateway_id=investment.gateway_id, adjustment_id=new_hex24(), iscid=investment.iscid, day=days[0],
        symbol=position.symbol, exchange=position.exchange, isin=position.isin, shares=gone.shares, price=gone.price,
        cost=cost_of(position, gone.shares), accepted_by=asked.by, created_at=now,
    )  # fmt: skip


def _held_since(trades: Sequence[Trade], isin: str, day: date) -> int:
    """The fewest shares that were held from that day on, at the end of a day."""
    held, fewest = 0, None
    for trade in (one for one in trades if one.isin == isin):
        if trade.day > day:
            fewest = held if fewest is None else min(fewest, held)
        held += trade.shares
    return held if fewest is None else min(fewest, held)


def _rest(known: Mapping[str, Missing], gone: Sequence[Left]) -> list[Missing]:
    """What is missing still."""
    left = {one.isin: one.shares for one in gone}
    rest = [msgspec.structs.replace(one, shares=one.shares - left.get(one.isin, 0)) for one in known.values()]
    return [one for one in rest if one.shares > 0]


def trade_of(adjustment: Adjustment) -> Trade:
    """At a price that is not known the money that went for the shares is taken out with them."""
    price = adjustment.price
    brought = adjustment.cost if price is None else adjustment.shares * price
    return Trade(adjustment.day, adjustment.isin, -adjustment.shares, -brought)
