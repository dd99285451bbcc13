"""The instrument files that brokers publish for everybody. What is said of one stands in its broker's folder, in a
module `instruments` with a `FILE`; the folders are looked through, not listed."""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, lru_cache
from importlib import import_module
from importlib.resources import files
from typing import Any, NamedTuple, Protocol

import msgspec

from torana.connectors.hosts import origin
from torana.kit.file_formats import csv_rows, json_items
from torana.kit.outbound import BrokerClient
from torana.market.models import FileRow, Security
from torana.market.refresh import LARGEST_FIGURE, LONGEST_NUMBER, Brings, Reader, Source, code_row
from torana.market.sorting import Tally


class Names(NamedTuple):
    """What a broker calls a security: its code in requests, its symbol in lists."""

    code: str
    symbol: str


class Naming(Protocol):
    """How a broker documents that it forms its names."""

    def __call__(self, security: Security) -> Names: ...


class Listed(NamedTuple):
    """What a row of a file that tells no ISIN lists: the security of an exchange's token, and its names there."""

    exchange: str
    token: str
    """What is no number is no row of a security: it is counted as unreadable."""
    code: str
    symbol: str
    largest: int | None = None
    """The exchange's largest order, where this broker knows it."""


def codes_of(
    columns: tuple[str, ...] | tuple[int, ...] | type[msgspec.Struct],
    listed: Callable[..., Listed | None],
    rows: Callable[[Iterable[bytes], Any], Iterator[list[str] | None]] = csv_rows,
) -> Reader:
    """The reader of a file that tells a broker's codes. `listed` is given these columns of a CSV's row (with
    `csv_rows_at` those at these places, with `json_cells` the fields of an object), and says None of one that is not of
    the cash segments of NSE and BSE.

    The reader raises `UnreadableFile`.
    """

    def read(chunks: Iterable[bytes], tally: Tally) -> Iterator[FileRow]:
        for cells in tally.counted(rows(chunks, columns)):
            row = listed(*cells)
            if row is None:
                tally.left_out += 1
            elif (coded := code_row(*row)) is not None:
                yield coded
            else:
                tally.unreadable += 1

    return read


def json_cells(chunks: Iterable[bytes], kind: type[msgspec.Struct]) -> Iterator[list[str] | None]:
    """The fields of each object in a JSON array, as the kind states them; None for what is no such object."""
    for row in json_items(chunks, kind):
        yield list(msgspec.structs.astuple(row)) if isinstance(row, kind) else None


def token_and_symbol(security: Security) -> Names:
    """The exchange's own token (on the BSE the scrip code), and the symbol without a series."""
    return Names(str(security.exchange_token), security.symbol)


@dataclass(frozen=True, slots=True)
class InstrumentFile:
    """One broker's file: where it is, and how it is read."""

    broker: str
    at: str
    """The origin of the server that has it. It belongs to the file: it need not be one that orders go to."""
    sandbox_path: str
    """Where the sandbox stands in for that server."""
    path: str
    read: Reader
    names: Naming = token_and_symbol
    """For the simulated broker, which lists what the packaged list holds. What a real one lists, its file says."""
    brings: Brings = Brings.CODES
    headers: Mapping[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    """Paths of further files, which make the list whole together with the first."""


@cache
def instrument_files() -> tuple[InstrumentFile, ...]:
    """The files of all brokers, by name."""
    folders = [folder for folder in files("torana.connectors").iterdir() if folder.is_dir()]
    found = sorted(folder.name for folder in folders if folder.joinpath("instruments.py").is_file())
    return tuple(import_module(f"torana.connectors.{name}.instruments").FILE for name in found)


@asynccontextmanager
async def sources(brokers: Collection[str], sandbox_url: str | None) -> AsyncIterator[list[Source]]:
    """What these brokers publish, ready to be read: at the real brokers, or where a sandbox's URL is given at the
    simulated ones and nowhere else. Those that bring securities come first."""
    async with AsyncExitStack() as stack:
        given = []
        for file in instrument_files():
            if file.broker in brokers:
                base = file.at if sandbox_url is None else sandbox_url.rstrip("/") + file.sandbox_path
                client = BrokerClient(f"{file.broker} files", [origin(base)], mode="test" if sandbox_url else "live")
                await stack.enter_async_context(client)
                also = tuple(base + path for path in file.also)
                first = base + file.path
                given.append(Source(file.broker, first, client, file.read, file.brings, file.headers, also))
        yield sorted(given, key=lambda source: source.brings is not Brings.SECURITIES)


@lru_cache(maxsize=1000)
def paise_of_tick(paise: Decimal) -> int:
    """A tick in whole paise. Prices are whole paise: of a finer tick that divides a paisa every one is a multiple.

    Raises `ValueError` for any other.
    """
    return 1 if 0 < paise < 1 and 1 % paise == 0 else whole(paise)


@lru_cache(maxsize=1000)
def whole(number: Decimal) -> int:
    """Raises `ValueError` for a number with a fraction, and for one that is no figure of a security."""
    if not abs(number) <= LARGEST_FIGURE or number != int(number):
        raise ValueError(f"{number} is no whole number, or too large")
    return int(number)


def largest_of(text: str) -> int | None:
    """The shares of a largest order; None for a zero, and for what is no number."""
    return int(text) or None if text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER else None
