"""Runs what is due: orders, deliveries, expiries, and the reaping of old keys."""

import asyncio
import signal
from contextlib import suppress
from functools import partial

import asyncpg
import structlog

from torana.baskets.investments import at_end
from torana.connections.tell import LOGINS, tell
from torana.flows.registry import EVENT_TYPES
from torana.kit import embedded
from torana.kit.background import Background, in_background
from torana.kit.clock import ForwardClock
from torana.kit.database import LOST_CONNECTION
from torana.kit.due import Claim, Kind
from torana.kit.garbage import keep_out_of_collections
from torana.kit.heartbeat import beat, leave
from torana.kit.ids import new_id
from torana.kit.logs import set_up_logging
from torana.kit.overload import Overload
from torana.kit.public_client import PublicClient
from torana.kit.runner import Handler, Runner
from torana.kit.statistics import keep_analysing
from torana.market.calendar_end import watch
from torana.market.keep import keep_listing, keep_refreshing, load_listing, watch_age
from torana.orders.compare import TEXTS, compare
from torana.orders.run import OrderServices
from torana.orders.store import wake_open
from torana.orders.work import BATCHES, work
from torana.partners.store import gateway_ids
from torana.retention.reap import keep_reaping
from torana.services import Services, build_services, flow_services, instrument_brokers, instrument_sources, opened
from torana.settings import Settings
from torana.transactions.life_cycle import EXPIRIES, expire
from torana.webhooks.deliver import DELIVERIES, deliver

GRACE_SECONDS = 20.0
"""How long orders that are being sent may take to get their answer when the process is asked to end."""

log = structlog.get_logger(__name__)


def handlers(services: Services, orders: OrderServices, public: PublicClient) -> dict[Kind, Handler]:
    """Every kind of due work of this program, and who does it."""

    flows = flow_services(services, Overload())

    async def expire_transaction(claim: Claim) -> None:
        await expire(services.database, services.clock, claim)

    return {
        BATCHES: partial(work, orders),
        DELIVERIES: partial(
            deliver, services.database, services.clock, services.gateways, services.cipher, public, EVENT_TYPES
        ),
        EXPIRIES: expire_transaction,
        LOGINS: partial(tell, services.database, services.clock),
        **{kind: handle for flow in flows.intents for kind, handle in flow.work(flows).items()},
    }


def order_services(services: Services) -> OrderServices:
    return OrderServices(
        database=services.database,
        clock=services.clock,
        due_clock=ForwardClock(services.clock),
        gateways=services.gateways,
        sessions=services.sessions,
        connectors=services.connectors,
        market_times=services.market_times,
        settle_window=services.settings.settle_window,
        market_intent_seconds=services.settings.market_intent_seconds,
        lease_seconds=services.settings.lease_seconds,
        at_end=at_end,
    )


async def compare_with_brokers(services: Services) -> None:
    """Log where our orders differ from the brokers' books, and which books could not be read. Orders do not wait."""
    try:
        found = await compare(services.database, services.sessions, services.connectors, services.clock.now())
    except (*LOST_CONNECTION, asyncpg.PostgresError) as error:
        log.warning("orders.compare.failed", error=repr(error))
        return
    for difference in found.differences:
        log.error(
            "orders.compare.differs",
            kind=difference.kind,
            broker=difference.broker,
            subject=difference.subject,
            text=TEXTS[difference.kind],
            detail=difference.detail,
        )
    for book in found.unread:
        log.warning("orders.compare.unread", broker=book.broker, why=book.why)
    log.info("orders.compare.done", read=found.read, differences=len(found.differences), unread=len(found.unread))


def _report_failure(comparing: asyncio.Task[None]) -> None:
    if not comparing.cancelled() and (error := comparing.exception()) is not None:
        log.error("orders.compare.failed", exc_info=error)


def _keep_instruments(services: Services, background: Background, version: int) -> None:
    """Follow the tables of instruments, and bring them up to date once a day."""
    background.start("instruments", partial(keep_listing, services.database, services.clock, version))
    if services.settings.instruments_daily:
        sources = instrument_sources(services.settings)
        refreshing = partial(keep_refreshing, services.database, services.clock, instrument_brokers(), sources)
        background.start("instrument files", refreshing)


async def run_worker(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT; then take nothing new, let what is in hand reach its answer, and return."""
    set_up_logging(settings.log_format)
    worker_id = new_id("wrk")
    async with (
        opened(build_services(settings)) as services,
        PublicClient(settings.webhook_allowed_hosts) as public,
        in_background() as background,
    ):
        orders = order_services(services)
        runner = Runner(
            services.database,
            orders.due_clock,
            handlers(services, orders, public),
            lease_seconds=settings.lease_seconds,
        )
        for gateway_id in await gateway_ids(services.database):
            await wake_open(services.database, gateway_id, orders.due_clock.now())
        running = asyncio.create_task(runner.run())
        comparing = asyncio.create_task(compare_with_brokers(services))
        comparing.add_done_callback(_report_failure)
        background.start("retention", partial(keep_reaping, services.database, services.clock, settings.retention))
        _keep_instruments(services, background, await load_listing(services.database))
        background.start("statistics", partial(keep_analysing, services.database))
        overload = Overload()
        background.start("overload", partial(overload.watch, services.database))
        background.start("heartbeat", partial(beat, services.database, worker_id, background, lambda: overload.here))
        if embedded.is_ours():
            background.start("embedded database", embedded.keep_running)
        loop = asyncio.get_running_loop()

        def end() -> None:
            orders.stopping.set()
            runner.stop()

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, end)
        watch(services.clock, settings.calendar_warning_days)
        watch_age(services.clock)
        keep_out_of_collections()
        log.info("worker.ready")
        stopping = asyncio.create_task(orders.stopping.wait())
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        try:
            await asyncio.wait_for(running, GRACE_SECONDS)
        except TimeoutError:
            log.warning("worker.grace_over")
        comparing.cancel()
        await asyncio.wait({comparing})
        with suppress(*LOST_CONNECTION):
            await leave(services.database, worker_id)
        log.info("worker.ended")
