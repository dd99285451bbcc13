"""Kite Connect v3: its routes, the exchange of a token and its end, and what it lets an app read.

Source: Kite Connect v3 documentation, login flow, user, portfolio, market quotes and instruments, API rate limits.
"""

import secrets
from collections.abc import Callable, Iterator
from hashlib import sha256
from hmac import compare_digest

from torana.market.models import Security
from torana.sandbox import account_opening, instrument_files, reads
from torana.sandbox.call import Call
from torana.sandbox.dialect import Credentials, Dialect, KnownApp, by_code, routes
from torana.sandbox.faults import Operation as On
from torana.sandbox.kite import browser, costs, orders, wire
from torana.sandbox.kite.errors import REFUSALS, TABLES, input_error, no_session, success
from torana.sandbox.kite.wire import HISTORY, TRADE, VOCABULARY
from torana.sandbox.quote_views import QuoteView
from torana.sandbox.securities import EXCHANGES
from torana.sandbox.web import Request, Response
from torana.sandbox.wire import Shape

API_VERSION = "3"


async def _exchange_token(call: Call) -> object:
    form = await call.request.form()
    app, code = (
        call.known_app(form.get("api_key", ""), no_session("Invalid `api_key`.")),
        form.get("request_token", ""),
    )
    proof = sha256(f"{app.key}{code}{app.secret}".encode()).hexdigest()
    if not compare_digest(proof.encode(), form.get("checksum", "").encode()):
        raise no_session("Invalid `checksum`.")
    client, token = browser.LOGIN.redeem(call, app, code, no_session("Token is invalid or has expired."))
    public = secrets.token_hex(16)
    tokens = {"api_key": app.key, "access_token": token, "public_token": public, "enctoken": f"{public}=="}
    more = {"refresh_token": "", "silo": "", "login_time": wire.STYLE.moment_text(call.exchange.now())}
    return wire.PERSON(client) | tokens | more


def _log_out(call: Call) -> object:
    query = call.request.query
    session = call.sessions.find(query.get("access_token", ""))
    if session is None or session.app != query.get("api_key") or not session.live(call.exchange.now()):
        raise no_session()
    session.ended = True
    return True


def _margins(call: Call) -> object:
    both, segment = reads.segments(wire.FUNDS)(call), call.path.get("segment")
    if segment not in (None, *both):
        raise input_error("Invalid `segment`.")
    return both if segment is None else both[segment]


def _holdings(call: Call) -> object:
    today = {"authorised_date": f"{wire.STYLE.moment_text(call.exchange.now())[:10]} 00:00:00"}
    return [{**row, **today} for row in reads.holdings(wire.HOLDING)(call)]


def _positions(call: Call) -> object:
    """The day's trades by security; for delivery `net` and `day` are the same."""
    return dict.fromkeys(("net", "day"), reads.positions(wire.POSITION, 4)(call))


def _quotes(shape: Shape[QuoteView], largest: int) -> Callable[[Call], object]:
    """Quotes of at most so many instruments. Those that no exchange lists are missing without a word."""

    def known(call: Call) -> Iterator[tuple[str, Security]]:
        keys = [value for name, value in call.request.query_pairs if name == "i"]
        if not keys:
            raise input_error("Missing `i`.")
        if len(keys) > largest:
            raise input_error(f"At most {largest} instruments can be asked for at once.")
        for key in keys:
            exchange, _, name = key.partition(":")
            if (security := wire.find(exchange, name)) is not None:
                yield key, security

    return lambda call: reads.quotes(call, shape, known(call))


def _instruments(call: Call) -> Response:
    exchange = call.path.get("exchange")
    if exchange not in (None, *EXCHANGES):
        raise input_error("Only NSE and BSE are simulated.")
    return instrument_files.csv_answer(wire.INSTRUMENT, EXCHANGES if exchange is None else (exchange,))


def _history(call: Call) -> object:
    return reads.history(call, call.find(call.account, call.path["order_id"]), HISTORY, VOCABULARY)


def _order_of(call: Call) -> str:
    return call.find(call.account, call.path["order_id"]).order_id


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
        ("GET", "/instruments", On.INSTRUMENTS, _instruments),
        ("GET", "/instruments/{exchange}", On.INSTRUMENTS, _instruments),
        session=False,
        whose=by_code("request_token"),
    ),
    *routes(
        "",
        ("GET", "/user/profile", On.PROFILE, reads.person(wire.PERSON)),
        ("GET", "/user/margins", On.FUNDS, _margins),
        ("GET", "/user/margins/{segment}", On.FUNDS, _margins),
        ("GET", "/portfolio/holdings", On.HOLDINGS, _holdings),
        ("POST", "/portfolio/holdings/authorise", On.AUTHORISE, browser.request_authorisation),
        ("GET", "/portfolio/positions", On.POSITIONS, _positions),
        ("GET", "/orders", On.ORDERS, reads.book(orders.book_row, VOCABULARY)),
        ("GET", "/orders/{order_id}", On.ORDER, _history),
        ("GET", "/orders/{order_id}/trades", On.TRADES, reads.trades(TRADE, _order_of)),
        ("GET", "/trades", On.TRADES, reads.trades(TRADE)),
        ("POST", "/orders/{variety}", On.PLACE, orders.place),
        ("PUT", "/orders/{variety}/{order_id}", On.MODIFY, orders.modify),
        ("DELETE", "/orders/{variety}/{order_id}", On.CANCEL, orders.cancel),
        ("POST", "/margins/orders", On.MARGINS, costs.order_margins),
        ("POST", "/margins/basket", On.MARGINS, costs.basket_margins),
        ("POST", "/charges/orders", On.CHARGES, costs.contract_note),
        ("GET", "/quote", On.QUOTES, _quotes(wire.QUOTE, 500)),
        ("GET", "/quote/ohlc", On.QUOTES, _quotes(wire.OHLC, 1000)),
        ("GET", "/quote/ltp", On.QUOTES, _quotes(wire.LTP, 1000)),
    ),
)

DIALECT = Dialect(
    broker="kite",
    prefixes={"/kite/api": _API, "/kite/web": browser.ROUTES, "/kite/opening": account_opening.routes("Zerodha")},
    apps=(KnownApp("sandboxkite", "sandboxkite_secret", "/postback/kite"),),
    credentials=_credentials,
    refusals=REFUSALS,
    success=success,
    placed=orders.placed,
    limits=TABLES.limits,
    other_limit=TABLES.other_limit,
    check=_check_version,
    postback=orders.postback,
)
