"""What Lantern sells."""

from typing import Literal

import msgspec

Side = Literal["BUY", "SELL"]


class Line(msgspec.Struct, frozen=True):
    """So many shares of one company, by its NSE symbol."""

    ticker: str
    name: str
    quantity: int
    type: Side = "BUY"


class Basket(msgspec.Struct, frozen=True):
    key: str
    name: str
    promise: str
    action: str
    """What the button says."""
    lines: tuple[Line, ...]


BASKETS = {
    basket.key: basket
    for basket in (
        Basket(
            "kitchen-shelf",
            "Kitchen shelf",
            "Four companies whose things are bought every week, in any weather.",
            "Buy this basket",
            (
                Line("HINDUNILVR", "Hindustan Unilever", 1),
                Line("ITC", "ITC", 4),
                Line("TATACONSUM", "Tata Consumer", 2),
                Line("NESTLEIND", "Nestlé India", 1),
            ),
        ),
        Basket(
            "night-light",
            "Night light",
            "From the mine to the socket: what keeps a lamp burning.",
            "Buy this basket",
            (
                Line("COALINDIA", "Coal India", 2),
                Line("NTPC", "NTPC", 3),
                Line("POWERGRID", "Power Grid", 4),
            ),
        ),
        Basket(
            "new-leaf",
            "New leaf",
            "A change of mind in one step: out of two companies, into three others.",
            "Sell and buy",
            (
                Line("INFY", "Infosys", 1, "SELL"),
                Line("ITC", "ITC", 2, "SELL"),
                Line("HDFCBANK", "HDFC Bank", 1),
                Line("BHARTIARTL", "Bharti Airtel", 1),
                Line("SUNPHARMA", "Sun Pharma", 1),
            ),
        ),
    )
}
