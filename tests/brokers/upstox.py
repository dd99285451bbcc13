"""Upstox."""

from tests.brokers import Known, Pages
from tests.support.browser import Browser, Left, Page
from torana.connectors.contract import (
    BrowserForm,
    Keys,
    LoginRefused,
    RateLimited,
    Reason,
    Rejected,
    SessionEnded,
    Unknown,
)


async def _start(browser: Browser, form: BrowserForm, user: str) -> Page | Left:
    return await browser.post(form.url, form.fields)


async def _confirm(browser: Browser) -> Page | Left:
    await browser.press("place")
    return await browser.press("done")


async def _decline(browser: Browser) -> Page | Left:
    return await browser.press("cancel")


KNOWN = Known(
    pages=Pages(start_basket=_start, confirm=_confirm, decline=_decline),
    keys=Keys({"api_key": "up-key", "api_secret": "up-secret", "postback_secret": "up-postback"}),
    callback={"code": "code-1"},
    refusals={
        "finish_login.401.used": (LoginRefused, None),
        "finish_login.401.keys": (LoginRefused, None),
        "place.200.no-id": (Unknown, None),
        "place.200.sliced": (Unknown, None),
        "place.400.quantity": (Rejected, Reason.INVALID_ORDER),
        "place.400.instrument": (Rejected, Reason.INSTRUMENT_NOT_TRADABLE),
        "place.400.market-blocked": (Rejected, Reason.INVALID_ORDER),
        "place.400.two": (Rejected, Reason.INVALID_ORDER),
        "place.400.known-and-unseen": (Unknown, None),
        "place.400.timed-out": (Unknown, None),
        "place.400.unseen": (Unknown, None),
        "place.401.token": (SessionEnded, None),
        "place.403.uplink": (Rejected, Reason.NOT_PERMITTED),
        "place.403.static-ip": (Rejected, Reason.EGRESS_NOT_REGISTERED),
        "place.423.hours": (Rejected, Reason.MARKET_CLOSED),
        "place.429": (RateLimited, None),
        "place.500": (Unknown, None),
        "orders.401.token": (SessionEnded, None),
        "orders.423.hours": (Unknown, None),
        "orders.429": (RateLimited, None),
        "orders_by_tag.500": (Unknown, None),
        "cancel.400.final": (Rejected, Reason.INVALID_ORDER),
        "funds.423.hours": (Unknown, None),
        "margin.400.twice": (Unknown, None),
        "charges.400.price": (Unknown, None),
    },
    unmapped=frozenset({"place.400.unseen", "place.400.known-and-unseen"}),
    plain_refusal="place.400.quantity",
    proves_nothing={"status": "error", "errors": [{"errorCode": "UDAPI100500", "message": "Something went wrong"}]},
    success={"status": "success"},
    names={"symbol": "trading_symbol", "older_symbol": "tradingsymbol"},
)
