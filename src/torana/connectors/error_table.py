"""What an exchange with a broker proves: a value, or exactly one of the contract's errors. One place for all brokers.

| seen | error |
|---|---|
| no connection, or no byte left us | `NotSent` |
| a read that was not sent because this broker has not been answering | `Resting` |
| sent, and no whole answer came | `Unknown` |
| 3xx, 408, 5xx, a body that is not this broker's JSON, 2xx without what it must hold | `Unknown` |
| a status by which this broker says "no data", to a read | `NotThere`: healthy and empty |
| a code by which it does, under whatever status of an error, to a read | `NotThere`, likewise |
| 429 | `RateLimited`; to an order only where the broker documents it as refused beforehand, else `Unknown` |
| 403 with the words that this broker has for "too fast" | as 429 |
| a code, or a status of this broker's, that means that the login is over | `SessionEnded` |
| any other 4xx while logging in | `LoginRefused` |
| any other 4xx to a read | `Unknown`: a look-up that raised proves nothing (`NotThere` where the code says so) |
| 4xx to an order, with a text that is known to lie | `Unknown` |
| 4xx to an order, with a code that we know | `Rejected` |
| 4xx to an order, with a code after which it may exist | `Unknown` |
| 4xx to an order, with no code or one that we do not know | `Unknown`, unmapped: a refusal until the book says more |
| any refusal to a new order that names one by its id | `Unknown`, whatever stands beside |

What is said of an order holds for whatever changes something at the broker (`Purpose.CHANGE`), but for the last line: a
cancellation is answered with the id that it named.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from http import HTTPStatus
from typing import TypeVar

from torana.connectors.contract import (
    BrokerError,
    LoginRefused,
    NotSent,
    RateLimited,
    Reason,
    Rejected,
    Resting,
    SessionEnded,
    Unknown,
)
from torana.connectors.decoding import Unreadable, clean_text, decode
from torana.connectors.reasons import TIMED_OUT, Fragments, reason_of
from torana.kit.http import Answer, TransportFailure

T = TypeVar("T")

_LONGEST_TEXT = 500
_LONGEST_CODE = 100
_REFINABLE = frozenset({Reason.INVALID_ORDER, Reason.INSUFFICIENT_HOLDINGS, Reason.OTHER})
"""Reasons so general that the text beside the code may say more."""


class Purpose(Enum):
    """What a request is for decides what its failure means."""

    LOGIN = "login"
    READ = "read"
    ORDER = "order"
    """Makes an order."""
    CHANGE = "change"
    """Changes something else at the broker: a cancellation, a release of shares, a logout."""


_CHANGES = (Purpose.ORDER, Purpose.CHANGE)
_NO_IDS: tuple[object, ...] = (None, "", "0", 0, [])


class NotThere(Unknown):
    """A healthy answer to a read: the broker documents this code as "it does not exist"."""


async def or_nothing(asked: Awaitable[T], code: str, nothing: T) -> T:
    """What is told, or `nothing` where the broker says with this code, or with a status of no data, that there is none.
    The code of another list says nothing of this one."""
    try:
        return await asked
    except NotThere as told:
        if told.code not in (None, code):
            raise
        return nothing


@dataclass(frozen=True, slots=True)
class Failure:
    """What a broker says in its error body: its code and its text."""

    code: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one broker says no, as data."""

    failures: Callable[[bytes], Sequence[Failure]]
    """Reads an error body. Raises `Unreadable` when it is not one."""
    order_ids: frozenset[str]
    """The fields by which an answer to a new order names the order that was made."""
    session_codes: frozenset[str]
    rejections: Mapping[str, Reason]
    """The codes that are a definite no."""
    ambiguous_codes: frozenset[str] = frozenset()
    """Codes that are known and prove nothing: after them the order may exist."""
    status_rejections: Mapping[int, Reason] = field(default_factory=dict)
    """HTTP statuses that are a definite no whatever the code."""
    ambiguous_texts: tuple[str, ...] = TIMED_OUT
    """Lower-case fragments of refusals after which an order has been seen to exist all the same."""
    too_fast_is_refused: bool = False
    """It is documented that a 429 is answered before the order system sees the order."""
    fragments: Fragments = ()
    no_data_statuses: frozenset[int] = frozenset()
    """Statuses of success without a body by which this broker says to a read: there is nothing."""
    not_there_codes: frozenset[str] = frozenset()
    """The codes that say to a read: what you look for does not exist."""
    nothing_codes: frozenset[str] = frozenset()
    """The codes that say to a read, under whatever status of an error, a server's failure too: there is nothing."""
    too_fast_text: str = ""
    """In lower case: what a 403 of this broker's says, in whatever form, when it means 429."""
    session_statuses: frozenset[int] = frozenset()
    """HTTP statuses that mean that the login is over, whatever the code: of a broker without codes."""
    refuses_with_2xx: bool = False
    """This broker says no with an error body under a status of success."""


