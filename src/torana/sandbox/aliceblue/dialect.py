"""The simulated Alice Blue as one dialect of the sandbox."""

from dataclasses import replace

from torana.sandbox import reads, tables, web
from torana.sandbox.call import Call
from torana.sandbox.codifi import errors, login, wire
from torana.sandbox.codifi.orders import Desk
from torana.sandbox.dialect import Dialect, KnownApp, Limit, bearer, routes
from torana.sandbox.faults import Operation as On
from torana.sandbox.models import State
from torana.sandbox.vocabulary import OMS, OMS_WORDS
from torana.sandbox.web import Response
from torana.sandbox.wire import Style

BROKER = "aliceblue"
TABLES = tables.of(BROKER)
TABLE, ROWS = TABLES.refusals, TABLES.rows
REFUSALS = errors.refusals(TABLE)
_NO_LOGIN = replace(TABLE.codes["EC914"], code="", text="Invalid auth code")
LOGIN = login.login(
    BROKER, "Alice Blue", "000000", "appcode", "userId",
    replace(_NO_LOGIN, text="API key not available.Please generate API key", status=400).refused,
)  # fmt: skip
DESK = Desk.of(TABLES, {"NSE": "NSE", "BSE": "BSE"}, {})
WORDS = replace(
    OMS,
    words={state: word.upper() for state, word in OMS_WORDS.items()} | {State.AMO_RECEIVED: "OPEN"},
    undocumented="AWAITING SURVEILLANCE RELEASE",
    modifying=(), cancelled_amo=None, modified_amo=None, not_cancelled=None,
)  # fmt: skip
STYLE = Style(null="", names=wire.NAMES, securities=wire.SECURITIES)
ORDER, TRADE = STYLE.orders(ROWS["order"]), STYLE.trades(ROWS["trade"])
HOLDING, POSITION = STYLE.holdings(ROWS["holding"]), STYLE.positions(ROWS["position"])
FUNDS, PERSON = STYLE.funds(ROWS["codifi_funds"]), STYLE.person(ROWS["person"])


async def _token(call: Call) -> Response:
    account, token = await login.redeem(call, LOGIN, _NO_LOGIN.refused())
    return web.json({"stat": "Ok", "clientId": account.user_id, "userSession": token})


async def _order_id(call: Call) -> tuple[str, dict[str, object]]:
    body = await call.json_object(TABLE.refused("EC914"))
    if not isinstance(found := body.get("brokerOrderId"), str) or not found:
        raise TABLE.refused("EC945")
    return found, body


async def _cancel(call: Call) -> object:
    return [DESK.cancel(call, (await _order_id(call))[0])]


async def _modify(call: Call) -> object:
    return [DESK.modify(call, *await _order_id(call))]


async def _history(call: Call) -> object:
    return DESK.history(call, (await _order_id(call))[0], ORDER, WORDS)


_API = (
    *routes("/open-api/od/v1/vendor", ("POST", "/getUserDetails", On.TOKEN, _token), session=False, whose=login.whose),
    *routes(
        "/open-api/od/v1",
        ("GET", "/profile/", On.PROFILE, lambda call: [reads.person(PERSON)(call)]),
        ("GET", "/limits/", On.FUNDS, lambda call: [reads.funds(FUNDS)(call)]),
        ("GET", "/holdings/CNC", On.HOLDINGS, DESK.some("EC922", reads.holdings(HOLDING))),
        ("GET", "/positions", On.POSITIONS, DESK.some("EC920", reads.positions(POSITION, 2))),
        ("POST", "/orders/placeorder", On.PLACE, DESK.place),
        ("POST", "/orders/modify", On.MODIFY, _modify),
        ("POST", "/orders/cancel", On.CANCEL, _cancel),
        ("GET", "/orders/book", On.ORDERS, DESK.some("EC916", reads.book(ORDER, WORDS))),
        ("POST", "/orders/history", On.ORDER, _history),
        ("GET", "/orders/trades", On.TRADES, DESK.some("EC926", reads.trades(TRADE))),
    ),
)

DIALECT = Dialect(
    broker=BROKER,
    prefixes={"/aliceblue/api": _API, "/aliceblue/web": LOGIN.routes("/", page=True)},
    apps=(KnownApp("sandbox-aliceblue", "sandbox-aliceblue-secret", ""),),
    credentials=bearer(),
    refusals=REFUSALS,
    success=errors.success,
    placed=lambda order_id: errors.success([DESK.taken(None, order_id)]),
    rejects_later=REFUSALS.unnamed,
    limits=dict.fromkeys((On.PLACE, On.MODIFY, On.CANCEL, On.LOGIN, On.TOKEN)),
    other_limit=Limit("all", 1800, 900.0),
)
