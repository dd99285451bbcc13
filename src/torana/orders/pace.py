"""Keeps each broker account within what its broker allows (I11), whichever workers ask for it.

The sends of the last second stand in one row an account, in a table that is not logged: what it knows is worthless a
second later, so a database that restarted may have forgotten it, and no disk is waited for. A row from the future was
written before somebody set the database's time back, and counts no more.

Of one process one asks for an account at a time, and where no place is free the others hear so from that answer:
hundreds of orders that wait for one account take neither its row nor our connections from everybody else.

When a send reached the broker we do not know, only that it was between its start and its answer. So it counts for the
broker's second and a margin from its start, or for the bare second from its answer, whichever ends first.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar
from weakref import WeakKeyDictionary

import msgspec

from torana.connectors.contract import Broker, Calls, RateLimited
from torana.kit.database import Database
from torana.kit.sql import Statement
from torana.partners.models import Mode

T = TypeVar("T")

MARGIN = 1.1
"""Seconds in which we send what a broker allows in one, while answers are missing: requests differ in how long they
take to get there."""
GOOD_FOR = 0.05
"""Seconds for which a slot is good: whoever was held up takes another, or their orders would arrive together with those
that follow."""

_TAKE = Statement("""
    insert into paces as p (mode, broker, broker_user_id, calls, granted, sent, written_at)
    select :mode, :broker, :broker_user_id, :calls, fit, array_fill(moment, array[fit]), moment
    from (select least(:per_second::int, :wanted::int) as fit, clock_timestamp() as moment) f
    on conflict (mode, broker, broker_user_id, calls) do update set (granted, sent, written_at) = (
        select fit, recent || array_fill(moment, array[fit]), moment
        from (select clock_timestamp() as moment) c,
             lateral (select coalesce(array_agg(at order by at), '{}') as recent
                      from (select case when each = :answered::timestamptz
                                        then least(each, moment - make_interval(secs => :spare)) else each end as at
                            from unnest(p.sent) each) s
                      where at > moment - make_interval(secs => :margin)
                        and moment > p.written_at - interval '1 second') r,
             lateral (select greatest(least(:per_second::int - cardinality(recent), :wanted::int), 0) as fit) f
    )
    returning granted, written_at,
              extract(epoch from sent[1] + make_interval(secs => :margin) - clock_timestamp())::float8 as wait
""")
_HOLD = Statement("""
    insert into paces (mode, broker, broker_user_id, calls, granted, sent, written_at)
    values (:mode, :broker, :broker_user_id, :calls, 0,
            array_fill(clock_timestamp() + make_interval(secs => :seconds), array[:per_second::int]), clock_timestamp())
    on conflict (mode, broker, broker_user_id, calls) do update
    set sent = excluded.sent, granted = 0, written_at = excluded.written_at
""")


class Account(msgspec.Struct, frozen=True):
    """A broker account, and which of its broker's worlds it is in. `per_second`: the calls of this kind that its broker
    allows in so many `seconds`; 0 if it sets no limit."""

    mode: Mode
    broker: str
    broker_user_id: str
    per_second: int
    calls: Calls = Calls.ORDERS
    seconds: float = 1.0


@dataclass(frozen=True, slots=True)
class Slot:
    """The right to send `count` orders now; or, with a `count` of 0, the seconds to `wait` before asking again."""

    count: int
    wait: float | None
    good_until: float
    """On the monotonic clock."""
    taken_at: datetime | None = None
    """By the database's clock; None if nothing is counted."""


TOO_FAST_SECONDS = 1.0
"""How long nothing is sent where the broker found us too fast and does not say for how long."""
NO_SLOT = Slot(0, None, math.inf)
"""Nothing was asked for."""


@dataclass(slots=True)
class _Line:
    """Those of this process who ask for one account. `full_until`: no place is free before, by the monotonic clock."""

    asking: asyncio.Lock = field(default_factory=asyncio.Lock)
    inside: int = 0
    full_until: float = 0.0


_LINES: WeakKeyDictionary[Database, dict[Account, _Line]] = WeakKeyDictionary()


