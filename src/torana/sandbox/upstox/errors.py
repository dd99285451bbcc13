"""Upstox's refusals: code, HTTP status and text, and the body that carries them.

Source of codes and texts: the 4XX tables of the Upstox developer API documentation. That documentation gives no HTTP
status for the single codes; where it does not, 400 is used, and 401, 403, 404, 423 and 429 where their meaning is
plain.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Self

from torana.sandbox import web
from torana.sandbox.models import Reason
from torana.sandbox.order_form import Fault
from torana.sandbox.refusals import Line, Refusals, Refused, two_texts

_CHECK, _WRONG = "Check your", "one or both are incorrect."
_UPLINK_ONLY = (
    "Access to this API has been restricted for your account. "
    "Please use 'Uplink Business' to place/modify/cancel the order."
)


class Code(StrEnum):
    """The codes that the simulator can answer with."""

    status: int
    text: str

    def __new__(cls, code: str, status: int, text: str) -> Self:
        member = str.__new__(cls, code)
        member._value_, member.status, member.text = code, status, text
        return member

    # fmt: off
    NOT_SUPPORTED = "UDAPI10000", 400, "This request is not supported by Upstox API"
    TOO_MANY_REQUESTS = "UDAPI10005", 429, "Too Many Request Sent"
    INVALID_TOKEN = "UDAPI100050", 401, "Invalid token used to access API"
    INVALID_INPUT = "UDAPI100036", 400, "Invalid Input"
    MALFORMED_INPUT = "UDAPI100038", 400, "Invalid input passed to the API"
    RESOURCE_NOT_FOUND = "UDAPI100060", 404, "Resource not Found"
    SERVER_ERROR = "UDAPI100500", 500, "Something went wrong... please contact us"
    CLIENT_OR_REDIRECT_WRONG = "UDAPI100068", 400, f"{_CHECK} 'client_id' and 'redirect_uri'; {_WRONG}"
    CLIENT_OR_SECRET_WRONG = "UDAPI100069", 401, f"{_CHECK} 'client_id' and 'client_secret'; {_WRONG}"
    REDIRECT_WRONG = "UDAPI100070", 400, "Check your 'redirect_uri'; it is incorrect."
    AUTH_CODE_WRONG = "UDAPI100057", 401, "Invalid Auth code"
    FUNDS_CLOSED = "UDAPI100072", 423, "The Funds service is accessible from 5:30 AM to 12:00 AM IST daily"
    ORDERS_CLOSED = "UDAPI100074", 423, "The Order API is accessible from 5:30 AM to 12:00 AM IST daily"
    UPLINK_ONLY = "UDAPI100049", 403, _UPLINK_ONLY
    STATIC_IP = "UDAPI1154", 403, "Access to this API is blocked due to static IP restrictions"
    ALGO_NAME = "UDAPI1156", 400, "Invalid Algo name passed in headers"
    INSTRUMENT_KEY_MISSING = "UDAPI1026", 400, "Instrument key is required"
    INSTRUMENT_UNKNOWN = "UDAPI100011", 400, "Invalid Instrument key"
    ORDER_TYPE_MISSING = "UDAPI1004", 400, "Valid order type is required"
    ORDER_TYPE_WRONG = "UDAPI1056", 400, "The 'order_type' is invalid"
    VALIDITY_MISSING = "UDAPI1007", 400, "Validity is required"
    VALIDITY_WRONG = "UDAPI1055", 400, "The 'validity' is invalid"
    QUANTITY_ZERO = "UDAPI1052", 400, "The quantity cannot be zero"
    PRICE_MISSING = "UDAPI1029", 400, "Price is required"
    PRICE_NOT_REQUIRED = "UDAPI1030", 400, "Price is not required"
    PRICE_AND_TRIGGER_MISSING = "UDAPI1031", 400, "Price and Trigger price both are required"
    ONLY_TRIGGER_REQUIRED = "UDAPI1032", 400, "Only Trigger price is required"
    TRIGGER_MISSING = "UDAPI1036", 400, "Trigger price is required"
    DISCLOSED_TOO_SMALL = "UDAPI1039", 400, "Disclosed quantity should not be less than 10% of the quantity"
    AMO_IN_MARKET_HOURS = "UDAPI100039", 400, "AMO orders cannot be placed during the market hours"
    MARKET_ORDER_BLOCKED = "UDAPI1158", 400, "Market orders are not allowed. Please try placing a limit order."
    PROTECTION_TOO_LARGE = "UDAPI1159", 400, "Market Protection cannot be greater than 25%"
    PROTECTION_WRONG = "UDAPI1160", 400, "Invalid market protection"
    MULTI_EMPTY = "UDAPI1114", 400, "The request payload is empty"
    MULTI_NO_CORRELATION = "UDAPI1115", 400, "The 'correlation_id' is required"
    MULTI_CORRELATION_TOO_LONG = "UDAPI1116", 400, "The 'correlation_id' cannot exceed 20 characters"
    MULTI_DUPLICATE_CORRELATION = "UDAPI1117", 400, "The 'correlation_id' must be unique"
    MULTI_TOO_MANY = "UDAPI1118", 400, "A maximum of 10 orders is allowed in one request"
    TAG_TOO_LONG = "UDAPI1119", 400, "The 'tag' cannot exceed 40 characters"
    ORDER_ID_MISSING = "UDAPI1023", 400, "Order id is required"
    MODIFY_ORDER_ID_MISSING = "UDAPI1003", 400, "Order id is required"
    ORDER_ID_WRONG = "UDAPI1010", 400, "Order id accepts only alphanumeric characters and '-'."
    ORDER_NOT_FOUND = "UDAPI100010", 404, "Order not found"
    ORDER_ID_OR_TAG_MISSING = "UDAPI100059", 400, "At least one of 'order_id' or 'tag' is required"
    CANCEL_FINAL = "UDAPI100040", 400, "Cancel of already cancelled/rejected/completed order is not allowed"
    MODIFY_FINAL = "UDAPI100041", 400, "Modifications of already cancelled/rejected/completed orders are not allowed"
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


def refused(code: Code, name: str | None = None, value: object = None, *, text: str | None = None) -> Refused:
    """`name` and `value` of the field at fault; `text` for refusals of the order system that carry their own."""
    return Refused(code.status, code.value, text or code.text, field=name, value=value)


_MISSING = {
    "instrument_token": Code.INSTRUMENT_KEY_MISSING, "order_type": Code.ORDER_TYPE_MISSING,
    "validity": Code.VALIDITY_MISSING, "quantity": Code.QUANTITY_ZERO, "correlation_id": Code.MULTI_NO_CORRELATION,
    "order_id": Code.ORDER_ID_MISSING,
}  # fmt: skip
_INVALID = {
    "instrument_token": Code.INSTRUMENT_KEY_MISSING, "order_type": Code.ORDER_TYPE_WRONG,
    "validity": Code.VALIDITY_WRONG, "order_id": Code.ORDER_ID_WRONG,
}  # fmt: skip
_OF_FIELDS: Mapping[Fault, Mapping[str, Code]] = {
    Fault.MISSING: _MISSING,
    Fault.INVALID: _INVALID,
    Fault.TOO_SMALL: {"quantity": Code.QUANTITY_ZERO},
    Fault.TOO_LONG: {"tag": Code.TAG_TOO_LONG, "correlation_id": Code.MULTI_CORRELATION_TOO_LONG},
}


def refuse(name: str, fault: Fault, value: object) -> Refused:
    """What is wrong with a field."""
    usual = Code.MALFORMED_INPUT if fault is Fault.MALFORMED else Code.INVALID_INPUT
    return refused(_OF_FIELDS.get(fault, {}).get(name, usual), name, value)


def entry(one: Refused) -> dict[str, object]:
    """One entry of an error answer, with its keys in both spellings, as the live API sends them."""
    camel = {"errorCode": one.code, "propertyPath": one.field, "invalidValue": one.value}
    snake = {"error_code": one.code, "property_path": one.field, "invalid_value": one.value}
    return {"message": one.text, **camel, **snake}


def _line(code: Code, text: str | None = None, *, own_words: bool = False) -> Line:
    return Line(code.status, code.value, text or code.text, own_words)


TEXTS = two_texts("""
    holdings        You do not have enough shares of this stock in your demat account to sell.
                    | RMS:Rule: Check holdings including BTST for entity account
    not_authorised  Your shares are not authorised for sale. Please authorise with your CDSL TPIN and try again.
                    | RMS:Rule: EDIS authorisation required for entity account
    circuit         Your order price is outside the circuit limits of this stock.
                    | RMS:Rule: Check circuit limit including square off order for exchange NSE
    freeze          Your order quantity is above the freeze quantity of this stock.
                    | RMS:Rule: Freeze quantity exceeded for exchange NSE
    tick            Your order price is not a multiple of the tick size.
                    | Exchange:16283: Price is not a multiple of the tick size
    market_closed   The market is closed. | RMS:Rule: Order not allowed in this session
    amo_closed      After market orders are not accepted now. | RMS:Rule: Order not allowed in this session
    account_blocked Your account is blocked for trading. | RMS:Blocked for entity account block type: ALL
