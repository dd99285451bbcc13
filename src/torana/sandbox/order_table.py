"""The fields of an order as a table: what the broker calls each, what it takes, and what the sandbox makes of it.

    side      transaction_type  one of BUY SELL
    validity  validity          one of DAY IOC, not TTL, else DAY
    quantity  quantity          whole from 1 to 100000
    tag       tag               text upto 20 like [A-Z0-9]+, else null
    -         trigger_price     price

One row for each field, in the order in which the broker complains: the attribute of `OrderForm` or `Change` (`-`: only
checked), the wire name, and how it is read: `text`, `whole`, `number`, `price` (rupees), `switch`, `one of`. Numbers
may have bounds (`from 0 to 100 or -1`), a text a length and a pattern (`upto`, `like`). A word may be the broker's for
one of ours: `one of B=BUY S=SELL`, `one of REGULAR=false AMO=true`; where all words are numbers, so is what is given.
Behind commas stands what else there is to say: `not`, words that the real broker takes and the sandbox does not;
`else`, what stands for a field that says nothing (JSON); `absent`, the same, where an empty text is no way of saying
nothing.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Any

from torana.market.models import Security
from torana.sandbox.models import Side
from torana.sandbox.order_form import Change, Fault, OrderForm, Reader, Refuse, plain

_REQUIRED = object()
_KINDS: Mapping[str, Callable[[Reader, str], Any]] = {
    "text": Reader.text,
    "whole": Reader.whole,
    "number": Reader.number,
    "price": Reader.price,
    "switch": Reader.switch,
}
_TYPES: Mapping[str, tuple[type, ...]] = {
    "whole": (int,),
    "number": (int, Decimal),
    "price": (int, Decimal),
    "switch": (bool,),
    "one": (int,),
}
"""Of JSON, for a broker that takes no text of it: `one of` where its words are numbers."""
_UNSAID: dict[str, Any] = {"order_type": "", "price": 0, "product": ""}
"""What stands in a form whose table does not ask for it."""
_SWITCHES = {"true": True, "false": False}
_PARTS = {"-", *(one.name for one in (*fields(OrderForm), *fields(Change)))}


@dataclass(frozen=True, slots=True)
class Field:
    """One row."""

    part: str
    name: str
    kind: str
    words: tuple[str, ...] = ()
    """Behind the kind: words to choose from, or pairs of `from`, `to`, `or`, `upto`, `like` and a value."""
    not_simulated: tuple[str, ...] = ()
    default: object = _REQUIRED
    empty_is_wrong: bool = False
    meant: tuple[tuple[str, object], ...] = ()
    """Words of the broker's, each with what stands here for it."""

    @property
    def numbered(self) -> bool:
        """The words to choose from are numbers."""
        return self.kind == "one" and all(re.fullmatch("-?[0-9]+", word) for word in self.words)

    @property
    def types(self) -> tuple[type, ...]:
        """Of JSON; none for what is text anyway."""
        return _TYPES.get(self.kind, ()) if self.kind != "one" or self.numbered else ()

    def of_its_type(self, value: object) -> bool:
        return not self.types or (isinstance(value, self.types) and isinstance(value, bool) is (bool in self.types))

    def read(self, reader: Reader, given: Mapping[str, object], refuse: Refuse) -> Any:
        nothing = given.get(self.name) is None if self.empty_is_wrong else not reader.has(self.name)
        if nothing and self.default is not _REQUIRED:
            return self.default
        if self.kind == "one":
            chosen = reader.choice(self.name, self.words + self.not_simulated, self.words)
            return dict(self.meant).get(chosen, chosen)
        rules = dict(zip(self.words[::2], self.words[1::2], strict=True))
        if self.kind == "text":
            pattern = re.compile(rules["like"]) if "like" in rules else None
            return reader.text(self.name, pattern, int(rules["upto"]) if "upto" in rules else None)
        value = _KINDS[self.kind](reader, self.name)
        fault = _outside(value, {name: int(number) for name, number in rules.items()})
        if fault is not None:
            raise refuse(self.name, fault, plain(value))
        return value


def _outside(value: Any, bounds: Mapping[str, int]) -> Fault | None:
    """`from` and `to`, both included, and one value `or` beside them."""
    if "or" in bounds and value == bounds["or"]:
        return None
    if value < bounds.get("from", value):
        return Fault.TOO_SMALL
    return Fault.TOO_LARGE if value > bounds.get("to", value) else None


class OrderTable:
    """The fields of one kind of request. `typed`: numbers and switches come as JSON's own, which is looked at first."""

    def __init__(self, refuse: Refuse, table: str, *, typed: bool = False) -> None:
        self._refuse = refuse
        self._typed = typed
        self._fields = {field.name: field for field in map(_field, filter(None, map(str.strip, table.splitlines())))}

    def read(self, given: Mapping[str, object]) -> dict[str, Any]:
        """By wire name. Raises what `refuse` makes of the first field that is wrong."""
        if self._typed:
            given = self._plain(given)
        reader = Reader(given, self._refuse)
        return {name: field.read(reader, given, self._refuse) for name, field in self._fields.items()}

    def change(self, given: Mapping[str, object]) -> Change:
        values = self.read(given)
        return Change(**{field.part: values[name] for name, field in self._fields.items() if field.part != "-"})

    def _plain(self, given: Mapping[str, object]) -> Mapping[str, object]:
        """With texts for words that are numbers. Raises what `refuse` makes of the first value of another type."""
        there = [field for name, field in self._fields.items() if name in given]
        for field in there:
            if not field.of_its_type(given[field.name]):
                raise self._refuse(field.name, Fault.MALFORMED, None)
        return {**given, **{field.name: str(given[field.name]) for field in there if field.numbered}}

    def form(
        self,
        given: Mapping[str, object],
        security: Callable[[dict[str, Any]], Security | None],
        unknown: Exception | None = None,
    ) -> OrderForm:
        """`security` finds it by the fields that were read. Without one `unknown` is raised, if there is one; else the
        form has no symbol."""
        values = self.read(given)
        parts = _UNSAID | {field.part: values[name] for name, field in self._fields.items() if field.part != "-"}
        found = security(values)
        if found is None and unknown is not None:
            raise unknown
        listed = {"symbol": found.symbol, "exchange": found.exchange} if found else {"symbol": ""}
        return OrderForm(**parts | listed | {"side": Side(parts["side"])})


def _field(row: str) -> Field:
    """Raises `ValueError` for a row that cannot be read."""
    reading, *clauses = re.split(r",\s+", row)
    part, name, kind, *words = reading.split()
    if part not in _PARTS or kind not in (*_KINDS, "one"):
        raise ValueError(row)
    field = Field(part, name, kind, tuple(words)) if kind != "one" else _choice(part, name, words[1:])
    for clause in clauses:
        word, *values = clause.split()
        match word:
            case "not":
                field = replace(field, not_simulated=tuple(values))
            case "else" | "absent":
                field = replace(field, default=json.loads(values[0]), empty_is_wrong=word == "absent")
            case _:
                raise ValueError(row)
    return field


def _choice(part: str, name: str, words: list[str]) -> Field:
    """Words of the broker's, each with what it means here where a sign of equality says so."""
    pairs = [word.partition("=") for word in words]
    meant = tuple((word, _SWITCHES.get(ours, ours)) for word, _, ours in pairs if ours)
    return Field(part, name, "one", tuple(word for word, _, _ in pairs), meant=meant)
