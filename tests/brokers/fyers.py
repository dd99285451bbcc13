"""Fyers."""

from collections.abc import Sequence
from typing import Any

from tests.brokers import Known, Pages
from tests.brokers.dhan import authorise, refuse
from torana.connectors.contract import Keys, LoginRefused, RateLimited, Reason, Rejected, SessionEnded, Unknown


def _book(rows: Sequence[object]) -> dict[str, object]:
    return {"s": "ok", "code": 200, "message": "", "orderBook": list(rows)}


def _says_no(told: Any) -> bool:
    return isinstance(told, dict) and told.get("s") == "error"


KNOWN = Known(
    pages=Pages(authorise=authorise, refuse=refuse),
    keys=Keys({"api_key": "FYERSKEY-100", "api_secret": "fyers-secret", "postback_secret": "fyers-postback"}),
    callback={"s": "ok", "code": "200", "auth_code": "auth-code-1", "state": "state-1"},
    refusals={
        "finish_login.400.code": (LoginRefused, None),
        "finish_login.400.hash": (LoginRefused, None),
        "place.200.no-id": (Unknown, None),
        "place.200.unacknowledged": (Unknown, None),
        "place.200.another-code": (Unknown, None),
        "place.200.margin": (Unknown, None),
        "place.400.input": (Rejected, Reason.INVALID_ORDER),
        "place.400.symbol": (Rejected, Reason.INSTRUMENT_NOT_TRADABLE),
        "place.400.unlisted": (Rejected, Reason.INSTRUMENT_NOT_TRADABLE),
        "place.400.app": (Rejected, Reason.NOT_PERMITTED),
        "place.400.address": (Rejected, Reason.EGRESS_NOT_REGISTERED),
        "place.400.holdings": (Unknown, None),
        "place.400.timed-out": (Unknown, None),
        "place.400.connection": (Unknown, None),
        "place.400.unseen": (Unknown, None),
        "place.400.no-code": (Unknown, None),
        "place.401": (SessionEnded, None),
        "place.401.expired": (SessionEnded, None),
        "place.429.too-fast": (RateLimited, None),
        "place.500": (Unknown, None),
        "cancel.200.unacknowledged": (Unknown, None),
        "cancel.400.not-found": (Rejected, Reason.INVALID_ORDER),
        "cancel.400.final": (Rejected, Reason.INVALID_ORDER),
        "orders.401": (SessionEnded, None),
        "orders.429.too-fast": (RateLimited, None),
        "orders.400.failed": (Unknown, None),
        "funds.200.untold": (Unknown, None),
        "begin.200.elsewhere": (Unknown, None),
        "begin.400.input": (Rejected, Reason.INVALID_ORDER),
        "state.500": (Unknown, None),
    },
    afterwards={
        "finish_login.200": b'{"s":"ok","code":200,"message":"","data":{"name":"Asha Rao","image":null,'
        b'"display_name":null,"fy_id":"TR0007","totp":true,"ddpi_enabled":false,"mtf_enabled":false}}'
    },
    unmapped=frozenset({"place.400.unseen", "place.400.no-code"}),
    plain_refusal="place.400.input",
    proves_nothing={"s": "error", "code": -202, "message": "Connection error. Please try again"},
    book=_book,
    data=lambda told: next(part for part in told.values() if isinstance(part, list)),
    refusal=lambda told: (told, "message"),
    says_no=_says_no,
    price_rows=lambda data: [row["v"] for row in data],
    tells_tag_by_postback=False,
    prices_at_once=50,
    names={
        "order_id": "id", "tag": "orderTag", "tags": "orderTag", "transaction_type": "side", "product": "productType",
        "quantity": "qty", "filled_quantity": "filledQty", "average_price": "tradedPrice",
        "exchange_order_id": "exchOrdId", "status_message": "message", "order_timestamp": "orderDateTime",
        "last_price": "lp", "net": "costPrice", "available_margin": "equityAmount",
    },
)  # fmt: skip
