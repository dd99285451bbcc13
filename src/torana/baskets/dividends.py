"""Dividends as partners supply them: checked, compared with what is there, written."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import msgspec
import yaml
from msgspec import Meta

from torana.baskets import store
from torana.baskets.models import Change
from torana.baskets.store.dividends import Dividend
from torana.kit.database import Connection
from torana.kit.errors import ApiError, ConfigurationError
from torana.kit.json_input import InvalidJson, read_json
from torana.kit.money import Paise, paise, short_rupees
from torana.market.models import EXCHANGES
from torana.market.securities import Security, find
from torana.market.securities import current as listing
from torana.market.series import is_isin

MOST_BYTES = 1024 * 1024
MOST_PER_SHARE: Paise = 1_00_000_00
"""More than a lakh rupees on a share was never paid: a file with paise where rupees belong is found by it."""
_COLUMNS = {"ticker", "exDate", "perShare", "exchange"}
Key = tuple[str, date]
"""ISIN and ex-date."""


class KeyBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """Which dividend: a security and its ex-date."""

    ticker: Annotated[str, Meta(min_length=1, max_length=120)]
    ex_date: date
    exchange: str = "NSE"


class DividendBody(KeyBody, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """One dividend. Of several with one ex-date it is the sum."""

    per_share: Annotated[Decimal, Meta(description="Rupees on a share, with at most 2 decimals, before tax.")]


class DividendsBody(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Dividends to write, each in the place of the one of its security and ex-date, and such to remove."""

    dividends: Annotated[list[DividendBody], Meta(max_length=5_000)] = []
    remove: Annotated[list[KeyBody], Meta(max_length=5_000)] = []


class Supplied(msgspec.Struct, frozen=True):
    """What is to be written and removed, checked. `symbols` are the securities' names by ISIN."""

    dividends: tuple[Dividend, ...]
    remove: tuple[Key, ...]
    symbols: Mapping[str, str]


_decoder = msgspec.json.Decoder(DividendsBody)


def read_dividends(body: bytes) -> DividendsBody:
    """Raises `ApiError` (400)."""
    try:
        return read_json(body, _decoder)
    except InvalidJson as error:
        raise _invalid(f'the body must be {{"dividends": […], "remove": […]}}: {error}') from None


def read_dividends_yaml(text: str) -> list[DividendBody]:
    """A list with the fields of the API; no number of it goes through a float. Raises `ConfigurationError`."""
    try:
        return msgspec.convert(yaml.load(text, yaml.BaseLoader), list[DividendBody], strict=False)  # noqa: S506
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise ConfigurationError(f"the file is not a list of dividends: {error}") from None


def read_dividends_csv(lines: Iterable[str]) -> list[DividendBody]:
    """The columns `ticker`, `exDate`, `perShare`, and `exchange` if not all are of the NSE. Raises
    `ConfigurationError` that names the line."""
    rows = csv.DictReader(lines)
    columns = set(rows.fieldnames or ())
    if not {"ticker", "exDate", "perShare"} <= columns <= _COLUMNS:
        raise ConfigurationError(
            "a CSV of dividends needs the columns ticker, exDate, perShare, and optionally exchange"
        )
    found = []
    for row in rows:
        filled = {name: value.strip() for name, value in row.items() if isinstance(value, str) and value.strip()}
        try:
            found.append(msgspec.convert(filled, DividendBody, strict=False))
        except msgspec.ValidationError as error:
            raise ConfigurationError(f"line {rows.line_num}: {error}") from None
    return found


def check_dividends(body: DividendsBody) -> Supplied:
    """Raises `ApiError` (400) that names every fault."""
    faults: list[str] = []
    symbols: dict[str, str] = {}
    written: dict[Key, Dividend] = {}
    removed: dict[Key, None] = {}
    for at, one in enumerate(body.dividends):
        isin, per_share = _isin(f"dividends[{at}]", one, symbols, faults), _per_share(at, one, faults)
        if isin is None or per_share is None:
            continue
        if (isin, one.ex_date) in written:
            faults.append(f"dividends[{at}]: {one.ticker[:30]} of {one.ex_date} stands twice: write their sum")
        written[isin, one.ex_date] = Dividend(isin, one.ex_date, per_share)
    for at, key in enumerate(body.remove):
        isin = _isin(f"remove[{at}]", key, symbols, faults)
        if isin is not None and (isin, key.ex_date) in written:
            faults.append(f"remove[{at}]: {key.ticker[:30]} of {key.ex_date} stands in dividends, too")
        if isin is not None:
            removed[isin, key.ex_date] = None
    if faults:
        raise _invalid("; ".join(faults))
    return Supplied(tuple(written.values()), tuple(removed), symbols)


