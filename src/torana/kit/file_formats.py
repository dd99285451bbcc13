"""Large files read piece by piece: gzip, zip, a JSON array, CSV. Memory does not grow with the file.

All of them take and give chunks of bytes or rows, and raise `UnreadableFile` for a file that is not whole.
"""

import codecs
import csv
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from struct import Struct
from types import GenericAlias
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")

CHUNK = 256 * 1024
_LONGEST_ITEM = 1024 * 1024
"""Bytes of one JSON value or one line of CSV; what is longer is no list of small things."""
_ENDINGS_TRIED = 16
_SPACE = b" \t\r\n"
_GZIP, _ZIP = b"\x1f\x8b", b"PK\x03\x04"
_ZIP_HEAD = Struct("<4s5H3I2H")
"""Before a file of an archive: mark, version, flags, method, time, date, checksum, sizes, lengths of name and extra."""
_ZIP_BEHIND = b"PK\x07\x08"
"""Stands, where it stands, before the checksum of a file that has it behind."""
_ENCRYPTED, _CHECKSUM_BEHIND, _DEFLATED = 1, 8, 8
_RAW_ITEMS = msgspec.json.Decoder(list[msgspec.Raw])


class UnreadableFile(Exception):
    """A file that is not what it should be: cut off, empty, too large or of another format. The text says which."""


def unpacked(chunks: Iterable[bytes], *, limit: int) -> Iterator[bytes]:
    """The bytes themselves, or what they hold when they are gzip, or the first file of a zip archive. `limit` bounds
    what comes out, in bytes."""
    pieces = filter(None, chunks)
    first = _at_least(len(_ZIP), b"", pieces)
    size = 0
    for piece in _opened(first, pieces):
        size += len(piece)
        if size > limit:
            raise UnreadableFile(f"it holds more than {limit // 1_000_000} MB")
        if piece:
            yield piece
    if not size:
        raise UnreadableFile("it is empty")


