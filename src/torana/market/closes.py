"""Closing prices as the operator has them in a file: CSV with the columns `day` (`2026-11-27`), `close` (rupees) and
`isin` or `symbol` (of the NSE), adjusted by whoever made it for splits, bonus issues and the like."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from torana.kit.errors import ConfigurationError
from torana.kit.money import Paise, paise
from torana.market.models import Close
from torana.market.securities import find


def read_file(lines: Iterable[str], today: date) -> list[Close]:
    """The rows of a CSV file; of two of one ISIN and day the last. Raises `ConfigurationError` that names the line: a
    price of a day to come would be the last one until that day."""
    rows = csv.DictReader(lines)
    columns = set(rows.fieldnames or ())
    if not {"day", "close"} <= columns or not columns & {"isin", "symbol"}:
        raise ConfigurationError("a file of closing prices needs the columns day, close, and isin or symbol")
    return list({(each.isin, each.day): each for each in _rows(rows, today)}.values())


def _rows(rows: "csv.DictReader[str]", today: date) -> Iterator[Close]:
    for row in rows:
        try:
            yield Close(_isin(row), _day(row["day"], today), _close(row["close"]))
        except (ValueError, TypeError) as error:
            raise ConfigurationError(f"line {rows.line_num}: {error}") from None


def _isin(row: Mapping[str, str | None]) -> str:
    if isin := row.get("isin"):
        if len(isin) != 12 or not isin.isascii() or not isin.isalnum():
            raise ValueError(f"not an ISIN: {isin[:30]!r}")
        return isin.upper()
    symbol = row.get("symbol") or ""
    security = find(symbol)
    if security is None:
        raise ValueError(f"not listed on the NSE: {symbol[:30]!r}")
    return security.isin


def _day(text: str | None, today: date) -> date:
    day = date.fromisoformat(text or "")
    if day > today:
        raise ValueError(f"{day} is still to come")
    return day


def _close(text: str | None) -> Paise:
    close = paise(text or "")
    if close < 1:
        raise ValueError(f"not a price: {text!r}")
    return close
