"""What is asked of an investor: to repair, to rebalance, to place an instalment, to reconcile. It begins and ends with
what the investment and its basket are, in the database transaction that changes either, and partners are told of both.
"""

from datetime import date, datetime

import msgspec

from torana.baskets import store
from torana.baskets.action_schemas import ACTION_ENDED, ACTION_RAISED, ACTION_UPDATED, action_event
from torana.baskets.models import ActionEnd, ActionKind, Frequency, Investment, PendingAction, WhyNot
from torana.baskets.store.actions import Standing
from torana.events.log import News, change_and_record
from torana.kit.clock import Clock
from torana.kit.database import Connection, Database
from torana.kit.due import Claim, release
from torana.kit.ids import new_hex24
from torana.kit.money import Paise

AT_ONCE = 50
"""Investments whose actions are settled in one database transaction."""


class Done(msgspec.Struct, frozen=True):
    """What was just done about an investment. `left_out`: its investor wants nothing more of what was not filled;
    `instalment`: when the order was confirmed that places one; `reconciled`: shares that were missing left it."""

    left_out: bool = False
    instalment: datetime | None = None
    reconciled: bool = False


_NOTHING = Done()


class Change(msgspec.Struct, frozen=True):
    """Of the actions of one investment: those that are over, and those that begin; one of these may be over, too."""

    ended: tuple[tuple[PendingAction, ActionEnd], ...] = ()
    raised: tuple[PendingAction, ...] = ()


def change(investment: Investment, standing: Standing, done: Done, now: datetime) -> Change:
    """What an investment as it is now ends and begins. Instalments are raised by their plan (`plans.come_due`); how
    else they end stands here."""
    wanted = _wanted(investment, standing, now)
    due = standing.open.get(ActionKind.SIP)
    if due is not None and _can_buy(investment, standing) and not _is_placed(due, done):
        wanted[ActionKind.SIP] = due
    ended, raised = [], []
    for kind in ActionKind:
        known, want = standing.open.get(kind), wanted.get(kind)
        replaced = known is not None and want is not None and want.version != known.version
        if known is not None and (want is None or replaced):
            ended.append((known, ActionEnd.REPLACED if replaced else _why_over(kind, investment, standing, done)))
        if want is not None and (known is None or replaced):
            raised.append(want)
    return Change(tuple(ended), tuple(raised))


def _wanted(investment: Investment, standing: Standing, now: datetime) -> dict[ActionKind, PendingAction]:
    found = {}
    if investment.repairs:
        first = (*investment.repaired, *investment.repairs)[0]
        found[ActionKind.REPAIR] = new_action(investment, ActionKind.REPAIR, now, batch_id=first)
    if _can_buy(investment, standing) and investment.held and standing.version > investment.version:
        found[ActionKind.REBALANCE] = new_action(investment, ActionKind.REBALANCE, now, version=standing.version)
    if any(one.isin in standing.missing for one in investment.held):
        found[ActionKind.RECONCILE] = new_action(investment, ActionKind.RECONCILE, now)
    return found


def _can_buy(investment: Investment, standing: Standing) -> bool:
    return standing.for_sale and investment.exited_at is None


def _is_placed(due: PendingAction, done: Done) -> bool:
    """A late correction of an earlier instalment places no later one."""
    return done.instalment is not None and done.instalment >= due.created_at


def _why_over(kind: ActionKind, investment: Investment, standing: Standing, done: Done) -> ActionEnd:
    if kind is ActionKind.RECONCILE and done.reconciled:
        return ActionEnd.DONE
    if investment.exited_at is not None:
        return ActionEnd.EXITED
    if kind is ActionKind.REPAIR:
        return ActionEnd.LEFT_OUT if done.left_out else ActionEnd.DONE
    if kind is ActionKind.RECONCILE:
        return ActionEnd.FOUND
    return ActionEnd.DONE if standing.for_sale else ActionEnd.WITHDRAWN


def new_action(
    investment: Investment,
    kind: ActionKind,
    now: datetime,
    *,
    version: int | None = None,
    batch_id: str | None = None,
    amount: Paise | None = None,
    frequency: Frequency | None = None,
    day: date | None = None,
    consent_id: str = "",
) -> PendingAction:
    """Of this investment, from now on; what its kind has none of is left out."""
    return PendingAction(
        gateway_id=investment.gateway_id,
        action_id=new_hex24(),
        investor_id=investment.investor_id,
        iscid=investment.iscid,
        scid=investment.scid,
        kind=kind,
        version=version,
        batch_id=batch_id,
        amount=amount,
        frequency=frequency,
        day=day,
        consent_id=consent_id,
        created_at=now,
    )


async def settle(connection: Connection, investment: Investment, now: datetime, done: Done = _NOTHING) -> None:
    """Bring the actions of an investment, which the caller has locked and saved, to what it is now."""
    standing = await store.standing(connection, investment)
    await write(connection, investment, standing, change(investment, standing, done, now), now)


async def write(
    connection: Connection, investment: Investment, standing: Standing, made: Change, now: datetime
) -> None:
    """Write what changes, and tell partners of it."""
    news = []
    for action, why in made.ended:
        await store.end_action(connection, action, why, now)
        over = msgspec.structs.replace(action, ended_at=now, ended_by=why)
        news.append(News(ACTION_ENDED.name, action_event(over, standing), notify_partner=True))
    for action in made.raised:
        await store.insert_action(connection, action)
        event = ACTION_RAISED if action.ended_at is None else ACTION_ENDED
        news.append(News(event.name, action_event(action, standing), notify_partner=True))
    if news:
        await change_and_record(connection, None, news, gateway_id=investment.gateway_id, transaction_id=None, now=now)


async def say_why_not(
    connection: Connection, action: PendingAction, standing: Standing, why: WhyNot, now: datetime
) -> None:
    """An instalment, which the caller has locked, was not placed by itself; partners are told each other reason."""
    if action.why_not is why:
        return
    noted = msgspec.structs.replace(action, why_not=why)
    await store.note_action(connection, noted)
    news = [News(ACTION_UPDATED.name, action_event(noted, standing), notify_partner=True)]
    await change_and_record(connection, None, news, gateway_id=action.gateway_id, transaction_id=None, now=now)


async def take_up(database: Database, seen: PendingAction, now: datetime) -> None:
    """The investor is in front of this instalment: from now on it is theirs, and is not placed by itself, whether they
    order it or leave."""
    async with database.transaction() as connection:
        investment = await store.lock_investment(connection, seen.gateway_id, seen.iscid)
        action = await store.take_up_action(connection, seen.gateway_id, seen.action_id)
        if investment is not None and action is not None:
            standing = await store.standing(connection, investment)
            await say_why_not(connection, action, standing, WhyNot.TAKEN_UP, now)


async def ask_holders(database: Database, clock: Clock, claim: Claim) -> None:
    """The due handler of a basket that has a new version, or was withdrawn, or is sold again."""
    gateway_id, scid = claim.key
    after = ""
    while True:
        claim.check()
        async with database.transaction() as connection:
            holders = await store.lock_holders(connection, gateway_id, scid, after, AT_ONCE)
            for investment in holders:
                await settle(connection, investment, clock.now())
        if len(holders) < AT_ONCE:
            return await release(database, claim, None)
        after = holders[-1].iscid
