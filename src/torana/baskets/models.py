"""A basket: what a partner says of it (`Profile`), and its versions, each with its constituents."""

from datetime import date, datetime
from enum import StrEnum

import msgspec

from torana.baskets.positions import Position
from torana.kit.money import Paise

WHOLE_WEIGHT = 1_000_000
"""Weights are millionths inside: those of a version sum to this."""


class Schedule(StrEnum):
    """How often the partner reviews the constituents."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half-yearly"
    YEARLY = "yearly"
    AS_NEEDED = "as-needed"


class Constituent(msgspec.Struct, frozen=True):
    """One security of a basket, by weight (millionths) or by shares of one unit of the basket; never by both."""

    symbol: str
    exchange: str
    isin: str
    weight: int | None = None
    shares: int | None = None


class Benchmark(msgspec.Struct, frozen=True):
    """What the basket is measured against, and how it was chosen and is compared: the rules ask for both."""

    name: str
    method: str


class Registration(msgspec.Struct, frozen=True):
    """Of who advises, with the regulator. `valid_until` is the last day, None where it has none."""

    number: str
    valid_until: date | None = None


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What a basket is, in the partner's words. Texts are plain: an empty line begins a paragraph."""

    name: str
    short_description: str
    rationale: str
    publisher_name: str
    registration: Registration
    benchmark: Benchmark
    rebalance_schedule: Schedule
    next_update: date | None = None
    image_url: str | None = None
    blog_url: str | None = None
    news_tag: str | None = None
    type: str | None = None
    tier: str | None = None
    featured_rank: int | None = None
    popular_rank: int | None = None


class Basket(msgspec.Struct, frozen=True, kw_only=True):
    """A basket with the version that is bought today."""

    gateway_id: str
    scid: str
    version: int
    profile: Profile
    constituents: tuple[Constituent, ...]
    created_at: datetime
    """When its first version was published: the beginning of its index."""
    published_at: datetime
    """When this version was."""
    archived_at: datetime | None
    """Since then nothing of it can be bought."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """A basket as its partner wants it, checked."""

    scid: str
    profile: Profile
    constituents: tuple[Constituent, ...]
    active: bool


class Outcome(StrEnum):
    """What publishing a draft did, or would do."""

    CREATED = "created"
    NEW_VERSION = "new version"
    CHANGED = "changed"
    """Its texts, not what it holds: no new version, nobody is asked to rebalance."""
    UNCHANGED = "unchanged"


class Change(msgspec.Struct, frozen=True):
    """One line of a diff. `before` is None for what is new, `after` for what goes."""

    field: str
    before: str | None
    after: str | None


class Published(msgspec.Struct, frozen=True):
    """`version` is the one that is bought from now on."""

    scid: str
    outcome: Outcome
    version: int
    changes: tuple[Change, ...]


class NewsItem(msgspec.Struct, frozen=True, kw_only=True):
    """One piece of news that a partner supplies about some of their baskets."""

    id: str
    headline: str
    summary: str
    link: str
    date: datetime
    source: str
    publisher: str | None = None
    image_url: str | None = None
    featured: bool = False
    scids: tuple[str, ...] = ()
    tickers: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


class Investment(msgspec.Struct, frozen=True, kw_only=True):
    """What one investor has in a basket. `revision` counts its changes."""

    gateway_id: str
    iscid: str
    investor_id: str
    scid: str
    version: int
    """Of the basket: the one that was bought, or rebalanced to, last."""
    revision: int = 0
    batch_count: int = 0
    """Batches that have ended."""
    positions: tuple[Position, ...] = ()
    repairs: tuple[str, ...] = ()
    """Batches of which something is still to be filled."""
    repaired: tuple[str, ...] = ()
    """Batches that are fixed once those in `repairs` are."""
    open_batch_id: str | None = None
    created_at: datetime
    updated_at: datetime
    exited_at: datetime | None = None
    archived_at: datetime | None = None
    """When the investor last left something unfilled for good."""
    trades_whole: bool = True
    """Whether it is known of every share on which day it was bought or sold: False of one of which orders had left by
    their age when that began to be kept."""

    @property
    def held(self) -> tuple[Position, ...]:
        return tuple(position for position in self.positions if position.shares > 0)

    @property
    def cost(self) -> Paise:
        """What the shares that are held were bought for."""
        return sum(position.cost for position in self.positions)

    @property
    def sold_cost(self) -> Paise:
        """What the shares that were sold had been bought for."""
        return sum(position.sold_cost for position in self.positions)

    @property
    def proceeds(self) -> Paise:
        """What the shares that were sold brought."""
        return sum(position.proceeds for position in self.positions)

    @property
    def left_cost(self) -> Paise:
        """What the shares had been bought for that left at a price that nobody told."""
        return sum(position.left_cost for position in self.positions)

    @property
    def is_told(self) -> bool:
        """Whether it is known what every share brought that is held no more."""
        return not any(position.left for position in self.positions)

    @property
    def is_there(self) -> bool:
        """Whether anything was bought, or may still be."""
        return bool(self.positions or self.repairs or self.open_batch_id)


class ActionKind(StrEnum):
    """What an investment asks of its investor: the interface's words for pending actions (its section 9)."""

    RECONCILE = "RECONCILE"
    """The broker shows fewer shares than are held: did they leave? A word of ours."""
    REPAIR = "REPAIR"
    """An order left something unfilled."""
    REBALANCE = "REBALANCE"
    """The basket has a newer version than is held."""
    SIP = "SIP"
    """An instalment is due."""


