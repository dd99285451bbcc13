"""5paisa."""

from collections.abc import Sequence
from typing import Any

from tests.brokers import Known
from torana.connectors.contract import Keys, LoginRefused, RateLimited, Reason, Rejected, SessionEnded, Unknown


def _book(rows: Sequence[object]) -> dict[str, object]:
    return {"head": {"status": "0"}, "body": {"Status": 0, "Message": "Success", "OrderBookDetail": list(rows)}}


def _says_no(told: Any) -> bool:
    """In the body, or in the head."""
    parts = [told.get("head"), told.get("body")] if isinstance(told, dict) else []
    said = [part.get(name) for part in parts if isinstance(part, dict) for name in ("Status", "status")]
    return any(one not in (None, 0, "0") for one in said)


KNOWN = Known(
    keys=Keys({"api_key": "fivepaisa-key", "api_secret": "fivepaisa-secret", "user_id": "fivepaisa-user"}),
    callback={"RequestToken": "request-token-1", "state": "state-1"},
    refusals={
        "finish_login.200.expired": (LoginRefused, None),
        "finish_login.200.head": (LoginRefused, None),
        "place.200.no-id": (Unknown, None),
        "place.200.input": (Rejected, Reason.INVALID_ORDER),
        "place.200.head": (Rejected, Reason.NOT_PERMITTED),
        "place.200.head-alone": (Rejected, Reason.NOT_PERMITTED),
        "place.200.head-input": (Rejected, Reason.INVALID_ORDER),
        "place.200.server": (Unknown, None),
        "place.200.session": (SessionEnded, None),
        "place.200.session-short": (SessionEnded, None),
        "place.200.margin": (Rejected, Reason.INSUFFICIENT_FUNDS),
        "place.200.closed": (Rejected, Reason.MARKET_CLOSED),
        "place.200.refused-with-id": (Unknown, None),
        "place.200.timed-out": (Unknown, None),
        "place.200.unseen": (Unknown, None),
        "place.429.too-fast": (Unknown, None),
        "place.500": (Unknown, None),
        "orders.200.session": (SessionEnded, None),
        "orders.200.failed": (Unknown, None),
        "orders.429.too-fast": (RateLimited, None),
        "holdings.200.session": (SessionEnded, None),
        "holdings.200.head": (Unknown, None),
        "cancel.200.not-found": (Rejected, Reason.OTHER),
        "cancel.200.closed": (Rejected, Reason.MARKET_CLOSED),
        "cancel.200.head": (Rejected, Reason.NOT_PERMITTED),
    },
    unmapped=frozenset({"place.200.unseen"}),
    plain_refusal="place.200.input",
    proves_nothing={"head": {"status": "-1", "statusDescription": "Internal error"}, "body": None},
    book=_book,
    data=lambda told: next(part for part in told["body"].values() if isinstance(part, list)),
    refusal=lambda told: (told["body"], "Message"),
    says_no=_says_no,
    price_rows=list,
    names={
        "order_id": "BrokerOrderId", "tag": "RemoteOrderID", "tags": "RemoteOrderID", "symbol": "ScripName",
        "transaction_type": "BuySell", "product": "DelvIntra", "quantity": "Qty", "filled_quantity": "TradedQty",
        "average_price": "AveragePrice", "exchange_order_id": "ExchOrderID", "status": "OrderStatus",
        "status_message": "Reason", "order_timestamp": "BrokerOrderTime", "last_price": "LastRate",
        "available_margin": "NetAvailableMargin", "net": "AvgRate",
    },
)  # fmt: skip