def _opened(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first.startswith(_GZIP):
        return _gunzipped(first, rest)
    return _unzipped(first, rest) if first.startswith(_ZIP) else chain((first,), rest)


def _at_least(size: int, held: bytes, pieces: Iterator[bytes]) -> bytes:
    """So many bytes, or all that there are."""
    while len(held) < size and (more := next(pieces, b"")):
        held += more
    return held


def _whole(size: int, held: bytes, pieces: Iterator[bytes]) -> bytes:
    if len(held := _at_least(size, held, pieces)) < size:
        raise UnreadableFile("it is cut off")
    return held


def _unzipped(held: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Its compression says where the file ends, whatever sizes stand before it or are told behind it."""
    held = _whole(_ZIP_HEAD.size, held, pieces)
    _, _, flags, method, _, _, checksum, _, _, name, extra = _ZIP_HEAD.unpack_from(held)
    if flags & _ENCRYPTED or method != _DEFLATED:
        raise UnreadableFile("it is a zip archive of another kind")
    held = _at_least(begin := _ZIP_HEAD.size + name + extra, held, pieces)
    inflate, found = zlib.decompressobj(-zlib.MAX_WBITS), 0
    for piece in _inflated(inflate, chain((held[begin:],), pieces)):
        found = zlib.crc32(piece, found)
        yield piece
    if flags & _CHECKSUM_BEHIND:
        behind = _whole(len(_ZIP_BEHIND) + 4, inflate.unused_data, pieces).removeprefix(_ZIP_BEHIND)
        checksum = int.from_bytes(behind[:4], "little")
    if found != checksum:
        raise UnreadableFile("its compression is damaged")


def _gunzipped(held: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Member after member, as gzip allows."""
    while held:
        inflate = zlib.decompressobj(31)
        yield from _inflated(inflate, chain((held,), pieces))
        held = _at_least(1, inflate.unused_data, pieces)


def _inflated(inflate: "zlib._Decompress", chunks: Iterator[bytes]) -> Iterator[bytes]:
    """What it makes of one stream, to its end; what was read behind that is its `unused_data`."""
    try:
        for chunk in chunks:
            yield inflate.decompress(chunk, CHUNK)
            while inflate.unconsumed_tail and not inflate.eof:  # at the end it holds what stands behind, too
                yield inflate.decompress(inflate.unconsumed_tail, CHUNK)
            if inflate.eof:
                return
        while rest := inflate.decompress(b"", CHUNK):
            yield rest
    except zlib.error:
        raise UnreadableFile("its compression is damaged") from None
    if not inflate.eof:
        raise UnreadableFile("it is cut off")


def json_items(chunks: Iterable[bytes], kind: type[T]) -> Iterator[T | msgspec.Raw]:
    """The values of one JSON array of objects, many decoded at once; a value that is none of this kind comes as it
    stands in the file. The syntax of all of them is checked."""
    held, begun = b"", False
    items_of = _Items(kind)
    for chunk in chunks:
        held += chunk
        if not begun:
            held = held.lstrip(_SPACE + codecs.BOM_UTF8)
            if held and held[:1] != b"[":
                raise UnreadableFile("it is no JSON array")
            begun, held = bool(held), held[1:]
        items, held = items_of.whole(held)
        yield from items
    ending = held.strip(_SPACE)
    if not begun or not ending.endswith(b"]"):
        raise UnreadableFile("it is cut off" if begun else "it is empty")
    yield from items_of.last(ending[:-1])


class _Items(Generic[T]):
    """Decodes arrays of one kind of value."""

    def __init__(self, kind: type[T]) -> None:
        self._many: msgspec.json.Decoder[list[T]] = msgspec.json.Decoder(GenericAlias(list, (kind,)))
        self._one = msgspec.json.Decoder(kind)

    def decode(self, array: bytes) -> Sequence[T | msgspec.Raw]:
        """Raises `msgspec.DecodeError` for what is no JSON array."""
        try:
            return self._many.decode(array)
        except msgspec.ValidationError:
            return [self._decode_one(raw) for raw in _RAW_ITEMS.decode(array)]

    def _decode_one(self, raw: msgspec.Raw) -> T | msgspec.Raw:
        try:
            return self._one.decode(raw)
        except msgspec.ValidationError:
            return raw

    def whole(self, held: bytes) -> tuple[Sequence[T | msgspec.Raw], bytes]:
        """The items that are whole, and the rest. An item ends with `}` before a comma; where that stands inside a text
        or an inner object the decoder says so, and the ending before it is tried."""
        end = len(held)
        for _ in range(_ENDINGS_TRIED):
            end = held.rfind(b"}", 0, end)
            if end < 0:
                break
            rest = held[end + 1 :].lstrip(_SPACE)
            if rest[:1] != b",":
                continue
            try:
                return self.decode(b"[" + held[: end + 1] + b"]"), rest[1:]
            except msgspec.DecodeError:
                continue
        if len(held) > _LONGEST_ITEM:
            raise UnreadableFile("it is no JSON array of objects")
        return [], held

    def last(self, ending: bytes) -> Sequence[T | msgspec.Raw]:
        try:
            return self.decode(b"[" + ending + b"]")
        except msgspec.DecodeError:
            raise UnreadableFile("it is no JSON array of objects, or it is cut off") from None


def csv_rows(chunks: Iterable[bytes], columns: tuple[str, ...]) -> Iterator[list[str] | None]:
    """These columns of every row, in this order, whatever others there are; None for a row of another length.

    The last line has to end: a file that stops within one is cut off.
    """
    lines = _values(chunks)
    if (head := next(lines, None)) is None:
        raise UnreadableFile("it is empty")
    if missing := [name for name in columns if name not in head]:
        raise UnreadableFile(f"it has no column {missing[0]}")
    places = [head.index(name) for name in columns]
    for row in lines:
        if row:
            yield [row[at] for at in places] if len(row) == len(head) else None


def csv_rows_at(chunks: Iterable[bytes], places: tuple[int, ...]) -> Iterator[list[str] | None]:
    """The same of a file without a line of names: the columns at these places; None for a row that does not reach so
    far. The first row has to."""
    known = False
    for row in filter(None, _values(chunks)):
        reaches = max(places) < len(row)
        if not known and not reaches:
            raise UnreadableFile("its rows have fewer columns")
        known = True
        yield [row[at] for at in places] if reaches else None
    if not known:
        raise UnreadableFile("it is empty")


def _values(chunks: Iterable[bytes]) -> Iterator[list[str]]:
    size = 0

    def lines() -> Iterator[str]:
        """Of a row there may be several, for a value in quotation marks may hold their ends."""
        nonlocal size
        for line in _lines(chunks):
            if (size := size + len(line)) > _LONGEST_ITEM:
                raise UnreadableFile("it is no CSV: its rows do not end")
            yield line

    try:
        for row in csv.reader(lines(), strict=True):
            size = 0
            yield row
    except csv.Error as error:
        raise UnreadableFile(f"it is no CSV: {error}") from None


def _lines(chunks: Iterable[bytes]) -> Iterator[str]:
    decode = codecs.getincrementaldecoder("utf-8-sig")("strict").decode
    held = ""
    try:
        for chunk in chunks:
            *whole, held = (held + decode(chunk)).split("\n")
            if len(held) > _LONGEST_ITEM:
                raise UnreadableFile("it is no CSV: its lines do not end")
            for line in whole:
                yield line + "\n"
        decode(b"", True)
    except UnicodeDecodeError:
        raise UnreadableFile("it is not UTF-8") from None
    if held:
        raise UnreadableFile("it is cut off")
