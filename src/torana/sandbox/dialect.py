"""One simulated broker as data: its routes, apps, limits, refusals and postbacks. See the package's docstring."""

import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import time
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any, TypeAlias

import torana.sandbox
from torana.kit.clock import IST
from torana.sandbox.accounts import Account
from torana.sandbox.call import Body, Call
from torana.sandbox.exchange import Exchange
from torana.sandbox.faults import Operation
from torana.sandbox.models import Order, Reason, State
from torana.sandbox.order_form import decoded
from torana.sandbox.order_views import OrderView, order_view
from torana.sandbox.postbacks import Postback
from torana.sandbox.refusals import Refusal, Refusals
from torana.sandbox.vocabulary import Vocabulary
from torana.sandbox.web import Request, Response
from torana.sandbox.world import App

Handler: TypeAlias = Callable[[Call], object]
"""Returns a `Response`, or the data of a success, which the dialect's `success` wraps; or an awaitable of either."""
Answer: TypeAlias = Callable[[Call, object], Response]
"""Writes what came of a call: data, a `Response` or a `Refused`."""
Whose: TypeAlias = Callable[[Call], Awaitable[Account | None]]


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many requests of one client in any so many seconds; those with one `name` are counted together."""

    name: str
    calls: int
    seconds: float = 1.0


def orders_at_most(calls: int) -> dict[Operation, Limit | None]:
    """So many orders, changes and cancellations a second, counted together."""
    return dict.fromkeys((Operation.PLACE, Operation.MODIFY, Operation.CANCEL), Limit("orders", calls))


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request shows of its login: the token, and the key of its app where the request names it."""

    token: str
    app: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """One address. In a path `{name}` stands for one segment.

    `session` asks for a live login before the handler runs, then `check` may refuse whom the route is not for.
    `body` then reads what was sent into `Call.given`; like the handler it may refuse. `answer` writes what comes of
    all three where that depends on the route.
    `page` means that a person looks: refusals are shown as pages, and the dialect's `check` does not run.
    `whose` finds the client where the token does not say it, so that faults, limits and the ledger know.
    """

    method: str
    path: str
    operation: Operation
    handler: Handler
    session: bool = True
    check: Callable[[Call], None] | None = None
    page: bool = False
    whose: Whose | None = None
    body: Callable[[Call], Awaitable[Body]] | None = None
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class KnownApp:
    """An app that the simulated broker knows from the start. `postback` is a path of the gateway."""

    key: str
    secret: str
    postback: str


def known_apps(broker: str, *keys: str) -> tuple[KnownApp, ...]:
    """Apps with `-secret` behind the key, which are told of orders by a postback of the gateway's."""
    return tuple(KnownApp(key, f"{key}-secret", f"/postback/{broker}/sandbox-postback-secret") for key in keys)


FORM_ALONE = frozenset(Reason) - {
    Reason.SYMBOL, Reason.QUANTITY, Reason.NOT_FOUND, Reason.FINAL, Reason.TOO_MANY_CHANGES,
}  # fmt: skip
"""`Dialect.rejects_later` of a broker whose answer tells what is wrong with the form, and no more."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One broker's wire format and rules. It owns nothing that outlives a request."""

    broker: str
    prefixes: Mapping[str, tuple[Route, ...]]
    """By URL prefix, such as `/kite/api`."""
    apps: tuple[KnownApp, ...]
    credentials: Callable[[Request], Credentials | None]
    refusals: Refusals
    success: Callable[[object], Response]
    """The answer of a handler that returns data."""
    placed: Callable[[str | None], Response]
    """The answer to a placed order; None: success without an id."""
    limits: Mapping[Operation, Limit | None] = field(default_factory=dict)
    other_limit: Limit | None = None
    """For operations that `limits` leaves out."""
    rejects_later: frozenset[Reason] = frozenset()
    """What the exchange refuses at once, and this broker's order system finds after it gave the order an id."""
    check: Callable[[Call], None] | None = None
    """What every request of an app must bring, before its token is looked at. Raises `Refused`."""
    sealed: Callable[[Request, Response], Response] = lambda request, response: response
    """An answer in the envelope that this broker puts around it."""
    postback: Callable[[Exchange, Order, App], Postback | None] | None = None
    """What the app is sent after this change of an order; None of a message: nothing."""

    def limit(self, operation: Operation) -> Limit | None:
        return self.limits.get(operation, self.other_limit)


