"""Margins and charges of orders that do not exist yet.

Source: Kite Connect v3 documentation, margin calculation (orders, basket, virtual contract note). A basket's answer in
compact form is taken to be the same without its parts.
"""

from decimal import Decimal
from typing import Any

from torana.kit.money import rupees
from torana.sandbox import cost_views
from torana.sandbox.call import Call
from torana.sandbox.cost_views import CostView
from torana.sandbox.kite import wire
from torana.sandbox.kite.errors import TABLES, input_error
from torana.sandbox.order_form import objects
from torana.sandbox.order_table import OrderTable
from torana.sandbox.web import JSON

_AT_MARKET, _AT_LIMIT = TABLES.request("reckoned"), TABLES.request("reckoned_limit")
_TRADED = TABLES.request("traded")


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
    views = [(row, _view(call, row, _TRADED)) for row in await _rows(call)]
    return [{**row, "price": rupees(view.price), "charges": wire.CHARGES(view)} for row, view in views]


def _margin(call: Call, view: CostView) -> dict[str, object]:
    return {"total": view.margin} if call.request.query.get("mode") == "compact" else wire.MARGIN(view)


async def _rows(call: Call) -> list[dict[str, Any]]:
    """Raises `Refused` unless the body is a JSON list of objects and says so."""
    wrong = input_error("The body must be a JSON list.")
    rows = await call.json(wrong)
    if call.request.content_type != JSON or not isinstance(rows, list):
        raise wrong
    return objects(rows, input_error("Missing orders."))


async def _margin_views(call: Call) -> list[CostView]:
    """Of a market order the price is the market's, whatever stands there."""
    rows = await _rows(call)
    return [_view(call, row, _AT_LIMIT if row.get("order_type") == "LIMIT" else _AT_MARKET) for row in rows]


def _view(call: Call, row: dict[str, Any], table: OrderTable) -> CostView:
    unknown = input_error("The instrument does not exist or has expired. Check the `tradingsymbol`.")
    form = table.form(row, lambda read: wire.find(read["exchange"], read["tradingsymbol"]), unknown)
    return cost_views.of(call.exchange, form)
