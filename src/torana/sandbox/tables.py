"""What a simulated broker says and takes, as data: the file `tables.toml` in its folder.

    refusals = '''
        DH-905 400 Missing required fields | * *, reason symbol
    '''
    rejects_later = ["funds", "freeze"]
    [rejections]
    freeze = "Quantity is above the freeze quantity"
    [words]
    sent = "TRANSIT"
    [limits]
    "place modify cancel" = 10
    others = 20
    [requests]
    order = '''
        side   transactionType   one of BUY SELL
    '''
    [rows]
    order = '''
        orderId=order_id orderStatus=status
    '''

Tables of refusals are those of `refusal_table`, of requests those of `order_table`, of rows those of `wire.Shape`. In
a request or a row `@name` stands for the whole table of that name; what stands behind it replaces what it says of a
name. `rejects_later` is what the order system only finds behind the answer, by reason of the exchange; `rejections` are
the texts of an order that the book shows as rejected; `words` are the states of an order, as `few_words` and
`Vocabulary` name them. `limits` are requests a second of one client: those of one line are counted together, or not at
all where it says 0; `others` are those that no line names. A member of a `family` adds to what the file of its family
says. What has to be worked out is Python, beside the use of the table.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import msgspec

from torana.sandbox.dialect import Limit
from torana.sandbox.faults import Operation
from torana.sandbox.models import Reason
from torana.sandbox.order_table import OrderTable
from torana.sandbox.refusal_table import Table, rows
from torana.sandbox.vocabulary import Vocabulary, few_words

_INCLUDED = re.compile(r"(?<!\S)@(\w+)")


class _Words(msgspec.Struct, forbid_unknown_fields=True):
    sent: str
    resting: str
    complete: str
    cancelled: str
    rejected: str
    undocumented: str
    amo: str | None = None
    open_pending: str | None = None
    cancel_pending: str | None = None
    modifying: tuple[str, ...] = ()
    cancelled_amo: str | None = None
    modified_amo: str | None = None
    partly: str | None = None


class _File(msgspec.Struct, forbid_unknown_fields=True):
    family: str = ""
    refusals: str = ""
    rejects_later: frozenset[Reason] = frozenset()
    words: _Words | None = None
    rejections: dict[Reason, str] = {}
    limits: dict[str, int] = {}
    requests: dict[str, str] = {}
    rows: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything in the file of one broker."""

    refusals: Table
    rejects_later: frozenset[Reason]
    """As of `Dialect`, for a broker that names them."""
    rejections: Mapping[Reason, str]
    rows: Mapping[str, str]
    """For the methods of `wire.Style`."""
    requests: Mapping[str, str]
    limits: Mapping[Operation, Limit | None]
    other_limit: Limit | None
    _words: _Words | None

    @property
    def words(self) -> Vocabulary:
        """For a broker that has one word for all that is on its way. Raises `ValueError` where its file has none."""
        told = self._words
        if told is None:
            raise ValueError("tables.toml has no words")
        few = few_words(
            sent=told.sent, resting=told.resting, complete=told.complete, cancelled=told.cancelled,
            rejected=told.rejected, amo=told.amo, open_pending=told.open_pending, cancel_pending=told.cancel_pending,
        )  # fmt: skip
        return Vocabulary(
            few, told.undocumented, told.modifying, told.cancelled_amo, told.modified_amo, partly=told.partly
        )

    def request(self, name: str, *, typed: bool = False) -> OrderTable:
        """The fields of a request. A refusal whose subject begins with this name and a dot is one of it alone."""
        return OrderTable(self.refusals.of_request(name), self.requests[name], typed=typed)


@cache
def of(broker: str) -> Tables:
    """What the file of this broker says. Raises as `read`."""
    return read(broker, _text(broker))


def read(broker: str, text: str) -> Tables:
    """Raises `ValueError` for what is no table, `KeyError` for one in another that is not there."""
    told = _file(broker, text)
    if told.family:
        told = _added(_file(told.family, _text(told.family)), told)
    limits = {name: Limit(name, calls) if calls else None for name, calls in told.limits.items()}
    others = limits.pop("others", None)
    return Tables(
        Table(rows(told.refusals)), told.rejects_later, told.rejections, _whole(told.rows), _whole(told.requests),
        {Operation(one): limit for name, limit in limits.items() for one in name.split()}, others, told.words,
    )  # fmt: skip


def _text(broker: str) -> str:
    return files(f"torana.sandbox.{broker}").joinpath("tables.toml").read_text(encoding="utf-8")


def _file(broker: str, text: str) -> _File:
    try:
        return msgspec.convert(tomllib.loads(text), _File)
    except ValueError as error:
        raise ValueError(f"tables.toml of {broker}: {error}") from None


def _added(family: _File, own: _File) -> _File:
    """What a family's file says with what a member's adds, or says otherwise."""
    return _File(
        refusals=family.refusals + own.refusals, rejects_later=family.rejects_later | own.rejects_later,
        words=own.words or family.words,
        rejections=family.rejections | own.rejections, limits=family.limits | own.limits,
        requests=family.requests | own.requests, rows=family.rows | own.rows,
    )  # fmt: skip


def _whole(tables: Mapping[str, str]) -> dict[str, str]:
    """With the tables that others have in them. None may have itself."""

    def text(name: str) -> str:
        return _INCLUDED.sub(lambda found: text(found[1]), tables[name])

    return {name: text(name) for name in tables}
