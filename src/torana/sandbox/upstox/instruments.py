"""Instrument keys, and the instrument files of assets.upstox.com.

Prices in the files are in rupees, but tick sizes in paise and both quantities as JSON numbers, as in the real files.
Source: Upstox developer API documentation, instruments (JSON).
"""

import gzip
import json
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from torana.market.securities import Security
from torana.sandbox.prices import listed

SEGMENT = "NSE_EQ"
FILES = ("NSE", "complete")
"""The files that the simulator offers; the real site has more, for segments that we do not trade."""


def instrument_key(security: Security) -> str:
    """`NSE_EQ|` and the ISIN."""
    return f"{SEGMENT}|{security.isin}"


def find_by_key(key: str) -> Security | None:
    """The security of an instrument key, in exactly its case; None for any other segment."""
    return _by_key().get(key)


@cache
def instruments_file() -> bytes:
    """The gzipped JSON array of one exchange's instruments. Like the real one it holds indices beside equities."""
    rows: list[dict[str, object]] = [_index("Nifty 50", "NIFTY", "26000"), _index("Nifty Bank", "BANKNIFTY", "26009")]
    rows += [_equity(security) for security in listed().values()]
    return gzip.compress(json.dumps(rows, separators=(",", ":")).encode(), mtime=0)


@cache
def _by_key() -> Mapping[str, Security]:
    return MappingProxyType({instrument_key(security): security for security in listed().values()})


def _equity(security: Security) -> dict[str, object]:
    freeze = {} if security.freeze_quantity is None else {"freeze_quantity": float(security.freeze_quantity)}
    return {
        "segment": SEGMENT,
        "name": security.name.upper(),
        "exchange": "NSE",
        "isin": security.isin,
        "instrument_type": security.series,
        "instrument_key": instrument_key(security),
        "lot_size": security.lot,
        **freeze,
        "exchange_token": str(security.exchange_token),
        "tick_size": float(security.tick),
        "trading_symbol": security.symbol,
        "short_name": security.name,
        "security_type": "NORMAL",
    }


def _index(name: str, symbol: str, token: str) -> dict[str, object]:
    return {
        "segment": "NSE_INDEX",
        "name": name,
        "exchange": "NSE",
        "instrument_type": "INDEX",
        "instrument_key": f"NSE_INDEX|{name}",
        "exchange_token": token,
        "trading_symbol": symbol,
    }
