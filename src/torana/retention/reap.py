"""How long each kind of row is kept, and its deletion afterwards."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from torana.flows.registry import FLOWS
from torana.kit.clock import Clock
from torana.kit.database import Database
from torana.kit.metrics import ROWS_REAPED
from torana.kit.tables import Age
from torana.partners.store import gateway_ids
from torana.retention.store import age
from torana.settings import Retention

REAP_SECONDS = 600.0
"""Between two rounds."""
AT_ONCE = 500
"""Rows of one kind and gateway that leave in one database transaction."""

log = structlog.get_logger(__name__)

Reap = Callable[[Database, str, datetime, int], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Reaper:
    """What leaves the tables when its age is over. A table may have several."""

    name: str
    tables: tuple[str, ...]
    age: Callable[[Retention], timedelta]
    reap: Reap


_AFTER_ITS_ORDERS = timedelta(days=30)
"""A login leaves after everything that was done with it."""
_REAPERS = (
    Reaper(
        "orders",
        ("transactions", "batches", "orders", "attempts", "cancellations", "events"),
        lambda kept: timedelta(days=kept.orders_days),
        partial(age.reap_transactions, confirmed=True),
    ),
    Reaper(
        "unconfirmed",
        ("transactions", "events"),
        lambda kept: timedelta(days=kept.unconfirmed_days),
        partial(age.reap_transactions, confirmed=False),
    ),
    Reaper("events", ("events",), lambda kept: timedelta(days=kept.unconfirmed_days), age.reap_events),
    Reaper("visits", ("visits",), lambda kept: timedelta(days=kept.visits_days), age.reap_visits),
    Reaper(
        "deliveries",
        ("deliveries", "delivery_attempts"),
        lambda kept: timedelta(days=kept.deliveries_days),
        age.reap_deliveries,
    ),
    Reaper("tokens", ("broker_sessions",), lambda _: timedelta(), age.reap_tokens),
    Reaper(
        "sessions",
        ("broker_sessions",),
        lambda kept: timedelta(days=kept.orders_days) + _AFTER_ITS_ORDERS,
        age.reap_sessions,
    ),
    Reaper("consents", ("consents",), lambda kept: timedelta(days=kept.consents_days), age.reap_consents),
    Reaper(
        "investments",
        ("investments", "investment_trades", "investment_adjustments"),
        lambda kept: timedelta(days=kept.orders_days),
        age.reap_investments,
    ),
    Reaper("investors", ("investors",), lambda kept: timedelta(days=kept.orders_days), age.reap_investors),
    Reaper("personal", ("transactions",), lambda _: timedelta(hours=24), age.reap_personal),
    Reaper("counts of codes", ("one_time_code_counts",), lambda _: timedelta(hours=24), age.reap_counts),
    Reaper("keys", ("idempotency_keys",), lambda _: timedelta(hours=24), age.reap_keys),
    Reaper("paces", ("paces",), lambda _: timedelta(hours=1), age.reap_paces),
    Reaper("vault", ("vault",), lambda _: timedelta(), age.reap_vault),
)


def reapers() -> list[Reaper]:
    """Those of the tables that intents bring along, as they declare them, and all others. What is kept under a consent
    leaves before the consent."""
    declared = [
        Reaper(one.name, (table.name,), partial(_days, one), partial(age.reap_table, table=table, age=one))
        for table in FLOWS.tables
        for one in table.ages
    ]
    return [*declared, *_REAPERS]


def _days(one: Age, kept: Retention) -> timedelta:
    return timedelta(days=kept.days(one))


NOT_REAPED = {
    "partners": "the operator's own settings",
    "gateways": "the operator's own settings",
    "endpoints": "the partner deletes them",
    "halts": "one row for each halt that stands",
    "workers": "a worker deletes the rows of those that were not seen for a day",
    "baskets": "as many as the partner publishes",
    "basket_versions": "what a partner published, from which investors will buy",
    "dividends": "what the partner supplied, from which returns of earlier days are made",
    "dividend_supplies": "one row a gateway",
    "isin_changes": "what the partner supplied, by which investments follow a share to its new ISIN",
    "basket_news": "what the partner wrote; publishing replaces it",
    "closing_prices": "one row a security and trading day, from which an index goes back to its start",
    "closing_price_loads": "one row a mode",
    "instruments": "as many as are listed; each reading of a file replaces them",
    "broker_instruments": "as many as a broker lists; each reading of its file replaces them",
    "symbol_changes": "one row for each security that was renamed",
    "instrument_files": "one row a broker",
    "alembic_version": "one row",
}
"""Tables that do not grow with use."""


async def reap(database: Database, kept: Retention, now: datetime) -> dict[str, int]:
    """One round over all gateways: delete everything that is older than its age. Returns how many rows of each kind."""
    counts: dict[str, int] = {}
    for gateway_id in await gateway_ids(database):
        for reaper in reapers():
            before = now - reaper.age(kept)
            count = AT_ONCE
            while count >= AT_ONCE:
                count = await reaper.reap(database, gateway_id, before, AT_ONCE)
                counts[reaper.name] = counts.get(reaper.name, 0) + count
                ROWS_REAPED.labels(reaper.name).inc(count)
    return {name: count for name, count in counts.items() if count}


async def keep_reaping(database: Database, clock: Clock, kept: Retention) -> None:
    """A round every ten minutes, until cancelled. Any number of workers may do it beside each other."""
    while True:
        counts = await reap(database, kept, clock.now())
        if counts:
            log.info("retention.reaped", **counts)
        await clock.sleep(REAP_SECONDS)
