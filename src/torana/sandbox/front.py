"""What stands in front of every dialect: counting, rate limits and faults, once for all brokers.

A request goes: ledger, latency, fault that comes before the handler, rate limit, handler, fault that spoils the answer.
"""

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from torana.sandbox import magic, spoil
from torana.sandbox.accounts import Account
from torana.sandbox.exchange import Exchange
from torana.sandbox.faults import Fault, Faults, Kind, Operation, Target
from torana.sandbox.models import Order, OrderRefused, OrderType, Reason, Side, Ticket
from torana.sandbox.postbacks import Postbacks
from torana.sandbox.sessions import Sessions
from torana.sandbox.web import Gone, Handler, Manner, Request, Response, Router

FOREIGN_CLIENT = "somebody-else"
_HANG_SECONDS = 60.0
_NEVER_PLACED = frozenset({Kind.RATE_LIMITED})


@dataclass(slots=True)
class App:
    """An app that the simulated broker knows."""

    key: str
    secret: str
    redirect_url: str
    postback_url: str


@dataclass(slots=True)
class World:
    """Everything that the simulated brokers share."""

    exchange: Exchange
    faults: Faults
    postbacks: Postbacks
    url: str
    """Where browsers reach the sandbox."""
    sessions: dict[str, Sessions] = field(default_factory=dict)
    apps: dict[str, dict[str, App]] = field(default_factory=dict)
    """By broker and key."""
    rate_limits: bool = True
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the sandbox stops: whatever hangs lets go."""

    def sessions_of(self, broker: str) -> Sessions:
        return self.sessions.setdefault(broker, Sessions())


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many requests of one client in any second; operations with one `name` are counted together."""

    name: str
    per_second: int


class Dialect(Protocol):
    """One broker's wire format. See the package's docstring."""

    @property
    def broker(self) -> str: ...

    @property
    def prefixes(self) -> Mapping[str, Router]:
        """URL prefixes such as `/kite/api` and their routes."""
        ...

    async def client_of(self, request: Request) -> Account | None:
        """Whose request it is, by its token alone, however the handler will judge it."""
        ...

    def limit(self, operation: Operation) -> Limit | None: ...

    def error(self, status: int, text: str | None = None) -> Response:
        """The broker's error answer with this HTTP status."""
        ...

    def refused(self, refusal: OrderRefused) -> Response:
        """The broker's answer to an order or a change that it refuses at once."""
        ...

    def strange_reject(self) -> Response:
        """A refusal with an error code that no document knows."""
        ...

    def placed(self, order_id: str | None) -> Response:
        """The answer to a placed order; None: success without an id."""
        ...

    def not_found(self, *, method_wrong: bool) -> Response:
        """No route: the path is unknown, or only the method is."""
        ...


class _NotPlaced(Exception):
    """The fault of a magic quantity: nothing is placed, the answer is the fault's."""


@dataclass(slots=True)
class Call:
    """One request on its way through a dialect."""

    world: World
    dialect: Dialect
    request: Request
    operation: Operation
    path: Mapping[str, str]
    """What the route's pattern caught."""
    client: Account | None
    fault: Fault | None = None

    @property
    def exchange(self) -> Exchange:
        return self.world.exchange

    @property
    def sessions(self) -> Sessions:
        return self.world.sessions_of(self.dialect.broker)

    def place(self, account: Account, ticket: Ticket) -> Order:
        """Submit an order with whatever goes wrong on the way. Raises `OrderRefused`."""
        special = magic.QUANTITIES.get(ticket.quantity)
        if self.fault is None and special is not None and special.fault is not None:
            self.fault = special.fault
            if not special.fault.placed:
                raise _NotPlaced
        fault = self.fault
        if fault is None:
            return self.exchange.submit(account, ticket)
        if fault.kind is Kind.DROP_SECOND and _placed_just_now(self.exchange, account):
            self.exchange.check(account, ticket)
            phantom = self.exchange.new_order(account, ticket, ticket)
            self.exchange.ledger.dropped.append(phantom)
            return phantom
        return self.exchange.submit(
            account,
            ticket,
            kept=spoil.kept(ticket, fault),
            appears_after=fault.appears_after,
            reject=fault.reason if fault.kind is Kind.REJECT else None,
            strange_status=fault.kind is Kind.STRANGE_STATUS,
        )

    def book(self, account: Account) -> list[Order]:
        """The day's orders as the broker shows them now, oldest first."""
        orders = self.exchange.book(account)
        match self.fault.kind if self.fault else None:
            case Kind.STALE_EMPTY:
                return []
            case Kind.MISSING:
                return [order for order in orders if not self._missing(order)]
            case Kind.PADDED:
                return spoil.padding(self.exchange, account, (self.fault and self.fault.count) or 3000) + orders
            case _:
                return orders

    def find(self, account: Account, order_id: str) -> Order:
        """One order of the client. Raises `OrderRefused` when the broker shows none of this id."""
        order = self.exchange.find(account, order_id)
        if self.fault and (self.fault.kind is Kind.STALE_EMPTY or self._missing(order)):
            raise OrderRefused(Reason.NOT_FOUND, "there is no such order")
        return order

    def _missing(self, order: Order) -> bool:
        fault = self.fault
        return bool(fault and fault.kind is Kind.MISSING and fault.set_at and order.accepted_at >= fault.set_at)


