"""What a row of a broker's says of shares, of today's trades and of an order: rows over the pure translations."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from torana.connectors.angelbroking import mapping as angel
from torana.connectors.angelbroking import wire as angel_wire
from torana.connectors.contract import BrokerStatus, Holding, Position, Reason, Unknown
from torana.connectors.kite import mapping as kite
from torana.connectors.kite import wire as kite_wire
from torana.connectors.upstox import mapping as upstox
from torana.connectors.upstox import wire as upstox_wire

ISIN = "INE467B01029"


def kite_holding(edis: bool | None = None, **more: Any) -> Holding:
    row: dict[str, Any] = {
        "symbol": "TCS-BE",
        "exchange": "NSE",
        "isin": ISIN,
        "quantity": 10,
        "average_price": Decimal("10.5"),
    }
    return kite.holding(kite_wire.Holding(**row | more), edis)


@pytest.mark.parametrize(
    ("day", "shares"),
    [
        ("2026-11-18 00:00:00", 7),
        ("2026-11-18", 7),
        ("2026-11-18 23:59:59", 7),
        ("2026-11-17 00:00:00", 0),
        ("2026-11-19 00:00:00", 0),
        ("2026-11-17T18:30:00Z", 7),
        ("2026-11-18T18:30:00Z", 0),
        ("2026-11-18T00:00:00+05:30", 7),
        (None, 7),
        ("", 7),
    ],
)
def test_what_was_authorised_on_another_day_is_not_released_at_zerodha(day: str | None, shares: int) -> None:
    row = kite_wire.Holding(
        symbol="TCS", exchange="NSE", isin=ISIN, quantity=10, average_price=Decimal(1), authorised_quantity=7,
        authorised_date=day,
    )  # fmt: skip

    assert kite.released(row, date(2026, 11, 18)) == (ISIN, shares)
    none = msgspec.structs.replace(row, authorised_quantity=0)
    assert kite.released(none, date(2026, 11, 18)) == (ISIN, 0)


def upstox_holding(**more: Any) -> Holding:
    row: dict[str, Any] = {
        "symbol": "TCS-BE",
        "exchange": "NSE",
        "isin": ISIN,
        "quantity": 10,
        "average_price": Decimal(10),
    }
    return upstox.holding(upstox_wire.Holding(**row | more))


@pytest.mark.parametrize(
    ("edis", "told", "sellable"),
    [
        (None, {}, 10),
        (False, {"authorised_quantity": 0}, 10),
        (False, {"t1_quantity": 4}, 14),
        (None, {"t1_quantity": -4}, 10),
        (True, {}, 0),
        (True, {"authorised_quantity": 7}, 7),
        (True, {"authorised_quantity": 70}, 10),
        (True, {"authorised_quantity": 7, "used_quantity": 2}, 5),
        (True, {"authorised_quantity": 7, "used_quantity": 9}, 0),
        (True, {"authorised_quantity": 7, "used_quantity": 9, "t1_quantity": 3}, 3),
        (True, {"authorised_quantity": 7, "collateral_quantity": 50}, 7),
        (False, {"quantity": -3, "t1_quantity": 2}, 2),
    ],
)
def test_what_can_be_sold_of_a_row_at_zerodha(edis: bool | None, told: dict[str, int], sellable: int) -> None:
    assert kite_holding(edis, **told).sellable == sellable


def test_every_field_of_a_row_of_shares_at_zerodha() -> None:
    row = kite_holding(t1_quantity=2, used_quantity=3, collateral_quantity=4, product="MTF")

    assert row == Holding("TCS", "NSE", ISIN, 10, 2, 4, 12, 1050, sold_today=3, delivery=False)
    assert kite_holding(used_quantity=-1).sold_today == 0
    assert kite_holding(product="CNC").delivery is True
    assert kite_holding(product="NEW").delivery is None


@pytest.mark.parametrize(
    ("told", "quantity", "t1", "sold"),
    [
        ({}, 10, 0, 0),
        ({"cnc_used_quantity": 4}, 6, 0, 4),
        ({"cnc_used_quantity": -4}, 10, 0, 0),
        ({"t1_quantity": 5}, 10, 5, 0),
        ({"t1_quantity": 5, "cnc_used_quantity": 10}, 0, 5, 10),
        ({"t1_quantity": 5, "cnc_used_quantity": 12}, 0, 3, 12),
        ({"t1_quantity": 5, "cnc_used_quantity": 40}, 0, 0, 40),
    ],
)
def test_what_was_sold_today_at_upstox_comes_out_of_the_settled_shares_first(
    told: dict[str, int], quantity: int, t1: int, sold: int
) -> None:
    row = upstox_holding(**told)

    assert (row.quantity, row.sellable, row.t1_quantity, row.sold_today) == (quantity, quantity, t1, sold)


def test_every_field_of_a_row_of_shares_at_upstox() -> None:
    row = upstox_holding(collateral_quantity=4, product="MTF")

    assert row == Holding("TCS", "NSE", ISIN, 10, 0, 4, 10, 1000, sold_today=0, delivery=False)
    assert upstox_holding(product="D").delivery is True
    assert upstox_holding(product="NEW").delivery is None
    assert upstox_holding(symbol=None, older_symbol="INFY-EQ").symbol == "INFY"
    assert upstox_holding(older_symbol="INFY").symbol == "TCS"
    with pytest.raises(Unknown, match="no security"):
        upstox_holding(symbol="")


@pytest.mark.parametrize(
    ("product", "bought", "sold", "wanted"),
    [
        ("CNC", 5, 2, Position("TCS", "BSE", None, True, 5, 2)),
        ("CNC", 0, 0, Position("TCS", "BSE", None, True, 0, 0)),
        ("CNC", -1, -2, Position("TCS", "BSE", None, True, 0, 0)),
        ("MIS", 5, 2, Position("TCS", "BSE", None, False, 5, 2)),
        ("NEW", 5, 2, Position("TCS", "BSE", None, None, 5, 2)),
    ],
)
def test_a_row_of_todays_trades_at_zerodha(product: str, bought: int, sold: int, wanted: Position) -> None:
    row = kite_wire.Position(symbol="TCS", exchange="BSE", product=product, bought=bought, sold=sold)

    assert kite.ROWS.position(row) == wanted


@pytest.mark.parametrize(("told", "paise"), [(None, None), (Decimal("3100.505"), 310_051), (Decimal(0), 0)])
def test_a_price_that_is_not_told_is_no_price(told: Decimal | None, paise: int | None) -> None:
    prices: dict[str, Any] = {"symbol": "TCS", "exchange": "NSE", "buy_price": told, "sell_price": told}
    at_zerodha = kite.ROWS.position(kite_wire.Position(product="CNC", bought=5, sold=2, **prices))
    at_upstox = upstox.position(upstox_wire.Position(product="D", code=f"NSE_EQ|{ISIN}", **prices))
    at_angel = angel.ROWS.position(
        angel_wire.Position(product="DELIVERY", bought=Decimal(5), sold=Decimal(2), **prices)
    )

    for position in (at_zerodha, at_upstox, at_angel):
        assert (position.buy_price, position.sell_price) == (paise, paise)


@pytest.mark.parametrize(
    ("key", "isin"),
    [
        (f"NSE_EQ|{ISIN}", ISIN),
        (f"BSE_EQ|{ISIN}", ISIN),
        ("NSE_EQ|", None),
        ("NSE_EQ", None),
        ("NSE_FO|54452", None),
        (f"NSE_EQ|{ISIN}|1", f"{ISIN}|1"),
    ],
)
def test_the_key_of_a_position_at_upstox_holds_the_isin_of_an_equity(key: str, isin: str | None) -> None:
    row = upstox_wire.Position(exchange="NSE", product="D", code=key, symbol="TCS-EQ", bought=5, sold=2)

    assert upstox.position(row) == Position("TCS", "NSE", isin, True, 5, 2)


def test_odd_rows_of_todays_trades_at_upstox() -> None:
    def row(**more: Any) -> Position:
        told: dict[str, Any] = {
            "exchange": "NSE",
            "product": "D",
            "code": f"NSE_EQ|{ISIN}",
            "symbol": "TCS",
        }
        return upstox.position(upstox_wire.Position(**told | more))

    assert (row().bought, row().sold) == (0, 0)
    assert (row(bought=-1).bought, row(sold=-1).sold) == (0, 0)
    assert row(product="I").delivery is False
    assert row(product="NEW").delivery is None
    assert row(symbol=None, older_symbol="INFY").symbol == "INFY"
    assert row(older_symbol="INFY").symbol == "TCS"


def order_row(**more: Any) -> upstox_wire.Order:
    row: dict[str, Any] = {
        "order_id": "1",
        "status": "open",
        "exchange": "NSE",
        "side": "BUY",
        "product": "D",
        "quantity": 10,
        "filled": 0,
        "symbol": "TCS-EQ",
    }
    return upstox_wire.Order(**row | more)


def test_an_order_at_upstox_is_named_by_the_symbol_or_its_older_spelling() -> None:
    assert upstox.broker_order(order_row()).symbol == "TCS"
    assert upstox.broker_order(order_row(symbol=None, older_symbol="INFY-EQ")).symbol == "INFY"
    assert upstox.broker_order(order_row(older_symbol="INFY")).symbol == "TCS"


@pytest.mark.parametrize(("told", "kept"), [("11", "11"), ("", None), (None, None)])
def test_the_exchanges_number_of_an_order(told: str | None, kept: str | None) -> None:
    row = kite_wire.Order(
        order_id="1", status="OPEN", symbol="TCS", exchange="NSE", side="BUY", product="CNC", quantity=10, filled=0,
        exchange_order_id=told,
    )  # fmt: skip

    assert kite.ROWS.order(row).exchange_order_id == kept
    assert upstox.broker_order(order_row(exchange_order_id=told)).exchange_order_id == kept


@pytest.mark.parametrize(
    ("status", "text", "reason"),
    [
        ("rejected", "You need to add Rs. 100 in your account to place this trade.", Reason.INSUFFICIENT_FUNDS),
        ("rejected", "words that nobody knows", Reason.OTHER),
        ("open", "You need to add Rs. 100 in your account to place this trade.", None),
        ("cancelled", "You need to add Rs. 100 in your account to place this trade.", None),
    ],
)
def test_only_a_rejected_order_at_upstox_has_a_reason(status: str, text: str, reason: Reason | None) -> None:
    assert upstox.broker_order(order_row(status=status, message=text)).reason == reason


MORNING, NOON = "2026-11-30 09:20:00", "2026-11-30 12:00:00"


@pytest.mark.parametrize(
    ("history", "last"),
    [
        ([("open", 0, NOON), ("complete", 10, MORNING)], ("complete", 10)),
        ([("complete", 10, MORNING), ("open", 0, NOON)], ("complete", 10)),
        ([("open", 3, MORNING), ("open", 0, NOON)], ("open", 3)),
        ([("open", 0, NOON), ("open", 3, MORNING)], ("open", 3)),
        ([("open pending", 0, NOON), ("open", 0, MORNING)], ("open pending", 0)),
        ([("open", 0, MORNING), ("open pending", 0, NOON)], ("open pending", 0)),
        ([("open pending", 0, NOON), ("open", 0, NOON)], ("open", 0)),
        ([("open", 0, NOON), ("open pending", 0, NOON)], ("open pending", 0)),
        ([("open", 0, None), ("open pending", 0, NOON)], ("open pending", 0)),
        ([("open pending", 0, NOON), ("open", 0, None)], ("open pending", 0)),
    ],
)
def test_the_last_state_of_an_order_is_found_in_whatever_order_its_history_comes(
    history: list[tuple[str, int, str | None]], last: tuple[str, int]
) -> None:
    states = [
        upstox.broker_order(order_row(status=status, filled=filled, placed_at=at)) for status, filled, at in history
    ]

    (latest,) = upstox.latest_states(states)

    assert (latest.raw_status, latest.filled_quantity) == last
    assert latest.status is not BrokerStatus.UNKNOWN


def test_several_orders_of_one_history_stay_several() -> None:
    states = [upstox.broker_order(order_row(order_id=number)) for number in ("1", "2", "1")]

    assert [state.broker_order_id for state in upstox.latest_states(states)] == ["1", "2"]


@pytest.mark.parametrize(
    ("poa", "ddpi", "needed"),
    [
        (True, True, False),
        (True, False, False),
        (True, None, False),
        (False, True, False),
        (None, True, False),
        (False, False, True),
        (False, None, None),
        (None, False, None),
        (None, None, None),
    ],
)
def test_whether_upstox_asks_the_depository_before_a_sale(
    poa: bool | None, ddpi: bool | None, needed: bool | None
) -> None:
    assert upstox.edis_needed(upstox_wire.Token("AB1", "token", poa=poa, ddpi=ddpi)) is needed


@pytest.mark.parametrize(
    ("consent", "needed"), [("", True), ("consent", False), ("physical", False), ("new", None), (None, None)]
)
def test_whether_zerodha_asks_the_depository_before_a_sale(consent: str | None, needed: bool | None) -> None:
    assert kite.edis_needed(kite_wire.Meta(demat_consent=consent)) is needed
    assert kite.edis_needed(None) is None


def test_a_failure_without_words_has_none() -> None:
    told = kite_wire.failures(b'{"status": "error", "error_type": "InputException", "message": null}')
    other = upstox_wire.failures(b'{"status": "error", "errors": [{"errorCode": "UDAPI1026"}]}')

    assert [(one.code, one.message) for one in (*told, *other)] == [("InputException", ""), ("UDAPI1026", "")]