def _isin(place: str, one: KeyBody, symbols: dict[str, str], faults: list[str]) -> str | None:
    if is_isin(one.ticker) and not isinstance(one, DividendBody):
        symbols[one.ticker] = one.ticker
        return one.ticker
    security: Security | None = find(one.ticker, one.exchange.upper()) if one.exchange.upper() in EXCHANGES else None
    if security is None:
        faults.append(f"{place}.ticker: {one.ticker[:30]!r} is not listed on {one.exchange[:10]!r}")
        return None
    symbols[security.isin] = security.symbol
    return security.isin


def isin_of(ticker: str, exchange: str) -> str:
    """Of a security by its ticker, or its ISIN, listed or not. Raises `ApiError` (400)."""
    faults: list[str] = []
    found = _isin("ticker", KeyBody(ticker=ticker, ex_date=date.min, exchange=exchange), {}, faults)
    if found is None:
        raise _invalid("; ".join(faults))
    return found


def _per_share(at: int, one: DividendBody, faults: list[str]) -> Paise | None:
    try:
        per_share = paise(one.per_share)
    except ValueError:
        per_share = 0
    if 0 < per_share <= MOST_PER_SHARE:
        return per_share
    most = short_rupees(MOST_PER_SHARE)
    faults.append(f"dividends[{at}].perShare must be rupees above 0, at most {most}, with at most 2 decimals")
    return None


def _invalid(text: str) -> ApiError:
    return ApiError(text, errors=("DividendsInvalid",), anchor="dividends")


async def compare(connection: Connection, gateway_id: str, supplied: Supplied) -> list[Change]:
    """What writing it changes, by security and day."""
    known = await store.dividends_of(connection, gateway_id, list(supplied.symbols))
    before = {(one.isin, one.ex_date): one.per_share for one in known}
    after: dict[Key, Paise | None] = {(one.isin, one.ex_date): one.per_share for one in supplied.dividends}
    after |= dict.fromkeys(supplied.remove)
    return [
        Change(f"{supplied.symbols[isin]} {day}", _told(before.get((isin, day))), _told(per_share))
        for (isin, day), per_share in sorted(after.items(), key=lambda pair: (supplied.symbols[pair[0][0]], pair[0]))
        if before.get((isin, day)) != per_share
    ]


async def supply(connection: Connection, gateway_id: str, supplied: Supplied) -> list[Change]:
    """Write it, in the database transaction of the caller; what it changes. Supplies of a gateway come one after the
    other: what they are compared with is what they replace."""
    await store.count_supply(connection, gateway_id)
    changes = await compare(connection, gateway_id, supplied)
    await store.put_dividends(connection, gateway_id, supplied.dividends)
    await store.remove_dividends(connection, gateway_id, supplied.remove)
    return changes


def _told(per_share: Paise | None) -> str | None:
    return None if per_share is None else f"{short_rupees(per_share)}"


def change_body(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """The wire form of what changes: rupees on a share, null for what was not there or is removed."""
    return [
        {"ticker": symbol, "exDate": day, "before": _number(one.before), "after": _number(one.after)}
        for one in changes
        for symbol, _, day in (one.field.rpartition(" "),)
    ]


def dividend_body(one: Dividend) -> dict[str, Any]:
    """The wire form of one that was supplied; `ticker` is what it is called today, its ISIN where it is listed no
    more: that names it in `remove`, too."""
    listed = next((found for at in EXCHANGES if (found := listing().by_isin(one.isin, at)) is not None), None)
    return {
        "ticker": one.isin if listed is None else listed.symbol,
        "exchange": None if listed is None else listed.exchange,
        "isin": one.isin,
        "exDate": one.ex_date.isoformat(),
        "perShare": short_rupees(one.per_share),
    }


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
