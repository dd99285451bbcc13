"""The simulated Upstox as one dialect of the sandbox: its routes, its error answers, its order updates."""

from collections.abc import Awaitable, Callable, Mapping

import msgspec

from torana.sandbox import web
from torana.sandbox.accounts import Account
from torana.sandbox.faults import Operation
from torana.sandbox.front import Call, Limit, World
from torana.sandbox.models import Order, OrderRefused, Reason
from torana.sandbox.postbacks import Postback
from torana.sandbox.upstox import login, orders, pages, place, portfolio, quotes
from torana.sandbox.upstox.access import BROKER, token_of
from torana.sandbox.upstox.errors import Code, Problem, Refused, error_body
from torana.sandbox.upstox.order_wire import update_wire
from torana.sandbox.upstox.uplink import Uplink
from torana.sandbox.upstox.words import refusal_text
from torana.sandbox.web import Request, Response, Router

API_PREFIX = "/upstox/api"
"""Stands for https://api.upstox.com and https://api-hft.upstox.com."""
ASSETS_PREFIX = "/upstox/assets"
"""Stands for https://assets.upstox.com."""
ORDER_LIMIT = 10
"""Requests a second, per client and API."""
OTHER_LIMIT = 50
UNDOCUMENTED_CODE = "UDAPI199999"

_WITH_A_SECRET_IN_THE_FORM = ("/authorization/token", "/uplink/order/place", "/uplink/order/cancel")

_ORDER_OPERATIONS = frozenset({Operation.PLACE, Operation.MODIFY, Operation.CANCEL})
_UNLIMITED = frozenset({Operation.LOGIN, Operation.BASKET, Operation.AUTHORISE, Operation.INSTRUMENTS})
_STATUS_CODES = {
    400: Code.INVALID_INPUT,
    401: Code.INVALID_TOKEN,
    403: Code.STATIC_IP,
    404: Code.RESOURCE_NOT_FOUND,
    423: Code.ORDERS_CLOSED,
    429: Code.TOO_MANY_REQUESTS,
}
"""The code behind a status that a fault asks for; any other is a failure of the server's."""

Handling = Callable[[Call], Awaitable[Response]]

_json = msgspec.json.Encoder(decimal_format="number")


class Upstox:
    """See `front.Dialect`."""

    broker = BROKER

    def __init__(self, world: World) -> None:
        self._world = world
        self._uplink = Uplink()
        self.prefixes: Mapping[str, Router] = {API_PREFIX: self._api(), ASSETS_PREFIX: _assets()}
        world.exchange.on_change(self._tell_app)

    async def client_of(self, request: Request) -> Account | None:
        """By the header, by the code of a token request, by the form of an UpLink request, or by its visit."""
        sessions = self._world.sessions_of(BROKER)
        token = token_of(request)
        if token is None and request.method == "POST" and request.path.endswith(_WITH_A_SECRET_IN_THE_FORM):
            form = await request.form()
            if code := form.get("code"):
                return sessions.owner_of(code)
            token = form.get("access_token")
        session = sessions.find(token) if token else None
        return session.account if session else self._uplink.account_of(request.path)

    def limit(self, operation: Operation) -> Limit | None:
        if operation in _UNLIMITED:
            return None
        return Limit(operation.value, ORDER_LIMIT if operation in _ORDER_OPERATIONS else OTHER_LIMIT)

    def error(self, status: int, text: str | None = None) -> Response:
        code = _STATUS_CODES.get(status, Code.SERVER_ERROR)
        return web.json(error_body(Problem(code, message=text)), status)

    def refused(self, refusal: OrderRefused) -> Response:
        problem = Problem(place.refusal_code(refusal.reason), message=_answer_text(refusal))
        return web.json(error_body(problem), problem.status)

    def strange_reject(self) -> Response:
        problem = Problem(Code.INVALID_INPUT, message="The order gateway did not accept the order").body()
        problem["errorCode"] = problem["error_code"] = UNDOCUMENTED_CODE
        return web.json({"status": "error", "errors": [problem]}, 400)

    def placed(self, order_id: str | None) -> Response:
        return place.placed_v3([order_id] if order_id else [])

    def not_found(self, *, method_wrong: bool) -> Response:
        if method_wrong:
            return web.json(error_body(Problem(Code.NOT_SUPPORTED)), 405)
        return web.json(error_body(Problem(Code.RESOURCE_NOT_FOUND)), 404)

    def _api(self) -> Router:
        router = Router()
        for method, path, operation, handler in _API:
            router.add(method, path, operation, _answering(handler))
        for method, path, operation, handler in (
            ("POST", "/v2/uplink/order/place", Operation.BASKET, self._uplink.place),
            ("POST", "/v2/uplink/order/cancel", Operation.BASKET, self._uplink.cancel),
            ("GET", "/v2/uplink/{visit}", Operation.BASKET, self._uplink.show),
            ("POST", "/v2/uplink/{visit}/confirm", Operation.BASKET, self._uplink.confirm),
            ("POST", "/v2/uplink/{visit}/authorise", Operation.AUTHORISE, self._uplink.authorise),
            ("POST", "/v2/uplink/{visit}/done", Operation.BASKET, self._uplink.done),
        ):
            router.add(method, path, operation, _showing(handler))
        return router

    def _tell_app(self, order: Order) -> None:
        """Send an order update to the app that placed the order."""
        if order.broker != BROKER:
            return
        account = self._world.exchange.accounts.find(BROKER, order.account_id)
        app = self._world.apps.get(BROKER, {}).get(order.asked.app)
        if account is None or app is None:
            return
        told = update_wire(self._world.exchange, order)
        lie = told | {"status": "complete", "filled_quantity": order.quantity, "pending_quantity": 0}
        headers = {"content-type": "application/json", "user-agent": "upstox"}
        postback = Postback(app.postback_url, _json.encode(told), forged=_json.encode(lie), headers=headers)
        self._world.postbacks.send(account, order, postback)


