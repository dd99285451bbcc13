"""What can be made to go wrong, by the control API, by magic user names and by magic quantities."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import chain, count

import msgspec

from torana.sandbox.models import Reason


class Operation(StrEnum):
    """What a request asks of a broker. Every route of a dialect names one."""

    LOGIN = "login"
    TOKEN = "token"
    LOGOUT = "logout"
    PROFILE = "profile"
    FUNDS = "funds"
    HOLDINGS = "holdings"
    POSITIONS = "positions"
    INSTRUMENTS = "instruments"
    QUOTES = "quotes"
    MARGINS = "margins"
    CHARGES = "charges"
    PLACE = "place"
    MODIFY = "modify"
    CANCEL = "cancel"
    ORDERS = "orders"
    ORDER = "order"
    TRADES = "trades"
    BASKET = "basket"
    AUTHORISE = "authorise"
    OPENING = "opening"
    POSTBACK = "postback"
    """Not a request: what the broker sends to the app."""


class Kind(StrEnum):
    """What goes wrong. `FAULT_NOTES` says it in words."""

    LATENCY = "latency"
    HANG = "hang"
    STATUS = "status"
    EMPTY = "empty"
    EMPTY_OBJECT = "empty_object"
    HTML = "html"
    TRUNCATED = "truncated"
    CUT = "cut"
    BAD_ROW = "bad_row"
    WRONG_TYPE = "wrong_type"
    WRONG_CHARSET = "wrong_charset"
    HUGE = "huge"
    NO_ORDER_ID = "no_order_id"
    RESET_BEFORE = "reset_before"
    RESET_AFTER = "reset_after"
    RESET_REUSED = "reset_reused"
    REDIRECT = "redirect"
    DRIP = "drip"
    REJECT = "reject"
    STRANGE_REJECT = "strange_reject"
    STRANGE_STATUS = "strange_status"
    ECHO_SYMBOL = "echo_symbol"
    ECHO_SIDE = "echo_side"
    ECHO_QUANTITY = "echo_quantity"
    FOREIGN_ORDER_ID = "foreign_order_id"
    STALE_EMPTY = "stale_empty"
    MISSING = "missing"
    PADDED = "padded"
    TAG_TRUNCATED = "tag_truncated"
    TAG_UPPER = "tag_upper"
    TAG_DROPPED = "tag_dropped"
    DROP_SECOND = "drop_second"
    DELAYED = "delayed"
    TOKEN_DIES = "token_dies"
    COOP = "coop"
    RATE_LIMITED = "rate_limited"
    DROP = "drop"
    DUPLICATE = "duplicate"
    DELAY = "delay"
    FORGED = "forged"


FAULT_NOTES: dict[Kind, str] = {
    Kind.LATENCY: "the answer comes `seconds` later",
    Kind.HANG: "no answer for `seconds` (default 60)",
    Kind.STATUS: "answer with HTTP `status`; `text` replaces the message",
    Kind.EMPTY: "HTTP 200 with an empty body",
    Kind.EMPTY_OBJECT: "HTTP 200 with `{}`",
    Kind.HTML: "HTTP 200 with an HTML page",
    Kind.TRUNCATED: "half of the JSON, as a whole HTTP answer",
    Kind.CUT: "half of the body, then the connection closes although more was announced",
    Kind.BAD_ROW: "the first row of the list, or the one at `count`, has null where `text` names its fields",
    Kind.WRONG_TYPE: "the right body labelled `text/plain`",
    Kind.WRONG_CHARSET: "the right body in UTF-16, labelled UTF-8",
    Kind.HUGE: "a body of `count` MB (default 50)",
    Kind.NO_ORDER_ID: "success without an order id",
    Kind.RESET_BEFORE: "connection reset before the body is read; nothing happens at the broker",
    Kind.RESET_AFTER: "connection reset instead of an answer",
    Kind.RESET_REUSED: "connection reset when the request comes on a connection that was used before",
    Kind.REDIRECT: "HTTP `status` (301, 302, 307 or 308; default 307) to `text` (default: the same address)",
    Kind.DRIP: "one byte each `seconds` (default 1)",
    Kind.REJECT: "the broker refuses for `reason`: in the answer with `placed: false`, else later in the book",
    Kind.STRANGE_REJECT: "refused in the answer with a code that no document knows; `placed: true`: it is there yet",
    Kind.STRANGE_STATUS: "the order rests with a status word that no document knows",
    Kind.ECHO_SYMBOL: "the broker keeps the order with another symbol",
    Kind.ECHO_SIDE: "the broker keeps the order with the other side",
    Kind.ECHO_QUANTITY: "the broker keeps the order with one share more",
    Kind.FOREIGN_ORDER_ID: "the answer names the order of another client",
    Kind.STALE_EMPTY: "the book is empty although there are orders",
    Kind.MISSING: "the book lacks the orders that were accepted since this fault was set",
    Kind.PADDED: "the book carries `count` (default 3000) further orders",
    Kind.TAG_TRUNCATED: "the broker keeps the first `count` characters of the tag (default 10; of a tag of ten nine)",
    Kind.TAG_UPPER: "the broker turns the tag into capitals",
    Kind.TAG_DROPPED: "the broker drops the tag",
    Kind.DROP_SECOND: "an order within a second of the last one gets an id and never exists",
    Kind.DELAYED: "the answer is right; the order appears `appearsAfter` seconds later",
    Kind.TOKEN_DIES: "the client's access tokens end just before the request is looked at",
    Kind.COOP: "pages carry `Cross-Origin-Opener-Policy: same-origin`",
    Kind.RATE_LIMITED: "HTTP 429, with `Retry-After` if `seconds` is given",
    Kind.DROP: "the postback is not sent",
    Kind.DUPLICATE: "the postback is sent `count` (default 5) times",
    Kind.DELAY: "the postback is sent `seconds` later",
    Kind.FORGED: "the postback carries a wrong proof",
}

EVERY_OPERATION = "*"


class Fault(msgspec.Struct, kw_only=True, rename="camel", omit_defaults=False, forbid_unknown_fields=True):
    """One switch. It applies to the next `times` matching requests (None: until it is removed)."""

    kind: Kind
    operation: str = Operation.PLACE.value
    """An `Operation`, or `*`."""
    broker: str | None = None
    account: str | None = None
    """User id or user name; None: every client."""
    times: int | None = 1
    after: int = 0
    """Let so many matching requests pass first."""
    every: int = 1
    """Apply to each n-th matching request only."""
    placed: bool = True
    """Whether the broker does what was asked although the answer is bad."""
    appears_after: float = 0.0
    """Seconds of exchange time after which an order that was placed appears."""
    seconds: float | None = None
    status: int | None = None
    text: str | None = None
    count: int | None = None
    reason: Reason | None = None
    id: int = 0
    applied: int = 0
    """How often it has applied."""
    seen: int = 0
    set_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.operation != EVERY_OPERATION:
            Operation(self.operation)
        if self.kind is Kind.REJECT and self.reason is None:
            raise ValueError("a `reject` needs a `reason`")

    @property
    def spent(self) -> bool:
        return self.times is not None and self.applied >= self.times

    def applies(self) -> bool:
        """Count one matching request; say whether this fault strikes it."""
        if self.spent:
            return False
        self.seen += 1
        if self.seen <= self.after or (self.seen - self.after) % self.every:
            return False
        self.applied += 1
        return True


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a request concerns. `names` are the client's user id and user name, empty when nobody is known."""

    broker: str
    operation: Operation
    names: frozenset[str] = frozenset()
    reused_connection: bool = False


