"""The ways in which a call to a broker ends without a value: what each of them proves."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a broker refused, in our words; the broker's own text always travels beside it."""

    INSUFFICIENT_FUNDS = "insufficient_funds"
    INSUFFICIENT_HOLDINGS = "insufficient_holdings"
    HOLDINGS_NOT_AUTHORISED = "holdings_not_authorised"
    MARKET_CLOSED = "market_closed"
    PRICE_OUT_OF_BAND = "price_out_of_band"
    QUANTITY_ABOVE_FREEZE = "quantity_above_freeze"
    INSTRUMENT_NOT_TRADABLE = "instrument_not_tradable"
    INVALID_ORDER = "invalid_order"
    NOT_PERMITTED = "not_permitted"
    EGRESS_NOT_REGISTERED = "egress_not_registered"
    """The broker takes orders from registered addresses only, and ours is none of them."""
    OTHER = "other"


class BrokerError(Exception):
    """Base of the three ways in which a call to a broker can end without a value.

    `message` is the broker's own text or the transport's; `code` is the broker's own code, if it gave one.
    """

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class NotSent(BrokerError):
    """It cannot exist at the broker: the connection was refused, or the broker documents such an answer as refused
    before its order system. It may be sent again with the same tag."""


class RateLimited(NotSent):
    """Refused before the order system because we were too fast."""

    def __init__(self, message: str, *, code: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after = retry_after


class Resting(NotSent):
    """Not asked: this broker has not been answering and is left alone for so many `seconds`. Reads only."""

    def __init__(self, message: str, *, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class SessionEnded(NotSent):
    """Refused because the investor's login is over; they must log in again."""


class Rejected(BrokerError):
    """The broker said no, with a code that we know. Final."""

    def __init__(self, message: str, *, reason: Reason, code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.reason = reason


class Unknown(BrokerError):
    """It may exist. Only the order book can tell. `unmapped`: the broker itself refused it, without a code that we
    know."""

    def __init__(self, message: str, *, code: str | None = None, unmapped: bool = False) -> None:
        super().__init__(message, code=code)
        self.unmapped = unmapped


class LoginRefused(BrokerError):
    """The login did not happen: the investor cancelled it, or the code was wrong, used or too old."""
