"""Everything that a review is made from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from torana.flows.account import Account
from torana.flows.ordering.costs import CostsTold
from torana.flows.ordering.differences import Differences
from torana.flows.ordering.lines import Draft, Entered, LineProblem, entered
from torana.flows.ordering.trading import Market
from torana.kit.money import Paise
from torana.pages.texts.keys import Texts
from torana.pages.views import Action, Broker, Frame, Notice


@dataclass(frozen=True, slots=True)
class ReviewInput:
    """The lines, what has been typed, and what the broker and the exchange say. `hash` stands for what is shown."""

    frame: Frame
    broker: Broker
    account_name: str
    app: str
    drafts: Sequence[Draft]
    account: Account
    market: Market
    hash: str
    typed: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[int, LineProblem] = field(default_factory=dict)
    limits: bool = False
    """The investor asked for limit prices."""
    changed: Differences | None = None
    """What the investor confirmed is not what would be sent: they look again, and at this."""
    seen: str = ""
    """What is shown, for `differences` when it comes back."""
    at_broker: bool = False
    """The orders go by the broker's own page: nothing is placed before they are confirmed there, too."""
    lines_hash: str = ""
    """Of the very lines that are shown, once all of them are known."""
    most_orders: int | None = None
    """So many orders the broker takes in one go."""
    sells_pledged: bool | None = None
    """Whether this broker sells pledged shares; None when it does not say."""
    releases: bool = False
    """Whether shares that wait for the depository can be released from here, before anything is placed."""
    prices: Mapping[int, Paise] = field(default_factory=dict)
    """From which market orders that are sent as limits get these, by line number."""

    remarks: tuple[Notice, ...] = ()
    """What whoever chose the lines has to say of them."""
    change: Action | None = None
    """The way to other lines."""
    tells_costs: bool = False
    """Whether this broker can be asked for margin and charges."""
    costs: CostsTold | None = None
    """None: nobody has asked."""

    entered: Sequence[Entered] = field(init=False)
    """What is known of the lines, in the order of `drafts`."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "entered", [entered(draft, self.typed) for draft in self.drafts])

    @property
    def texts(self) -> Texts:
        return self.frame.texts

    @property
    def far(self) -> list[Draft]:
        """Lines with a limit far from the last price."""
        prices = self.account.prices or {}
        pairs = zip(self.drafts, self.entered, strict=True)
        return [draft for draft, known in pairs if known.is_far(prices.get(draft.price_key))]

    @property
    def left_open(self) -> bool:
        """Whether the investor has a part in what the lines are."""
        return any(not draft.is_fixed for draft in self.drafts)
