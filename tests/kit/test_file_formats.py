"""Large files, read piece by piece."""

import gzip
import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from torana.kit.file_formats import UnreadableFile, csv_rows, csv_rows_at, json_items, unpacked

NASTY = [
    {"symbol": "A},{B", "name": 'quote " and \\ and }, ['},
    {"symbol": "INNER", "inner": {"deep": [{"x": 1}, {"y": 2}]}, "last": {"z": 3}},
    {"symbol": "₹ETERNAL", "name": "एटर्नल"},
    {},
]


def in_pieces(whole: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(whole), size):
        yield whole[start : start + size]


def decoded(chunks: Iterator[bytes]) -> list[object]:
    return [msgspec.json.decode(raw) for raw in json_items(chunks, msgspec.Raw)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 10_000])
@pytest.mark.parametrize("indent", [None, 2])
def test_an_array_is_the_same_wherever_the_pieces_end(size: int, indent: int | None) -> None:
    whole = json.dumps(NASTY * 3, indent=indent, ensure_ascii=False).encode()

    assert decoded(in_pieces(whole, size)) == NASTY * 3


_values = st.recursive(
    st.none() | st.integers(-1000, 1000) | st.text(alphabet='ab{}[],":\\ ₹', max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(alphabet='k},{"', max_size=3), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    rows=st.lists(st.dictionaries(st.text(alphabet='k},{"', max_size=3), _values, max_size=4), max_size=6),
    size=st.integers(1, 40),
)
def test_any_array_of_objects_is_read_as_a_whole_decoder_reads_it(rows: list[dict[str, object]], size: int) -> None:
    assert decoded(in_pieces(json.dumps(rows).encode(), size)) == rows


def test_an_array_that_stops_anywhere_is_cut_off() -> None:
    whole = json.dumps(NASTY, ensure_ascii=False).encode()

    for end in range(len(whole)):
        with pytest.raises(UnreadableFile):
            decoded(in_pieces(whole[:end], 16))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"<html>", "no JSON array"),
        (b'{"error": 1}', "no JSON array"),
        (b'[{"a": 1} {"b": 2}]', "no JSON array of objects"),
        (b'[{"a": 1}]]', "no JSON array of objects"),
    ],
)
def test_what_is_no_array_says_so(body: bytes, said: str) -> None:
    with pytest.raises(UnreadableFile, match=said):
        decoded(iter([body] if body else []))


def test_an_item_without_an_end_is_not_held_for_ever() -> None:
    def endless() -> Iterator[bytes]:
        yield b'[{"name": "'
        while True:
            yield b"x" * 100_000

    with pytest.raises(UnreadableFile, match="no JSON array of objects"):
        decoded(endless())


@pytest.mark.parametrize("size", [1, 5, 1000])
def test_gzip_and_plain_bytes_come_out_the_same(size: int) -> None:
    body = b"0123456789" * 500
    twice = gzip.compress(body) + gzip.compress(body)

    assert b"".join(unpacked(in_pieces(body, size), limit=10**6)) == body
    assert b"".join(unpacked(in_pieces(gzip.compress(body), size), limit=10**6)) == body
    assert b"".join(unpacked(in_pieces(twice, size), limit=10**6)) == body * 2


