"""The simulated Dhan as one dialect of the sandbox: its routes and its two logins."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from torana.kit.clock import IST
from torana.sandbox import depository_pages, instrument_files, reads, web
from torana.sandbox.accounts import Account
from torana.sandbox.call import Call
from torana.sandbox.dhan import orders, wire
from torana.sandbox.dhan.errors import REFUSALS, TABLE, TABLES, body_of
from torana.sandbox.dialect import Dialect, by_query_code, known_apps, routes, token_in
from torana.sandbox.faults import Operation as On
from torana.sandbox.login import OTP, PIN, Login, code_as, visit_in_query
from torana.sandbox.visits import Visit
from torana.sandbox.web import Response
from torana.sandbox.world import App

BROKER = "dhan"
_OWN_APP = "sandbox-dhan-own"
"""An individual's API key; all others are partners'."""
_LIFETIME = timedelta(hours=24)


def _app(call: Call, of: str) -> App:
    """The app of the two keys in the headers, `partner` or `app`. Raises `Refused`."""
    headers, wrong = call.request.headers, TABLE.refused("DH-901")
    app = call.proven_app(headers.get(f"{of}_id", ""), headers.get(f"{of}_secret"), wrong)
    if (app.key == _OWN_APP) != (of == "app"):
        raise wrong
    return app


def _consent(call: Call) -> Visit:
    """The consent that the address names. Raises `Refused`."""
    gone = TABLE.refused("DH-905", "This login was not begun, or is over.")
    return visit_in_query(call, gone, "consentId", "consentAppId")


def _app_of(call: Call) -> App:
    """With the stroke that stands behind its address."""
    app = call.known_app(_consent(call).app, TABLE.refused("DH-901"))
    return replace(app, redirect_url=f"{app.redirect_url}/")


class _DhanLogin(Login):
    """An individual's key is good for one client, who is named when the consent is asked for."""

    def typed_account(self, call: Call, form: Mapping[str, str]) -> Account | str:
        account, whose = super().typed_account(call, form), _consent(call).back
        if isinstance(account, Account) and whose not in ("", account.user_id):
            return "This API key belongs to another client."
        return account


LOGIN = _DhanLogin(
    broker=BROKER, name="Dhan", until="the same time tomorrow", ends=lambda now: now + _LIFETIME,
    user_id_form="1000000000", app_of=_app_of, back=code_as("tokenId"), typed=(OTP, PIN),
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


def _profile(call: Call) -> object:
    ends = call.session.ends_at.astimezone(IST)
    debit = "Deactive" if call.account.needs_edis else "Active"
    return {
        "dhanClientId": call.account.user_id, "tokenValidity": f"{ends:%d/%m/%Y %H:%M}", "activeSegment": "E, ",
        "ddpi": debit, "mtf": "Deactive", "dataPlan": "Active", "dataValidity": f"{ends:%Y-%m-%d %H:%M:%S}.0",
    }  # fmt: skip


def _placed(order_id: str | None) -> Response:
    return web.json(({"orderId": order_id} if order_id else {}) | {"orderStatus": "TRANSIT"})


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
        whose=by_query_code("tokenId"),
    ),
)
_HOLDINGS = reads.some(reads.holdings(wire.HOLDING, by_exchange=False), TABLE.codes["DH-1111"])
_TRADES = reads.trades(wire.TRADE)
_API = (
    *routes(
        "/v2",
        ("POST", "/orders", On.PLACE, orders.place),
        ("PUT", "/orders/{id}", On.MODIFY, orders.modify),
        ("POST", "/marketfeed/ltp", On.QUOTES, orders.prices),
        ("POST", "/marketfeed/ohlc", On.QUOTES, orders.prices),
        ("POST", "/edis/form", On.AUTHORISE, orders.edis_form),
        body=body_of,
    ),
    *routes(
        "/v2",
        ("GET", "/orders", On.ORDERS, reads.book(wire.ORDER, wire.WORDS)),
        ("GET", "/orders/{id}", On.ORDER, orders.by_id),
        ("DELETE", "/orders/{id}", On.CANCEL, orders.cancel),
        ("GET", "/orders/external/{id}", On.ORDERS, orders.by_correlation_id),
        ("GET", "/trades", On.TRADES, _TRADES),
        ("GET", "/trades/", On.TRADES, _TRADES),
        ("GET", "/trades/{id}", On.TRADES, reads.trades(wire.TRADE, lambda call: call.path["id"])),
        ("GET", "/holdings", On.HOLDINGS, _HOLDINGS),
        ("GET", "/positions", On.POSITIONS, reads.positions(wire.POSITION, 2)),
        ("GET", "/fundlimit", On.FUNDS, reads.funds(wire.FUNDS)),
        ("GET", "/profile", On.PROFILE, _profile),
        ("GET", "/edis/tpin", On.AUTHORISE, lambda call: Response(202, b"", "application/json")),
        ("GET", "/edis/inquire/{isin}", On.AUTHORISE, orders.inquire),
    ),
)
"""The look-up by number counts as reading the book, for it is how an order is looked for."""

DIALECT = Dialect(
    broker=BROKER,
    prefixes={
        "/dhan/api": _API,
        "/dhan/auth": _AUTH,
        "/dhan/cdsl": depository_pages.cdsl_routes("/eDIS/VerifyDIS/", "Dhan", TABLE.codes["DH-905"]),
        "/dhan/files": (instrument_files.csv_route("/api-data/api-scrip-master.csv", wire.SCRIP),),
    },
    apps=known_apps(BROKER, "sandbox-dhan", _OWN_APP),
    credentials=token_in("access-token"),
    refusals=REFUSALS,
    success=web.json,
    placed=_placed,
    limits=TABLES.limits,
    other_limit=TABLES.other_limit,
    rejects_later=TABLES.rejects_later,
    postback=orders.postback,
)
