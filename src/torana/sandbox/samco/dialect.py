"""The simulated Samco as one dialect of the sandbox: its login, its tokens, what it lets an app read."""

import re
from collections.abc import Callable

from torana.sandbox import instrument_files, oauth, reads, web
from torana.sandbox.accounts import Account
from torana.sandbox.call import Call
from torana.sandbox.dialect import Dialect, KnownApp, Route, by_json_code, routes, token_in
from torana.sandbox.faults import Operation as On
from torana.sandbox.login import Back, Login, Pairs, Typed, app_in_query, daily
from torana.sandbox.magic import LoginEnd
from torana.sandbox.samco import orders, wire
from torana.sandbox.samco.errors import REFUSALS, TABLE, TABLES, body_of, success, told
from torana.sandbox.sessions import CodeProblem, CodeRefused
from torana.sandbox.web import Response

BROKER = "samco"
APP = KnownApp("sandbox-samco", "sandbox-samco-secret", "")
OWN_CLIENT = "app-owner"
"""The client to whom the app belongs: who logs in without a browser."""
ADDRESS = "203.0.113.10"
"""The one that is registered, and from which everybody seems to call."""
_TO_CODE = {
    CodeProblem.UNKNOWN: "EOAUTH011", CodeProblem.USED: "EOAUTH012", CodeProblem.EXPIRED: "EOAUTH013",
}  # fmt: skip
_ENDS = {
    LoginEnd.CANCELLED: ("access_denied", "User cancelled the login"),
    LoginEnd.FAILED: ("invalid_request", "The app is not active"),
}


def _back(back: Back) -> Pairs:
    if back.end in _ENDS:
        error, text = _ENDS[back.end]
        return [("error", error), ("errorMessage", text), *back.sent]
    return [("code", back.proof), *back.sent]


LOGIN = Login(
    broker=BROKER, name="Samco", until="08:00 tomorrow", ends=daily("08:00"), user_id_form="AA00000",
    app_of=app_in_query("api_key", TABLE.codes["EOAUTH001"], "redirect_url", TABLE.codes["EOAUTH002"]),
    back=_back, sent=oauth.sent, code_seconds=600.0,
    typed=(
        Typed(
            "api_secret", "Encrypted API secret of the app", "Paste the app's encrypted API secret.",
            re.escape(APP.secret), APP.secret, hidden=True,
        ),
    ),
)  # fmt: skip


def _validate(call: Call) -> Response:
    """What the consent page asks before it shows anything."""
    app = LOGIN.app_of(call)
    query = call.request.query
    data = {
        "appName": "Torana", "apiKey": app.key, "redirectUrl": app.redirect_url, "state": query.get("state", ""),
        "scopes": query.get("scopes", "all"), "clientUid": OWN_CLIENT, "nextAction": "/oauth/authenticate",
    }  # fmt: skip
    return web.json({"status": "Success", "message": "Authorization request validated.", "data": data})


def _client(account: Account) -> dict[str, object]:
    lists = {"exchangeList": ["NSE", "BSE"], "orderTypeList": ["L"], "productList": ["CNC"]}
    seen = {"srcIp": ADDRESS, "primaryIp": ADDRESS, "secondaryIp": ""}
    return {"accountID": account.user_id, "accountName": account.user_name, **lists, **seen}


async def _token(call: Call) -> Response:
    """The code alone proves whose app it was made for. One that comes again ends every token."""
    given = await body_of(call)
    if given.get("grant_type", "authorization_code") != "authorization_code":
        raise TABLE.refused("EOAUTH015")
    if not (code := str(given.get("code") or "")):
        raise TABLE.refused("EOAUTH010")
    app = call.known_app(call.sessions.app_of(code), TABLE.refused("EOAUTH011"))
    try:
        account = call.sessions.redeem(code, app.key, call.exchange.now())
    except CodeRefused as refused:
        if refused.problem is CodeProblem.USED:
            call.sessions.end(call.sessions.owner_of(code))
        raise TABLE.refused(_TO_CODE[refused.problem]) from None
    tokens = {
        "access_token": LOGIN.start(call, account, app), "token_type": "Bearer", "expires_in": 86400,
        "refresh_token": code[::-1], "refresh_token_expires_in": 604800, "session_id": code[:8],
        "user_id": account.user_id, "scopes": "all",
    }  # fmt: skip
    return success({**tokens, **_client(account)})


