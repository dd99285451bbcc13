"""What the verbs of this folder work with, and how one pass over a batch begins."""

import asyncio
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
from torana.orders.pace import Account
from torana.partners.gateways import Gateways
from torana.partners.models import Mode


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
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when this process was asked to end: no further window is begun."""


@dataclass(slots=True)
class Hand:
    """One batch in one worker's hand."""

    desk: Desk
    claim: Claim
    batch: Batch
    mode: Mode
    connector: Connector
    live_session: LiveSession
    rest: float = 0.0
    """Seconds for which the broker is not asked for its book, because it has not been answering."""

    @property
    def session(self) -> Session:
        return self.live_session.as_session()

    @property
    def account(self) -> Account:
        """Where its orders go, and how fast they may."""
        per_second = self.connector.capabilities.orders_per_second
        return Account(self.mode, self.batch.broker, self.live_session.broker_user_id, per_second)

    @property
    def settle_window(self) -> timedelta:
        seconds = self.desk.settle_window
        return timedelta(seconds=self.connector.capabilities.settle_window if seconds is None else seconds)


async def take_up(desk: Desk, claim: Claim) -> Hand:
    """Read everything that a pass over the claimed batch needs."""
    gateway_id, batch_id = claim.key
    batch, stored = await store.load(desk.database, gateway_id, batch_id)
    gateway = await desk.gateways.by_id(gateway_id)
    session = desk.sessions.opened(gateway_id, stored)
    if session.ended_at is not None or session.expires_at <= desk.clock.now():
        session = await desk.sessions.live(gateway_id, batch.investor_id, desk.clock.now()) or session
    if gateway is None:
        raise LookupError(f"the gateway {gateway_id} of batch {batch_id} is gone")
    return Hand(desk, claim, batch, gateway.mode, desk.connectors.get(gateway.mode, batch.broker), session)
