"""The instruments dump as Kite writes it: CSV, gzipped.

Source: Kite Connect v3 documentation, market quotes and instruments.
"""

import csv
import gzip
import io
from functools import cache

from torana.kit.money import rupees
from torana.sandbox.kite.instruments import token_of, tradingsymbol_of
from torana.sandbox.prices import listed
from torana.sandbox.web import Response

_COLUMNS = (
    "instrument_token exchange_token tradingsymbol name last_price expiry strike tick_size lot_size instrument_type "
    "segment exchange"
)


@cache
def dump() -> Response:
    """All instruments."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(_COLUMNS.split())
    for symbol, one in listed().items():
        tick, name = f"{rupees(one.tick).normalize():f}", one.name.upper()
        numbers = (token_of(symbol), one.exchange_token)
        rows.writerow([*numbers, tradingsymbol_of(symbol), name, 0, "", 0, tick, one.lot, "EQ", "NSE", "NSE"])
    body = gzip.compress(text.getvalue().encode(), compresslevel=6, mtime=0)
    return Response(200, body, "text/csv", [("content-encoding", "gzip")])
