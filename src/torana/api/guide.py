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
        "another audience, or says something else than guest or smallcaseAuthId. The message says which.",
        'Sign {"guest": true} or {"smallcaseAuthId": "…"} with HS256 and the gateway\'s signing secret, on your '
        "server, and put an exp of at most an hour into it.",
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
        "Orders that were confirmed before are followed to their end, and webhooks tell it. Investors stay connected.",
        "Ask the operator when it will be resumed. Until then hide the button that starts an order; webhooks go on.",
    ),
    Refusal(
        "input",
        "Request that cannot be used",
        (400, 415),
        "InputException",
        ("InvalidIntent",),
        "Something in the body, the query or a header is missing or is not what it must be. errors lists every fault "
        "with its place.",
        "Mend what errors lists and send it again. A request that was refused so has had no effect, and its "
        "Idempotency-Key is still free.",
    ),
    Refusal(
        "not-supported",
        "Known to the interface, not to this version",
        (400, 404),
        "InputException",
        ("InvalidIntent", "NotSupported"),
        "The intent, the order type or the path exists in the interface that Torana speaks, and this version does not "
        "do it.",
        "The API reference lists the intents, the types of orders and the paths that are there; the change log says "
        "what each version adds.",
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
        "The transaction is not this gateway's, is no MF_HOLDINGS_IMPORT, is over, was verified before or has used up "
        "its five attempts; or the code is wrong, has expired, or went another way than the one it is verified by. "
        "What is over, used up or wrong has the errorType AccessDenied.",
        "Look at errors. After Incorrect OTP let the investor type again; after TransactionIdExpired and "
        "wrong_attempts_exceeded create a new transaction. Verify with the very pan and phone or email of getOtp.",
        tag="Mutual funds",
    ),
    Refusal(
        "mf-registrar",
        "Registrar of mutual funds",
        (400, 401, 422, 429, 500),
        "MFCException",
        ("Invalid token or client Id", "Invalid Input or Request Format", "Too Many Requests", "Internal Error"),
        "The registrar refused what it was asked: it knows no folio of this person (400), does not know the operator "
        "(401), cannot read the request (422), or was asked too often (429). One code in 30 s and five a transaction "
        "are limits of ours (429, too). retry-after comes where waiting helps. It did not answer at all: 500, "
        "errorType InternalError.",
        "400: have PAN and contact checked. 429: wait, or without retry-after create a new transaction. 500: try again "
        "in a minute, nothing was counted. 401 and 422: tell the operator.",
        tag="Mutual funds",
    ),
    Refusal(
        "already-connected",
        "Guest token needed",
        (400,),
        "InputException",
        ("InvalidIntent",),
        "The token names an investor who has connected their broker account before, and the intent is for guests, as "
        "CONNECT is.",
        'Use a guest token: {"guest": true}. A connected investor need not connect again.',
        tag="Transactions",
    ),
    Refusal(
        "connected-only",
        "Connected investor needed",
        (400,),
        "InputException",
        ("InvalidIntent",),
        "The token is a guest's, and the intent is about the account of a connected investor.",
        'Connect the investor first, then use their token: {"smallcaseAuthId": "…"}.',
    ),
    Refusal(
        "not-found",
        "Not there",
        (404,),
        "InputException",
        ("TransactionIdNotFound", "ScidNotFound", "Not Found"),
        "This gateway, or the investor whom the token names, has nothing of this id. What belongs to somebody else "
        "gets the same answer. Or there is no such path.",
        "Use the id as create gave it, with the same gateway, and a guest token or the token of the investor it "
        "belongs to.",
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
        "The basket is not written as the API reference says (BasketInvalid), or something in it cannot be: errors "
        "names every fault, the message says where it stands.",
        "Mend what the message says and publish it again. Nothing was changed: the version that was there is sold on.",
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
        "A plan cannot be made so (SIP_SETUP): errors names every fault, the message says what would do. "
        "SipAutoNotAllowed: nobody but the investor places an instalment.",
        "Mend what errors names, or leave the key out: the investor chooses it on the page.",
        tag="Transactions",
    ),
    Refusal(
        "dividends",
        "Dividends that cannot be supplied",
        (400,),
        "InputException",
        ("DividendsInvalid",),
        "The list is not written as the API reference says, names a security that is not listed, or one of the same "
        "ex-date twice. Nothing was changed.",
        "Mend what the message names. Of several dividends with one ex-date supply the sum.",
        tag="Baskets",
    ),
    Refusal(
        "isin-changes",
        "ISINs that became others",
        (400,),
        "InputException",
        ("IsinChangeInvalid", "IsinChangeApplied"),
        "The list is not written as the API reference says, names an ISIN that is still listed or a ticker that is "
        "not, or (IsinChangeApplied) changes or removes what investments were converted by. Nothing was changed.",
        "Mend what the message names. With IsinChangeApplied take back the adjustments of those investments first.",
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
        "hold them on that day, an order on it is open, the adjustment was taken back before, or shares that others "
        "became were sold since. Nothing was changed.",
        "Look at actions.reconcile and adjustments of the investment: they say what is missing now, and what was said "
        "before. With OrderPending wait for the end of the order.",
        tag="Baskets",
    ),
    Refusal(
        "no-holdings",
        "No holdings to show",
        (404,),
        "InputException",
        ("HoldingsNotImported", "ConsentMissing", "ConsentWithdrawn", "ConsentExpired", "UnknownInvestor"),
        "Nothing of this investor's holdings may be shown: nobody asked them yet, they have withdrawn their consent, "
        "its time is over, or no import came to an end. This says nothing about what they hold.",
        "Run a HOLDINGS_IMPORT: it asks for what is missing. After a withdrawal do so only when the investor wants it.",
        tag="Holdings",
    ),
    Refusal(
        "method",
        "Method",
        (405,),
        "InputException",
        ("Method Not Allowed",),
        "The path exists, and takes another method.",
        "Use a method that the header Allow names.",
    ),
    Refusal(
        "idempotency",
        "Idempotency-Key",
        (400, 409, 422),
        "InputException",
        (),
        "Every POST takes a key. 400: it is not 1 to 255 printable ASCII characters. 409 with Retry-After: the first "
        "request with this key is still at work. 422: the key came with another request before.",
        "409: send the same request again after Retry-After; if its process has died, it is taken over after 60 "
        "seconds. 422: make a new key for every new request. Keys are forgotten after 24 hours.",
    ),
    Refusal(
        "too-large",
        "Body too large",
        (413,),
        "InputException",
        ("Request Entity Too Large",),
        "The body is larger than this path takes (256 kB for a create, 64 kB for a postback).",
        "Send less: a basket has at most 100 lines.",
    ),
    Refusal(
        "rate-limit",
        "Too many requests",
        (429,),
        "AccessDenied",
        ("Too Many Requests",),
        "The gateway sent more requests this minute than the operator allows, or its pages asked for more transactions "
        "from one address. Nothing was done.",
        "Wait for the seconds of Retry-After. RateLimit-Remaining on every answer says what is left. Listen to "
        "webhooks instead of asking in a loop.",
    ),
    Refusal(
        "endpoint-state",
        "Endpoint as it stands",
        (409,),
        "InputException",
        (),
        "An endpoint for this URL is there, the gateway has as many as it may have, or the endpoint is disabled. "
        "It comes without Retry-After: waiting does not help.",
        "Use, rotate or delete the endpoint that is there; enable a disabled one before its replay. A repeated request "
        "that carries the same Idempotency-Key gets the first answer instead.",
        tag="Webhooks",
    ),
    Refusal(
        "webhook-url",
        "Address of a webhook",
        (400,),
        "InputException",
        (),
        "The URL cannot be an endpoint: it is not https, carries a password, or leads into a private network.",
        "Give a public https URL. An operator can allow a private host in the settings.",
        tag="Webhooks",
    ),
    Refusal(
        "internal",
        "Fault of ours",
        (500,),
        "InternalError",
        ("Internal Error",),
        "Something happened that nobody thought of. What the request was to change may have been changed.",
        "Give the operator the requestId: the cause stands beside it in the log. Send the request again only with "
        "the same Idempotency-Key.",
    ),
    Refusal(
        "unavailable",
        "Database away, or too much at once",
        (503,),
        "InternalError",
        ("Service Unavailable",),
        "The database cannot be reached, is full, or is a standby; or more is asked for than the installation can do, "
        "and nothing new is begun for a moment.",
        "Send the same request again after Retry-After, with the same Idempotency-Key: it has one effect.",
    ),
)
