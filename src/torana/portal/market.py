"""Whether orders can be placed now, and as what."""

from dataclasses import dataclass
from datetime import datetime

from torana.connectors.contract import Capabilities, Variety
from torana.kit.http import TransportFailure
from torana.market.calendar import Phase, amo_open, next_open, phase
from torana.partners.models import Gateway
from torana.portal.lobby import Lobby


@dataclass(frozen=True, slots=True)
class Market:
    """The exchange at this moment, seen by one investor at one broker. `variety` None: nothing can be placed.

    `at` is the exchange's own time.
    """

    phase: Phase
    variety: Variety | None
    next_open: datetime | None
    at: datetime


async def market_of(lobby: Lobby, gateway: Gateway, capabilities: Capabilities, *, amo: bool) -> Market:
    """`amo`: the partner's page allows after-market orders. Where nobody knows the hours the broker decides."""
    try:
        at = await lobby.market_times[gateway.mode].now()
    except TransportFailure:
        return Market(Phase.UNKNOWN, Variety.REGULAR, None, lobby.clock.now())
    now = phase(at)
    if now is not Phase.CLOSED:
        return Market(now, Variety.REGULAR, next_open(at), at)
    queued = amo and capabilities.amo and amo_open(at)
    return Market(now, Variety.AMO if queued else None, next_open(at), at)
