"""How a transaction can fail: the names and codes that the web SDK hands to the partner's page."""

import msgspec


class FlowError(msgspec.Struct, frozen=True):
    """A reason why a flow ended without a result: the interface's name and code (its error table)."""

    name: str
    code: int


USER_MISMATCH = FlowError("user_mismatch", 1001)
"""A connected investor logged in with another broker account."""
CONSENT_DENIED = FlowError("consent_denied", 1003)
INSUFFICIENT_HOLDINGS = FlowError("insufficient_holdings", 1004)
EXPIRED_IN_FLOW = FlowError("transaction_expired", 1005)
"""The time ran out while the investor was in the flow."""
NO_BROKER_NOT_LISTED = FlowError("no_broker", 1006)
NO_BROKER_OPEN_ACCOUNT = FlowError("no_broker", 1007)
NO_BROKER_AVAILABLE = FlowError("no_broker", 1008)
USER_CANCELLED_CHOOSER = FlowError("user_cancelled", 1010)
USER_CANCELLED_LOGIN = FlowError("user_cancelled", 1011)
"""After a broker was chosen, before the login was done."""
USER_CANCELLED_AFTER_LOGIN = FlowError("user_cancelled", 1012)
INTERNAL_ERROR = FlowError("internal_error", 2000)
HOLDINGS_IMPORT_ERROR = FlowError("holdings_import_error", 2001)
"""The broker did not tell the holdings, or not all of them."""
INTENT_NOT_ENABLED = FlowError("intent_not_enabled_for_broker", 3000)
TRANSACTION_EXPIRED_USED = FlowError("transaction_expired", 3001)
"""The id was used or ran out before it was triggered."""
INVALID_TRANSACTION = FlowError("invalid_transactionId", 3002)
IN_PROCESS = FlowError("transaction_in_process", 3003)
INIT_SDK = FlowError("init_sdk", 3004)
TIMED_OUT = FlowError("timed_out", 4003)
MARKET_CLOSED = FlowError("market_closed", 4004)
ORDER_IN_QUEUE = FlowError("order_in_queue", 4005)
"""The orders were accepted, and their result is not known yet."""
ORDER_PENDING = FlowError("order_pending", 4006)
GATEWAY_SUSPENDED = FlowError("gateway_suspended", 9003)
"""The operator takes nothing new from this gateway. A code of ours."""
OTP_ATTEMPTS_EXCEEDED = FlowError("wrong_attempts_exceeded", 9006)
"""Five one-time codes were wrong. The interface's name at its OTP call; the code is ours."""
NO_ORDER = FlowError("no_order", 9004)
"""There is no such order of this investor. A code of ours; the interface has the name without one."""
ORDERS_HALTED = FlowError("orders_halted", 9005)
"""New orders are stopped, by the partner or the operator. A code of ours."""
SMALLCASE_ARCHIVED = FlowError("smallcase_archived", 9007)
"""The basket is withdrawn, or the investor has left the investment for good. The interface's name; the code is ours."""
UP_TO_DATE = FlowError("no_order", 9009)
"""There is nothing to order: the investment is as it should be already. The same name, which is the interface's; the
code is ours."""
NOT_TRADABLE = FlowError("constituent_not_tradable", 9008)
"""A share of the basket cannot be ordered now, so nothing of it is. A name and a code of ours."""

ALL = tuple(value for value in list(globals().values()) if isinstance(value, FlowError))
