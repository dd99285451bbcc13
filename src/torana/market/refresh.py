"""Bring the tables of instruments up to date with what brokers publish.

A file is fetched whole onto the disk, and then read piece by piece into the tables, in one transaction that compares it
with what was known. A file that is not whole, or lists far less than before, changes nothing.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, aclosing
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import partial
from tempfile import TemporaryFile
from typing import BinaryIO

import structlog

from torana.kit.clock import IST
from torana.kit.database import Database, for_all_rows
from torana.kit.file_formats import CHUNK, UnreadableFile, unpacked
from torana.kit.http import FileClient, Request, TransportFailure
from torana.kit.metrics import INSTRUMENTS_REFRESHED, ROWS_UNREADABLE
from torana.market import store
from torana.market.models import FileRow, Part
from torana.market.packaged import packaged_securities
from torana.market.sorting import Sorting, Tally

LARGEST_FILE = 64 * 1024 * 1024
"""Bytes as they are sent."""
LARGEST_CONTENT = 512 * 1024 * 1024
"""Bytes after decompression."""
KEPT_PER_MILLE = 900
"""A file that lists fewer than this part of what was known is taken for broken."""
_AT_ONCE = 10_000
LARGEST_FIGURE = 10**12
LONGEST_NUMBER = 12
_LONGEST_TEXTS = 500

log = structlog.get_logger(__name__)


class Brings(StrEnum):
    SECURITIES = "SECURITIES"
    """ISIN, tick, lot and all else, and the broker's codes."""
    CODES = "CODES"
    """What the broker calls the securities that are known already by their exchange token."""


