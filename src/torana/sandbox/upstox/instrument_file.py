"""The instrument files of assets.upstox.com: gzipped JSON, of one exchange or of all.

Tick sizes are in paise and both quantities are JSON numbers, as in the real files. Like those they hold indices beside
equities. Source: Upstox developer API documentation, instruments (JSON).
"""

import gzip
import json
from functools import cache

from torana.market.models import Security
from torana.market.packaged import packaged_securities

FILES = ("NSE", "BSE", "complete")
"""What the simulator offers; the real site has more, for segments that we do not trade."""
_INDICES = (("NSE", "Nifty 50", "NIFTY", "26000"), ("NSE", "Nifty Bank", "BANKNIFTY", "26009"))


@cache
def instruments_file(name: str) -> bytes:
    """One of `FILES`."""
    rows = [_index(*index) for index in _INDICES if name in (index[0], "complete")]
    rows += [_equity(one) for one in packaged_securities() if name in (one.exchange, "complete")]
    return gzip.compress(json.dumps(rows, separators=(",", ":")).encode(), mtime=0)


def _equity(security: Security) -> dict[str, object]:
    freeze = {} if security.freeze_quantity is None else {"freeze_quantity": float(security.freeze_quantity)}
    segment = f"{security.exchange}_EQ"
    return {
        "segment": segment,
        "name": security.name.upper(),
        "exchange": security.exchange,
        "isin": security.isin,
        "instrument_type": security.series,
        "instrument_key": f"{segment}|{security.isin}",
        "lot_size": security.lot,
        **freeze,
        "exchange_token": str(security.exchange_token),
        "tick_size": float(security.tick),
        "trading_symbol": security.symbol,
        "short_name": security.name,
        "security_type": "NORMAL",
    }


def _index(exchange: str, name: str, symbol: str, token: str) -> dict[str, object]:
    return {
        "segment": f"{exchange}_INDEX",
        "name": name,
        "exchange": exchange,
        "instrument_type": "INDEX",
        "instrument_key": f"{exchange}_INDEX|{name}",
        "exchange_token": token,
        "trading_symbol": symbol,
    }
