"""The simulated Angel One as one dialect of the sandbox. See the package's docstring for what is a choice of ours."""

import secrets
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import msgspec

from torana.market import calendar
from torana.market.securities import Security
from torana.sandbox import pages, portfolio, web
from torana.sandbox.angelbroking import wire
from torana.sandbox.call import Call
from torana.sandbox.depository import Step, type_secret
from torana.sandbox.dialect import Credentials, Dialect, KnownApp, Limit, Route
from torana.sandbox.exchange import Exchange
from torana.sandbox.faults import Operation
from torana.sandbox.login import SIX_DIGITS, Back, Login, Pairs, Typed, daily
from torana.sandbox.models import Order, OrderRefused, Reason, Side
from torana.sandbox.order_form import Fault, OrderForm, Reader, decoded
from torana.sandbox.order_views import order_view, trade_views
from torana.sandbox.postbacks import Postback
from torana.sandbox.prices import listed
from torana.sandbox.refusals import Line, Refusals, Refused, SessionProblem
from torana.sandbox.web import Request, Response
from torana.sandbox.world import App

BROKER = "angelbroking"
MEANINGS = {
    "AG8001": "Invalid Token", "AG8002": "Token Expired", "AG8003": "Token missing", "AG8004": "Invalid API Key",
    "AB1000": "Invalid Email Or Password", "AB1005": "User Type Must Be USER", "AB1006": "Client Is Block For Trading",
    "AB1007": "AMX Error", "AB1008": "Invalid Order Variety", "AB1009": "Symbol Not Found",
    "AB1012": "Invalid Product Type", "AB1013": "Order not found", "AB2000": "Error not specified",
    "AB2001": "Internal Error, Please try after sometime", "AB2002": "ROBO order is block",
    "AB4008": "ordertag length should be less than 20 characters", "AB8050": "Invalid Refresh Token",
    "AG1000": "You have alreday been registered with CDSL for today.",
    "AG2001": "Something went wrong. Please try again",
}  # fmt: skip
"""Source: SmartAPI documentation, error codes and eDIS; `AG8004` is seen by clients only."""
TOO_FAST = "Access denied because of exceeding rate limit"
TOKENS_IN_A_REQUEST = 50

_json = msgspec.json.Encoder(decimal_format="number")


def _line(code: str, status: int = 200) -> Line:
    return Line(status, code, MEANINGS[code])


def _refuse(code: str, text: str | None = None) -> Refused:
    return _line(code).refused(text)


def _answer(refused: Refused) -> Response:
    if not refused.code:
        return Response(refused.status, refused.text.encode())
    if refused.code.startswith("AG80"):
        body: dict[str, object] = {"success": False, "message": refused.text, "errorCode": refused.code, "data": ""}
    else:
        body = {"status": False, "message": refused.text, "errorcode": refused.code, "data": refused.value}
    return web.json(body, refused.status)


REFUSALS = Refusals(
    answer=_answer,
    no_session={
        SessionProblem.MISSING: _line("AG8003"),
        SessionProblem.UNKNOWN: _line("AG8001"),
        SessionProblem.ENDED: _line("AG8001"),
        SessionProblem.EXPIRED: _line("AG8002"),
    },
    reasons={
        Reason.SYMBOL: _line("AB1009"), Reason.ACCOUNT_BLOCKED: _line("AB1006"),
        Reason.NOT_FOUND: _line("AB1013"), Reason.FINAL: _line("AB1013"),
    },
    other_reason=Line(200, "AB1007"),
    statuses={429: Line(403, "", TOO_FAST), **{one: _line("AB2000", one) for one in (400, 401, 403, 404, 405, 408)}},
    other_status=_line("AB2001", 500),
    strange=Line(200, "AB9999", "The order was refused under rule 7-Q."),
)  # fmt: skip
"""What an answer can say of an order; everything else the order system finds later, and the book shows it."""

_ORDERS = Limit("orders", 9)
_LIMITS: Mapping[Operation, Limit | None] = {
    Operation.PLACE: _ORDERS, Operation.MODIFY: _ORDERS, Operation.CANCEL: _ORDERS,
    Operation.ORDERS: Limit("orders book", 1), Operation.TRADES: Limit("trades", 1),
    Operation.HOLDINGS: Limit("holdings", 1), Operation.POSITIONS: Limit("positions", 1),
    Operation.LOGOUT: Limit("logout", 1), Operation.FUNDS: Limit("funds", 2), Operation.PROFILE: Limit("profile", 3),
    Operation.ORDER: Limit("order", 10), Operation.QUOTES: Limit("quotes", 10),
}  # fmt: skip
"""Requests a second and client. Source: SmartAPI documentation, rate limit."""


