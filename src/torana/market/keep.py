"""The listing of a process stays that of the database, and the database's that of the brokers' files."""

import asyncio
from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime, time, timedelta

import structlog

from torana.kit.clock import IST, Clock
from torana.kit.database import Database
from torana.kit.metrics import INSTRUMENTS_AGE
from torana.market import securities, store
from torana.market.calendar_end import today_of
from torana.market.listing import Listing, Origin, build
from torana.market.models import EXCHANGES
from torana.market.packaged import packaged_changes
from torana.market.refresh import Source, refresh

LOOK_SECONDS = 30.0
"""Between two looks whether the tables changed, and whether a file is due."""
SETTLING_SECONDS = 60.0
"""After its start a worker has other things to do first."""
READ_FROM = time(8, 45)
"""In India: by then the brokers have made their files of the day."""
TRY_AGAIN = timedelta(minutes=30)
OLD_DAYS = 7
"""An older list is warned of."""

log = structlog.get_logger(__name__)

Sources = Callable[[Collection[str]], AbstractAsyncContextManager[list[Source]]]


async def read_listing(database: Database) -> Listing | None:
    """What the tables hold, with the operator's corrections; None when no file was read yet."""
    listed, dates = await store.read_securities(database)
    if not listed:
        return None
    codes, renamed = await store.read_codes(database), await store.read_changes(database)
    corrected = securities.corrections()

    def put_together() -> Listing:
        changes = corrected.changes([*packaged_changes(), *renamed])
        return build(corrected.applied(listed), changes, codes, dates=dates, origin=Origin.REFRESHED)

    return await asyncio.to_thread(put_together)


async def load_listing(database: Database) -> int:
    """Let this process go by the tables, if they hold anything; the version that was read.

    Raises `ConfigurationError` when the operator's file cannot be used.
    """
    version = await store.version(database)
    if version and (listing := await read_listing(database)) is not None:
        securities.use(listing)
    else:
        securities.current()
    return version


async def keep_listing(database: Database, clock: Clock, version: int) -> None:
    """Follow the tables, until cancelled."""
    while True:
        await clock.sleep(LOOK_SECONDS)
        if await store.version(database) != version:
            version = await load_listing(database)
            log.info("instruments.listing", **securities.current().counts())


async def keep_refreshing(database: Database, clock: Clock, brokers: Collection[str], sources: Sources) -> None:
    """Read every broker's file once a day, until cancelled; of any number of workers one does it."""
    await clock.sleep(SETTLING_SECONDS)
    while True:
        now = clock.now()
        due = [
            broker
            for broker in brokers
            if await store.claim_file(database, broker, now, read_since=files_made_at(now), tried_since=now - TRY_AGAIN)
        ]
        async with sources(due) as found:
            for source in found:
                await refresh(database, source, clock.now())
        await clock.sleep(LOOK_SECONDS)


def files_made_at(now: datetime) -> datetime:
    """The last moment at which the brokers' files were new, in the zone of India."""
    local = now.astimezone(IST)
    made = datetime.combine(local.date(), READ_FROM, IST)
    return made if made <= local else made - timedelta(days=1)


def watch_age(clock: Clock) -> None:
    """Keep the metric of this process at the age of its list."""
    for exchange in EXCHANGES:

        def days(exchange: str = exchange) -> float:
            return (today_of(clock) - securities.current().dates.get(exchange, date.min)).days

        INSTRUMENTS_AGE.labels(exchange).set_function(days)
