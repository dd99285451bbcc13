"""Whether orders can be placed now, and as what."""

from dataclasses import dataclass
from datetime import datetime

from torana.connectors.contract import Capabilities, Variety
from torana.flows.context import FlowServices
from torana.kit.clock import IST
from torana.kit.http import TransportFailure
from torana.market.calendar import Phase, amo_opens, current, next_open, phase
from torana.orders.models import Halt
from torana.pages.texts.keys import Texts
from torana.partners.models import Gateway


@dataclass(frozen=True, slots=True)
class Market:
    """The exchange at this moment, seen by one investor. `variety` None: nothing can be placed.

    `at` is the exchange's own time.
    """

    phase: Phase
    variety: Variety | None
    next_open: datetime | None
    at: datetime
    amo_opens: datetime | None = None
    """When after-market orders are taken, where the partner's page allows them and they come before the opening."""
    hours_known: bool = True
    """False on days of which the calendar does not know whether, or when, there is trading."""


async def market_of(services: FlowServices, gateway: Gateway, capabilities: Capabilities, *, amo: bool) -> Market:
    """The market at one broker. `amo`: the partner's page allows after-market orders."""
    return await market_now(services, gateway, amo=amo and capabilities.amo)


async def market_now(services: FlowServices, gateway: Gateway, *, amo: bool) -> Market:
    """`amo`: after-market orders are possible. Where nobody can tell the time the broker decides."""
    try:
        at = await services.market_times[gateway.mode].now()
    except TransportFailure:
        return Market(Phase.UNKNOWN, Variety.REGULAR, None, services.clock.now())
    now, opens = phase(at), next_open(at)
    known = current().knows(at.astimezone(IST).date())
    if now.takes_orders:
        return Market(now, Variety.REGULAR, opens, at, hours_known=known)
    waits_until = amo_opens(at)
    if amo and waits_until is None:
        return Market(now, Variety.AMO, opens, at, hours_known=known)
    sooner = waits_until if amo and waits_until and (opens is None or waits_until < opens) else None
    return Market(now, None, opens, at, sooner, known)


def halt_reason(halt: Halt, app: str, broker: str, texts: Texts) -> str:
    """Who has stopped new orders, and why. `broker` is its name, where one is chosen."""
    if halt.broker and broker:
        return texts.halt.broker(broker=broker, reason=halt.reason)
    return texts.halt.app(app=app, reason=halt.reason)


def reopens(market: Market, texts: Texts) -> str | None:
    """When orders can be placed again, as a sentence; None when nobody knows."""
    if market.amo_opens is not None:
        return texts.market.amo_from(at=market.amo_opens)
    return None if market.next_open is None else texts.market.opens_on(at=market.next_open)
