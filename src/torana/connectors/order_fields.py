"""The fields by which a broker is told of an order, as a table: what each is about, how the broker calls it, and in
what form it goes out.

    side      transaction_type  text
    quantity  qty               number
    exchange  segment           one of NSE_EQ=NSE BSE_EQ=BSE
    variety   is_amo            one of false=regular true=amo
    price     price             number, only LIMIT
    -         validity          always DAY

One row for each field, like those of the simulators (`torana.sandbox.order_table`): an attribute of an order or of its
instrument (`-`: none), the wire name, and the form. `text` and `number` are those of JSON; `one of` has the broker's
word for each of ours, and `always` a value that stands there whatever the order is. Values that read as JSON are
numbers, switches or texts of it, others are texts. Behind a comma: for which orders the field is sent `only`, by their
type or variety. `price` is in rupees, 0 at the market; of a proposal the price near which it would be filled. A row
`@name` stands for the rows of another table of the same broker; what follows replaces what they say of a name.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Set
from decimal import Decimal
from typing import Any

from torana.connectors.contract import OrderRequest, OrderType, Proposal, Side, Variety
from torana.kit.money import rupees
from torana.market.models import EXCHANGES

Told = OrderRequest | Proposal


def _price(order: Told) -> Decimal | int:
    return order.limit_rupees or 0 if isinstance(order, OrderRequest) else rupees(order.price)


_ABOUT: Mapping[str, Callable[[Any], Any]] = {
    "exchange": lambda order: order.instrument.exchange,
    "symbol": lambda order: order.instrument.symbol,
    "code": lambda order: order.instrument.code,
    "listed_as": lambda order: order.instrument.listed_as,
    "side": lambda order: order.side.value,
    "quantity": lambda order: order.quantity,
    "order_type": lambda order: order.order_type.value,
    "price": _price,
    "variety": lambda order: order.variety.value,
    "tag": lambda order: order.tag,
}
_WORDS: Mapping[str, Set[str]] = {
    "exchange": set(EXCHANGES),
    "side": set(Side),
    "order_type": set(OrderType),
    "variety": set(Variety),
}
_FORMS: Mapping[str, Callable[[Any], Any]] = {
    "text": str,
    "number": lambda told: int(told) if isinstance(told, str) else told,
}
_ONLY: Mapping[str, Callable[[Any], bool]] = {
    "LIMIT": lambda order: order.order_type is OrderType.LIMIT,
    "MARKET": lambda order: order.order_type is OrderType.MARKET,
    "amo": lambda order: order.variety is Variety.AMO,
}


class OrderFields:
    """One table of those of a broker. Raises `ValueError` for a row that is none."""

    def __init__(self, tables: Mapping[str, str], name: str) -> None:
        self._fields = [_field(row) for row in _rows(tables, name)]

    def __call__(self, order: Told) -> dict[str, Any]:
        """The fields of this order. Raises `ValueError` for a LIMIT order without a price, `KeyError` for an exchange
        that is none of ours."""
        return {name: value(order) for name, value, sent in self._fields if sent is None or sent(order)}


def _rows(tables: Mapping[str, str], name: str) -> Iterator[str]:
    if name not in tables:
        raise ValueError(f"there is no request {name!r}")
    for row in filter(None, map(str.strip, tables[name].splitlines())):
        if row.startswith("@"):
            yield from _rows({other: tables[other] for other in tables if other != name}, row[1:])
        else:
            yield row


_Field = tuple[str, Callable[[Told], Any], Callable[[Told], bool] | None]


def _field(row: str) -> _Field:
    said, _, only = (part.strip() for part in row.partition(", only "))
    try:
        about, name, *form = said.split(maxsplit=2)
        return name, _value(about, *form), _ONLY[only] if only else None
    except (KeyError, TypeError, ValueError):
        raise ValueError(f"{row!r} is no row of an order's fields") from None


def _value(about: str, form: str) -> Callable[[Told], Any]:
    kind, _, words = form.partition(" ")
    if about == "-":
        if kind != "always":
            raise ValueError("nothing to tell")
        constant = _literal(words)
        return lambda _: constant
    told = _ABOUT[about]
    if form.startswith("one of "):
        theirs = {ours: _literal(their) for their, _, ours in (one.partition("=") for one in form.split()[2:])}
        if theirs.keys() != _WORDS[about]:
            raise ValueError("each of our words has one of the broker's")
        return lambda order: theirs[told(order)]
    as_sent = _FORMS[form]
    return lambda order: as_sent(told(order))


def _literal(word: str) -> Any:
    try:
        return json.loads(word, parse_float=Decimal)
    except ValueError:
        return word
