"""Rows of an answer: a broker's wire names, what of a view each shows, and how numbers and moments are written."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, Generic, TypeVar, cast

from torana.kit.clock import IST

V = TypeVar("V")


def _as_it_is(value: Any) -> object:
    return value


@dataclass(frozen=True, slots=True)
class Style:
    """How a broker writes values. A `Decimal` is an amount in rupees, an `int` a number of shares or rows."""

    moment: str = "%Y-%m-%d %H:%M:%S"
    """Of Indian wall time, for `strftime`."""
    amount: Callable[[Decimal], object] = _as_it_is
    count: Callable[[int], object] = _as_it_is
    null: object = None
    """What stands for a value that is not there."""
    names: Mapping[str, Callable[[Any], object]] = field(default_factory=dict)
    """Wire names that mean the same in all rows, worked out from any view: what the broker calls a security."""

    def written(self, value: object) -> object:
        match value:
            case None:
                return self.null
            case bool():
                return value
            case Decimal():
                return self.amount(value)
            case int():
                return self.count(value)
            case datetime():
                return self.moment_text(value)
            case _:
                return value

    def moment_text(self, at: datetime) -> str:
        return at.astimezone(IST).strftime(self.moment)


class Shape(Generic[V]):
    """The rows of one kind of one broker: call it with a view.

    `table` has one entry for each wire name, apart by blanks. `name` shows what `computed` or the style's `names` work
    out, else the view's attribute of that name; `name=attribute` another attribute (dots go deeper); `name=0`,
    `name=null`, `name="NSE"` or any JSON without blanks always the same. `above.name` stands in an object `above`. A
    later entry of a name replaces an earlier one. The style applies to everything but constants. Raises `ValueError`
    for an attribute that the view lacks.
    """

    def __init__(self, view: type[V], style: Style, table: str, **computed: Callable[[V], object]) -> None:
        self._style = style
        self._cells: dict[str, Callable[[V], object]] = {}
        for entry in table.split():
            name, _, source = entry.partition("=")
            known = None if source else computed.get(name) or style.names.get(name)
            self._cells[name] = self._shown(known) if known else self._cell(view, source or name)

    def __call__(self, view: V) -> dict[str, object]:
        row: dict[str, object] = {}
        for name, cell in self._cells.items():
            at = row
            *above, last = name.split(".")
            for one in above:
                at = cast(dict[str, object], at.setdefault(one, {}))
            at[last] = cell(view)
        return row

    def _cell(self, view: type[V], source: str) -> Callable[[V], object]:
        if not _is_attribute(source):
            constant = json.loads(source)
            return lambda _: constant
        if not _has(view, source.partition(".")[0]):
            raise ValueError(f"{view.__name__} has no {source}")
        return self._shown(attrgetter(source))

    def _shown(self, of: Callable[[V], object]) -> Callable[[V], object]:
        return lambda view: self._style.written(of(view))


def _is_attribute(source: str) -> bool:
    return source not in ("null", "true", "false") and all(part.isidentifier() for part in source.split("."))


def _has(view: type[Any], name: str) -> bool:
    return hasattr(view, name) or name in {one.name for one in fields(view)}
