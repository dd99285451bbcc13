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
        "The SDK was set up with a gateway that does not exist.",
        "Use the gateway's name as it stands in the path of your API calls.",
    ),
    Rejection(
        None,
        "invalid_jwt",
        "The token that the SDK was given proves nothing.",
        "Have your server sign a fresh one and call init with it.",
    ),
    Rejection(
        None,
        "invalid_user_data",
        "The SDK was given no token, or one without guest and smallcaseAuthId.",
        "Pass smallcaseAuthToken.",
    ),
    Rejection(
        1001,
        "user_mismatch",
        "A connected investor logged in with another broker account than their token names. Nothing was placed.",
        "Tell them which account your app knows; offer to connect the other one with a guest token.",
    ),
    Rejection(1003, "consent_denied", "The investor refused their consent.", "Nothing: offer to try again."),
    Rejection(
        1004,
        "insufficient_holdings",
        "The investor cannot sell as much as was asked.",
        "Ask for less, or leave the quantity open so that they choose.",
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
        "Nothing: they have no account that you serve.",
    ),
    Rejection(1007, "no_broker", "The investor wants to open an account first.", "Offer them to come back later."),
    Rejection(
        1008,
        "no_broker",
        "None of the brokers that were asked for can be used.",
        "Check the brokers argument and the gateway's list of brokers.",
    ),
    Rejection(1010, "user_cancelled", "Closed at the choice of the broker.", "Nothing: offer to try again."),
    Rejection(1011, "user_cancelled", "Closed before the login was done.", "Nothing: offer to try again."),
    Rejection(
        1012,
        "user_cancelled",
        "Closed after the login, before the confirmation. Nothing was placed.",
        "Nothing: offer to try again. err.data carries the investor's new token.",
    ),
    Rejection(
        2000,
        "internal_error",
        "Something happened that nobody thought of, or nothing could be placed.",
        "Look at the transaction's details and give the operator the transaction id.",
    ),
    Rejection(
        2001,
        "holdings_import_error",
        "The broker, or the registrar of the funds, did not tell the holdings, or not all of them. Nothing was passed "
        "on.",
        "Offer to try again later; holdings that were imported before are still there.",
    ),
    Rejection(
        3000,
        "intent_not_enabled_for_broker",
        "This broker cannot do what was asked.",
        "Show brokers that can: pass their keys in brokers.",
    ),
    Rejection(
        3001,
        "transaction_expired",
        "The transaction was used before, or ran out before it was triggered.",
        "Create the transaction right before the tap: expireAt in the answer to a create says how long it lasts.",
    ),
    Rejection(
        3002,
        "invalid_transactionId",
        "The gateway has no such transaction.",
        "Pass the transactionId that create gave to your server, with the same gateway.",
    ),
    Rejection(
        3003,
        "transaction_in_process",
        "Another flow is open: in this page, or on this transaction.",
        "Wait for the first promise before you trigger again.",
    ),
    Rejection(3004, "init_sdk", "Triggered before the SDK was ready.", "Wait for the promise of init."),
    Rejection(
        4003,
        "timed_out",
        "The server could not be reached for a long time.",
        "Ask transactiondetails: orders may have been placed.",
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
        "The orders are with the broker, and how they end is not known yet. This is not a failure.",
        "Do not order again: wait for the webhook, or ask transactiondetails.",
    ),
    Rejection(
        4006,
        "order_pending",
        "An earlier order on the same investment in a basket has not ended, an after-market order for instance.",
        "Wait until it has ended, or have it cancelled.",
    ),
    Rejection(
        9001,
        "popup_blocked",
        "The browser blocked the pop-up twice, and there is no returnUrl to go by redirect. A code of ours.",
        "Call triggerTransaction in the click, or set returnUrl in the SDK's config.",
    ),
    Rejection(
        9002,
        "csp_blocked",
        "The page's Content-Security-Policy forbids the form that opens the flow. A code of ours.",
        "Add the gateway's address to form-action and connect-src.",
    ),
    Rejection(
        9006,
        "wrong_attempts_exceeded",
        "Five one-time codes of a mutual-fund import were wrong. The name is the interface's, the code is ours.",
        "Create a new transaction, and have PAN and contact checked.",
    ),
    Rejection(
        9003,
        "gateway_suspended",
        "The operator suspended the gateway before the investor confirmed. Nothing was placed. A code of ours; init "
        "rejects with the name alone.",
        "Offer to come back later. Create a new transaction then.",
    ),
    Rejection(
        9004,
        "no_order",
        "CANCEL_ORDER or CANCEL_AMO of an order that is not, or no longer, one of this investor. A code of ours.",
        "Name the batchId and ticker of an order that their own result or webhook told.",
    ),
    Rejection(
        9005,
        "orders_halted",
        "New orders are stopped, by you or by the operator; the investor reads why. Nothing was placed. A code of "
        "ours.",
        "Offer to come back later. The webhook orders.resumed says when new orders go on.",
    ),
    Rejection(
        9007,
        "smallcase_archived",
        "The basket was withdrawn, or the investor has left the investment for good. Nothing was placed. The name is "
        "the interface's, the code is ours.",
        "Offer another basket. What is held can still be sold (EXIT, PARTIALEXIT).",
    ),
    Rejection(
        9009,
        "no_order",
        "There is nothing to order: the version of the basket is held already, nothing is to be repaired or to be "
        "sold. The name is the interface's, the code is ours.",
        "Ask engine/user/investments for the actions that an investment wants.",
    ),
    Rejection(
        9008,
        "constituent_not_tradable",
        "A share of the basket is suspended or not listed any more, so nothing of it was placed. A code of ours.",
        "Publish a version of the basket without it.",
    ),
)
