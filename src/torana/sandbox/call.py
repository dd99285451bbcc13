"""One request on its way through a dialect: what a handler gets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from torana.sandbox import magic, spoil
from torana.sandbox.accounts import Account
from torana.sandbox.exchange import Exchange
from torana.sandbox.faults import Fault, Kind, Operation
from torana.sandbox.models import Order, OrderRefused, OrderType, Reason, Ticket
from torana.sandbox.order_form import Change, parsed
from torana.sandbox.refusals import Refused, SessionProblem
from torana.sandbox.sessions import Session, Sessions
from torana.sandbox.web import Request
from torana.sandbox.world import App, World

if TYPE_CHECKING:
    from torana.sandbox.dialect import Dialect


Body: TypeAlias = dict[str, Any]
"""The fields of a body."""
Place: TypeAlias = Callable[[Account, Ticket], Order]
"""How an order is sent on: `Call.place`, or `Call.place_in_browser`. Raises `OrderRefused`."""


class NotPlaced(Exception):
    """The fault of a magic quantity: nothing is placed, the answer is the fault's."""


@dataclass(slots=True)
class Call:
    """One request. `path` is what the route's pattern caught."""

    world: World
    dialect: "Dialect"
    request: Request
    path: Mapping[str, str]
    client: Account | None
    """Whose request it is, whether the token is good or not."""
    fault: Fault | None = None
    login: Session | None = None
    given: Body = field(default_factory=dict)
    """The body, where the route reads it."""

    @property
    def exchange(self) -> Exchange:
        return self.world.exchange

    @property
    def sessions(self) -> Sessions:
        return self.world.sessions_of(self.dialect.broker)

    @property
    def session(self) -> Session:
        """The live login that the request belongs to; only for routes that ask for one."""
        if self.login is None:
            raise LookupError("this route asks for no session")
        return self.login

    @property
    def account(self) -> Account:
        return self.session.account

    def logged_in(self, token: str | None = None) -> Session:
        """The live login of the request's credentials, or of this token. Raises `Refused`."""
        given = self.dialect.credentials(self.request) if token is None else None
        wanted = given.token if given else token
        session = self.sessions.find(wanted) if wanted else None
        if session is None or (given is not None and given.app not in (None, session.app)):
            problem = SessionProblem.UNKNOWN if wanted else SessionProblem.MISSING
            raise self.dialect.refusals.of_session(problem)
        return self.still_live(session)

    def still_live(self, session: Session) -> Session:
        """Raises `Refused` for one that is over."""
        if not session.live(self.exchange.now()):
            problem = SessionProblem.ENDED if session.ended else SessionProblem.EXPIRED
            raise self.dialect.refusals.of_session(problem)
        return session

    def refused(self, refusal: Refused | OrderRefused, operation: Operation | None = None) -> Refused:
        """A refusal in the broker's terms. `operation`: what was asked for."""
        if isinstance(refusal, Refused):
            return refusal
        return self.dialect.refusals.of_reason(refusal, operation)

    async def json(self, wrong: Refused) -> object:
        """The body. Raises `wrong` unless it is JSON."""
        return parsed(await self.request.body(), wrong)

    async def json_object(self, wrong: Refused) -> Body:
        """The body. Raises `wrong` unless it is a JSON object."""
        body = await self.json(wrong)
        if not isinstance(body, dict):
            raise wrong
        return body

    def app(self, key: str) -> App | None:
        """The app of this key that the broker knows."""
        return self.world.app(self.dialect.broker, key)

    def known_app(self, key: str, wrong: Refused) -> App:
        """The app of this key. Raises `wrong` where nobody has it."""
        app = self.app(key)
        if app is None:
            raise wrong
        return app

    def proven_app(self, key: object, secret: object, wrong: Refused) -> App:
        """The app of this key and this secret. Raises `wrong` for any other pair."""
        app = self.known_app(str(key), wrong)
        if secret != app.secret:
            raise wrong
        return app

    def place(self, account: Account, ticket: Ticket) -> Order:
        """Submit an order with whatever goes wrong on the way. Raises `OrderRefused`."""
        special = magic.QUANTITIES.get(ticket.quantity)
        if self.fault is None and special is not None and special.fault is not None:
            self.fault = special.fault
            if not special.fault.placed:
                raise NotPlaced
        return self._taken(account, ticket, self._submit)

    def place_in_browser(self, account: Account, ticket: Ticket) -> Order:
        """For an order that a browser brought: what a magic quantity does to an answer does not happen, for no app
        waits for one; faults that are set do. Raises `OrderRefused`."""
        return self.place(account, ticket) if self.fault else self._taken(account, ticket, self.exchange.submit)

    def _taken(self, account: Account, ticket: Ticket, submit: Place) -> Order:
        """What this broker's order system only finds after it gave the order an id is rejected in the book."""
        try:
            return submit(account, ticket)
        except OrderRefused as refusal:
            if refusal.reason not in self.dialect.rejects_later:
                raise
            return self.exchange.accept(account, ticket, ticket, reject=refusal.reason)

    def _submit(self, account: Account, ticket: Ticket) -> Order:
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

    def modify(self, change: Change) -> Order:
        """Change an order of the client. Raises `OrderRefused`."""
        kind = OrderType(change.order_type) if change.order_type else None
        return self.exchange.modify(
            self.account, change.order_id, quantity=change.quantity, order_type=kind, limit_price=change.price or None
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


def _placed_just_now(exchange: Exchange, account: Account) -> bool:
    return bool(account.book) and (exchange.now() - account.book[-1].accepted_at).total_seconds() < 1.0
