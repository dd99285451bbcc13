"""Margins and charges of orders that do not exist yet.

Source: Kite Connect v3 documentation, margin calculation (orders, basket, virtual contract note). A basket's answer in
compact form is taken to be the same without its parts.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from torana.kit.money import rupees
from torana.sandbox.call import Call
from torana.sandbox.cost_views import CostView
from torana.sandbox.kite import wire
from torana.sandbox.kite.errors import TABLE, input_error
from torana.sandbox.kite.orders import read_variety
from torana.sandbox.models import Side
from torana.sandbox.order_form import Reader, decoded


async def order_margins(call: Call) -> object:
    return [_margin(call, view) for view in await _asked(call, _margin_price)]


async def basket_margins(call: Call) -> object:
    views = await _asked(call, _margin_price)
    total = {"total": sum((view.margin for view in views), Decimal())}
    charges = {"total": sum((view.charges for view in views), Decimal())}
    if call.request.query.get("mode") == "compact":
        return {"initial": total, "final": total}
    return {"initial": total, "final": total, "orders": [_margin(call, one) for one in views], "charges": charges}


async def contract_note(call: Call) -> object:
    """Of orders with a price that is not zero, under any id."""
    return [
        {**row, "price": rupees(view.price), "charges": _charges(view)}
        for row, view in zip(await _rows(call), await _asked(call, _average_price), strict=True)
    ]


def _margin(call: Call, view: CostView) -> dict[str, object]:
    if call.request.query.get("mode") == "compact":
        return {"total": view.margin}
    parts = dict.fromkeys(("span", "exposure", "option_premium", "additional", "bo", "cash"), 0)
    return {
        "type": "equity",
        "tradingsymbol": wire.tradingsymbol_of(view.security),
        "exchange": view.security.exchange,
        **parts,
        "var": view.margin,
        "pnl": {"realised": 0, "unrealised": 0},
        "leverage": 1,
        "charges": _charges(view),
        "total": view.margin,
    }


def _charges(view: CostView) -> dict[str, object]:
    return {
        "transaction_tax": view.stt,
        "transaction_tax_type": "stt",
        "exchange_turnover_charge": view.turnover,
        "sebi_turnover_charge": view.sebi,
        "brokerage": view.flat,
        "stamp_duty": view.stamp_duty,
        "gst": {"igst": view.gst, "cgst": 0, "sgst": 0, "total": view.gst},
        "total": view.charges,
    }


async def _rows(call: Call) -> list[dict[str, Any]]:
    """Raises `Refused` unless the body is a JSON list of objects and says so."""
    content_type = call.request.headers.get("content-type", "")
    try:
        rows = decoded(await call.request.body())
    except ValueError:
        rows = None
    if content_type.partition(";")[0].strip().lower() != "application/json" or not isinstance(rows, list):
        raise input_error("The body must be a JSON list.")
    if not rows or not all(isinstance(row, dict) for row in rows):
        raise input_error("Missing orders.")
    return rows


async def _asked(call: Call, price: Callable[[Reader, CostView, str], int]) -> list[CostView]:
    return [_view(call, row, price) for row in await _rows(call)]


def _view(call: Call, row: dict[str, Any], price: Callable[[Reader, CostView, str], int]) -> CostView:
    read = Reader(row, TABLE.of_field)
    exchange, symbol = read.text("exchange"), read.text("tradingsymbol")
    security = wire.securities().get((exchange, symbol))
    if security is None:
        raise input_error("The instrument does not exist or has expired. Check the `tradingsymbol`.")
    side = Side(read.choice("transaction_type", ("BUY", "SELL")))
    read_variety(read.text("variety"))
    read.choice("product", ("CNC", "NRML", "MIS", "MTF"), ("CNC",))
    kind = read.choice("order_type", ("MARKET", "LIMIT", "SL", "SL-M"), ("MARKET", "LIMIT"))
    at_market = CostView(security, side, read.whole("quantity", least=1), call.exchange.last_price(security))
    return CostView(security, side, at_market.quantity, price(read, at_market, kind))


def _margin_price(read: Reader, at_market: CostView, kind: str) -> int:
    """Of a market order the market's, whatever stands there."""
    return read.price("price", least=1) if kind == "LIMIT" else at_market.price


def _average_price(read: Reader, at_market: CostView, kind: str) -> int:
    read.text("order_id")
    return read.price("average_price", least=1)
