"""The error guide: every error of the API, and what to do about it. Those of the web SDK are in `rejections`.

`docs/errors.md` and the page `/docs/errors` are made from both tables; a `docUrl` is that page and an anchor.
"""

import msgspec


class Refusal(msgspec.Struct, frozen=True):
    """One paragraph: errors of the API that are mended in the same way."""

    anchor: str
    title: str
    statuses: tuple[int, ...]
    error_type: str
    errors: tuple[str, ...]
    """What `errors` holds; empty: sentences that name the fault."""
    means: str
    do: str
    tag: str = ""
    """The tag of the operations that answer so; empty: every operation may."""


REFUSALS = (
    Refusal(
        "invalid-gateway",
        "Gateway name or API secret",
        (401,),
        "AccessDenied",
        ("invalid gateway",),
        "No gateway of this name has the API secret that came in x-gateway-secret. An unknown name and a wrong secret "
        "get the same answer.",
        "Compare the name in the path with the one you were given. Send the API secret in the header: it is not the "
        "secret that signs tokens.",
    ),
    Refusal(
        "invalid-jwt",
        "Auth token",
        (401,),
        "AccessDenied",
        ("Invalid JWT",),
        "The token in x-gateway-authtoken is missing, expired, signed with another secret or algorithm, meant for "
        "another audience, or names neither guest nor smallcaseAuthId. The message says which.",
        'Sign {"guest": true} or {"smallcaseAuthId": "…"} with HS256 and the gateway\'s signing secret, on your '
        "server, and give it an exp of at most one hour.",
    ),
    Refusal(
        "access",
        "Not allowed",
        (401, 403),
        "AccessDenied",
        ("Unauthorized", "Forbidden"),
        "The caller did not prove who they are, or may not do this.",
        "Send both headers. From a web page: add the page's origin to the gateway's allowed origins.",
    ),
    Refusal(
        "gateway-suspended",
        "Gateway suspended",
        (403,),
        "AccessDenied",
        ("gateway suspended",),
        "The operator has suspended this gateway. Nothing new is created, opened or confirmed, and nothing is read. "
        "Orders that were confirmed before are tracked to their end, and webhooks report it. Investors stay "
        "connected.",
        "Ask the operator when it will be resumed. Until then hide the button that starts an order; webhooks continue.",
    ),
    Refusal(
        "input",
        "Request that cannot be used",
        (400, 415),
        "InputException",
        ("InvalidIntent",),
        "Something in the body, the query or a header is missing or invalid. errors lists every problem and where it "
        "is.",
        "Fix what errors lists and send the request again. A request refused like this had no effect, and its "
        "Idempotency-Key can be used again.",
    ),
    Refusal(
        "not-supported",
        "Known to the interface, not to this version",
        (400, 404),
        "InputException",
        ("InvalidIntent", "NotSupported"),
        "The intent, the order type or the path exists in the interface that Torana implements, but this version does "
        "not support it.",
        "Use the intents, order types and paths that the API reference lists; the change log says what each version "
        "adds.",
    ),
    Refusal(
        "mf-otp",
        "One-time code of a mutual-fund import",
        (400, 406),
        "InputException",
        (
            "TransactionIdNotFound",
            "InvalidIntent",
            "OTPMethodMismatch",
            "TransactionIdExpired",
            "wrong_attempts_exceeded",
            "Incorrect OTP",
        ),
        "The transaction does not belong to this gateway, is not an MF_HOLDINGS_IMPORT, is over, was already verified "
        "or has used up its five attempts; or the code is wrong, has expired, or was sent to another contact than the "
        "one given. Where the transaction is over or its attempts are used up, or the code is wrong, the errorType is "
        "AccessDenied.",
        "Look at errors. After Incorrect OTP let the investor enter it again; after TransactionIdExpired and "
        "wrong_attempts_exceeded create a new transaction. Verify with the same pan and phone or email as in getOtp.",
        tag="Mutual funds",
    ),
    Refusal(
        "mf-registrar",
        "Registrar of mutual funds",
        (400, 401, 422, 429, 500),
        "MFCException",
        ("Invalid token or client Id", "Invalid Input or Request Format", "Too Many Requests", "Internal Error"),
        "The registrar refused the request: it has no folio of this person (400), does not know the operator (401), "
        "cannot read the request (422), or was asked too often (429). Torana's own limits are one code in 30 s and "
        "five in a transaction (429, too). retry-after is sent where waiting helps. If the registrar did not answer "
        "at all: 500, errorType InternalError.",
        "400: ask the investor to check PAN and contact. 429: wait for retry-after, or where there is none create a "
        "new transaction. 500: try again in a minute; the attempt was not counted. 401 and 422: tell the operator.",
        tag="Mutual funds",
    ),
    Refusal(
        "already-connected",
        "Guest token needed",
        (400,),
        "InputException",
        ("InvalidIntent",),
        "The token names an investor who has connected their broker account before, and the intent is only for "
        "guests, as CONNECT is.",
        'Use a guest token: {"guest": true}. A connected investor does not need to connect again.',
        tag="Transactions",
    ),
    Refusal(
        "connected-only",
        "Connected investor needed",
        (400,),
        "InputException",
        ("InvalidIntent",),
        "The token is a guest's, and the intent needs the account of a connected investor.",
        'Connect the investor first, then use their token: {"smallcaseAuthId": "…"}.',
    ),
    Refusal(
        "not-found",
        "Not found",
        (404,),
        "InputException",
        ("TransactionIdNotFound", "ScidNotFound", "Not Found"),
        "This gateway, or the investor whom the token names, has nothing with this id; what belongs to somebody else "
        "gets the same answer. Or the path does not exist.",
        "Use the id exactly as create returned it, with the same gateway, and a guest token or the token of the "
        "investor it belongs to.",
    ),
    Refusal(
        "basket",
        "Basket that cannot be published",
        (400,),
        "InputException",
        (
            *("BasketInvalid", "WeightsNotOne", "WeightInvalid", "SharesInvalid", "WeightsAndSharesMixed"),
            *("ConstituentCount", "ConstituentTwice", "ConstituentNotTradable", "ReturnsPromised"),
            "RegistrationEnded",
        ),
        "The basket does not have the form that the API reference gives (BasketInvalid), or something in it is not "
        "allowed: errors names every problem, the message says where it is.",
        "Fix what the message says and publish it again. Nothing was changed: the version that was there is still "
        "offered.",
        tag="Baskets",
    ),
    Refusal(
        "instalment-plan",
        "Instalment plan",
        (400,),
        "InputException",
        (
            *("FrequencyUnknown", "AmountInvalid", "AmountBelowMinimum", "ScheduledDateInvalid", "ScheduledDatePast"),
            *("ScheduledDateTooFar", "BasketWithdrawn", "NothingHeld", "SipActive", "SipNotFound", "SipAutoNotAllowed"),
            *("SipActionUnknown", "SipTypeUnknown"),
        ),
        "The plan cannot be made like this (SIP_SETUP): errors names every problem, the message says what would be "
        "accepted. SipAutoNotAllowed: here, or at this broker, only the investor can place an instalment.",
        "Fix what errors names, or leave the key out: the investor then chooses it on the page.",
        tag="Transactions",
    ),
    Refusal(
        "dividends",
        "Dividends that cannot be supplied",
        (400,),
        "InputException",
        ("DividendsInvalid",),
        "The list does not have the form that the API reference gives, names a security that is not listed, or has "
        "the same security and ex-date twice. Nothing was changed.",
        "Fix what the message names. For several dividends of one security on one ex-date, supply the sum.",
        tag="Baskets",
    ),
    Refusal(
        "isin-changes",
        "ISINs that became others",
        (400,),
        "InputException",
        ("IsinChangeInvalid", "IsinChangeApplied"),
        "The list does not have the form that the API reference gives, names an ISIN that is still listed or a ticker "
        "that is not, or (IsinChangeApplied) changes or removes what investments were converted by. Nothing was "
        "changed.",
        "Fix what the message names. With IsinChangeApplied take back the adjustments of those investments first.",
        tag="Baskets",
    ),
    Refusal(
        "reconciliation",
        "Reconciliation",
        (400,),
        "InputException",
        (
            *("ReconciliationInvalid", "SharesNotMissing", "LeftDateInvalid", "OrderPending"),
            *("AdjustmentTakenBack", "SharesNotHeld"),
        ),
        "These shares cannot be taken out of the investment, or put back: fewer are missing, the investment did not "
        "hold them on that day, an order on it is open, the adjustment was taken back before, or the new shares "
        "that others became were sold since. Nothing was changed.",
        "Look at actions.reconcile and adjustments of the investment: they say what is missing now, and what was said "
        "before. With OrderPending wait until the order has ended.",
        tag="Baskets",
    ),
    Refusal(
        "no-holdings",
        "No holdings to show",
        (404,),
        "InputException",
        ("HoldingsNotImported", "ConsentMissing", "ConsentWithdrawn", "ConsentExpired", "UnknownInvestor"),
        "This investor's holdings may not be shown: they have not been asked yet, they have withdrawn their consent, "
        "it has expired, or no import has finished. This says nothing about what they hold.",
        "Run a HOLDINGS_IMPORT: it asks for what is missing. After a withdrawal do so only when the investor wants it.",
        tag="Holdings",
    ),
    Refusal(
        "method",
        "Method",
        (405,),
        "InputException",
        ("Method Not Allowed",),
        "The path exists, but does not accept this method.",
        "Use a method that the Allow header names.",
    ),
    Refusal(
        "idempotency",
        "Idempotency-Key",
        (400, 409, 422),
        "InputException",
        (),
        "Every POST accepts a key. 400: it is not 1 to 255 printable ASCII characters. 409 with Retry-After: the "
        "first request with this key is still being processed. 422: the key was used for a different request before.",
        "409: send the same request again after Retry-After; if the process that handled it has died, it is taken "
        "over after 60 seconds. 422: use a new key for every new request. Keys are forgotten after 24 hours.",
    ),
    Refusal(
        "too-large",
        "Body too large",
        (413,),
        "InputException",
        ("Request Entity Too Large",),
        "The body is larger than this path accepts (256 kB for a create, 64 kB for a postback).",
        "Send less: a basket has at most 100 lines.",
    ),
    Refusal(
        "rate-limit",
        "Too many requests",
        (429,),
        "AccessDenied",
        ("Too Many Requests",),
        "The gateway sent more requests this minute than the operator allows, or its pages asked for too many "
        "transactions from one address. Nothing was done.",
        "Wait for the number of seconds in Retry-After. RateLimit-Remaining on every answer says how many requests "
        "are left. Listen to webhooks instead of polling.",
    ),
    Refusal(
        "endpoint-state",
        "State of the endpoint",
        (409,),
        "InputException",
        (),
        "An endpoint for this URL exists already, the gateway has as many as it may have, or the endpoint is "
        "disabled. There is no Retry-After: waiting does not help.",
        "Use, rotate or delete the existing endpoint; enable a disabled one before you replay to it. A repeated "
        "request that carries the same Idempotency-Key gets the first answer instead.",
        tag="Webhooks",
    ),
    Refusal(
        "webhook-url",
        "URL of a webhook",
        (400,),
        "InputException",
        (),
        "The URL cannot be an endpoint: it is not https, contains a password, or points into a private network.",
        "Use a public https URL. An operator can allow a private host in the settings.",
        tag="Webhooks",
    ),
    Refusal(
        "internal",
        "Internal error",
        (500,),
        "InternalError",
        ("Internal Error",),
        "Something unexpected happened on our side. What the request was to change may have been changed.",
        "Give the operator the requestId: it finds the cause in the log. Send the request again only with the same "
        "Idempotency-Key.",
    ),
    Refusal(
        "unavailable",
        "Database unavailable, or overload",
        (503,),
        "InternalError",
        ("Service Unavailable",),
        "The database cannot be reached, is full, or is a standby; or the installation is overloaded and starts "
        "nothing new for a moment.",
        "Send the same request again after Retry-After, with the same Idempotency-Key: it takes effect only once.",
    ),
)
