"""The control API: faults, the ledger, clients, and pushing single orders along; the market's part is beside it."""

import msgspec

from torana.sandbox import account_opening, fills, magic, pages, web
from torana.sandbox.accounts import Account
from torana.sandbox.control_bodies import (
    AccountBody,
    AdvanceBody,
    AppBody,
    NextLoginBody,
    OpeningBody,
    PostbackBody,
    SessionsBody,
)
from torana.sandbox.control_call import ControlCall, Handler, Refused, read, security_of
from torana.sandbox.control_market import MarketControl
from torana.sandbox.exchange_page import ExchangePage
from torana.sandbox.faults import FAULT_NOTES, Fault
from torana.sandbox.ledger_view import account_view, ledger_view, order_view
from torana.sandbox.login import LONGEST_NAME
from torana.sandbox.models import Order, OrderRefused
from torana.sandbox.registrar_books import PANS
from torana.sandbox.web import Request, Response, Router
from torana.sandbox.world import App, World


class Control:
    """Everything under /sandbox."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._exchange_page = ExchangePage(world)
        self.router = Router[Handler]()
        add = self.router.add
        for method, path, handler in (
            ("GET", "/", self._page),
            ("GET", "/inputs", self._inputs),
            ("GET", "/live", self._live),
            ("GET", "/static/{name}", self._static),
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
            ("POST", "/accounts", self._set_account),
            ("POST", "/apps", self._set_app),
            ("POST", "/openings/{lead}", self._tell_opening),
            ("POST", "/reset", self._reset),
            *MarketControl(world).routes(),
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
            return await handler(ControlCall(request, caught))
        except Refused as refused:
            return web.json({"error": refused.message}, refused.status)
        except (msgspec.ValidationError, msgspec.DecodeError, ValueError, OverflowError) as error:
            return web.json({"error": str(error)}, 400)
        except OrderRefused as refusal:
            return web.json({"error": refusal.message}, 409)

    async def _page(self, _: ControlCall) -> Response:
        return self._exchange_page.page()

    async def _inputs(self, _: ControlCall) -> Response:
        return self._exchange_page.inputs()

    async def _live(self, _: ControlCall) -> Response:
        return self._exchange_page.live()

    async def _static(self, call: ControlCall) -> Response:
        return pages.static(call.path["name"])

    async def _faults(self, _: ControlCall) -> Response:
        return web.json({"faults": self._world.faults.all()})

    async def _add_fault(self, call: ControlCall) -> Response:
        fault = await read(call, Fault)
        return web.json(self._world.faults.add(fault, self._world.exchange.now()), 201)

    async def _clear_faults(self, _: ControlCall) -> Response:
        self._world.faults.clear()
        return web.json({"faults": []})

    async def _clear_fault(self, call: ControlCall) -> Response:
        self._world.faults.clear(int(call.path["id"]))
        return web.json({"faults": self._world.faults.all()})

    async def _ledger(self, call: ControlCall) -> Response:
        return web.json(ledger_view(self._world, call.request.query))

    async def _magic(self, _: ControlCall) -> Response:
        return web.json(
            {
                "names": [{"name": entry.name, "note": entry.note} for entry in magic.NAMES.values()],
                "quantities": [{"quantity": each.quantity, "note": each.note} for each in magic.QUANTITIES.values()],
                "pans": [{"digits": digits, "note": note} for digits, (_, note) in PANS.items()],
                "faults": FAULT_NOTES,
            }
        )

    async def _advance(self, call: ControlCall) -> Response:
        body = await read(call, AdvanceBody)
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

    async def _end_sessions(self, call: ControlCall) -> Response:
        body = await read(call, SessionsBody)
        account = self._account(body.broker, body.account) if body.account else None
        return web.json({"ended": self._world.sessions_of(body.broker).end(account)})

    async def _set_next_login(self, call: ControlCall) -> Response:
        """Have a user name typed in already on the next login page."""
        body = await read(call, NextLoginBody)
        self._world.next_user = body.user_name.strip()[:LONGEST_NAME]
        return web.json({"userName": self._world.next_user})

    async def _repeat_postback(self, call: ControlCall) -> Response:
        body = await read(call, PostbackBody, may_be_empty=True)
        order = self._order(call)
        for _ in range(body.times):
            if not self._world.postbacks.repeat(order, body.which):
                raise Refused("no such postback was made for this order", 404)
        return web.json({"sent": body.times})

    async def _set_account(self, call: ControlCall) -> Response:
        body = await read(call, AccountBody)
        account = self._account(body.broker, body.account)
        if body.cash is not None:
            account.cash = account.opening_cash = body.cash
        if body.needs_edis is not None:
            account.needs_edis = body.needs_edis
        if body.blocked is not None:
            account.blocked = body.blocked
        if body.holdings is not None:
            given = {security_of(name): quantity for name, quantity in body.holdings.items()}
            account.holdings.clear()
            for security, quantity in given.items():
                held = account.holding(security)
                held.quantity = quantity
                held.cost = quantity * self._world.exchange.last_price(security)
        return web.json(account_view(self._world, account))

    async def _set_app(self, call: ControlCall) -> Response:
        body = await read(call, AppBody)
        apps = self._world.apps.setdefault(body.broker, {})
        app = apps.setdefault(body.key, App(body.key, "", "", ""))
        app.secret = app.secret if body.secret is None else body.secret
        app.redirect_url = app.redirect_url if body.redirect_url is None else body.redirect_url
        app.postback_url = app.postback_url if body.postback_url is None else body.postback_url
        return web.json({"key": app.key, "redirectUrl": app.redirect_url, "postbackUrl": app.postback_url})

    async def _tell_opening(self, call: ControlCall) -> Response:
        """Have the broker tell from server to server how far an account is by now."""
        body = await read(call, OpeningBody)
        opening = self._world.openings.find(call.path["lead"])
        if opening is None:
            raise Refused("no such request to open an account came", 404)
        return web.json(await account_opening.tell(opening, body.status))

    async def _reset(self, _: ControlCall) -> Response:
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

    def _order(self, call: ControlCall) -> Order:
        order = self._world.exchange.find_anywhere(call.path["id"])
        if order is None:
            raise Refused("there is no such order", 404)
        return order

    def _account(self, broker: str, name_or_id: str) -> Account:
        account = self._world.exchange.accounts.find(broker, name_or_id)
        if account is None:
            raise Refused("nobody of this name has logged in", 404)
        return account
