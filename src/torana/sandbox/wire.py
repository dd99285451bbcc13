"""Rows of an answer: a broker's wire names, what of a view each shows, and how numbers and moments are written."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any, Generic, TypeAlias, TypeVar, cast

from torana.kit.clock import IST
from torana.market.models import Security
from torana.sandbox.account_views import FundsView, HoldingView
from torana.sandbox.accounts import Account
from torana.sandbox.cost_views import CostView
from torana.sandbox.order_views import OrderView, TradeView
from torana.sandbox.position_views import PositionView
from torana.sandbox.quote_views import QuoteView

V = TypeVar("V")
Computed: TypeAlias = Callable[[V], object]


_SECURITIES: Mapping[str, Callable[[Security], object]] = {"exchange": lambda one: one.exchange}
"""What every broker calls the same."""


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
    """Wire names that mean the same in all rows, worked out from any view."""
    securities: Mapping[str, Callable[[Security], object]] = field(default_factory=dict)
    """The same, worked out from the security that a row is about: what the broker calls it."""

    def orders(self, table: str, **computed: Computed[OrderView]) -> "Shape[OrderView]":
        """Rows of the book, or of the history of an order."""
        return Shape(OrderView, self, table, **computed)

    def trades(self, table: str, **computed: Computed[TradeView]) -> "Shape[TradeView]":
        return Shape(TradeView, self, table, **computed)

    def holdings(self, table: str, **computed: Computed[HoldingView]) -> "Shape[HoldingView]":
        return Shape(HoldingView, self, table, **computed)

    def positions(self, table: str, **computed: Computed[PositionView]) -> "Shape[PositionView]":
        return Shape(PositionView, self, table, **computed)

    def funds(self, table: str, **computed: Computed[FundsView]) -> "Shape[FundsView]":
        return Shape(FundsView, self, table, **computed)

    def quotes(self, table: str, **computed: Computed[QuoteView]) -> "Shape[QuoteView]":
        return Shape(QuoteView, self, table, **computed)

    def costs(self, table: str, **computed: Computed[CostView]) -> "Shape[CostView]":
        return Shape(CostView, self, table, **computed)

    def person(self, table: str, **computed: Computed[Account]) -> "Shape[Account]":
        """Who the client is."""
        return Shape(Account, self, table, **computed)

    def instruments(self, table: str, **computed: Computed[Security]) -> "Shape[Security]":
        """Rows of the instrument file."""
        return Shape(Security, self, table, **computed)

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

    `table` has one entry for each wire name, apart by blanks. `name` shows what `computed` or the style's names work
    out, else the view's attribute of that name; `name=attribute` another attribute (dots go deeper, `()` behind it
    calls it), `name=attribute|0` a constant where that says nothing. `name=0`, `name=null`, `name="NSE"` or any JSON
    without blanks is always the same, `name==0` an amount in the style, which applies to everything but other
    constants.
    `above.name` and `above( name … )` stand in an object `above`. A later entry of a name replaces an earlier one.
    Raises `ValueError` for an attribute that the view lacks.
    """

    def __init__(self, view: type[V], style: Style, table: str, **computed: Callable[[V], object]) -> None:
        self._style = style
        self._cells: dict[str, Callable[[V], object]] = {}
        names = {**_of_security(view, {**_SECURITIES, **style.securities}), **style.names}
        above: list[str] = []
        for entry in table.split():
            if entry == ")":
                above.pop()
                continue
            if entry.endswith("(") and "=" not in entry:
                above.append(entry)
                continue
            name, _, source = entry.partition("=")
            known = None if source else computed.get(name) or names.get(name)
            place = "".join(above).replace("(", ".") + name
            self._cells[place] = self._shown(known) if known else self._cell(view, source or name)

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
        if source.startswith("="):
            written = self._style.written(Decimal(source[1:]))
            return lambda _: written
        attribute, _, instead = source.partition("|")
        if not _is_attribute(attribute):
            constant = json.loads(source)
            return lambda _: constant
        if not _has(view, attribute.partition(".")[0].removesuffix("()")):
            raise ValueError(f"{view.__name__} has no {attribute}")
        shown = self._shown(_reader(attribute))
        if not instead:
            return shown
        of, constant = _reader(attribute), json.loads(instead)
        return lambda row: shown(row) if of(row) else constant

    def _shown(self, of: Callable[[V], object]) -> Callable[[V], object]:
        return lambda view: self._style.written(of(view))


def _of_security(
    view: type[Any], called: Mapping[str, Callable[[Security], object]]
) -> dict[str, Callable[[Any], object]]:
    """What works out names of a security, for a view that is one or has one."""
    if view is Security:
        return dict(called)
    return {name: _said_of_its(say) for name, say in called.items()}


def _said_of_its(security: Callable[[Security], object]) -> Callable[[Any], object]:
    return lambda row: security(row.security)


def _reader(attribute: str) -> Callable[[Any], object]:
    of = attrgetter(attribute.removesuffix("()"))
    return (lambda view: of(view)()) if attribute.endswith("()") else of


def _is_attribute(source: str) -> bool:
    names = source.removesuffix("()").split(".")
    return source not in ("null", "true", "false") and all(name.isidentifier() for name in names)


def _has(view: type[Any], name: str) -> bool:
    return hasattr(view, name) or name in {one.name for one in fields(view)}
