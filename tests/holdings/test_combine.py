"""From a broker's rows to one entry a security, and to the wire: rows over pure functions."""

from datetime import date
from typing import Any

import msgspec
import pytest

from torana.connectors.contract import Holding, Position
from torana.holdings.combine import _held, combined
from torana.holdings.models import Held, Traded
from torana.holdings.schemas import Version, securities, transactable
from torana.market.listing import Listing, Origin, build
from torana.market.models import Security

TCS, ITC, BSE_ONLY, GONE, BOND = "INE467B01029", "INE154A01025", "INE00BSE0010", "INE00GONE018", "INE0BOND0017"
LISTING: Listing = build(
    [
        Security("TCS", "Tata Consultancy Services Ltd.", TCS, "EQ", 5, 1, 11536, "equity", bse_code=532540),
        Security("TCS", "TCS LTD", TCS, "A", 5, 1, 532540, "equity", exchange="BSE", bse_code=532540),
        Security("ITC", "ITC Ltd.", ITC, "EQ", 5, 1, 1660, "equity"),
        Security("SMALLCO", "Small Co", BSE_ONLY, "X", 5, 1, 512345, "equity", exchange="BSE", bse_code=512345),
        Security("BOND28", "A Bond", BOND, "N1", 1, 1, 99, "other"),
    ],
    [],
    dates={"NSE": date(2026, 11, 18), "BSE": date(2026, 11, 18)},
    origin=Origin.REFRESHED,
)


def row(isin: str = TCS, quantity: int = 10, **more: Any) -> Holding:
    told: dict[str, Any] = {
        "symbol": "TCS", "exchange": "NSE", "t1_quantity": 0, "collateral_quantity": 0, "sellable": quantity,
        "average_price": 300_000,
    }  # fmt: skip
    return Holding(isin=isin, quantity=quantity, **(told | more))


def trade(bought: int = 0, sold: int = 0, **more: Any) -> Position:
    told: dict[str, Any] = {"symbol": "TCS", "exchange": "NSE", "isin": TCS, "delivery": True}
    return Position(bought=bought, sold=sold, buy_price=310_000, sell_price=320_000, **(told | more))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([row()], {"quantity": 10, "average_price": 300_000, "owned": 10}),
        # not delivered yet: owned, part of the quantity, and told apart
        ([row(t1_quantity=4)], {"quantity": 14, "t1_quantity": 4, "owned": 14}),
        # pledged: owned, beside the quantity
        ([row(collateral_quantity=6)], {"quantity": 10, "collateral_quantity": 6, "owned": 16}),
        # the numbers are this morning's: what was sold today is in the trades
        ([row(quantity=7, sold_today=3)], {"quantity": 10, "owned": 10}),
        ([row(quantity=0)], {"quantity": 0, "average_price": 300_000}),
        ([row(quantity=-3)], {"quantity": -3, "owned": -3}),
        # two rows of one security, at two prices: (10 x 3000 + 30 x 1000) / 40
        (
            [row(), row(quantity=30, exchange="BSE", average_price=100_000)],
            {"quantity": 40, "average_price": 150_000, "exchanges": frozenset({"NSE", "BSE"})},
        ),
        # what one row does not tell is not told of the whole
        ([row(), row(t1_quantity=None, collateral_quantity=None)], {"t1_quantity": None, "collateral_quantity": None}),
        ([row(), row(average_price=None)], {"quantity": 20, "average_price": None}),
        # bought with the broker's money: owned, and no delivery shares
        ([row(), row(quantity=5, delivery=False)], {"quantity": 10, "other_quantity": 5, "certain": True}),
        # a product that is unknown to us: the same, and said
        ([row(), row(quantity=5, delivery=None)], {"quantity": 10, "other_quantity": 5, "certain": False}),
    ],
)
def test_rows_of_one_security_are_one_entry(rows: list[Holding], expected: dict[str, Any]) -> None:
    """H04."""
    (held,) = combined(rows, [])

    assert {name: getattr(held, name) for name in expected} == expected


@pytest.mark.parametrize(
    ("trades", "nse", "bse"),
    [
        ([trade(bought=5)], Traded(5, 310_000), Traded()),
        ([trade(sold=5)], Traded(-5, 320_000), Traded()),
        ([trade(bought=5, sold=2)], Traded(3, 310_000), Traded()),
        ([trade(bought=5, sold=5)], Traded(), Traded()),
        ([trade(bought=5), trade(sold=2, exchange="BSE")], Traded(5, 310_000), Traded(-2, 320_000)),
        # by its symbol alone, as the holdings call it
        ([trade(bought=5, isin=None)], Traded(5, 310_000), Traded()),
        # intraday is no position that stays
        ([trade(bought=5, delivery=False)], Traded(), Traded()),
    ],
)
def test_the_days_trades_stand_beside_the_holdings(trades: list[Position], nse: Traded, bse: Traded) -> None:
    (held,) = combined([row()], trades)

    assert (held.quantity, held.nse, held.bse) == (10, nse, bse)


