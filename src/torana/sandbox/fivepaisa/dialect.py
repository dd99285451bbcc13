"""The simulated 5paisa as one dialect of the sandbox: its routes and its login. What is a choice of ours is in the
package's docstring."""

from collections.abc import Awaitable
from dataclasses import replace

from torana.sandbox import instrument_files, reads
from torana.sandbox.call import Call
from torana.sandbox.dialect import Dialect, KnownApp, Route, bearer, by_json_code, orders_at_most
from torana.sandbox.faults import Operation as On
from torana.sandbox.fivepaisa import orders, wire
from torana.sandbox.fivepaisa.errors import REFUSALS, TABLE, Answer, Asked, envelope, listed, served, success
from torana.sandbox.login import PIN, TOTP, Login, app_in_query, code_as, daily
from torana.sandbox.order_form import objects
from torana.sandbox.web import Response
from torana.sandbox.world import App

BROKER = "fivepaisa"
USER_ID = "sandbox-fivepaisa-user"
_SERVICE = "/VendorsAPI/Service1.svc"


LOGIN = Login(
    broker=BROKER, name="5paisa", until="23:59", ends=daily("23:59"), user_id_form="50000000",
    app_of=app_in_query("VendorKey", replace(TABLE.codes["head-2"], status=400), "ResponseURL"),
    back=code_as("RequestToken"), code_seconds=30.0, typed=(TOTP, PIN),
    sent=lambda call: [("state", value) for name, value in call.request.query_pairs if name == "State"],
)  # fmt: skip


def _redeemed(asked: Asked) -> dict[str, object]:
    app: App = asked.body["app"]
    if asked.body.get("EncryKey") != app.secret or asked.body.get("UserId") != USER_ID:
        raise TABLE.refused("2")
    code = str(asked.body.get("RequestToken") or "")
    account, token = LOGIN.redeem(asked.call, app, code, TABLE.refused("2", "Token Expired."))
    return wire.PERSON(account) | {"AccessToken": token, "RefreshToken": token[::-1]}


_NO_TRADES = "No Trades found for this Client."
_BOOK = listed("OrderBookDetail", reads.book(wire.BOOK_ROW, wire.WORDS), "No Order found for this Client.")
_TRADES = listed("TradeBookDetail", reads.trades(wire.TRADE_ROW), _NO_TRADES)
_POSITIONS = listed("NetPositionDetail", reads.positions(wire.POSITION, 2), "No record found.")
_HOLDINGS = listed("Data", reads.holdings(wire.HOLDING), "No record found.", CacheTime=300)


def _trades_of(asked: Asked) -> dict[str, object] | Awaitable[dict[str, object]]:
    """Of the orders that are named by the exchange's ids."""
    wanted = objects(asked.body.get("TradeInformationList"), TABLE.refused("2"), least=0)
    ids = {str(one.get("ExchOrderID") or "") for one in wanted}

    def of_these(call: Call) -> list[reads.Row]:
        return [row for row in reads.trades(wire.TRADE_ROW)(call) if str(row["ExchOrderID"]) in ids]

    return listed("TradeDetail", of_these, _NO_TRADES)(asked)


def _funds(asked: Asked) -> dict[str, object]:
    mutual = dict.fromkeys(("MFCollateralValue", "MFFreeStockValue", "MFHaircutValue"), 0)
    client, now = asked.call.account.user_id, wire.moment(asked.call.exchange.now())
    equity = reads.funds(wire.FUNDS)(asked.call)
    return {"ClientCode": client, "EquityMargin": [equity], "MFMargin": [mutual], "Message": "", "TimeStamp": now}


def _placed(order_id: str | None) -> Response:
    ids = {"ExchOrderID": "0", "ExchType": "C", "LocalOrderID": 0, "RMSResponseCode": 1}
    body = {"BrokerOrderID": int(order_id) if order_id else 0, **ids, "Message": "Success", "Status": 0}
    return envelope("5PPlaceOrdReqV1", body)


def _route(path: str, operation: On, code: str, answer: Answer) -> Route:
    return Route("POST", f"{_SERVICE}/{path}", operation, served(operation, code, answer))


_TOKEN = Route(
    "POST", f"{_SERVICE}/GetAccessToken", On.TOKEN, served(On.TOKEN, "5PGetAccessToken", _redeemed, key="Key"),
    session=False, whose=by_json_code("body", "RequestToken"),
)  # fmt: skip
_API = (
    _TOKEN,
    _route("V1/PlaceOrderRequest", On.PLACE, "5PPlaceOrdReqV1", orders.place),
    _route("V1/ModifyOrderRequest", On.MODIFY, "5PModifyOrdReqV1", orders.modify),
    _route("V1/CancelOrderRequest", On.CANCEL, "5PCancelOrdReqV1", orders.cancel),
    _route("V3/OrderBook", On.ORDERS, "5POrdBkV3", _BOOK),
    _route("V2/OrderStatus", On.ORDER, "5POrdStatusV2", orders.statuses),
    _route("V3/OrderStatus", On.ORDER, "5POrdStatusV3", orders.statuses),
    _route("V1/TradeBook", On.TRADES, "5PTrdBkV1", _TRADES),
    _route("TradeInformation", On.TRADES, "5PTrdInfo", _trades_of),
    _route("V3/Holding", On.HOLDINGS, "5PHoldingV3", _HOLDINGS),
    _route("V4/Holding", On.HOLDINGS, "5PHoldingV4", _HOLDINGS),
    _route("V4/Margin", On.FUNDS, "5PMarginV4", _funds),
    _route("V2/NetPositionNetWise", On.POSITIONS, "5PNPNWV2", _POSITIONS),
    _route("V4/NetPosition", On.POSITIONS, "5PNPV4", _POSITIONS),
    _route("V1/MarketFeed", On.QUOTES, "5PMFV1", orders.prices),
    _route("MarketFeed", On.QUOTES, "5PMF", orders.prices_by_symbol),
)


_FILES = tuple(
    instrument_files.csv_route(f"{_SERVICE}/ScripMaster/segment/{name}", wire.SCRIP) for name in ("all", "All")
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
    limits=orders_at_most(10),
)
"""Source of the limit: 5paisa's notice on the rules for programs."""
