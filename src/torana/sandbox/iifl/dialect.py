"""The simulated IIFL Capital as one dialect of the sandbox."""

from dataclasses import replace

from torana.sandbox import reads, tables, web
from torana.sandbox.call import Call
from torana.sandbox.codifi import errors, login, orders, wire
from torana.sandbox.codifi.orders import Desk
from torana.sandbox.dialect import Dialect, KnownApp, Limit, bearer, orders_at_most, routes
from torana.sandbox.faults import Operation as On
from torana.sandbox.vocabulary import OMS
from torana.sandbox.web import Response
from torana.sandbox.wire import Style

BROKER = "iifl"
EXCHANGES = {"NSE": "NSEEQ", "BSE": "BSEEQ"}
TABLES = tables.of(BROKER)
TABLE, ROWS = TABLES.refusals, TABLES.rows
REFUSALS = errors.refusals(TABLE)
LOGIN = login.login(BROKER, "IIFL Capital", "00000000", "appkey", "clientId", lambda: TABLE.refused("EC054"))
DESK = Desk.of(TABLES, EXCHANGES, {"status": "Success", "message": "Success"})
_RUPEES = Style(
    orders.MOMENT, names=wire.NAMES, securities=wire.SECURITIES | {"exchange": lambda one: EXCHANGES[one.exchange]}
)
_PAISE = replace(_RUPEES, amount=lambda rupees: int(rupees * 100), null="NA")
_TEXTS = replace(_PAISE, amount=lambda rupees: str(rupees * 100), count=str)
ORDER, TRADE = _TEXTS.orders(ROWS["order"]), _TEXTS.trades(ROWS["codifi_trade"])
_COUNTED = replace(_TEXTS, count=int)
HOLDING, POSITION = _COUNTED.holdings(ROWS["codifi_holding"]), _COUNTED.positions(ROWS["position"])
FUNDS = _PAISE.funds(ROWS["codifi_funds"])
PERSON = _PAISE.person(
    ROWS["person"],
    clientId=lambda account: f"{account.user_id[0]}{'*' * (len(account.user_id) - 2)}{account.user_id[-1]}",
)
QUOTE = _RUPEES.quotes(ROWS["quote"])


async def _token(call: Call) -> Response:
    _, token = await login.redeem(call, LOGIN, TABLE.refused("EC055"))
    return web.json({"status": "Ok", "userSession": token})


_API = (
    *routes("/v1", ("POST", "/getusersession", On.TOKEN, _token), session=False, whose=login.whose),
    *routes(
        "/v1",
        ("GET", "/profile", On.PROFILE, reads.person(PERSON)),
        ("POST", "/profile/logout", On.LOGOUT, DESK.log_out),
        ("GET", "/limits", On.FUNDS, reads.funds(FUNDS)),
        ("GET", "/holdings", On.HOLDINGS, DESK.some("EC922", reads.holdings(HOLDING))),
        ("GET", "/positions", On.POSITIONS, DESK.some("EC920", reads.positions(POSITION, 2))),
        ("POST", "/orders", On.PLACE, DESK.place),
        ("PUT", "/orders/{id}", On.MODIFY, DESK.modify_at_path),
        ("DELETE", "/orders/{id}", On.CANCEL, lambda call: DESK.cancel(call, call.path["id"])),
        ("GET", "/orders", On.ORDERS, orders.bare(DESK.some("EC916", reads.book(ORDER, OMS)))),
        ("GET", "/orders/{id}", On.ORDER, orders.bare(lambda call: DESK.history(call, call.path["id"], ORDER, OMS))),
        ("GET", "/trades", On.TRADES, orders.bare(DESK.some("EC926", reads.trades(TRADE)))),
        ("POST", "/marketdata/marketquotes", On.QUOTES, DESK.quotes(QUOTE)),
    ),
)

DIALECT = Dialect(
    broker=BROKER,
    prefixes={"/iifl/api": _API, "/iifl/web": LOGIN.routes("/", page=True)},
    apps=(KnownApp("sandbox-iifl", "sandbox-iifl-secret", ""),),
    credentials=bearer(),
    refusals=REFUSALS,
    success=errors.success,
    placed=lambda order_id: errors.success([DESK.taken(None, order_id)]),
    rejects_later=REFUSALS.unnamed,
    limits=orders_at_most(10)
    | {one: Limit(one.value, 10) for one in (On.FUNDS, On.ORDER, On.QUOTES)}
    | {one: Limit(one.value, 3) for one in (On.ORDERS, On.TRADES, On.HOLDINGS, On.POSITIONS, On.PROFILE, On.TOKEN)}
    | {On.LOGOUT: Limit("logout", 2)},
)