def test_what_was_bought_today_alone_is_an_entry_too() -> None:
    held = combined([row()], [trade(bought=2, symbol="ITC", isin=ITC), trade(bought=3, symbol="NOBODY", isin=None)])

    assert [(one.isin, one.symbol, one.quantity, one.nse.quantity) for one in held] == [
        (TCS, "TCS", 10, 0),
        (ITC, "ITC", 0, 2),
        (None, "NOBODY", 0, 3),
    ]


@pytest.mark.parametrize(
    ("quantity", "nse", "bse", "sellable"),
    [
        (10, 0, 0, 10),
        (10, 5, 0, 15),
        (10, -4, 0, 6),
        # bought on the BSE today: to be sold there only; sold there: gone
        (10, 0, 5, 10),
        (10, 0, -4, 6),
        (3, -5, 0, 0),
    ],
)
def test_what_can_be_sold_on_the_nse(quantity: int, nse: int, bse: int, sellable: int) -> None:
    held = Held(TCS, "TCS", frozenset({"NSE"}), quantity, 0, 0, 0, 1, Traded(nse, 1), Traded(bse, 1))

    assert transactable(held) == sellable


def written(version: Version, *rows: Holding) -> Any:
    return msgspec.json.decode(securities(combined(rows, []), LISTING)[version])


def test_a_security_in_both_versions() -> None:
    (v2,), (v1,) = (
        written(version, row(quantity=7, sold_today=3, t1_quantity=2, collateral_quantity=5))
        for version in (Version.V2, Version.V1)
    )

    assert v2 == {
        "holdings": {"quantity": 12, "averagePrice": 3000},
        "positions": {"nse": {"quantity": 0, "averagePrice": 0}, "bse": {"quantity": 0, "averagePrice": 0}},
        "transactableQuantity": 12,
        "smallcaseQuantity": 0,
        "collateralQuantity": 5,
        "t1Quantity": 2,
        "otherProductQuantity": 0,
        "nseTicker": "TCS",
        "bseTicker": "532540",
        "isin": TCS,
        "name": "Tata Consultancy Services Ltd.",
        "isSuspendedOrDelistedOnNSE": False,
        "isSuspendedOrDelistedOnBSE": False,
        "isComplete": True,
    }
    assert v1 == {
        "name": "Tata Consultancy Services Ltd.",
        "exchange": "NSE",
        "ticker": "TCS",
        "isin": TCS,
        "averagePrice": 3000,
        "shares": 17,
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        # of the BSE alone
        (
            row(BSE_ONLY, symbol="SMALLCO", exchange="BSE"),
            {"nseTicker": None, "bseTicker": "512345", "transactableQuantity": 0, "name": "Small Co"},
        ),
        (row(BSE_ONLY, symbol="SMALLCO", exchange="BSE"), {"isSuspendedOrDelistedOnNSE": False}),
        # the broker still names it on the NSE, which does not list it any more
        (
            row(GONE, symbol="GONECO"),
            {"nseTicker": None, "isSuspendedOrDelistedOnNSE": True, "transactableQuantity": 0, "name": "GONECO"},
        ),
        (row(GONE, symbol="GONECO", exchange="BSE"), {"isSuspendedOrDelistedOnBSE": True, "bseTicker": None}),
        # listed, though no order of ours can be for it
        (row(BOND, symbol="BOND28"), {"nseTicker": "BOND28", "isSuspendedOrDelistedOnNSE": False, "name": "A Bond"}),
        (row(collateral_quantity=None), {"collateralQuantity": None}),
        (row(average_price=None), {"holdings": {"quantity": 10, "averagePrice": None}}),
        (row(average_price=300_055), {"holdings": {"quantity": 10, "averagePrice": 3000.55}}),
    ],
)
def test_what_is_odd_is_carried_through(given: Holding, expected: dict[str, Any]) -> None:
    """H04: nothing is dropped, and nothing that is not known becomes a zero."""
    (told,) = written(Version.V2, given)

    assert {name: told[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("given", "exchange", "ticker"),
    [
        (row(BSE_ONLY, symbol="SMALLCO", exchange="BSE"), "BSE", "SMALLCO"),
        (row(GONE, symbol="GONECO"), "NSE", "GONECO"),
        (row(ITC, symbol="ITC"), "NSE", "ITC"),
    ],
)
def test_version_1_names_the_exchange(given: Holding, exchange: str, ticker: str) -> None:
    (told,) = written(Version.V1, given)

    assert (told["exchange"], told["ticker"], told["shares"]) == (exchange, ticker, 10)


@pytest.mark.parametrize("delivery", [True, False, None])
@pytest.mark.parametrize(
    "more",
    [
        {},
        {"t1_quantity": None, "collateral_quantity": None, "average_price": None},
        {"t1_quantity": 4, "collateral_quantity": 6, "sold_today": 3, "exchange": "BSE"},
        {"quantity": 0},
        {"quantity": -3, "average_price": 0},
    ],
)
def test_a_row_that_is_alone_is_what_the_rule_for_many_rows_makes_of_it(
    more: dict[str, Any], delivery: bool | None
) -> None:
    alone = row(delivery=delivery, **more)

    assert combined([alone], []) == [_held(TCS, [alone], [])]