async def _own_session(call: Call) -> Response:
    """Without a browser: key and secret of the app, for the client to whom it belongs."""
    given = await body_of(call)
    app = call.known_app(str(given.get("apiKey")), TABLE.refused("EOAUTH001"))
    if given.get("apiSecret") != app.secret:
        raise TABLE.refused("EOAUTH008")
    account = LOGIN.account(call, OWN_CLIENT)
    token = LOGIN.start(call, account, app)
    return told(call, "Session token generated successfully", sessionToken=token, tokenId=token[:8], **_client(account))


async def _revoke(call: Call) -> Response:
    """A token that nobody has is revoked as well."""
    session = call.sessions.find(str((await body_of(call)).get("token")))
    if session is not None:
        session.ended = True
    return web.json({"status": "Success", "message": "Token revoked successfully"})


def _log_out(call: Call) -> Response:
    call.session.ended = True
    return told(call, "Request successful")


def _who_am_i(call: Call) -> Response:
    seen = {"srcIp": ADDRESS, "primaryIp": ADDRESS, "secondaryIp": None, "matches": True, "matchedAs": "PRIMARY"}
    return told(call, f"Calling from registered PRIMARY IP ({ADDRESS}).", **seen)


def _listed(name: str, rows: Callable[[Call], list[reads.Row]]) -> Callable[[Call], Response]:
    return lambda call: told(call, "Request successful", **{name: rows(call)})


def _positions(call: Call) -> Response:
    """All that there is are the trades of today."""
    rows = reads.positions(wire.POSITION, 2)(call) if call.request.query["positionType"] == "DAY" else []
    return told(call, "Request successful", positionDetails=rows)


def _funds(call: Call) -> Response:
    text, equity = "User Limit details retrieved successfully", reads.funds(wire.FUNDS)(call)
    return told(call, text, equityLimit=equity, commodityLimit=dict.fromkeys(equity, "0"))


_API = (
    *LOGIN.routes("/app/oauth/authorize", page=True),
    *routes(
        "",
        ("GET", "/oauth/authorize", On.LOGIN, _validate),
        ("POST", "/oauth/revoke", On.LOGOUT, _revoke),
        ("POST", "/session/token", On.TOKEN, _own_session),
        session=False,
    ),
    Route("POST", "/oauth/token", On.TOKEN, _token, session=False, whose=by_json_code("code")),
    *routes(
        "",
        ("DELETE", "/logout", On.LOGOUT, _log_out),
        ("GET", "/ip/whoami", On.PROFILE, _who_am_i),
        ("POST", "/order/placeOrder", On.PLACE, orders.place),
        ("POST", "/order/bulkOrder", On.PLACE, orders.place_bulk),
        ("PUT", "/order/modifyOrder/{id}", On.MODIFY, orders.modify),
        ("DELETE", "/order/cancelOrder", On.CANCEL, orders.cancel),
        ("GET", "/order/orderBook", On.ORDERS, _listed("orderBookDetails", reads.book(wire.ORDER, wire.WORDS))),
        ("GET", "/order/getOrderStatus", On.ORDER, orders.status),
        ("GET", "/trade/tradeBook", On.TRADES, _listed("tradeBookDetails", reads.trades(wire.TRADE))),
        ("GET", "/holding/getHoldings", On.HOLDINGS, _listed("holdingDetails", reads.holdings(wire.HOLDING))),
        ("GET", "/position/getPositions", On.POSITIONS, reads.asked(TABLES.request("positions"), _positions)),
        ("GET", "/limit/getLimits", On.FUNDS, _funds),
        ("POST", "/quote/multiQuote", On.QUOTES, orders.prices),
        ("GET", "/quote/getQuote", On.QUOTES, orders.quote),
    ),
)

DIALECT = Dialect(
    broker=BROKER,
    prefixes={
        "/samco/api": _API,
        "/samco/files": (instrument_files.csv_route("/doc/ScripMaster.csv", wire.SCRIP),),
    },
    apps=(APP,),
    credentials=token_in("x-session-token"),
    refusals=REFUSALS,
    success=success,
    placed=lambda order_id: web.json({"status": "Success", **({"orderNumber": order_id} if order_id else {})}),
    rejects_later=REFUSALS.unnamed,
)
