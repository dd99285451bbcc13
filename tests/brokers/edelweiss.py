"""Nuvama."""

import json
from typing import Any

from tests.brokers import Known
from torana.connectors.contract import Keys, LoginRefused, RateLimited, Reason, Rejected, SessionEnded, Unknown


def _says_no(told: Any) -> bool:
    return isinstance(told, dict) and (isinstance(told.get("error"), dict) or _has_no_account(told))


def _has_no_account(told: dict[str, Any]) -> bool:
    """A login that names no account for shares."""
    login = told["data"].get("lgnData") if isinstance(told.get("data"), dict) else None
    accounts = login.get("accs") if isinstance(login, dict) else None
    return isinstance(accounts, dict) and not accounts.get("eqAccID")


_NO_CHART = json.dumps({"error": {"errCd": "ECHT0002", "errMsg": "Seems like there are no charts."}}).encode()

KNOWN = Known(
    keys=Keys({"api_key": "nuvama-vendor", "api_secret": "nuvama-password", "app_id_key": "nuvama-app-id"}),
    callback={"request_id": "request-id-1"},
    refusals={
        "finish_login.200.no-shares": (LoginRefused, None),
        "finish_login.222.expired": (LoginRefused, None),
        "finish_login.401.vendor": (LoginRefused, None),
        "place.200.no-id": (Unknown, None),
        "place.200.unseen": (Unknown, None),
        "place.406.refused": (Unknown, None),
        "place.400.timed-out": (Unknown, None),
        "place.403": (Rejected, Reason.EGRESS_NOT_REGISTERED),
        "place.401": (SessionEnded, None),
        "place.401.vendor": (SessionEnded, None),
        "place.429": (Unknown, None),
        "place.500": (Unknown, None),
        "orders.222.unseen": (Unknown, None),
        "orders.200.error": (Unknown, None),
        "orders.401": (SessionEnded, None),
        "orders.429": (RateLimited, None),
        "holdings.401": (SessionEnded, None),
        "funds.200.untold": (Unknown, None),
        "cancel.500.final": (Unknown, None),
        "cancel.406.not-there": (Unknown, None),
        "cancel.401": (SessionEnded, None),
        "logout.401": (SessionEnded, None),
    },
    unmapped=frozenset({"place.200.unseen", "place.406.refused", "cancel.406.not-there"}),
    plain_refusal="place.406.refused",
    proves_nothing={"error": {"errCd": "EPLT0003", "errMsg": "Order request timed out."}},
    afterwards=dict.fromkeys(("quotes.200", "quotes.222.none"), _NO_CHART),
    vault={"vendor": json.dumps(["sample-vendor-session", "sample-app-id-key"])},
    untold=frozenset({"average_price", "collateral_quantity"}),
    prices_at_once=1,
    data=lambda told: next(part for part in told["data"].values() if isinstance(part, list)),
    book=lambda rows: {"data": {"type": "orderBookResponse", "ord": list(rows)}},
    refusal=lambda told: (told["error"], "errMsg"),
    says_no=_says_no,
    names={
        "order_id": "ordID", "tag": "rmk", "tags": "rmk", "symbol": "dpName", "transaction_type": "trsTyp",
        "product": "prdCode", "quantity": "ntQty", "filled_quantity": "flQty", "average_price": "avgPrc",
        "exchange_order_id": "exONo", "status": "sts", "status_message": "rjRsn", "order_timestamp": "ordTim",
        "net": "cshAvl",
    },
)  # fmt: skip
