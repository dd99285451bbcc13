"""Motilal Oswal."""

from tests.brokers import Known
from torana.connectors.contract import Keys, LoginRefused, Reason, Rejected, SessionEnded, Unknown
from torana.sandbox.models import Reason as Refusal

_PROFILE = (
    b'{"status":"SUCCESS","message":"Profile Data","errorcode":"","data":{"clientcode":"TR0007","name":"Asha Rao",'
    b'"exchanges":["NSE","BSE"],"products":["Normal","Delivery"],"usertype":"Investorclient"}}'
)
_NO_SCRIP = b'{"status":"FAILURE","message":"Invalid Scrip Code Input Parameter","errorcode":"MO1058"}'
_NO_CLIENT = b'{"status":"FAILURE","message":"Client Not Login","errorcode":"MO1011"}'

KNOWN = Known(
    keys=Keys({
        "api_key": "mo-key", "api_secret": "mo-secret", "vendor": "TR0007", "public_ip": "203.0.113.7",
        "mac_address": "02:00:00:00:00:07",
    }),
    callback={"authtoken": "sample-auth-token-1"},
    refusals={
        "finish_login.200.secret": (LoginRefused, None),
        "finish_login.200.made-up": (LoginRefused, None),
        "finish_login.200.no-token": (Unknown, None),
        "finish_login.200.no-profile": (LoginRefused, None),
        "place.200.no-id": (Unknown, None),
        "place.200.product": (Rejected, Reason.INVALID_ORDER),
        "place.400.product": (Rejected, Reason.INVALID_ORDER),
        "place.200.symbol": (Rejected, Reason.INSTRUMENT_NOT_TRADABLE),
        "place.200.band": (Rejected, Reason.PRICE_OUT_OF_BAND),
        "place.200.tag": (Rejected, Reason.INVALID_ORDER),
        "place.200.consent": (Rejected, Reason.NOT_PERMITTED),
        "place.200.header": (Rejected, Reason.NOT_PERMITTED),
        "place.403.address": (Rejected, Reason.EGRESS_NOT_REGISTERED),
        "place.200.network": (Unknown, None),
        "place.200.technical": (Unknown, None),
        "place.200.unknown-state": (Unknown, None),
        "place.200.unseen": (Unknown, None),
        "place.200.token": (SessionEnded, None),
        "place.200.not-logged-in": (SessionEnded, None),
        "place.429": (Unknown, None),
        "place.500": (Unknown, None),
        "orders.200.null": (Unknown, None),
        "orders.200.failed": (Unknown, None),
        "orders.200.token": (SessionEnded, None),
        "holdings.200.null": (Unknown, None),
        "funds.200.no-line": (Unknown, None),
        "cancel.200.not-found": (Rejected, Reason.INVALID_ORDER),
        "cancel.200.traded": (Rejected, Reason.INVALID_ORDER),
        "cancel.200.bad-id": (Rejected, Reason.INVALID_ORDER),
    },
    unmapped=frozenset({"place.200.unseen"}),
    plain_refusal="place.400.product",
    proves_nothing={"status": "ERROR", "message": "Technical Error", "errorcode": "MO8000"},
    afterwards={
        "finish_login.200": _PROFILE, "finish_login.200.no-profile": _NO_CLIENT,
        "quotes.200": _NO_SCRIP, "quotes.200.none": _NO_SCRIP,
    },
    success={"status": "SUCCESS", "message": "", "errorcode": ""},
    says_no=lambda told: isinstance(told, dict) and told.get("status") in ("FAILURE", "ERROR"),
    price_rows=lambda data: [data],
    prices_at_once=1,
    names_holdings=False,
    hands_over_token=True,
    refuses_in_answer=Refusal.SYMBOL,
    names={
        "order_id": "uniqueorderid", "tags": "tag", "transaction_type": "buyorsell", "product": "producttype",
        "quantity": "orderqty", "filled_quantity": "totalqtytraded", "average_price": "averageprice",
        "exchange_order_id": "orderid", "status": "orderstatus", "status_message": "error",
        "order_timestamp": "recordinserttime", "instrument_token": "symboltoken", "last_price": "ltp",
        "available_margin": "amount", "net": "buyavgprice",
    },
)  # fmt: skip
