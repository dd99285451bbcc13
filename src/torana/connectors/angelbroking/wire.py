"""SmartAPI's wire, as far as it is read. Source: SmartAPI documentation, its samples and the official Python client.

Numbers come as JSON numbers in some answers and as texts in others: every one is a `Decimal` here, which takes both.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import field

from torana.connectors.decoding import decode
from torana.connectors.error_table import Failure
from torana.connectors.readings import Identifier, Name
from torana.connectors.row_reader import HoldingRow, OrderRow, PositionRow, PostbackRow, PriceRow

T = TypeVar("T")
Flag = bool | str | None


class Envelope(msgspec.Struct, Generic[T], frozen=True):
    """`{"status": true, "message": "SUCCESS", "errorcode": "", "data": …}`; prices say `success`. A failure may carry
    `data` too, so that only the flag tells one from the other."""

    data: T
    status: Flag = None
    success: Flag = None

    def __post_init__(self) -> None:
        _require("true", self.status, self.success)


class ErrorBody(msgspec.Struct, frozen=True):
    """The same with `false`, which the documentation also shows as a text, or (the token check) with other names."""

    status: Flag = None
    success: Flag = None
    message: str | None = None
    errorcode: str | None = None
    camel_code: str | None = field(default=None, name="errorCode")

    def __post_init__(self) -> None:
        _require("false", self.status, self.success)


class User(msgspec.Struct, frozen=True):
    clientcode: Identifier
    name: str = ""


class Placed(msgspec.Struct, frozen=True):
    orderid: Identifier


class Order(OrderRow, frozen=True, kw_only=True):
    """A row of the order book. Prices in rupees, quantities in shares, times on a clock in India."""

    order_id: Identifier = field(name="orderid")
    status: str
    symbol: str = field(name="tradingsymbol")
    exchange: str
    side: str = field(name="transactiontype")
    product: str = field(name="producttype")
    quantity: Decimal
    filled: Decimal = field(name="filledshares")
    average_price: Decimal | None = field(default=None, name="averageprice")
    variety: str | None = None
    exchange_order_id: str | None = field(default=None, name="exchangeorderid")
    message: str | None = field(default=None, name="text")
    placed_at: str | None = field(default=None, name="exchtime")
    updatetime: str | None = None
    code: Any = field(default=None, name="symboltoken")
    tag: Any = field(default=None, name="ordertag")


class Holding(HoldingRow, frozen=True, kw_only=True):
    symbol: str = field(name="tradingsymbol")
    exchange: str
    isin: str
    product: str
    quantity: Decimal
    realisedquantity: Decimal
    average_price: Decimal = field(name="averageprice")
    t1quantity: Decimal | None = None
    authorisedquantity: Decimal | None = None
    collateralquantity: Decimal | None = None
    code: Any = field(default=None, name="symboltoken")


class Dis(msgspec.Struct, frozen=True):
    """An authorisation that was begun: the fields of the depository's form."""

    req_id: Identifier = field(name="ReqId")
    dp_id: Identifier = field(name="DPId")
    trans_dtls: Name = field(name="TransDtls")
    version: Identifier


class DisRow(msgspec.Struct, frozen=True):
    """What came of it."""

    status: str = field(name="Status")


class Position(PositionRow, frozen=True, kw_only=True):
    """One security and product; `buyqty` and `sellqty` are what was traded today."""

    symbol: str = field(name="tradingsymbol")
    exchange: str
    product: str = field(name="producttype")
    bought: Decimal = field(name="buyqty")
    sold: Decimal = field(name="sellqty")
    code: Any = field(default=None, name="symboltoken")
    buy_price: Decimal | None = field(default=None, name="totalbuyavgprice")
    sell_price: Decimal | None = field(default=None, name="totalsellavgprice")


class LastPrice(PriceRow, frozen=True, kw_only=True):
    exchange: str
    code: str = field(name="symbolToken")
    price: Decimal = field(name="ltp")


class Postback(PostbackRow, frozen=True, kw_only=True):
    order_id: Identifier = field(name="orderid")
    client: str | None = field(default=None, name="clientcode")
    tag: Any = field(default=None, name="ordertag")


def failures(body: bytes) -> Sequence[Failure]:
    """The one entry of an error body. Raises `Unreadable` when it is none."""
    problem = decode(body, ErrorBody)
    return [Failure(problem.errorcode or problem.camel_code or None, problem.message or "")]


def _require(flag: str, *given: Flag) -> None:
    if flag not in [str(one).lower() for one in given]:
        raise ValueError(f"not {flag}")
