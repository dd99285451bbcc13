"""What can be sold, counted from rows of holdings and the trades of the day."""

import pytest

from torana.connectors.contract import Holding, Position, Rows, Unread
from torana.flows.shares import Shares, shares_of

ITC, TCS = "INE154A01025", "INE467B01029"


def row(
    quantity: int, *, t1: int = 0, pledged: int = 0, sold: int = 0, exchange: str = "NSE", **more: object
) -> Holding:
    """ITC in somebody's account; all of it free, unless `sellable` says otherwise."""
    usual = {
        "t1_quantity": t1,
        "collateral_quantity": pledged,
        "sellable": quantity + t1,
        "delivery": True,
        "isin": ITC,
        "symbol": "ITC",
        **more,
    }
    return Holding(
        exchange=exchange,
        quantity=quantity,
        average_price=400_00,
        sold_today=sold,
        **usual,  # type: ignore[arg-type]  # by name, as given
    )


def traded(
    bought: int,
    sold: int = 0,
    *,
    symbol: str = "ITC",
    exchange: str = "NSE",
    isin: str | None = None,
    delivery: bool | None = True,
) -> Position:
    return Position(symbol, exchange, isin, delivery, bought, sold)


ROWS: dict[str, tuple[list[Holding], list[Position], Shares]] = {
    "nothing": ([], [], Shares()),
    "delivered": ([row(300)], [], Shares(300)),
    "bought today": ([], [traded(2)], Shares(2)),
    "bought today beside what is held": ([row(10)], [traded(2)], Shares(12)),
    "bought today and sold again": ([], [traded(2, 2)], Shares(0)),
    "bought today, part of it sold": ([], [traded(5, 3)], Shares(2)),
    "sold out of the holdings": ([row(6, sold=4)], [traded(0, 4)], Shares(6)),
    "sold more than was bought, out of the holdings": ([row(5, sold=5)], [traded(2, 5)], Shares(7)),
    "sold more than was bought, the day's first": ([row(7, sold=3)], [traded(2, 5)], Shares(7)),
    "pledged": ([row(50, pledged=100)], [], Shares(50, 0, 100)),
    "pledged only": ([row(0, pledged=180, t1=20)], [], Shares(20, 0, 180)),
    "two rows": ([row(300), row(200)], [], Shares(500)),
    "two exchanges": ([row(300), row(200, exchange="BSE")], [], Shares(500)),
    "two names, one security": ([row(300), row(200, exchange="BSE", symbol="ITCLTD")], [], Shares(500)),
    "another security": ([row(300), row(9, isin=TCS, symbol="TCS")], [traded(4, symbol="TCS")], Shares(300)),
    "bought on the other exchange": ([row(10)], [traded(2, exchange="BSE")], Shares(12)),
    "bought under the name of the holding": (
        [row(10, exchange="BSE", symbol="ITCLTD")],
        [traded(2, exchange="BSE", symbol="ITCLTD")],
        Shares(12),
    ),
    "named by its ISIN": ([], [traded(2, symbol="WHATEVER", isin=ITC)], Shares(2)),
    "the depository must be told": ([row(400, sellable=0)], [], Shares(0, 400)),
    "not said whether it is free": ([row(100, t1=50, sellable=100)], [], Shares(100, 50)),
    "bought with the broker's money": ([row(10), row(90, delivery=False)], [], Shares(10)),
    "an intraday trade": ([row(10)], [traded(5, delivery=False)], Shares(10)),
    "a product that is unknown": ([row(10), row(90, delivery=None)], [], Shares(10, certain=False)),
    "a trade of an unknown product": ([row(10)], [traded(5, delivery=None)], Shares(10, certain=False)),
    "a trade that cannot be placed": ([row(10)], [traded(5, symbol="NOSUCH")], Shares(10, certain=False)),
    "a broker that does not tell what is on its way": ([row(10, t1_quantity=None)], [], Shares(10, certain=False)),
    "a broker that does not tell what is pledged": ([row(10, collateral_quantity=None)], [], Shares(10, certain=False)),
    "more can be sold than the row counts": ([row(10, sellable=12)], [], Shares(12)),
    "a negative row": ([row(-3)], [], Shares(0)),
}


@pytest.mark.parametrize("case", ROWS)
def test_shares_that_can_be_sold(case: str) -> None:
    holdings, positions, wanted = ROWS[case]

    assert shares_of(ITC, Rows(holdings), Rows(positions), sells_pledged=True, sold_counts_open=False) == wanted


@pytest.mark.parametrize("counts_open", [True, None])
@pytest.mark.parametrize(
    ("holdings", "positions", "wanted"),
    [
        ([row(10)], [traded(2, 2)], Shares(10)),
        ([row(5, sold=5)], [traded(2, 2)], Shares(5, certain=False)),
        ([row(5, sold=5)], [traded(2)], Shares(7, certain=False)),
        ([row(5, sold=5)], [traded(7, 5)], Shares(7, certain=False)),
        ([row(5, sold=5)], [], Shares(5, certain=False)),
        ([row(5, sold=5), row(90, delivery=False)], [traded(9, 9, delivery=False)], Shares(5, certain=False)),
    ],
)
def test_where_open_orders_may_count_as_sold_the_days_sales_come_out_of_what_was_bought(
    holdings: list[Holding], positions: list[Position], wanted: Shares, *, counts_open: bool | None
) -> None:
    """Five on sale and two bought and sold again: nobody may sell those two once more."""
    told = Rows(holdings), Rows(positions)

    assert shares_of(ITC, *told, sells_pledged=True, sold_counts_open=counts_open) == wanted


def test_without_the_days_trades_nothing_is_certain() -> None:
    assert shares_of(ITC, Rows([row(10)]), None, sells_pledged=True, sold_counts_open=False) == Shares(
        10, certain=False
    )


UNREAD_ROWS = {
    "another share, by its ISIN": (Unread(TCS, None), Shares(10)),
    "another share, by its symbol": (Unread(None, "TCS"), Shares(10)),
    "this share, by its ISIN": (Unread(ITC, "TCS"), None),
    "this share, by its symbol": (Unread(None, "ITC"), None),
    "this share, by a name that only the broker has": (Unread(None, "ITC-X"), None),
    "a name that nobody knows": (Unread(None, "NOSUCH"), None),
    "nothing": (Unread(None, None), None),
}


@pytest.mark.parametrize("case", UNREAD_ROWS)
def test_a_row_of_holdings_that_cannot_be_read_hides_its_own_share_alone(case: str) -> None:
    unread, wanted = UNREAD_ROWS[case]
    told = Rows([row(10), row(5, isin=TCS, symbol="TCS")], [unread])

    assert shares_of(ITC, told, Rows([]), sells_pledged=True, sold_counts_open=False) == wanted


@pytest.mark.parametrize("case", UNREAD_ROWS)
def test_a_trade_that_cannot_be_read_leaves_its_own_share_uncertain(case: str) -> None:
    unread, wanted = UNREAD_ROWS[case]

    shares = shares_of(ITC, Rows([row(10)]), Rows([traded(2)], [unread]), sells_pledged=True, sold_counts_open=False)

    assert shares == (Shares(10, certain=False) if wanted is None else Shares(12))


@pytest.mark.parametrize(("sells", "most"), [(True, 150), (None, 150), (False, 50)])
def test_pledged_shares_count_unless_the_broker_does_not_sell_them(sells: bool | None, most: int) -> None:
    shares = shares_of(ITC, Rows([row(50, pledged=100)]), Rows([]), sells_pledged=sells, sold_counts_open=False)

    assert shares is not None
    assert shares.most == most
