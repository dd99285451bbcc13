"""Why an order was refused, read from the broker's own text.

Indian brokers sit on a few order management systems, whose refusals reach the investor nearly unchanged. So one table
of fragments serves them all; a broker adds its own in its folder. A text that nothing here matches is `OTHER`: the
text itself always travels beside the reason.
"""

from collections.abc import Iterable, Mapping

from torana.connectors.contract import Reason

Fragments = tuple[tuple[str, Reason], ...]
"""Pairs of a lower-case fragment and what a text that holds it means. The first that fits wins."""

FRAGMENTS: Fragments = (
    ("authorisation at depository", Reason.HOLDINGS_NOT_AUTHORISED),
    ("authorization at depository", Reason.HOLDINGS_NOT_AUTHORISED),
    ("tpin", Reason.HOLDINGS_NOT_AUTHORISED),
    ("edis", Reason.HOLDINGS_NOT_AUTHORISED),
    ("not authorised to sell", Reason.HOLDINGS_NOT_AUTHORISED),
    ("insufficient stock holding", Reason.INSUFFICIENT_HOLDINGS),
    ("insufficient holding", Reason.INSUFFICIENT_HOLDINGS),
    ("check holdings", Reason.INSUFFICIENT_HOLDINGS),
    ("holding quantity", Reason.INSUFFICIENT_HOLDINGS),
    ("margin exceeds", Reason.INSUFFICIENT_FUNDS),
    ("margin shortfall", Reason.INSUFFICIENT_FUNDS),
    ("required margin", Reason.INSUFFICIENT_FUNDS),
    ("insufficient margin", Reason.INSUFFICIENT_FUNDS),
    ("insufficient fund", Reason.INSUFFICIENT_FUNDS),
    ("insufficient balance", Reason.INSUFFICIENT_FUNDS),
    ("in your account to place this", Reason.INSUFFICIENT_FUNDS),
    ("freeze", Reason.QUANTITY_ABOVE_FREEZE),
    ("circuit", Reason.PRICE_OUT_OF_BAND),
    ("price band", Reason.PRICE_OUT_OF_BAND),
    ("price range", Reason.PRICE_OUT_OF_BAND),
    ("execution range", Reason.PRICE_OUT_OF_BAND),
    ("lpp range", Reason.PRICE_OUT_OF_BAND),
    ("far away from the ltp", Reason.PRICE_OUT_OF_BAND),
    ("markets are closed", Reason.MARKET_CLOSED),
    ("market is closed", Reason.MARKET_CLOSED),
    ("market closed", Reason.MARKET_CLOSED),
    ("after market order", Reason.MARKET_CLOSED),
    ("after-market order", Reason.MARKET_CLOSED),
    ("market hours", Reason.MARKET_CLOSED),
    ("trading hours", Reason.MARKET_CLOSED),
    ("trading session", Reason.MARKET_CLOSED),
    ("suspended", Reason.INSTRUMENT_NOT_TRADABLE),
    ("ban period", Reason.INSTRUMENT_NOT_TRADABLE),
    ("not allowed to trade", Reason.INSTRUMENT_NOT_TRADABLE),
    ("not tradable", Reason.INSTRUMENT_NOT_TRADABLE),
    ("trading is blocked", Reason.INSTRUMENT_NOT_TRADABLE),
    ("invalid instrument", Reason.INSTRUMENT_NOT_TRADABLE),
    ("instrument does not exist", Reason.INSTRUMENT_NOT_TRADABLE),
    ("static ip", Reason.EGRESS_NOT_REGISTERED),
    ("unregistered ip", Reason.EGRESS_NOT_REGISTERED),
    ("insufficient permission", Reason.NOT_PERMITTED),
    ("tick size", Reason.INVALID_ORDER),
    ("lot size", Reason.INVALID_ORDER),
)


TIMED_OUT = ("timed out", "timeout", "time out", "no response", "unable to communicate", "being processed")
"""Texts of refusals after which an order may exist: a 400 "order request timed out" has been followed by the order
eight seconds later."""


BY_TEXT: Mapping[str, Reason] = {f"text:{reason}": reason for reason in Reason if reason is not Reason.OTHER}
"""Codes that `code_by_text` makes for a broker whose refusals have none."""


def code_by_text(text: str, own: Fragments = ()) -> str | None:
    """What the text of a refusal says, in the place of a code; None where it says nothing that is known."""
    reason = reason_of([text], own)
    return None if reason is Reason.OTHER else f"text:{reason}"


def reason_of(texts: Iterable[str | None], own: Fragments = ()) -> Reason:
    """What these texts of one refusal mean; the broker's own fragments go first."""
    whole = " ".join(text for text in texts if text).lower()
    for fragment, reason in (*own, *FRAGMENTS):
        if fragment in whole:
            return reason
    return Reason.OTHER
