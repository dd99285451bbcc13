"""Zerodha."""

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


async def _start(browser: Browser, form: BrowserForm, user: str) -> Page | Left:
    await browser.post(form.url, form.fields)
    return await browser.press("login", user)


async def _confirm(browser: Browser) -> Page | Left:
    shown = await browser.press("execute")
    return shown if isinstance(shown, Left) else await browser.go_on()


async def _decline(browser: Browser) -> Page | Left:
    return await browser.press("cancel")


async def _authorise(browser: Browser, go: Redirect | BrowserForm) -> Page | Left:
    await browser.open(go.url)
    return await browser.press("authorise")


async def _refuse(browser: Browser, go: Redirect | BrowserForm) -> Page | Left:
    await browser.open(go.url)
    return await browser.press("cancel")


KNOWN = Known(
    pages=Pages(start_basket=_start, confirm=_confirm, decline=_decline, authorise=_authorise, refuse=_refuse),
    keys=Keys({"api_key": "live-key", "api_secret": "live-secret"}),
    callback={"request_token": "rt-1", "status": "success"},
    refusals={
        "finish_login.403.used": (LoginRefused, None),
        "finish_login.400.checksum": (LoginRefused, None),
        "place.200.no-id": (Unknown, None),
        "place.200.error-inside": (Unknown, None),
        "place.400.input": (Rejected, Reason.INVALID_ORDER),
        "place.400.freeze": (Rejected, Reason.QUANTITY_ABOVE_FREEZE),
        "place.400.closed": (Rejected, Reason.MARKET_CLOSED),
        "place.400.margin": (Rejected, Reason.INSUFFICIENT_FUNDS),
        "place.400.holdings": (Rejected, Reason.INSUFFICIENT_HOLDINGS),
        "place.400.timed-out": (Unknown, None),
        "place.400.unseen": (Unknown, None),
        "place.403.token": (SessionEnded, None),
        "place.403.permission": (Rejected, Reason.NOT_PERMITTED),
        "place.428.edis": (Rejected, Reason.HOLDINGS_NOT_AUTHORISED),
        "place.429": (RateLimited, None),
        "place.500.general": (Unknown, None),
        "place.502.data": (Unknown, None),
        "place.503.network": (Unknown, None),
        "orders.403.token": (SessionEnded, None),
        "orders.429": (RateLimited, None),
        "orders.503.network": (Unknown, None),
        "begin.403.permission": (Rejected, Reason.NOT_PERMITTED),
        "cancel.400.final": (Rejected, Reason.OTHER),
        "cancel.400.being-processed": (Unknown, None),
        "quotes.403.permission": (Unknown, None),
        "margin.400.input": (Unknown, None),
        "charges.200.fewer": (Unknown, None),
    },
    unmapped=frozenset({"place.400.unseen"}),
    plain_refusal="place.400.margin",
    proves_nothing={"status": "error", "error_type": "NetworkException", "message": "No reply of the OMS"},
    success={"status": "success"},
    names={"symbol": "tradingsymbol"},
)
