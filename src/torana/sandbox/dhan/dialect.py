"""The simulated Dhan as one dialect of the sandbox: its routes and its two logins. What is a choice of ours is in the
package's docstring."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache

from torana.kit.clock import IST
from torana.sandbox import account_views, instrument_files, reads, web
from torana.sandbox.accounts import Account
from torana.sandbox.call import Call
from torana.sandbox.dhan import orders, wire
from torana.sandbox.dhan.errors import REFUSALS, REJECTS_LATER, TABLE
from torana.sandbox.dialect import Credentials, Dialect, KnownApp, Limit, routes
from torana.sandbox.faults import Operation as On
from torana.sandbox.login import SIX_DIGITS, Back, Login, Pairs, Typed
from torana.sandbox.visits import Visit
from torana.sandbox.web import Request, Response
from torana.sandbox.world import App

BROKER = "dhan"
_OWN_APP = "sandbox-dhan-own"
"""An individual's API key; all others are partners'."""
_LIFETIME = timedelta(hours=24)
_ORDERS = Limit("orders", 10)
_LIMITS: Mapping[On, Limit | None] = {
    On.PLACE: _ORDERS, On.MODIFY: _ORDERS, On.CANCEL: _ORDERS, On.QUOTES: Limit("quotes", 1),
    On.LOGIN: None, On.TOKEN: None, On.INSTRUMENTS: None, On.AUTHORISE: None,
}  # fmt: skip
"""Requests a second and client. Source: DhanHQ v2 documentation, rate limit."""


def _credentials(request: Request) -> Credentials | None:
    token = request.headers.get("access-token", "")
    return Credentials(token) if token else None


def _app(call: Call, of: str) -> App:
    """The app of the two keys in the headers, `partner` or `app`. Raises `Refused`."""
    headers, wrong = call.request.headers, TABLE.refused("DH-901")
    app = call.known_app(headers.get(f"{of}_id", ""), wrong)
    if headers.get(f"{of}_secret") != app.secret or (app.key == _OWN_APP) != (of == "app"):
        raise wrong
    return app


def _consent(call: Call) -> Visit:
    """The consent that the address names. Raises `Refused`."""
    query = call.request.query
    found = call.world.visits.find(query.get("consentId") or query.get("consentAppId", ""))
    if found is None:
        raise TABLE.refused("DH-905", "This login was not begun, or is over.")
    return found


def _app_of(call: Call) -> App:
    """With the stroke that stands behind its address."""
    app = call.known_app(_consent(call).app, TABLE.refused("DH-901"))
    return replace(app, redirect_url=f"{app.redirect_url}/")


def _back(back: Back) -> Pairs:
    return [("tokenId", back.proof)] if back.proof else []


class _DhanLogin(Login):
    """An individual's key is good for one client, who is named when the consent is asked for."""

    def typed_account(self, call: Call, form: Mapping[str, str]) -> Account | str:
        account, whose = super().typed_account(call, form), _consent(call).back
        if isinstance(account, Account) and whose not in ("", account.user_id):
            return "This API key belongs to another client."
        return account


LOGIN = _DhanLogin(
    broker=BROKER, name="Dhan", until="the same time tomorrow", ends=lambda now: now + _LIFETIME,
    user_id_form="1000000000", app_of=_app_of, back=_back, sent=lambda call: [],
    typed=(
        Typed("otp", "OTP (any six digits)", "Enter an OTP of six digits.", SIX_DIGITS, "000000"),
        Typed("pin", "PIN (any)", "Enter a PIN; any will do.", value="123456", hidden=True),
    ),
)  # fmt: skip


def _ask_as_partner(call: Call) -> object:
    visit = call.world.visits.open(_app(call, "partner").key, "")
    return {"consentId": visit.key, "consentStatus": "GENERATED"}


def _ask_as_individual(call: Call) -> object:
    client = call.request.query.get("client_id", "")
    if not client:
        raise TABLE.refused("DH-905")
    visit = call.world.visits.open(_app(call, "app").key, client)
    return {"consentAppId": visit.key, "consentAppStatus": "GENERATED", "status": "success"}


def _exchange_as(of: str) -> Callable[[Call], object]:
    def answer(call: Call) -> object:
        wrong = TABLE.refused("DH-905", "Invalid token id")
        account, token = LOGIN.redeem(call, _app(call, of), call.request.query.get("tokenId", ""), wrong)
        # A real time, wherever the exchange's clock was set to: who reads it goes by their own clock.
        ends = (call.exchange.now() - call.exchange.time.offset + _LIFETIME).astimezone(IST)
        who = {"dhanClientId": account.user_id, "dhanClientName": account.user_name.upper(), "dhanClientUcc": "TOR4265"}
        flags = {"givenPowerOfAttorney": not account.needs_edis, "accessToken": token}
        return {**who, **flags, "expiryTime": f"{ends:%Y-%m-%dT%H:%M:%S}"}

    return answer


async def _whose(call: Call) -> Account | None:
    """The client of the one-time id in the address, without using it."""
    return call.sessions.owner_of(call.request.query.get("tokenId", ""))


