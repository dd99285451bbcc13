"""Whatever bytes come, they are read or refused."""

from contextlib import suppress
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from torana.kit.json_input import InvalidJson, read_json

ANYTHING: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float_hook=Decimal)


def test_a_byte_order_mark_is_skipped() -> None:
    assert read_json(b'\xef\xbb\xbf{"a": 1}', ANYTHING) == {"a": 1}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "empty"),
        (b"\xff", "malformed"),
        (b'"\xff"', "UTF-8"),
        (b'{"a": "\xc3"}', "UTF-8"),
        (b"[" * 10_000, "nested too deeply"),
        (b'{"a":' * 10_000, "nested too deeply"),
        (b'"\\u0000"', r"U\+0000"),
        (b'"\\ud800 alone"', "surrogate"),
        (b"1e", "malformed"),
        (b"\xef\xbb\xbf", "truncated"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(body: bytes, why: str) -> None:
    with pytest.raises(InvalidJson, match=why):
        read_json(body, ANYTHING)


class Typed(msgspec.Struct):
    text: str = ""
    number: int = 0


nearly_json = st.text(max_size=100).map(lambda text: f'{{"text": {text}}}'.encode(errors="replace"))


@pytest.mark.parametrize("decoder", [ANYTHING, msgspec.json.Decoder(Typed)], ids=["anything", "a type"])
@given(st.binary(max_size=200) | nearly_json)
def test_no_bytes_raise_anything_else(decoder: msgspec.json.Decoder[Any], body: bytes) -> None:
    with suppress(InvalidJson):
        read_json(body, decoder)
