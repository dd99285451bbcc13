"""The simulated 5paisa as one dialect of the sandbox: its routes and its login. What is a choice of ours is in the
package's docstring."""

from collections.abc import Mapping
from functools import cache

from torana.sandbox import instrument_files, reads
from torana.sandbox.accounts import Account
from torana.sandbox.call import Call
from torana.sandbox.dialect import Dialect, KnownApp, Limit, Route, bearer
from torana.sandbox.faults import Operation as On
from torana.sandbox.fivepaisa import orders, wire
from torana.sandbox.fivepaisa.errors import REFUSALS, TABLE, Answer, Asked, envelope, listed, served, success
from torana.sandbox.login import SIX_DIGITS, Back, Login, Pairs, Typed, daily
from torana.sandbox.order_form import parsed
from torana.sandbox.web import Response
from torana.sandbox.world import App

BROKER = "fivepaisa"
USER_ID = "sandbox-fivepaisa-user"
_SERVICE = "/VendorsAPI/Service1.svc"
_ORDERS = Limit("orders", 10)
_LIMITS: Mapping[On, Limit | None] = dict.fromkeys((On.PLACE, On.MODIFY, On.CANCEL), _ORDERS)
"""Source: 5paisa's notice on the rules for programs."""


def _app_of(call: Call) -> App:
    wrong = TABLE.refused("head-2", status=400)
    app = call.known_app(call.request.query.get("VendorKey", ""), wrong)
    if call.request.query.get("ResponseURL") != app.redirect_url:
        raise wrong
    return app


def _back(back: Back) -> Pairs:
    return [*([("RequestToken", back.proof)] if back.proof else []), *back.sent]


LOGIN = Login(
    broker=BROKER, name="5paisa", until="23:59", ends=daily("23:59"), user_id_form="50000000",
    app_of=_app_of, back=_back, code_seconds=30.0,
    sent=lambda call: [("state", value) for name, value in call.request.query_pairs if name == "State"],
    typed=(
        Typed("totp", "TOTP (any six digits)", "Enter a TOTP of six digits.", SIX_DIGITS, "000000"),
        Typed("pin", "PIN (any)", "Enter a PIN; any will do.", value="123456", hidden=True),
    ),
)  # fmt: skip
_ALLOWED = dict.fromkeys(("AllowBseCash", "AllowNseCash"), "Y")
_NOT_ALLOWED = dict.fromkeys(
    (
        "AllowBseDeriv", "AllowBseMF", "AllowMCXComm", "AllowMcxSx", "AllowNSECurrency", "AllowNSEL", "AllowNseComm",
        "AllowNseDeriv", "AllowNseMF",
    ),
    "N",
)  # fmt: skip


def _redeemed(asked: Asked) -> dict[str, object]:
    app: App = asked.body["app"]
    if asked.body.get("EncryKey") != app.secret or asked.body.get("UserId") != USER_ID:
        raise TABLE.refused("2")
    code = str(asked.body.get("RequestToken") or "")
    account, token = LOGIN.redeem(asked.call, app, code, TABLE.refused("2", "Token Expired."))
    return {
        "AccessToken": token, "ClientCode": account.user_id, "ClientName": account.user_name, "ClientType": "1",
        "CustomerType": "BASIC", "POAStatus": "N" if account.needs_edis else "Y", "RefreshToken": token[::-1],
        **_ALLOWED, **_NOT_ALLOWED,
    }  # fmt: skip


async def _whose_code(call: Call) -> Account | None:
    """The client of the one-time code in the body, without using it."""
    try:
        given = parsed(await call.request.body(), ValueError())
    except ValueError:
        return None
    body = given.get("body") if isinstance(given, dict) else None
    return call.sessions.owner_of(str(body.get("RequestToken"))) if isinstance(body, dict) else None


_READ_BOOK, _READ_TRADES = reads.book(wire.BOOK_ROW, wire.WORDS), reads.trades(wire.TRADE_ROW)
_READ_HOLDINGS, _READ_FUNDS = reads.holdings(wire.HOLDING), reads.funds(wire.FUNDS)
_READ_POSITIONS = reads.positions(wire.POSITION, 2)


def _book(asked: Asked) -> dict[str, object]:
    return listed("OrderBookDetail", _READ_BOOK(asked.call), "No Order found for this Client.")


def _trades(asked: Asked) -> dict[str, object]:
    return listed("TradeBookDetail", _READ_TRADES(asked.call), "No Trades found for this Client.")


