"""Motilal Oswal's wire, as far as it is read. Source: the documentation of the MO trading API and its samples.

An answer is `{"status": "SUCCESS", "message": …, "errorcode": "", "data": …}`; what places an order or ends a login has
no `data`. Numbers are JSON numbers, amounts rupees unless a field says otherwise, times those of a clock in India.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar

import msgspec

from torana.connectors.decoding import decode
from torana.connectors.error_table import Failure
from torana.connectors.readings import Count, Identifier, Name

T = TypeVar("T")


class Done(msgspec.Struct, frozen=True):
    status: Literal["SUCCESS"]


class Reply(Done, Generic[T], frozen=True):
    """A list that is null says nothing: neither that there are rows nor that there are none."""

    data: T


class AccessToken(Done, frozen=True):
    token: Name = msgspec.field(name="accesstoken")


class Person(msgspec.Struct, frozen=True):
    clientcode: Identifier
    name: str = ""


class Placed(Done, frozen=True):
    uniqueorderid: Identifier


class Order(msgspec.Struct, frozen=True):
    """A row of the order book. `orderid` is the exchange's. What has no value is a blank or `0`, times too."""

    uniqueorderid: Identifier
    orderstatus: str
    exchange: str
    symbol: str
    symboltoken: Any
    buyorsell: str
    ordertype: str
    producttype: str
    orderqty: Count
    totalqtytraded: Count
    lotsize: Count
    price: Decimal
    averageprice: Decimal
    orderid: str | None = None
    error: str | None = None
    recordinserttime: str | None = None
    entrydatetime: str | None = None
    tag: Any = None


class Holding(msgspec.Struct, frozen=True):
    """All in shares: `dpquantity` in the demat account, pledged ones too; `blockedquantity` of them by orders that were
    executed or wait; `tpinquantity` what the depository must release before a sale; `btstquantity` and
    `outstandingquantity` bought one and two days ago. Both tokens are numbers, `0` where it is not listed."""

    scripisinno: Identifier
    scripname: str
    dpquantity: Count
    blockedquantity: Count
    collateralquantity: Count
    btstquantity: Count
    outstandingquantity: Count
    tpinquantity: Count
    buyavgprice: Decimal
    nsesymboltoken: Any = None
    bsescripcode: Any = None


class Position(msgspec.Struct, frozen=True):
    """One security and product; `day…` is what was traded today."""

    exchange: str
    symbol: str
    symboltoken: Any
    productname: str
    daybuyquantity: Count
    daysellquantity: Count
    daybuyamount: Decimal
    daysellamount: Decimal


class MarginLine(msgspec.Struct, frozen=True):
    """One line of the margin report. Which one it is, `srno` says; some numbers come twice."""

    srno: int
    amount: Decimal


class Price(msgspec.Struct, frozen=True):
    """`ltp` in paise, 0 where there was no trade."""

    ltp: Decimal


NO_PRICE = Price(Decimal(0))


class ErrorBody(msgspec.Struct, frozen=True):
    status: Literal["FAILURE", "ERROR"]
    message: str | None = None
    errorcode: str | None = None


def failures(body: bytes) -> Sequence[Failure]:
    """The one entry of an error body. Raises `Unreadable` where it is none."""
    error = decode(body, ErrorBody)
    return (Failure(error.errorcode or None, error.message or ""),)
