"""IIFL Capital."""

from tests.brokers import Known
from torana.connectors.contract import Keys, LoginRefused, Reason, Rejected, SessionEnded, Unknown
from torana.sandbox.models import Reason as Refusal

KNOWN = Known(
    keys=Keys({"api_key": "iifl-app", "api_secret": "iifl-secret", "amounts": "rupees"}),
    callback={"authCode": "code-1", "clientId": "31625881"},
    refusals={
        "finish_login.200.wrong-code": (LoginRefused, None),
        "finish_login.200.not-ok": (LoginRefused, None),
        "place.200.no-id": (Unknown, None),
        "place.200.empty": (Unknown, None),
        "place.200.exchange": (Rejected, Reason.INSTRUMENT_NOT_TRADABLE),
        "place.200.instrument": (Rejected, Reason.INSTRUMENT_NOT_TRADABLE),
        "place.200.tag": (Rejected, Reason.INVALID_ORDER),
        "place.200.blocked": (Rejected, Reason.NOT_PERMITTED),
        "place.200.failed": (Unknown, None),
        "place.200.unseen": (Unknown, None),
        "place.401": (SessionEnded, None),
        "place.500": (Unknown, None),
        "orders.401": (SessionEnded, None),
        "orders.200.failed": (Unknown, None),
        "cancel.200.not-there": (Rejected, Reason.INVALID_ORDER),
    },
    afterwards={"finish_login.200": b'{"status":"Ok","message":"Success","result":{"clientId":"3******1"}}'},
    unmapped=frozenset({"place.200.unseen"}),
    plain_refusal="place.200.instrument",
    proves_nothing={"status": "EC912", "message": "Failed to place the order."},
    success={"status": "Ok"},
    data=lambda told: told if isinstance(told, list) else told["result"],
    book=lambda rows: {"status": "Ok", "message": "Success", "result": list(rows)},
    refusal=lambda told: (told["result"][0], "message"),
    price_rows=lambda data: list(data),
    refuses_in_answer=Refusal.SYMBOL,
    names={
        "net": "tradingLimit",
        "last_price": "ltp",
        "order_id": "brokerOrderId", "tag": "orderTag", "tags": "orderTag", "symbol": "tradingSymbol",
        "transaction_type": "transactionType", "filled_quantity": "filledQuantity", "status": "orderStatus",
        "average_price": "averageTradedPrice", "exchange_order_id": "exchangeOrderId",
        "status_message": "rejectionReason", "order_timestamp": "exchangeTimestamp", "instrument_token": "instrumentId",
    },
)  # fmt: skip
