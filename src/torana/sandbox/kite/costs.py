"""Margins and charges of orders that do not exist yet.

Source: Kite Connect v3 documentation, margin calculation (orders, basket, virtual contract note). A basket's answer in
compact form is taken to be the same without its parts.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from torana.kit.money import Paise, rupees
from torana.market.models import Security
from torana.sandbox.call import Call
from torana.sandbox.cost_views import CostView
from torana.sandbox.kite import wire
from torana.sandbox.kite.errors import TABLE, input_error
from torana.sandbox.models import Side
from torana.sandbox.order_table import OrderTable
from torana.sandbox.web import JSON

_AT_MARKET = OrderTable(TABLE.of_field, """
    -  exchange          text
    -  tradingsymbol     text
    -  transaction_type  one of BUY SELL
    -  variety           one of regular amo, not co iceberg auction
    -  product           one of CNC, not NRML MIS MTF
    -  order_type        one of MARKET LIMIT, not SL SL-M
    -  quantity          whole from 1
""")  # fmt: skip
_AT_LIMIT = _AT_MARKET.but("- price price from 1")
_NOTE = _AT_MARKET.but("- order_id text\n- average_price price from 1")


async def order_margins(call: Call) -> object:
    return [_margin(call, view) for view in await _margin_views(call)]


async def basket_margins(call: Call) -> object:
    views = await _margin_views(call)
    total = {"total": sum((view.margin for view in views), Decimal())}
    charges = {"total": sum((view.charges for view in views), Decimal())}
    if call.request.query.get("mode") == "compact":
        return {"initial": total, "final": total}
    return {"initial": total, "final": total, "orders": [_margin(call, one) for one in views], "charges": charges}


async def contract_note(call: Call) -> object:
    """Of orders with a price that is not zero, under any id."""
    views = [(row, _note_view(row)) for row in await _rows(call)]
    return [{**row, "price": rupees(view.price), "charges": wire.CHARGES(view)} for row, view in views]


def _margin(call: Call, view: CostView) -> dict[str, object]:
    return {"total": view.margin} if call.request.query.get("mode") == "compact" else wire.MARGIN(view)


async def _rows(call: Call) -> list[dict[str, Any]]:
    """Raises `Refused` unless the body is a JSON list of objects and says so."""
    wrong = input_error("The body must be a JSON list.")
    rows = await call.json(wrong)
    if call.request.content_type != JSON or not isinstance(rows, list):
        raise wrong
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise input_error("Missing orders.")
    return rows


async def _margin_views(call: Call) -> list[CostView]:
    return [_margin_view(call, row) for row in await _rows(call)]


def _margin_view(call: Call, row: dict[str, Any]) -> CostView:
    """Of a market order the price is the market's, whatever stands there."""
    read = (_AT_LIMIT if row.get("order_type") == "LIMIT" else _AT_MARKET).read(row)
    security = _security(read)
    return _view(read, security, read.get("price", call.exchange.last_price(security)))


def _note_view(row: dict[str, Any]) -> CostView:
    read = _NOTE.read(row)
    return _view(read, _security(read), read["average_price"])


def _view(read: Mapping[str, Any], security: Security, price: Paise) -> CostView:
    return CostView(security, Side(read["transaction_type"]), read["quantity"], price)


def _security(read: Mapping[str, Any]) -> Security:
    security = wire.securities().get((read["exchange"], read["tradingsymbol"]))
    if security is None:
        raise input_error("The instrument does not exist or has expired. Check the `tradingsymbol`.")
    return security