class ActionEnd(StrEnum):
    """Why a pending action is over."""

    DONE = "done"
    """What it asks for was ordered."""
    LEFT_OUT = "left_out"
    """The investor wants nothing more of what was left unfilled."""
    REPLACED = "replaced"
    """A newer version of the basket asks for another one."""
    MISSED = "missed"
    """The next instalment came due first."""
    PLAN_ENDED = "plan_ended"
    WITHDRAWN = "basket_withdrawn"
    EXITED = "exited"
    """Nothing is held any more."""
    FOUND = "shares_found"
    """The broker shows them again, or another investment lost them."""


class Missing(msgspec.Struct, frozen=True):
    """Shares of one security that the investments of an investor have together, and the broker does not show. `since`
    is the first reading that missed some, `read_at` the last one."""

    isin: str
    shares: int
    since: datetime
    read_at: datetime


class AcceptedBy(StrEnum):
    """Who said that shares left an investment."""

    INVESTOR = "investor"
    PARTNER = "partner"


class Adjustment(msgspec.Struct, frozen=True, kw_only=True):
    """Shares that left an investment without an order of it: sold elsewhere, given away, transferred. `cost` is what
    they had been bought for; the price of one is None where nobody told it. Paise. `day` is that in India on which they
    left, as it was told, or on which they were missed first. None is ever changed: a later one `takes_back` it, with as
    many shares below 0 and the cost that came back with them."""

    gateway_id: str
    adjustment_id: str
    iscid: str
    day: date
    symbol: str
    exchange: str
    isin: str
    shares: int
    price: Paise | None
    cost: Paise
    accepted_by: AcceptedBy
    created_at: datetime
    takes_back: str | None = None
    pair: str | None = None
    """Of an ISIN that became another one: of the shares that went, the adjustment that brought the others, below 0, and
    the other way round."""


class IsinChange(msgspec.Struct, frozen=True, kw_only=True):
    """A company's share has another ISIN from `day` on, a day in India, as after a split of its face value: each
    `old_shares` of `isin` are `new_shares` of `new_isin`, which is listed as `symbol`."""

    gateway_id: str
    isin: str
    new_isin: str
    symbol: str
    exchange: str
    old_shares: int
    new_shares: int
    day: date
    supplied_at: datetime


