"""Margins and charges of orders that do not exist yet. Source: Upstox developer API documentation, margins, charges."""

from decimal import Decimal
from typing import Any

from torana.market.models import Security
from torana.sandbox.call import Call
from torana.sandbox.cost_views import CostView
from torana.sandbox.models import Side
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
    -  instrument_token  text
    -  quantity          whole from 1
    -  product           one of D, not I MTF
    -  transaction_type  one of BUY SELL
    -  price             price from 1
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
    -  instrument_key    text
    -  quantity          whole from 1
    -  product           one of D, not I CO MTF
    -  transaction_type  one of BUY SELL
    -  price             price, else 0
    """,
)  # fmt: skip


def brokerage(call: Call) -> object:
    """Of one order, by query."""
    read = _CHARGES.read(call.request.query)
    security = _security(read["instrument_token"], Code.CHARGES_KEY_FORMAT, Code.CHARGES_KEY_FORMAT)
    view = CostView(security, Side(read["transaction_type"]), read["quantity"], read["price"], _BROKERAGE)
    return {"charges": wire.CHARGES(view)}


async def margin(call: Call) -> object:
    """Of up to twenty securities, each once."""
    given = (await call.json_object(Code.MALFORMED_INPUT.refused())).get("instruments")
    if not isinstance(given, list) or not given or not all(isinstance(row, dict) for row in given):
        raise Code.MALFORMED_INPUT.refused("instruments")
    if len(given) > MOST_INSTRUMENTS:
        raise Code.MARGIN_TOO_MANY.refused("instruments")
    if len({row.get("instrument_key") for row in given}) < len(given):
        raise Code.MARGIN_TWICE.refused("instruments")
    views = [_margin_view(call, row) for row in given]
    total = sum((view.margin for view in views), Decimal())
    return {"margins": [wire.MARGIN(view) for view in views], "required_margin": total, "final_margin": total}


def _margin_view(call: Call, row: dict[str, Any]) -> CostView:
    read = _MARGIN.read(row)
    security = _security(read["instrument_key"], Code.MARGIN_KEY_FORMAT, Code.MARGIN_KEY_WRONG)
    quantity = read["quantity"]
    if quantity % security.lot:
        raise Code.MARGIN_LOT.refused("quantity", quantity)
    price = read["price"] or call.exchange.last_price(security)
    return CostView(security, Side(read["transaction_type"]), quantity, price)


def _security(key: str, malformed: Code, unknown: Code) -> Security:
    security = wire.find_by_key(key)
    if security is None:
        raise (unknown if "|" in key else malformed).refused("instrument_key", key)
    return security
