"""Instrument files as brokers publish them: one row for each security of the exchanges, in the broker's columns."""

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from torana.market.models import Security
from torana.market.packaged import packaged_securities
from torana.sandbox.dialect import Route
from torana.sandbox.faults import Operation
from torana.sandbox.securities import EXCHANGES
from torana.sandbox.web import Response
from torana.sandbox.wire import Shape


@dataclass(frozen=True, slots=True)
class Index:
    """One of the NSE. Files that have them list them beside equities."""

    name: str
    symbol: str
    token: str


INDICES = (Index("Nifty 50", "NIFTY", "26000"), Index("Nifty Bank", "BANKNIFTY", "26009"))


def csv_route(
    path: str, shape: Shape[Security], exchanges: tuple[str, ...] = EXCHANGES, *, named: bool = True
) -> Route:
    """Where everybody gets a file of text."""

    def answer(call: object) -> Response:
        return csv_answer(shape, exchanges, named=named)

    return Route("GET", path, Operation.INSTRUMENTS, answer, session=False, page=True)


def zip_route(path: str, name: str, shape: Shape[Security], *more: Mapping[str, object]) -> Route:
    """Where everybody gets an archive of one file; `more`: rows of it that are no security's."""

    @cache
    def whole() -> bytes:
        shares = rows(shape)
        return as_zip(name, [*shares, *({**dict.fromkeys(shares[0], ""), **one} for one in more)])

    def answer(call: object) -> Response:
        return Response(200, whole(), "application/zip")

    return Route("GET", path, Operation.INSTRUMENTS, answer, session=False, page=True)


def json_route(
    path: str,
    shape: Shape[Security],
    exchanges: tuple[str, ...] = EXCHANGES,
    more: Sequence[Mapping[str, object]] = (),
    *,
    archived: bool = False,
) -> Route:
    """Where everybody gets a file of one array. `more`: rows of it that are no security's; `archived`: gzipped, and not
    only on its way."""

    @cache
    def whole() -> bytes:
        text = json.dumps([*more, *rows(shape, exchanges)], separators=(",", ":")).encode()
        return gzip.compress(text, mtime=0) if archived else text

    def answer(call: object) -> Response:
        if not archived:
            return Response(200, whole(), "application/json")
        return Response(200, whole(), "application/gzip", [("cache-control", "max-age=300")])

    return Route("GET", path, Operation.INSTRUMENTS, answer, session=False, page=True)


def csv_answer(shape: Shape[Security], exchanges: tuple[str, ...] = EXCHANGES, *, named: bool = True) -> Response:
    """A file of text, gzipped on its way."""
    return Response(200, _made_once(shape, exchanges, named), "text/csv", [("content-encoding", "gzip")])


@cache
def _made_once(shape: Shape[Security], exchanges: tuple[str, ...], named: bool) -> bytes:
    return as_csv(rows(shape, exchanges), named=named)


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