""")
"""`status_message` and `status_message_raw` of a rejection. Examples: the documentation shows one (`You need to add
Rs. …`, for funds), the others are invented in kind."""

REFUSALS = Refusals(
    answer=lambda one: web.json({"status": "error", "errors": [entry(one)]}, one.status),
    no_session=_line(Code.INVALID_TOKEN),
    reasons={reason: _line(Code.INVALID_INPUT, texts[0]) for reason, texts in TEXTS.items()}
    | {
        Reason.FUNDS: _line(Code.INVALID_INPUT, "You need to add funds in your account to place this trade."),
        Reason.SYMBOL: _line(Code.INSTRUMENT_UNKNOWN),
        Reason.AMO_CLOSED: _line(Code.AMO_IN_MARKET_HOURS),
        Reason.NOT_FOUND: _line(Code.ORDER_NOT_FOUND),
    },
    other_reason=_line(Code.INVALID_INPUT, own_words=True),
    statuses={
        400: _line(Code.INVALID_INPUT),
        401: _line(Code.INVALID_TOKEN),
        403: _line(Code.STATIC_IP),
        404: _line(Code.RESOURCE_NOT_FOUND),
        405: Line(405, Code.NOT_SUPPORTED, Code.NOT_SUPPORTED.text),
        423: _line(Code.ORDERS_CLOSED),
        429: _line(Code.TOO_MANY_REQUESTS),
    },
    other_status=_line(Code.SERVER_ERROR),
    strange=Line(400, "UDAPI199999", "The order gateway did not accept the order"),
)