class Faults:
    """The switches that are set. At most one strikes a request, the oldest first; latency and COOP come on top."""

    ON_TOP = frozenset({Kind.LATENCY, Kind.COOP})

    def __init__(self) -> None:
        self._set: list[Fault] = []
        self._ids = count(1)

    def all(self) -> list[Fault]:
        return list(self._set)

    def add(self, fault: Fault, now: datetime) -> Fault:
        fault.id = next(self._ids)
        fault.set_at = now
        self._set.append(fault)
        return fault

    def clear(self, fault_id: int | None = None) -> None:
        """Remove one, or all."""
        self._set = [fault for fault in self._set if fault_id is not None and fault.id != fault_id]

    def take(self, target: Target, own: Iterable[Fault] = ()) -> Fault | None:
        """The fault that strikes this request. `own` are those of the client's magic user name."""
        for fault in chain(self._set, own):
            if fault.kind not in self.ON_TOP and _matches(fault, target) and fault.applies():
                return fault
        return None

    def latency(self, target: Target, own: Iterable[Fault] = ()) -> float:
        """Seconds by which the answer is held up."""
        return sum(
            fault.seconds or 0.0
            for fault in chain(self._set, own)
            if fault.kind is Kind.LATENCY and _matches(fault, target) and fault.applies()
        )

    def cuts_opener(self, target: Target) -> bool:
        """Whether pages cut the window that opened them."""
        return any(fault.kind is Kind.COOP and _matches(fault, target) and fault.applies() for fault in self._set)


def _matches(fault: Fault, target: Target) -> bool:
    return (
        fault.operation in (EVERY_OPERATION, target.operation)
        and fault.broker in (None, target.broker)
        and (fault.account is None or fault.account in target.names)
        and (fault.kind is not Kind.RESET_REUSED or target.reused_connection)
    )
