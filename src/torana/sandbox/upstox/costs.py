"""Margins and charges of orders that do not exist yet. Source: Upstox developer API documentation, margins, charges."""

from decimal import Decimal
from typing import Any

from torana.sandbox import cost_views
from torana.sandbox.call import Call
from torana.sandbox.cost_views import CostView
from torana.sandbox.order_form import objects
from torana.sandbox.upstox import wire
from torana.sandbox.upstox.errors import TABLES, wrong

MOST_INSTRUMENTS = 20
_BROKERAGE = Decimal(20)
_CHARGES, _MARGIN = TABLES.request("charges"), TABLES.request("margin")


def brokerage(call: Call) -> object:
    """Of one order, by query."""
    key = str(call.request.query.get("instrument_token"))
    unknown = wrong("charges_key_format", "instrument_key", key)
    form = _CHARGES.form(call.request.query, lambda read: wire.find_by_key(read["instrument_token"]), unknown)
    return {"charges": wire.CHARGES(cost_views.of(call.exchange, form, _BROKERAGE))}


async def margin(call: Call) -> object:
    """Of up to twenty securities, each once."""
    body = await call.json_object(wrong("malformed_input"))
    given = objects(body.get("instruments"), wrong("malformed_input", "instruments"))
    if len(given) > MOST_INSTRUMENTS:
        raise wrong("margin_too_many", "instruments")
    if len({row.get("instrument_key") for row in given}) < len(given):
        raise wrong("margin_twice", "instruments")
    views = [_margin_view(call, row) for row in given]
    total = sum((view.margin for view in views), Decimal())
    return {"margins": [wire.MARGIN(view) for view in views], "required_margin": total, "final_margin": total}


def _margin_view(call: Call, row: dict[str, Any]) -> CostView:
    key = str(row.get("instrument_key"))
    unknown = wrong("margin_key_wrong" if "|" in key else "margin_key_format", "instrument_key", key)
    view = cost_views.of(call.exchange, _MARGIN.form(row, lambda read: wire.find_by_key(key), unknown))
    if view.quantity % view.security.lot:
        raise wrong("margin_lot", "quantity", view.quantity)
    return view
