"""Kite Connect v3: its routes, and what they have in common."""

import secrets
from hashlib import sha256
from hmac import compare_digest

from torana.sandbox import account_opening, reads
from torana.sandbox.call import Call
from torana.sandbox.dialect import Credentials, Dialect, KnownApp, Limit, by_code, routes
from torana.sandbox.faults import Operation as On
from torana.sandbox.kite import account, browser
from torana.sandbox.kite.errors import NO_SESSION, REFUSALS, input_error, refuse, success
from torana.sandbox.kite.orders import book_row, postback, read_order, read_variety
from torana.sandbox.kite.wire import HISTORY, LTP, OHLC, PERSON, QUOTE, STYLE, TRADE, VOCABULARY
from torana.sandbox.models import OrderType
from torana.sandbox.order_form import Reader
from torana.sandbox.web import Request, Response

API_VERSION = "3"
ORDERS, QUOTES, OTHERS = Limit("orders", 10), Limit("quotes", 1), Limit("others", 10)
"""Requests per second and client. Source: Kite Connect v3 documentation, API rate limits."""


async def _exchange_token(call: Call) -> object:
    form = await call.request.form()
    app, code = call.app(form.get("api_key", "")), form.get("request_token", "")
    if app is None:
        raise NO_SESSION.refused("Invalid `api_key`.")
    proof = sha256(f"{app.key}{code}{app.secret}".encode()).hexdigest()
    if not compare_digest(proof.encode(), form.get("checksum", "").encode()):
        raise NO_SESSION.refused("Invalid `checksum`.")
    client, token = browser.LOGIN.redeem(call, app, code, NO_SESSION.refused("Token is invalid or has expired."))
    public = secrets.token_hex(16)
    tokens = {"api_key": app.key, "access_token": token, "public_token": public, "enctoken": f"{public}=="}
    more = {"refresh_token": "", "silo": "", "login_time": STYLE.moment_text(call.exchange.now())}
    return PERSON(client) | tokens | more


def _log_out(call: Call) -> object:
    query = call.request.query
    session = call.sessions.find(query.get("access_token", ""))
    if session is None or session.app != query.get("api_key") or not session.live(call.exchange.now()):
        raise NO_SESSION.refused()
    session.ended = True
    return True


def _history(call: Call) -> object:
    return reads.history(call, call.find(call.account, call.path["order_id"]), HISTORY, VOCABULARY)


def _order_of(call: Call) -> str:
    return call.find(call.account, call.path["order_id"]).order_id


async def _place(call: Call) -> Response:
    form = read_order(await _form(call), read_variety(call.path["variety"]))
    return _placed(call.place(call.account, form.ticket(call.session.app)).order_id)


async def _modify(call: Call) -> Response:
    reader = Reader(await _form(call), refuse)
    read_variety(call.path["variety"])
    order = call.find(call.account, call.path["order_id"])
    kind = OrderType(reader.choice("order_type", ("MARKET", "LIMIT"), default=order.order_type))
    quantity = reader.whole("quantity", least=0) if reader.has("quantity") else None
    price = reader.price("price", least=1) if reader.has("price") and kind is OrderType.LIMIT else None
    call.exchange.modify(call.account, order.order_id, quantity=quantity, order_type=kind, limit_price=price)
    return _placed(order.order_id)


def _cancel(call: Call) -> Response:
    variety = read_variety(call.path["variety"])
    order = call.find(call.account, call.path["order_id"])
    if (variety == "amo") != order.asked.amo:
        raise input_error("The order is of another `variety`.")
    return _placed(call.exchange.cancel(call.account, order.order_id).order_id)


async def _form(call: Call) -> dict[str, str]:
    content_type = call.request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise input_error("The body must be form-encoded.")
    return await call.request.form()


def _placed(order_id: str | None) -> Response:
    return success({"order_id": order_id} if order_id is not None else {})


def _check_version(call: Call) -> None:
    if call.request.headers.get("x-kite-version") != API_VERSION:
        raise input_error("Missing or unknown `X-Kite-Version`. It should be 3.")


def _credentials(request: Request) -> Credentials | None:
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    key, _, token = credentials.partition(":")
    return Credentials(token, key) if scheme == "token" and token else None


_API = (
    *routes(
        "",
        ("POST", "/session/token", On.TOKEN, _exchange_token),
        ("DELETE", "/session/token", On.LOGOUT, _log_out),
        ("GET", "/instruments", On.INSTRUMENTS, account.instruments),
        ("GET", "/instruments/{exchange}", On.INSTRUMENTS, account.instruments),
        session=False,
        whose=by_code("request_token"),
    ),
    *routes(
        "",
        ("GET", "/user/profile", On.PROFILE, lambda call: PERSON(call.account)),
        ("GET", "/user/margins", On.FUNDS, account.margins),
        ("GET", "/user/margins/{segment}", On.FUNDS, account.margins),
        ("GET", "/portfolio/holdings", On.HOLDINGS, account.holdings),
        ("POST", "/portfolio/holdings/authorise", On.AUTHORISE, browser.request_authorisation),
        ("GET", "/portfolio/positions", On.POSITIONS, account.positions),
        ("GET", "/orders", On.ORDERS, reads.book(book_row, VOCABULARY)),
        ("GET", "/orders/{order_id}", On.ORDER, _history),
        ("GET", "/orders/{order_id}/trades", On.TRADES, reads.trades(TRADE, _order_of)),
        ("GET", "/trades", On.TRADES, reads.trades(TRADE)),
        ("POST", "/orders/{variety}", On.PLACE, _place),
        ("PUT", "/orders/{variety}/{order_id}", On.MODIFY, _modify),
        ("DELETE", "/orders/{variety}/{order_id}", On.CANCEL, _cancel),
        ("GET", "/quote", On.QUOTES, account.quotes(QUOTE, 500)),
        ("GET", "/quote/ohlc", On.QUOTES, account.quotes(OHLC, 1000)),
        ("GET", "/quote/ltp", On.QUOTES, account.quotes(LTP, 1000)),
    ),
)
_AUTHORISE = "/portfolio/authorise/holdings/{key}/{id}"
_WEB = routes(
    "/connect",
    ("GET", "/login", On.LOGIN, browser.LOGIN.show),
    ("POST", "/login", On.LOGIN, browser.LOGIN.submit),
    ("POST", "/basket", On.BASKET, browser.open_basket),
    ("GET", "/basket/{visit}", On.BASKET, browser.BASKET.show),
    ("POST", "/basket/{visit}", On.BASKET, browser.BASKET.act),
    ("GET", _AUTHORISE, On.AUTHORISE, browser.AUTHORISATION.show),
    ("POST", _AUTHORISE, On.AUTHORISE, browser.AUTHORISATION.submit),
    ("GET", f"{_AUTHORISE}/finish", On.AUTHORISE, browser.AUTHORISATION.finished),
    session=False,
    page=True,
)

DIALECT = Dialect(
    broker="kite",
    prefixes={"/kite/api": _API, "/kite/web": _WEB, "/kite/opening": account_opening.routes("Zerodha")},
    apps=(KnownApp("sandboxkite", "sandboxkite_secret", "/postback/kite"),),
    credentials=_credentials,
    refusals=REFUSALS,
    success=success,
    placed=_placed,
    limits=dict.fromkeys((On.PLACE, On.MODIFY, On.CANCEL), ORDERS)
    | dict.fromkeys((On.LOGIN, On.BASKET, On.AUTHORISE, On.OPENING))
    | {On.QUOTES: QUOTES},
    other_limit=OTHERS,
    check=_check_version,
    postback=postback,
)
