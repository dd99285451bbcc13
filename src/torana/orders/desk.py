"""What the verbs of this folder work with, and how one pass over a batch begins."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import timedelta

from torana.connectors.contract import Connector, Session
from torana.connectors.registry import Connectors
from torana.investors.models import LiveSession
from torana.investors.sessions import Sessions
from torana.kit.clock import Clock
from torana.kit.database import Database
from torana.kit.due import Claim
from torana.orders import store
from torana.orders.models import Batch
from torana.partners.gateways import Gateways

PACE_MARGIN = 1.05
"""Seconds in which we send what a broker allows in one: answers to jitter on the way."""


class Pacer:
    """Keeps each broker account within its orders per second (I11), in this process."""

    def __init__(self) -> None:
        self._sent: dict[tuple[str, str], deque[float]] = {}

    def take(self, account: tuple[str, str], per_second: int, wanted: int) -> tuple[int, float | None]:
        """How many of the wanted orders may go now, which are counted as sent; or none, and the seconds to wait.

        `per_second` 0 means that the broker sets no limit.
        """
        if per_second <= 0:
            return wanted, None
        now = asyncio.get_running_loop().time()
        sent = self._sent.setdefault(account, deque())
        while sent and sent[0] <= now - PACE_MARGIN:
            sent.popleft()
        free = min(per_second - len(sent), wanted)
        if free <= 0:
            return 0, sent[0] + PACE_MARGIN - now
        sent.extend([now] * free)
        return free, None

    def hold(self, account: tuple[str, str], per_second: int, seconds: float) -> None:
        """The broker said that we were too fast: count as if the whole allowance was used just now, and then some."""
        at = asyncio.get_running_loop().time() + max(seconds - PACE_MARGIN, 0)
        self._sent[account] = deque([at] * max(per_second, 1))


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a worker places orders."""

    database: Database
    clock: Clock
    gateways: Gateways
    sessions: Sessions
    connectors: Connectors
    settle_window: float | None = None
    """Seconds; overrides the connectors' own."""
    pacer: Pacer = field(default_factory=Pacer)
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when this process was asked to end: no further window is begun."""


@dataclass(slots=True)
class Hand:
    """One batch in one worker's hand."""

    desk: Desk
    claim: Claim
    batch: Batch
    connector: Connector
    live_session: LiveSession

    @property
    def session(self) -> Session:
        return self.live_session.as_session()

    @property
    def account(self) -> tuple[str, str]:
        return self.batch.broker, self.live_session.broker_user_id

    @property
    def settle_window(self) -> timedelta:
        seconds = self.desk.settle_window
        return timedelta(seconds=self.connector.capabilities.settle_window if seconds is None else seconds)


async def take_up(desk: Desk, claim: Claim) -> Hand:
    """Read everything that a pass over the claimed batch needs."""
    gateway_id, batch_id = claim.key
    batch = await store.load(desk.database, gateway_id, batch_id)
    gateway = await desk.gateways.by_id(gateway_id)
    session = await desk.sessions.by_id(gateway_id, batch.session_id)
    if session is not None and (session.ended_at is not None or session.expires_at <= desk.clock.now()):
        session = await desk.sessions.live(gateway_id, batch.investor_id, desk.clock.now()) or session
    if gateway is None or session is None:
        raise LookupError(f"gateway or session of batch {batch_id} is gone")
    return Hand(desk, claim, batch, desk.connectors.get(gateway.mode, batch.broker), session)
