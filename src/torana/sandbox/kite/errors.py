"""Kite's answers, good and bad.

Source: Kite Connect v3 documentation, response structure, exceptions and errors. The documentation names the types and
their usual HTTP status; which type a single refusal of an order carries is observed or inferred, and texts are ours.
"""

from torana.sandbox import web
from torana.sandbox.models import OrderRefused, Reason
from torana.sandbox.web import Response

TYPE_OF_STATUS: dict[int, str] = {
    400: "OrderException",
    401: "TokenException",
    403: "TokenException",
    428: "HoldingException",
    429: "NetworkException",
    502: "DataException",
    503: "NetworkException",
    504: "NetworkException",
}
_TEXTS: dict[int, str] = {
    403: "Incorrect `api_key` or `access_token`.",
    404: "Route not found",
    405: "Method not allowed",
    429: "Too many requests",
    502: "The order system's answer could not be understood",
    503: "The order system cannot be reached",
    504: "The order system did not answer in time",
}

_REFUSALS: dict[Reason, tuple[int, str, str]] = {
    Reason.FUNDS: (400, "MarginException", "Insufficient funds for this order."),
    Reason.HOLDINGS: (400, "HoldingException", "Insufficient stock holding for this sell order."),
    Reason.CIRCUIT: (400, "OrderException", "The price is outside the circuit limits of the day."),
    Reason.FREEZE: (400, "OrderException", "The quantity is above the freeze quantity of the exchange."),
    Reason.TICK: (400, "InputException", ""),
    Reason.QUANTITY: (400, "InputException", "Invalid `quantity`."),
    Reason.SYMBOL: (400, "InputException", "The instrument does not exist or has expired. Check the `tradingsymbol`."),
    Reason.MARKET_CLOSED: (400, "OrderException", "Markets are closed right now. Place an after-market order (AMO)."),
    Reason.AMO_CLOSED: (400, "OrderException", "After-market orders (AMO) are not accepted right now."),
    Reason.ACCOUNT_BLOCKED: (400, "UserException", "The account is blocked from trading."),
    Reason.NOT_FOUND: (400, "OrderException", "Couldn't find that `order_id`."),
    Reason.FINAL: (400, "OrderException", "The order is complete, rejected or cancelled already."),
    Reason.TOO_MANY_CHANGES: (400, "OrderException", "The order was modified too often."),
}


class KiteError(Exception):
    """A request that the simulated Kite refuses."""

    def __init__(self, status: int, error_type: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error_type = error_type
        self.message = message

    def response(self) -> Response:
        body = {"status": "error", "message": self.message, "data": None, "error_type": self.error_type}
        return web.json(body, self.status)


class InputError(KiteError):
    def __init__(self, message: str) -> None:
        super().__init__(400, "InputException", message)


class TokenError(KiteError):
    def __init__(self, message: str = _TEXTS[403]) -> None:
        super().__init__(403, "TokenException", message)


def success(data: object) -> Response:
    return web.json({"status": "success", "data": data})


def of_status(status: int, text: str | None = None) -> KiteError:
    """The error that usually comes with an HTTP status."""
    return KiteError(
        status,
        TYPE_OF_STATUS.get(status, "GeneralException"),
        text or _TEXTS.get(status, "Something unexpected happened. Try again."),
    )


def of_refusal(refusal: OrderRefused) -> KiteError:
    if refusal.reason is Reason.NOT_AUTHORISED:
        return KiteError(428, "HoldingException", refusal.message or "The quantity needs authorisation at depository.")
    status, error_type, text = _REFUSALS[refusal.reason]
    return KiteError(status, error_type, text or f"{refusal.message.capitalize()}.")
