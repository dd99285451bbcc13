"""The simulated Axis Direct as one dialect of the sandbox: its routes and its login."""

from dataclasses import replace
from functools import partial

from torana.sandbox import instrument_files, reads, web
from torana.sandbox.accounts import Account
from torana.sandbox.axis import envelope, orders, wire
from torana.sandbox.axis.errors import REFUSALS, TABLE, success
from torana.sandbox.call import Body, Call
from torana.sandbox.dialect import Dialect, KnownApp, Route, orders_at_most, routes, token_in
from torana.sandbox.faults import Operation as On
from torana.sandbox.login import PASSWORD, Login, code_as, daily, visit_in_query
from torana.sandbox.order_form import Fault
from torana.sandbox.world import App

BROKER = "axis"
_PAGE = "/sso/validate"
_SSO = "ssoId"


def _app(call: Call) -> App:
    """The app of the two keys in the headers. Raises `Refused`."""
    headers, wrong = call.request.headers, TABLE.refused("401", "Invalid client")
    return call.proven_app(headers.get("x-api-client-id"), headers.get("authorization"), wrong)


def _of_the_client(call: Call) -> None:
    _app(call)
    if call.request.headers.get("x-subaccountid") != call.account.user_id:
        raise TABLE.refused("401")


async def _body(call: Call) -> Body:
    """What is in the envelope."""
    try:
        return await envelope.opened(call.request)
    except ValueError:
        raise TABLE.refused("400", "Decryption failed") from None


def _app_of(call: Call) -> App:
    """With the address to which this one login goes back."""
    visit = visit_in_query(call, TABLE.refused("400", "This login was not begun, or is over."), _SSO)
    return replace(call.known_app(visit.app, TABLE.refused("401")), redirect_url=visit.back)


LOGIN = Login(
    broker=BROKER, name="Axis Direct", until="23:59", ends=daily("23:59"), user_id_form="00000000", app_of=_app_of,
    back=code_as(_SSO), typed=(PASSWORD,),
)  # fmt: skip


def _shake_hands(call: Call) -> object:
    _app(call)
    return web.json({"data": {"publicKey": envelope.public_key()}})


def _initiate(call: Call) -> object:
    app, back = _app(call), str(call.given.get("redirectURL"))
    if call.given.get("type") != "LOGIN" or not (back == app.redirect_url or back.startswith(f"{app.redirect_url}/")):
        raise TABLE.refused("400", "type or redirectURL is not valid")
    visit = call.world.visits.open(app.key, back)
    return {"redirectURL": f"{call.world.url}/axis/auth{_PAGE}?{_SSO}={visit.key}"}


def _authenticate(call: Call) -> object:
    wrong = TABLE.of_field(_SSO, Fault.INVALID, None)
    account, token = LOGIN.redeem(call, _app(call), str(call.given.get(_SSO)), wrong)
    own = {"name": account.user_name, "accounts": [{"subAccountId": account.user_id}]}
    return {"authToken": {"token": token}, "refreshToken": {"token": token[::-1]}, "metadata": own}


async def _whose(call: Call) -> Account | None:
    """The client of the one-time id in the envelope, without using it."""
    try:
        return call.sessions.owner_of(str((await envelope.opened(call.request)).get(_SSO)))
    except ValueError:
        return None


_equity = partial(reads.asked, orders.EQUITY)
_of_client = partial(routes, "", check=_of_the_client, body=_body)
_API = (
    Route("GET", "/customer-profile/details", On.PROFILE, reads.person(wire.PERSON), check=_of_the_client),
    *_of_client(
        ("POST", "/trading/orders/place-order", On.PLACE, orders.place),
        ("POST", "/trading/orders/modify-order", On.MODIFY, orders.modify),
        ("POST", "/trading/orders/cancel-order", On.CANCEL, orders.cancel),
        ("POST", "/trading/orders/get-order-book", On.ORDERS, reads.asked(orders.BOOK, orders.book)),
        ("POST", "/trading/trades/get-trade-book", On.TRADES, _equity(reads.trades(wire.TRADE))),
        ("POST", "/trading/portfolio/get-holdings", On.HOLDINGS, _equity(reads.holdings(wire.HOLDING))),
        ("POST", "/trading/portfolio/get-positions", On.POSITIONS, reads.asked(orders.POSITIONS, orders.positions)),
        ("POST", "/feedbroadcast/multi-touch-line", On.QUOTES, orders.prices),
    ),
)
_FUNDS = _of_client(("POST", "/funds/inquiry/get-limits", On.FUNDS, _equity(reads.funds(wire.FUNDS))))
_AUTH = (
    Route("POST", "/handshake", On.LOGIN, _shake_hands, session=False),
    Route("POST", "/sso/initiate", On.LOGIN, _initiate, session=False, body=_body),
    Route("POST", "/sso/authenticate", On.TOKEN, _authenticate, session=False, body=_body, whose=_whose),
    *LOGIN.routes(_PAGE, page=True),
)
_FILE = instrument_files.csv_route("/TELESCOPE/security_master_web/SecurityMaster.csv", wire.SECURITY)

DIALECT = Dialect(
    broker=BROKER,
    prefixes={
        "/axis/auth": _AUTH,
        "/axis/api": _API,
        "/axis/funds": _FUNDS,
        "/axis/assets": (_FILE,),
    },
    apps=(KnownApp("sandbox-axis", "sandbox-axis-authorization", ""),),
    credentials=token_in("x-authtoken", "x-api-client-id"),
    refusals=REFUSALS,
    success=success,
    placed=lambda order_id: success(orders.told(order_id)),
    limits=orders_at_most(10),
    sealed=envelope.sealed,
)
