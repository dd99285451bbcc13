"""The simulated Axis Direct as one dialect of the sandbox: its routes and its login. What is a choice of ours is in the
package's docstring."""

from collections.abc import Callable
from dataclasses import replace

from torana.sandbox import instrument_files, reads, web
from torana.sandbox.accounts import Account
from torana.sandbox.axis import envelope, orders, wire
from torana.sandbox.axis.errors import REFUSALS, TABLE, success
from torana.sandbox.axis.orders import Body
from torana.sandbox.call import Call
from torana.sandbox.dialect import Dialect, Handler, KnownApp, Route, orders_at_most, token_in
from torana.sandbox.faults import Operation as On
from torana.sandbox.login import PASSWORD, Login, code_as, daily, visit_in_query
from torana.sandbox.world import App

BROKER = "axis"
_PAGE = "/sso/validate"
_SSO = "ssoId"


def _app(call: Call) -> App:
    """The app of the two keys in the headers. Raises `Refused`."""
    refused = TABLE.refused("401", "Invalid client")
    app = call.known_app(call.request.headers.get("x-api-client-id", ""), refused)
    if call.request.headers.get("authorization") != app.secret:
        raise refused
    return app


def _of_the_client(call: Call) -> None:
    _app(call)
    if call.request.headers.get("x-subaccountid") != call.account.user_id:
        raise TABLE.refused("401")


async def _body(call: Call) -> Body:
    try:
        return await envelope.opened(call.request)
    except ValueError:
        raise TABLE.refused("400", "Decryption failed") from None


def served(answer: Callable[[Call, Body], object]) -> Handler:
    """A handler that is given what is in the envelope."""

    async def handle(call: Call) -> object:
        return answer(call, await _body(call))

    return handle


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


def _initiate(call: Call, body: Body) -> object:
    app, back = _app(call), str(body.get("redirectURL"))
    if body.get("type") != "LOGIN" or not (back == app.redirect_url or back.startswith(f"{app.redirect_url}/")):
        raise TABLE.refused("400", "type or redirectURL is not valid")
    visit = call.world.visits.open(app.key, back)
    return {"redirectURL": f"{call.world.url}/axis/auth{_PAGE}?{_SSO}={visit.key}"}


def _authenticate(call: Call, body: Body) -> object:
    wrong = TABLE.refused("400", "ssoId is not valid")
    account, token = LOGIN.redeem(call, _app(call), str(body.get(_SSO)), wrong)
    own = {"name": account.user_name, "accounts": [{"subAccountId": account.user_id}]}
    return {"authToken": {"token": token}, "refreshToken": {"token": token[::-1]}, "metadata": own}


async def _whose(call: Call) -> Account | None:
    """The client of the one-time id in the envelope, without using it."""
    try:
        return call.sessions.owner_of(str((await envelope.opened(call.request)).get(_SSO)))
    except ValueError:
        return None


def _equity(read: Callable[[Call], object]) -> Callable[[Call, Body], object]:
    def answer(call: Call, body: Body) -> object:
        if body.get("segment") != "EQ":
            raise TABLE.refused("400", "segment is not valid")
        return read(call)

    return answer


def _of_client(path: str, operation: On, answer: Callable[[Call, Body], object]) -> Route:
    return Route("POST", path, operation, served(answer), check=_of_the_client)


def _person(call: Call) -> object:
    return {"name": call.account.user_name, "clientId": call.account.user_id}


_API = (
    Route("GET", "/customer-profile/details", On.PROFILE, _person, check=_of_the_client),
    _of_client("/trading/orders/place-order", On.PLACE, orders.place),
    _of_client("/trading/orders/modify-order", On.MODIFY, orders.modify),
    _of_client("/trading/orders/cancel-order", On.CANCEL, orders.cancel),
    _of_client("/trading/orders/get-order-book", On.ORDERS, orders.book),
    _of_client("/trading/trades/get-trade-book", On.TRADES, _equity(reads.trades(wire.TRADE))),
    _of_client("/trading/portfolio/get-holdings", On.HOLDINGS, _equity(reads.holdings(wire.HOLDING))),
    _of_client("/trading/portfolio/get-positions", On.POSITIONS, orders.positions),
    _of_client("/feedbroadcast/multi-touch-line", On.QUOTES, orders.prices),
)
_AUTH = (
    Route("POST", "/handshake", On.LOGIN, _shake_hands, session=False),
    Route("POST", "/sso/initiate", On.LOGIN, served(_initiate), session=False),
    Route("POST", "/sso/authenticate", On.TOKEN, served(_authenticate), session=False, whose=_whose),
    *LOGIN.routes(_PAGE, page=True),
)


_FILE = instrument_files.csv_route("/TELESCOPE/security_master_web/SecurityMaster.csv", wire.SECURITY)

DIALECT = Dialect(
    broker=BROKER,
    prefixes={
        "/axis/auth": _AUTH,
        "/axis/api": _API,
        "/axis/funds": (_of_client("/funds/inquiry/get-limits", On.FUNDS, _equity(reads.funds(wire.FUNDS))),),
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
