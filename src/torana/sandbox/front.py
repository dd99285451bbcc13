"""What stands in front of every dialect, once for all brokers.

A request goes: ledger, latency, fault that comes before the handler, rate limit, the dialect's check, session, the
route's check, handler, fault that spoils the answer. Changes of orders go to the dialect's postback from here.
"""

import asyncio
import time
from collections import deque
from inspect import isawaitable

from torana.sandbox import spoil
from torana.sandbox.accounts import Account
from torana.sandbox.call import Call, NotPlaced
from torana.sandbox.dialect import Answer, Dialect, Route
from torana.sandbox.faults import Fault, Kind, Target
from torana.sandbox.models import Order, OrderRefused, OrderType, Side, Ticket
from torana.sandbox.refusals import Refused, page
from torana.sandbox.web import Gone, Manner, Request, Response, Router
from torana.sandbox.world import World

FOREIGN_CLIENT = "somebody-else"
_HANG_SECONDS = 60.0
_NEVER_PLACED = frozenset({Kind.RATE_LIMITED})


class Front:
    """Takes every request of one dialect to its handler, and what is set to go wrong to the client."""

    def __init__(self, world: World, dialect: Dialect) -> None:
        self._world = world
        self._dialect = dialect
        self._recent: dict[tuple[str, str], deque[float]] = {}
        self.routers: dict[str, Router[Route]] = {}
        for prefix, routes in dialect.prefixes.items():
            router = self.routers[prefix] = Router[Route]()
            for route in routes:
                router.add(route.method, route.path, route)
        if dialect.postback is not None:
            world.exchange.on_change(self._order_changed)

    async def answer(self, request: Request, router: Router[Route], path: str) -> Response:
        self._world.exchange.catch_up()
        found = router.match(request.method, path)
        if found is None:
            return self._error(405 if router.knows(path) else 404)
        route, caught = found
        call = Call(self._world, self._dialect, request, caught, None)
        call.client = client = await self._client_of(call, route)
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
        response = await self._handled(call, route)
        if self._world.faults.cuts_opener(target) and response.content_type.startswith("text/html"):
            response.headers.append(("cross-origin-opener-policy", "same-origin"))
        return response

    async def _client_of(self, call: Call, route: Route) -> Account | None:
        """Whose request it is, however the handler will judge it."""
        given = self._dialect.credentials(call.request)
        session = call.sessions.find(given.token) if given else None
        if session is not None and given is not None and given.app in (None, session.app):
            return session.account
        return await route.whose(call) if route.whose else None

    async def _handled(self, call: Call, route: Route) -> Response:
        fault = call.fault
        if fault is not None and fault.kind is Kind.TOKEN_DIES and call.client is not None:
            call.sessions.end(call.client)
        if self._too_fast(call, route):
            return self._limited(None)
        if fault is not None and (not fault.placed or fault.kind in _NEVER_PLACED):
            return await self._spoil(call, fault, self._nothing_happened(fault))
        try:
            response = await self._checked(call, route)
        except NotPlaced:
            response = self._error(504)
        if call.fault is None:
            return self._dialect.sealed(call.request, response)
        return await self._spoil(call, call.fault, response)

    async def _checked(self, call: Call, route: Route) -> Response:
        answer: Answer = self._answer
        try:
            if self._dialect.check is not None and not route.page:
                self._dialect.check(call)
            if route.session:
                call.login = call.logged_in()
            answer = route.answer or answer
            if route.check is not None:
                route.check(call)
            told = await self._told(call, route)
        except (Refused, OrderRefused) as refusal:
            told = call.refused(refusal, route.operation)
            if route.page:
                return page(told)
        return answer(call, told)

    async def _told(self, call: Call, route: Route) -> object:
        if route.body is not None:
            call.given = await route.body(call)
        told = route.handler(call)
        return await told if isawaitable(told) else told

    def _answer(self, call: Call, told: object) -> Response:
        if isinstance(told, Refused):
            return self._dialect.refusals.answer(told)
        return told if isinstance(told, Response) else self._dialect.success(told)

    def _nothing_happened(self, fault: Fault) -> Response:
        """What a fault spoils when the handler did not run."""
        return self._error(504) if fault.kind is Kind.HANG else self._dialect.placed(None)

    def _too_fast(self, call: Call, route: Route) -> bool:
        limit = self._dialect.limit(route.operation)
        if limit is None or call.client is None or not self._world.rate_limits:
            return False
        now = time.monotonic()
        recent = self._recent.setdefault((call.client.user_id, limit.name), deque())
        while recent and recent[0] <= now - limit.seconds:
            recent.popleft()
        if len(recent) >= limit.calls:
            return True
        recent.append(now)
        return False

    def _error(self, status: int, text: str | None = None) -> Response:
        """The broker's error answer with this HTTP status."""
        refusals = self._dialect.refusals
        return refusals.answer(refusals.of_status(status, text))

    def _limited(self, retry_after: float | None) -> Response:
        response = self._error(429)
        if retry_after is not None:
            response.headers.append(("retry-after", f"{retry_after:g}"))
        return response

    async def _spoil(self, call: Call, fault: Fault, right: Response) -> Response:
        """What the client gets instead of the right answer, in the broker's envelope if it has one. What goes wrong on
        the wire goes wrong with the envelope."""
        if fault.kind is Kind.HANG:
            await self._pause(call.request, fault.seconds or _HANG_SECONDS)
        said = self._dialect.sealed(call.request, self._said_instead(call, fault, right))
        return spoil.misshapen(fault, said)

    def _said_instead(self, call: Call, fault: Fault, right: Response) -> Response:
        refusals = self._dialect.refusals
        match fault.kind:
            case Kind.STATUS:
                return self._error(fault.status or 500, fault.text)
            case Kind.REJECT if not fault.placed and fault.reason is not None:
                return refusals.answer(refusals.at_once(fault.reason, fault.text or ""))
            case Kind.STRANGE_REJECT:
                return refusals.answer(refusals.strange.refused())
            case Kind.RATE_LIMITED:
                return self._limited(fault.seconds)
            case Kind.NO_ORDER_ID:
                return self._dialect.placed(None)
            case Kind.FOREIGN_ORDER_ID:
                return self._dialect.placed(self._foreign_order().order_id)
            case Kind.REDIRECT:
                location = fault.text or call.request.path
                return Response(fault.status or 307, headers=[("location", location)])
            case Kind.BAD_ROW:
                return spoil.with_a_bad_row(fault, right)
            case _:
                return right

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

    def _order_changed(self, order: Order) -> None:
        """Send the app that placed the order what the broker sends after this change."""
        app = self._world.app(self._dialect.broker, order.asked.app)
        if order.broker != self._dialect.broker or app is None or self._dialect.postback is None:
            return
        account = self._world.exchange.accounts.find(order.broker, order.account_id)
        message = self._dialect.postback(self._world.exchange, order, app)
        if account is not None and message is not None:
            self._world.postbacks.send(account, order, message)


def _names(client: Account | None) -> frozenset[str]:
    return frozenset({client.user_id, client.user_name}) if client else frozenset()
