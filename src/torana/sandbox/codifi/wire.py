"""The fields of the platform's rows; a member says how values are written."""

from torana.sandbox.account_views import HoldingView
from torana.sandbox.models import Reason
from torana.sandbox.order_views import OrderView
from torana.sandbox.rejections import why
from torana.sandbox.securities import by_isin, with_series


def _listing(exchange: str, view: HoldingView) -> tuple[str, str] | None:
    """Token and symbol on an exchange; a row of the BSE alone has none of the NSE."""
    if exchange == "NSE" and view.security.exchange != "NSE":
        return None
    found = by_isin(view.security.isin, exchange)
    return None if found is None else (str(found.exchange_token), with_series(found))


SECURITIES = {"tradingSymbol": with_series, "instrumentId": lambda one: str(one.exchange_token)}
"""What every member calls a security."""
NAMES = {
    "rejectionReason": lambda view: rejection(view),
    "nseInstrumentId": lambda view: (_listing("NSE", view) or ("", ""))[0],
    "nseTradingSymbol": lambda view: (_listing("NSE", view) or ("", ""))[1],
    "bseInstrumentId": lambda view: (_listing("BSE", view) or ("", ""))[0],
    "bseTradingSymbol": lambda view: (_listing("BSE", view) or ("", ""))[1],
}
"""What the rows of every member call the same."""


def rejection(view: OrderView) -> str:
    """In the words of the order system."""
    raw = why(view, otherwise="RMS:Rule: {}") or ""
    return f"{raw}, Required:{view.worth}, Available:0.00" if raw and view.reason is Reason.FUNDS else raw
