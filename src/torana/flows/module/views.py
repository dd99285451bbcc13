"""What the pages of the module show, as data. Amounts and percentages are text as people read it; None: not known."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from torana.pages.drawing import Drawn
from torana.pages.forms import Choice, Field
from torana.pages.views import Action, Broker, Frame, Notice, OrderRow

WIDTH, HEIGHT = 600, 200
"""The box in which a curve is drawn, and (`SPARK`) a small one."""
SPARK = (72, 28)


@dataclass(frozen=True, slots=True)
class Tab:
    """A link among several, one of which is where the investor is."""

    label: str
    href: str
    here: bool = False


@dataclass(frozen=True, slots=True)
class ModuleView:
    """What every page of the module has: `tabs` lead to the others."""

    template: ClassVar[str]
    frame: Frame
    title: str
    tabs: tuple[Tab, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """How much something rose or fell, with its sign, and (`label`) since when."""

    text: str
    label: str = ""
    good: bool | None = None
    """None: it did not move."""


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and what it says; `change` colours it as an outcome."""

    label: str
    value: str | None
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Chart:
    """A curve, and the same as a table. `summary` says in words what it shows; `second` is a line to compare with."""

    title: str
    summary: str
    first: Drawn
    second: Drawn | None
    legend: tuple[str, ...]
    high: str
    middle: str
    low: str
    begins: str
    ends: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    periods: tuple[Tab, ...] = ()


@dataclass(frozen=True, slots=True)
class BasketCard:
    """One basket in the list."""

    href: str
    name: str
    text: str
    minimum: str | None
    change: Change | None
    spark: Drawn | None


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter: the name of its field, and its answers."""

    name: str
    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class DiscoveryView(ModuleView):
    """The baskets that can be bought. `more` leads to the next of them."""

    template: ClassVar[str] = "module_discovery.html"
    search: str
    filters: tuple[Filter, ...]
    active: int
    """How many filters are set."""
    clear: str
    found: str
    cards: tuple[BasketCard, ...]
    more: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One security: `share` is its part in per cent, for the bar beside it."""

    symbol: str
    name: str
    value: str
    share: str = ""
    more: str = ""
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class BasketView(ModuleView):
    """One basket: what it is, how it went, what is in it and why."""

    template: ClassVar[str] = "module_basket.html"
    back: Tab
    publisher: str
    text: str
    facts: tuple[Fact, ...]
    chart: Chart | None
    method: str
    returns: tuple[Fact, ...]
    parts: tuple[Part, ...]
    rationale: tuple[str, ...]
    terms: tuple[Fact, ...]
    notices: tuple[Notice, ...]
    own: tuple[Tab, ...]
    invest: Action | None


@dataclass(frozen=True, slots=True)
class InvestmentCard:
    """One investment in the list; `wants` is what it asks for."""

    href: str
    name: str
    worth: str | None
    invested: str
    change: Change | None
    wants: str
    share: str
    """Its part of all that is held, in per cent."""


@dataclass(frozen=True, slots=True)
class InvestmentsView(ModuleView):
    """Everything that the investor has in baskets."""

    template: ClassVar[str] = "module_investments.html"
    facts: tuple[Fact, ...]
    cards: tuple[InvestmentCard, ...]
    exited: tuple[InvestmentCard, ...]
    priced: str
    nothing: Action | None
    pending: Tab | None = None
    """How much waits for the investor, and the page of it."""


@dataclass(frozen=True, slots=True)
class PendingCard:
    """What an investment asks of its investor: why, since when and till when, and the button that does it (None: not
    now). `more` is another way to be done with it."""

    name: str
    href: str
    """Of the investment."""
    title: str
    text: str
    since: str
    until: str
    action: Action | None
    more: Action | None = None


@dataclass(frozen=True, slots=True)
class PendingView(ModuleView):
    """Everything that waits for the investor, of the investment that asks longest first."""

    template: ClassVar[str] = "module_pending.html"
    cards: tuple[PendingCard, ...]
    nothing: Action | None


@dataclass(frozen=True, slots=True)
class PastOrder:
    """One batch of orders on an investment."""

    what: str
    when: str
    detail: str
    value: str


@dataclass(frozen=True, slots=True)
class InvestmentView(ModuleView):
    """One investment: what it is worth, how it got there, what it asks for, what can be done with it."""

    template: ClassVar[str] = "module_investment.html"
    back: Tab
    worth: Fact
    pending: tuple[PendingCard, ...]
    notices: tuple[Notice, ...]
    facts: tuple[Fact, ...]
    chart: Chart | None
    parts: tuple[Part, ...]
    priced: str
    past: tuple[PastOrder, ...]
    main: Action | None
    more: tuple[Action, ...]


@dataclass(frozen=True, slots=True)
class LostRow:
    """One security of which shares are missing. Its ISIN is in the names of its fields."""

    symbol: str
    name: str
    held: str
    missing: str
    also: str
    """In which other investments they may be missing."""
    shares: Field
    price: Field


@dataclass(frozen=True, slots=True)
class ReconcileView(ModuleView):
    """How many of the missing shares left this investment."""

    template: ClassVar[str] = "module_reconcile.html"
    back: Tab
    text: str
    rows: tuple[LostRow, ...]
    day: Field
    fields: Mapping[str, str]
    check: Action
    problem: str = ""


@dataclass(frozen=True, slots=True)
class OrderGroup:
    """The orders of one batch."""

    title: str
    when: str
    rows: tuple[OrderRow, ...]


@dataclass(frozen=True, slots=True)
class ModuleOrdersView(ModuleView):
    """The orders of the last days."""

    template: ClassVar[str] = "module_orders.html"
    text: str
    broker: Broker
    groups: tuple[OrderGroup, ...]
    follow: Action | None


@dataclass(frozen=True, slots=True)
class LockedView(ModuleView):
    """A page that takes a login first."""

    template: ClassVar[str] = "module_locked.html"
    text: str
    log_in: Action
