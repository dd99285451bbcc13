"""Motilal Oswal's wire, as far as it is read. Source: the documentation of the MO trading API and its samples.

An answer is `{"status": "SUCCESS", "message": …, "errorcode": "", "data": …}`; what places an order or ends a login has
no `data`. Numbers are JSON numbers, amounts rupees unless a field says otherwise, times those of a clock in India.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import field

from torana.connectors.decoding import decode
from torana.connectors.error_table import Failure
from torana.connectors.readings import Count, Identifier, Name
from torana.connectors.row_reader import HoldingRow, OrderRow, PositionRow

T = TypeVar("T")


class Done(msgspec.Struct, frozen=True):
    status: Literal["SUCCESS"]


class Reply(Done, Generic[T], frozen=True):
    """A list that is null says nothing: neither that there are rows nor that there are none."""

    data: T


class AccessToken(Done, frozen=True):
    token: Name = field(name="accesstoken")


class Person(msgspec.Struct, frozen=True):
    clientcode: Identifier
    name: str = ""


class Placed(Done, frozen=True):
    uniqueorderid: Identifier


class Order(OrderRow, frozen=True, kw_only=True):
    """A row of the order book. `orderid` is the exchange's. What has no value is a blank or `0`, times too."""

    order_id: Identifier = field(name="uniqueorderid")
    status: str = field(name="orderstatus")
    exchange: str
    symbol: str
    code: Any = field(name="symboltoken")
    side: str = field(name="buyorsell")
    order_type: str = field(name="ordertype")
    product: str = field(name="producttype")
    quantity: Count = field(name="orderqty")
    filled: Count = field(name="totalqtytraded")
    lotsize: Count
    price: Decimal
    average_price: Decimal = field(name="averageprice")
    exchange_order_id: str | None = field(default=None, name="orderid")
    message: str | None = field(default=None, name="error")
    placed_at: str | None = field(default=None, name="recordinserttime")
    entered_at: str | None = field(default=None, name="entrydatetime")
    tag: Any = None


class Holding(HoldingRow, frozen=True, kw_only=True):
    """All in shares: `dpquantity` in the demat account, pledged ones too; `blockedquantity` of them by orders that were
    executed or wait; `tpinquantity` what the depository must release before a sale; `btstquantity` and
    `outstandingquantity` bought one and two days ago. Both tokens are numbers, `0` where it is not listed."""

    isin: Identifier = field(name="scripisinno")
    symbol: str = field(name="scripname")
    dpquantity: Count
    blockedquantity: Count
    collateralquantity: Count
    btstquantity: Count
    outstandingquantity: Count
    tpinquantity: Count
    average_price: Decimal = field(name="buyavgprice")
    nsesymboltoken: Any = None
    bsescripcode: Any = None


class Position(PositionRow, frozen=True, kw_only=True):
    """One security and product; `day…` is what was traded today."""

    exchange: str
    symbol: str
    code: Any = field(name="symboltoken")
    product: str = field(name="productname")
    bought: Count = field(name="daybuyquantity")
    sold: Count = field(name="daysellquantity")
    daybuyamount: Decimal
    daysellamount: Decimal


class MarginLine(msgspec.Struct, frozen=True):
    """One line of the margin report. Which one it is, `srno` says; some numbers come twice."""

    srno: int
    amount: Decimal


class Price(msgspec.Struct, frozen=True):
    """`ltp` in paise, 0 where there was no trade."""

    ltp: Decimal


class Quote(Done, frozen=True):
    """One price, alone or (in the first version of the call) in a list."""

    data: Price | Annotated[list[Price], msgspec.Meta(min_length=1, max_length=1)]

    @property
    def price(self) -> Price:
        return self.data[0] if isinstance(self.data, list) else self.data


class ErrorBody(msgspec.Struct, frozen=True):
    status: Literal["FAILURE", "ERROR"]
    message: str | None = None
    errorcode: str | None = None


def failures(body: bytes) -> Sequence[Failure]:
    """The one entry of an error body. Raises `Unreadable` where it is none."""
    error = decode(body, ErrorBody)
    return (Failure(error.errorcode or None, error.message or ""),)