def _credentials(request: Request) -> Credentials | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return None
    return Credentials(token.strip(), request.headers.get("x-privatekey", ""))


def _check(call: Call) -> None:
    """Every mandatory header, and a key that somebody has."""
    headers = call.request.headers
    if headers.get("x-usertype") != "USER":
        raise _refuse("AB1005")
    for name in ("x-sourceid", "x-clientlocalip", "x-clientpublicip", "x-macaddress"):
        if not headers.get(name):
            raise _refuse("AB2000", f"{name} is missing")
    _app(call)


def _app(call: Call) -> App:
    app = call.app(call.request.headers.get("x-privatekey", ""))
    if app is None:
        raise _refuse("AG8004")
    return app


def _sent_by(call: Call) -> App:
    app = call.app(call.request.query.get("api_key", ""))
    if app is None:
        raise _line("AG8004", 400).refused()
    return app


def _state(call: Call) -> Pairs:
    return [pair for pair in call.request.query_pairs if pair[0] == "state"]


def _back(back: Back) -> Pairs:
    proof = [("auth_token", back.proof), ("feed_token", secrets.token_hex(8))] if back.proof else []
    return [*proof, *back.sent]


LOGIN = Login(
    broker=BROKER,
    name="Angel One",
    until="midnight",
    ends=daily("00:00"),
    user_id_form="A000000",
    app_of=_sent_by,
    back=_back,
    sent=_state,
    typed=(
        Typed("pin", "PIN (any)", "Enter a PIN; any will do.", value="1234", hidden=True),
        Typed("totp", "TOTP (any six digits)", "Enter a TOTP of six digits.", SIX_DIGITS, "000000"),
    ),
    hands_over_token=True,
)


async def _log_in_by_password(call: Call) -> Response:
    """The way of the official client, which investors' own programs use."""
    body = await _body(call)
    user, totp = body.get("clientcode"), str(body.get("totp"))
    if not isinstance(user, str) or not user or not body.get("password") or len(totp) != 6 or not totp.isdigit():
        raise _refuse("AB1000")
    account = call.exchange.accounts.find(BROKER, user) or LOGIN.account(call, user)
    return _success(_tokens(call, LOGIN.start(call, account, _app(call))) | {"state": body.get("state")})


async def _renew(call: Call) -> Response:
    """The refresh token is the token before, spelled backwards: it is good while that one is."""
    given = str((await _body(call)).get("refreshToken"))
    before = call.sessions.find(given[::-1])
    if before is None or before.app != _app(call).key or not before.live(call.exchange.now()):
        raise _refuse("AB8050")
    return _success(_tokens(call, LOGIN.start(call, before.account, _app(call))))


def _tokens(call: Call, token: str) -> dict[str, object]:
    return {"jwtToken": token, "refreshToken": token[::-1], "feedToken": secrets.token_hex(8)}


async def _log_out(call: Call) -> Response:
    if (await _body(call)).get("clientcode") != call.account.user_id:
        raise _refuse("AB2000")
    call.session.ended = True
    return _success("")


async def _profile(call: Call) -> Response:
    who = {"clientcode": call.account.user_id, "name": call.account.user_name.upper(), "email": "", "mobileno": ""}
    lists = {"exchanges": '[ "NSE" ]', "products": '[ "DELIVERY", "INTRADAY", "MARGIN"]'}
    return _success(who | lists | {"lastlogintime": "", "brokerid": "B2C"})


async def _limits(call: Call) -> Response:
    return _success(wire.LIMITS(portfolio.funds(call.exchange, call.account)))


async def _holdings(call: Call) -> Response:
    return _success([wire.HOLDING(one) for one in portfolio.holdings(call.exchange, call.account)] or None)


async def _positions(call: Call) -> Response:
    return _success([wire.POSITION(one) for one in portfolio.positions(call.exchange, call.account, places=2)] or None)


async def _book(call: Call) -> Response:
    return _success([_order(call.exchange, one, wire.BOOK_ROW) for one in call.book(call.account)] or None)


async def _details(call: Call) -> Response:
    for order in call.book(call.account):
        if order.guid == call.path["id"]:
            return _success(_order(call.exchange, order, wire.SINGLE_ORDER))
    raise _refuse("AB1013")


async def _trades(call: Call) -> Response:
    views = trade_views(call.exchange.book(call.account), call.exchange.trades(call.account))
    return _success([wire.TRADE_ROW(one) for one in views] or None)


