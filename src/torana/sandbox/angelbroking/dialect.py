"""The simulated Angel One as one dialect of the sandbox. See the package's docstring for what is a choice of ours."""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any
from urllib.parse import urlencode

import msgspec

from torana.kit.money import Paise, nearest_paise
from torana.market import calendar
from torana.market.calendar import session_end
from torana.market.securities import Security
from torana.sandbox import magic, pages, web
from torana.sandbox.accounts import Account
from torana.sandbox.angelbroking import wire
from torana.sandbox.faults import Operation
from torana.sandbox.front import App, Call, Limit, World
from torana.sandbox.magic import LoginEnd
from torana.sandbox.models import Order, OrderRefused, OrderType, Reason, Side, Ticket
from torana.sandbox.postbacks import Postback
from torana.sandbox.prices import listed
from torana.sandbox.sessions import Session
from torana.sandbox.web import Request, Response, Router

BROKER = "angelbroking"
USER_ID_FORM = "A000000"
TOKENS_END = "00:00"
"""Wall time in IST at which every token dies."""
TOO_FAST = "Access denied because of exceeding rate limit"
LONGEST_TAG = 19
TOKENS_IN_A_REQUEST = 50

_ORDERS = Limit("orders", 9)
_LIMITS: Mapping[Operation, Limit] = {
    Operation.PLACE: _ORDERS, Operation.MODIFY: _ORDERS, Operation.CANCEL: _ORDERS,
    **{one: Limit(one.value, 1) for one in (Operation.ORDERS, Operation.TRADES, Operation.HOLDINGS)},
    Operation.POSITIONS: Limit("positions", 1), Operation.LOGOUT: Limit("logout", 1),
    Operation.FUNDS: Limit("funds", 2), Operation.PROFILE: Limit("profile", 3),
    Operation.ORDER: Limit("order", 10), Operation.QUOTES: Limit("quotes", 10),
}  # fmt: skip
"""Requests a second and client. Source: SmartAPI documentation, rate limit."""

MEANINGS = {
    "AG8001": "Invalid Token", "AG8002": "Token Expired", "AG8003": "Token missing", "AG8004": "Invalid API Key",
    "AB1000": "Invalid Email Or Password", "AB1005": "User Type Must Be USER", "AB1006": "Client Is Block For Trading",
    "AB1007": "AMX Error", "AB1008": "Invalid Order Variety", "AB1009": "Symbol Not Found",
    "AB1012": "Invalid Product Type", "AB1013": "Order not found", "AB2000": "Error not specified",
    "AB2001": "Internal Error, Please try after sometime", "AB2002": "ROBO order is block",
    "AB4008": "ordertag length should be less than 20 characters", "AB8050": "Invalid Refresh Token",
}  # fmt: skip
"""Source: SmartAPI documentation, error codes; `AG8004` is seen by clients only."""
UNDOCUMENTED_CODE = "AB9999"

_MANDATORY = ("x-sourceid", "x-clientlocalip", "x-clientpublicip", "x-macaddress")
_REFUSED_AT_ONCE = {
    Reason.SYMBOL: "AB1009", Reason.ACCOUNT_BLOCKED: "AB1006", Reason.NOT_FOUND: "AB1013", Reason.FINAL: "AB1013",
}  # fmt: skip
"""What the answer to a call can say; everything else an order system finds later."""

_json = msgspec.json.Encoder(decimal_format="number")
Handling = Callable[[Call, Session], Awaitable[object]]


