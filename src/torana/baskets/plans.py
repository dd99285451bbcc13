"""Instalment plans. An instalment that comes due is asked of its investor as a pending action; under their consent it
is tried to be placed by itself on its day, too (`flows/instalments`). One that is still open when the next comes due is
told as missed. None is skipped, none comes twice.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

import msgspec

from torana.baskets import actions, store
from torana.baskets.actions import Change, new_action
from torana.baskets.models import ActionEnd, ActionKind, Frequency, Investment, Plan, PlanEnd
from torana.baskets.parts import as_held
from torana.baskets.plan_schemas import PLAN_UPDATED, ended_alone
from torana.baskets.schedule import due_at, due_days, next_day
from torana.baskets.store.actions import Standing
from torana.events.log import record
from torana.kit.clock import IST, Clock
from torana.kit.database import Connection, Database
from torana.kit.due import Claim, LostLease
from torana.kit.money import Paise
from torana.market import store as market


class PlanFault(StrEnum):
    """Why a plan cannot be made so, by the name that callers get."""

    ACTION_UNKNOWN = "SipActionUnknown"
    TYPE_UNKNOWN = "SipTypeUnknown"
    AUTO = "SipAutoNotAllowed"
    """Nobody but the investor places an instalment here (decision 0106)."""
    FREQUENCY_UNKNOWN = "FrequencyUnknown"
    AMOUNT = "AmountInvalid"
    MINIMUM = "AmountBelowMinimum"
    DATE = "ScheduledDateInvalid"
    """There is no such day."""
    PAST = "ScheduledDatePast"
    FAR = "ScheduledDateTooFar"
    WITHDRAWN = "BasketWithdrawn"
    NOTHING_HELD = "NothingHeld"
    RUNS = "SipActive"
    NONE_RUNS = "SipNotFound"


FURTHEST = timedelta(days=366)
"""So far ahead a first instalment may be."""


class Terms(msgspec.Struct, frozen=True):
    """What an investor wants of a plan: so much each time, so often, the first time as planned for this day."""

    amount: Paise
    frequency: Frequency
    day: date
    auto: bool = False
    """Instalments are placed by themselves where they can be."""


LIMIT_PERCENT = 1
"""So much above the last price no share is bought that nobody confirms."""


class Agreed(msgspec.Struct, frozen=True):
    """To what instalments are placed by themselves: the entry in the ledger of consents, and the version of the
    basket."""

    consent_id: str
    basket_version: int


def earliest(before: Plan | None, now: datetime) -> date:
    """The first day for which an instalment can be planned: today in India, or after the last one that came due."""
    today = now.astimezone(IST).date()
    last = None if before is None else before.last_day
    return today if last is None else max(today, last + timedelta(days=1))


def against(
    before: Plan | None, amount: Paise | None, day: date | None, least: Paise | None, now: datetime
) -> list[PlanFault]:
    """What stands against an amount and a day, as far as they are given. `least` is the smallest amount."""
    first = earliest(before, now)
    faults = {
        PlanFault.MINIMUM: amount is not None and least is not None and amount < least,
        PlanFault.PAST: day is not None and day < first,
        PlanFault.FAR: day is not None and day > first + FURTHEST,
    }
    return [fault for fault, found in faults.items() if found]


def runs(plan: Plan | None) -> bool:
    return plan is not None and plan.ended_at is None


async def minimum(database: Database, mode: str, investment: Investment) -> Paise | None:
    """The smallest instalment that buys a share of each that is held, at the last closing prices; None while one of
    them is not known."""
    held = investment.held
    closes = await market.latest_closes(database, mode, [one.isin for one in held])
    if not held or any(one.isin not in closes for one in held):
        return None
    return as_held(held, {isin: close.close for isin, close in closes.items()}).minimum


def agreed(
    investment: Investment, before: Plan | None, terms: Terms, now: datetime, auto: Agreed | None = None
) -> Plan:
    """The plan of an investment with these terms from now on; without `auto` its investor confirms each instalment."""
    return Plan(
        gateway_id=investment.gateway_id,
        iscid=investment.iscid,
        investor_id=investment.investor_id,
        frequency=terms.frequency,
        amount=terms.amount,
        first_day=terms.day,
        last_day=None if before is None else before.last_day,
        consent_id="" if auto is None else auto.consent_id,
        basket_version=None if auto is None else auto.basket_version,
        limit_percent=None if auto is None else LIMIT_PERCENT,
        revision=1 if before is None else before.revision + 1,
        created_at=before.created_at if before is not None and runs(before) else now,
        updated_at=now,
    )


def over(plan: Plan, why: PlanEnd, now: datetime) -> Plan:
    return msgspec.structs.replace(
        plan, ended_at=now, ended_by=why, updated_at=now, revision=plan.revision + 1, consent_id=""
    )


async def save(connection: Connection, investment: Investment, plan: Plan, now: datetime) -> None:
    """Write a plan; the caller has locked its investment, and then what there was of it. With its end an instalment
    that is due is over, too."""
    await store.save_plan(connection, plan, due_at(next_day(plan)) if plan.ended_at is None else None)
    if plan.ended_at is None:
        return
    standing = await store.standing(connection, investment)
    due = standing.open.get(ActionKind.SIP)
    if due is not None:
        await actions.write(connection, investment, standing, Change(((due, ActionEnd.PLAN_ENDED),)), now)


async def end(connection: Connection, investment: Investment, plan: Plan, why: PlanEnd, now: datetime) -> None:
    """End a plan without its investor, and tell partners of it; both are locked."""
    await save(connection, investment, over(plan, why, now), now)
    standing = await store.standing(connection, investment)
    await record(
        connection,
        gateway_id=plan.gateway_id,
        transaction_id=None,
        type=PLAN_UPDATED.name,
        data=ended_alone(investment, standing.broker, why),
        now=now,
        notify_partner=True,
    )


async def end_exited(connection: Connection, investment: Investment, now: datetime) -> None:
    """There are no instalments on an investment of which nothing is held any more."""
    plan = await store.lock_plan(connection, investment.gateway_id, investment.iscid)
    if plan is not None and plan.ended_at is None:
        await end(connection, investment, plan, PlanEnd.EXITED, now)


async def come_due(database: Database, clock: Clock, claim: Claim) -> None:
    """The due handler of a plan. A calendar that has changed since moves the instalment once more."""
    gateway_id, iscid = claim.key
    async with database.transaction() as connection:
        now = clock.now()
        investment = await store.lock_investment(connection, gateway_id, iscid)
        plan = await store.lock_plan(connection, gateway_id, iscid, claim.token)
        if investment is None or plan is None or plan.ended_at is not None:
            raise LostLease(f"instalment_plans {claim.key}")
        standing = await store.standing(connection, investment)
        days = due_days(plan, now)
        if days and not standing.for_sale:
            await end(connection, investment, plan, PlanEnd.WITHDRAWN, now)
            return
        if days:
            made = instalments(investment, plan, standing, days, now)
            await actions.write(connection, investment, standing, made, now)
            plan = msgspec.structs.replace(plan, number=plan.number + len(days), last_day=days[-1])
        await store.save_plan(connection, plan, due_at(next_day(plan)))


def instalments(investment: Investment, plan: Plan, standing: Standing, days: Sequence[date], now: datetime) -> Change:
    """Those planned for these days have come due: the last is asked for, and all before it are missed."""
    before = standing.open.get(ActionKind.SIP)
    made = [
        new_action(
            investment,
            ActionKind.SIP,
            now,
            amount=plan.amount,
            frequency=plan.frequency,
            day=day,
            consent_id=plan.consent_id,
        )
        for day in days
    ]
    missed = [msgspec.structs.replace(one, ended_at=now, ended_by=ActionEnd.MISSED) for one in made[:-1]]
    return Change(() if before is None else ((before, ActionEnd.MISSED),), (*missed, made[-1]))
