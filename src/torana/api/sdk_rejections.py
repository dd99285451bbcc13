"""The other half of the error guide: every way in which the web SDK's promise rejects, and what to do about it."""

import msgspec


class Rejection(msgspec.Struct, frozen=True):
    """One way in which the SDK's promise rejects: `err.code` and `err.message`."""

    code: int | None
    name: str
    means: str
    do: str


REJECTIONS = (
    Rejection(
        None,
        "invalid_gateway",
        "The SDK was set up with a gateway that does not exist, or the page's origin is not allowed.",
        "Use the gateway's name as in the path of your API calls, and add the page's origin to its allowed origins. "
        "err.description says which.",
    ),
    Rejection(
        None,
        "invalid_jwt",
        "The token that the SDK was given is expired, signed with another secret, or not a token at all.",
        "Let your server sign a new one and call init with it.",
    ),
    Rejection(
        None,
        "invalid_user_data",
        "The SDK was given no token, or one that names neither guest nor smallcaseAuthId.",
        "Pass smallcaseAuthToken, for guests too.",
    ),
    Rejection(
        1001,
        "user_mismatch",
        "A connected investor logged in with a different broker account from the one their token names. Nothing was "
        "placed.",
        "Tell them which account your app knows; offer to connect the other one with a guest token.",
    ),
    Rejection(1003, "consent_denied", "The investor did not give their consent.", "Nothing: offer to try again."),
    Rejection(
        1004,
        "insufficient_holdings",
        "The investor does not hold enough shares to sell what was asked.",
        "Ask for fewer, or leave the quantity open so that they choose it.",
    ),
    Rejection(
        1005,
        "transaction_expired",
        "The time ran out while the investor was in the flow. Nothing was placed.",
        "Create a new transaction when they tap again.",
    ),
    Rejection(
        1006,
        "no_broker",
        "The investor's broker is not among those shown.",
        "Nothing: they have no account with a broker that you offer.",
    ),
    Rejection(
        1007, "no_broker", "The investor wants to open an account first.", ("Offer them a way to come back later.")
    ),
    Rejection(
        1008,
        "no_broker",
        "None of the brokers that were asked for can be used.",
        "Check the brokers argument and the gateway's list of brokers.",
    ),
    Rejection(
        1010,
        "user_cancelled",
        ("The investor closed the window while choosing a broker."),
        "Nothing: offer to try again.",
    ),
    Rejection(
        1011,
        "user_cancelled",
        ("The investor closed the window before the login was complete."),
        "Nothing: offer to try again.",
    ),
    Rejection(
        1012,
        "user_cancelled",
        "The investor closed the window after the login and before confirming. Nothing was placed.",
        "Nothing: offer to try again. err.data carries the investor's new token.",
    ),
    Rejection(
        2000,
        "internal_error",
        "Something unexpected happened on our side, or nothing could be placed.",
        "Read transactiondetails, and give the operator the transactionId.",
    ),
    Rejection(
        2001,
        "holdings_import_error",
        "The broker, or the registrar of the mutual funds, did not share the holdings, or not all of them. Nothing "
        "was passed on.",
        "Offer to try again later; holdings that were imported before are still available.",
    ),
    Rejection(
        3000,
        "intent_not_enabled_for_broker",
        "This broker cannot do what was asked.",
        "Offer only brokers that can: pass their keys in brokers.",
    ),
    Rejection(
        3001,
        "transaction_expired",
        "The transaction was used before, or expired before it was triggered.",
        "Create the transaction right before the tap: expireAt in the answer to create says how long it lasts.",
    ),
    Rejection(
        3002,
        "invalid_transactionId",
        "The gateway has no transaction with this id.",
        "Pass the transactionId that create returned to your server, with the same gateway.",
    ),
    Rejection(
        3003,
        "transaction_in_process",
        "Another flow is open: on this page, or for this transaction.",
        "Wait for the first promise before you trigger again.",
    ),
    Rejection(
        3004,
        "init_sdk",
        ("The SDK was called before it was ready, or with a setting it cannot use: err.description says which."),
        ("Wait for the promise of init, or fix the setting."),
    ),
    Rejection(
        4003,
        "timed_out",
        "The server could not be reached for a long time.",
        "Read transactiondetails before you offer another order: orders may have been placed.",
    ),
    Rejection(
        4004,
        "market_closed",
        "The market is closed, and an after-market order is not possible.",
        "Set amo in the SDK's config, or wait for the next session.",
    ),
    Rejection(
        4005,
        "order_in_queue",
        "The orders are with the broker, and their outcome is not known yet. This is not a failure.",
        "Do not order again: wait for the webhook, or read transactiondetails.",
    ),
    Rejection(
        4006,
        "order_pending",
        "An earlier order for the same investment in a basket is still open, for instance an after-market order.",
        "Wait until it has ended, or cancel it.",
    ),
    Rejection(
        9001,
        "popup_blocked",
        "The browser blocked the pop-up twice, and there is no returnUrl to go by redirect. The code is Torana's own.",
        "Call triggerTransaction in the click, or set returnUrl in the SDK's config.",
    ),
    Rejection(
        9002,
        "csp_blocked",
        "The page's Content-Security-Policy forbids the form that opens the flow. The code is Torana's own.",
        "Add the gateway's address to form-action and connect-src.",
    ),
    Rejection(
        9006,
        "wrong_attempts_exceeded",
        "Five one-time codes of a mutual-fund import were wrong. The name is the interface's, the code is Torana's "
        "own.",
        "Create a new transaction, and ask the investor to check PAN and contact.",
    ),
    Rejection(
        9003,
        "gateway_suspended",
        "The operator suspended the gateway before the investor confirmed. Nothing was placed. The code is Torana's "
        "own; init rejects with the name alone.",
        "Offer to try again later, with a new transaction.",
    ),
    Rejection(
        9004,
        "no_order",
        "CANCEL_ORDER or CANCEL_AMO named an order that is not, or is no longer, one of this investor's. The code is "
        "Torana's own.",
        "Pass the batchId and ticker of an order from their own result or webhook.",
    ),
    Rejection(
        9005,
        "orders_halted",
        "New orders are stopped, by you or by the operator; the investor reads why. Nothing was placed. The code is "
        "Torana's own.",
        "Offer to try again later. The webhook orders.resumed says when new orders are accepted again.",
    ),
    Rejection(
        9007,
        "smallcase_archived",
        "The basket was withdrawn, or the investor has left the investment for good. Nothing was placed. The name is "
        "the interface's, the code is Torana's own.",
        "Offer another basket. What is held can still be sold (EXIT, PARTIALEXIT).",
    ),
    Rejection(
        9009,
        "no_order",
        "There is nothing to order: the investor already holds this version of the basket, or there is nothing to "
        "repair or to sell. The name is the interface's, the code is Torana's own.",
        "Read engine/user/investments for the actions that an investment needs.",
    ),
    Rejection(
        9008,
        "constituent_not_tradable",
        "A share of the basket is suspended or no longer listed, so no order of the basket was placed. The code is "
        "Torana's own.",
        "Publish a version of the basket without it.",
    ),
)
