"""What a simulated broker refuses, as data: one line for each reason of the exchange and for each HTTP status.

`refusal_table` makes them from a table of text. A handler raises `Refused`; the front turns it into the broker's error
answer, or into a page where a person looks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from torana.sandbox import pages
from torana.sandbox.faults import Operation
from torana.sandbox.models import OrderRefused, Reason, plain_text
from torana.sandbox.web import Response


class SessionProblem(StrEnum):
    """Why a request belongs to no live login."""

    MISSING = "missing"
    UNKNOWN = "unknown"
    ENDED = "ended"
    """By a logout or by a newer login."""
    EXPIRED = "expired"


class Refused(Exception):
    """A request that a simulated broker refuses, in the broker's terms.

    `field` and `value` name what was at fault in the request, for brokers whose answers say so.
    """

    def __init__(self, status: int, code: str, text: str, *, field: str | None = None, value: object = None) -> None:
        super().__init__(f"{code}: {text}")
        self.status = status
        self.code = code
        self.text = text
        self.field = field
        self.value = value


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refusal: HTTP status, the broker's code, its text. Without a text the exchange's own is made a sentence."""

    status: int
    code: str
    text: str = ""
    own_words: bool = False
    """Whatever the exchange says of the case goes before `text`."""

    def refused(self, text: str | None = None, *, field: str | None = None, value: object = None) -> Refused:
        return Refused(self.status, self.code, text or self.text, field=field, value=value)


def _worded(line: Refusal, message: str) -> Refused:
    if line.own_words:
        return line.refused(message or None)
    return line.refused(line.text or f"{message.rstrip('.').capitalize()}.")


def page(refused: Refused) -> Response:
    """What a person sees where an app would get an error body."""
    return pages.render(
        "message.html", status=refused.status, title="This cannot be done", text=refused.text, code=refused.code
    )


@dataclass(frozen=True, slots=True)
class Refusals:
    """All refusals of one broker, and how it writes them."""

    answer: Callable[[Refused], Response]
    """The error answer, envelope and all."""
    no_session: Mapping[SessionProblem, Refusal]
    reasons: Mapping[Reason, Refusal]
    """An order or a change that is refused at once."""
    other_reason: Refusal
    """For reasons that the map leaves out."""
    statuses: Mapping[int, Refusal]
    """What usually comes with an HTTP status; 404 and 405 answer unknown paths and methods, 429 what is too fast."""
    other_status: Refusal
    """For every other status; its own status is not looked at."""
    strange: Refusal
    """A refusal with a code that no document knows."""
    reasons_in: Mapping[tuple[Operation, Reason], Refusal] = field(default_factory=dict)
    """Where the line depends on what was asked for."""
    in_the_book: Mapping[Reason, Refusal] = field(default_factory=dict)
    """What this broker usually shows as a rejection in the book: the line of a fault that refuses it in the answer."""

    @property
    def unnamed(self) -> frozenset[Reason]:
        """Reasons for which no line of their own says no: `Dialect.rejects_later` of most brokers."""
        return frozenset(Reason) - self.reasons.keys()

    def of_reason(self, refusal: OrderRefused, operation: Operation | None = None) -> Refused:
        """`operation`: what was asked for."""
        usual = self.reasons.get(refusal.reason, self.other_reason)
        line = self.reasons_in.get((operation, refusal.reason), usual) if operation else usual
        return _worded(line, refusal.message)

    def at_once(self, reason: Reason, text: str) -> Refused:
        """The refusal in the answer that a fault asks for, whatever this broker refuses at once."""
        line = self.reasons.get(reason, self.in_the_book.get(reason, self.other_reason))
        return _worded(line, text if line.text else text or plain_text(reason))

    def of_session(self, problem: SessionProblem) -> Refused:
        return self.no_session[problem].refused()

    def of_status(self, status: int, text: str | None = None) -> Refused:
        line = self.statuses.get(status)
        if line is None:
            return Refused(status, self.other_status.code, text or self.other_status.text)
        return line.refused(text)
