"""HDFC Sky."""

from tests.brokers import Known
from torana.connectors.contract import Keys, LoginRefused, Reason, Rejected, SessionEnded, Unknown

KNOWN = Known(
    keys=Keys({"api_key": "hdfcsky-key", "api_secret": "hdfcsky-secret"}),
    callback={"request_token": "request-token-1"},
    refusals={
        "finish_login.400.used": (LoginRefused, None),
        "place.200.no-id": (Unknown, None),
        "place.200.refused": (Rejected, Reason.INVALID_ORDER),
        "place.400.field": (Rejected, Reason.INVALID_ORDER),
        "place.400.price": (Rejected, Reason.PRICE_OUT_OF_BAND),
        "place.400.unseen": (Unknown, None),
        "place.400.went-wrong": (Unknown, None),
        "place.400.with-id": (Unknown, None),
        "place.403": (Rejected, Reason.NOT_PERMITTED),
        "place.401": (SessionEnded, None),
        "place.500": (Unknown, None),
        "orders.401": (SessionEnded, None),
        "orders.403": (Unknown, None),
        "cancel.400.final": (Rejected, Reason.INVALID_ORDER),
        "cancel.403": (Rejected, Reason.NOT_PERMITTED),
        "funds.200.headings": (Unknown, None),
    },
    before=dict.fromkeys(("orders", "orders_by_tag"), ("orders.200.empty",)),
    afterwards={
        "finish_login.200": b'{"status":"success","message":"",'
        b'"data":{"client_id":"TR0007","name":"Asha Rao","ddpi":false,"poa_enabled":false}}'
    },
    unmapped=frozenset({"place.400.unseen"}),
    plain_refusal="place.400.field",
    proves_nothing={"status": "error", "error_code": 45010, "message": "Something went wrong", "data": {}},
    success={"status": "success", "message": ""},
    data=lambda told: told["data"]["orders"] if "orders" in told["data"] else told["data"],
    book=lambda rows: {"status": "success", "message": "", "data": {"orders": list(rows)}},
    refusal=lambda told: (told, "message"),
    price_rows=list,
    reads_of_a_book=2,
    tag_is_a_number=True,
    names={
        "order_id": "oms_order_id", "tag": "user_order_id", "tags": "user_order_id", "symbol": "trading_symbol",
        "transaction_type": "order_side", "status": "order_status", "status_message": "rejection_reason",
        "order_timestamp": "order_entry_time", "last_price": "ltp", "net": "1", "available_margin": "buy_avg",
    },
)  # fmt: skip
