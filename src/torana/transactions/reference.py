"""What the API reference says about transactions: bodies, answers, examples, as JSON Schema."""

from dataclasses import dataclass
from typing import Any

from litestar.openapi.spec import OpenAPIResponse, Operation, RequestBody

from torana.api.documented import envelope, json_content
from torana.transactions.models import Status
from torana.transactions.schemas import HIGHEST_PRICE, LONGEST_NOTES, MOST_LINES, MOST_SHARES

_TRANSACTION_ID = "TRX_0b9f3c1e5a7d4f6282c4e1d0a9b8c7f6"
_EXPIRY = "2026-11-18T05:15:00.000Z"
_NOTES = {
    "type": ["string", "null"],
    "maxLength": LONGEST_NOTES,
    "description": "Comes back in answers and webhooks.",
}
_TICKER = {"type": "string", "minLength": 1, "description": "NSE symbol; letter case does not matter."}
_EXCHANGE = {"enum": ["NSE", None], "description": "Orders go to the NSE."}
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
_CREATE = {
    "anyOf": [
        {
            "title": "Orders",
            "type": "object",
            "required": ["intent", "orderConfig"],
            "properties": {
                "intent": {"const": "TRANSACTION"},
                "notes": _NOTES,
                "orderConfig": {
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
                        "notes": {**_NOTES, "description": "Where older clients put it."},
                    },
                },
            },
        },
        {
            "title": "Connect",
            "type": "object",
            "required": ["intent"],
            "properties": {
                "intent": {"const": "CONNECT"},
                "notes": _NOTES,
                "orderConfig": {"type": ["object", "null"], "maxProperties": 0},
            },
        },
    ]
}
_ERROR = {
    "type": "object",
    "required": ["value", "code", "message"],
    "properties": {
        "value": {"type": "boolean", "description": "Whether there is one."},
        "code": {"type": ["integer", "null"]},
        "message": {"type": ["string", "null"], "description": "The name that the SDK's promise rejects with."},
    },
}
ATTENTION_KINDS = (
    "LOGIN_NEEDED",
    "STALE_INTENT",
    "END_NOT_SEEN",
    "MISMATCH",
    "DUPLICATE_TAG",
    "PLACED_TWICE",
    "LATE_LANDING",
    "AMBIGUOUS",
    "ELSEWHERE",
    "GONE",
    "UNKNOWN_STATUS",
    "OVERFILLED",
    "FILLS_FELL",
)
"""The words of `orders.models.AttentionKind`, which stands above this folder."""
_ATTENTION = {
    "type": ["object", "null"],
    "description": "Why the order needs a person; null when it needs none. An endpoint that takes `batch.attention` is "
    "told when one begins.",
    "required": ["kind", "message"],
    "properties": {
        "kind": {"enum": list(ATTENTION_KINDS)},
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
_SUCCESS = {
    "type": ["object", "null"],
    "description": "What the SDK's promise resolved with; null until then.",
    "required": ["smallcaseAuthToken", "transactionId", "broker", "signup"],
    "properties": {
        "smallcaseAuthToken": {"type": "string", "description": "A fresh token of the investor, for one hour."},
        "smallcaseAuthId": {"type": "string"},
        "transactionId": {"type": "string"},
        "broker": {"type": "string"},
        "signup": {"type": "boolean"},
        "notes": {"type": "string"},
        "orderBatches": {"type": "array", "items": _BATCH},
    },
}
_KEYS: dict[str, Any] = {
    "transactionId": {"type": "string"},
    "intent": {"enum": ["CONNECT", "TRANSACTION"]},
    "status": {
        "enum": [status.value for status in Status],
        "description": "COMPLETED says nothing about fills: the orders do.",
    },
    "error": _ERROR,
    "success": _SUCCESS,
    "broker": {"type": ["string", "null"]},
    "smallcaseAuthId": {"type": ["string", "null"], "description": "The investor, once he has logged in."},
    "authToken": {"type": ["string", "null"], "description": "A fresh token of this investor."},
    "signup": {"type": "boolean"},
    "notes": {"type": ["string", "null"]},
    "orderConfig": {"type": ["object", "null"], "description": "What was asked for."},
    "createdAt": {"type": "string", "format": "date-time"},
    "expireAt": {"type": "string", "format": "date-time"},
    "expired": {"type": "boolean"},
}
_KEYS_OBJECT = {"type": "object", "required": list(_KEYS), "properties": _KEYS}
_DETAILS = {
    **_KEYS_OBJECT,
    "required": ["transactionDetails", *_KEYS],
    "properties": {"transactionDetails": {**_KEYS_OBJECT, "description": "The same keys once more."}, **_KEYS},
}
_COMPLETED = {
    "transactionId": _TRANSACTION_ID,
    "intent": "CONNECT",
    "status": "COMPLETED",
    "error": {"value": False, "code": None, "message": None},
    "success": {
        "smallcaseAuthToken": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.…",
        "smallcaseAuthId": "65f0c0ffee65f0c0ffee65f0",
        "transactionId": _TRANSACTION_ID,
        "broker": "kite",
        "signup": False,
    },
    "broker": "kite",
    "smallcaseAuthId": "65f0c0ffee65f0c0ffee65f0",
    "authToken": "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.…",
    "signup": False,
    "notes": None,
    "orderConfig": None,
    "createdAt": "2026-11-18T05:10:00.000Z",
    "expireAt": _EXPIRY,
    "expired": False,
}


@dataclass
class CreateOperation(Operation):
    """The reference of a create."""

    def __post_init__(self) -> None:
        basket = {"ticker": "TCS", "quantity": 2, "type": "BUY"}, {"ticker": "INFY", "quantity": 5, "type": "BUY"}
        order = {"type": "SECURITIES", "securities": list(basket), "meta": {"orderName": "Large caps"}}
        limit = {"ticker": "ITC", "quantity": 10, "type": "BUY", "orderType": "LIMIT", "price": 405.5}
        self.request_body = RequestBody(
            required=True,
            content=json_content(
                _CREATE,
                basket={"intent": "TRANSACTION", "orderConfig": order, "notes": "from the home screen"},
                left_to_the_investor={
                    "intent": "TRANSACTION",
                    "orderConfig": {"type": "SECURITIES", "securities": [{"ticker": "TCS"}]},
                },
                limit_order={"intent": "TRANSACTION", "orderConfig": {"type": "SECURITIES", "securities": [limit]}},
                connect={"intent": "CONNECT"},
            ),
        )
        data = {
            "type": "object",
            "required": ["transactionId", "expireAt"],
            "properties": {
                "transactionId": {"type": "string", "pattern": "^TRX_[0-9a-f]{32}$"},
                "expireAt": {
                    "type": "string",
                    "format": "date-time",
                    "description": "Until then the investor can confirm: 15 minutes for orders, 5 for a CONNECT.",
                },
            },
        }
        created = {"transactionId": _TRANSACTION_ID, "expireAt": _EXPIRY}
        self.responses = {
            **(self.responses or {}),
            "200": OpenAPIResponse(
                description="The transaction is made: hand its id to the SDK's triggerTransaction.",
                content=json_content(envelope(data), created={"success": True, "errors": None, "data": created}),
            ),
        }


@dataclass
class DetailsOperation(Operation):
    """The reference of a look-up."""

    def __post_init__(self) -> None:
        data = {"transactionDetails": _COMPLETED, **_COMPLETED}
        self.responses = {
            **(self.responses or {}),
            "200": OpenAPIResponse(
                description="Where the transaction is.",
                content=json_content(
                    envelope(_DETAILS), completed_connect={"success": True, "errors": None, "data": data}
                ),
            ),
        }
