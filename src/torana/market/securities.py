"""The listing that this process goes by: the packaged one until the brokers' files were read, always with the
operator's corrections (`TORANA_INSTRUMENTS_FILE`)."""

import os
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType

from torana.market.listing import Listing, Origin, build, packaged
from torana.market.models import Security
from torana.market.operator_file import Corrections, read_corrections
from torana.market.packaged import packaged_changes, packaged_dates, packaged_securities

__all__ = ["Security", "all_securities", "corrections", "current", "find", "list_date", "use"]

_in_use: Listing | None = None


def current() -> Listing:
    """The listing of this process. Raises `ConfigurationError` when the operator's file cannot be used."""
    global _in_use
    if _in_use is None:
        corrected = corrections()
        _in_use = build(
            corrected.applied(packaged_securities()),
            corrected.changes(packaged_changes()),
            dates=packaged_dates(),
            origin=Origin.PACKAGED,
        )
    return _in_use


def use(listing: Listing | None) -> None:
    """Go by this listing from now on; None: by the packaged one again."""
    global _in_use
    _in_use = listing


@cache
def corrections() -> Corrections:
    """The operator's, read once. Raises `ConfigurationError`."""
    named = os.environ.get("TORANA_INSTRUMENTS_FILE")
    return read_corrections(Path(named)) if named else Corrections()


def find(symbol: str, exchange: str = "NSE") -> Security | None:
    """See `Listing.by_symbol`."""
    return current().by_symbol(symbol, exchange)


def list_date(exchange: str = "NSE") -> date:
    """The day whose list of this exchange this process goes by."""
    return current().dates[exchange]


@cache
def all_securities() -> Mapping[str, Security]:
    """Every security of the NSE in the packaged list, by symbol."""
    return MappingProxyType(packaged().by_symbols["NSE"])
