"""Margins and charges of orders that do not exist yet. Source: SmartAPI documentation, margin calculator, brokerage
calculator, as far as its sample is JSON; how it refuses what it cannot read is not documented."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from torana.market.models import Security
from torana.sandbox.angelbroking.errors import TABLE, body_of
from torana.sandbox.angelbroking.orders import security_of
from torana.sandbox.call import Call
from torana.sandbox.cost_views import CostView
from torana.sandbox.models import Side
from torana.sandbox.order_table import OrderTable

MOST_POSITIONS = 50
_BROKERAGE = Decimal(20)
_POSITION = OrderTable(TABLE.of_field, """
    -  exchange     one of NSE BSE, not NFO BFO MCX
    -  token        text
    -  productType  one of DELIVERY, not CARRYFORWARD MARGIN INTRADAY BO
    -  orderType    one of MARKET LIMIT, not STOPLOSS_LIMIT STOPLOSS_MARKET, else "LIMIT"
    -  tradeType    one of BUY SELL
    -  qty          whole from 1
    -  price        price
""", typed=True)  # fmt: skip
_ORDER = OrderTable(TABLE.of_field, """
    -  exchange          one of NSE BSE
    -  token             text
    -  product_type      one of DELIVERY, not CARRYFORWARD MARGIN INTRADAY BO
    -  symbol_name       text
    -  transaction_type  one of BUY SELL
    -  quantity          whole from 1
    -  price             price from 1
""")  # fmt: skip


async def margin(call: Call) -> object:
    """Quantity and price are JSON numbers."""
    views = [_position(call, row) for row in await _rows(call, "positions")]
    total = sum((view.margin for view in views), Decimal())
    nothing = ("netPremium", "spanMargin", "marginBenefit", "nonNFOMargin", "totOptionsPremium")
    return {"totalMarginRequired": total, "marginComponents": dict.fromkeys(nothing, 0) | {"deliveryMargin": total}}


async def charges(call: Call) -> object:
    """Everything is text."""
    views = [_order(row) for row in await _rows(call, "orders")]
    rows = [_charges([view]) for view in views]
    return {"summary": _charges(views), "charges": rows}


async def _rows(call: Call, name: str) -> list[dict[str, Any]]:
    rows = (await body_of(call)).get(name)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise TABLE.refused("AB2000")
    if not 1 <= len(rows) <= MOST_POSITIONS:
        raise TABLE.refused("AB2000")
    return rows


def _position(call: Call, row: dict[str, Any]) -> CostView:
    read = _POSITION.read(row)
    security = _security(read)
    price = read["price"] or call.exchange.last_price(security)
    return CostView(security, Side(read["tradeType"]), read["qty"], price)


def _order(row: dict[str, Any]) -> CostView:
    if not all(isinstance(value, str) for value in row.values()):
        raise TABLE.refused("AB2000")
    read = _ORDER.read(row)
    security = _security(read)
    if read["symbol_name"] != security.symbol:
        raise TABLE.refused("AB1009")
    return CostView(security, Side(read["transaction_type"]), read["quantity"], read["price"], _BROKERAGE)


def _security(read: Mapping[str, Any]) -> Security:
    security = security_of(read["exchange"], read["token"])
    if security is None:
        raise TABLE.refused("AB1009")
    return security


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
