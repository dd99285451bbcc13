"""Nuvama's wire, as far as it is read. Source: the partner documentation (structure, auth, equity), the Python client
API Connect 2.0.12, and answers that public code quotes.

An answer is `{"appID", "config", "data": {…}, "msgID", "srvTm"}`, or `error: {errCd, errMsg}` in the place of `data`.
Numbers are texts, some with commas for thousands, and are read by `mapping.number`.
"""

import re
from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import field

from torana.connectors.decoding import Unreadable, decode
from torana.connectors.error_table import Failure
from torana.connectors.readings import Identifier, Name
from torana.connectors.row_reader import HoldingRow, OrderRow, PositionRow

T = TypeVar("T")

NOTHING = "no "
"""Before the word for what there is none of: the code that `failures` gives an answer that says so."""
_NOTHING = re.compile(r"seems like there are no ([a-z]+)")

_Account = Annotated[str, msgspec.Meta(max_length=128)]
"""An account's id, empty where there is none."""


class Reply(msgspec.Struct, Generic[T], frozen=True):
    data: T


class Vendor(msgspec.Struct, frozen=True):
    """The vendor's session, which all its clients share. Of an answer that says no it would be the reason."""

    msg: Name
    success: Any = None

    def __post_init__(self) -> None:
        if self.success is False:
            raise ValueError("not a success")


class Accounts(msgspec.Struct, frozen=True):
    equity: _Account = field(default="", name="eqAccID")
    dependent: _Account = field(default="", name="empOrDependent")
    """Told by some accounts; what it says goes along with each of their orders."""


class Exchange(msgspec.Struct, frozen=True):
    exc: str
    prd: list[Any]
    """The products that this client may use there: each a text, or an object with `prdVal`."""


class LoginData(msgspec.Struct, frozen=True):
    accs: Accounts
    prds: list[Exchange] = []


class Token(msgspec.Struct, frozen=True):
    auth: Name
    login: LoginData = field(name="lgnData")


class Placed(msgspec.Struct, frozen=True):
    oid: Identifier


class Done(msgspec.Struct, frozen=True):
    """What was done to an order, or to a login: that it is there says so."""

    type: str = ""


class Order(OrderRow, frozen=True, kw_only=True):
    """A row of the book. `ntQty` was ordered, `flQty` filled; `trsTyp` is BUY or SELL."""

    order_id: Identifier = field(name="ordID")
    status: str = field(name="sts")
    exchange: str = field(name="exc")
    code: str = field(name="sym")
    symbol: Name = field(name="dpName")
    side: str = field(name="trsTyp")
    product: str = field(name="prdCode")
    quantity: Any = field(name="ntQty")
    filled: Any = field(name="flQty")
    average_price: Any = field(default=None, name="avgPrc")
    order_type: str | None = field(default=None, name="ordTyp")
    exchange_order_id: str | None = field(default=None, name="exONo")
    tag: Any = field(default=None, name="rmk")
    message: str | None = field(default=None, name="rjRsn")
    placed_at: str | None = field(default=None, name="ordTim")


class Shares(msgspec.Struct, frozen=True):
    """`qty` is settled, `t1HQty` on its way, `usdQty` sold today."""

    quantity: Any = field(name="qty")
    t1: Any = field(name="t1HQty")
    used: Any = field(name="usdQty")


class Holding(HoldingRow, frozen=True, kw_only=True):
    symbol: Name = field(name="dpName")
    exchange: str = field(name="exc")
    isin: Name
    code: str = field(default="", name="sym")
    shares: Shares | None = field(default=None, name="cncRmsHdg")
    """Not there of a security that is only held with the broker's money (`mtfRmsHdg`)."""


class Position(PositionRow, frozen=True, kw_only=True):
    """One security and product; `byQty` and `slQty` are of today, what came over has fields of its own."""

    symbol: Name = field(name="dpName")
    exchange: str = field(name="exc")
    code: str = field(name="sym")
    product: str = field(name="prdCode")
    bought: Any = field(name="byQty")
    sold: Any = field(name="slQty")
    buy_price: Any = field(default=None, name="avgByPrc")
    sell_price: Any = field(default=None, name="avgSlPrc")


class Points(msgspec.Struct, frozen=True):
    """Columns of a chart, one value for each minute."""

    at: list[str] = field(name="ltt")
    close: list[Any]


class Chart(msgspec.Struct, frozen=True):
    points: Points = field(name="pltPnts")


class _Error(msgspec.Struct, frozen=True):
    code: str | int | None = field(default=None, name="errCd")
    text: str | None = field(default=None, name="errMsg")


class _Refusal(msgspec.Struct, frozen=True):
    error: _Error


def failures(body: bytes) -> Sequence[Failure]:
    """Raises `Unreadable` for a body that is no refusal."""
    error = decode(body, _Refusal).error
    text = error.text or ""
    if error.code is None and not text:
        raise Unreadable("an error that says nothing")
    if nothing := _NOTHING.match(text.lower()):
        return [Failure(f"{NOTHING}{nothing[1]}", text)]
    return [Failure(None if error.code is None else str(error.code), text)]
