"""What can be traded on the National Stock Exchange: shares, fund units, REITs, InvITs and gold bonds.

The packaged list is the exchange's own at its date (`list_date`), as brokers publish it in their symbol masters. Lists
change every day and ticks every month: where a broker says otherwise, the broker's word counts.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from torana.kit.money import Paise
from torana.kit.words import upper


@dataclass(frozen=True, slots=True)
class Security:
    """One security. `tick` in paise; `lot` and `freeze_quantity` in shares."""

    symbol: str
    name: str
    isin: str
    series: str
    tick: Paise
    lot: int
    """Quantities are multiples of it: 1, and more for shares of small companies (series SM, ST) and some trusts."""
    exchange_token: int
    """The exchange's own number, which brokers' lists carry too."""
    kind: str
    """`equity`, `sme`, `etf`, `reit`, `invit` or `sgb`."""
    freeze_quantity: int | None = None
    """The exchange's largest single order; None where nobody told it, and then nothing is refused for its size."""

    def nearest_price(self, price: Paise) -> Paise:
        """The price on the tick that is nearest to this one, the lower of two, and never zero."""
        return max((price + (self.tick - 1) // 2) // self.tick, 1) * self.tick


@dataclass(frozen=True, slots=True)
class _Change:
    new: str
    since: date


@cache
def all_securities() -> Mapping[str, Security]:
    """Every security of the list, by symbol."""
    return MappingProxyType(
        {
            row["symbol"]: Security(
                symbol=row["symbol"],
                name=row["name"],
                isin=row["isin"],
                series=row["series"],
                tick=int(row["tick_paise"]),
                lot=int(row["lot"]),
                exchange_token=int(row["exchange_token"]),
                kind=row["kind"],
            )
            for row in _rows("nse-securities.csv")
        }
    )


@cache
def list_date() -> date:
    """The day whose list this is: the youngest of its rows."""
    return max(date.fromisoformat(row["as_of"]) for row in _rows("nse-securities.csv"))


def find(symbol: str) -> Security | None:
    """The security of this symbol, or of the one that it was renamed to.

    The case of the letters a to z does not matter, everything else does. A symbol that is traded today is itself,
    whoever had it before.
    """
    wanted = upper(symbol)
    listed = all_securities()
    return listed.get(wanted) or listed.get(_renamed(wanted))


def _renamed(symbol: str) -> str:
    """What this symbol is called today, over as many changes as it takes. Of several companies that had it, the last
    one is meant; a change before its time was another company's."""
    changes = _changes().get(symbol, [])
    if not changes:
        return symbol
    change, seen = changes[-1], {symbol}
    while change.new not in seen:
        seen.add(change.new)
        following = [later for later in _changes().get(change.new, []) if later.since >= change.since]
        if not following:
            break
        change = following[0]
    return change.new


@cache
def _changes() -> Mapping[str, list[_Change]]:
    """The renamings of each symbol, oldest first."""
    changes: dict[str, list[_Change]] = {}
    for row in sorted(_rows("nse-symbol-changes.csv"), key=lambda row: row["since"]):
        changes.setdefault(row["old"], []).append(_Change(row["new"], date.fromisoformat(row["since"])))
    return changes


def _rows(name: str) -> Iterator[dict[str, str]]:
    with files("torana.market").joinpath("data", name).open(encoding="utf-8") as text:
        yield from csv.DictReader(text)
