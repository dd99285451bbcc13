"""Bodies as brokers send them, made safe: rows over the one reader of answers, refusals and postbacks."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest
from structlog.testing import capture_logs

from torana.connectors.contract import Rows, Unknown, Unread
from torana.connectors.decoding import Unreadable, clean, clean_text, decode, read_all_rows, read_rows
from torana.connectors.readings import Count, amount
from torana.kit.metrics import ROWS_UNREADABLE


class Row(msgspec.Struct):
    text: str = ""
    amount: Decimal = Decimal(0)
    count: Count = 0


ESCAPED = b'"text": "\\u0041", '
"""An escape, after which a body is read the careful way."""


@pytest.mark.parametrize("escaped", [b"", ESCAPED])
@pytest.mark.parametrize(
    ("body", "row"),
    [
        (b'"amount": 0.1234567890123456789', {"amount": Decimal("0.1234567890123456789")}),
        (b'"amount": 7', {"amount": Decimal(7)}),
        (b'"amount": 1e2', {"amount": Decimal(100)}),
        (b'"count": 123456789012', {"count": 123456789012}),
        (b'"count": 10.0', {"count": 10}),
        (b'"count": 1e1', {"count": 10}),
    ],
)
def test_numbers_are_read_exactly(body: bytes, row: dict[str, Any], escaped: bytes) -> None:
    text = "A" if escaped else ""

    assert decode(b"{" + escaped + body + b"}", Row) == Row(text=text, **row)


@pytest.mark.parametrize("body", [b'{"count": 1}', b'{"count": 1, "text": "\\u0000"}'])
def test_a_byte_order_mark_before_a_body_is_skipped(body: bytes) -> None:
    assert decode(b"\xef\xbb\xbf" + body, Row) == Row(count=1)


@pytest.mark.parametrize("escaped", [b"", ESCAPED])
@pytest.mark.parametrize(
    "body",
    [
        b'"count": 10.5',
        b'"count": ' + b"9" * 41,
        b'"count": 1e41',
        b'"count": NaN',
        b'"count": null',
        b'"amount": "x"',
        b'"amount": [',
    ],
)
def test_what_is_no_number_of_its_kind_is_unreadable_and_not_quoted(body: bytes, escaped: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        decode(b"{" + escaped + body + b"}", Row)

    assert str(caught.value) == "not the answer that is documented"


@pytest.mark.parametrize("escaped", [b"", ESCAPED])
@pytest.mark.parametrize("number", [b"9" * 41, b"1e999999999", b"-1e999999999", b"1e9999999999999999999"])
def test_a_number_beyond_any_size_is_no_amount(number: bytes, escaped: bytes) -> None:
    with pytest.raises((Unreadable, Unknown)):
        amount(decode(b"{" + escaped + b'"amount": ' + number + b"}", Row).amount)


@pytest.mark.parametrize(
    ("value", "safe"),
    [
        (Decimal("10.0"), 10),
        (Decimal("10.5"), Decimal("10.5")),
        (Decimal("1E+39"), 10**39),
        (Decimal("1E+40"), Decimal("1E+40")),
        (Decimal("Infinity"), Decimal("Infinity")),
        ("a\tb\r\nc\u2028d", "a b c d"),
        ("a\x00\x1b\u202e\ud800b\ufeff", "ab"),
        ({"k\x00": ["\x00", {"x": Decimal("3.0")}]}, {"k": ["", {"x": 3}]}),
        (None, None),
        (True, True),
        (1.5, 1.5),
    ],
)
def test_a_tree_is_made_safe_text_by_text_and_number_by_number(value: object, safe: object) -> None:
    made = clean(value)

    assert made == safe
    assert type(made) is type(safe)


def test_a_text_keeps_its_words() -> None:
    assert clean_text("कम शेष ₹ 10") == "कम शेष ₹ 10"


def counted(whose: str) -> float:
    return float(ROWS_UNREADABLE.labels("kite", whose)._value.get())


def rows(*given: object, ours: bool = False) -> list[Row]:
    def translate(row: Row) -> Row:
        if row.count == 13:
            raise Unknown("a row that makes no sense")
        return row

    return read_rows(given, Row, translate, broker="kite", ours=lambda _: ours)


def test_rows_that_are_left_out_are_counted_and_logged_once() -> None:
    before = counted("foreign")

    with capture_logs() as logs:
        read = rows({"count": 1}, {"count": "x"}, {"count": 13}, {"count": Decimal("2.0")})

    assert [row.count for row in read] == [1, 2]
    assert counted("foreign") == before + 2
    assert [(line["event"], line["rows"], line["kind"]) for line in logs] == [("connectors.rows.left_out", 2, "Row")]


def test_nothing_is_said_of_rows_that_can_all_be_read() -> None:
    with capture_logs() as logs:
        assert len(rows({"count": 1})) == 1

    assert logs == []


def test_a_row_that_may_be_ours_fails_the_whole_and_is_counted() -> None:
    before = counted("ours")

    with pytest.raises(Unknown, match="ours"):
        rows({"count": 1}, {"count": "x"}, ours=True)

    assert counted("ours") == before + 1


ISIN = "INE467B01029"


@pytest.mark.parametrize(
    ("row", "unread"),
    [
        ({"isin": ISIN, "tradingsymbol": "TCS-EQ", "count": None}, Unread(ISIN, "TCS")),
        ({"instrument_token": f"NSE_EQ|{ISIN}", "trading_symbol": "TCS", "count": "x"}, Unread(ISIN, "TCS")),
        ({"instrument_token": "NSE_FO|5", "trading_symbol": "NIFTY26FUT", "count": []}, Unread(None, "NIFTY26FUT")),
        ({"isin": "INE467", "tradingsymbol": "", "count": None}, Unread(None, None)),
        ({"isin": 7, "tradingsymbol": ["TCS"], "count": None}, Unread(None, None)),
        ({"isin": f"{ISIN}\u0000", "tradingsymbol": "T\u0000CS", "count": None}, Unread(ISIN, "TCS")),
        ({"count": None}, Unread(None, None)),
        (None, Unread(None, None)),
        ([ISIN], Unread(None, None)),
        (ISIN, Unread(None, None)),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_read_is_told_by_what_it_names_and_counted(row: object, unread: Unread) -> None:
    counted = ROWS_UNREADABLE.labels("nobody", "foreign")
    before = counted._value.get()

    with capture_logs() as logs:
        told = read_all_rows(
            [{"count": 1}, row, {"count": Decimal("2.0")}], Row, lambda one: one.count, broker="nobody"
        )

    assert told == Rows([1, 2], [unread])
    assert counted._value.get() == before + 1
    assert [(one["event"], one["rows"]) for one in logs] == [("connectors.rows.left_out", 1)]


def test_what_all_can_be_read_of_leaves_no_word_in_the_log() -> None:
    with capture_logs() as logs:
        told = read_all_rows([{"count": 1}], Row, lambda one: one.count, broker="nobody")

    assert (told.read, told.unread, logs) == ([1], [], [])
