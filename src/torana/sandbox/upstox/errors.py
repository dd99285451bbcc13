"""Upstox's refusals: code, HTTP status and text, and the body that carries them.

Source of codes and texts: the 4XX tables of the Upstox developer API documentation. That documentation gives no HTTP
status for the single codes; where it does not, 400 is used, and 401, 403, 404, 423 and 429 where their meaning is
plain.
"""

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """The codes that the simulator can answer with."""

    NOT_SUPPORTED = "UDAPI10000"
    TOO_MANY_REQUESTS = "UDAPI10005"
    INVALID_TOKEN = "UDAPI100050"
    INVALID_INPUT = "UDAPI100036"
    MALFORMED_INPUT = "UDAPI100038"
    RESOURCE_NOT_FOUND = "UDAPI100060"
    SERVER_ERROR = "UDAPI100500"

    CLIENT_OR_REDIRECT_WRONG = "UDAPI100068"
    CLIENT_OR_SECRET_WRONG = "UDAPI100069"
    REDIRECT_WRONG = "UDAPI100070"
    AUTH_CODE_WRONG = "UDAPI100057"

    FUNDS_CLOSED = "UDAPI100072"
    ORDERS_CLOSED = "UDAPI100074"
    UPLINK_ONLY = "UDAPI100049"
    STATIC_IP = "UDAPI1154"
    ALGO_NAME = "UDAPI1156"

    INSTRUMENT_KEY_MISSING = "UDAPI1026"
    INSTRUMENT_UNKNOWN = "UDAPI100011"
    ORDER_TYPE_MISSING = "UDAPI1004"
    ORDER_TYPE_WRONG = "UDAPI1056"
    VALIDITY_MISSING = "UDAPI1007"
    VALIDITY_WRONG = "UDAPI1055"
    QUANTITY_ZERO = "UDAPI1052"
    PRICE_MISSING = "UDAPI1029"
    PRICE_NOT_REQUIRED = "UDAPI1030"
    PRICE_AND_TRIGGER_MISSING = "UDAPI1031"
    ONLY_TRIGGER_REQUIRED = "UDAPI1032"
    TRIGGER_MISSING = "UDAPI1036"
    DISCLOSED_TOO_SMALL = "UDAPI1039"
    AMO_IN_MARKET_HOURS = "UDAPI100039"
    MARKET_ORDER_BLOCKED = "UDAPI1158"
    PROTECTION_TOO_LARGE = "UDAPI1159"
    PROTECTION_WRONG = "UDAPI1160"

    MULTI_EMPTY = "UDAPI1114"
    MULTI_NO_CORRELATION = "UDAPI1115"
    MULTI_CORRELATION_TOO_LONG = "UDAPI1116"
    MULTI_DUPLICATE_CORRELATION = "UDAPI1117"
    MULTI_TOO_MANY = "UDAPI1118"
    TAG_TOO_LONG = "UDAPI1119"

    ORDER_ID_MISSING = "UDAPI1023"
    MODIFY_ORDER_ID_MISSING = "UDAPI1003"
    ORDER_ID_WRONG = "UDAPI1010"
    ORDER_NOT_FOUND = "UDAPI100010"
    ORDER_ID_OR_TAG_MISSING = "UDAPI100059"
    CANCEL_FINAL = "UDAPI100040"
    MODIFY_FINAL = "UDAPI100041"
    SEGMENT_WRONG = "UDAPI1108"
    NOTHING_OPEN = "UDAPI1109"
    TOO_MANY_OPEN = "UDAPI1110"

    QUOTE_KEY_MISSING = "UDAPI1009"
    QUOTE_KEY_FORMAT = "UDAPI1011"
    QUOTE_KEY_WRONG = "UDAPI1087"
    TOO_MANY_QUOTE_KEYS = "UDAPI100043"


