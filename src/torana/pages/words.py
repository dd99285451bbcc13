"""Words and frames that several pages share: who sent the investor, which broker, how a flow can end."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from torana.connectors.contract import Capabilities
from torana.kit.clock import IST
from torana.pages.palette import is_colour, monogram_fill
from torana.pages.views import Broker, Ending, Frame, Message, Partner, Tone
from torana.partners.models import Gateway, Mode
from torana.transactions import outcomes
from torana.transactions.models import Transaction
from torana.transactions.outcomes import FlowError

RETURN_PARAMETER = "torana_transaction"
COUNTDOWN_SECONDS = 3


def partner_of(gateway: Gateway) -> Partner:
    """As drawn in the head; branding that cannot be used is left out."""
    logo, accent = gateway.branding.get("logo"), gateway.branding.get("accent", "").lower()
    return Partner(
        gateway.display_name,
        logo if logo and logo.startswith("data:image/") else None,
        accent if is_colour(accent) else None,
    )


def broker_of(capabilities: Capabilities) -> Broker:
    return Broker(capabilities.broker, capabilities.name, capabilities.monogram, monogram_fill(capabilities.hue))


def stranger_frame(gateway: Gateway | None) -> Frame:
    """Around a page for a browser that has proven nothing."""
    return Frame(None if gateway is None else partner_of(gateway), test=bool(gateway and gateway.mode is Mode.TEST))


def return_address(url: str, transaction_id: str) -> str:
    """Where the redirect way ends: the partner's page, told which transaction it was."""
    parts = urlsplit(url)
    query = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != RETURN_PARAMETER]
    return urlunsplit(parts._replace(query=urlencode([*query, (RETURN_PARAMETER, transaction_id)])))


def when(moment: datetime) -> str:
    """A moment in India for people: `Thursday 19 November at 09:15`."""
    wall = moment.astimezone(IST)
    return f"{wall:%A} {wall.day} {wall:%B} at {wall:%H:%M}"


def back_to(gateway: Gateway) -> str:
    return f"Return to {gateway.display_name}"


@dataclass(frozen=True, slots=True)
class _End:
    tone: Tone
    title: str
    text: tuple[str, ...]
    counted: bool = False


_NOTHING = "Nothing was bought or sold."
_START_AGAIN = "Start again from the app that sent you."
_ENDS = {
    outcomes.USER_MISMATCH: _End(
        Tone.BAD, "That was another account", (_NOTHING, "Log in with the account that you connected before.")
    ),
    outcomes.CONSENT_DENIED: _End(Tone.NOTE, "You said no", (_NOTHING,), counted=True),
    outcomes.INSUFFICIENT_HOLDINGS: _End(Tone.BAD, "Not enough shares to sell", (_NOTHING,), counted=True),
    outcomes.EXPIRED_IN_FLOW: _End(
        Tone.QUEUE, "This request has expired", ("It was open for too long, so it was closed.", _NOTHING)
    ),
    outcomes.NO_BROKER_NOT_LISTED: _End(
        Tone.NOTE, "Your broker is not here yet", ("The app that sent you is told.", _NOTHING), counted=True
    ),
    outcomes.NO_BROKER_OPEN_ACCOUNT: _End(Tone.NOTE, "You need a broker account first", (_NOTHING,), counted=True),
    outcomes.NO_BROKER_AVAILABLE: _End(
        Tone.BAD, "No broker can be chosen here", ("None of the brokers that were asked for is available.", _NOTHING)
    ),
    outcomes.USER_CANCELLED_CHOOSER: _End(Tone.NOTE, "Cancelled", (_NOTHING,), counted=True),
    outcomes.USER_CANCELLED_LOGIN: _End(Tone.NOTE, "Cancelled", (_NOTHING,), counted=True),
    outcomes.USER_CANCELLED_AFTER_LOGIN: _End(Tone.NOTE, "Cancelled", (_NOTHING,), counted=True),
    outcomes.INTENT_NOT_ENABLED: _End(Tone.BAD, "Your broker cannot do this", (_NOTHING,)),
    outcomes.TRANSACTION_EXPIRED_USED: _End(
        Tone.NOTE, "This request is over", ("Each request works once, for a short time.", _START_AGAIN)
    ),
    outcomes.INVALID_TRANSACTION: _End(Tone.BAD, "We do not know this request", (_START_AGAIN,)),
    outcomes.IN_PROCESS: _End(
        Tone.NOTE, "This request is open elsewhere", ("Finish it in the window where it was begun.",)
    ),
    outcomes.MARKET_CLOSED: _End(Tone.QUEUE, "The market is closed", (_NOTHING,)),
    outcomes.GATEWAY_SUSPENDED: _End(
        Tone.NOTE, "No new requests just now", ("No new requests are taken for this app for the moment.", _NOTHING)
    ),
    outcomes.INTERNAL_ERROR: _End(Tone.BAD, "Something broke on our side", (_NOTHING,)),
}
_OTHER_END = _End(Tone.BAD, "This request is over", (_NOTHING,))


def end_of(frame: Frame, gateway: Gateway | None, error: FlowError, *, more: Sequence[str] = ()) -> Message:
    """The page of a flow that ended without a result. `more` are sentences that come first."""
    end = _ENDS.get(error, _OTHER_END)
    return Message(
        frame,
        end.tone,
        end.title,
        (*more, *end.text),
        code=f"{error.name} · {error.code}",
        ending=_ending(frame, gateway, counted=end.counted),
    )


def _ending(frame: Frame, gateway: Gateway | None, *, counted: bool) -> Ending | None:
    if gateway is None or not frame.home:
        return None
    return Ending(back_to(gateway), COUNTDOWN_SECONDS if counted else None)


def error_of(transaction: Transaction) -> FlowError:
    """Why this transaction failed."""
    return FlowError(transaction.error_name or outcomes.INTERNAL_ERROR.name, transaction.error_code or 0)


def orders_in_words(count: int) -> str:
    return "order" if count == 1 else f"{count} orders"
