"""5paisa's wire, as far as it is read. Source: Xstream documentation, its samples, and 5paisa's notes on its Open API.

Every answer is `{"head": {…}, "body": {…}}` under HTTP 200. `body.Status` says how it went: 0 well, 1 nothing found (a
read) or no by risk management (an order), 2 wrong input, 9 no session. `head.status` is about the request as such: 0
well, -1 their server, 1 wrong input, 2 wrong head; the body is then null or missing. Both come as number and as text.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Generic, TypeVar

import msgspec
from msgspec import field

from torana.connectors.decoding import Unreadable, decode
from torana.connectors.error_table import Failure
from torana.connectors.readings import Identifier, Name
from torana.connectors.row_reader import HoldingRow, OrderRow, PositionRow, PriceRow

B = TypeVar("B")

WELL = "0"
NOTHING_FOUND = "1"


class Reply(msgspec.Struct, Generic[B], frozen=True):
    """An answer whose body says that it went well."""

    body: B


class Body(msgspec.Struct, frozen=True, rename="pascal"):
    status: int | str

    def __post_init__(self) -> None:
        if str(self.status) != WELL:
            raise ValueError("not a success")


class Placed(Body, frozen=True, rename="pascal"):
    broker_order_id: int | Identifier = field(name="BrokerOrderID")

    def __post_init__(self) -> None:
        Body.__post_init__(self)
        if str(self.broker_order_id) in ("", "0"):
            raise ValueError("no order id")


class Token(Body, frozen=True, rename="pascal"):
    """`POAStatus` is Y for a client who has signed a standing authorisation to debit shares."""

    access_token: Name
    client_code: Identifier
    client_name: str = ""
    poa: str = field(default="", name="POAStatus")


class Listing(msgspec.Struct, frozen=True, rename="pascal"):
    """The book, positions, or (`Data`) holdings and prices. Nothing found is Status 1 beside an empty list."""

    status: int | str
    order_book_detail: list[Any] | None = None
    net_position_detail: list[Any] | None = None
    data: list[Any] | None = None

    def __post_init__(self) -> None:
        rows, status = self.rows, str(self.status)
        if status != WELL and (rows or status != NOTHING_FOUND):
            raise ValueError("not a success")

    @property
    def rows(self) -> list[Any]:
        """Raises `ValueError` where there is no list."""
        told = (self.order_book_detail, self.net_position_detail, self.data)
        for rows in told:
            if rows is not None:
                return rows
        raise ValueError("no list")


class Margin(Body, frozen=True, rename="pascal"):
    """All segments are the first row."""

    equity_margin: Annotated[list["Funds"], msgspec.Meta(min_length=1)]


class Funds(msgspec.Struct, frozen=True):
    """In rupees. The documented sample adds up: what is available is the ledger and the two values of collateral."""

    available: Decimal = field(name="NetAvailableMargin")
    collateral: Decimal = field(name="CollateralValueAfterHairCut")
    funds_of_collateral: Decimal = field(name="MFCollateralValueAfterHaircut")


class Order(OrderRow, frozen=True, kw_only=True, rename="pascal"):
    """A row of the order book. Rates in rupees, quantities in shares."""

    order_id: int | Identifier = field(name="BrokerOrderId")
    status: str = field(name="OrderStatus")
    exchange: str = field(name="Exch")
    segment: str = field(name="ExchType")
    symbol: str = field(name="ScripName")
    side: str = field(name="BuySell")
    product: str = field(name="DelvIntra")
    quantity: Decimal = field(name="Qty")
    filled: Decimal = field(name="TradedQty")
    average_price: Decimal | None = None
    code: Any = field(default=None, name="ScripCode")
    exchange_order_id: Any = field(default=None, name="ExchOrderID")
    tag: Any = field(default=None, name="RemoteOrderID")
    message: str | None = field(default=None, name="Reason")
    placed_at: str | None = field(default=None, name="BrokerOrderTime")
    with_sl: str | None = field(default=None, name="WithSL")
    sl_triggered: str | None = field(default=None, name="SLTriggered")


class Holding(HoldingRow, frozen=True, kw_only=True, rename="pascal"):
    symbol: str
    exchange: str = field(name="Exch")
    isin: str = field(name="ISIN")
    quantity: Decimal
    dp_qty: Decimal = field(name="DPQty")
    average_price: Decimal = field(name="AvgRate")
    pool_qty: Decimal | None = None
    pledge_qty: Decimal | None = None
    nse_code: Any = None
    bse_code: Any = None


class Position(PositionRow, frozen=True, kw_only=True, rename="pascal"):
    """One security and product; what was bought and sold today. What came over from yesterday is `BodQty`."""

    symbol: str = field(name="ScripName")
    exchange: str = field(name="Exch")
    segment: str = field(name="ExchType")
    product: str = field(name="OrderFor")
    bought: Decimal = field(name="BuyQty")
    sold: Decimal = field(name="SellQty")
    buy_price: Decimal | None = field(default=None, name="BuyAvgRate")
    sell_price: Decimal | None = field(default=None, name="SellAvgRate")
    code: Any = field(default=None, name="ScripCode")


class Price(PriceRow, frozen=True, kw_only=True, rename="pascal"):
    exchange: str = field(name="Exch")
    segment: str = field(name="ExchType")
    code: int | str = field(name="Token")
    price: Decimal = field(name="LastRate")


class _Head(msgspec.Struct, frozen=True):
    status: int | str | None = None
    capital: int | str | None = field(default=None, name="Status")
    text: str | None = field(default=None, name="statusDescription")


class _Told(msgspec.Struct, frozen=True, rename="pascal"):
    status: int | str | None = None
    message: str | None = None


class _Refusal(msgspec.Struct, frozen=True):
    head: _Head | None = None
    body: _Told | None = None


def failures(body: bytes) -> Sequence[Failure]:
    """What the body says, else what the head says (`head 2`). Raises `Unreadable` where neither says no."""
    told = decode(body, _Refusal)
    head, said = told.head or _Head(), told.body or _Told()
    if said.status is not None and str(said.status) != WELL:
        return [Failure(str(said.status), said.message or "")]
    status = head.capital if head.status is None else head.status
    if status is None or str(status) == WELL:
        raise Unreadable("neither a success nor a refusal")
    return [Failure(f"head {status}", head.text or "")]
