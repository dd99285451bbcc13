"""What the simulated brokers send to the app when an order changes: once, without retries, after the change."""

import asyncio
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import aiohttp
import msgspec
import structlog

from torana.sandbox.accounts import Account
from torana.sandbox.faults import Faults, Kind, Operation, Target
from torana.sandbox.ledger import Ledger, SentPostback
from torana.sandbox.models import Order

_KEPT_BODIES = 20_000
_SECONDS = 10.0
_json = msgspec.json.Encoder(decimal_format="number")
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Postback:
    """One message. `forged` is the same with a wrong proof, for brokers that prove theirs."""

    url: str
    body: bytes
    forged: bytes
    headers: Mapping[str, str]

    @classmethod
    def of(cls, url: str, body: object, forged: object, **headers: str) -> Self:
        """As JSON."""
        return cls(url, _json.encode(body), _json.encode(forged), {"content-type": "application/json"} | headers)


class Postbacks:
    """Sends postbacks in their order, one after the other for each order, and keeps what was sent."""

    def __init__(self, faults: Faults, ledger: Ledger) -> None:
        self._faults = faults
        self._ledger = ledger
        self._client: aiohttp.ClientSession | None = None
        self._queues: dict[str, asyncio.Queue[tuple[Account, Order, Postback, float]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._sent: dict[str, list[tuple[Account, Postback]]] = {}
        self._oldest: deque[str] = deque()

    def send(self, account: Account, order: Order, postback: Postback) -> None:
        """Queue one message for an order; faults for the operation `postback` apply."""
        if not postback.url:
            return
        fault = self._faults.take(
            Target(account.broker, Operation.POSTBACK, frozenset({account.user_id, account.user_name})), account.faults
        )
        self._remember(account, order, postback)
        kind = fault.kind if fault else None
        if kind is Kind.DROP:
            self._note(account, order, postback, None, "dropped")
            return
        if kind is Kind.FORGED:
            postback = Postback(postback.url, postback.forged, postback.forged, postback.headers)
        copies = (fault.count or 5) if fault and kind is Kind.DUPLICATE else order.postback_copies
        wait = (fault.seconds or 5.0) if fault and kind is Kind.DELAY else 0.0
        for _ in range(copies):
            self._queue(account, order, postback, wait)

    def repeat(self, order: Order, which: int = -1) -> bool:
        """Send an earlier message of this order again. False when there is none."""
        messages = self._sent.get(order.order_id, [])
        if not -len(messages) <= which < len(messages):
            return False
        account, postback = messages[which]
        self._queue(account, order, postback, 0.0)
        return True

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.close()
            self._client = None

    def forget(self) -> None:
        self._sent.clear()
        self._oldest.clear()

    def _remember(self, account: Account, order: Order, postback: Postback) -> None:
        if order.order_id not in self._sent:
            self._oldest.append(order.order_id)
            if len(self._oldest) > _KEPT_BODIES:
                self._sent.pop(self._oldest.popleft(), None)
        self._sent.setdefault(order.order_id, []).append((account, postback))

    def _queue(self, account: Account, order: Order, postback: Postback, wait: float) -> None:
        queue = self._queues.get(order.order_id)
        if queue is None:
            queue = self._queues[order.order_id] = asyncio.Queue()
            task = asyncio.get_running_loop().create_task(self._drain(order.order_id, queue))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        queue.put_nowait((account, order, postback, wait))

    async def _drain(self, order_id: str, queue: "asyncio.Queue[tuple[Account, Order, Postback, float]]") -> None:
        while not queue.empty():
            account, order, postback, wait = queue.get_nowait()
            if wait:
                await asyncio.sleep(wait)
            await self._deliver(account, order, postback)
        del self._queues[order_id]

    async def _deliver(self, account: Account, order: Order, postback: Postback) -> None:
        if self._client is None:
            self._client = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=_SECONDS), connector=aiohttp.TCPConnector(limit=20)
            )
        try:
            async with self._client.post(
                postback.url, data=postback.body, headers=dict(postback.headers), allow_redirects=False
            ) as answer:
                self._note(account, order, postback, answer.status, "delivered" if answer.ok else "failed")
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            log.debug("sandbox.postback_failed", broker=account.broker, error=type(error).__name__)
            self._note(account, order, postback, None, "failed")

    def _note(self, account: Account, order: Order, postback: Postback, status: int | None, outcome: str) -> None:
        self._ledger.postbacks.append(
            SentPostback(account.broker, account.user_id, order.order_id, postback.body, status, outcome)
        )