Reader = Callable[[Iterable[bytes], Tally], Iterator[FileRow]]
"""Reads a broker's file, already decompressed. Raises `UnreadableFile`."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where one broker's file is, and how it is read."""

    broker: str
    url: str
    client: FileClient
    read: Reader
    brings: Brings
    headers: Mapping[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()
    """Further files, which make the list whole together with the first."""

    @property
    def urls(self) -> tuple[str, ...]:
        return (self.url, *self.also)


class Outcome(StrEnum):
    REFRESHED = "refreshed"
    NOT_FETCHED = "not_fetched"
    UNREADABLE = "unreadable"
    SHRUNK = "shrunk"
    NO_SECURITIES = "no_securities"
    """Codes came before any list of securities: nobody knows what they name."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What came of one file. `text` is for people."""

    broker: str
    outcome: Outcome
    text: str
    unreadable: int = 0


class _Shrunk(Exception):
    """Fewer than was known; the text says how many of what."""


class _NoSecurities(Exception):
    pass


def code_row(exchange: str, exchange_token: str, code: str, symbol: str, freeze: int | None = None) -> FileRow | None:
    """A row of a file that tells no ISIN; None when it names nothing. `freeze` is the exchange's largest order, where
    this broker knows it."""
    if not (exchange_token.isascii() and exchange_token.isdecimal() and len(exchange_token) <= LONGEST_NUMBER and code):
        return None
    try:
        return checked(FileRow(exchange, int(exchange_token), "", symbol, "", "", 1, 1, freeze, "", code, symbol, None))
    except ValueError:
        return None


def checked(row: FileRow) -> FileRow:
    """The same row, which can be stored. Raises `ValueError` for figures and texts that no security has."""
    _, token, _, symbol, series, _, tick, lot, freeze, name, code, broker_symbol, largest = row
    if not 0 < token <= LARGEST_FIGURE or min(tick, lot, freeze or 1, largest or 1) <= 0:
        raise ValueError("a figure out of range")
    if max(tick, lot, freeze or 1, largest or 1) > LARGEST_FIGURE:
        raise ValueError("a figure out of range")
    texts = f"{symbol}{name}{code}{series}{broker_symbol}"
    if not symbol or not code or "\0" in texts or len(texts) > _LONGEST_TEXTS:
        raise ValueError("a text that is empty, too long or none")
    return row


async def refresh_all(
    database: Database, sources: Sequence[Source], now: datetime, *, fewer: bool = False
) -> list[Refreshed]:
    """One file after the other; one that fails does not keep the next from being read. See `refresh`."""
    return [await refresh(database, source, now, fewer=fewer) for source in sources]


async def refresh(database: Database, source: Source, now: datetime, *, fewer: bool = False) -> Refreshed:
    """Read what one broker publishes and put it in place, or leave everything as it was. `fewer`: the operator knows
    that there are far fewer than before."""
    tally = Tally()
    with ExitStack() as spools:
        try:
            fetched = [await _fetch(source, url, spools.enter_context(TemporaryFile())) for url in source.urls]
            kept = await _load(database, source, fetched, tally, now, fewer=fewer)
            result = Refreshed(source.broker, Outcome.REFRESHED, f"{kept}, {_summary(tally)}", tally.unreadable)
        except TransportFailure as failure:
            result = Refreshed(source.broker, Outcome.NOT_FETCHED, f"the file could not be fetched: {failure.reason}")
        except UnreadableFile as broken:
            result = Refreshed(source.broker, Outcome.UNREADABLE, f"the file cannot be used: {broken}")
        except _Shrunk as shrunk:
            result = Refreshed(source.broker, Outcome.SHRUNK, f"the file lists {shrunk}", tally.unreadable)
        except _NoSecurities:
            result = Refreshed(source.broker, Outcome.NO_SECURITIES, "no list of securities was read yet")
    await _note(database, result, now)
    return result


async def _fetch(source: Source, url: str, spool: BinaryIO) -> BinaryIO:
    """Raises `TransportFailure`."""
    answer = await source.client.download(Request("GET", url, source.headers), spool, limit=LARGEST_FILE)
    if answer.status != 200:
        raise TransportFailure(f"the server answered {answer.status}", sent=True)
    spool.seek(0)
    return spool


def _rows(source: Source, fetched: Sequence[BinaryIO], tally: Tally) -> Iterator[FileRow]:
    for spool in fetched:
        chunks = iter(partial(spool.read, CHUNK), b"")
        yield from source.read(unpacked(chunks, limit=LARGEST_CONTENT), tally)


async def _load(
    database: Database, source: Source, fetched: Sequence[BinaryIO], tally: Tally, now: datetime, *, fewer: bool
) -> str:
    """What the file lists takes the place of what was there, in one transaction; what was kept, in words.

    The file is on the disk by now, so the transaction waits for nobody. It locks out other readers of files alone.
    """
    rows = _rows(source, fetched, tally)
    securities = source.brings is Brings.SECURITIES
    day = now.astimezone(IST).date()
    async with database.connection() as connection, for_all_rows(connection), connection.transaction():
        await store.lock(connection)
        known = await _known(connection, source)
        isins = None if securities else await store.isins(connection)
        sorting = Sorting(source.broker, day, rows, tally, isins)
        if securities:
            await store.set_aside(connection)
        await store.remove_codes(connection, source.broker)
        async with aclosing(_parts(sorting)) as parts:
            async for part in parts:
                await store.put(connection, part)
        if not fewer:
            _refuse_less(sorting.tradable, known)
        if securities:
            await store.compare_with_former(connection, day)
        kept = sum(sorting.tradable.values())
        await store.note_read(connection, source.broker, now, kept, tally.unreadable)
    return ", ".join(f"{count:,} of {exchange}" for exchange, count in sorted(sorting.tradable.items(), reverse=True))


async def _parts(sorting: Sorting) -> AsyncGenerator[Part, None]:
    """The rows for the tables, some at once, the next ones read while the last are stored.

    They are read in a thread: it is millions of bytes, and orders are placed by the same loop.
    """

    def some() -> Part:
        return sorting.some(_AT_ONCE)

    ahead = asyncio.create_task(asyncio.to_thread(some))
    try:
        while (part := await ahead).codes:
            ahead = asyncio.create_task(asyncio.to_thread(some))
            yield part
    finally:
        await asyncio.wait({ahead})


async def _known(connection: store.Connection, source: Source) -> Mapping[str, int]:
    """How many were known of each exchange: from the broker's last file, or of securities from the packaged list."""
    if source.brings is Brings.CODES:
        if not await store.count_securities(connection):
            raise _NoSecurities
        return await store.count_codes(connection, source.broker)
    if listed := await store.count_securities(connection):
        return listed
    counted: dict[str, int] = {}
    for one in packaged_securities():
        counted[one.exchange] = counted.get(one.exchange, 0) + 1
    return counted


def _refuse_less(listed: Mapping[str, int], known: Mapping[str, int]) -> None:
    """Raises `_Shrunk`."""
    for exchange, before in sorted(known.items(), reverse=True):
        now = listed.get(exchange, 0)
        if now * 1000 < before * KEPT_PER_MILLE:
            raise _Shrunk(f"{now:,} securities of {exchange}, where {before:,} were known: nothing was changed")
    if not sum(listed.values()):
        raise UnreadableFile("it lists no securities of NSE or BSE")


def _summary(tally: Tally) -> str:
    unread = f", {tally.unreadable:,} unreadable and skipped" if tally.unreadable else ""
    return f"{tally.seen:,} rows read{unread}"


async def _note(database: Database, result: Refreshed, now: datetime) -> None:
    INSTRUMENTS_REFRESHED.labels(result.broker, result.outcome).inc()
    if result.unreadable:
        ROWS_UNREADABLE.labels(result.broker, "file").inc(result.unreadable)
    fields = {"broker": result.broker, "outcome": result.outcome.value, "text": result.text}
    if result.outcome is Outcome.REFRESHED:
        log.info("instruments.refreshed", **fields)
        return
    log.error("instruments.refresh_failed", **fields)
    await store.note_failure(database, result.broker, now, result.text)
