"""Rows of an answer: a broker's wire names, what of a view each shows, and how numbers and moments are written."""

import json
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from decimal import Decimal
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


_ATTRIBUTE = r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*(?:\(\))?"
_SOURCE = re.compile(
    rf"(?P<of>{_ATTRIBUTE})((?P<sign>[-+*])(?P<other>{_ATTRIBUTE}))?(:(?P<form>[^|]+))?(\|(?P<instead>.+))?"
)
_CONSTANTS = frozenset({"null", "true", "false"})
_SIGNS: Mapping[str, Callable[[Any, Any], object]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def in_india(form: str) -> Callable[[datetime | None], str | None]:
    """Writes moments as wall time in India, for `strftime`."""
    return lambda at: at.astimezone(IST).strftime(form) if at else None


FORMS: Mapping[str, Callable[[Any], object]] = {
    "int": int,
    "float": float,
    "text": str,
    "not": operator.not_,
    "initial": lambda word: word[0],
    "seconds": lambda at: int(at.timestamp()),
    "paise": lambda rupees: int(rupees * 100),
    "rupees": lambda paise: f"{paise / 100:.2f}",
}
"""What any row may write of a value: a number, its text, the opposite of a switch, the first letter of a word, a moment
in seconds since 1970, an amount in rupees as a number of paise, a number of paise in rupees."""


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
    """The same, worked out from the security that a row is about: what the broker calls it. `called` reads a table."""
    forms: Mapping[str, Callable[[Any], object]] = field(default_factory=dict)
    """Ways of writing single values beside those of `FORMS`, by a name of their own."""

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

    def report(self, table: str, row: str) -> Callable[[FundsView], list[dict[str, object]]]:
        """Funds line by line: each line of the table is a number, an amount and a title, which stand in the row where
        it has `{number}`, `{amount}` and `{title}`."""
        lines = (line.split(maxsplit=2) for line in table.strip().splitlines())
        shapes = [
            self.funds(row.format(number=number, amount=amount, title=json.dumps(title).replace(" ", r"\u0020")))
            for number, amount, title in lines
        ]
        return lambda view: [shape(view) for shape in shapes]

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
    calls it), `name=one+other`, `-` or `*` what two of them make, `name=attribute:form` one in a form (`FORMS`, or one
    of the style), `name=attribute:Y/N` the first word where it says something and else the second,
    `name=attribute|0` a constant where it says nothing. `name=0`, `name=null`, `name="NSE"` or any JSON without blanks
    is always the same, `name==0` an amount in the style, which applies to everything but other constants.
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

    @property
    def cells(self) -> Mapping[str, Callable[[V], object]]:
        """What works out each wire name."""
        return self._cells

    def _cell(self, view: type[V], source: str) -> Callable[[V], object]:
        if source.startswith("="):
            written = self._style.written(Decimal(source[1:]))
            return lambda _: written
        found = None if source in _CONSTANTS else _SOURCE.fullmatch(source)
        if found is None:
            constant = json.loads(source)
            return lambda _: constant
        of = _worked_out(view, found)
        shown = self._shown(self._formed(of, found["form"]) if found["form"] else of)
        if found["instead"] is None:
            return shown
        instead = json.loads(found["instead"])
        return lambda row: shown(row) if of(row) else instead

    def _formed(self, of: Callable[[V], Any], form: str) -> Callable[[V], object]:
        """Raises `ValueError` for a form that is not known."""
        says, stroke, else_says = form.partition("/")
        if stroke:
            return lambda row: says if of(row) else else_says
        write = self._style.forms.get(form) or FORMS.get(form)
        if write is None:
            raise ValueError(f"there is no form {form}")
        return lambda row: write(of(row))

    def _shown(self, of: Callable[[V], object]) -> Callable[[V], object]:
        return lambda view: self._style.written(of(view))


def _of_security(
    view: type[Any], names: Mapping[str, Callable[[Security], object]]
) -> dict[str, Callable[[Any], object]]:
    """What works out names of a security, for a view that is one or has one."""
    if view is Security:
        return dict(names)
    return {name: _said_of_its(say) for name, say in names.items()}


def _said_of_its(security: Callable[[Security], object]) -> Callable[[Any], object]:
    return lambda row: security(row.security)


def called(table: str, **computed: Callable[[Security], object]) -> Mapping[str, Callable[[Security], object]]:
    """What a broker calls a security, for `Style.securities`: a table like those of rows."""
    return Shape(Security, Style(), table, **computed).cells


def _worked_out(view: type[Any], found: re.Match[str]) -> Callable[[Any], Any]:
    """What a source says of a view. Raises `ValueError` for an attribute that the view lacks."""
    of = _reader(view, found["of"])
    if found["sign"] is None:
        return of
    make, other = _SIGNS[found["sign"]], _reader(view, found["other"])
    return lambda row: make(of(row), other(row))


def _reader(view: type[Any], attribute: str) -> Callable[[Any], Any]:
    first = attribute.partition(".")[0].removesuffix("()")
    if not (hasattr(view, first) or first in {one.name for one in fields(view)}):
        raise ValueError(f"{view.__name__} has no {attribute}")
    of = operator.attrgetter(attribute.removesuffix("()"))
    return (lambda row: of(row)()) if attribute.endswith("()") else of
