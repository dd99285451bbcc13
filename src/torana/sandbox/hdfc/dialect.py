"""The simulated HDFC Securities as one dialect of the sandbox."""

from dataclasses import replace

from torana.sandbox import instrument_files, reads
from torana.sandbox.call import Call
from torana.sandbox.dialect import FORM_ALONE, Dialect, KnownApp, routes
from torana.sandbox.faults import Operation as On
from torana.sandbox.hdfc import wire
from torana.sandbox.hdfc.errors import REFUSALS, TABLE, TABLES, success
from torana.sandbox.hdfc.gateway import Gateway, credentials
from torana.sandbox.models import Order
from torana.sandbox.order_views import order_view

BROKER = "hdfc"
ORDER, CHANGE = TABLES.request("order"), TABLES.request("change")
GATEWAY = Gateway(
    BROKER, "HDFC Securities", TABLE, wire.PRICE, "external_reference_number",
    lambda read: wire.by_code(read["exchange"], read["security_id"]),
)  # fmt: skip


async def _place(call: Call) -> dict[str, str]:
    given = await call.json_object(TABLE.refused("request"))
    given["transaction_type"] = str(given.get("transaction_type")).upper()
    return _taken(call.place(call.account, GATEWAY.order(given, ORDER).ticket(call.session.app)))


async def _modify(call: Call) -> dict[str, str]:
    change = CHANGE.change(await call.json_object(TABLE.refused("request")))
    return _taken(call.modify(replace(change, order_id=call.path["id"])))


def _cancel(call: Call) -> dict[str, str]:
    return _taken(call.exchange.cancel(call.account, call.path["id"]))


def _taken(order: Order) -> dict[str, str]:
    return {"order_id": order.order_id}


def _order(call: Call) -> list[reads.Row]:
    return [wire.ORDER(order_view(call.exchange, call.find(call.account, call.path["id"]), wire.WORDS))]


def _person(call: Call) -> list[reads.Row]:
    return [wire.PERSON(call.account)]


_POSITIONS = reads.under("net", reads.positions(wire.POSITION, 2))
_API = (
    *GATEWAY.routes(),
    instrument_files.csv_route("/oapi/v1/security-master", wire.SECURITY),
    *routes(
        "/oapi/v1",
        ("POST", "/orders/regular", On.PLACE, _place),
        ("PUT", "/orders/regular/{id}", On.MODIFY, _modify),
        ("DELETE", "/orders/regular/{id}", On.CANCEL, _cancel),
        ("GET", "/orders", On.ORDERS, reads.book(wire.ORDER, wire.WORDS)),
        ("GET", "/orders/{id}", On.ORDER, _order),
        ("GET", "/orders/{id}/trades", On.TRADES, reads.trades(wire.TRADE_OF_ORDER, lambda call: call.path["id"])),
        ("GET", "/trades", On.TRADES, reads.trades(wire.TRADE)),
        ("GET", "/portfolio/cumulative-positions", On.POSITIONS, _POSITIONS),
        ("GET", "/portfolio/holdings", On.HOLDINGS, reads.holdings(wire.HOLDING)),
        ("GET", "/user/margins", On.FUNDS, reads.funds(wire.FUNDS)),
        ("PUT", "/fetch-ltp", On.QUOTES, GATEWAY.prices),
    ),
    *routes("/oapi/v3/user", ("GET", "/profile", On.PROFILE, _person), ("POST", "/profile", On.PROFILE, _person)),
)

DIALECT = Dialect(
    broker=BROKER,
    prefixes={"/hdfc/api": _API},
    apps=(KnownApp("sandbox-hdfc", "sandbox-hdfc-secret", ""),),
    credentials=credentials,
    refusals=REFUSALS,
    success=success,
    placed=lambda order_id: success({} if order_id is None else {"order_id": order_id}),
    rejects_later=FORM_ALONE,
    check=GATEWAY.check,
)
