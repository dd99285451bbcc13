"""What can be traded: the equities of the NIFTY 500 on the National Stock Exchange."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from torana.kit.money import Paise


@dataclass(frozen=True, slots=True)
class Security:
    """One equity. `tick` in paise, `freeze_quantity` in shares (the largest single order).

    Exchanges review both every month and set them from the price, so these two are working figures; where a broker
    names others, the broker's count.
    """

    symbol: str
    name: str
    isin: str
    series: str
    tick: Paise
    freeze_quantity: int
    index: str
    """The narrowest index that holds it: `NIFTY 50`, `NIFTY 100` or `NIFTY 500`."""


@cache
def all_securities() -> Mapping[str, Security]:
    """Every security that we know, by symbol."""
    text = files("torana.market").joinpath("data", "nse-securities.csv").read_text(encoding="utf-8")
    return MappingProxyType(
        {
            row["symbol"]: Security(
                symbol=row["symbol"],
                name=row["name"],
                isin=row["isin"],
                series=row["series"],
                tick=int(row["tick_paise"]),
                freeze_quantity=int(row["freeze_quantity"]),
                index=row["index"],
            )
            for row in csv.DictReader(text.splitlines())
        }
    )


def find(symbol: str) -> Security | None:
    """The security of this symbol; letter case does not matter, everything else does."""
    return all_securities().get(symbol.upper())
