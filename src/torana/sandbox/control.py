"""The control API: faults, the exchange's clock, the ledger, and pushing single orders along."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import TypeVar

import msgspec

from torana.kit.clock import IST
from torana.market import calendar
from torana.market.models import Security
from torana.sandbox import account_opening, fills, magic, pages, web
from torana.sandbox.accounts import Account
from torana.sandbox.control_bodies import (
    AccountBody,
    AdvanceBody,
    AppBody,
    ClockBody,
    FreezeBody,
    NextLoginBody,
    OpeningBody,
    PostbackBody,
    PriceBody,
    SessionsBody,
    SettingsBody,
)
from torana.sandbox.exchange_page import ExchangePage
from torana.sandbox.faults import FAULT_NOTES, Fault
from torana.sandbox.ledger_view import account_view, ledger_view, order_view
from torana.sandbox.login import LONGEST_NAME
from torana.sandbox.models import Order, OrderRefused
from torana.sandbox.moments import Moment, next_of
from torana.sandbox.registrar_books import PANS
from torana.sandbox.securities import named
from torana.sandbox.web import Request, Response, Router
from torana.sandbox.world import App, World

T = TypeVar("T")
_LONGEST_CLOSES = timedelta(days=11 * 366)


class Refused(Exception):
    """A request to the control API that cannot be done."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True)
class _Call:
    """One request. `path` is what the route's pattern caught."""

    request: Request
    path: Mapping[str, str]