def zipped(body: bytes, method: int = zipfile.ZIP_DEFLATED, *more: bytes) -> bytes:
    """An archive of these files."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", method) as archive:
        for at, one in enumerate((body, *more)):
            archive.writestr(f"file-{at}.csv", one)
    return whole.getvalue()


@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_the_first_file_of_an_archive_comes_out_as_it_was(size: int) -> None:
    body = b"exchange,token\n" + b"NSE,1594\n" * 100_000  # more than comes out at once

    assert b"".join(unpacked(in_pieces(zipped(body), size), limit=10**6)) == body
    assert b"".join(unpacked(in_pieces(zipped(body, zipfile.ZIP_DEFLATED, b"other"), size), limit=10**6)) == body


def test_an_archive_whose_first_file_stops_anywhere_is_cut_off() -> None:
    """What stands behind the file is not read."""
    body = b"0123456789" * 50
    packed = zipped(body)
    ends = packed.index(b"PK\x01\x02")

    for end in range(4, ends):
        with pytest.raises(UnreadableFile, match="cut off"):
            list(unpacked(in_pieces(packed[:end], 10), limit=10**6))
    assert b"".join(unpacked(in_pieces(packed[:ends], 10), limit=10**6)) == body


def streamed(body: bytes) -> bytes:
    """An archive whose checksum stands behind the file, as where it was written in one go."""

    class Pipe(io.RawIOBase):
        def __init__(self) -> None:
            self.written = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.written += bytes(data)
            return len(data)

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("file.csv", body)
    return pipe.written


def streamed_without_a_mark(body: bytes) -> bytes:
    return streamed(body).replace(b"PK\x07\x08", b"")


@pytest.mark.parametrize("archive", [zipped, streamed, streamed_without_a_mark])
def test_an_archive_of_which_a_byte_changed_is_damaged(archive: Callable[[bytes], bytes]) -> None:
    """A figure that became another is no fault of the compression: the checksum alone tells it."""
    body = bytes(range(256))
    packed = archive(body)
    changed = packed.replace(bytes(range(48, 58)), b"0123456780")
    assert changed != packed

    assert b"".join(unpacked(in_pieces(packed, 10), limit=10**6)) == body
    with pytest.raises(UnreadableFile, match="damaged"):
        list(unpacked(in_pieces(changed, 10), limit=10**6))


def test_gzip_that_stops_anywhere_is_cut_off() -> None:
    packed = gzip.compress(b"0123456789" * 50)

    for end in range(2, len(packed)):
        with pytest.raises(UnreadableFile):
            list(unpacked(in_pieces(packed[:end], 10), limit=10**6))


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "empty"),
        (gzip.compress(b""), "empty"),
        (gzip.compress(b"x" * 5_000_000), "more than 1 MB"),
        (zipped(b""), "empty"),
        (zipped(b"x" * 5_000_000), "more than 1 MB"),
        (zipped(b"as it is", zipfile.ZIP_STORED), "another kind"),
        (zipped(b"abc" * 100)[:40] + b"\xff" * 30, "damaged"),
        (b"x" * 1_000_001, "more than 1 MB"),
        (gzip.compress(b"abc" * 100)[:-8] + b"\0" * 8, "damaged"),
    ],
    ids=[
        "empty",
        "empty inside",
        "bomb",
        "zip of nothing",
        "zip bomb",
        "stored",
        "damaged zip",
        "too large",
        "damaged",
    ],
)
def test_what_cannot_be_unpacked_says_why(body: bytes, said: str) -> None:
    with pytest.raises(UnreadableFile, match=said):
        list(unpacked(in_pieces(body, 10_000), limit=1_000_000))


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_columns_of_csv_come_in_the_order_asked_for(size: int) -> None:
    body = '\ufeffa,b,c\r\n1,"two, or\r\n2",3\n\nshort,row\n4,₹,6\n'.encode()

    assert list(csv_rows(in_pieces(body, size), ("c", "b"))) == [["3", "two, or\r\n2"], None, ["6", "₹"]]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "empty"),
        (b"a,b\n1,2\n3,", "cut off"),
        (b"a,x\n1,2\n", "no column b"),
        (b"<html><body>\n", "no column a"),
        (b'a,b\n1,"2\n', "no CSV"),
        (b"a,b\n1,\xff\n", "not UTF-8"),
        (b"a,b\n1," + b"x" * 2_000_000, "lines do not end"),
        (b'a,b\n1,"' + b'\n","' * 400_000 + b'"\n', "rows do not end"),
    ],
    ids=["empty", "cut off", "column", "html", "quote", "bytes", "endless line", "endless row"],
)
def test_what_is_no_csv_says_why(body: bytes, said: str) -> None:
    with pytest.raises(UnreadableFile, match=said):
        list(csv_rows(in_pieces(body, 10_000), ("a", "b")))


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_columns_without_names_come_by_their_places(size: int) -> None:
    body = '\ufeff1,"two, or\r\n2",3\n\nshort,row\n4,₹,6,more\n'.encode()

    assert list(csv_rows_at(in_pieces(body, size), (2, 1))) == [["3", "two, or\r\n2"], None, ["6", "₹"]]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"1,2\n3,", "cut off"),
        (b"<html><body>\n1,2\n", "fewer columns"),
        (b'1,2\n1,"2\n', "no CSV"),
    ],
)
def test_what_is_no_csv_without_names_says_why(body: bytes, said: str) -> None:
    with pytest.raises(UnreadableFile, match=said):
        list(csv_rows_at(in_pieces(body, 10_000), (0, 1)))


def test_memory_does_not_grow_with_the_file() -> None:
    row = json.dumps({"symbol": "INFY", "name": "x" * 200}).encode()

    def chunks() -> Iterator[bytes]:
        yield b"[" + row
        for _ in range(200):
            yield (b"," + row) * 400
        yield b"]"

    tracemalloc.start()
    try:
        count = sum(1 for _ in json_items(chunks(), msgspec.Raw))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert count == 80_001
    assert peak < 4 * 1024 * 1024
