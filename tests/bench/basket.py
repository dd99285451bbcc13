"""A basket of 20 at a broker that takes 50 ms: confirm to last acceptance, beside a bare loop that sends the same.

Broker, gateway and worker are processes of their own; confirming and the bare loop are this one's.
"""

import asyncio
import time
from datetime import datetime
from statistics import median
from typing import Any

import aiohttp

from tests.bench.flow import Investor, Purchase, log_in
from tests.bench.installation import Installation, installation, sandbox
from torana.connectors.contract import Calls
from torana.connectors.registry import BROKERS
from torana.orders.place import MOST_IN_FLIGHT

SYMBOLS = ["TCS", "INFY", "RELIANCE", "HDFCBANK", "ICICIBANK", "SBIN", "ITC", "LT", "AXISBANK", "WIPRO"]
LINES = [{"ticker": symbol, "quantity": quantity, "type": "BUY"} for quantity in (1, 2) for symbol in SYMBOLS]
ROUNDS, WARM_UP, PACED_ROUNDS = 9, 3, 5
ANSWER_SECONDS = 0.05
USER, CASH = "asha", 10_00_00_000_00  # paise: enough for all rounds of ours and of the bare loop


async def measure(database_url: str) -> tuple[float, float]:
    """Medians in seconds with the pace of orders switched off: ours, the baseline's. Rounds of both take turns."""
    async with (
        sandbox() as url,
        installation(database_url, url, worker=["tests.bench.unpaced_worker"]) as place,
        aiohttp.ClientSession() as http,
    ):
        investor = await _at_a_slow_broker(place, http, url)
        session = await place.services.sessions.live(
            place.gateway.gateway_id, investor.investor_id, place.services.clock.now()
        )
        if session is None:
            raise RuntimeError("the login left no session")
        times = [
            (await ours(place, http, investor), await _bare(http, url, session.secrets["token"]))
            for _ in range(WARM_UP + ROUNDS)
        ]
    return median(ours for ours, _ in times[WARM_UP:]), median(bare for _, bare in times[WARM_UP:])


async def measure_paced(database_url: str) -> tuple[float, float]:
    """Seconds at the pace that the broker allows: our median, and the least that its arithmetic admits."""
    async with sandbox() as url, installation(database_url, url) as place, aiohttp.ClientSession() as http:
        investor = await _at_a_slow_broker(place, http, url)
        rate = BROKERS["kite"].rate(Calls.ORDERS)
        if rate is None:
            raise RuntimeError("Kite has a rate for orders")
        times = [await ours(place, http, investor, filled_after=4) for _ in range(PACED_ROUNDS)]
    return median(times), (len(LINES) - 1) // rate.most + ANSWER_SECONDS


async def _at_a_slow_broker(place: Installation, http: aiohttp.ClientSession, url: str) -> Investor:
    investor = await log_in(place, USER)
    await slow_and_rich(http, url, "kite")
    return investor


async def slow(http: aiohttp.ClientSession, url: str, broker: str) -> None:
    """From now on this broker takes its time for each order."""
    fault = {"broker": broker, "operation": "place", "kind": "latency", "times": None, "seconds": ANSWER_SECONDS}
    async with http.post(f"{url}/sandbox/faults", json=fault) as answer:
        answer.raise_for_status()


async def slow_and_rich(http: aiohttp.ClientSession, url: str, broker: str) -> None:
    """The same, and its client has enough for all of them."""
    await slow(http, url, broker)
    rich = {"broker": broker, "account": USER, "cash": CASH}
    async with http.post(f"{url}/sandbox/accounts", json=rich) as answer:
        answer.raise_for_status()


async def ours(
    place: Installation, http: aiohttp.ClientSession, investor: Investor, *, filled_after: float = 2
) -> float:
    """From the confirmation until the worker holds the broker's last answer, as the bare loop does in the end."""
    purchase = Purchase(place, http, investor, LINES)
    await purchase.create()
    await purchase.review()
    sent_at = await purchase.confirm()
    await asyncio.sleep(filled_after)  # until the orders are filled and nothing more happens
    accepted: list[datetime | None] = await place.services.database.value(
        """
        select array_agg(a.ended_at) from attempts a join orders o using (gateway_id, order_id)
        join batches b using (gateway_id, batch_id) where b.gateway_id = $1 and b.transaction_id = $2
        """,
        place.gateway.gateway_id,
        purchase.transaction_id,
    )
    known = [moment.timestamp() for moment in accepted if moment is not None]
    if len(known) != len(LINES):
        raise RuntimeError(f"{len(LINES) - len(known)} orders were not accepted")
    return max(known) - sent_at


async def _bare(http: aiohttp.ClientSession, url: str, token: str) -> float:
    headers = {"X-Kite-Version": "3", "Authorization": f"token sandboxkite:{token}"}
    gate = asyncio.Semaphore(MOST_IN_FLIGHT)

    async def send(line: dict[str, Any]) -> None:
        form = {
            "tradingsymbol": line["ticker"],
            "exchange": "NSE",
            "transaction_type": "BUY",
            "order_type": "MARKET",
            "quantity": str(line["quantity"]),
            "product": "CNC",
            "validity": "DAY",
            "market_protection": "-1",
        }
        async with gate, http.post(f"{url}/kite/api/orders/regular", data=form, headers=headers) as answer:
            if answer.status != 200:
                raise RuntimeError(await answer.text())
            await answer.read()

    began = time.perf_counter()
    await asyncio.gather(*(send(line) for line in LINES))
    return time.perf_counter() - began