def routes(base: str, *rows: tuple[str, str, Operation, Handler], **how: Any) -> tuple[Route, ...]:
    """Routes below one path that are alike in everything else: method, path, operation, handler."""
    return tuple(Route(method, f"{base}{path}", operation, handler, **how) for method, path, operation, handler in rows)


def by_code(name: str) -> Whose:
    """The client of the one-time code in this field of the form, without using it."""

    async def whose(call: Call) -> Account | None:
        return call.sessions.owner_of((await call.request.form()).get(name, ""))

    return whose


def by_query_code(name: str) -> Whose:
    """The client of the one-time code in this field of the address, without using it."""

    async def whose(call: Call) -> Account | None:
        return call.sessions.owner_of(call.request.query.get(name, ""))

    return whose


def by_json_code(*path: str) -> Whose:
    """The client of the one-time code in this field of a JSON body, behind the fields that it stands in, without using
    it."""

    async def whose(call: Call) -> Account | None:
        try:
            found = decoded(await call.request.body())
        except ValueError:
            return None
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        return call.sessions.owner_of(str(found))

    return whose


def by_form_token(name: str) -> Whose:
    """The client of the access token in this field of the form."""

    async def whose(call: Call) -> Account | None:
        session = call.sessions.find((await call.request.form()).get(name, ""))
        return session.account if session else None

    return whose


async def by_visit(call: Call) -> Account | None:
    """The client of the browser visit whose key the path has at `{visit}`."""
    visit = call.world.visits.find(call.path.get("visit", ""))
    return visit.account if visit else None


def bearer(app_header: str | None = None) -> Callable[[Request], Credentials | None]:
    """The token of the usual header, and the key of the app where a header of this name has it."""

    def credentials(request: Request) -> Credentials | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            return None
        return Credentials(token.strip(), request.headers.get(app_header, "") if app_header else None)

    return credentials


def token_in(header: str, app_header: str | None = None) -> Callable[[Request], Credentials | None]:
    """The token that stands alone in this header, and the key of the app where a header of this name has it."""

    def credentials(request: Request) -> Credentials | None:
        token = request.headers.get(header, "").strip()
        return Credentials(token, request.headers.get(app_header, "") if app_header else None) if token else None

    return credentials


def order_update(
    row: Callable[[OrderView], Mapping[str, object]], words: Vocabulary, **headers: str
) -> Callable[[Exchange, Order, App], Postback]:
    """`Dialect.postback` of a broker whose updates carry no proof of where they come from: the order as this row. A
    forged one says that the order is complete."""

    def message(exchange: Exchange, order: Order, app: App) -> Postback:
        view = order_view(exchange, order, words)
        status = words.words[State.COMPLETE]
        forged = replace(view, state=State.COMPLETE, status=status, filled=order.quantity)
        return Postback.of(app.postback_url, row(view), row(forged), **headers)

    return message


def asleep_before(opens: time, refusal: Refusal) -> Callable[[Call], None]:
    """A check for services that sleep from midnight to this wall time in India."""

    def check(call: Call) -> None:
        if call.exchange.now().astimezone(IST).time() < opens:
            raise refusal.refused()

    return check


@cache
def dialects() -> tuple[Dialect, ...]:
    """Every simulated broker: the `DIALECT` of each folder of this package that has a module `dialect`, by name."""
    folders = sorted(one.name for one in pkgutil.iter_modules(torana.sandbox.__path__) if one.ispkg)
    found = (name for name in folders if find_spec(f"torana.sandbox.{name}.dialect"))
    return tuple(import_module(f"torana.sandbox.{name}.dialect").DIALECT for name in found)