def read(answer: Answer, kind: type[T], dialect: Dialect, purpose: Purpose) -> T:
    """An answer as `kind`, or the error that it proves."""
    if dialect.too_fast_text and answer.status == HTTPStatus.FORBIDDEN:
        told = answer.body[:_LONGEST_TEXT].decode("utf-8", "replace").strip()
        if dialect.too_fast_text in told.lower():
            slowed = replace(answer, status=HTTPStatus.TOO_MANY_REQUESTS)
            raise _refusal(slowed, [Failure(None, clean_text(told))], dialect, purpose)
    if purpose is Purpose.READ and answer.status in dialect.no_data_statuses:
        raise NotThere(f"HTTP {answer.status}: no data")
    if 200 <= answer.status < 300:
        try:
            return _decode(answer, kind)
        except _NotReadable as problem:
            if dialect.refuses_with_2xx and (failures := _failures(answer, dialect)):
                raise _refused(answer, failures, dialect, purpose) from None
            raise Unknown(f"HTTP {answer.status}: {problem}") from None
    failures = _failures(answer, dialect)
    if not failures:
        raise _bare(answer, purpose)
    raise _refused(answer, failures, dialect, purpose)


def lost(failure: TransportFailure) -> BrokerError:
    """What is known of a call to which no whole answer came."""
    if failure.rest is not None:
        return Resting(failure.reason, seconds=failure.rest)
    return Unknown(failure.reason) if failure.sent else NotSent(failure.reason)


def _bare(answer: Answer, purpose: Purpose) -> BrokerError:
    """No success, and no word of the broker's own: it may come from anything between us and them."""
    message = f"HTTP {answer.status} without an error of this broker's"
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS and purpose not in _CHANGES:
        return RateLimited(message, retry_after=_retry_after(answer))
    return Unknown(message)


def _refused(answer: Answer, failures: Sequence[Failure], dialect: Dialect, purpose: Purpose) -> BrokerError:
    """What a refusal proves: nothing where it names an order that it may have made."""
    refusal = _refusal(answer, failures, dialect, purpose)
    if purpose is Purpose.ORDER and _names_an_order(answer.body, dialect.order_ids):
        return Unknown(refusal.message, code=refusal.code)
    return refusal


def _names_an_order(body: bytes, fields: Collection[str]) -> bool:
    """Whether one of these fields has a value, wherever in the body it stands."""
    try:
        left = [decode(body, object)]
    except Unreadable:
        return True
    while left:
        told = left.pop()
        if isinstance(told, dict):
            if any(told.get(field) not in _NO_IDS for field in fields):
                return True
            left += told.values()
        elif isinstance(told, list):
            left += told
    return False


def _refusal(answer: Answer, failures: Sequence[Failure], dialect: Dialect, purpose: Purpose) -> BrokerError:
    status = answer.status
    message = "; ".join(failure.message for failure in failures if failure.message)[:_LONGEST_TEXT] or f"HTTP {status}"
    codes = [failure.code[:_LONGEST_CODE] for failure in failures if failure.code]
    code = codes[0] if codes else None
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        if purpose in _CHANGES and not dialect.too_fast_is_refused:
            return Unknown(message, code=code)
        return RateLimited(message, code=code, retry_after=_retry_after(answer))
    if purpose is Purpose.READ and status >= HTTPStatus.BAD_REQUEST and code in dialect.nothing_codes:
        return NotThere(message, code=code)
    if 300 <= status < 400 or status == HTTPStatus.REQUEST_TIMEOUT or status >= 500:
        return Unknown(message, code=code)
    if purpose is Purpose.LOGIN:
        return LoginRefused(message, code=code)
    if status in dialect.session_statuses or any(code in dialect.session_codes for code in codes):
        return SessionEnded(message, code=code)
    if purpose is Purpose.READ:
        return (NotThere if code in dialect.not_there_codes else Unknown)(message, code=code)
    return _order_refusal(status, message, codes, dialect)


def _order_refusal(status: int, message: str, codes: Sequence[str], dialect: Dialect) -> BrokerError:
    """A 4xx to an order: no, if all that we know of this broker says so."""
    code = codes[0] if codes else None
    told_before = any(code in dialect.ambiguous_codes for code in codes)
    if told_before or any(text in message.lower() for text in dialect.ambiguous_texts):
        return Unknown(message, code=code)
    known = dialect.status_rejections.get(status)
    if known is None:
        if not codes or any(code not in dialect.rejections for code in codes):
            return Unknown(message, code=code, unmapped=True)
        known = dialect.rejections[codes[0]]
    if known in _REFINABLE:
        told = reason_of([message], dialect.fragments)
        known = known if told is Reason.OTHER else told
    return Rejected(message, reason=known, code=code)


class _NotReadable(Exception):
    """The body is not what it should be; the text says why and quotes nothing of it."""


def _json_body(answer: Answer) -> bytes:
    kind, _, parameters = answer.headers.get("content-type", "").lower().partition(";")
    if not (kind.strip() == "application/json" or kind.strip().endswith("+json")):
        raise _NotReadable("not JSON by its content type")
    charset = parameters.partition("charset=")[2].strip().strip('"')
    if charset not in ("", "utf-8", "utf8"):
        raise _NotReadable("not in UTF-8")
    if not answer.body.strip():
        raise _NotReadable("empty")
    return answer.body


def _decode(answer: Answer, kind: type[T]) -> T:
    body = _json_body(answer)
    try:
        return decode(body, kind)
    except Unreadable as problem:
        raise _NotReadable(str(problem)) from None


def _failures(answer: Answer, dialect: Dialect) -> Sequence[Failure]:
    try:
        return dialect.failures(_json_body(answer))
    except (_NotReadable, Unreadable):
        return ()


def _retry_after(answer: Answer) -> float | None:
    """Seconds, where the header gives a plain number of them."""
    given = answer.headers.get("retry-after", "").strip()
    return float(given) if given.isascii() and given.isdigit() and len(given) < 6 else None
