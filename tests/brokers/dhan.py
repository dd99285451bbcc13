"""Dhan."""

from typing import Any

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


async def authorise(browser: Browser, go: Redirect | BrowserForm) -> Page | Left:
    """TPIN, then the one-time password."""
    await _at_depository(browser, go)
    await browser.press("authorise", "123456")
    return await browser.press("authorise", "654321")


async def refuse(browser: Browser, go: Redirect | BrowserForm) -> Page | Left:
    await _at_depository(browser, go)
    return await browser.press("cancel", "")


def _says_no(told: Any) -> bool:
    return isinstance(told, dict) and (bool(told.get("errorCode")) or told.get("status") == "failed")


KNOWN = Known(
    pages=Pages(authorise=authorise, refuse=refuse),
    keys=Keys({
        "api_key": "dhan-partner", "api_secret": "dhan-secret", "client_id": "1000000007",
        "postback_secret": "dhan-postback",
    }),
    callback={"tokenId": "token-id-1"},
    refusals={
        "begin_login.401": (LoginRefused, None),
        "begin_login.200.no-consent": (Unknown, None),
        "finish_login.200.no-end": (Unknown, None),
        "finish_login.400.used": (LoginRefused, None),
        "finish_login.401.keys": (LoginRefused, None),
        "place.200.no-id": (Unknown, None),
        "place.400.input": (Rejected, Reason.INVALID_ORDER),
        "place.400.address": (Rejected, Reason.EGRESS_NOT_REGISTERED),
        "place.403.address": (Rejected, Reason.EGRESS_NOT_REGISTERED),
        "place.400.closed": (Rejected, Reason.MARKET_CLOSED),
        "place.400.token": (SessionEnded, None),
        "place.401.token": (SessionEnded, None),
        "place.400.account": (Rejected, Reason.NOT_PERMITTED),
        "place.403.access": (Rejected, Reason.NOT_PERMITTED),
        "place.400.timed-out": (Unknown, None),
        "place.400.network": (Unknown, None),
        "place.400.unseen": (Unknown, None),
        "place.400.data": (Unknown, None),
        "place.429": (Unknown, None),
        "place.500": (Unknown, None),
        "orders.401.token": (SessionEnded, None),
        "orders.429": (RateLimited, None),
        "orders.500": (Unknown, None),
        "orders_by_tag.400.token": (SessionEnded, None),
        "orders_by_tag.500": (Unknown, None),
        "cancel.400.final": (Rejected, Reason.INVALID_ORDER),
        "cancel.400.transit": (Rejected, Reason.INVALID_ORDER),
        "holdings.500": (Unknown, None),
        "holdings.400": (Unknown, None),
        "funds.400": (Unknown, None),
        "quotes.401.token": (SessionEnded, None),
        "quotes.400.not-subscribed": (Unknown, None),
        "begin.200.elsewhere": (Unknown, None),
        "begin.400.input": (Rejected, Reason.INVALID_ORDER),
        "state.500": (Unknown, None),
    },
    unmapped=frozenset({"place.400.unseen", "place.400.data"}),
    plain_refusal="place.400.input",
    proves_nothing={"errorType": "Internal_Server_Error", "errorCode": "DH-908", "errorMessage": "Server error"},
    book=list,
    bare_lists=True,
    data=lambda told: told,
    refusal=lambda told: (told, "errorMessage"),
    says_no=_says_no,
    price_rows=lambda told: [row for rows in told["data"].values() for row in rows.values()],
    refuses_in_answer=Refusal.SYMBOL,
    names={
        "order_id": "orderId", "tag": "correlationId", "tags": "correlationId", "symbol": "tradingSymbol",
        "transaction_type": "transactionType", "product": "productType", "filled_quantity": "filledQty",
        "average_price": "averageTradedPrice", "exchange_order_id": "exchangeOrderId", "status": "orderStatus",
        "status_message": "omsErrorDescription", "order_timestamp": "createTime",
        "available_margin": "availabelBalance", "net": "avgCostPrice",
    },
)  # fmt: skip
