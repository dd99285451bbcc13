"""HDFC Securities."""

from tests.brokers import Known
from torana.connectors.contract import Keys, LoginRefused, Reason, Rejected, SessionEnded, Unknown

KNOWN = Known(
    keys=Keys({"api_key": "hdfc-key", "api_secret": "hdfc-secret"}),
    callback={"request_token": "request-token-1"},
    refusals={
        "finish_login.200.no-client": (Unknown, None),
        "finish_login.400.used": (LoginRefused, None),
        "finish_login.401": (LoginRefused, None),
        "place.200.no-id": (Unknown, None),
        "place.200.refused": (Rejected, Reason.INSUFFICIENT_FUNDS),
        "place.200.refused-with-id": (Unknown, None),
        "place.400.unseen": (Unknown, None),
        "place.400.timed-out": (Unknown, None),
        "place.422.margin": (Rejected, Reason.INSUFFICIENT_FUNDS),
        "place.422.closed": (Rejected, Reason.MARKET_CLOSED),
        "place.403.address": (Rejected, Reason.EGRESS_NOT_REGISTERED),
        "place.401": (SessionEnded, None),
        "place.404": (Rejected, Reason.INVALID_ORDER),
        "place.429.too-fast": (Unknown, None),
        "place.500": (Unknown, None),
        "orders.401": (SessionEnded, None),
        "orders.422.failed": (Unknown, None),
        "cancel.422.final": (Rejected, Reason.INVALID_ORDER),
        "cancel.404": (Rejected, Reason.INVALID_ORDER),
    },
    afterwards={
        "finish_login.200": b'{"status":"success","data":[{"user_id":"1000007","user_name":"Asha Rao",'
        b'"depository_details":[{"depository":"NSDL","edis_flag":"Y","ddpi_flag":"N"}]}]}'
    },
    unmapped=frozenset({"place.400.unseen"}),
    plain_refusal="place.422.margin",
    proves_nothing={"status": "error", "message": "No response from the order system"},
    success={"status": "success"},
    refusal=lambda told: (told, "message"),
    price_rows=list,
    refuses_by_text=True,
    names_holdings=False,
    untold=frozenset({"t1_quantity", "collateral_quantity"}),
    tag_is_a_number=True,
    names={
        "tag": "external_reference_number", "tags": "external_reference_number", "symbol": "tradingsymbol",
        "last_price": "ltp", "net": "cash", "instrument_token": "security_id",
    },
)  # fmt: skip