def _holdings(call: Call) -> object:
    """One row a security. Without any it is an error."""
    views = account_views.holdings(call.exchange, call.account, by_exchange=False)
    if not views:
        raise TABLE.refused("DH-1111")
    return [wire.HOLDING(view) for view in views]


_READ_POSITIONS, _READ_FUNDS = reads.positions(wire.POSITION, 2), reads.funds(wire.FUNDS)


def _positions(call: Call) -> object:
    return [{"dhanClientId": call.account.user_id, **row} for row in _READ_POSITIONS(call)]


def _funds(call: Call) -> object:
    return {"dhanClientId": call.account.user_id, **_READ_FUNDS(call)}


def _profile(call: Call) -> object:
    ends = call.session.ends_at.astimezone(IST)
    debit = "Deactive" if call.account.needs_edis else "Active"
    return {
        "dhanClientId": call.account.user_id, "tokenValidity": f"{ends:%d/%m/%Y %H:%M}", "activeSegment": "E, ",
        "ddpi": debit, "mtf": "Deactive", "dataPlan": "Active", "dataValidity": f"{ends:%Y-%m-%d %H:%M:%S}.0",
    }  # fmt: skip


def _placed(order_id: str | None) -> Response:
    return web.json(({"orderId": order_id} if order_id else {}) | {"orderStatus": "TRANSIT"})


def _scrips(call: Call) -> Response:
    return Response(200, _file(), "text/csv", [("content-encoding", "gzip")])


@cache
def _file() -> bytes:
    return instrument_files.as_csv(instrument_files.rows(wire.SCRIP))


_AUTH = (
    *LOGIN.routes("/consent-login", page=True),
    *LOGIN.routes("/login/consentApp-login", page=True),
    *routes(
        "",
        ("GET", "/partner/generate-consent", On.LOGIN, _ask_as_partner),
        ("POST", "/partner/generate-consent", On.LOGIN, _ask_as_partner),
        ("POST", "/app/generate-consent", On.LOGIN, _ask_as_individual),
        session=False,
    ),
    *routes(
        "",
        ("GET", "/partner/consume-consent", On.TOKEN, _exchange_as("partner")),
        ("POST", "/partner/consume-consent", On.TOKEN, _exchange_as("partner")),
        ("GET", "/app/consumeApp-consent", On.TOKEN, _exchange_as("app")),
        session=False,
        whose=_whose,
    ),
)
_READ_TRADES = reads.trades(wire.TRADE)
_API = routes(
    "/v2",
    ("POST", "/orders", On.PLACE, orders.place),
    ("GET", "/orders", On.ORDERS, reads.book(wire.ORDER, wire.WORDS)),
    ("GET", "/orders/{id}", On.ORDER, orders.by_id),
    ("PUT", "/orders/{id}", On.MODIFY, orders.modify),
    ("DELETE", "/orders/{id}", On.CANCEL, orders.cancel),
    ("GET", "/orders/external/{id}", On.ORDERS, orders.by_correlation_id),
    ("GET", "/trades", On.TRADES, _READ_TRADES),
    ("GET", "/trades/", On.TRADES, _READ_TRADES),
    ("GET", "/trades/{id}", On.TRADES, reads.trades(wire.TRADE, lambda call: call.path["id"])),
    ("GET", "/holdings", On.HOLDINGS, _holdings),
    ("GET", "/positions", On.POSITIONS, _positions),
    ("GET", "/fundlimit", On.FUNDS, _funds),
    ("GET", "/profile", On.PROFILE, _profile),
    ("POST", "/marketfeed/ltp", On.QUOTES, orders.prices),
    ("POST", "/marketfeed/ohlc", On.QUOTES, orders.prices),
    ("GET", "/edis/tpin", On.AUTHORISE, lambda call: Response(202, b"", "application/json")),
    ("POST", "/edis/form", On.AUTHORISE, orders.edis_form),
    ("GET", "/edis/inquire/{isin}", On.AUTHORISE, orders.inquire),
)
"""The look-up by number counts as reading the book, for it is how an order is looked for."""
_CDSL = ("POST", "/eDIS/VerifyDIS/", On.AUTHORISE, orders.at_cdsl)
_SCRIPS = ("GET", "/api-data/api-scrip-master.csv", On.INSTRUMENTS, _scrips)

DIALECT = Dialect(
    broker=BROKER,
    prefixes={
        "/dhan/api": _API,
        "/dhan/auth": _AUTH,
        "/dhan/cdsl": routes("", _CDSL, session=False, page=True),
        "/dhan/files": routes("", _SCRIPS, session=False, page=True),
    },
    apps=tuple(
        KnownApp(name, f"{name}-secret", "/postback/dhan/sandbox-postback-secret")
        for name in ("sandbox-dhan", _OWN_APP)
    ),
    credentials=_credentials,
    refusals=REFUSALS,
    success=web.json,
    placed=_placed,
    limits=_LIMITS,
    other_limit=Limit("others", 20),
    rejects_later=REJECTS_LATER,
    postback=orders.postback,
)
