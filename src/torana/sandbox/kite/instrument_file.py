"""The instruments dump as Kite writes it: CSV, gzipped, of one exchange or of all.

Source: Kite Connect v3 documentation, market quotes and instruments. The instrument token is the exchange token shifted
by eight bits plus the segment (numbers as in the official Python client's ticker), and a symbol of the NSE carries its
series when that is not EQ.
"""

import csv
import gzip
import io
from collections.abc import Mapping
from functools import cache

from torana.kit.money import rupees
from torana.market.models import Security
from torana.market.packaged import packaged_securities
from torana.sandbox.web import Response

EXCHANGES = ("NSE", "BSE")
_SEGMENT_NUMBERS: Mapping[str, int] = {"NSE": 1, "BSE": 4}
_COLUMNS = (
    "instrument_token",
    "exchange_token",
    "tradingsymbol",
    "name",
    "last_price",
    "expiry",
    "strike",
    "tick_size",
    "lot_size",
    "instrument_type",
    "segment",
    "exchange",
)


@cache
def dump(exchange: str | None = None) -> Response:
    """The instruments of this exchange; None: of all."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(_COLUMNS)
    rows.writerows(_row(one) for one in packaged_securities() if exchange in (None, one.exchange))
    body = gzip.compress(text.getvalue().encode(), compresslevel=6, mtime=0)
    return Response(200, body, "text/csv", [("content-encoding", "gzip")])


def _row(security: Security) -> tuple[object, ...]:
    exchange, token = security.exchange, security.exchange_token
    with_series = exchange == "NSE" and security.series != "EQ"
    name = f"{security.symbol}-{security.series}" if with_series else security.symbol
    tick = f"{rupees(security.tick).normalize():f}"
    number = token << 8 | _SEGMENT_NUMBERS[exchange]
    return (number, token, name, security.name.upper(), 0, "", 0, tick, security.lot, "EQ", exchange, exchange)