_TEXTS: dict[Code, tuple[int, str]] = {
    Code.NOT_SUPPORTED: (400, "This request is not supported by Upstox API"),
    Code.TOO_MANY_REQUESTS: (429, "Too Many Request Sent"),
    Code.INVALID_TOKEN: (401, "Invalid token used to access API"),
    Code.INVALID_INPUT: (400, "Invalid Input"),
    Code.MALFORMED_INPUT: (400, "Invalid input passed to the API"),
    Code.RESOURCE_NOT_FOUND: (404, "Resource not Found"),
    Code.SERVER_ERROR: (500, "Something went wrong... please contact us"),
    Code.CLIENT_OR_REDIRECT_WRONG: (400, "Check your 'client_id' and 'redirect_uri'; one or both are incorrect."),
    Code.CLIENT_OR_SECRET_WRONG: (401, "Check your 'client_id' and 'client_secret'; one or both are incorrect."),
    Code.REDIRECT_WRONG: (400, "Check your 'redirect_uri'; it is incorrect."),
    Code.AUTH_CODE_WRONG: (401, "Invalid Auth code"),
    Code.FUNDS_CLOSED: (423, "The Funds service is accessible from 5:30 AM to 12:00 AM IST daily"),
    Code.ORDERS_CLOSED: (423, "The Order API is accessible from 5:30 AM to 12:00 AM IST daily"),
    Code.UPLINK_ONLY: (
        403,
        (
            "Access to this API has been restricted for your account. "
            "Please use 'Uplink Business' to place/modify/cancel the order."
        ),
    ),
    Code.STATIC_IP: (403, "Access to this API is blocked due to static IP restrictions"),
    Code.ALGO_NAME: (400, "Invalid Algo name passed in headers"),
    Code.INSTRUMENT_KEY_MISSING: (400, "Instrument key is required"),
    Code.INSTRUMENT_UNKNOWN: (400, "Invalid Instrument key"),
    Code.ORDER_TYPE_MISSING: (400, "Valid order type is required"),
    Code.ORDER_TYPE_WRONG: (400, "The 'order_type' is invalid"),
    Code.VALIDITY_MISSING: (400, "Validity is required"),
    Code.VALIDITY_WRONG: (400, "The 'validity' is invalid"),
    Code.QUANTITY_ZERO: (400, "The quantity cannot be zero"),
    Code.PRICE_MISSING: (400, "Price is required"),
    Code.PRICE_NOT_REQUIRED: (400, "Price is not required"),
    Code.PRICE_AND_TRIGGER_MISSING: (400, "Price and Trigger price both are required"),
    Code.ONLY_TRIGGER_REQUIRED: (400, "Only Trigger price is required"),
    Code.TRIGGER_MISSING: (400, "Trigger price is required"),
    Code.DISCLOSED_TOO_SMALL: (400, "Disclosed quantity should not be less than 10% of the quantity"),
    Code.AMO_IN_MARKET_HOURS: (400, "AMO orders cannot be placed during the market hours"),
    Code.MARKET_ORDER_BLOCKED: (400, "Market orders are not allowed. Please try placing a limit order."),
    Code.PROTECTION_TOO_LARGE: (400, "Market Protection cannot be greater than 25%"),
    Code.PROTECTION_WRONG: (400, "Invalid market protection"),
    Code.MULTI_EMPTY: (400, "The request payload is empty"),
    Code.MULTI_NO_CORRELATION: (400, "The 'correlation_id' is required"),
    Code.MULTI_CORRELATION_TOO_LONG: (400, "The 'correlation_id' cannot exceed 20 characters"),
    Code.MULTI_DUPLICATE_CORRELATION: (400, "The 'correlation_id' must be unique"),
    Code.MULTI_TOO_MANY: (400, "A maximum of 10 orders is allowed in one request"),
    Code.TAG_TOO_LONG: (400, "The 'tag' cannot exceed 40 characters"),
    Code.ORDER_ID_MISSING: (400, "Order id is required"),
    Code.MODIFY_ORDER_ID_MISSING: (400, "Order id is required"),
    Code.ORDER_ID_WRONG: (400, "Order id accepts only alphanumeric characters and '-'."),
    Code.ORDER_NOT_FOUND: (404, "Order not found"),
    Code.ORDER_ID_OR_TAG_MISSING: (400, "At least one of 'order_id' or 'tag' is required"),
    Code.CANCEL_FINAL: (400, "Cancel of already cancelled/rejected/completed order is not allowed"),
    Code.MODIFY_FINAL: (400, "Modifications of already cancelled/rejected/completed orders are not allowed"),
    Code.SEGMENT_WRONG: (400, "The 'segment' is invalid"),
    Code.NOTHING_OPEN: (400, "No open or pending orders are available"),
    Code.TOO_MANY_OPEN: (400, "More than 10 open orders are present"),
    Code.QUOTE_KEY_MISSING: (400, "Symbol or instrument_key is required"),
    Code.QUOTE_KEY_FORMAT: (400, "The instrument_key is of invalid format"),
    Code.QUOTE_KEY_WRONG: (400, "Invalid symbol/instrument_key"),
    Code.TOO_MANY_QUOTE_KEYS: (400, "The number of instrument keys exceeds 500"),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One entry of an error answer. `path` names the field at fault, `value` is what it held."""

    code: Code
    path: str | None = None
    value: object = None
    message: str | None = None
    """Replaces the documented text, for refusals of the order system that carry a text of their own."""

    @property
    def text(self) -> str:
        return self.message or _TEXTS[self.code][1]

    @property
    def status(self) -> int:
        return _TEXTS[self.code][0]

    def body(self) -> dict[str, object]:
        """The entry with its keys in both spellings, as the live API sends them."""
        return {
            "errorCode": self.code.value,
            "message": self.text,
            "propertyPath": self.path,
            "invalidValue": self.value,
            "error_code": self.code.value,
            "property_path": self.path,
            "invalid_value": self.value,
        }


class Refused(Exception):
    """A request that the simulated Upstox refuses."""

    def __init__(
        self, code: Code, path: str | None = None, value: object = None, *, message: str | None = None
    ) -> None:
        super().__init__(code)
        self.problem = Problem(code, path, value, message)


def error_body(*problems: Problem) -> dict[str, object]:
    """The envelope of an error answer."""
    return {"status": "error", "errors": [problem.body() for problem in problems]}
