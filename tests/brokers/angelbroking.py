"""Angel One."""

from tests.brokers import Known, Pages
from tests.support.browser import Browser, Left, Page
from torana.connectors.contract import (
    BrowserForm,
    Keys,
    LoginRefused,
    RateLimited,
    Reason,
    Redirect,
    Rejected,
    SessionEnded,
    Unknown,
)
from torana.sandbox.models import Reason as Refusal


async def _at_depository(browser: Browser, go: Redirect | BrowserForm) -> None:
    assert isinstance(go, BrowserForm)
    await browser.post(go.url, go.fields)


async def _authorise(browser: Browser, go: Redirect | BrowserForm) -> Page | Left:
    """TPIN, then the one-time password."""
    await _at_depository(browser, go)
    await browser.press("authorise", "123456")
    return await browser.press("authorise", "654321")


async def _refuse(browser: Browser, go: Redirect | BrowserForm) -> Page | Left:
    """A TPIN that is wrong, then the way out."""
    await _at_depository(browser, go)
    await browser.press("authorise", "000000")
    return await browser.press("cancel", "")


KNOWN = Known(
    pages=Pages(authorise=_authorise, refuse=_refuse),
    keys=Keys({
        "api_key": "angel-key", "public_ip": "203.0.113.7", "mac_address": "02:00:00:00:00:07",
        "postback_secret": "angel-postback",
    }),
    callback={"auth_token": "sample-access-token-1", "feed_token": "feed-1"},
    refusals={
        "finish_login.200.made-up": (LoginRefused, None),
        "finish_login.200.expired": (LoginRefused, None),
        "finish_login.200.flags-as-texts": (LoginRefused, None),
        "place.200.no-id": (Unknown, None),
        "place.200.empty": (Unknown, None),
        "place.200.variety": (Rejected, Reason.INVALID_ORDER),
        "place.200.symbol": (Rejected, Reason.INSTRUMENT_NOT_TRADABLE),
        "place.200.product": (Rejected, Reason.INVALID_ORDER),
        "place.200.tag": (Rejected, Reason.INVALID_ORDER),
        "place.200.blocked": (Rejected, Reason.NOT_PERMITTED),
        "place.200.address": (Rejected, Reason.EGRESS_NOT_REGISTERED),
        "place.200.token": (SessionEnded, None),
        "place.200.expired": (SessionEnded, None),
        "place.200.amx": (Unknown, None),
        "place.200.later": (Unknown, None),
        "place.200.internal": (Unknown, None),
        "place.200.unspecified": (Unknown, None),
        "place.200.unseen": (Unknown, None),
        "place.403.too-fast": (RateLimited, None),
        "place.500": (Unknown, None),
        "orders.200.token": (SessionEnded, None),
        "orders.200.failed": (Unknown, None),
        "orders.403.too-fast": (RateLimited, None),
        "orders.403.other": (Unknown, None),
        "charges.200.failed": (Unknown, None),
        "begin.200.failed": (Unknown, None),
        "cancel.200.not-found": (Rejected, Reason.INVALID_ORDER),
    },
    unmapped=frozenset({"begin.200.failed", "place.200.unseen"}),
    plain_refusal="place.200.symbol",
    proves_nothing={"status": False, "message": "No reply of the OMS", "errorcode": "AB2001", "data": None},
    success={"status": True},
    before={"state": ("holdings.200",)},
    kept={"INE009A01021": "8180722758077144:25"},
    price_rows=lambda data: list(data["fetched"]),
    hands_over_token=True,
    refuses_in_answer=Refusal.SYMBOL,
    names={
        "order_id": "orderid", "tag": "ordertag", "tags": "ordertag", "symbol": "tradingsymbol",
        "transaction_type": "transactiontype", "product": "producttype", "filled_quantity": "filledshares",
        "average_price": "averageprice", "exchange_order_id": "exchangeorderid", "status_message": "text",
        "order_timestamp": "exchtime", "last_price": "ltp",
    },
)  # fmt: skip
