"""The wire form of the orders that a partner asks for. The API reference is made from these types, and the reader takes
its keys from them (`request.py`)."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from torana.connectors.contract import OrderType, Side
from torana.flows.ordering.models import HIGHEST_PRICE, MOST_LINES, MOST_SHARES

LONGEST_NOTES = 256
_ABOVE_ZERO = {"type": "number", "minimum": 0.01, "maximum": HIGHEST_PRICE // 100}
_PRICE = {"anyOf": [_ABOVE_ZERO, {"type": "string", "pattern": r"^\d{1,7}\.\d[1-9]$"}]}
_MARKET_OR_LIMIT = [
    {"title": "market order", "properties": {"orderType": {"enum": ["MARKET", None]}, "price": {"enum": [0, None]}}},
    {
        "title": "limit order",
        "required": ["price"],
        "properties": {"orderType": {"enum": ["LIMIT", None]}, "price": _PRICE},
    },
]
_GIVEN = {"quantity": {"type": "integer"}, "type": {"type": "string"}}
_LEFT_OPEN = {"type": "null"}


def _every_line(*given: str) -> dict[str, Any]:
    """Lines that have just these of quantity and type."""
    properties = {key: schema if key in given else _LEFT_OPEN for key, schema in _GIVEN.items()}
    return {"items": {"required": list(given), "properties": properties}}


_SAME_KEYS = [_every_line(), _every_line("quantity"), _every_line("type"), _every_line("quantity", "type")]

Shares = Annotated[int, Meta(ge=1, le=MOST_SHARES)]


class SecurityBody(msgspec.Struct, rename="camel"):
    """One line of a basket. Money is rupees."""

    ticker: Annotated[
        str,
        Meta(min_length=1, description="Symbol on its exchange, or the BSE's scrip code; letter case does not matter."),
    ]
    quantity: Annotated[
        Shares | None,
        Meta(description="Shares. For every security or for none; the investor fills in what is left out."),
    ] = None
    type: Annotated[
        Side | None, Meta(description="For every security or for none; the investor chooses what is left out.")
    ] = None
    order_type: Annotated[
        OrderType | None,
        Meta(
            description=(
                "Torana's own extension, for brokers that take limit orders. Without it MARKET, or LIMIT when "
                "there is a price."
            )
        ),
    ] = None
    price: Annotated[
        float | str | None,
        Meta(description="Limit price in rupees with at most 2 decimals, for LIMIT and only there."),
    ] = None
    exchange: Annotated[Literal["NSE", "BSE"] | None, Meta(description="The exchange; left out: NSE.")] = None


class OrderConfigBody(msgspec.Struct, rename="camel"):
    """What a TRANSACTION of type SECURITIES asks for."""

    type: Literal["SECURITIES"]
    securities: Annotated[
        list[Annotated[SecurityBody, Meta(extra_json_schema={"anyOf": _MARKET_OR_LIMIT})]],
        Meta(
            min_length=1,
            max_length=MOST_LINES,
            description="The lines of the basket, each with the same of quantity and type given. "
            "The same line twice is two orders.",
            extra_json_schema={"anyOf": _SAME_KEYS},
        ),
    ]
    meta: Annotated[
        dict[str, Any] | None,
        Meta(description="Your own data, kept unchanged; orderName and orderLogo brand the basket."),
    ] = None
    notes: Annotated[
        Annotated[str, Meta(max_length=LONGEST_NOTES)] | None, Meta(description="Where older clients send it.")
    ] = None
