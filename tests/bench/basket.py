"""A basket of 20 at a broker that takes 50 ms: confirm to last acceptance, beside a bare loop that sends the same."""

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import aiohttp

from tests.faults.stage import Stage, set_stage
from torana.connectors.contract import Capabilities
from torana.connectors.registry import Connectors
from torana.investors.models import LiveSession
from torana.orders.models import OrderState
from torana.orders.place import MOST_IN_FLIGHT

SYMBOLS = ["TCS", "INFY", "RELIANCE", "HDFCBANK", "ICICIBANK", "SBIN", "ITC", "LT", "AXISBANK", "WIPRO"]
LINES = [(symbol, quantity) for quantity in (1, 2) for symbol in SYMBOLS]
ROUNDS = 7
_WAITING = frozenset({OrderState.PLANNED, OrderState.SENDING})


class _Unpaced:
    """A connector whose broker sets no rate."""

    def __init__(self, connector: Any) -> None:
        self._connector = connector
        self.capabilities: Capabilities = replace(connector.capabilities, orders_per_second=0)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connector, name)


async def measure(database_url: str, home: Path) -> tuple[float, float]:
    """Medians in seconds: ours, the baseline's. Rounds of both take turns."""
    async with set_stage(database_url, home, "kite") as stage:
        ours = stage.house.connectors
        unpaced = Connectors({("test", "kite"): _Unpaced(ours.get("test", "kite"))})
        stage = replace(stage, house=replace(stage.house, connectors=unpaced))
        await stage.tell("POST", "/sandbox/settings", {"rateLimits": False})
        session = await stage.log_in()
        await stage.fault("latency", "place", times=None, seconds=0.05)
        async with stage.worker_here(), stage.house.stream.running():
            times = [(await _ours(stage, session), await _bare(stage, session)) for _ in range(ROUNDS + 1)]
    return median(ours for ours, _ in times[1:]), median(bare for _, bare in times[1:])


async def _ours(stage: Stage, session: LiveSession) -> float:
    transaction = await stage.logged_in(session)
    transaction_id = transaction.transaction_id
    began = time.perf_counter()
    await stage.confirm(transaction, session, *LINES)
    with stage.house.stream.waiter(transaction_id) as news:
        while any(order.state in _WAITING for order in await stage.orders(transaction_id)):
            await news.wait()
            news.clear()
    took = time.perf_counter() - began
    await stage.ended(transaction_id)
    return took


async def _bare(stage: Stage, session: LiveSession) -> float:
    headers = {"X-Kite-Version": "3", "Authorization": f"token sandboxkite:{session.token}"}
    gate = asyncio.Semaphore(MOST_IN_FLIGHT)

    async def send(http: aiohttp.ClientSession, symbol: str, quantity: int) -> None:
        form = {
            "tradingsymbol": symbol,
            "exchange": "NSE",
            "transaction_type": "BUY",
            "order_type": "MARKET",
            "quantity": str(quantity),
            "product": "CNC",
            "validity": "DAY",
            "market_protection": "-1",
        }
        async with gate, http.post(f"{stage.url}/kite/api/orders/regular", data=form, headers=headers) as answer:
            if answer.status != 200:
                raise RuntimeError(await answer.text())
            await answer.read()

    async with aiohttp.ClientSession() as http:
        async with http.get(f"{stage.url}/kite/api/orders", headers=headers) as answer:
            await answer.read()
        began = time.perf_counter()
        await asyncio.gather(*(send(http, symbol, quantity) for symbol, quantity in LINES))
        return time.perf_counter() - began
