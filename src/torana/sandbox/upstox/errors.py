"""Upstox's refusals: code, HTTP status and text, and the body that carries them.

Source of codes and texts: the 4XX tables of the Upstox developer API documentation. That documentation gives no HTTP
status for the single codes; where it does not, 400 is used, and 401, 403, 404, 423 and 429 where their meaning is
plain.
"""

from dataclasses import replace

from torana.sandbox import web
from torana.sandbox.refusal_table import Codes, Row, Table
from torana.sandbox.refusals import Refusal, Refused
from torana.sandbox.rejections import OMS_TEXTS

_CHECK, _WRONG, _FINAL = "Check your", "one or both are incorrect.", "of already cancelled/rejected/completed"
_PROTECTION = "Market Protection cannot be greater than 25%"
_CORRELATION = "The 'correlation_id' cannot exceed 20 characters"
_UPLINK_ONLY = (
    "Access to this API has been restricted for your account. "
    "Please use 'Uplink Business' to place/modify/cancel the order."
)


class Code(Codes):
    """The codes that the simulator can answer with."""

    # fmt: off
    NOT_SUPPORTED = "UDAPI10000", 400, "This request is not supported by Upstox API", "same 405"
    TOO_MANY_REQUESTS = "UDAPI10005", 429, "Too Many Request Sent", "status 429"
    INVALID_TOKEN = "UDAPI100050", 401, "Invalid token used to access API", "session, status 401"
    INVALID_INPUT = "UDAPI100036", 400, "Invalid Input", "reason *, status 400, * *"
    MALFORMED_INPUT = "UDAPI100038", 400, "Invalid input passed to the API", "* malformed, oauth not_a_form"
    RESOURCE_NOT_FOUND = "UDAPI100060", 404, "Resource not Found", "status 404"
    SERVER_ERROR = "UDAPI100500", 500, "Something went wrong... please contact us", "status *"
    CLIENT_OR_REDIRECT_WRONG = "UDAPI100068", 400, f"{_CHECK} 'client_id' and 'redirect_uri'; {_WRONG}", "oauth client"
    CLIENT_OR_SECRET_WRONG = "UDAPI100069", 401, f"{_CHECK} 'client_id' and 'client_secret'; {_WRONG}", "oauth secret"
    REDIRECT_WRONG = "UDAPI100070", 400, "Check your 'redirect_uri'; it is incorrect.", "oauth address"
    AUTH_CODE_WRONG = "UDAPI100057", 401, "Invalid Auth code", "oauth code"
    FUNDS_CLOSED = "UDAPI100072", 423, "The Funds service is accessible from 5:30 AM to 12:00 AM IST daily"
    ORDERS_CLOSED = "UDAPI100074", 423, "The Order API is accessible from 5:30 AM to 12:00 AM IST daily", "status 423"
    UPLINK_ONLY = "UDAPI100049", 403, _UPLINK_ONLY
    STATIC_IP = "UDAPI1154", 403, "Access to this API is blocked due to static IP restrictions", "status 403"
    ALGO_NAME = "UDAPI1156", 400, "Invalid Algo name passed in headers"
    INSTRUMENT_KEY_MISSING = "UDAPI1026", 400, "Instrument key is required", "instrument_token missing invalid"
    INSTRUMENT_UNKNOWN = "UDAPI100011", 400, "Invalid Instrument key", "reason symbol"
    ORDER_TYPE_MISSING = "UDAPI1004", 400, "Valid order type is required", "order_type missing"
    ORDER_TYPE_WRONG = "UDAPI1056", 400, "The 'order_type' is invalid", "order_type invalid"
    VALIDITY_MISSING = "UDAPI1007", 400, "Validity is required", "validity missing"
    VALIDITY_WRONG = "UDAPI1055", 400, "The 'validity' is invalid", "validity invalid"
    QUANTITY_ZERO = "UDAPI1052", 400, "The quantity cannot be zero", "quantity missing too_small"
    PRICE_MISSING = "UDAPI1029", 400, "Price is required"
    PRICE_NOT_REQUIRED = "UDAPI1030", 400, "Price is not required"
    PRICE_AND_TRIGGER_MISSING = "UDAPI1031", 400, "Price and Trigger price both are required"
    ONLY_TRIGGER_REQUIRED = "UDAPI1032", 400, "Only Trigger price is required"
    TRIGGER_MISSING = "UDAPI1036", 400, "Trigger price is required"
    DISCLOSED_TOO_SMALL = "UDAPI1039", 400, "Disclosed quantity should not be less than 10% of the quantity"
    AMO_IN_MARKET_HOURS = "UDAPI100039", 400, "AMO orders cannot be placed during the market hours", "reason amo_closed"
    MARKET_ORDER_BLOCKED = "UDAPI1158", 400, "Market orders are not allowed. Please try placing a limit order."
    PROTECTION_TOO_LARGE = "UDAPI1159", 400, _PROTECTION, "market_protection too_large"
    PROTECTION_WRONG = "UDAPI1160", 400, "Invalid market protection", "market_protection too_small"
    MULTI_EMPTY = "UDAPI1114", 400, "The request payload is empty"
    MULTI_NO_CORRELATION = "UDAPI1115", 400, "The 'correlation_id' is required", "correlation_id missing"
    MULTI_CORRELATION_TOO_LONG = "UDAPI1116", 400, _CORRELATION, "correlation_id too_long"
    MULTI_DUPLICATE_CORRELATION = "UDAPI1117", 400, "The 'correlation_id' must be unique"
    MULTI_TOO_MANY = "UDAPI1118", 400, "A maximum of 10 orders is allowed in one request"
    TAG_TOO_LONG = "UDAPI1119", 400, "The 'tag' cannot exceed 40 characters", "tag too_long"
    ORDER_ID_MISSING = "UDAPI1023", 400, "Order id is required", "order_id missing"
    MODIFY_ORDER_ID_MISSING = "UDAPI1003", 400, "Order id is required"
    ORDER_ID_WRONG = "UDAPI1010", 400, "Order id accepts only alphanumeric characters and '-'.", "order_id invalid"
    ORDER_NOT_FOUND = "UDAPI100010", 404, "Order not found", "reason not_found"
    ORDER_ID_OR_TAG_MISSING = "UDAPI100059", 400, "At least one of 'order_id' or 'tag' is required"
    CANCEL_FINAL = "UDAPI100040", 400, f"Cancel {_FINAL} order is not allowed", "cancel final"
    MODIFY_FINAL = "UDAPI100041", 400, f"Modifications {_FINAL} orders are not allowed", "modify final"
    SEGMENT_WRONG = "UDAPI1108", 400, "The 'segment' is invalid"
    NOTHING_OPEN = "UDAPI1109", 400, "No open or pending orders are available"
    TOO_MANY_OPEN = "UDAPI1110", 400, "More than 10 open orders are present"
    QUOTE_KEY_MISSING = "UDAPI1009", 400, "Symbol or instrument_key is required"
    QUOTE_KEY_FORMAT = "UDAPI1011", 400, "The instrument_key is of invalid format"
    QUOTE_KEY_WRONG = "UDAPI1087", 400, "Invalid symbol/instrument_key"
    PRODUCT_WRONG = "UDAPI1054", 400, "The 'product' is invalid"
    SIDE_WRONG = "UDAPI1057", 400, "The 'transaction_type' is invalid"
    CHARGES_KEY_FORMAT = "UDAPI1059", 400, "The 'instrument_token' is of invalid format"
    CHARGES_QUANTITY_MISSING = "UDAPI1060", 400, "The 'quantity' is required"
    CHARGES_PRICE_MISSING = "UDAPI1061", 400, "The 'price' is required"
    CHARGES_SIDE_MISSING = "UDAPI1062", 400, "The 'transaction_type' is required"
    CHARGES_PRODUCT_MISSING = "UDAPI1063", 400, "The 'product' is required"
    CHARGES_QUANTITY_ZERO = "UDAPI1064", 400, "The 'quantity' cannot be zero"
    CHARGES_PRICE_ZERO = "UDAPI1065", 400, "The 'price' cannot be zero"
    MARGIN_QUANTITY_ZERO = "UDAPI1096", 400, "The 'quantity' must be greater than zero"
    MARGIN_LOT = "UDAPI1097", 400, "The 'quantity' must be a multiple of the lot size"
    MARGIN_KEY_FORMAT = "UDAPI1098", 400, "The 'instrument_key' is of invalid format"
    MARGIN_KEY_WRONG = "UDAPI1099", 400, "The 'instrument_key' is invalid"
    MARGIN_TOO_MANY = "UDAPI1102", 400, "A maximum of 20 instruments is allowed in one request"
    MARGIN_TWICE = "UDAPI1103", 400, "An instrument may stand in one request only once"
    TOO_MANY_QUOTE_KEYS = "UDAPI100043", 400, "The number of instrument keys exceeds 500"
    # fmt: on


def entry(one: Refused) -> dict[str, object]:
    """One entry of an error answer, with its keys in both spellings, as the live API sends them."""
    camel = {"errorCode": one.code, "propertyPath": one.field, "invalidValue": one.value}
    snake = {"error_code": one.code, "property_path": one.field, "invalid_value": one.value}
    return {"message": one.text, **camel, **snake}


_UNDOCUMENTED = Row(Refusal(400, "UDAPI199999", "The order gateway did not accept the order"), "strange")
TABLE = Table([*Code, _UNDOCUMENTED])
refuse = TABLE.of_field
REFUSALS = TABLE.refusals(
    lambda one: web.json({"status": "error", "errors": [entry(one)]}, one.status),
    {reason: replace(Code.INVALID_INPUT.line, text=shown) for reason, (shown, _) in OMS_TEXTS.items()},
)
