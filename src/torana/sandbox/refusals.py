"""What a simulated broker refuses, as data: one line for each reason of the exchange and for each HTTP status.

A handler raises `Refused`; the front turns it into the broker's error answer, or into a page where a person looks.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from torana.sandbox import pages
from torana.sandbox.models import OrderRefused, Reason
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
class Line:
    """One refusal: HTTP status, the broker's code, its text. Without a text the exchange's own is made a sentence."""

    status: int
    code: str
    text: str = ""
    own_words: bool = False
    """Whatever the exchange says of the case goes before `text`."""

    def refused(self, text: str | None = None, *, field: str | None = None, value: object = None) -> Refused:
        return Refused(self.status, self.code, text or self.text, field=field, value=value)


def by_reason(table: str) -> dict[Reason, Line]:
    """A line for each reason, from text: `reason status code text`. `* ` before a text: the exchange's words first."""
    return {Reason(name): line for name, line in _lines(table)}


def by_status(table: str) -> dict[int, Line]:
    """A line for each HTTP status that a fault may ask for, from text: `status status-of-the-answer code text`."""
    return {int(name): line for name, line in _lines(table)}


def _lines(table: str) -> Iterator[tuple[str, Line]]:
    for row in filter(None, map(str.strip, table.splitlines())):
        name, status, code, *words = row.split(maxsplit=3)
        text = "".join(words)
        yield name, Line(int(status), code, text.removeprefix("* "), own_words=text.startswith("* "))


def _page(refused: Refused) -> Response:
    """What a person sees where an app would get an error body."""
    return pages.render(
        "message.html", status=refused.status, title="This cannot be done", text=refused.text, code=refused.code
    )


@dataclass(frozen=True, slots=True)
class Refusals:
    """All refusals of one broker, and how it writes them."""

    answer: Callable[[Refused], Response]
    """The error answer, envelope and all."""
    no_session: Line | Mapping[SessionProblem, Line]
    """For all problems with a token, or for each."""
    reasons: Mapping[Reason, Line]
    """An order or a change that is refused at once."""
    other_reason: Line
    """For reasons that the map leaves out."""
    statuses: Mapping[int, Line]
    """What usually comes with an HTTP status; 404 and 405 answer unknown paths and methods, 429 what is too fast."""
    other_status: Line
    """For every other status; its own status is not looked at."""
    strange: Line
    """A refusal with a code that no document knows."""
    page: Callable[[Refused], Response] = field(default=_page)

    def of_reason(self, refusal: OrderRefused) -> Refused:
        line = self.reasons.get(refusal.reason, self.other_reason)
        if line.own_words:
            return line.refused(refusal.message or None)
        return line.refused(line.text or f"{refusal.message.capitalize()}.")

    def of_session(self, problem: SessionProblem) -> Refused:
        line = self.no_session if isinstance(self.no_session, Line) else self.no_session[problem]
        return line.refused()

    def of_status(self, status: int, text: str | None = None) -> Refused:
        line = self.statuses.get(status)
        if line is None:
            return Refused(status, self.other_status.code, text or self.other_status.text)
        return line.refused(text)
