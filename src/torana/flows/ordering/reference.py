"""What the API reference says about orders: the body that asks for them and the batches that come of it."""

from typing import Any

from torana.flows.ordering.models import HIGHEST_PRICE, MOST_LINES, MOST_SHARES
from torana.orders.models import AttentionKind

_TICKER = {
    "type": "string",
    "minLength": 1,
    "description": "Symbol on its exchange, or the number of the BSE; letter case does not matter.",
}
_EXCHANGE = {"enum": ["NSE", "BSE", None], "description": "Where the order goes; left out: the NSE."}
_QUANTITY = {"type": "integer", "minimum": 1, "maximum": MOST_SHARES, "description": "Shares."}
_SIDE = {"enum": ["BUY", "SELL"]}
_PRICE = {
    "anyOf": [
        {"type": "number", "minimum": 0.01, "maximum": HIGHEST_PRICE // 100},
        {"type": "string", "pattern": r"^\d{1,7}\.\d[1-9]$"},
    ]
}
_SECURITY = {
    "type": "object",
    "required": ["ticker"],
    "properties": {
        "ticker": _TICKER,
        "quantity": {
            **_QUANTITY,
            "type": ["integer", "null"],
            "description": "Shares. For every security or for none; the investor fills in what is left out.",
        },
        "type": {
            "enum": ["BUY", "SELL", None],
            "description": "For every security or for none; the investor chooses what is left out.",
        },
        "orderType": {
            "enum": ["MARKET", "LIMIT", None],
            "description": "An extension of ours, for brokers that take limit orders. Without it MARKET, or LIMIT "
            "when there is a price.",
        },
        "price": {
            "type": ["number", "string", "null"],
            "description": "Limit price in rupees with at most 2 decimals, for LIMIT and only there.",
        },
        "exchange": _EXCHANGE,
    },
    "anyOf": [
        {
            "title": "market order",
            "properties": {"orderType": {"enum": ["MARKET", None]}, "price": {"enum": [0, None]}},
        },
        {
            "title": "limit order",
            "required": ["price"],
            "properties": {"orderType": {"enum": ["LIMIT", None]}, "price": _PRICE},
        },
    ],
}
_NONE = {"type": "null"}
_SHAPES = [
    {"items": {"properties": {"quantity": _NONE, "type": _NONE}}},
    {"items": {"required": ["quantity"], "properties": {"quantity": _QUANTITY, "type": _NONE}}},
    {"items": {"required": ["type"], "properties": {"quantity": _NONE, "type": _SIDE}}},
    {"items": {"required": ["quantity", "type"], "properties": {"quantity": _QUANTITY, "type": _SIDE}}},
]
ORDER_CONFIG = {
    "type": "object",
    "required": ["type", "securities"],
    "properties": {
        "type": {"const": "SECURITIES"},
        "securities": {
            "type": "array",
            "minItems": 1,
            "maxItems": MOST_LINES,
            "items": _SECURITY,
            "anyOf": _SHAPES,
            "description": "The lines of the basket, each with the same of quantity and type given. "
            "The same line twice is two orders.",
        },
        "meta": {
            "type": ["object", "null"],
            "description": "Yours, kept as it is; orderName and orderLogo brand the basket.",
        },
        "notes": {"type": ["string", "null"], "maxLength": 256, "description": "Where older clients put it."},
    },
}
_ATTENTION = {
    "type": ["object", "null"],
    "description": "Why the order needs a person; null when it needs none. An endpoint that takes `batch.attention` is "
    "told when one begins.",
    "required": ["kind", "message"],
    "properties": {
        "kind": {"enum": [kind.value for kind in AttentionKind]},
        "message": {"type": "string", "description": "For people; do not branch on it."},
    },
}
_ORDERS = {"type": "array", "items": {"type": "object", "properties": {"attention": _ATTENTION}}}
_BATCH = {
    "type": "object",
    "properties": {
        "orders": _ORDERS,
        "unplaced": _ORDERS,
    },
}
ORDER_BATCHES = {"type": "array", "items": _BATCH}

_BASKET = [{"ticker": "TCS", "quantity": 2, "type": "BUY"}, {"ticker": "INFY", "quantity": 5, "type": "BUY"}]
_LIMIT = {"ticker": "ITC", "quantity": 10, "type": "BUY", "orderType": "LIMIT", "price": 405.5}


def _example(*securities: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"intent": "TRANSACTION", "orderConfig": {"type": "SECURITIES", "securities": list(securities), **more}}


EXAMPLES = {
    "basket": _example(*_BASKET, meta={"orderName": "Large caps"}) | {"notes": "from the home screen"},
    "left_to_the_investor": _example({"ticker": "TCS"}),
    "limit_order": _example(_LIMIT),
}
