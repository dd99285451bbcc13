"""Ask a broker what an account holds: all of it or nothing (H01)."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import structlog

from torana.connectors.contract import Calls, Connector, NotSent, Rows, Session, SessionEnded, Unknown
from torana.holdings.combine import combined
from torana.holdings.models import MOST_SECURITIES, HoldingsUnavailable, WhyUnavailable
from torana.holdings.snapshots import Reading
from torana.kit.clock import Clock
from torana.orders.pace import Pace

L = TypeVar("L")
R = TypeVar("R")

PATIENCE = 15.0
"""Seconds for all of it together."""

log = structlog.get_logger(__name__)


async def read_account(connector: Connector, session: Session, pace: Pace, clock: Clock) -> Reading:
    """Holdings and the day's trades, asked for at once. Raises `SessionEnded` when the login is over, and
    `HoldingsUnavailable` where not every row of both came in time and can be read."""
    portfolio = connector.portfolio
    if portfolio is None:
        raise HoldingsUnavailable(WhyUnavailable.NOT_ANSWERED)
    taken_at = clock.now()
    holdings, positions = await _both(
        pace.ask(Calls.HOLDINGS, lambda: portfolio.holdings(session)),
        pace.ask(Calls.POSITIONS, lambda: portfolio.positions(session)),
    )
    broker = connector.capabilities.broker
    if holdings.unread or positions.unread:
        log.warning(
            "holdings.unreadable", broker=broker, holdings=len(holdings.unread), positions=len(positions.unread)
        )
        raise HoldingsUnavailable(WhyUnavailable.UNREADABLE)
    held = combined(holdings.read, positions.read)
    if len(held) > MOST_SECURITIES:
        log.warning("holdings.too_many", broker=broker, securities=len(held))
        raise HoldingsUnavailable(WhyUnavailable.TOO_MANY)
    return Reading(broker, held, taken_at, portfolio.rules.tells_pledged)


async def _both(left: Awaitable[Rows[L]], right: Awaitable[Rows[R]]) -> tuple[Rows[L], Rows[R]]:
    """Both answers. The end of a session counts more than that something did not come."""
    told_left, told_right = await asyncio.gather(
        asyncio.wait_for(left, PATIENCE), asyncio.wait_for(right, PATIENCE), return_exceptions=True
    )
    for told in (told_left, told_right):
        if isinstance(told, SessionEnded):
            raise told
    for told in (told_left, told_right):
        if isinstance(told, NotSent | Unknown | TimeoutError):
            raise HoldingsUnavailable(WhyUnavailable.NOT_ANSWERED) from told
    if isinstance(told_left, BaseException):
        raise told_left
    if isinstance(told_right, BaseException):
        raise told_right
    return told_left, told_right
