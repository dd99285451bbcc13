"""What the API reference says about holdings, as JSON Schema."""

from dataclasses import dataclass
from typing import Any

from litestar.openapi.spec import OpenAPIResponse, Operation

from torana.api.documented import envelope, json_content
from torana.holdings.schemas import NO_FUNDS

_NUMBER = {"type": "number"}
_PRICE = {"type": ["number", "null"], "description": "Rupees; null where the broker does not report it."}
_SHARES = {"type": "integer"}
_TRADES = {"type": "object", "properties": {"quantity": _SHARES, "averagePrice": _PRICE}}
_TICKER = {"type": ["string", "null"]}
_ISIN = {
    "type": ["string", "null"],
    "description": "null for a trade in a security that no exchange lists under its symbol.",
}


def _about(schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {**schema, "description": description}


_COUNT_OR_NULL = {"type": ["integer", "null"]}
SECURITY = {
    "type": "object",
    "properties": {
        "holdings": {
            "type": "object",
            "properties": {
                "quantity": _about(_SHARES, "Free of pledges, as it stood this morning; t1Quantity is part of it."),
                "averagePrice": _PRICE,
            },
        },
        "positions": {
            "type": "object",
            "description": "Delivery trades of the day: bought minus sold.",
            "properties": {"nse": _TRADES, "bse": _TRADES},
        },
        "transactableQuantity": _about(_SHARES, "What can be sold on the NSE; 0 for what it does not list."),
        "smallcaseQuantity": _SHARES,
        "collateralQuantity": _about(_COUNT_OR_NULL, "Pledged; null where the broker does not report it."),
        "t1Quantity": _about(_COUNT_OR_NULL, "Bought the trading day before. Torana's own extension."),
        "otherProductQuantity": _about(
            _SHARES, "Bought on margin (MTF), or under a product that we do not know. Torana's own extension."
        ),
        "nseTicker": _TICKER,
        "bseTicker": _TICKER,
        "isin": _ISIN,
        "name": {"type": "string"},
        "isSuspendedOrDelistedOnNSE": _about(
            {"type": "boolean"}, "The broker names it there, and the exchange does not list it."
        ),
        "isSuspendedOrDelistedOnBSE": {"type": "boolean"},
        "isComplete": _about(
            {"type": "boolean"},
            "false: something the broker reported of it is unknown to us, and not in the numbers. Torana's own "
            "extension.",
        ),
    },
}
SECURITY_V1 = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "exchange": {"type": "string"},
        "ticker": {"type": "string"},
        "isin": _ISIN,
        "averagePrice": _PRICE,
        "shares": _about(_SHARES, "All that are owned now: with pledged ones, and with the day's trades."),
    },
}
_FUNDS = {
    "type": "object",
    "description": "With mfHoldings=true. holdings is null where they were not read: never an empty list.",
    "properties": {
        "holdings": {"type": ["array", "null"], "items": {"type": "object"}},
        "unavailable": {
            "type": ["object", "null"],
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
        },
    },
}
_AROUND = {
    "smallcases": {"type": "object"},
    "mutualFunds": _FUNDS,
    "updating": {"type": "boolean", "description": "A newer reading is on its way."},
    "loginNeeded": {
        "type": "boolean",
        "description": (
            "The investor's login at the broker is over: a newer reading takes another HOLDINGS_IMPORT. Torana's "
            "own extension."
        ),
    },
    "lastUpdate": {"type": "string", "format": "date-time"},
    "snapshotDate": {"type": "string", "format": "date-time", "description": "When the broker was asked."},
    "smallcaseAuthId": {"type": "string"},
    "broker": {"type": "string"},
}
_REQUIRED = ["securities", "smallcases", "updating", "lastUpdate", "snapshotDate", "smallcaseAuthId", "broker"]
HOLDINGS_V2 = {
    "title": "v2",
    "type": "object",
    "required": _REQUIRED,
    "properties": {"securities": {"type": "array", "items": SECURITY}, **_AROUND},
}
HOLDINGS_V1 = {
    "title": "v1",
    "type": "object",
    "required": _REQUIRED,
    "properties": {
        "securities": {"type": "object", "properties": {"holdings": {"type": "array", "items": SECURITY_V1}}},
        **_AROUND,
    },
}
_EXAMPLE = {
    "securities": [
        {
            "holdings": {"quantity": 10, "averagePrice": 3402.1},
            "positions": {"nse": {"quantity": 2, "averagePrice": 3388.5}, "bse": {"quantity": 0, "averagePrice": 0}},
            "transactableQuantity": 12,
            "smallcaseQuantity": 0,
            "collateralQuantity": 0,
            "t1Quantity": 0,
            "otherProductQuantity": 0,
            "nseTicker": "TCS",
            "bseTicker": "532540",
            "isin": "INE467B01029",
            "name": "Tata Consultancy Services Ltd.",
            "isSuspendedOrDelistedOnNSE": False,
            "isSuspendedOrDelistedOnBSE": False,
            "isComplete": True,
        }
    ],
    "smallcases": {"public": [], "private": {"investments": []}},
    "mutualFunds": NO_FUNDS,
    "updating": False,
    "loginNeeded": False,
    "lastUpdate": "2026-11-18T05:12:31.000Z",
    "snapshotDate": "2026-11-18T05:12:30.000Z",
    "smallcaseAuthId": "65f0c0ffee65f0c0ffee65f0",
    "broker": "kite",
}


@dataclass
class HoldingsOperation(Operation):
    """The reference of the look at holdings."""

    def __post_init__(self) -> None:
        body = envelope({"anyOf": [HOLDINGS_V2, HOLDINGS_V1]})
        example = {"success": True, "errors": None, "data": _EXAMPLE}
        self.responses = {
            **(self.responses or {}),
            "200": OpenAPIResponse(description="What they hold, and of when.", content=json_content(body, v2=example)),
        }
