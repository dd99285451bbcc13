"""Closing prices by ISIN and day: for test gateways those of the simulated exchange, for live ones those of a file that
the operator loads. The close is that of the NSE where a security has one there.

A file is CSV with the columns `day` (`2026-11-27`), `close` (rupees) and `isin` or `symbol` (of the NSE), adjusted by
whoever made it for splits, bonus issues and the like: what is loaded again for a day takes the place of what was there.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date

import msgspec

from torana.kit.database import Connection, Database
from torana.kit.errors import ConfigurationError
from torana.kit.money import Paise, paise
from torana.kit.sql import Statement
from torana.market.securities import find

# No gateway's table: a mode has one market.
_LATEST = Statement("""
    select c.isin, c.day, c.close
    from unnest(:isins::text[]) wanted (isin)
    cross join lateral (
        select isin, day, close from closing_prices
        where mode = :mode and isin = wanted.isin order by day desc limit 1
    ) c
""")
_SINCE = Statement("""
    select isin, day, close from closing_prices
    where mode = :mode and isin = any(:isins::text[]) and day >= :since
""")
_PUT = Statement("""
    insert into closing_prices (mode, isin, day, close)
    select :mode, r.isin, r.day, r.close
    from unnest(:isins::text[], :days::date[], :closes::bigint[]) r (isin, day, close)
    on conflict (mode, isin, day) do update set close = excluded.close
""")
_AT_ONCE = 20_000


class Close(msgspec.Struct, frozen=True):
    """What a share cost at the end of that day, paise."""

    isin: str
    day: date
    close: Paise


async def latest(database: Database, mode: str, isins: Sequence[str]) -> Mapping[str, Close]:
    """By ISIN the newest; what has none is left out."""
    found = await database.fetch(Close, *_LATEST(mode=mode, isins=sorted(set(isins))))
    return {each.isin: each for each in found}


async def since(database: Database, mode: str, isins: Sequence[str], day: date) -> Mapping[str, Mapping[date, Paise]]:
    """By ISIN and day, from this day on."""
    found: dict[str, dict[date, Paise]] = {isin: {} for isin in isins}
    async with database.connection() as connection:
        for row in await connection.fetch(*_SINCE(mode=mode, isins=sorted(found), since=day)):
            found[row["isin"]][row["day"]] = row["close"]
    return found


async def put(connection: Connection, mode: str, closes: Sequence[Close]) -> None:
    """Write them, in place of what was there of the same days."""
    for begin in range(0, len(closes), _AT_ONCE):
        part = closes[begin : begin + _AT_ONCE]
        written = _PUT(
            mode=mode,
            isins=[each.isin for each in part],
            days=[each.day for each in part],
            closes=[each.close for each in part],
        )
        await connection.execute(*written)


def read_file(lines: Iterable[str]) -> list[Close]:
    """The rows of a CSV file; of two of one ISIN and day the last. Raises `ConfigurationError` that names the line."""
    rows = csv.DictReader(lines)
    columns = set(rows.fieldnames or ())
    if not {"day", "close"} <= columns or not columns & {"isin", "symbol"}:
        raise ConfigurationError("a file of closing prices has the columns day, close, and isin or symbol")
    return list({(each.isin, each.day): each for each in _rows(rows)}.values())


def _rows(rows: "csv.DictReader[str]") -> Iterator[Close]:
    for row in rows:
        try:
            yield Close(_isin(row), date.fromisoformat(row["day"] or ""), _close(row["close"]))
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


def _close(text: str | None) -> Paise:
    close = paise(text or "")
    if close < 1:
        raise ValueError(f"not a price: {text!r}")
    return close