class Refused(Exception):
    """Refused with one of SmartAPI's codes."""

    def __init__(self, code: str, text: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.text = text or MEANINGS.get(code, "")

    def response(self, status: int = 200) -> Response:
        if self.code.startswith("AG80"):
            return web.json({"success": False, "message": self.text, "errorCode": self.code, "data": ""}, status)
        return web.json({"status": False, "message": self.text, "errorcode": self.code, "data": None}, status)


class AngelOne:
    """See `front.Dialect`."""

    broker = BROKER

    def __init__(self, world: World) -> None:
        self._world = world
        self._refresh: dict[str, Session] = {}
        self.prefixes: Mapping[str, Router] = {
            "/angelbroking/api": self._api(), "/angelbroking/web": self._web(), "/angelbroking/files": self._files(),
        }  # fmt: skip
        world.exchange.on_change(self._tell_app)

    def _api(self) -> Router:
        router = Router()
        auth, secure = "/rest/auth/angelbroking", "/rest/secure/angelbroking"
        router.add("POST", f"{auth}/user/v1/loginByPassword", Operation.TOKEN, _refusing(self._log_in_by_password))
        router.add("POST", f"{auth}/jwt/v1/generateTokens", Operation.TOKEN, _refusing(self._renew))
        routes: Sequence[tuple[str, str, Operation, Handling]] = (
            ("GET", "user/v1/getProfile", Operation.PROFILE, _profile),
            ("POST", "user/v1/logout", Operation.LOGOUT, _log_out),
            ("GET", "user/v1/getRMS", Operation.FUNDS, _limits),
            ("POST", "order/v1/placeOrder", Operation.PLACE, _place),
            ("POST", "order/v1/cancelOrder", Operation.CANCEL, _cancel),
            ("GET", "order/v1/getOrderBook", Operation.ORDERS, _book),
            ("GET", "order/v1/details/{id}", Operation.ORDER, _details),
            ("GET", "order/v1/getTradeBook", Operation.TRADES, _trades),
            ("GET", "order/v1/getPosition", Operation.POSITIONS, _positions),
            ("GET", "portfolio/v1/getHolding", Operation.HOLDINGS, _holdings),
            ("POST", "market/v1/quote", Operation.QUOTES, _quote),
            ("POST", "market/v1/quote/", Operation.QUOTES, _quote),
        )
        for method, path, operation, handling in routes:
            router.add(method, f"{secure}/{path}", operation, _with_session(handling))
        return router

    def _web(self) -> Router:
        router = Router()
        router.add("GET", "/publisher-login", Operation.LOGIN, self._show_login)
        router.add("POST", "/publisher-login", Operation.LOGIN, self._use_login)
        return router

    def _files(self) -> Router:
        router = Router()
        path = "/OpenAPI_File/files/OpenAPIScripMaster.json"
        router.add("GET", path, Operation.INSTRUMENTS, _scrip_master)
        return router

    async def client_of(self, request: Request) -> Account | None:
        session = self._world.sessions_of(BROKER).find(_bearer(request))
        return session.account if session else None

    def limit(self, operation: Operation) -> Limit | None:
        return _LIMITS.get(operation)

    def error(self, status: int, text: str | None = None) -> Response:
        if status == 429:
            return Response(403, TOO_FAST.encode())
        return Refused("AB2001" if status >= 500 else "AB2000", text).response(status)

    def refused(self, refusal: OrderRefused) -> Response:
        return Refused(_REFUSED_AT_ONCE.get(refusal.reason, "AB1007"), refusal.message).response()

    def strange_reject(self) -> Response:
        return Refused(UNDOCUMENTED_CODE, "The order was refused under rule 7-Q.").response()

    def placed(self, order_id: str | None) -> Response:
        ids = {} if order_id is None else {"script": "", "orderid": order_id, "uniqueorderid": secrets.token_hex(8)}
        return _success(ids)

    def not_found(self, *, method_wrong: bool) -> Response:
        return self.error(405 if method_wrong else 404)

    async def _show_login(self, call: Call) -> Response:
        return _page(_app(call))

    async def _use_login(self, call: Call) -> Response:
        """The investor pressed a button of the page. Nothing is exchanged afterwards: the token goes to the browser."""
        app = _app(call)
        form = await call.request.form()
        user = form.get("user_id", "").strip()
        if app is None or not user or len(user) > 60:
            return _page(app, "Enter a user name.")
        special = magic.name_of(user)
        end = special.end if special else LoginEnd.SUCCESS
        if form.get("action") == "cancel" or end in (LoginEnd.CANCELLED, LoginEnd.FAILED):
            return _back(call, app, LoginEnd.CANCELLED)
        if end is LoginEnd.NEVER:
            return pages.render("message.html", title="One moment", text="Angel One is taking longer than usual.")
        session, token = self._begin(call, _account(call, user), app)
        if end is LoginEnd.EXPIRED_CODE:
            session.ends_at = call.exchange.now() - timedelta(seconds=1)
        session.ended = end is LoginEnd.USED_CODE
        given = secrets.token_hex(16) if end is LoginEnd.UNKNOWN_CODE else token
        return _back(call, app, end, auth_token=given, feed_token=secrets.token_hex(8))

    async def _log_in_by_password(self, call: Call) -> Response:
        """The way of the official client, which investors' own programs use."""
        body, app = await _body(call), _app_of(call)
        user, totp = body.get("clientcode"), body.get("totp")
        if not isinstance(user, str) or not user or not body.get("password") or len(str(totp)) != 6:
            raise Refused("AB1000")
        known = call.exchange.accounts.find(BROKER, user)
        session, token = self._begin(call, known or _account(call, user), app)
        return _success(self._tokens(session, token) | {"state": body.get("state")})

    async def _renew(self, call: Call) -> Response:
        app = _app_of(call)
        before = self._refresh.pop(str((await _body(call)).get("refreshToken")), None)
        if before is None or before.app != app.key:
            raise Refused("AB8050")
        return _success(self._tokens(*self._begin(call, before.account, app)))

    def _begin(self, call: Call, account: Account, app: App) -> tuple[Session, str]:
        now = call.exchange.now()
        token = call.sessions.start(account, app.key, now, session_end(now, TOKENS_END))
        session = call.sessions.find(token)
        assert session is not None  # begun just now
        return session, token

    def _tokens(self, session: Session, token: str) -> dict[str, object]:
        refresh = secrets.token_hex(16)
        self._refresh[refresh] = session
        return {"jwtToken": token, "refreshToken": refresh, "feedToken": secrets.token_hex(8)}

    def _tell_app(self, order: Order) -> None:
        """Send an order update to the app that placed the order. It carries no proof of where it comes from."""
        account = self._world.exchange.accounts.find(order.broker, order.account_id)
        app = self._world.apps.get(BROKER, {}).get(order.asked.app)
        if order.broker != BROKER or account is None or app is None:
            return
        told = wire.details(self._world.exchange, order) | {"clientcode": account.user_id}
        lie = told | {"status": "complete", "orderstatus": "complete", "filledshares": str(order.quantity)}
        headers = {"content-type": "application/json"}
        self._world.postbacks.send(
            account, order, Postback(app.postback_url, _json.encode(told), _json.encode(lie), headers)
        )


async def _profile(call: Call, session: Session) -> object:
    account = session.account
    return {
        "clientcode": account.user_id,
        "name": account.user_name.upper(),
        "email": "",
        "mobileno": "",
        "exchanges": '[ "NSE" ]',
        "products": '[ "DELIVERY" ]',
        "lastlogintime": "",
        "brokerid": "B2C",
    }


async def _log_out(call: Call, session: Session) -> object:
    if (await _body(call)).get("clientcode") != session.account.user_id:
        raise Refused("AB2000")
    session.ended = True
    return ""


async def _limits(call: Call, session: Session) -> object:
    return wire.limits(call.exchange, session.account)


async def _book(call: Call, session: Session) -> object:
    return [wire.book_row(call.exchange, order) for order in call.book(session.account)] or None


async def _details(call: Call, session: Session) -> object:
    for order in call.book(session.account):
        if order.guid == call.path["id"]:
            return wire.details(call.exchange, order)
    raise Refused("AB1013")


async def _trades(call: Call, session: Session) -> object:
    orders = {order.order_id: order for order in call.exchange.book(session.account)}
    trades = call.exchange.trades(session.account)
    return [wire.trade_row(call.exchange, orders[one.order_id], one) for one in trades] or None


async def _positions(call: Call, session: Session) -> object:
    return wire.positions(call.exchange, session.account) or None


async def _holdings(call: Call, session: Session) -> object:
    return wire.holdings(call.exchange, session.account) or None


async def _quote(call: Call, session: Session) -> object:
    body = await _body(call)
    wanted = body.get("exchangeTokens")
    tokens = [(where, str(one)) for where, some in dict(wanted or {}).items() for one in some]
    if body.get("mode") not in ("LTP", "OHLC") or len(tokens) > TOKENS_IN_A_REQUEST:
        raise Refused("AB2000")
    found = [(where, token, _tokens().get(token) if where == "NSE" else None) for where, token in tokens]
    whole_day = body["mode"] == "OHLC"
    return {
        "fetched": [wire.quote(call.exchange, one, whole_day=whole_day) for _, _, one in found if one],
        "unfetched": [
            {"exchange": where, "symbolToken": token, "message": "Symbol not found", "errorCode": "AB1018"}
            for where, token, one in found
            if one is None
        ],
    }


async def _place(call: Call, session: Session) -> object:
    ticket = _ticket(call, session, await _body(call))
    try:
        order = call.place(session.account, ticket)
    except OrderRefused as refusal:
        if refusal.reason in _REFUSED_AT_ONCE:
            raise
        order = call.exchange.accept(session.account, ticket, ticket, reject=refusal.reason)
    return {
        "script": wire.names(listed()[ticket.symbol])["tradingsymbol"],
        "orderid": order.order_id,
        "uniqueorderid": order.guid,
    }


async def _cancel(call: Call, session: Session) -> object:
    body = await _body(call)
    order = call.find(session.account, str(body.get("orderid")))
    if body.get("variety") != wire.variety_of(order):
        raise Refused("AB1008")
    call.exchange.cancel(session.account, order.order_id)
    return {"orderid": order.order_id, "uniqueorderid": order.guid}


def _ticket(call: Call, session: Session, body: Mapping[str, Any]) -> Ticket:
    """Raises `Refused` for what SmartAPI sees before its order system."""
    if body.get("variety") != "NORMAL":
        raise Refused("AB2002" if body.get("variety") == "ROBO" else "AB1008")
    security = _tokens().get(str(body.get("symboltoken")))
    if security is None or body.get("tradingsymbol") != wire.names(security)["tradingsymbol"]:
        raise Refused("AB1009")
    if body.get("exchange") != "NSE" or body.get("producttype") not in ("DELIVERY", "INTRADAY", "MARGIN"):
        raise Refused("AB1009" if body.get("exchange") != "NSE" else "AB1012")
    if len(tag := body.get("ordertag") or "") > LONGEST_TAG:
        raise Refused("AB4008")
    kind, price, quantity = body.get("ordertype"), _number(body.get("price", 0)), _number(body.get("quantity"))
    usual = kind in ("MARKET", "LIMIT") and body.get("duration") in ("DAY", "IOC")
    if not usual or body.get("transactiontype") not in ("BUY", "SELL") or quantity != quantity.to_integral_value():
        raise Refused("AB2000")
    limit: Paise | None = nearest_paise(price) if kind == "LIMIT" else None
    now = call.exchange.now()
    amo = not call.exchange.phase().takes_orders and calendar.amo_open(now)
    return Ticket(
        symbol=security.symbol,
        side=Side(body["transactiontype"]),
        quantity=int(quantity),
        order_type=OrderType(body["ordertype"]),
        limit_price=limit,
        product=body["producttype"],
        validity=body["duration"],
        amo=amo,
        tag=tag or None,
        app=session.app,
    )


def _number(given: object) -> Decimal:
    """A number, or the text of one. Raises `Refused`."""
    try:
        number = Decimal(str(given))
    except InvalidOperation:
        raise Refused("AB2000") from None
    if not number.is_finite() or abs(number) > 10**10:
        raise Refused("AB2000")
    return number


@cache
def _tokens() -> Mapping[str, Security]:
    return {str(one.exchange_token): one for one in listed().values()}


async def _body(call: Call) -> dict[str, Any]:
    """Raises `Refused` unless it is a JSON object that says so."""
    try:
        body = msgspec.json.decode(await call.request.body())
    except msgspec.DecodeError:
        raise Refused("AB2000") from None
    if not isinstance(body, dict) or "json" not in call.request.headers.get("content-type", ""):
        raise Refused("AB2000")
    return body


def _app_of(call: Call) -> App:
    """The app behind `X-PrivateKey`, once every mandatory header is there. Raises `Refused`."""
    headers = call.request.headers
    if headers.get("x-usertype") != "USER":
        raise Refused("AB1005")
    if missing := [name for name in _MANDATORY if not headers.get(name)]:
        raise Refused("AB2000", f"{missing[0]} is missing")
    app = call.world.apps[BROKER].get(headers.get("x-privatekey", ""))
    if app is None:
        raise Refused("AG8004")
    return app


def _with_session(handling: Handling) -> web.Handler:
    async def answer(call: Call) -> Response:
        app = _app_of(call)
        session = call.sessions.find(_bearer(call.request))
        if session is None:
            raise Refused("AG8001" if _bearer(call.request) else "AG8003")
        if session.ended or session.app != app.key:
            raise Refused("AG8001")
        if not session.live(call.exchange.now()):
            raise Refused("AG8002")
        return _success(await handling(call, session))

    return _refusing(answer)


def _refusing(handler: Callable[[Call], Awaitable[Response]]) -> web.Handler:
    async def answer(call: Call) -> Response:
        try:
            return await handler(call)
        except Refused as refusal:
            return refusal.response()

    return answer


def _success(data: object) -> Response:
    return web.json({"status": True, "message": "SUCCESS", "errorcode": "", "data": data})


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _account(call: Call, user: str) -> Account:
    """The account of this name. What goes wrong with the exchange of a code elsewhere goes wrong with the first
    question about a token here, for nothing is exchanged."""
    account = call.exchange.accounts.at_login(BROKER, user, USER_ID_FORM)
    for fault in account.faults:
        if fault.operation == Operation.TOKEN:
            fault.operation = Operation.PROFILE.value
    return account


def _app(call: Call) -> App | None:
    return call.world.apps[BROKER].get(call.request.query.get("api_key", ""))


def _page(app: App | None, problem: str | None = None) -> Response:
    if app is None:
        return pages.render("message.html", 400, title="This cannot be done", text="Angel One knows no such app.")
    return pages.render("angelbroking_login.html", app=app.key, problem=problem, names=magic.NAMES.values())


def _back(call: Call, app: App, end: LoginEnd, **query: str) -> Response:
    state = call.request.query.get("state")
    if end is LoginEnd.WRONG_STATE:
        state = "another-state"
    if state is not None and end is not LoginEnd.NO_STATE:
        query["state"] = state
    return web.redirect(f"{app.redirect_url}?{urlencode(query)}")


async def _scrip_master(call: Call) -> Response:
    """Public, without a token."""
    return Response(200, _json.encode(list(wire.scrip_master())), "application/json")
