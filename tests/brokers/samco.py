"""Samco."""

from tests.brokers import Known
from torana.connectors.contract import Keys, LoginRefused, Reason, Rejected, SessionEnded, Unknown
from torana.sandbox.models import Reason as Refusal

_SUCCESS = {"status": "Success", "statusMessage": "Request successful"}
_LISTS = ("orderBookDetails", "holdingDetails", "positionDetails", "multiQuotes")

KNOWN = Known(
    keys=Keys({"api_key": "live-key"}),
    callback={"code": "code-1", "state": "state-1"},
    refusals={
        "finish_login.401.expired": (LoginRefused, None),
        "finish_login.403.address": (LoginRefused, None),
        "place.200.no-id": (Unknown, None),
        "place.200.refused-with-id": (Unknown, None),
        "place.400.validation": (Rejected, Reason.INVALID_ORDER),
        "place.400.symbol": (Rejected, Reason.INSTRUMENT_NOT_TRADABLE),
        "place.400.margin": (Rejected, Reason.INSUFFICIENT_FUNDS),
        "place.400.timed-out": (Unknown, None),
        "place.400.unseen": (Unknown, None),
        "place.400.silent": (Unknown, None),
        "place.401.session": (SessionEnded, None),
        "place.403.address": (Rejected, Reason.EGRESS_NOT_REGISTERED),
        "place.429": (Unknown, None),
        "place.500": (Unknown, None),
        "orders.200.failed": (Unknown, None),
        "orders.200.nothing": (Unknown, None),
        "orders.401.session": (SessionEnded, None),
        "holdings.401.session": (SessionEnded, None),
        "cancel.400.final": (Rejected, Reason.INVALID_ORDER),
        "cancel.400.not-found": (Rejected, Reason.INVALID_ORDER),
    },
    unmapped=frozenset({"place.400.unseen"}),
    plain_refusal="place.400.symbol",
    proves_nothing={"status": "Failure", "statusMessage": "The order request timed out"},
    success=_SUCCESS,
    data=lambda told: next(told[name] for name in _LISTS if name in told),
    book=lambda rows: {**_SUCCESS, "orderBookDetails": list(rows)},
    refusal=lambda told: (told, "statusMessage"),
    says_no=lambda told: isinstance(told, dict) and told.get("status") in ("Failure", "Error"),
    price_rows=list,
    refuses_by_text=True,
    code_is_all=True,
    refuses_in_answer=Refusal.SYMBOL,
    untold=frozenset({"t1_quantity"}),
    names={
        "order_id": "orderNumber", "tag": "orderRemarks", "tags": "orderRemarks", "symbol": "tradingSymbol",
        "transaction_type": "transactionType", "product": "productCode", "quantity": "totalQuanity",
        "filled_quantity": "filledQuantity", "average_price": "averagePrice",
        "exchange_order_id": "exchangeOrderNumber", "status": "orderStatus", "status_message": "rejectionReason",
        "order_timestamp": "orderTime", "instrument_token": "symbol", "last_price": "lastTradePrice",
        "available_margin": "netAvailableMargin", "net": "averagePrice",
    },
)  # fmt: skip
