"""Read an account again without its investor, while their login at the broker lives and their consent stands."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from torana.connectors.contract import SessionEnded
from torana.connectors.registry import Connectors
from torana.holdings import store
from torana.holdings.models import HoldingsUnavailable
from torana.holdings.read_account import read_account
from torana.holdings.snapshots import Reading, Snapshots
from torana.investors import consents
from torana.investors.models import Scope
from torana.investors.sessions import Sessions
from torana.kit.clock import Clock
from torana.kit.database import Database
from torana.kit.due import Claim, Kind, release
from torana.orders.pace import Pace
from torana.partners.gateways import Gateways

READINGS = Kind(
    store.TABLE, ("gateway_id", "investor_id"), concurrency=32, lane="lane", per_lane=8, gateway_places=24,
    gateway_places_in_lane=6,
)  # fmt: skip
"""Readings that somebody asked for. A lane is one broker, the real one or its simulator."""
FRESH = timedelta(seconds=60)
"""A reading as young as this is not made anew."""
GAPS = (2.0, 10.0, 60.0)
"""Seconds until a reading that failed is tried once more; then it waits until somebody asks again."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RefreshServices:
    """What a reading without its investor needs."""

    database: Database
    clock: Clock
    gateways: Gateways
    sessions: Sessions
    connectors: Connectors
    snapshots: Snapshots
    noticed: Callable[[Database, str, str, Reading, datetime], Awaitable[None]]
    """What else is done with a reading of this gateway's investor that was kept."""


async def ask_anew(database: Database, gateway_id: str, investor_id: str, taken_at: datetime, now: datetime) -> bool:
    """Have a worker read the account again if the last reading is not fresh. Whether one is on its way by this."""
    if now - taken_at < FRESH:
        return False
    return await store.ask_anew(database, gateway_id, investor_id, older_than=now - FRESH, now=now)


async def refresh(services: RefreshServices, claim: Claim) -> None:
    """The due handler of a reading."""
    due_at = None
    if not await _read(services, claim) and claim.attempts <= len(GAPS):
        due_at = services.clock.now() + timedelta(seconds=GAPS[claim.attempts - 1])
    await release(services.database, claim, due_at, failed=due_at is not None)


async def _read(services: RefreshServices, claim: Claim) -> bool:
    """False: the broker did not tell, and may if it is asked again."""
    gateway_id, investor_id = claim.key
    now = services.clock.now()
    gateway = await services.gateways.by_id(gateway_id)
    session = await services.sessions.live(gateway_id, investor_id, now)
    consent = await consents.standing(services.database, gateway_id, investor_id, {Scope.SECURITIES}, now)
    if gateway is None or gateway.suspended_at is not None or session is None or consent is None:
        return True
    connector = services.connectors.find(gateway.mode, session.broker)
    if connector is None:
        return True
    pace = Pace(services.database, gateway.mode, connector.broker, session.broker_user_id)
    try:
        reading = await read_account(connector, session.as_session(), pace, services.clock)
    except SessionEnded:
        await services.sessions.end(gateway_id, session.session_id, services.clock.now())
        return True
    except HoldingsUnavailable as unavailable:
        log.warning("holdings.not_refreshed", broker=session.broker, why=unavailable.why, attempts=claim.attempts)
        return False
    claim.check()
    now = services.clock.now()
    if await services.snapshots.keep(gateway_id, claim.lane, consent, reading, now):
        await services.noticed(services.database, gateway_id, investor_id, reading, now)
    return True
