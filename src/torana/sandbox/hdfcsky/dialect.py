"""The simulated HDFC Sky as one dialect of the sandbox. What is a choice of ours is in the package's docstring."""

from torana.sandbox import account_views, instrument_files, reads
from torana.sandbox.call import Call
from torana.sandbox.dialect import FORM_ALONE, Dialect, KnownApp, routes
from torana.sandbox.faults import Operation as On
from torana.sandbox.hdfc.gateway import Gateway, credentials
from torana.sandbox.hdfcsky import wire
from torana.sandbox.hdfcsky.errors import REFUSALS, TABLE, success
from torana.sandbox.models import Order
from torana.sandbox.order_form import Fault
from torana.sandbox.order_table import OrderTable
from torana.sandbox.order_views import order_view
from torana.sandbox.securities import by_token

BROKER = "hdfcsky"
GATEWAY = Gateway(
    BROKER, "HDFC Sky", TABLE, wire.PRICE, "user_order_id",
    lambda read: by_token(read["instrument_token"], read["exchange"]),
)  # fmt: skip
ORDER = OrderTable(TABLE.of_field, """
    exchange    exchange            one of NSE BSE, not NFO BFO CDS MCX
    instrument  instrument_token    text like [0-9]+
    order_type  order_type          one of LIMIT MARKET, not SL SLM
    side        order_side          one of BUY SELL
    product     product             one of CNC, not MIS NRML MTF
    price       price               price, else 0
    quantity    quantity            whole from 1
    disclosed   disclosed_quantity  whole from 0, else 0
    validity    validity            one of DAY IOC
    amo         execution_type      one of REGULAR=false AMO=true, not BO CO
    -           device              one of WEB MOBILE
    -           trigger_price       price to 0, else 0
    tag         user_order_id       text upto 15 like [0-9]+, else null
""")  # fmt: skip
CHANGE = OrderTable(TABLE.of_field, """
    order_id    oms_order_id        text
    order_type  order_type          one of LIMIT MARKET, not SL SLM
    quantity    quantity            whole from 1, else null
    price       price               price, else 0
""")  # fmt: skip


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
    half = call.request.query.get("type")
    if half not in ("pending", "completed"):
        raise TABLE.of_field("type", Fault.INVALID, half)
    found = [one for one in call.book(call.account) if one.final is (half == "completed")]
    return {"orders": [wire.ORDER(order_view(call.exchange, one, wire.WORDS)) for one in found]}


def _positions(call: Call) -> list[reads.Row]:
    if call.request.query.get("type") not in ("live", "historical"):
        raise TABLE.of_field("type", Fault.INVALID, None)
    return reads.positions(wire.POSITION, 2)(call)


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
    ("GET", "/orders", On.ORDERS, _book),
    ("GET", "/trades", On.TRADES, reads.under("trades", reads.trades(wire.TRADE))),
    ("GET", "/holdings", On.HOLDINGS, reads.under("holdings", reads.holdings(wire.HOLDING))),
    ("GET", "/positions", On.POSITIONS, _positions),
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
