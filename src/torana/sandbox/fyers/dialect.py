"""The simulated Fyers as one dialect of the sandbox: its routes and its login."""

from hashlib import sha256

from torana.sandbox import instrument_files, oauth, reads
from torana.sandbox.call import Call
from torana.sandbox.dialect import Credentials, Dialect, by_json_code, known_apps, routes
from torana.sandbox.faults import Operation as On
from torana.sandbox.fyers import orders, releases, wire
from torana.sandbox.fyers.errors import REFUSALS, TABLE, TABLES, body_of, success
from torana.sandbox.login import PIN, TOTP, Back, Login, Pairs, daily
from torana.sandbox.web import Request, Response
from torana.sandbox.world import App

BROKER = "fyers"


def _credentials(request: Request) -> Credentials | None:
    app, _, token = request.headers.get("authorization", "").partition(":")
    return Credentials(token, app) if app and token else None


def _back(back: Back) -> Pairs:
    if back.proof:
        return [("s", "ok"), ("code", "200"), ("auth_code", back.proof), *back.sent]
    return [("s", "error"), ("code", "-1"), ("message", "The login was not finished"), *back.sent]


LOGIN = Login(
    broker=BROKER, name="Fyers", until="06:00 tomorrow", ends=daily("06:00"), user_id_form="AA00000",
    app_of=oauth.app_of(TABLE), back=_back, sent=oauth.sent, code_seconds=300.0, typed=(TOTP, PIN),
)  # fmt: skip


def hash_of(app: App) -> str:
    return sha256(f"{app.key}:{app.secret}".encode()).hexdigest()


async def _token(call: Call) -> dict[str, object]:
    wrong = TABLE.refused("371")
    given = await call.json_object(wrong)
    app = next((one for one in call.world.apps[BROKER].values() if hash_of(one) == given.get("appIdHash")), None)
    if app is None or given.get("grant_type") != "authorization_code":
        raise wrong
    _, token = LOGIN.redeem(call, app, str(given.get("code") or ""), TABLE.refused("374"))
    return {"access_token": token}


def _log_out(call: Call) -> Response:
    reads.log_out(call)
    return success({}, message="you are successfully logged out")


_API = (
    *LOGIN.routes("/api/v3/generate-authcode", page=True),
    *routes("/api/v3", ("POST", "/validate-authcode", On.TOKEN, _token), session=False, whose=by_json_code("code")),
    *routes(
        "/api/v3",
        ("POST", "/logout", On.LOGOUT, _log_out),
        ("GET", "/profile", On.PROFILE, reads.under("data", reads.person(wire.PERSON))),
        ("GET", "/funds", On.FUNDS, reads.under("fund_limit", reads.funds(wire.FUNDS))),
        ("GET", "/holdings", On.HOLDINGS, reads.under("holdings", reads.holdings(wire.HOLDING), overall={})),
        ("GET", "/positions", On.POSITIONS, reads.under("netPositions", reads.positions(wire.POSITION, 2), overall={})),
        ("GET", "/orders", On.ORDERS, orders.book),
        ("GET", "/tradebook", On.TRADES, orders.trades),
        ("DELETE", "/orders/{id}/sync", On.CANCEL, orders.cancel_in_path),
    ),
    *routes(
        "/api/v3/orders/sync",
        ("POST", "", On.PLACE, orders.place),
        ("PATCH", "", On.MODIFY, orders.modify),
        ("DELETE", "", On.CANCEL, orders.cancel),
        body=body_of,
    ),
    *routes("/data", ("GET", "/quotes", On.QUOTES, orders.quotes)),
)
_FILES = tuple(
    instrument_files.csv_route(f"/sym_details/{exchange}_CM.csv", wire.SCRIP, (exchange,), named=False)
    for exchange in wire.EXCHANGES
)

DIALECT = Dialect(
    broker=BROKER,
    prefixes={
        "/fyers/api": _API,
        "/fyers/files": _FILES,
        "/fyers/edis": releases.ROUTES,
        "/fyers/cdsl": releases.AT_CDSL,
    },
    apps=known_apps(BROKER, "sandbox-fyers-100"),
    credentials=_credentials,
    refusals=REFUSALS,
    success=success,
    placed=orders.placed,
    limits=TABLES.limits,
    other_limit=TABLES.other_limit,
    postback=orders.postback,
)
