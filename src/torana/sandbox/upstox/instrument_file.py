"""The instrument files of assets.upstox.com: gzipped JSON.

Tick sizes are in paise and both quantities are JSON numbers, as in the real files. Like those they hold indices beside
equities. Source: Upstox developer API documentation, instruments (JSON).
"""

import gzip
import json
from functools import cache

from torana.market.securities import Security
from torana.sandbox.prices import listed
from torana.sandbox.upstox.instruments import SEGMENT, instrument_key

FILES = ("NSE", "complete")
"""What the simulator offers; the real site has more, for segments that we do not trade."""


@cache
def instruments_file() -> bytes:
    rows: list[dict[str, object]] = [_index("Nifty 50", "NIFTY", "26000"), _index("Nifty Bank", "BANKNIFTY", "26009")]
    rows += [_equity(security) for security in listed().values()]
    return gzip.compress(json.dumps(rows, separators=(",", ":")).encode(), mtime=0)


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
