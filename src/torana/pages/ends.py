"""The page of a flow that ended without a result."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from torana.pages.frames import ending, way_back
from torana.pages.texts.keys import Texts
from torana.pages.views import Frame, Message, Tone
from torana.partners.models import Gateway
from torana.transactions import outcomes
from torana.transactions.models import Transaction
from torana.transactions.outcomes import FlowError

_Words: TypeAlias = Callable[[Texts], tuple[str, ...]]
"""The title, and the sentences below it."""


@dataclass(frozen=True, slots=True)
class _End:
    tone: Tone
    words: _Words
    counted: bool = False
    """Whether the page leaves by itself."""


_CANCELLED = _End(Tone.NOTE, lambda t: (t.end.cancelled_title, t.page.nothing_traded), counted=True)
_ENDS: Mapping[FlowError, _End] = {
    outcomes.USER_MISMATCH: _End(
        Tone.BAD, lambda t: (t.end.user_mismatch_title, t.page.nothing_traded, t.end.user_mismatch_text)
    ),
    outcomes.CONSENT_DENIED: _End(
        Tone.NOTE, lambda t: (t.end.consent_denied_title, t.page.nothing_traded), counted=True
    ),
    outcomes.INSUFFICIENT_HOLDINGS: _End(
        Tone.BAD, lambda t: (t.end.insufficient_holdings_title, t.page.nothing_traded), counted=True
    ),
    outcomes.EXPIRED_IN_FLOW: _End(
        Tone.QUEUE, lambda t: (t.end.expired_title, t.end.expired_text, t.page.nothing_traded)
    ),
    outcomes.NO_BROKER_NOT_LISTED: _End(
        Tone.NOTE, lambda t: (t.end.not_listed_title, t.page.nothing_traded), counted=True
    ),
    outcomes.NO_BROKER_OPEN_ACCOUNT: _End(
        Tone.NOTE, lambda t: (t.end.open_account_title, t.page.nothing_traded), counted=True
    ),
    outcomes.NO_BROKER_AVAILABLE: _End(
        Tone.BAD, lambda t: (t.end.no_broker_title, t.end.no_broker_text, t.page.nothing_traded)
    ),
    outcomes.USER_CANCELLED_CHOOSER: _CANCELLED,
    outcomes.USER_CANCELLED_LOGIN: _CANCELLED,
    outcomes.USER_CANCELLED_AFTER_LOGIN: _CANCELLED,
    outcomes.OTP_ATTEMPTS_EXCEEDED: _End(
        Tone.BAD, lambda t: (t.end.attempts_title, t.end.attempts_text, t.end.start_again)
    ),
    outcomes.HOLDINGS_IMPORT_ERROR: _End(
        Tone.BAD, lambda t: (t.end.holdings_error_title, t.end.holdings_error_text, t.page.nothing_traded)
    ),
    outcomes.INTENT_NOT_ENABLED: _End(Tone.BAD, lambda t: (t.end.not_enabled_title, t.page.nothing_traded)),
    outcomes.TRANSACTION_EXPIRED_USED: _End(
        Tone.NOTE, lambda t: (t.end.used_title, t.end.used_text, t.end.start_again)
    ),
    outcomes.INVALID_TRANSACTION: _End(Tone.BAD, lambda t: (t.end.unknown_title, t.end.start_again)),
    outcomes.IN_PROCESS: _End(Tone.NOTE, lambda t: (t.end.in_process_title, t.end.in_process_text)),
    outcomes.MARKET_CLOSED: _End(Tone.QUEUE, lambda t: (t.end.market_closed_title, t.page.nothing_traded)),
    outcomes.GATEWAY_SUSPENDED: _End(
        Tone.NOTE, lambda t: (t.end.suspended_title, t.end.suspended_text, t.page.nothing_traded)
    ),
    outcomes.ORDERS_HALTED: _End(Tone.NOTE, lambda t: (t.halt.title, t.page.nothing_traded)),
    outcomes.NO_ORDER: _End(Tone.BAD, lambda t: (t.cancel.no_order_title, t.cancel.no_order_text)),
    outcomes.ORDER_PENDING: _End(Tone.QUEUE, lambda t: (t.investing.pending_title, t.investing.pending_text)),
    outcomes.SMALLCASE_ARCHIVED: _End(Tone.NOTE, lambda t: (t.investing.archived_title, t.investing.archived_text)),
    outcomes.UP_TO_DATE: _End(Tone.GOOD, lambda t: (t.investing.up_to_date_title, t.investing.up_to_date_text)),
    outcomes.NOT_TRADABLE: _End(Tone.BAD, lambda t: (t.investing.not_tradable_title, t.investing.not_tradable_text)),
    outcomes.INTERNAL_ERROR: _End(Tone.BAD, lambda t: (t.end.internal_title, t.page.nothing_traded)),
}
_TOLD = frozenset({outcomes.NO_BROKER_NOT_LISTED})
"""Ends by which the partner learns something that the investor said."""
_OTHER_END = _End(Tone.BAD, lambda t: (t.end.other_title, t.page.nothing_traded))


def end_of(frame: Frame, gateway: Gateway | None, error: FlowError, *, more: Sequence[str] = ()) -> Message:
    """The page of a flow that ended without a result. `more` are sentences that come first."""
    end = _ENDS.get(error, _OTHER_END)
    title, *text = end.words(frame.texts)
    told = () if gateway is None or error not in _TOLD else (frame.texts.end.told(app=gateway.display_name),)
    # What the investor wanted so is no error.
    wanted = end.counted and end.tone is Tone.NOTE
    code = "" if wanted else f"{error.name} · {error.code}"
    over = way_back(frame) if gateway is None else ending(frame, gateway.display_name, counted=end.counted)
    return Message(frame, end.tone, title, (*more, *told, *text), code=code, ending=over)


def error_of(transaction: Transaction) -> FlowError:
    """Why this transaction failed."""
    return FlowError(transaction.error_name or outcomes.INTERNAL_ERROR.name, transaction.error_code or 0)