class Front:
    """Takes every request of one dialect to its handler, and what is set to go wrong to the client."""

    def __init__(self, world: World, dialect: Dialect) -> None:
        self._world = world
        self._dialect = dialect
        self._recent: dict[tuple[str, str], deque[float]] = {}

    async def answer(self, request: Request, router: Router, path: str) -> Response:
        self._world.exchange.catch_up()
        found = router.match(request.method, path)
        if found is None:
            return self._dialect.not_found(method_wrong=router.knows(path))
        route, caught = found
        client = await self._dialect.client_of(request)
        call = Call(self._world, self._dialect, request, route.operation, caught, client)
        user_id = client.user_id if client else ""
        self._world.exchange.ledger.traffic[self._dialect.broker, user_id].count(route.operation)
        own = client.faults if client else []
        target = Target(self._dialect.broker, route.operation, _names(client), request.reused_connection)
        held_up = self._world.faults.latency(target, own)
        call.fault = self._world.faults.take(target, own)
        if call.fault and call.fault.kind in (Kind.RESET_BEFORE, Kind.RESET_REUSED):
            return Response(manner=Manner.RESET)
        await request.body()
        if held_up:
            await self._pause(request, held_up)
        self._world.exchange.catch_up()
        response = await self._handled(call, route.handler)
        if self._world.faults.cuts_opener(target) and response.content_type.startswith("text/html"):
            response.headers.append(("cross-origin-opener-policy", "same-origin"))
        return response

    async def _handled(self, call: Call, handler: Handler) -> Response:
        fault = call.fault
        if fault is not None and fault.kind is Kind.TOKEN_DIES and call.client is not None:
            call.sessions.end(call.client)
        if self._too_fast(call):
            return self._limited(None)
        if fault is not None and (not fault.placed or fault.kind in _NEVER_PLACED):
            return await self._spoil(call, fault, self._nothing_happened(fault))
        try:
            response = await handler(call)
        except OrderRefused as refusal:
            response = self._dialect.refused(refusal)
        except _NotPlaced:
            response = self._dialect.error(504)
        if call.fault is None:
            return response
        return await self._spoil(call, call.fault, response)

    def _nothing_happened(self, fault: Fault) -> Response:
        """What a fault spoils when the handler did not run."""
        return self._dialect.error(504) if fault.kind is Kind.HANG else self._dialect.placed(None)

    def _too_fast(self, call: Call) -> bool:
        limit = self._dialect.limit(call.operation)
        if limit is None or call.client is None or not self._world.rate_limits:
            return False
        now = time.monotonic()
        recent = self._recent.setdefault((call.client.user_id, limit.name), deque())
        while recent and recent[0] <= now - 1.0:
            recent.popleft()
        if len(recent) >= limit.per_second:
            return True
        recent.append(now)
        return False

    def _limited(self, retry_after: float | None) -> Response:
        response = self._dialect.error(429)
        if retry_after is not None:
            response.headers.append(("retry-after", f"{retry_after:g}"))
        return response

    async def _spoil(self, call: Call, fault: Fault, right: Response) -> Response:
        """What the client gets instead of the right answer."""
        match fault.kind:
            case Kind.HANG:
                await self._pause(call.request, fault.seconds or _HANG_SECONDS)
                return right
            case Kind.STATUS:
                return self._dialect.error(fault.status or 500, fault.text)
            case Kind.REJECT if not fault.placed and fault.reason is not None:
                return self._dialect.refused(OrderRefused(fault.reason, fault.text or ""))
            case Kind.STRANGE_REJECT:
                return self._dialect.strange_reject()
            case Kind.RATE_LIMITED:
                return self._limited(fault.seconds)
            case Kind.NO_ORDER_ID:
                return self._dialect.placed(None)
            case Kind.FOREIGN_ORDER_ID:
                return self._dialect.placed(self._foreign_order().order_id)
            case Kind.REDIRECT:
                location = fault.text or call.request.path
                return Response(fault.status or 307, headers=[("location", location)])
            case _:
                return spoil.misshapen(fault, right)

    async def _pause(self, request: Request, seconds: float) -> None:
        """Wait in real time. Raises `Gone` when the client leaves, ends early when the sandbox closes."""
        gone = asyncio.ensure_future(request.gone())
        closing = asyncio.ensure_future(self._world.closing.wait())
        done, waiting = await asyncio.wait({gone, closing}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
        if gone in done:
            raise Gone

    def _foreign_order(self) -> Order:
        """An order of another client."""
        exchange = self._world.exchange
        stranger = Account(self._dialect.broker, FOREIGN_CLIENT, FOREIGN_CLIENT)
        ticket = Ticket("ITC", Side.BUY, 1, OrderType.MARKET, None, "", tag="foreign")
        return exchange.new_order(stranger, ticket, ticket)


def _names(client: Account | None) -> frozenset[str]:
    return frozenset({client.user_id, client.user_name}) if client else frozenset()


def _placed_just_now(exchange: Exchange, account: Account) -> bool:
    return bool(account.book) and (exchange.now() - account.book[-1].accepted_at).total_seconds() < 1.0
