"""Margins and charges of orders that do not exist yet. Source: SmartAPI documentation, margin calculator, brokerage
calculator, as far as its sample is JSON; how it refuses what it cannot read is not documented."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from torana.market.models import Security
from torana.sandbox import cost_views
from torana.sandbox.angelbroking.errors import TABLE, TABLES
from torana.sandbox.call import Call
from torana.sandbox.cost_views import CostView
from torana.sandbox.order_form import objects
from torana.sandbox.order_table import OrderTable
from torana.sandbox.securities import by_token

MOST_POSITIONS = 50
_BROKERAGE = Decimal(20)
_MARGIN, _CHARGES = TABLES.request("margin", typed=True), TABLES.request("charges")


def margin(call: Call) -> object:
    """Quantity and price are JSON numbers."""
    views = [_view(call, row, _MARGIN) for row in _rows(call, "positions")]
    total = sum((view.margin for view in views), Decimal())
    nothing = ("netPremium", "spanMargin", "marginBenefit", "nonNFOMargin", "totOptionsPremium")
    return {"totalMarginRequired": total, "marginComponents": dict.fromkeys(nothing, 0) | {"deliveryMargin": total}}


def charges(call: Call) -> object:
    """Everything is text."""
    rows = _rows(call, "orders")
    if not all(isinstance(value, str) for row in rows for value in row.values()):
        raise TABLE.refused("AB2000")
    views = [_view(call, row, _CHARGES, _BROKERAGE) for row in rows]
    return {"summary": _charges(views), "charges": [_charges([view]) for view in views]}


def _rows(call: Call, name: str) -> list[dict[str, Any]]:
    return objects(call.given.get(name), TABLE.refused("AB2000"), most=MOST_POSITIONS)


def _view(call: Call, row: dict[str, Any], table: OrderTable, flat: Decimal = Decimal(0)) -> CostView:
    return cost_views.of(call.exchange, table.form(row, _asked_for, TABLE.refused("AB1009")), flat)


def _asked_for(read: dict[str, Any]) -> Security | None:
    """By the token; where a name is asked for beside it, both are of one security."""
    found = by_token(read["token"], read["exchange"])
    return found if found and read.get("symbol_name", found.symbol) == found.symbol else None


def _charges(views: list[CostView]) -> dict[str, object]:
    def part(name: str, amount: Callable[[CostView], Decimal], *parts: dict[str, object]) -> dict[str, object]:
        return {"name": name, "amount": sum(map(amount, views), Decimal()), "msg": "", "breakup": list(parts)}

    external = (
        part("Exchange Transaction Charges", lambda view: view.turnover),
        part("Stamp Duty", lambda view: view.stamp_duty),
        part("SEBI Fees", lambda view: view.sebi),
    )
    taxes = (part("Security Transaction Tax", lambda view: view.stt), part("GST", lambda view: view.gst))
    return {
        "total_charges": sum((view.charges for view in views), Decimal()),
        "trade_value": sum((view.value for view in views), Decimal()),
        "breakup": [
            part("Angel One Brokerage", lambda view: view.flat),
            part("External Charges", lambda view: view.turnover + view.stamp_duty + view.sebi, *external),
            part("Taxes", lambda view: view.stt + view.gst, *taxes),
        ],
    }
