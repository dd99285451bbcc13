"""Kite Connect v3: its routes, and what they have in common."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from torana.sandbox.accounts import Account
from torana.sandbox.faults import Operation
from torana.sandbox.front import Call, Limit, World
from torana.sandbox.kite import instrument_file, instruments, login, portfolio
from torana.sandbox.kite.basket import Counter
from torana.sandbox.kite.errors import InputError, KiteError, TokenError, of_refusal, of_status, success
from torana.sandbox.kite.order_form import read_price, read_ticket, read_variety, read_whole
from torana.sandbox.kite.order_wire import history_wire, order_wire, postback, trade_wire
from torana.sandbox.models import Order, OrderRefused, OrderType
from torana.sandbox.sessions import Session
from torana.sandbox.web import Request, Response, Router

API_VERSION = "3"
ORDERS = Limit("orders", 10)
QUOTES = Limit("quotes", 1)
OTHERS = Limit("others", 10)
"""Requests per second and client. Source: Kite Connect v3 documentation, API rate limits."""

_LIMITS: dict[Operation, Limit | None] = {
    Operation.PLACE: ORDERS,
    Operation.MODIFY: ORDERS,
    Operation.CANCEL: ORDERS,
    Operation.QUOTES: QUOTES,
    Operation.LOGIN: None,
    Operation.BASKET: None,
    Operation.AUTHORISE: None,
}

ApiHandler: TypeAlias = Callable[[Call, Session], Awaitable[Response]]


class Kite:
    """The simulated Zerodha."""

    broker = "kite"

    def __init__(self, world: World) -> None:
        self._world = world
        self._counter = Counter()
        self.prefixes: Mapping[str, Router] = {"/kite/api": self._api(), "/kite/web": self._web()}
        world.exchange.on_change(self._order_changed)

    def _api(self) -> Router:
        router = Router()
        open_routes: tuple[tuple[str, str, Operation, Callable[[Call], Awaitable[Response]]], ...] = (
            ("POST", "/session/token", Operation.TOKEN, login.exchange_token),
            ("DELETE", "/session/token", Operation.LOGOUT, login.log_out),
            ("GET", "/instruments", Operation.INSTRUMENTS, self._instruments),
            ("GET", "/instruments/{exchange}", Operation.INSTRUMENTS, self._instruments),
        )
        for method, path, operation, handler in open_routes:
            router.add(method, path, operation, _checked(handler))
        routes: tuple[tuple[str, str, Operation, ApiHandler], ...] = (
            ("GET", "/user/profile", Operation.PROFILE, self._profile),
            ("GET", "/user/margins", Operation.FUNDS, self._margins),
            ("GET", "/user/margins/{segment}", Operation.FUNDS, self._margins),
            ("GET", "/portfolio/holdings", Operation.HOLDINGS, self._holdings),
            ("POST", "/portfolio/holdings/authorise", Operation.AUTHORISE, self._authorise),
            ("GET", "/portfolio/positions", Operation.POSITIONS, self._positions),
            ("GET", "/orders", Operation.ORDERS, self._orders),
            ("GET", "/orders/{order_id}", Operation.ORDER, self._history),
            ("GET", "/orders/{order_id}/trades", Operation.TRADES, self._order_trades),
            ("GET", "/trades", Operation.TRADES, self._trades),
            ("POST", "/orders/{variety}", Operation.PLACE, self._place),
            ("PUT", "/orders/{variety}/{order_id}", Operation.MODIFY, self._modify),
            ("DELETE", "/orders/{variety}/{order_id}", Operation.CANCEL, self._cancel),
            ("GET", "/quote", Operation.QUOTES, self._quote),
            ("GET", "/quote/ohlc", Operation.QUOTES, self._quote),
            ("GET", "/quote/ltp", Operation.QUOTES, self._quote),
        )
        for method, path, operation, api_handler in routes:
            router.add(method, path, operation, _checked(self._with_session(api_handler)))
        return router

    def _web(self) -> Router:
        router = Router()
        counter = self._counter
        authorise = "/connect/portfolio/authorise/holdings/{key}/{id}"
        router.add("GET", "/connect/login", Operation.LOGIN, login.page)
        router.add("POST", "/connect/login", Operation.LOGIN, login.submit)
        router.add("POST", "/connect/basket", Operation.BASKET, counter.open)
        router.add("GET", "/connect/basket/{id}", Operation.BASKET, counter.show)
        router.add("POST", "/connect/basket/{id}", Operation.BASKET, counter.act)
        router.add("GET", authorise, Operation.AUTHORISE, counter.show_authorisation)
        router.add("POST", authorise, Operation.AUTHORISE, counter.authorise)
        router.add("GET", f"{authorise}/finish", Operation.AUTHORISE, counter.finished)
        return router

    async def client_of(self, request: Request) -> Account | None:
        if request.path == "/kite/api/session/token" and request.method == "POST":
            code = (await request.form()).get("request_token", "")
            return self._world.sessions_of(self.broker).owner_of(code)
        session = self._session(request)
        return session.account if session else None

    def limit(self, operation: Operation) -> Limit | None:
        return _LIMITS.get(operation, OTHERS)

    def error(self, status: int, text: str | None = None) -> Response:
        return of_status(status, text).response()

    def refused(self, refusal: OrderRefused) -> Response:
        return of_refusal(refusal).response()

    def strange_reject(self) -> Response:
        return KiteError(400, "ComplianceException", "The order was refused under rule 7-Q.").response()

    def placed(self, order_id: str | None) -> Response:
        return success({"order_id": order_id} if order_id is not None else {})

    def not_found(self, *, method_wrong: bool) -> Response:
        return self.error(405 if method_wrong else 404)

    def _order_changed(self, order: Order) -> None:
        app = self._world.apps.get(self.broker, {}).get(order.asked.app)
        if order.broker != self.broker or app is None:
            return
        account = self._world.exchange.accounts.find(self.broker, order.account_id)
        message = postback(order, app)
        if account is not None and message is not None:
            self._world.postbacks.send(account, order, message)

    def _session(self, request: Request) -> Session | None:
        """The session that the Authorization header names, live or over."""
        scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
        key, _, token = credentials.partition(":")
        session = self._world.sessions_of(self.broker).find(token)
        return session if scheme == "token" and session is not None and session.app == key else None

    def _with_session(self, handler: ApiHandler) -> Callable[[Call], Awaitable[Response]]:
        async def guarded(call: Call) -> Response:
            session = self._session(call.request)
            if session is None or not session.live(call.exchange.now()):
                raise TokenError
            return await handler(call, session)

        return guarded

    async def _instruments(self, call: Call) -> Response:
        exchange = call.path.get("exchange")
        if exchange not in (None, *instrument_file.EXCHANGES):
            raise InputError("Only NSE and BSE are simulated.")
        return instrument_file.dump(exchange)

    async def _profile(self, _: Call, session: Session) -> Response:
        return success(portfolio.profile_wire(session.account))

    async def _margins(self, call: Call, session: Session) -> Response:
        margins = portfolio.margins_wire(call.exchange, session.account)
        segment = call.path.get("segment")
        if segment is not None and segment not in margins:
            raise InputError("Invalid `segment`.")
        return success(margins if segment is None else margins[segment])

    async def _holdings(self, call: Call, session: Session) -> Response:
        return success(portfolio.holdings_wire(call.exchange, session.account))

    async def _authorise(self, call: Call, session: Session) -> Response:
        return await self._counter.request_authorisation(call, session.account, session.app)

    async def _positions(self, call: Call, session: Session) -> Response:
        return success(portfolio.positions_wire(call.exchange, session.account))

    async def _orders(self, call: Call, session: Session) -> Response:
        return success([order_wire(order) for order in call.book(session.account)])

    async def _history(self, call: Call, session: Session) -> Response:
        return success(list(history_wire(call.find(session.account, call.path["order_id"]))))

    async def _order_trades(self, call: Call, session: Session) -> Response:
        order = call.find(session.account, call.path["order_id"])
        return success([trade_wire(order, trade) for trade in order.trades])

    async def _trades(self, call: Call, session: Session) -> Response:
        orders = {order.order_id: order for order in call.exchange.book(session.account)}
        trades = call.exchange.trades(session.account)
        return success([trade_wire(orders[trade.order_id], trade) for trade in trades])

    async def _place(self, call: Call, session: Session) -> Response:
        form = await _form(call)
        ticket = read_ticket(form, read_variety(call.path["variety"]), session.app)
        return self.placed(call.place(session.account, ticket).order_id)

    async def _modify(self, call: Call, session: Session) -> Response:
        form = await _form(call)
        read_variety(call.path["variety"])
        order = call.find(session.account, call.path["order_id"])
        kind = form.get("order_type") or order.order_type
        if kind not in ("MARKET", "LIMIT"):
            raise InputError("Invalid `order_type`.")
        call.exchange.modify(
            session.account,
            order.order_id,
            quantity=read_whole(form, "quantity", required=False),
            order_type=OrderType(kind),
            limit_price=read_price(form) if form.get("price") and kind == "LIMIT" else None,
        )
        return self.placed(order.order_id)

    async def _cancel(self, call: Call, session: Session) -> Response:
        variety = read_variety(call.path["variety"])
        order = call.find(session.account, call.path["order_id"])
        if (variety == "amo") != order.asked.amo:
            raise InputError("The order is of another `variety`.")
        return self.placed(call.exchange.cancel(session.account, order.order_id).order_id)

    async def _quote(self, call: Call, _: Session) -> Response:
        wanted = [value for name, value in call.request.query_pairs if name == "i"]
        answer = {"/quote": instruments.quote, "/quote/ohlc": instruments.ohlc, "/quote/ltp": instruments.ltp}
        return success(answer[call.request.path.removeprefix("/kite/api")](call.exchange, wanted))


async def _form(call: Call) -> dict[str, str]:
    content_type = call.request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise InputError("The body must be form-encoded.")
    return await call.request.form()


def _checked(handler: Callable[[Call], Awaitable[Response]]) -> Callable[[Call], Awaitable[Response]]:
    """Check the version header, and turn what a handler refuses into Kite's error answer."""

    async def checked(call: Call) -> Response:
        try:
            if call.request.headers.get("x-kite-version") != API_VERSION:
                raise InputError("Missing or unknown `X-Kite-Version`. It should be 3.")
            return await handler(call)
        except KiteError as error:
            return error.response()

    return checked
