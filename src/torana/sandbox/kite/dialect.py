"""Kite Connect v3: its routes, and what they have in common."""

from torana.sandbox import reads
from torana.sandbox.call import Call
from torana.sandbox.dialect import Credentials, Dialect, KnownApp, Limit, Route, by_code
from torana.sandbox.faults import Operation
from torana.sandbox.kite import account, basket, instrument_file, instruments, login
from torana.sandbox.kite.errors import REFUSALS, input_error, refuse, success
from torana.sandbox.kite.orders import (
    HISTORY,
    TRADE,
    VOCABULARY,
    book_row,
    postback,
    read_order,
    read_variety,
)  # fmt: skip
from torana.sandbox.models import OrderType
from torana.sandbox.order_form import Reader
from torana.sandbox.web import Request, Response

API_VERSION = "3"
ORDERS = Limit("orders", 10)
QUOTES = Limit("quotes", 1)
OTHERS = Limit("others", 10)
"""Requests per second and client. Source: Kite Connect v3 documentation, API rate limits."""


def _instruments(call: Call) -> Response:
    exchange = call.path.get("exchange")
    if exchange not in (None, *instrument_file.EXCHANGES):
        raise input_error("Only NSE and BSE are simulated.")
    return instrument_file.dump(exchange)


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
    kind = reader.choice("order_type", ("MARKET", "LIMIT"), default=order.order_type)
    call.exchange.modify(
        call.account,
        order.order_id,
        quantity=reader.whole("quantity", least=0) if reader.has("quantity") else None,
        order_type=OrderType(kind),
        limit_price=reader.price("price", least=1) if reader.has("price") and kind == "LIMIT" else None,
    )
    return _placed(order.order_id)


async def _cancel(call: Call) -> Response:
    variety = read_variety(call.path["variety"])
    order = call.find(call.account, call.path["order_id"])
    if (variety == "amo") != order.asked.amo:
        raise input_error("The order is of another `variety`.")
    return _placed(call.exchange.cancel(call.account, order.order_id).order_id)


async def _quote(call: Call) -> Response:
    wanted = [value for name, value in call.request.query_pairs if name == "i"]
    answer = {"quote": instruments.quote, "ohlc": instruments.ohlc, "ltp": instruments.ltp}
    return success(answer[call.request.path.rpartition("/")[2]](call.exchange, wanted))


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


_TOKEN = "/session/token"
_API = (
    Route(
        "POST", "/session/token", Operation.TOKEN, login.exchange_token, session=False, whose=by_code("request_token")
    ),
    Route("DELETE", _TOKEN, Operation.LOGOUT, login.log_out, session=False),
    Route("GET", "/instruments", Operation.INSTRUMENTS, _instruments, session=False),
    Route("GET", "/instruments/{exchange}", Operation.INSTRUMENTS, _instruments, session=False),
    Route("GET", "/user/profile", Operation.PROFILE, account.profile),
    Route("GET", "/user/margins", Operation.FUNDS, account.margins),
    Route("GET", "/user/margins/{segment}", Operation.FUNDS, account.margins),
    Route("GET", "/portfolio/holdings", Operation.HOLDINGS, account.holdings),
    Route("POST", "/portfolio/holdings/authorise", Operation.AUTHORISE, basket.request_authorisation),
    Route("GET", "/portfolio/positions", Operation.POSITIONS, account.positions),
    Route("GET", "/orders", Operation.ORDERS, reads.book(book_row, VOCABULARY)),
    Route("GET", "/orders/{order_id}", Operation.ORDER, _history),
    Route("GET", "/orders/{order_id}/trades", Operation.TRADES, reads.trades(TRADE, _order_of)),
    Route("GET", "/trades", Operation.TRADES, reads.trades(TRADE)),
    Route("POST", "/orders/{variety}", Operation.PLACE, _place),
    Route("PUT", "/orders/{variety}/{order_id}", Operation.MODIFY, _modify),
    Route("DELETE", "/orders/{variety}/{order_id}", Operation.CANCEL, _cancel),
    Route("GET", "/quote", Operation.QUOTES, _quote),
    Route("GET", "/quote/ohlc", Operation.QUOTES, _quote),
    Route("GET", "/quote/ltp", Operation.QUOTES, _quote),
)
_AUTHORISE = "/connect/portfolio/authorise/holdings/{key}/{id}"
_WEB = tuple(
    Route(method, path, operation, handler, session=False, page=True)
    for method, path, operation, handler in (
        ("GET", "/connect/login", Operation.LOGIN, login.LOGIN.show),
        ("POST", "/connect/login", Operation.LOGIN, login.LOGIN.submit),
        ("POST", "/connect/basket", Operation.BASKET, basket.open_basket),
        ("GET", "/connect/basket/{visit}", Operation.BASKET, basket.show_basket),
        ("POST", "/connect/basket/{visit}", Operation.BASKET, basket.act_on_basket),
        ("GET", _AUTHORISE, Operation.AUTHORISE, basket.show_authorisation),
        ("POST", _AUTHORISE, Operation.AUTHORISE, basket.authorise),
        ("GET", f"{_AUTHORISE}/finish", Operation.AUTHORISE, basket.finished),
    )
)

DIALECT = Dialect(
    broker="kite",
    prefixes={"/kite/api": _API, "/kite/web": _WEB},
    apps=(KnownApp("sandboxkite", "sandboxkite_secret", "/postback/kite"),),
    credentials=_credentials,
    refusals=REFUSALS,
    success=success,
    placed=_placed,
    limits=dict.fromkeys((Operation.PLACE, Operation.MODIFY, Operation.CANCEL), ORDERS)
    | dict.fromkeys((Operation.LOGIN, Operation.BASKET, Operation.AUTHORISE))
    | {Operation.QUOTES: QUOTES},
    other_limit=OTHERS,
    check=_check_version,
    postback=postback,
)