async def _quote(call: Call) -> Response:
    body = await _body(call)
    shape, wanted = wire.QUOTES.get(str(body.get("mode"))), body.get("exchangeTokens")
    if shape is None or not isinstance(wanted, dict) or not all(isinstance(one, list) for one in wanted.values()):
        raise _refuse("AB2000")
    tokens = [(where, str(token), _security(where, token)) for where, some in wanted.items() for token in some]
    if len(tokens) > TOKENS_IN_A_REQUEST:
        raise _refuse("AB2000")
    missing = {"message": "Failed to get symbol details", "errorCode": "AB1018"}
    unfetched = [{"exchange": where, "symbolToken": token} | missing for where, token, one in tokens if one is None]
    views = [portfolio.quote(call.exchange, one.symbol) for _, _, one in tokens if one is not None]
    return _success({"fetched": [shape(view) for view in views], "unfetched": unfetched})


async def _place(call: Call) -> Response:
    form = _read_order(Reader(await _body(call), _order_problem))
    amo = not call.exchange.phase().takes_orders and calendar.amo_open(call.exchange.now())
    ticket = form.ticket(call.session.app, amo=amo)
    try:
        order = call.place(call.account, ticket)
    except OrderRefused as refusal:
        if refusal.reason in REFUSALS.reasons:
            raise
        order = call.exchange.accept(call.account, ticket, ticket, reject=refusal.reason)
    return _success({"script": wire.trading_symbol(listed()[ticket.symbol])} | _ids(order))


async def _cancel(call: Call) -> Response:
    body = await _body(call)
    order = call.find(call.account, str(body.get("orderid")))
    if body.get("variety") != wire.variety_of(order):
        raise _refuse("AB1008")
    call.exchange.cancel(call.account, order.order_id)
    return _success(_ids(order))


def _read_order(read: Reader) -> OrderForm:
    read.choice("variety", ("NORMAL", "STOPLOSS", "ROBO"), ("NORMAL",))
    exchange = read.choice("exchange", ("NSE", "BSE", "NFO", "BFO", "MCX"), ("NSE",))
    security = _security(exchange, read.text("symboltoken"))
    if security is None or read.text("tradingsymbol") != wire.trading_symbol(security):
        raise _refuse("AB1009")
    return OrderForm(
        symbol=security.symbol,
        side=Side(read.choice("transactiontype", ("BUY", "SELL"))),
        quantity=read.whole("quantity"),
        order_type=read.choice(
            "ordertype", ("MARKET", "LIMIT", "STOPLOSS_LIMIT", "STOPLOSS_MARKET"), ("MARKET", "LIMIT")
        ),
        price=read.price("price") if read.has("price") else 0,
        product=read.choice("producttype", ("DELIVERY", "CARRYFORWARD", "MARGIN", "INTRADAY", "BO"), ("DELIVERY",)),
        validity=read.choice("duration", ("DAY", "IOC")),
        tag=read.optional_text("ordertag", longest=19),
    )


def _order_problem(field: str, fault: Fault, value: object) -> Exception:
    codes = {"variety": "AB1008", "exchange": "AB1009", "symboltoken": "AB1009", "tradingsymbol": "AB1009"}
    codes |= {"producttype": "AB1012", "ordertag": "AB4008"}
    return _refuse("AB2002" if value == "ROBO" else codes.get(field, "AB2000"))


async def _verify_dis(call: Call) -> Response:
    """Begins an authorisation; it is the browser that takes it to CDSL."""
    read = Reader(await _body(call), lambda field, fault, value: _refuse("AG2001"))
    isin, quantity = read.text("isin"), read.whole("quantity", least=1)
    symbol = next((held for held in call.account.holdings if listed()[held].isin == isin), None)
    if symbol is None:
        raise _refuse("AG2001")
    key = f"{secrets.randbelow(10**16):016d}"
    details = {"ReqId": key, "ReturnURL": None, "DPId": None, "BOID": None, "TransDtls": None, "version": "1.1"}
    if call.account.holding(symbol).authorised >= quantity:
        raise _line("AG1000").refused(value=details)
    call.world.depository.open(call.account, {symbol: quantity}, key=key)
    demat = {"DPId": "33200", "BOID": "1203320000000000", "TransDtls": secrets.token_urlsafe(48)}
    return _success(details | demat | {"ReturnURL": f"{call.world.url}/angelbroking/cdsl/returned"})


async def _tran_status(call: Call) -> Response:
    wanted = call.world.depository.find(str((await _body(call)).get("ReqId")))
    if wanted is None or wanted.account is not call.account:
        raise _refuse("AG2001")
    status = "1" if wanted.step is Step.DONE else "0"
    row = {"TxnReqId": wanted.key, "TxnId": wanted.key, "Status": status, "Errorcode": ""}
    ids = {"ReqId": wanted.key, "ReqType": "D", "ResId": wanted.key, "ResStatus": "0", "ResError": "", "Remarks": ""}
    return _success({"TransResDtls": {**ids, "RecordResDtls": [row]}})


