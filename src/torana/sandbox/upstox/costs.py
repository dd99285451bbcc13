"""Margins and charges of orders that do not exist yet. Source: Upstox developer API documentation, margins, charges."""

from decimal import Decimal
from typing import Any

from torana.market.models import Security
from torana.sandbox.call import Call
from torana.sandbox.cost_views import CostView
from torana.sandbox.models import Side
from torana.sandbox.order_form import Fault, Reader
from torana.sandbox.refusals import Refused
from torana.sandbox.upstox import wire
from torana.sandbox.upstox.errors import Code

MOST_INSTRUMENTS = 20
_BROKERAGE = Decimal(20)
_OF_CHARGES = {
    ("instrument_token", Fault.MISSING): Code.CHARGES_KEY_FORMAT,
    ("quantity", Fault.MISSING): Code.CHARGES_QUANTITY_MISSING,
    ("quantity", Fault.TOO_SMALL): Code.CHARGES_QUANTITY_ZERO,
    ("product", Fault.MISSING): Code.CHARGES_PRODUCT_MISSING,
    ("product", Fault.INVALID): Code.PRODUCT_WRONG,
    ("transaction_type", Fault.MISSING): Code.CHARGES_SIDE_MISSING,
    ("transaction_type", Fault.INVALID): Code.SIDE_WRONG,
    ("price", Fault.MISSING): Code.CHARGES_PRICE_MISSING,
    ("price", Fault.TOO_SMALL): Code.CHARGES_PRICE_ZERO,
}
_OF_MARGINS = {
    ("instrument_key", Fault.MISSING): Code.MARGIN_KEY_FORMAT,
    ("quantity", Fault.MISSING): Code.MARGIN_QUANTITY_ZERO,
    ("quantity", Fault.TOO_SMALL): Code.MARGIN_QUANTITY_ZERO,
    ("product", Fault.INVALID): Code.PRODUCT_WRONG,
    ("transaction_type", Fault.INVALID): Code.SIDE_WRONG,
}


def brokerage(call: Call) -> object:
    """Of one order, by query."""
    read = Reader(call.request.query, _of_charges)
    key = read.text("instrument_token")
    security = _security(key, Code.CHARGES_KEY_FORMAT, Code.CHARGES_KEY_FORMAT)
    quantity = read.whole("quantity", least=1)
    read.choice("product", ("D", "I", "MTF"), ("D",))
    side = Side(read.choice("transaction_type", ("BUY", "SELL")))
    view = CostView(security, side, quantity, read.price("price", least=1), _BROKERAGE)
    taxes = {"gst": view.gst, "stt": view.stt, "stamp_duty": view.stamp_duty}
    other = {"transaction": view.turnover, "clearing": 0, "ipft": 0, "sebi_turnover": view.sebi}
    plan = {"name": "DP3A", "min_expense": 18.5}
    charges = {"total": view.charges, "brokerage": view.flat, "taxes": taxes, "other_charges": other, "dp_plan": plan}
    return {"charges": charges}


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
    return {"margins": [_margin(view) for view in views], "required_margin": total, "final_margin": total}


def _margin_view(call: Call, row: dict[str, Any]) -> CostView:
    read = Reader(row, _of_margins)
    key = read.text("instrument_key")
    security = _security(key, Code.MARGIN_KEY_FORMAT, Code.MARGIN_KEY_WRONG)
    quantity = read.whole("quantity", least=1)
    if quantity % security.lot:
        raise Code.MARGIN_LOT.refused("quantity", quantity)
    read.choice("product", ("D", "I", "CO", "MTF"), ("D",))
    side = Side(read.choice("transaction_type", ("BUY", "SELL")))
    price = read.price("price") if read.has("price") else 0
    return CostView(security, side, quantity, price or call.exchange.last_price(security))


def _margin(view: CostView) -> dict[str, object]:
    nothing = ("span_margin", "exposure_margin", "net_buy_premium", "additional_margin", "tender_margin")
    return dict.fromkeys(nothing, 0) | {"equity_margin": view.margin, "total_margin": view.margin}


def _security(key: str, malformed: Code, unknown: Code) -> Security:
    security = wire.find_by_key(key)
    if security is None:
        raise (unknown if "|" in key else malformed).refused("instrument_key", key)
    return security


def _of_charges(name: str, fault: Fault, value: object) -> Refused:
    return _OF_CHARGES.get((name, fault), Code.INVALID_INPUT).refused(name, value)


def _of_margins(name: str, fault: Fault, value: object) -> Refused:
    return _OF_MARGINS.get((name, fault), Code.MALFORMED_INPUT).refused(name, value)
