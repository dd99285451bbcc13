"""What the order system that several brokers run says of an order that it rejects: to people, and in its own words.

One text for people is documented (for funds, by Upstox, with the amount), the others are invented in kind.
"""

import re
from collections.abc import Mapping

from torana.sandbox.models import Reason, State
from torana.sandbox.order_views import OrderView


def _two_texts(table: str) -> dict[Reason, tuple[str, str]]:
    """Two texts for each reason, apart by `|`: `reason text | text`. A line that begins with `|` goes on."""
    rows = re.sub(r"\n\s*\|", " |", table).strip().splitlines()
    parted = (re.match(r"\s*(\w+)\s+(.*?)\s*\|\s*(.*)", row) for row in rows)
    return {Reason(found[1]): (found[2], found[3]) for found in parted if found}


OMS_TEXTS: Mapping[Reason, tuple[str, str]] = _two_texts("""
    funds           You need to add funds in your account to place this trade. | RMS:Margin Exceeds
    holdings        You do not have enough shares of this stock in your demat account to sell.
                    | RMS:Rule: Check holdings including BTST for entity account
    not_authorised  Your shares are not authorised for sale. Please authorise with your CDSL TPIN and try again.
                    | RMS:Rule: EDIS authorisation required for entity account
    circuit         Your order price is outside the circuit limits of this stock.
                    | RMS:Rule: Check circuit limit including square off order for exchange NSE
    freeze          Your order quantity is above the freeze quantity of this stock.
                    | RMS:Rule: Freeze quantity exceeded for exchange NSE
    tick            Your order price is not a multiple of the tick size.
                    | Exchange:16283: Price is not a multiple of the tick size
    market_closed   The market is closed. | RMS:Rule: Order not allowed in this session
    amo_closed      After market orders are not accepted now. | RMS:Rule: Order not allowed in this session
    account_blocked Your account is blocked for trading. | RMS:Blocked for entity account block type: ALL
""")
"""For people, and raw."""
OMS_PLAIN: Mapping[Reason, str] = {reason: text for reason, (text, _) in OMS_TEXTS.items()}
OMS_RAW: Mapping[Reason, str] = {reason: raw for reason, (_, raw) in OMS_TEXTS.items()}


def why(view: OrderView, texts: Mapping[Reason, str] = OMS_RAW, *, otherwise: str = "{}") -> str | None:
    """Why an order was rejected, None of any other; `otherwise` stands around the exchange's words, without a text."""
    if view.state is not State.REJECTED:
        return None
    known = texts.get(view.reason) if view.reason else None
    return known or otherwise.format(view.message or "Rejected")