async def take(database: Database, account: Account, wanted: int, answered: datetime | None = None) -> Slot:
    """The right to send up to `wanted` orders (at least 1), which count as sent from this moment on. `answered`: when
    the slot was taken all of whose orders have their answers by now."""
    if account.per_second <= 0:
        return Slot(wanted, None, time.monotonic() + GOOD_FOR)
    lines = _LINES.setdefault(database, {})
    line = lines.setdefault(account, _Line())
    line.inside += 1
    try:
        async with line.asking:
            wait = line.full_until - time.monotonic()
            if wait > 0 and answered is None:  # an answer may have made a place free
                return Slot(0, wait, math.inf)
            slot = await _take(database, account, wanted, answered)
            line.full_until = time.monotonic() + min(slot.wait or 0.0, MARGIN * account.seconds)
            return slot
    finally:
        line.inside -= 1
        if not line.inside and line.full_until <= time.monotonic():
            del lines[account]


async def _take(database: Database, account: Account, wanted: int, answered: datetime | None) -> Slot:
    async with database.connection() as connection:
        good_until = time.monotonic() + GOOD_FOR
        (row,) = await connection.fetch(
            *_TAKE(
                mode=account.mode,
                broker=account.broker,
                broker_user_id=account.broker_user_id,
                calls=account.calls,
                per_second=account.per_second,
                wanted=wanted,
                margin=MARGIN * account.seconds,
                spare=(MARGIN - 1) * account.seconds,
                answered=answered,
            )
        )
    granted = int(row["granted"])
    return Slot(granted, None if granted else max(row["wait"], 0.001), good_until, row["written_at"])


async def fresh(database: Database, account: Account, slot: Slot) -> Slot:
    """Call it right before sending one order: the same slot, or if it has gone stale another, which is waited for."""
    while time.monotonic() > slot.good_until or not slot.count:
        if slot.wait is not None:
            await asyncio.sleep(slot.wait)
        slot = await take(database, account, 1)
    return slot


async def turn(database: Database, account: Account) -> None:
    """Wait until one call may be made."""
    while not (slot := await take(database, account, 1)).count:
        await asyncio.sleep(slot.wait or 0.001)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast one account may be asked, whichever process asks. Calls of a kind for which the broker sets no rate go
    at once, and cost nothing."""

    database: Database
    mode: Mode
    broker: Broker
    broker_user_id: str

    def account(self, calls: Calls) -> Account:
        """Who is counted for these calls, and how."""
        rate = self.broker.rate(calls)
        if rate is None:
            return Account(self.mode, self.broker.key, self.broker_user_id, 0, calls)
        user = "" if rate.per_app or calls is Calls.LOGIN else self.broker_user_id
        return Account(self.mode, self.broker.key, user, rate.most, calls, rate.seconds)

    async def turn(self, calls: Calls) -> None:
        """Wait until one such call may be made."""
        await turn(self.database, self.account(calls))

    async def ask(self, calls: Calls, ask: Callable[[], Awaitable[T]]) -> T:
        """Make such a call in its turn; one that was found too fast is made once more in its next."""
        await self.turn(calls)
        try:
            return await ask()
        except RateLimited as limited:
            await self.hold(calls, limited)
            await self.turn(calls)
            return await ask()

    async def hold(self, calls: Calls, limited: RateLimited) -> None:
        """The broker found us too fast all the same: no such call is made for as long as it says. Where no rate is
        known only this caller waits."""
        account, seconds = self.account(calls), rest_after(limited)
        if account.per_second:
            await hold(self.database, account, seconds)
        else:
            await asyncio.sleep(seconds)


def rest_after(limited: RateLimited) -> float:
    """Seconds for which a broker wants to be left alone that found us too fast."""
    return limited.retry_after or TOO_FAST_SECONDS


async def hold(database: Database, account: Account, seconds: float) -> None:
    """The broker said that we were too fast: nothing is sent for so many seconds."""
    await database.execute(
        *_HOLD(
            mode=account.mode,
            broker=account.broker,
            broker_user_id=account.broker_user_id,
            calls=account.calls,
            per_second=max(account.per_second, 1),
            seconds=max(seconds - MARGIN * account.seconds, 0.0),
        )
    )
