"""Gather what is known: the exchange's time, the broker's book, what is stored."""

from collections.abc import Sequence
from datetime import datetime

import structlog

from torana.connectors.contract import (
    BrokerError,
    BrokerOrder,
    Calls,
    ExecutionMode,
    RateLimited,
    Resting,
    SessionEnded,
)
from torana.kit.http import TransportFailure
from torana.orders.evidence import Evidence, Look
from torana.orders.pace import rest_after
from torana.orders.run import BatchRun
from torana.orders.tag_lookups import look_up_tags

log = structlog.get_logger(__name__)


async def gather(run: BatchRun, in_flight: frozenset[str] = frozenset(), *, look: bool) -> Evidence:
    """What is known now; with `look` the broker's book is read. What cannot be read proves nothing."""
    services = run.services
    at = await _market_time(run)
    since = services.database.continuity.since
    watched = run.watched  # before the book is asked for: only a look-up made after the window may call it absent
    seen, book = (await _read_book(run)) if look else (Look.NOT_MADE, [])
    intents, too_old = run.unproven(), run.too_old(at)
    return Evidence(
        batch=run.batch,
        now=services.clock.now(),
        watched=watched,
        since=since,
        window=run.settle_window,
        day_over=at is not None and at >= run.book_ends,
        look=seen,
        book=book,
        by_tag=await look_up_tags(run, book, intents) if seen is Look.READ else {},
        echoes_tags=run.orders.rules.tag.is_shown,
        decision_seconds=services.decision_seconds,
        releases=run.connector.authorisation is not None and run.batch.execution_mode is ExecutionMode.SERVER_API,
        intents=intents,
        too_old=too_old,
        in_flight=in_flight,
    )


async def _market_time(run: BatchRun) -> datetime | None:
    try:
        return await run.services.market_times[run.mode].now()
    except TransportFailure:
        return None


async def _read_book(run: BatchRun) -> tuple[Look, Sequence[BrokerOrder]]:
    try:
        known = frozenset(order.broker_order_id for order in run.batch.orders if order.broker_order_id)
        account, books = run.pace.account(Calls.BOOK), run.services.books
        return Look.READ, list(await books.shared(run.services.database, account, run.orders, run.session, known))
    except SessionEnded:
        return Look.SESSION_OVER, []
    except Resting as resting:
        run.rest = resting.seconds
    except RateLimited as limited:
        log.warning("orders.book.too_fast", error=limited.message[:200])
        run.rest = rest_after(limited)
    except BrokerError as error:
        log.warning("orders.book.unreadable", broker=run.batch.broker, error=repr(error))
    return Look.UNREADABLE, []
