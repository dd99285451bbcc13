"""The list that comes with the program: what is known until the brokers' files were read for the first time.

NSE of 1 July 2026, BSE of 10 November 2025, as a broker publishes them in its symbol masters. Lists change every day
and ticks every month: where a broker says otherwise, the broker's word counts.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from torana.market.models import EXCHANGES, Security, SymbolChange


@cache
def packaged_securities() -> Sequence[Security]:
    """Every security of both exchanges."""
    rows = list(_rows("instruments.csv"))
    bse = {row["isin"]: int(row["exchange_token"]) for row in rows if row["exchange"] == "BSE"}
    return tuple(
        Security(
            symbol=row["symbol"],
            name=row["name"],
            isin=row["isin"],
            series=row["series"],
            tick=int(row["tick_paise"]),
            lot=int(row["lot"]),
            exchange_token=int(row["exchange_token"]),
            kind=row["kind"],
            exchange=row["exchange"],
            bse_code=bse.get(row["isin"]),
        )
        for row in rows
    )


@cache
def packaged_dates() -> Mapping[str, date]:
    """By exchange the day whose list this is: the youngest of its rows."""
    days: dict[str, date] = dict.fromkeys(EXCHANGES, date.min)
    for row in _rows("instruments.csv"):
        days[row["exchange"]] = max(days[row["exchange"]], date.fromisoformat(row["as_of"]))
    return MappingProxyType(days)


@cache
def packaged_changes() -> Sequence[SymbolChange]:
    """The NSE's list of renamed symbols up to May 2026, oldest first."""
    rows = sorted(_rows("symbol-changes.csv"), key=lambda row: row["since"])
    return tuple(SymbolChange(row["old"], row["new"], date.fromisoformat(row["since"])) for row in rows)


def _rows(name: str) -> Iterator[dict[str, str]]:
    with files("torana.market").joinpath("data", name).open(encoding="utf-8") as text:
        yield from csv.DictReader(text)
