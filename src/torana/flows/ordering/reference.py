"""What the API reference says about orders: examples of what asks for them, and the batches that come of it."""

from typing import Any

from torana.orders.states import AttentionKind

_ATTENTION = {
    "type": ["object", "null"],
    "description": (
        "Why the order needs a person; null when it needs none. Endpoints that receive `batch.attention` are told "
        "when one begins."
    ),
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
