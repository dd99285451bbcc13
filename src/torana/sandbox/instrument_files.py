"""Instrument files as brokers publish them: one row for each security of the exchanges, in the broker's columns."""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Mapping, Sequence

from torana.market.models import Security
from torana.market.packaged import packaged_securities
from torana.sandbox.securities import EXCHANGES
from torana.sandbox.wire import Shape

INDICES = (("Nifty 50", "NIFTY", "26000"), ("Nifty Bank", "BANKNIFTY", "26009"))
"""Of the NSE: name, symbol, token. Files that have them list them beside equities."""


def rows(shape: Shape[Security], exchanges: Sequence[str] = EXCHANGES) -> list[dict[str, object]]:
    """A value that is not there leaves its column out."""
    shaped = (shape(one) for one in packaged_securities() if one.exchange in exchanges)
    return [{name: value for name, value in row.items() if value is not None} for row in shaped]


def as_csv(of: Sequence[Mapping[str, object]], *, named: bool = True) -> bytes:
    """Gzipped, with a line of names unless they are not `named`. All rows have the same columns."""
    return gzip.compress(_csv(of, named=named), compresslevel=6, mtime=0)


def as_zip(name: str, of: Sequence[Mapping[str, object]]) -> bytes:
    """A zip archive of one such file."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name), _csv(of), zipfile.ZIP_DEFLATED, 6)
    return whole.getvalue()


def _csv(of: Sequence[Mapping[str, object]], *, named: bool = True) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(of[0]), lineterminator="\n")
    if named:
        writer.writeheader()
    writer.writerows(of)
    return text.getvalue().encode()


def as_json(of: Sequence[Mapping[str, object]]) -> bytes:
    """Gzipped, one array."""
    return gzip.compress(json.dumps(of, separators=(",", ":")).encode(), mtime=0)
