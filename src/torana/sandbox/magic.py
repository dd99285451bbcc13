"""Magic inputs: user names that decide how a login ends, quantities that decide how an order ends.

This is the one table; the sandbox prints it on its pages, and docs/sandbox.md is checked against it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from torana.sandbox.faults import Fault, Kind, Operation
from torana.sandbox.models import Ending, Reason


class LoginEnd(StrEnum):
    """How the login page sends the browser back."""

    SUCCESS = "success"
    CANCELLED = "cancelled"
    FAILED = "failed"
    NEVER = "never"
    """It does not: the page stays."""
    EXPIRED_CODE = "expired_code"
    USED_CODE = "used_code"
    UNKNOWN_CODE = "unknown_code"
    WRONG_STATE = "wrong_state"
    NO_STATE = "no_state"


@dataclass(frozen=True, slots=True)
class MagicName:
    """A user name. `note` completes the sentence "Logging in as this user …"."""

    name: str
    note: str
    end: LoginEnd = LoginEnd.SUCCESS
    faults: tuple[Fault, ...] = ()
    no_funds: bool = False
    no_holdings: bool = False
    pledged: bool = False
    two_rows: bool = False
    large: bool = False
    needs_edis: bool = False
    late_release: bool = False
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class MagicQuantity:
    """A quantity. `note` completes the sentence "An order for so many shares …"."""

    quantity: int
    note: str
    ending: Ending = Ending.FILLS
    reject: Reason | None = None
    """Rejected in the book for this reason."""
    fault: Fault | None = None
    """What goes wrong with the answer (not for orders of a browser basket)."""
    appears_after: float = 0.0
    strange_status: bool = False
    postback_copies: int = 1


def _always(kind: Kind, operation: str, **how: Any) -> Fault:
    return Fault(kind=kind, operation=operation, times=None, **how)


NAMES: dict[str, MagicName] = {
    magic.name: magic
    for magic in (
        MagicName("cancel", "comes back as cancelled", LoginEnd.CANCELLED),
        MagicName("error", "comes back as failed", LoginEnd.FAILED),
        MagicName("stuck", "never comes back: the page stays", LoginEnd.NEVER),
        MagicName("expired-code", "comes back with a code that is too old", LoginEnd.EXPIRED_CODE),
        MagicName("used-code", "comes back with a code that was used before", LoginEnd.USED_CODE),
        MagicName("unknown-code", "comes back with a code that the broker does not know", LoginEnd.UNKNOWN_CODE),
        MagicName("wrong-state", "comes back with another state value than was sent", LoginEnd.WRONG_STATE),
        MagicName("no-state", "comes back without the state value", LoginEnd.NO_STATE),
        MagicName("wrong-user", "succeeds, as a second person to try a user mismatch with"),
        MagicName(
            "token-error",
            "succeeds, but the exchange of the code for a token answers HTTP 500",
            faults=(_always(Kind.STATUS, Operation.TOKEN, status=500, placed=False),),
        ),
        MagicName(
            "token-timeout",
            "succeeds, but the exchange of the code for a token never answers",
            faults=(_always(Kind.HANG, Operation.TOKEN),),
        ),
        MagicName("blocked", "succeeds, but the broker refuses every order of this client", blocked=True),
        MagicName("no-funds", "succeeds with no cash at all", no_funds=True),
        MagicName("no-holdings", "succeeds with an empty demat account", no_holdings=True),
        MagicName(
            "pledged",
            "succeeds with shares that are pledged or not yet delivered: Kite sells the pledged ones as they are, "
            "Upstox does not",
            pledged=True,
        ),
        MagicName("two-rows", "succeeds with 500 ITC in two rows, 300 of the NSE and 200 of the BSE", two_rows=True),
        MagicName("large-portfolio", "succeeds with 150 holdings", large=True),
        MagicName(
            "large-book",
            "succeeds with an order book of 3,000 rows",
            faults=(_always(Kind.PADDED, Operation.ORDERS),),
        ),
        MagicName("needs-edis", "succeeds without a standing authorisation to debit shares", needs_edis=True),
        MagicName(
            "late-release",
            "succeeds without a standing authorisation, and the holdings tell a release a minute later",
            late_release=True,
        ),
        MagicName(
            "rate-limited",
            "succeeds, but every second request is refused as too fast",
            faults=(_always(Kind.RATE_LIMITED, "*", every=2),),
        ),
        MagicName(
            "slow",
            "succeeds, and every answer takes three seconds",
            faults=(_always(Kind.LATENCY, "*", seconds=3.0),),
        ),
        MagicName(
            "token-dies",
            "succeeds, but the token ends at the second order of the day",
            faults=(Fault(kind=Kind.TOKEN_DIES, operation=Operation.PLACE, after=1),),
        ),
        MagicName(
            "no-postbacks",
            "succeeds, and the broker never sends a postback for it",
            faults=(_always(Kind.DROP, Operation.POSTBACK),),
        ),
        MagicName(
            "book-down",
            "succeeds, but the order book answers HTTP 500",
            faults=(
                _always(Kind.STATUS, Operation.ORDERS, status=500),
                _always(Kind.STATUS, Operation.ORDER, status=500),
            ),
        ),
        MagicName(
            "quotes-down",
            "succeeds, but prices answer HTTP 503",
            faults=(_always(Kind.STATUS, Operation.QUOTES, status=503),),
        ),
    )
}

QUANTITIES: dict[int, MagicQuantity] = {
    magic.quantity: magic
    for magic in (
        MagicQuantity(101, "is filled in part, then complete three seconds later", Ending.PARTIAL_THEN_FILLS),
        MagicQuantity(102, "is rejected in the book for lack of funds", reject=Reason.FUNDS),
        MagicQuantity(103, "is rejected in the book by the price band", reject=Reason.CIRCUIT),
        MagicQuantity(104, "is accepted, but the answer never comes", fault=Fault(kind=Kind.HANG)),
        MagicQuantity(
            105,
            "never gets an answer and appears eight seconds later",
            fault=Fault(kind=Kind.HANG),
            appears_after=8.0,
        ),
        MagicQuantity(
            106,
            "is answered HTTP 400 “order request timed out” and appears eight seconds later",
            fault=Fault(kind=Kind.STATUS, status=400, text="Order request timed out. Please check the order book."),
            appears_after=8.0,
        ),
        MagicQuantity(107, "is accepted, but the answer is empty", fault=Fault(kind=Kind.EMPTY)),
        MagicQuantity(108, "has each of its postbacks sent five times", postback_copies=5),
        MagicQuantity(109, "is filled in part and rests open", Ending.PARTIAL_THEN_RESTS),
        MagicQuantity(110, "rests with a status word that no document knows", Ending.RESTS, strange_status=True),
        MagicQuantity(
            111,
            "is refused in the answer for lack of funds",
            fault=Fault(kind=Kind.REJECT, reason=Reason.FUNDS, placed=False),
        ),
        MagicQuantity(112, "is answered HTTP 503, but accepted", fault=Fault(kind=Kind.STATUS, status=503)),
        MagicQuantity(
            113, "is answered HTTP 503 and does not exist", fault=Fault(kind=Kind.STATUS, status=503, placed=False)
        ),
        MagicQuantity(114, "never gets an answer and does not exist", fault=Fault(kind=Kind.HANG, placed=False)),
        MagicQuantity(115, "is accepted, but the answer names no order", fault=Fault(kind=Kind.NO_ORDER_ID)),
        MagicQuantity(116, "is accepted, but the connection breaks", fault=Fault(kind=Kind.RESET_AFTER)),
        MagicQuantity(
            117,
            "is refused in the answer with an error code that no document knows",
            fault=Fault(kind=Kind.STRANGE_REJECT, placed=False),
        ),
        MagicQuantity(118, "rests open until it is cancelled or the market closes", Ending.RESTS),
        MagicQuantity(119, "is filled after twenty seconds", Ending.FILLS_SLOWLY),
        MagicQuantity(
            120,
            "never gets an answer and appears ninety seconds later",
            fault=Fault(kind=Kind.HANG),
            appears_after=90.0,
        ),
        MagicQuantity(121, "stays received, before the exchange, for ninety seconds", Ending.STUCK),
        MagicQuantity(122, "rests open; a cancellation is accepted, yet it is filled", Ending.FILLS_DESPITE_CANCEL),
        MagicQuantity(
            123,
            "is cancelled by the exchange, then corrected to filled five seconds later",
            Ending.CANCELLED_THEN_FILLS,
        ),
        MagicQuantity(124, "is filled with one share more than ordered", Ending.OVERFILLS),
        MagicQuantity(125, "is filled in part, the rest is cancelled", Ending.PARTIAL_THEN_CANCELLED),
        MagicQuantity(126, "is rejected in the book for lack of holdings", reject=Reason.HOLDINGS),
        MagicQuantity(
            127,
            "never gets an answer and appears five minutes later",
            fault=Fault(kind=Kind.HANG),
            appears_after=300.0,
        ),
        MagicQuantity(128, "is accepted, but the answer is an HTML page", fault=Fault(kind=Kind.HTML)),
        MagicQuantity(
            129,
            "is refused as too fast (HTTP 429) and does not exist",
            fault=Fault(kind=Kind.RATE_LIMITED, placed=False),
        ),
        MagicQuantity(
            130,
            "loses its tag at the broker",
            fault=Fault(kind=Kind.TAG_DROPPED),
        ),
    )
}


def name_of(user_name: str) -> MagicName | None:
    """The magic name that a user name is, or begins with before a dot: `cancel` and `cancel.asha` alike."""
    return NAMES.get(user_name.strip().lower().partition(".")[0])