class Frequency(StrEnum):
    """How often an instalment comes: the interface's words."""

    WEEKLY = "1w"
    FORTNIGHTLY = "2w"
    MONTHLY = "1m"
    QUARTERLY = "3m"


class WhyNot(StrEnum):
    """Why an instalment that is to be placed by itself has not been: it is asked of its investor like any other. The
    value is on the wire."""

    NOT_ALLOWED = "not_allowed"
    """The installation, the gateway or the broker does not take it now."""
    CONSENT_OVER = "consent_over"
    NEW_VERSION = "new_version"
    """The basket is another than the one for which it was agreed to."""
    DAY_OVER = "day_over"
    """Its day was over, or nearly, when it came due here."""
    ORDERED = "ordered_meanwhile"
    """Something was ordered of the investment since it came due."""
    TAKEN_UP = "taken_up"
    """Its investor opened it, to order it themselves or not."""
    BEING_ORDERED = "being_ordered"
    """An order is open, or its investor is in front of one."""
    REPAIR = "repair_pending"
    SHARES_MISSING = "shares_missing"
    NO_LOGIN = "no_login"
    HALTED = "orders_halted"
    MARKET_CLOSED = "market_closed"
    NOT_TRADABLE = "not_tradable"
    """A security of it cannot be ordered at the broker now."""
    PRICE_UNKNOWN = "price_unknown"
    FUNDS_UNKNOWN = "funds_unknown"
    FUNDS_MISSING = "funds_missing"
    BELOW_MINIMUM = "below_minimum"
    """The amount does not buy a share of each at the limits."""
    BOOK_UNKNOWN = "book_unknown"
    """The broker did not show its order book, or this database was restored a moment ago."""
    UNKNOWN_ORDERS = "unknown_orders"
    """The book has orders of ours that this database does not know: it may be one of them."""


class PendingAction(msgspec.Struct, frozen=True, kw_only=True):
    """Something that an investment asks of its investor; at most one of each kind is open."""

    gateway_id: str
    action_id: str
    investor_id: str
    iscid: str
    scid: str
    kind: ActionKind
    version: int | None = None
    """REBALANCE: the version of the basket that is wanted."""
    batch_id: str | None = None
    """REPAIR: the batch that left something first."""
    amount: Paise | None = None
    """SIP: of the instalment."""
    frequency: Frequency | None = None
    day: date | None = None
    """SIP: for which the instalment is planned; a holiday makes it due later."""
    consent_id: str = ""
    """SIP: under which it is placed by itself, if it can be; empty: its investor confirms it."""
    why_not: WhyNot | None = None
    """SIP under a consent: why it has not been placed; None: it has, or was not tried yet."""
    transaction_id: str | None = None
    """SIP under a consent: in which it was placed."""
    created_at: datetime
    ended_at: datetime | None = None
    ended_by: ActionEnd | None = None


class PlanType(StrEnum):
    """Who places the instalments: the interface's words."""

    MANUAL = "manual"
    """The investor confirms each."""
    AUTO = "auto"
    """They are placed by themselves where they can be, and else as the manual ones."""


class PlanEnd(StrEnum):
    """Why there are no more instalments."""

    INVESTOR = "investor"
    WITHDRAWN = "basket_withdrawn"
    EXITED = "exited"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """An instalment plan: the `number`th instalment since `first_day` is the next one. `revision` counts the changes
    that the investor made."""

    gateway_id: str
    iscid: str
    investor_id: str
    frequency: Frequency
    amount: Paise
    first_day: date
    number: int = 0
    last_day: date | None = None
    """Of the last instalment that came due, as planned, whatever the plan was then: none comes twice."""
    consent_id: str = ""
    """Under which instalments are placed by themselves; empty: the investor confirms each."""
    basket_version: int | None = None
    """For which that consent was given."""
    limit_percent: int | None = None
    """So much above the last price no share is bought under it."""
    revision: int = 1
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None = None
    ended_by: PlanEnd | None = None
