"""Rows of an answer: a broker's wire names, each with what of a view it shows, and how it writes numbers and moments."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, Generic, TypeVar

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
                return self.told(value)
            case _:
                return value

    def told(self, at: datetime) -> str:
        return at.astimezone(IST).strftime(self.moment)


def text_amount(amount: Decimal) -> str:
    """`412.50`: for brokers that write amounts as text."""
    return f"{amount:.2f}"


class Shape(Generic[V]):
    """The rows of one kind of one broker.

    `table` has one entry for each wire name, apart by blanks: `name` shows the view's attribute of that name,
    `name=attribute` another one (dots go deeper), `name=0`, `name=null`, `name="NSE"` or any JSON without blanks always
    the same. Names that `computed` has are worked out from the view. Style applies to attributes and what is computed,
    not to constants. Raises `ValueError` for an attribute that the view does not have.
    """

    def __init__(self, view: type[V], style: Style, table: str, **computed: Callable[[V], object]) -> None:
        self._style = style
        self._constants: dict[str, object] = {}
        self._shown: dict[str, Callable[[V], object]] = {}
        self.names: list[str] = []
        for entry in table.split():
            name, _, source = entry.partition("=")
            source = source or name
            self.names.append(name)
            if name in computed:
                self._shown[name] = computed[name]
            elif _is_attribute(source):
                if not _has(view, source.partition(".")[0]):
                    raise ValueError(f"{view.__name__} has no {source}")
                self._shown[name] = attrgetter(source)
            else:
                self._constants[name] = json.loads(source)
        self.names += [name for name in computed if name not in self._shown]
        self._shown |= computed

    def __call__(self, view: V) -> dict[str, object]:
        return {name: self._value(name, view) for name in self.names}

    def _value(self, name: str, view: V) -> object:
        shown = self._shown.get(name)
        return self._constants[name] if shown is None else self._style.written(shown(view))


def nested(row: Mapping[str, object], under: str, *names: str) -> dict[str, object]:
    """A row in which some names stand under one of their own."""
    return {name: value for name, value in row.items() if name not in names} | {under: {n: row[n] for n in names}}


def _is_attribute(source: str) -> bool:
    return source not in ("null", "true", "false") and all(part.isidentifier() for part in source.split("."))


def _has(view: type[Any], name: str) -> bool:
    return hasattr(view, name) or name in {one.name for one in fields(view)}
