"""Choosing a broker."""

from torana.connectors.contract import Capabilities
from torana.events.log import record
from torana.flows.context import CurrentVisit, FlowServices, frame_of
from torana.flows.registry import FLOWS
from torana.kit.breaker import Health
from torana.pages.frames import broker_of
from torana.pages.search import found
from torana.pages.views import Chooser, Closing
from torana.portal import store

TILES = 4
SEARCH_FROM = 7
"""So many brokers or more get a search field and a list."""


async def chooser(services: FlowServices, current: CurrentVisit, query: str) -> Chooser:
    """The page. `query` is what was searched for."""
    flow = FLOWS.of(current.transaction)
    offered = [
        broker_of(known, _remark(services, current, known))
        for known in services.brokers(current.gateway, current.visit.brokers, flow.needs)
    ]
    many = len(offered) >= SEARCH_FROM
    listed = sorted(offered, key=lambda broker: broker.name.lower()) if many else []
    if query:
        listed = [one for one in listed or offered if found(query, one.search)]
    purpose = flow.purpose(current.transaction, current.app, current.texts)
    top = () if query else tuple(offered[:TILES] if many else offered)
    notice = await flow.notice(services, current)
    frame = frame_of(current, Closing.AT_ONCE)
    return Chooser(frame, purpose, top, tuple(listed), query, searchable=many, notice=notice)


def _remark(services: FlowServices, current: CurrentVisit, known: Capabilities) -> str:
    """How the broker answers just now, where that is worth a word. It can be chosen all the same."""
    words = current.texts.chooser
    remarks = {Health.DOWN: words.not_answering, Health.SLOW: words.slow}
    return remarks.get(services.connectors.health(current.gateway.mode, known.broker), "")


async def choose(services: FlowServices, current: CurrentVisit, broker: str) -> None:
    """Set the broker of the visit, or (empty) none again. What cannot be chosen changes nothing."""
    visit, gateway = current.visit, current.gateway
    needs = FLOWS.of(current.transaction).needs
    offered = {known.broker for known in services.brokers(gateway, visit.brokers, needs)} if needs else set()
    if visit.asked_investor_id is not None or (broker and broker not in offered):
        return
    if current.transaction.confirmed_at is not None or current.transaction.settled_at is not None:
        return
    now = services.clock.now()
    async with services.database.transaction() as connection:
        if await store.set_broker(connection, visit.gateway_id, visit.visit_id, broker or None):
            await record(
                connection,
                gateway_id=visit.gateway_id,
                transaction_id=visit.transaction_id,
                type="transaction.broker_chosen",
                data={"broker": broker or None},
                now=now,
            )