class Control:
    """Everything under /sandbox."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._exchange_page = ExchangePage(world)
        self.router = Router[Callable[[_Call], Awaitable[Response]]]()
        add = self.router.add
        for method, path, handler in (
            ("GET", "/", self._page),
            ("GET", "/inputs", self._inputs),
            ("GET", "/live", self._live),
            ("GET", "/static/{name}", self._static),
            ("GET", "/clock", self._clock),
            ("POST", "/clock", self._set_clock),
            ("GET", "/faults", self._faults),
            ("POST", "/faults", self._add_fault),
            ("DELETE", "/faults", self._clear_faults),
            ("DELETE", "/faults/{id}", self._clear_fault),
            ("GET", "/ledger", self._ledger),
            ("GET", "/magic", self._magic),
            ("POST", "/orders/{id}/advance", self._advance),
            ("POST", "/sessions/end", self._end_sessions),
            ("POST", "/next-login", self._set_next_login),
            ("POST", "/postbacks/{id}", self._repeat_postback),
            ("GET", "/prices", self._prices),
            ("POST", "/prices", self._pin_price),
            ("GET", "/closes", self._closes),
            ("POST", "/freeze", self._set_freeze),
            ("POST", "/accounts", self._set_account),
            ("POST", "/apps", self._set_app),
            ("POST", "/settings", self._set_settings),
            ("POST", "/openings/{lead}", self._tell_opening),
            ("POST", "/reset", self._reset),
        ):
            add(method, path, handler)

    async def answer(self, request: Request, path: str) -> Response:
        self._world.exchange.catch_up()
        found = self.router.match(request.method, path)
        if found is None:
            status = 405 if self.router.knows(path) else 404
            return web.json({"error": "there is no such call; see /sandbox/"}, status)
        await request.body()
        handler, caught = found
        if request.method not in ("GET", "HEAD"):
            self._exchange_page.changed()
        try:
            return await handler(_Call(request, caught))
        except Refused as refused:
            return web.json({"error": refused.message}, refused.status)
        except (msgspec.ValidationError, msgspec.DecodeError, ValueError) as error:
            return web.json({"error": str(error)}, 400)
        except OrderRefused as refusal:
            return web.json({"error": refusal.message}, 409)

    async def _page(self, _: _Call) -> Response:
        return self._exchange_page.page()

    async def _inputs(self, _: _Call) -> Response:
        return self._exchange_page.inputs()

    async def _live(self, _: _Call) -> Response:
        return self._exchange_page.live()

    async def _static(self, call: _Call) -> Response:
        return pages.static(call.path["name"])

    async def _clock(self, _: _Call) -> Response:
        exchange = self._world.exchange
        now = exchange.now()
        return web.json(
            {
                "now": now,
                "offsetSeconds": exchange.time.offset.total_seconds(),
                "phase": calendar.phase(now),
                "amoOpen": calendar.amo_open(now),
                "nextOpen": calendar.next_open(now),
            }
        )

    async def _set_clock(self, call: _Call) -> Response:
        body = await _read(call, ClockBody)
        time = self._world.exchange.time
        if body.now is not None:
            if body.now.tzinfo is None:
                raise Refused("`now` needs an offset from UTC")
            time.set_now(body.now)
        elif body.offset_seconds is not None:
            time.set_offset(timedelta(seconds=body.offset_seconds))
        elif body.advance_seconds is not None:
            time.set_offset(time.offset + timedelta(seconds=body.advance_seconds))
        elif body.mode == "trading":
            time.to_trading_hours()
        elif body.mode == "real":
            time.set_offset(timedelta())
        elif body.mode in set(Moment):
            time.set_now(next_of(Moment(body.mode), time.now()))
        else:
            modes = ", ".join(f"`{mode}`" for mode in ("trading", "real", *Moment))
            raise Refused(f"give `now`, `offsetSeconds`, `advanceSeconds` or `mode` ({modes})")
        self._world.exchange.catch_up()
        return await self._clock(call)

    async def _closes(self, call: _Call) -> Response:
        """Of the sessions that have ended, whatever price is held now."""
        exchange = self._world.exchange
        since = date.fromisoformat(call.request.query.get("since", ""))
        now = exchange.now()
        if now.astimezone(IST).date() - since > _LONGEST_CLOSES:
            raise Refused("`since` is at most eleven years ago")
        try:
            closes = [
                {"symbol": symbol, "day": day, "close": close}
                for name, symbol in call.request.query_pairs
                if name == "symbol"
                for day, close in exchange.prices.closes(symbol, since, now)
            ]
        except KeyError as unknown:
            raise Refused(f"not listed: {unknown}") from None
        return web.json({"closes": closes})

    async def _faults(self, _: _Call) -> Response:
        return web.json({"faults": self._world.faults.all()})

    async def _add_fault(self, call: _Call) -> Response:
        fault = await _read(call, Fault)
        return web.json(self._world.faults.add(fault, self._world.exchange.now()), 201)

    async def _clear_faults(self, _: _Call) -> Response:
        self._world.faults.clear()
        return web.json({"faults": []})

    async def _clear_fault(self, call: _Call) -> Response:
        self._world.faults.clear(int(call.path["id"]))
        return web.json({"faults": self._world.faults.all()})

    async def _ledger(self, call: _Call) -> Response:
        return web.json(ledger_view(self._world, call.request.query))

    async def _magic(self, _: _Call) -> Response:
        return web.json(
            {
                "names": [{"name": entry.name, "note": entry.note} for entry in magic.NAMES.values()],
                "quantities": [{"quantity": each.quantity, "note": each.note} for each in magic.QUANTITIES.values()],
                "pans": [{"digits": digits, "note": note} for digits, (_, note) in PANS.items()],
                "faults": FAULT_NOTES,
            }
        )

    async def _advance(self, call: _Call) -> Response:
        body = await _read(call, AdvanceBody)
        order = self._order(call)
        fills.advance(
            self._world.exchange,
            order,
            body.action,
            quantity=body.quantity,
            price=body.price,
            reason=body.reason,
            text=body.text,
        )
        return web.json(order_view(order))

    async def _end_sessions(self, call: _Call) -> Response:
        body = await _read(call, SessionsBody)
        account = self._account(body.broker, body.account) if body.account else None
        return web.json({"ended": self._world.sessions_of(body.broker).end(account)})

    async def _set_next_login(self, call: _Call) -> Response:
        """Have a user name typed in already on the next login page."""
        body = await _read(call, NextLoginBody)
        self._world.next_user = body.user_name.strip()[:LONGEST_NAME]
        return web.json({"userName": self._world.next_user})

    async def _repeat_postback(self, call: _Call) -> Response:
        body = await _read(call, PostbackBody, may_be_empty=True)
        order = self._order(call)
        for _ in range(body.times):
            if not self._world.postbacks.repeat(order, body.which):
                raise Refused("no such postback was made for this order", 404)
        return web.json({"sent": body.times})

    async def _prices(self, call: _Call) -> Response:
        exchange, now = self._world.exchange, self._world.exchange.now()
        told = []
        for name in (value for key, value in call.request.query_pairs if key == "symbol"):
            security = _security(name)
            lowest, highest = exchange.prices.band(security, now)
            last = exchange.last_price(security)
            told.append({"symbol": name, "last": last, "lowest": lowest, "highest": highest})
        return web.json({"prices": told})

    async def _pin_price(self, call: _Call) -> Response:
        body = await _read(call, PriceBody)
        security, exchange = _security(body.symbol), self._world.exchange
        exchange.prices.pin(security, body.price)
        exchange.catch_up()
        return web.json({"symbol": body.symbol, "price": exchange.last_price(security)})

    async def _set_freeze(self, call: _Call) -> Response:
        body = await _read(call, FreezeBody)
        _security(body.symbol)
        quantities = self._world.exchange.freeze_quantities
        quantities.pop(body.symbol, None)
        if body.quantity is not None:
            quantities[body.symbol] = body.quantity
        return web.json({"symbol": body.symbol, "quantity": body.quantity})

    async def _set_account(self, call: _Call) -> Response:
        body = await _read(call, AccountBody)
        account = self._account(body.broker, body.account)
        if body.cash is not None:
            account.cash = account.opening_cash = body.cash
        if body.needs_edis is not None:
            account.needs_edis = body.needs_edis
        if body.blocked is not None:
            account.blocked = body.blocked
        if body.holdings is not None:
            given = {_security(name): quantity for name, quantity in body.holdings.items()}
            account.holdings.clear()
            for security, quantity in given.items():
                held = account.holding(security)
                held.quantity = quantity
                held.cost = quantity * self._world.exchange.last_price(security)
        return web.json(account_view(self._world, account))

    async def _set_app(self, call: _Call) -> Response:
        body = await _read(call, AppBody)
        apps = self._world.apps.setdefault(body.broker, {})
        app = apps.setdefault(body.key, App(body.key, "", "", ""))
        app.secret = app.secret if body.secret is None else body.secret
        app.redirect_url = app.redirect_url if body.redirect_url is None else body.redirect_url
        app.postback_url = app.postback_url if body.postback_url is None else body.postback_url
        return web.json({"key": app.key, "redirectUrl": app.redirect_url, "postbackUrl": app.postback_url})

    async def _set_settings(self, call: _Call) -> Response:
        body = await _read(call, SettingsBody)
        exchange = self._world.exchange
        if body.rate_limits is not None:
            self._world.rate_limits = body.rate_limits
        fastest, slowest = body.fastest_fill_seconds, body.slowest_fill_seconds
        exchange.tempo = type(exchange.tempo)(
            exchange.tempo.fastest if fastest is None else fastest,
            exchange.tempo.slowest if slowest is None else slowest,
        )
        return web.json({"rateLimits": self._world.rate_limits} | asdict(exchange.tempo))

    async def _tell_opening(self, call: _Call) -> Response:
        """Have the broker tell from server to server how far an account is by now."""
        body = await _read(call, OpeningBody)
        opening = self._world.openings.find(call.path["lead"])
        if opening is None:
            raise Refused("no such request to open an account came", 404)
        return web.json(await account_opening.tell(opening, body.status))

    async def _reset(self, _: _Call) -> Response:
        """Forget accounts, orders, sessions, faults and pinned prices; time goes on."""
        self._world.exchange.forget()
        self._world.faults.clear()
        self._world.postbacks.forget()
        self._world.visits.forget()
        self._world.depository.forget()
        self._world.registrar.forget()
        self._world.openings.forget()
        self._world.next_user = ""
        for sessions in self._world.sessions.values():
            sessions.forget()
        return web.json({"reset": True})

    def _order(self, call: _Call) -> Order:
        order = self._world.exchange.find_anywhere(call.path["id"])
        if order is None:
            raise Refused("there is no such order", 404)
        return order

    def _account(self, broker: str, name_or_id: str) -> Account:
        account = self._world.exchange.accounts.find(broker, name_or_id)
        if account is None:
            raise Refused("nobody of this name has logged in", 404)
        return account


def _security(name: str) -> Security:
    try:
        return named(name)
    except KeyError:
        raise Refused(f"{name} is not listed", 404) from None


async def _read(call: _Call, kind: type[T], *, may_be_empty: bool = False) -> T:
    body = await call.request.body()
    return msgspec.json.decode(body or b"{}" if may_be_empty else body, type=kind)
