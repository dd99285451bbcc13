"""The simulated 5paisa as one dialect of the sandbox: its routes and its login."""

from dataclasses import replace
from typing import Any

from torana.sandbox import instrument_files, reads
from torana.sandbox.call import Call
from torana.sandbox.dialect import Dialect, Handler, KnownApp, Route, bearer, by_json_code, orders_at_most
from torana.sandbox.faults import Operation as On
from torana.sandbox.fivepaisa import orders, wire
from torana.sandbox.fivepaisa.errors import REFUSALS, TABLE, answered, body_of, envelope, listed, rows_in, success
from torana.sandbox.login import PIN, TOTP, Login, app_in_query, code_as, daily
from torana.sandbox.order_form import objects
from torana.sandbox.web import Response

BROKER = "fivepaisa"
USER_ID = "sandbox-fivepaisa-user"
_SERVICE = "/VendorsAPI/Service1.svc"


LOGIN = Login(
    broker=BROKER, name="5paisa", until="23:59", ends=daily("23:59"), user_id_form="50000000",
    app_of=app_in_query("VendorKey", replace(TABLE.codes["head-2"], status=400), "ResponseURL"),
    back=code_as("RequestToken"), code_seconds=30.0, typed=(TOTP, PIN),
    sent=lambda call: [("state", value) for name, value in call.request.query_pairs if name == "State"],
)  # fmt: skip


def _redeemed(call: Call) -> dict[str, object]:
    given = call.given
    app = call.proven_app(given["key"], given.get("EncryKey"), TABLE.refused("2"))
    if given.get("UserId") != USER_ID:
        raise TABLE.refused("2")
    code = str(given.get("RequestToken") or "")
    account, token = LOGIN.redeem(call, app, code, TABLE.refused("2", "Token Expired."))
    return wire.PERSON(account) | {"AccessToken": token, "RefreshToken": token[::-1]}


_NO_TRADES = "No Trades found for this Client."
_BOOK = listed("OrderBookDetail", reads.book(wire.BOOK, wire.WORDS), "No Order found for this Client.")
_TRADES = listed("TradeBookDetail", reads.trades(wire.TRADE), _NO_TRADES)
_POSITIONS = listed("NetPositionDetail", reads.positions(wire.POSITION, 2), "No record found.")
_HOLDINGS = listed("Data", reads.holdings(wire.HOLDING), "No record found.", CacheTime=300)


def _trades_of(call: Call) -> dict[str, object]:
    """Of the orders that are named by the exchange's ids."""
    wanted = objects(call.given.get("TradeInformationList"), TABLE.refused("2"), least=0)
    ids = {str(one.get("ExchOrderID") or "") for one in wanted}
    rows = [row for row in reads.trades(wire.TRADE)(call) if str(row["ExchOrderID"]) in ids]
    return rows_in("TradeDetail", rows, _NO_TRADES)


def _funds(call: Call) -> dict[str, object]:
    mutual = dict.fromkeys(("MFCollateralValue", "MFFreeStockValue", "MFHaircutValue"), 0)
    both = {"EquityMargin": [reads.funds(wire.FUNDS)(call)], "MFMargin": [mutual]}
    now = wire.moment(call.exchange.now())
    return {"ClientCode": call.account.user_id, **both, "Message": "", "TimeStamp": now}


def _placed(order_id: str | None) -> Response:
    ids = {"ExchOrderID": "0", "ExchType": "C", "LocalOrderID": 0, "RMSResponseCode": 1}
    body = {"BrokerOrderID": int(order_id) if order_id else 0, **ids, "Message": "Success", "Status": 0}
    return envelope("5PPlaceOrdReqV1", body)


def _route(path: str, operation: On, code: str, handler: Handler, **how: Any) -> Route:
    return Route("POST", f"{_SERVICE}/{path}", operation, handler, body=body_of, answer=answered(code), **how)


_API = (
    _route("GetAccessToken", On.TOKEN, "5PGetAccessToken", _redeemed, session=False,
           whose=by_json_code("body", "RequestToken")),
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
)  # fmt: skip

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
