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
from operator import attrgetter
from typing import Any

from torana.connectors.contract import OrderRequest, OrderType, Proposal, Side, Variety
from torana.kit.money import rupees
from torana.market.models import EXCHANGES

Told = OrderRequest | Proposal
_Value = Callable[[Any], Any]


def _price(order: Told) -> Decimal | int:
    return order.limit_rupees or 0 if isinstance(order, OrderRequest) else rupees(order.price)


_ABOUT: Mapping[str, _Value] = {
    **{name: attrgetter(f"instrument.{name}") for name in ("exchange", "symbol", "code", "listed_as")},
    **{name: attrgetter(f"{name}.value") for name in ("side", "order_type", "variety")},
    "quantity": attrgetter("quantity"),
    "price": _price,
    "tag": attrgetter("tag"),
}
_TEXTS = _ABOUT.keys() - {"quantity", "price"}
_WORDS: Mapping[str, Set[str]] = {
    "exchange": set(EXCHANGES),
    "side": set(Side),
    "order_type": set(OrderType),
    "variety": set(Variety),
}
_ONLY: Mapping[str, Callable[[Any], bool]] = {
    "LIMIT": lambda order: order.order_type is OrderType.LIMIT,
    "MARKET": lambda order: order.order_type is OrderType.MARKET,
    "amo": lambda order: order.variety is Variety.AMO,
}


class OrderFields:
    """One table of those of a broker, read once. Raises `ValueError` for a row that is none."""

    def __init__(self, tables: Mapping[str, str], name: str) -> None:
        self._fields: dict[str, Any] = {}
        """What stands there always, and the places of the others."""
        self._told: dict[str, _Value] = {}
        self._only: list[tuple[Callable[[Any], bool], str, _Value]] = []
        self._stated: set[tuple[str, str, str]] = set()
        """Of each table what it says once: a name, and for which orders."""
        for table, row in _rows(tables, name):
            try:
                self._add(table, row)
            except (KeyError, ValueError):
                raise ValueError(f"{row!r} is no row of an order's fields") from None

    def __call__(self, order: Told) -> dict[str, Any]:
        """The fields of this order. Raises `ValueError` for a LIMIT order without a price and for a code or tag that is
        no number where one is asked for, `KeyError` for an exchange that the broker has no word for."""
        fields = self._fields | {name: value(order) for name, value in self._told.items()}
        for sent, name, value in self._only:
            if sent(order):
                fields[name] = value(order)
        return fields

    def _add(self, table: str, row: str) -> None:
        said, _, only = (part.strip() for part in row.partition(", only "))
        about, name, form = said.split(maxsplit=2)
        if (table, name, only) in self._stated:
            raise ValueError("told twice")
        self._stated.add((table, name, only))
        always = _constant(form) if about == "-" else None
        if only:
            self._only.append((_ONLY[only], name, _value(about, form) if about != "-" else lambda _: always))
            return
        self._only = [one for one in self._only if one[1] != name]
        self._fields[name] = always
        self._told.pop(name, None)
        if about != "-":
            self._told[name] = _value(about, form)


def _rows(tables: Mapping[str, str], name: str) -> Iterator[tuple[str, str]]:
    """Each with the table in which it stands."""
    if name not in tables:
        raise ValueError(f"there is no request {name!r}")
    for row in filter(None, map(str.strip, tables[name].splitlines())):
        if row.startswith("@"):
            yield from _rows({other: tables[other] for other in tables if other != name}, row[1:])
        else:
            yield name, row


def _value(about: str, form: str) -> _Value:
    told = _ABOUT[about]
    if form.startswith("one of "):
        pairs = [one.partition("=") for one in form.split()[2:]]
        theirs = {ours: _literal(their) for their, _, ours in pairs}
        if theirs.keys() != _WORDS[about] or len(theirs) != len(pairs):
            raise ValueError("each of our words has one of the broker's")
        return lambda order: theirs[told(order)]
    if form == "text":
        return told if about in _TEXTS else lambda order: str(told(order))
    if form != "number":
        raise ValueError("no form")
    return (lambda order: int(told(order))) if about in _TEXTS else told


def _constant(form: str) -> Any:
    kind, _, word = form.partition(" ")
    if kind != "always":
        raise ValueError("nothing to tell")
    return _literal(word)


def _literal(word: str) -> Any:
    try:
        return json.loads(word, parse_float=Decimal)
    except ValueError:
        return word
