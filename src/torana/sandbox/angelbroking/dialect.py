"""The simulated Angel One as one dialect of the sandbox: its routes and its two logins."""

import secrets
from dataclasses import replace

from torana.sandbox import account_views, depository_pages, instrument_files, reads
from torana.sandbox.angelbroking import costs, orders, wire
from torana.sandbox.angelbroking.errors import REFUSALS, TABLE, TABLES, app_of, body_of, success
from torana.sandbox.call import Call
from torana.sandbox.dialect import Dialect, KnownApp, bearer, routes
from torana.sandbox.faults import Operation as On
from torana.sandbox.login import PIN, TOTP, Back, Login, Pairs, app_in_query, daily
from torana.sandbox.web import Response

BROKER = "angelbroking"


def _back(back: Back) -> Pairs:
    proof = [("auth_token", back.proof), ("feed_token", secrets.token_hex(8))] if back.proof else []
    return [*proof, *back.sent]


LOGIN = Login(
    broker=BROKER, name="Angel One", until="midnight", ends=daily("00:00"), user_id_form="A000000",
    app_of=app_in_query("api_key", replace(TABLE.codes["AG8004"], status=400)),
    back=_back, hands_over_token=True,
    sent=lambda call: [pair for pair in call.request.query_pairs if pair[0] == "state"],
    typed=(PIN, TOTP),
)  # fmt: skip


def _log_in_by_password(call: Call) -> object:
    """The way of the official client, which investors' own programs use. Like the publisher login it brings the token
    itself."""
    user, totp = call.given.get("clientcode"), str(call.given.get("totp"))
    if not isinstance(user, str) or not user or not call.given.get("password") or len(totp) != 6 or not totp.isdigit():
        raise TABLE.refused("AB1000")
    account = call.exchange.accounts.find(BROKER, user) or LOGIN.account(call, user)
    return _tokens(LOGIN.start(call, account, app_of(call))) | {"state": call.given.get("state")}


def _renew(call: Call) -> object:
    """The refresh token is the token before, spelled backwards: it is good while that one is."""
    before = call.sessions.find(str(call.given.get("refreshToken"))[::-1])
    if before is None or before.app != app_of(call).key or not before.live(call.exchange.now()):
        raise TABLE.refused("AB8050")
    return _tokens(LOGIN.start(call, before.account, app_of(call)))


def _tokens(token: str) -> dict[str, object]:
    return {"jwtToken": token, "refreshToken": token[::-1], "feedToken": secrets.token_hex(8)}


def _log_out(call: Call) -> object:
    if call.given.get("clientcode") != call.account.user_id:
        raise TABLE.refused("AB2000")
    call.session.ended = True
    return ""


def _check(call: Call) -> None:
    """Every mandatory header, and a key that somebody has."""
    TABLE.check_headers(call.request)
    app_of(call)


def _placed(order_id: str | None) -> Response:
    return success({} if order_id is None else {"script": "", "orderid": order_id, "uniqueorderid": order_id[::-1]})


def _all_holdings(call: Call) -> object:
    """The holdings, and what they come to together."""
    views = account_views.holdings(call.exchange, call.account)
    worth = sum(view.last_price * view.owned for view in views)
    gain = sum(view.gain for view in views)
    total = {"totalholdingvalue": worth, "totalinvvalue": worth - gain, "totalprofitandloss": gain}
    return {"holdings": [wire.HOLDING(view) for view in views], "totalholding": {**total, "totalpnlpercentage": 0}}


_API = (
    *routes(
        "/rest/auth/angelbroking",
        ("POST", "/user/v1/loginByPassword", On.TOKEN, _log_in_by_password),
        ("POST", "/jwt/v1/generateTokens", On.TOKEN, _renew),
        session=False,
        body=body_of,
    ),
    *routes(
        "/rest/secure/angelbroking",
        ("GET", "/user/v1/getProfile", On.PROFILE, reads.person(wire.PROFILE)),
        ("GET", "/user/v1/getRMS", On.FUNDS, reads.funds(wire.FUNDS)),
        ("GET", "/order/v1/getOrderBook", On.ORDERS, reads.book(wire.BOOK, wire.WORDS)),
        ("GET", "/order/v1/details/{id}", On.ORDER, orders.details),
        ("GET", "/order/v1/getTradeBook", On.TRADES, reads.trades(wire.TRADE)),
        ("GET", "/order/v1/getPosition", On.POSITIONS, reads.positions(wire.POSITION, 2)),
        ("GET", "/portfolio/v1/getHolding", On.HOLDINGS, reads.holdings(wire.HOLDING)),
        ("GET", "/portfolio/v1/getAllHolding", On.HOLDINGS, _all_holdings),
    ),
    *routes(
        "/rest/secure/angelbroking",
        ("POST", "/user/v1/logout", On.LOGOUT, _log_out),
        ("POST", "/order/v1/placeOrder", On.PLACE, orders.place),
        ("POST", "/order/v1/modifyOrder", On.MODIFY, orders.modify),
        ("POST", "/order/v1/cancelOrder", On.CANCEL, orders.cancel),
        ("POST", "/order/v1/getLtpData", On.QUOTES, orders.last_price),
        ("POST", "/market/v1/quote", On.QUOTES, orders.quotes),
        ("POST", "/market/v1/quote/", On.QUOTES, orders.quotes),
        ("POST", "/margin/v1/batch", On.MARGINS, costs.margin),
        ("POST", "/brokerage/v1/estimateCharges", On.CHARGES, costs.charges),
        ("POST", "/edis/v1/verifyDis", On.AUTHORISE, orders.verify_dis),
        ("POST", "/edis/v1/getTranStatus", On.AUTHORISE, orders.tran_status),
        body=body_of,
    ),
)
_CDSL = replace(TABLE.codes["AG2001"], status=400)

DIALECT = Dialect(
    broker=BROKER,
    prefixes={
        "/angelbroking/api": _API,
        "/angelbroking/web": LOGIN.routes("/publisher-login", page=True),
        "/angelbroking/cdsl": depository_pages.cdsl_routes("/eDIS/VerifyDIS/", "Angel One", _CDSL),
        "/angelbroking/files": (
            instrument_files.json_route("/OpenAPI_File/files/OpenAPIScripMaster.json", wire.SCRIP),
        ),
    },
    apps=(KnownApp("sandbox-angelbroking", "", "/postback/angelbroking/sandbox-postback-secret"),),
    credentials=bearer("x-privatekey"),
    refusals=REFUSALS,
    success=success,
    placed=_placed,
    rejects_later=REFUSALS.unnamed,
    limits=TABLES.limits,
    check=_check,
    postback=orders.postback,
)
