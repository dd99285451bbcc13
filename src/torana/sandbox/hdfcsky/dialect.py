"""The simulated HDFC Sky as one dialect of the sandbox."""

from torana.sandbox import account_views, instrument_files, reads
from torana.sandbox.call import Call
from torana.sandbox.dialect import FORM_ALONE, Dialect, KnownApp, routes
from torana.sandbox.faults import Operation as On
from torana.sandbox.hdfc.gateway import Gateway, credentials
from torana.sandbox.hdfcsky import wire
from torana.sandbox.hdfcsky.errors import REFUSALS, TABLE, TABLES, success
from torana.sandbox.models import Order
from torana.sandbox.order_form import Fault
from torana.sandbox.order_views import order_view
from torana.sandbox.securities import by_token

BROKER = "hdfcsky"
GATEWAY = Gateway(
    BROKER, "HDFC Sky", TABLE, wire.PRICE, "user_order_id",
    lambda read: by_token(read["instrument_token"], read["exchange"]),
)  # fmt: skip
ORDER, CHANGE = TABLES.request("order"), TABLES.request("change")


def _of_client(call: Call, client: object) -> None:
    if client != call.account.user_id:
        raise TABLE.refused("agent")


async def _place(call: Call) -> dict[str, object]:
    given = await call.json_object(TABLE.refused("request"))
    _of_client(call, given.get("client_id"))
    placed = call.place(call.account, GATEWAY.order(given, ORDER).ticket(call.session.app))
    return {**_taken(placed), "user_order_id": given.get("user_order_id")}


async def _modify(call: Call) -> dict[str, object]:
    given = await call.json_object(TABLE.refused("request"))
    _of_client(call, given.get("client_id"))
    return _taken(call.modify(CHANGE.change(given)))


def _cancel(call: Call) -> dict[str, object]:
    execution, order = call.request.query.get("execution_type"), call.find(call.account, call.path["id"])
    if execution != ("AMO" if order.asked.amo else "REGULAR"):
        raise TABLE.of_field("execution_type", Fault.INVALID, execution)
    return _taken(call.exchange.cancel(call.account, order.order_id))


def _taken(order: Order) -> dict[str, object]:
    return {"oms_order_id": order.order_id}


def _book(call: Call) -> dict[str, object]:
    completed = call.request.query["type"] == "completed"
    found = [one for one in call.book(call.account) if one.final is completed]
    return {"orders": [wire.ORDER(order_view(call.exchange, one, wire.WORDS)) for one in found]}


def _funds(call: Call) -> dict[str, object]:
    view = account_views.funds(call.exchange, call.account)
    told = (
        ("Available Margin", view.available), ("Margin Used", view.used), ("Opening Balance", view.opening),
        ("Pledge Benefit", view.pledged), ("Equity Credit Sell", 0),
    )  # fmt: skip
    return {
        "client_id": call.account.user_id, "headers": ["Description", "all"], "realized_mtm": "0.00",
        "unrealized_mtm": "0.00", "values": [[label, f"{value:.2f}"] for label, value in told],
    }  # fmt: skip


_OWN = routes(
    "/oapi/v1",
    ("DELETE", "/orders/{id}", On.CANCEL, _cancel),
    ("GET", "/orders", On.ORDERS, reads.asked(TABLES.request("book"), _book)),
    ("GET", "/trades", On.TRADES, reads.under("trades", reads.trades(wire.TRADE))),
    ("GET", "/holdings", On.HOLDINGS, reads.under("holdings", reads.holdings(wire.HOLDING))),
    ("GET", "/positions", On.POSITIONS, reads.asked(TABLES.request("positions"), reads.positions(wire.POSITION, 2))),
    ("GET", "/funds/view", On.FUNDS, _funds),
    ("GET", "/user/trading_info", On.PROFILE, reads.person(wire.PERSON)),
    check=lambda call: _of_client(call, call.request.query.get("client_id")),
)
"""They name the client in their query."""


_FILE = instrument_files.zip_route("/api/v1/contract/Compact", "CompactScrip.csv", wire.INSTRUMENT)
_API = (
    *GATEWAY.routes(),
    *routes(
        "/oapi/v1",
        ("POST", "/orders", On.PLACE, _place),
        ("PUT", "/orders", On.MODIFY, _modify),
        ("PUT", "/fetch-ltp", On.QUOTES, GATEWAY.prices),
    ),
    *_OWN,
)

DIALECT = Dialect(
    broker=BROKER,
    prefixes={"/hdfcsky/api": _API, "/hdfcsky/files": (_FILE,)},
    apps=(KnownApp("sandbox-hdfcsky", "sandbox-hdfcsky-secret", ""),),
    credentials=credentials,
    refusals=REFUSALS,
    success=success,
    placed=lambda order_id: success({} if order_id is None else {"oms_order_id": order_id}),
    rejects_later=FORM_ALONE,
    check=GATEWAY.check,
)
