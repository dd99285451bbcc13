"""Margins and charges of orders that do not exist yet. Source: Upstox developer API documentation, margins, charges."""

from decimal import Decimal
from typing import Any

from torana.sandbox import cost_views
from torana.sandbox.call import Call
from torana.sandbox.cost_views import CostView
from torana.sandbox.order_form import objects
from torana.sandbox.order_table import OrderTable
from torana.sandbox.refusal_table import Row, Table
from torana.sandbox.upstox import wire
from torana.sandbox.upstox.errors import Code

MOST_INSTRUMENTS = 20
_BROKERAGE = Decimal(20)
_CHARGES = OrderTable(
    Table([
        Row(Code.INVALID_INPUT.line, "* *"),
        Row(Code.CHARGES_KEY_FORMAT.line, "instrument_token missing"),
        Row(Code.CHARGES_QUANTITY_MISSING.line, "quantity missing"),
        Row(Code.CHARGES_QUANTITY_ZERO.line, "quantity too_small"),
        Row(Code.CHARGES_PRODUCT_MISSING.line, "product missing"),
        Row(Code.PRODUCT_WRONG.line, "product invalid"),
        Row(Code.CHARGES_SIDE_MISSING.line, "transaction_type missing"),
        Row(Code.SIDE_WRONG.line, "transaction_type invalid"),
        Row(Code.CHARGES_PRICE_MISSING.line, "price missing"),
        Row(Code.CHARGES_PRICE_ZERO.line, "price too_small"),
    ]).of_field,
    """
    instrument  instrument_token  text
    quantity    quantity          whole from 1
    product     product           one of D, not I MTF
    side        transaction_type  one of BUY SELL
    price       price             price from 1
    """,
)  # fmt: skip
_MARGIN = OrderTable(
    Table([
        Row(Code.MALFORMED_INPUT.line, "* *"),
        Row(Code.MARGIN_KEY_FORMAT.line, "instrument_key missing"),
        Row(Code.MARGIN_QUANTITY_ZERO.line, "quantity missing too_small"),
        Row(Code.PRODUCT_WRONG.line, "product invalid"),
        Row(Code.SIDE_WRONG.line, "transaction_type invalid"),
    ]).of_field,
    """
    instrument  instrument_key    text
    quantity    quantity          whole from 1
    product     product           one of D, not I CO MTF
    side        transaction_type  one of BUY SELL
    price       price             price, else 0
    """,
)  # fmt: skip


def brokerage(call: Call) -> object:
    """Of one order, by query."""
    key = str(call.request.query.get("instrument_token"))
    unknown = Code.CHARGES_KEY_FORMAT.refused("instrument_key", key)
    form = _CHARGES.form(call.request.query, lambda read: wire.find_by_key(read["instrument_token"]), unknown)
    return {"charges": wire.CHARGES(cost_views.of(call.exchange, form, _BROKERAGE))}


async def margin(call: Call) -> object:
    """Of up to twenty securities, each once."""
    body = await call.json_object(Code.MALFORMED_INPUT.refused())
    given = objects(body.get("instruments"), Code.MALFORMED_INPUT.refused("instruments"))
    if len(given) > MOST_INSTRUMENTS:
        raise Code.MARGIN_TOO_MANY.refused("instruments")
    if len({row.get("instrument_key") for row in given}) < len(given):
        raise Code.MARGIN_TWICE.refused("instruments")
    views = [_margin_view(call, row) for row in given]
    total = sum((view.margin for view in views), Decimal())
    return {"margins": [wire.MARGIN(view) for view in views], "required_margin": total, "final_margin": total}


def _margin_view(call: Call, row: dict[str, Any]) -> CostView:
    key = str(row.get("instrument_key"))
    unknown = (Code.MARGIN_KEY_WRONG if "|" in key else Code.MARGIN_KEY_FORMAT).refused("instrument_key", key)
    view = cost_views.of(call.exchange, _MARGIN.form(row, lambda read: wire.find_by_key(key), unknown))
    if view.quantity % view.security.lot:
        raise Code.MARGIN_LOT.refused("quantity", view.quantity)
    return view