async def _verify_at_cdsl(call: Call) -> Response:
    """CDSL's page. It goes back to Angel One and not to the app: the app asks."""
    form = await call.request.form()
    wanted = call.world.depository.find(form.get("ReqId") or call.request.query.get("ReqId", ""))
    if wanted is None:
        raise _line("AG2001", 400).refused()
    if form.get("action") == "cancel":
        wanted.step = Step.REFUSED
    elif "action" in form:
        type_secret(call.exchange, wanted, form)
    if wanted.over:
        told = "The shares are released for today." if wanted.step is Step.DONE else "Nothing was released."
        return pages.render("message.html", title="CDSL", text=f"{told} You can close this page.")
    return pages.render(
        "authorise.html", wanted=wanted, broker="Angel One", action=f"?ReqId={wanted.key}", value="", strict=True,
        go=("authorise", "Authorise"), leave=("cancel", "Cancel"),
    )  # fmt: skip


async def _scrip_master(call: Call) -> Response:
    return web.json(wire.scrip_master())


def _order(exchange: Exchange, order: Order, shape: Callable[..., dict[str, object]]) -> dict[str, object]:
    return shape(order_view(order, wire.WORDS)) | {"text": wire.rejection(exchange, order)}


def _ids(order: Order) -> dict[str, object]:
    return {"orderid": order.order_id, "uniqueorderid": order.guid}


def _postback(exchange: Exchange, order: Order, app: App) -> Postback | None:
    """An order update. It carries no proof of where it comes from."""
    told = _order(exchange, order, wire.SINGLE_ORDER) | {"clientcode": order.account_id}
    lie = told | {"status": "complete", "orderstatus": "complete", "filledshares": str(order.quantity)}
    return Postback(app.postback_url, _json.encode(told), _json.encode(lie), {"content-type": "application/json"})


def _placed(order_id: str | None) -> Response:
    return _success({} if order_id is None else {"script": "", "orderid": order_id, "uniqueorderid": order_id[::-1]})


def _success(data: object) -> Response:
    return web.json({"status": True, "message": "SUCCESS", "errorcode": "", "data": data})


async def _body(call: Call) -> dict[str, Any]:
    """Raises `Refused` unless it is a JSON object that says so."""
    try:
        body = decoded(await call.request.body())
    except ValueError:
        raise _refuse("AB2000") from None
    if not isinstance(body, dict) or "json" not in call.request.headers.get("content-type", ""):
        raise _refuse("AB2000")
    return body


@cache
def _tokens_of_nse() -> Mapping[str, Security]:
    return {str(one.exchange_token): one for one in listed().values()}


def _security(exchange: object, token: object) -> Security | None:
    return _tokens_of_nse().get(str(token)) if exchange == "NSE" else None


def _routes(base: str, *routes: tuple[str, str, Operation, Any], session: bool = True) -> tuple[Route, ...]:
    return tuple(
        Route(method, f"{base}/{path}", operation, handler, session) for method, path, operation, handler in routes
    )


_API = (
    *_routes(
        "/rest/auth/angelbroking",
        ("POST", "user/v1/loginByPassword", Operation.TOKEN, _log_in_by_password),
        ("POST", "jwt/v1/generateTokens", Operation.TOKEN, _renew),
        session=False,
    ),
    *_routes(
        "/rest/secure/angelbroking",
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
        ("POST", "edis/v1/verifyDis", Operation.AUTHORISE, _verify_dis),
        ("POST", "edis/v1/getTranStatus", Operation.AUTHORISE, _tran_status),
    ),
)
_WEB = tuple(
    Route(method, "/publisher-login", Operation.LOGIN, handler, session=False, page=True)
    for method, handler in (("GET", LOGIN.show), ("POST", LOGIN.submit))
)
_CDSL = (Route("POST", "/eDIS/VerifyDIS/", Operation.AUTHORISE, _verify_at_cdsl, session=False, page=True),)
_FILES = (
    Route("GET", "/OpenAPI_File/files/OpenAPIScripMaster.json", Operation.INSTRUMENTS, _scrip_master, session=False,
          page=True),
)  # fmt: skip

DIALECT = Dialect(
    broker=BROKER,
    prefixes={
        "/angelbroking/api": _API, "/angelbroking/web": _WEB,
        "/angelbroking/cdsl": _CDSL, "/angelbroking/files": _FILES,
    },
    apps=(KnownApp("sandbox-angelbroking", "", "/postback/angelbroking/sandbox-postback-secret"),),
    credentials=_credentials,
    refusals=REFUSALS,
    placed=_placed,
    limits=_LIMITS,
    check=_check,
    postback=_postback,
)  # fmt: skip
