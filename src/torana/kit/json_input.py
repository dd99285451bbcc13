"""JSON from outside: one reader for every body, so that none of them can make a request fail in a way of its own."""

from typing import TypeVar

import msgspec

_Kind = TypeVar("_Kind")

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class InvalidJson(ValueError):
    """The body cannot be read; the message says why, in words that its sender may see."""


def read_json(body: bytes, decoder: msgspec.json.Decoder[_Kind]) -> _Kind:
    """The body as the decoder's type. A byte order mark at its beginning is skipped.

    Raises `InvalidJson` for what is no JSON or no UTF-8, is nested too deeply, holds a number that no program takes,
    or the character U+0000, which the database does not take.
    """
    if not body:
        raise InvalidJson("it is empty")
    try:
        value = decoder.decode(body.removeprefix(_BYTE_ORDER_MARK))
    except RecursionError:
        raise InvalidJson("it is nested too deeply") from None
    except UnicodeDecodeError:
        raise InvalidJson("it is not UTF-8") from None
    except (msgspec.DecodeError, ArithmeticError, ValueError) as error:
        raise InvalidJson(str(error)) from None
    if b"\\u0000" in body:
        raise InvalidJson("it holds the character U+0000")
    return value
