"""A basket of 20 through each connector that places by API, at a broker that takes 50 ms, beside a loop that does
nothing but send the same orders by the same connector. No pace is kept and no rate is limited."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

import aiohttp

from tests.bench.basket import ANSWER_SECONDS, LINES, ours, slow_and_rich
from tests.bench.flow import Investor, keep
from tests.bench.installation import Installation, free_port, installation, sandbox
from tests.brokers import UNPACED, known
from tests.support.browser import Browser, Left
from torana.connectors.codes import with_names
from torana.connectors.contract import (
    Callback,
    Connector,
    ExecutionMode,
    Instrument,
    MarketOrders,
    OrderRequest,
    OrderType,
    Redirect,
    Session,
    Side,
    TicketReturn,
    Variety,
)
from torana.connectors.registry import BROKERS
from torana.connectors.tags import as_sent
from torana.kit.ids import new_tag
from torana.market.securities import find
from torana.orders.market_price import priced
from torana.orders.place import MOST_IN_FLIGHT

ROUNDS, WARM_UP, ACCEPTED_AFTER = 3, 1, 2.0


@dataclass(frozen=True)
class Figures:
    """Medians in seconds from the confirmation, and from the first order of the loop, to the last answer. `why_not`:
    it was not measured."""

    ours: float = 0.0
    loop: float = 0.0
    why_not: str = ""


async def measure(database_url: str) -> dict[str, Figures]:
    """By broker."""
    port = free_port()
    async with (
        sandbox(port) as url,
        installation(database_url, url, worker=["tests.bench.unpaced_worker"], port=port) as place,
        aiohttp.ClientSession() as http,
    ):
        return {broker: await _of(place, http, url, broker) for broker in BROKERS}


async def _of(place: Installation, http: aiohttp.ClientSession, sandbox_url: str, broker: str) -> Figures:
    connector = place.services.connectors.get("test", broker)
    if connector.orders is None or connector.execution_mode is not ExecutionMode.SERVER_API:
        return Figures(why_not="it places in its own page only")
    if connector.orders.rules.market is MarketOrders.NONE:
        return Figures(why_not="it takes no order without a price")
    investor = await _log_in(place, connector, broker)
    await slow_and_rich(http, sandbox_url, broker)
    session = await place.services.sessions.live(
        place.gateway.gateway_id, investor.investor_id, place.services.clock.now()
    )
    if session is None:
        raise RuntimeError(f"the login at {broker} left no session")
    try:
        times = await _rounds(place, http, investor, connector, session.as_session())
    except RuntimeError as error:
        return Figures(why_not=f"{error} within {ACCEPTED_AFTER:g} s")
    return Figures(median(one for one, _ in times), median(other for _, other in times))


async def _rounds(
    place: Installation, http: aiohttp.ClientSession, investor: Investor, connector: Connector, session: Session
) -> list[tuple[float, float]]:
    times = [
        (await ours(place, http, investor, filled_after=ACCEPTED_AFTER), await _loop(connector, session))
        for _ in range(WARM_UP + ROUNDS)
    ]
    return times[WARM_UP:]


async def _log_in(place: Installation, connector: Connector, broker: str) -> Investor:
    app, ticket = place.services.settings.public_url, "bench"
    way_back = f"{app}/portal/callback/{broker}"
    if connector.capabilities.login is TicketReturn.RETURN_PATH:
        way_back += f"/{ticket}"
    start = await connector.login.begin(ticket, way_back)
    assert isinstance(start.go, Redirect)
    async with Browser(app) as browser:
        left = await known(broker).pages.log_in(browser, start.go.url, "asha")
    assert isinstance(left, Left), left
    return await keep(
        place, broker, await connector.login.finish(Callback(left.query, left.form), start.kept, datetime.now(UTC))
    )


async def _loop(connector: Connector, session: Session) -> float:
    assert connector.orders is not None
    requests = await asyncio.gather(*(_request(connector, session, line) for line in LINES))
    gate, orders = asyncio.Semaphore(MOST_IN_FLIGHT), connector.orders

    async def send(request: OrderRequest) -> None:
        async with gate:
            await orders.place(session, request)

    began = time.perf_counter()
    await asyncio.gather(*map(send, requests))
    return time.perf_counter() - began


async def _request(connector: Connector, session: Session, line: Mapping[str, object]) -> OrderRequest:
    assert connector.orders is not None
    security = find(str(line["ticker"]), "NSE")
    assert security is not None
    instrument = Instrument("NSE", security.symbol, security.isin)
    order = OrderRequest(
        instrument, Side.BUY, int(str(line["quantity"])), OrderType.MARKET, None, Variety.REGULAR, new_tag()
    )
    rules = connector.orders.rules
    named = with_names(as_sent(order, rules.tag), connector.capabilities.broker, "test")
    return await priced(connector, rules, session, named, UNPACED)


def rows(found: dict[str, Figures]) -> Sequence[tuple[str, str, str, str]]:
    return [
        (f"basket of 20 at {broker}, {ANSWER_SECONDS * 1000:.0f} ms broker, unpaced", one.why_not, "", "")
        if one.why_not
        else (
            f"basket of 20 at {broker}, {ANSWER_SECONDS * 1000:.0f} ms broker, unpaced",
            f"{one.ours * 1000:.0f} ms",
            f"{one.loop * 1000:.0f} ms, a loop over the same connector",
            f"at most 1.15 of it: {one.ours / one.loop:.2f}",
        )
        for broker, one in found.items()
    ]
