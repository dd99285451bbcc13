"""An investor's logins end: at their broker, where it takes a word for it, and here in every case."""

from enum import StrEnum

import structlog

from torana.connectors.contract import BrokerError, SessionEnded
from torana.connectors.registry import Connectors
from torana.investors.models import EndedBy, Investor, LiveSession
from torana.investors.sessions import Sessions
from torana.kit.clock import Clock
from torana.partners.models import Mode

log = structlog.get_logger(__name__)


class EndedAt(StrEnum):
    """Where the investor is logged out."""

    NOWHERE = "nowhere"
    """They were not logged in."""
    BROKER = "broker"
    """There and here."""
    HERE = "here"
    """Here alone: the broker has no such call, or did not answer. Its token is forgotten, and dies when the broker
    says."""


async def log_out(sessions: Sessions, connectors: Connectors, clock: Clock, mode: Mode, investor: Investor) -> EndedAt:
    """End every login of this investor at this gateway: here first, so that nobody takes what the broker says of the
    token afterwards for its own refusal. Orders that are still open are followed again after the next login."""
    live = await sessions.all_live(investor.gateway_id, investor.investor_id, clock.now())
    for session in live:
        await sessions.end(investor.gateway_id, session.session_id, clock.now(), EndedBy.LOGOUT)
    ended = [await _end_at_broker(connectors, mode, session) for session in live]
    if not live:
        return EndedAt.NOWHERE
    return EndedAt.BROKER if all(ended) else EndedAt.HERE


async def _end_at_broker(connectors: Connectors, mode: Mode, session: LiveSession) -> bool:
    connector = connectors.find(mode, session.broker)
    if connector is None or connector.logout is None:
        return False
    try:
        await connector.logout.end(session.as_session())
    except SessionEnded:
        return True
    except BrokerError as error:
        log.warning("investors.log_out.not_at_broker", broker=session.broker, error=error.message[:200])
        return False
    return True