_API: tuple[tuple[str, str, Operation, Handling], ...] = (
    ("GET", "/v2/login/authorization/dialog", Operation.LOGIN, login.show_dialog),
    ("POST", "/v2/login/authorization/dialog", Operation.LOGIN, login.use_dialog),
    ("POST", "/v2/login/authorization/token", Operation.TOKEN, login.token),
    ("DELETE", "/v2/logout", Operation.LOGOUT, login.logout),
    ("GET", "/v2/user/profile", Operation.PROFILE, portfolio.profile),
    ("GET", "/v2/user/get-funds-and-margin", Operation.FUNDS, portfolio.funds_v2),
    ("GET", "/v3/user/get-funds-and-margin", Operation.FUNDS, portfolio.funds_v3),
    ("GET", "/v2/portfolio/long-term-holdings", Operation.HOLDINGS, portfolio.holdings),
    ("GET", "/v2/portfolio/short-term-positions", Operation.POSITIONS, portfolio.positions),
    ("GET", "/v2/market-quote/ltp", Operation.QUOTES, quotes.ltp_v2),
    ("GET", "/v3/market-quote/ltp", Operation.QUOTES, quotes.ltp_v3),
    ("POST", "/v3/order/place", Operation.PLACE, place.place_v3),
    ("POST", "/v2/order/place", Operation.PLACE, place.place_v2),
    ("POST", "/v2/order/multi/place", Operation.PLACE, place.place_multi),
    ("PUT", "/v3/order/modify", Operation.MODIFY, orders.modify_v3),
    ("PUT", "/v2/order/modify", Operation.MODIFY, orders.modify_v2),
    ("DELETE", "/v3/order/cancel", Operation.CANCEL, orders.cancel_v3),
    ("DELETE", "/v2/order/cancel", Operation.CANCEL, orders.cancel_v2),
    ("DELETE", "/v2/order/multi/cancel", Operation.CANCEL, orders.cancel_multi),
    ("GET", "/v2/order/retrieve-all", Operation.ORDERS, orders.order_book),
    ("GET", "/v2/order/history", Operation.ORDERS, orders.history),
    ("GET", "/v2/order/details", Operation.ORDER, orders.details),
    ("GET", "/v2/order/trades", Operation.TRADES, orders.order_trades),
    ("GET", "/v2/order/trades/get-trades-for-day", Operation.TRADES, orders.day_trades),
)
"""The history counts as reading the book, for it is how an order is looked for by its tag."""


def _assets() -> Router:
    router = Router()
    router.add("GET", "/market-quote/instruments/exchange/{name}", Operation.INSTRUMENTS, quotes.instruments)
    return router


def _answering(handler: Handling) -> Handling:
    """Refusals as error bodies, for apps."""

    async def answer(call: Call) -> Response:
        try:
            return await handler(call)
        except Refused as refusal:
            return web.json(error_body(refusal.problem), refusal.problem.status)

    return answer


def _showing(handler: Handling) -> Handling:
    """Refusals as pages, for people."""

    async def answer(call: Call) -> Response:
        try:
            return await handler(call)
        except Refused as refusal:
            return pages.refusal(refusal.problem)

    return answer


def _answer_text(refusal: OrderRefused) -> str | None:
    """The text of a refusal in the answer. None: the code's own."""
    if refusal.reason in (Reason.SYMBOL, Reason.AMO_CLOSED, Reason.NOT_FOUND):
        return None
    return refusal_text(refusal.reason) or refusal.message
