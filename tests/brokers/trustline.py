"""Trustline, as if it ran the XTS platform."""

from typing import Any

from tests.brokers import Known, Pages
from tests.support.browser import Browser, Left, Page
from torana.connectors.contract import Keys, LoginRefused, RateLimited, Reason, Rejected, SessionEnded, Unknown
from torana.sandbox.models import Reason as Refusal


async def _log_in(browser: Browser, url: str, user: str) -> Page | Left:
    """The page that sends the browser back stands for a script of the real one."""
    await browser.open(url)
    shown = await browser.press("cancel" if user == "cancel" else "login", user)
    leads_back = isinstance(shown, Page) and any(
        button.value == "back" for form in shown.forms for button in form.buttons
    )
    return await browser.press("back") if leads_back else shown


def _says_no(told: Any) -> bool:
    return isinstance(told, dict) and (told.get("type") == "error" or str(told.get("code", "")).startswith("e-"))


_SUCCESS = {"type": "success", "code": "s-orders-0001", "description": "Success"}
KNOWN = Known(
    pages=Pages(_log_in),
    keys=Keys({"api_key": "xts-app", "api_secret": "xts-secret", "base_url": "https://xts.trustline.example"}),
    callback={"session": '{"userID": "TR0007", "accessToken": "access-token-1"}'},
    refusals={
        "finish_login.200.dealer": (LoginRefused, None),
        "finish_login.400.access-token": (LoginRefused, None),
        "place.200.no-id": (Unknown, None),
        "place.200.zero-id": (Unknown, None),
        "place.200.validation": (Rejected, Reason.INVALID_ORDER),
        "place.400.validation": (Rejected, Reason.INVALID_ORDER),
        "place.400.with-id": (Unknown, None),
        "place.400.session": (SessionEnded, None),
        "place.401.token": (SessionEnded, None),
        "place.400.timed-out": (Unknown, None),
        "place.400.rate": (Unknown, None),
        "place.429.rate": (Unknown, None),
        "place.400.unseen": (Unknown, None),
        "place.400.not-found": (Unknown, None),
        "place.500": (Unknown, None),
        "cancel.400.final": (Rejected, Reason.INVALID_ORDER),
        "orders.400.other-text": (Unknown, None),
        "orders.400.validation": (Unknown, None),
        "orders.400.session": (SessionEnded, None),
        "orders.429.rate": (RateLimited, None),
        "holdings.200.list": (Unknown, None),
        "funds.200.several": (Unknown, None),
        "funds.200.nan": (Unknown, None),
    },
    afterwards={
        "orders.200.no-price": b"""{"type": "success", "code": "s-orders-0001", "description": "Success trade book",
        "result": [
            {"AppOrderID": 1110039001, "LastTradedPrice": 1512.3, "LastTradedQuantity": 4},
            {"AppOrderID": 1110039001, "LastTradedPrice": 1512.4, "LastTradedQuantity": 6}
        ]}""",
    },
    unmapped=frozenset({"place.400.unseen", "place.400.not-found"}),
    plain_refusal="place.400.validation",
    proves_nothing={"type": "error", "code": "e-apirl-0004", "description": "Rate limit exceeded", "result": {}},
    success=_SUCCESS,
    data=lambda told: told["result"],
    book=lambda rows: {**_SUCCESS, "result": list(rows)},
    refusal=lambda told: (told, "description"),
    says_no=_says_no,
    refuses_in_answer=Refusal.QUANTITY,
    names_holdings=False,
    untold=frozenset({"t1_quantity"}),
    names={
        "order_id": "AppOrderID", "tag": "OrderUniqueIdentifier", "tags": "OrderUniqueIdentifier",
        "symbol": "ExchangeInstrumentID", "transaction_type": "OrderSide", "product": "ProductType",
        "quantity": "OrderQuantity", "filled_quantity": "CumulativeQuantity",
        "average_price": "OrderAverageTradedPrice", "exchange_order_id": "ExchangeOrderID", "status": "OrderStatus",
        "status_message": "CancelRejectReason", "order_timestamp": "OrderGeneratedDateTime",
        "instrument_token": "ExchangeInstrumentID", "net": "netMarginAvailable",
        "available_margin": "BuyAvgPrice",
    },
)  # fmt: skip