def _trades_of(asked: Asked) -> dict[str, object]:
    """Of the orders that are named by the exchange's ids."""
    wanted = orders.listed_objects(asked, "TradeInformationList")
    ids = {str(one.get("ExchOrderID") or "") for one in wanted}
    rows = [row for row in _READ_TRADES(asked.call) if str(row["ExchOrderID"]) in ids]
    return listed("TradeDetail", rows, "No Trades found for this Client.")


def _positions(asked: Asked) -> dict[str, object]:
    return listed("NetPositionDetail", _READ_POSITIONS(asked.call), "No record found.")


def _holdings(asked: Asked) -> dict[str, object]:
    call = asked.call
    rows = [{**row, "POASigned": _free_to_sell(call, str(row["ISIN"]))} for row in _READ_HOLDINGS(call)]
    return listed("Data", rows, "No record found.", CacheTime=300)


def _free_to_sell(call: Call, isin: str) -> str:
    """Whether all shares of a security can be sold without a further authorisation."""
    account, held = call.account, call.account.holdings[isin]
    told = held.authorised_told(call.exchange.now())
    return "N" if account.needs_edis and told < held.quantity else "Y"


def _funds(asked: Asked) -> dict[str, object]:
    mutual = dict.fromkeys(("MFCollateralValue", "MFFreeStockValue", "MFHaircutValue"), 0)
    client, now = asked.call.account.user_id, wire.moment(asked.call.exchange.now())
    equity = _READ_FUNDS(asked.call)
    return {"ClientCode": client, "EquityMargin": [equity], "MFMargin": [mutual], "Message": "", "TimeStamp": now}


def _placed(order_id: str | None) -> Response:
    ids = {"ExchOrderID": "0", "ExchType": "C", "LocalOrderID": 0, "RMSResponseCode": 1}
    body = {"BrokerOrderID": int(order_id) if order_id else 0, **ids, "Message": "Success", "Status": 0}
    return envelope("5PPlaceOrdReqV1", body)


def _route(path: str, operation: On, code: str, answer: Answer) -> Route:
    return Route("POST", f"{_SERVICE}/{path}", operation, served(operation, code, answer))


_TOKEN = Route(
    "POST", f"{_SERVICE}/GetAccessToken", On.TOKEN, served(On.TOKEN, "5PGetAccessToken", _redeemed, key="Key"),
    session=False, whose=_whose_code,
)  # fmt: skip
_API = (
    _TOKEN,
    _route("V1/PlaceOrderRequest", On.PLACE, "5PPlaceOrdReqV1", orders.place),
    _route("V1/ModifyOrderRequest", On.MODIFY, "5PModifyOrdReqV1", orders.modify),
    _route("V1/CancelOrderRequest", On.CANCEL, "5PCancelOrdReqV1", orders.cancel),
    _route("V3/OrderBook", On.ORDERS, "5POrdBkV3", _book),
    _route("V2/OrderStatus", On.ORDER, "5POrdStatusV2", orders.statuses),
    _route("V3/OrderStatus", On.ORDER, "5POrdStatusV3", orders.statuses),
    _route("V1/TradeBook", On.TRADES, "5PTrdBkV1", _trades),
    _route("TradeInformation", On.TRADES, "5PTrdInfo", _trades_of),
    _route("V3/Holding", On.HOLDINGS, "5PHoldingV3", _holdings),
    _route("V4/Holding", On.HOLDINGS, "5PHoldingV4", _holdings),
    _route("V4/Margin", On.FUNDS, "5PMarginV4", _funds),
    _route("V2/NetPositionNetWise", On.POSITIONS, "5PNPNWV2", _positions),
    _route("V4/NetPosition", On.POSITIONS, "5PNPV4", _positions),
    _route("V1/MarketFeed", On.QUOTES, "5PMFV1", orders.prices),
    _route("MarketFeed", On.QUOTES, "5PMF", orders.prices_by_symbol),
)


def _scrips(call: Call) -> Response:
    return Response(200, _file(), "text/csv", [("content-encoding", "gzip")])


@cache
def _file() -> bytes:
    return instrument_files.as_csv(instrument_files.rows(wire.SCRIP))


_FILES = tuple(
    Route("GET", f"{_SERVICE}/ScripMaster/segment/{name}", On.INSTRUMENTS, _scrips, session=False, page=True)
    for name in ("all", "All")
)

DIALECT = Dialect(
    broker=BROKER,
    prefixes={
        "/fivepaisa/api": (*_API, *_FILES),
        "/fivepaisa/web": LOGIN.routes("/WebVendorLogin/VLogin/Index", page=True),
    },
    apps=(KnownApp("sandbox-fivepaisa", "sandbox-fivepaisa-encryption", ""),),
    credentials=bearer(),
    refusals=REFUSALS,
    success=success,
    placed=_placed,
    limits=_LIMITS,
)
