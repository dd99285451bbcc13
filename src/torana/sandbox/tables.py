"""What a simulated broker says and takes, as data: the file `tables.toml` in its folder.

    rejections = { freeze = "Quantity is above the freeze quantity" }    # in the book, by reason of the exchange
    refusals = '''
        DH-905 400 Missing required fields | * *, reason symbol
    '''
    [requests]
    order = '''
        side   transactionType   one of BUY SELL
    '''
    [rows]
    order = '''
        orderId=order_id orderStatus=status
    '''

Tables of refusals are those of `refusal_table`, of requests those of `order_table`, of rows those of `wire.Shape`. In
a request or a row `@name` stands for the whole table of that name; what stands behind it replaces what it says of a
name. What has to be worked out is Python, beside the table's use.
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import msgspec

from torana.sandbox.models import Reason
from torana.sandbox.order_table import OrderTable
from torana.sandbox.refusal_table import Table, rows

_INCLUDED = re.compile(r"(?<!\S)@(\w+)")


class _File(msgspec.Struct, forbid_unknown_fields=True):
    refusals: str = ""
    rejections: dict[Reason, str] = {}
    requests: dict[str, str] = {}
    rows: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything in the file of one broker."""

    refusals: Table
    rejections: Mapping[Reason, str]
    rows: Mapping[str, str]
    """For the methods of `wire.Style`."""
    requests: Mapping[str, str]

    def request(self, name: str, *, typed: bool = False) -> OrderTable:
        """The fields of a request. A refusal whose subject begins with this name and a dot is one of it alone."""
        return OrderTable(self.refusals.of_request(name), self.requests[name], typed=typed)


@cache
def of(broker: str) -> Tables:
    """What the file of this broker says. Raises as `read`."""
    return read(broker, files(f"torana.sandbox.{broker}").joinpath("tables.toml").read_text(encoding="utf-8"))


def read(broker: str, text: str) -> Tables:
    """Raises `ValueError` for what is no table, `KeyError` for one in another that is not there."""
    try:
        told = msgspec.convert(tomllib.loads(text), _File)
    except ValueError as error:
        raise ValueError(f"tables.toml of {broker}: {error}") from None
    return Tables(Table(rows(told.refusals)), told.rejections, _whole(told.rows), _whole(told.requests))


def _whole(tables: Mapping[str, str]) -> dict[str, str]:
    """With the tables that others have in them. None may have itself."""

    def text(name: str) -> str:
        return _INCLUDED.sub(lambda found: text(found[1]), tables[name])

    return {name: text(name) for name in tables}
