"""What rows of all brokers have in common: a field that a wire does not state is never read; names and numbers."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from msgspec import field

from torana.connectors.contract import BrokerStatus, Holding, Reason, Side, Unknown
from torana.connectors.order_words import COMMON
from torana.connectors.row_reader import HoldingRow, OrderRow, PositionRow, PriceRow, RowReader

ROWS = RowReader(broker="kite", statuses=COMMON, delivery={"CNC": True, "MIS": False})
PAISE = RowReader(broker="kite", statuses=COMMON, delivery={}, unit=Decimal("0.01"), must_name=True)


class Order(OrderRow, frozen=True, kw_only=True):
    order_id: str = field(name="id")
    status: str
    side: str
    product: str
    quantity: Decimal
    filled: Decimal
    symbol: str | None = None
    average_price: Decimal | None = None
    message: str | None = field(default=None, name="why")


class Position(PositionRow, frozen=True, kw_only=True):
    symbol: str
    exchange: str
    product: str
    bought: Decimal
    sold: Decimal
    buy_price: Decimal | None = None


class Price(PriceRow, frozen=True, kw_only=True):
    exchange: str
    code: int
    price: Any = field(name="ltp")


class SegmentPrice(Price, frozen=True, kw_only=True):
    segment: str | None


class Shares(HoldingRow, frozen=True, kw_only=True):
    isin: str
    exchange: str
    symbol: str | None = None
    average_price: Decimal | None = None


TOLD: dict[str, Any] = {
    "id": "7", "status": "open", "side": "BUY", "product": "CNC", "quantity": 10, "filled": 4, "symbol": "INFY-EQ",
}  # fmt: skip


def order(**more: Any) -> Order:
    return msgspec.convert(TOLD | more, Order)


def test_a_field_that_is_not_stated_is_never_read() -> None:
    told = order(exchange="NSE", tag="481516234200001", order_id="8", placed_at="2026-11-18 10:32:01", message="no")

    read = ROWS.order(told)

    assert (read.broker_order_id, read.exchange, read.tag, read.placed_at) == ("7", "", None, None)
    assert (read.symbol, read.status, read.filled_quantity) == ("INFY", BrokerStatus.PARTIAL, 4)


@pytest.mark.parametrize("missing", ["id", "status", "side", "product", "quantity", "filled"])
def test_what_an_order_makes_no_sense_without_must_be_stated_and_told(missing: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({name: value for name, value in TOLD.items() if name != missing}, Order)


def test_only_a_rejected_order_has_a_reason() -> None:
    told, broken = ({"status": status, "filled": 0, "why": "margin exceeds"} for status in ("rejected", "cancelled"))

    assert (ROWS.order(order(**told)).reason, ROWS.order(order(**broken)).reason) == (Reason.INSUFFICIENT_FUNDS, None)


def test_a_word_that_nobody_knows_is_unknown() -> None:
    read = ROWS.order(order(side="HOLD", product="NEW", status="sleeping"))

    assert (read.side, read.delivery, read.status, read.raw_status) == (None, None, BrokerStatus.UNKNOWN, "sleeping")


@pytest.mark.parametrize(
    ("word", "queued", "stop", "status"),
    [
        ("open", True, False, BrokerStatus.AMO_QUEUED),
        ("open", True, True, BrokerStatus.AMO_QUEUED),
        ("open pending", False, True, BrokerStatus.RECEIVED),
        ("complete", True, True, BrokerStatus.COMPLETE),
        ("sleeping", True, True, BrokerStatus.UNKNOWN),
    ],
)
def test_what_waits_is_told_beside_its_status(word: str, queued: bool, stop: bool, status: BrokerStatus) -> None:
    assert ROWS.order(order(status=word, filled=0), queued=queued, stop=stop).status is status


def test_a_row_that_must_name_a_security_and_names_none_is_unknown() -> None:
    with pytest.raises(Unknown, match="no security"):
        PAISE.order(order(symbol=None))
    assert ROWS.order(order(symbol=None)).symbol == ""


@pytest.mark.parametrize(
    ("told", "in_rupees", "in_paise"), [(Decimal("151235"), 15123500, 151235), (Decimal(0), 0, 0), (None, None, None)]
)
def test_an_amount_is_counted_in_its_unit_and_none_is_none(
    told: Decimal | None, in_rupees: int | None, in_paise: int | None
) -> None:
    assert (ROWS.paise(told), PAISE.paise(told)) == (in_rupees, in_paise)


@pytest.mark.parametrize("told", [Decimal("1E99999"), Decimal("NaN"), Decimal("Infinity")])
def test_an_amount_beyond_reason_is_unknown_before_it_is_multiplied(told: Decimal) -> None:
    with pytest.raises(Unknown):
        PAISE.paise(told)


def test_shares_below_nothing_were_not_traded_and_a_price_that_is_not_told_is_none() -> None:
    read = ROWS.position(
        Position(symbol="TCS-EQ", exchange="BSE", product="NEW", bought=Decimal(-1), sold=Decimal(2), buy_price=None)
    )

    assert (read.symbol, read.bought, read.sold, read.buy_price, read.delivery) == ("TCS", 0, 2, None, None)


def test_all_free_shares_can_be_sold_where_no_limit_is_told_and_a_row_without_a_product_is_of_delivery() -> None:
    row = Shares(isin="INE467B01029", exchange="NSE", symbol="TCS", average_price=Decimal("10.5"))

    free = ROWS.holding(row, free=5, on_its_way=None, pledged=2)
    held_back = ROWS.holding(row, free=5, on_its_way=1, pledged=2, sold=3, sellable=0, exchange="BSE", symbol="TCS2")

    assert free == Holding("TCS", "NSE", "INE467B01029", 5, None, 2, 5, 1050)
    assert held_back == Holding("TCS2", "BSE", "INE467B01029", 5, 1, 2, 0, 1050, sold_today=3)


def test_a_price_belongs_to_the_code_on_our_exchange_and_is_in_rupees_whatever_unit_other_amounts_have() -> None:
    rows = replace(PAISE, exchanges={"NSEEQ": "NSE"})

    assert rows.price(Price(exchange="NSEEQ", code=1594, price=Decimal("1512.35"))) == (("NSE", "1594"), 151235)


@pytest.mark.parametrize(("segment", "exchange"), [("C", "NSE"), ("D", "N-D"), (None, "N-None")])
def test_a_price_of_another_segment_than_the_cash_markets_is_of_no_exchange_of_ours(
    segment: str | None, exchange: str
) -> None:
    """A future may have the code of a share."""
    rows = replace(ROWS, exchanges={"N": "NSE"}, cash="C")

    told = rows.price(SegmentPrice(exchange="N", segment=segment, code=1594, price=Decimal(10)))
    untold = rows.price(Price(exchange="N", code=1594, price=Decimal(10)))

    assert told == ((exchange, "1594"), 1000)
    assert untold == (("NSE", "1594"), 1000)


def test_words_are_read_in_any_capitals_only_where_a_broker_writes_them_so() -> None:
    told = order(side="Buy", product="cnc")

    exact, any_capitals = ROWS.order(told), replace(ROWS, word=str.upper).order(told)

    assert (exact.side, exact.delivery) == (None, None)
    assert (any_capitals.side, any_capitals.delivery) == (Side.BUY, True)
