"""Accounts at the simulated brokers: cash, holdings, settlement. An account is made at its first login."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from itertools import count
from string import ascii_uppercase, digits
from typing import TypeAlias

from msgspec import structs

from torana.kit.money import Paise
from torana.market.models import Security
from torana.sandbox import magic
from torana.sandbox.faults import Fault
from torana.sandbox.models import Order, Side
from torana.sandbox.securities import BSE, Named, by_isin, in_demat, listed, named

PriceOf: TypeAlias = Callable[[Named], Paise]
"""The last price of a security, paise."""

STARTING_CASH: Paise = 10_00_000_00
"""Ten lakh rupees."""

SELL_PLEDGED = frozenset({"kite"})
"""Brokers that sell pledged shares as they are. The documentation of the others does not say that they do."""

STARTER_HOLDINGS: dict[str, tuple[int, Paise]] = {
    "RELIANCE": (150, 1288_40),
    "TCS": (150, 3402_10),
    "INFY": (200, 1436_90),
    "HDFCBANK": (300, 842_15),
    "ITC": (500, 398_75),
    "SBIN": (400, 711_35),
    "TATASTEEL": (1000, 139_62),
    "M&M": (120, 2874_20),
}
"""Shares and the average price paid, paise, by symbol of the NSE: what a new account holds."""


@dataclass(frozen=True, slots=True)
class Released:
    """Shares of one security that the depository has released for sale today, all together."""

    shares: int
    told_from: datetime
    """When the broker's holdings tell it."""


@dataclass(slots=True)
class Holding:
    """Shares of one ISIN in one account, wherever they were bought: they are sold on either exchange."""

    security: Security
    """As what they are shown."""
    quantity: int = 0
    """Delivered, without what is pledged; what was sold today still counts."""
    t1: int = 0
    """Bought the trading day before, delivered next morning."""
    bought: int = 0
    """Bought today."""
    used: int = 0
    """Sold today."""
    collateral: int = 0
    """Pledged; what was sold of it today still counts."""
    pledged_sold: int = 0
    """Of what was sold today: how much was pledged."""
    released: tuple[Released, ...] = ()
    """By each authorisation of today."""
    cost: Paise = 0
    """What `quantity`, `t1`, `bought` and `collateral` cost together."""
    on_bse: int = 0
    """Of the delivered shares: those that the broker lists in a row of its own, under the BSE."""

    @property
    def symbol(self) -> str:
        return self.security.symbol

    @property
    def owned(self) -> int:
        return self.quantity + self.t1 + self.bought + self.collateral

    @property
    def authorised(self) -> int:
        """Released at the depository for sale today."""
        return max((one.shares for one in self.released), default=0)

    def authorised_told(self, now: datetime) -> int:
        """Of those: how many the broker's holdings tell at this moment."""
        return max((one.shares for one in self.released if one.told_from <= now), default=0)

    @property
    def free_sold(self) -> int:
        """Of what was sold today: how much was not pledged."""
        return self.used - self.pledged_sold

    @property
    def average_price(self) -> Paise:
        return round(self.cost / self.owned) if self.owned else 0

    def rows(self) -> list["Holding"]:
        """As brokers list it: one row, or one for each exchange. What was sold today left the first row first."""
        there, on_bse = min(self.on_bse, self.quantity), by_isin(self.security.isin, BSE)
        if not there or on_bse is None:
            return [self]
        here = self.quantity - there
        sold_here = min(self.used, here + self.t1)
        first = replace(self, quantity=here, used=sold_here, on_bse=0, cost=self.cost - there * self.average_price)
        second = Holding(
            on_bse, there, used=self.used - sold_here, cost=there * self.average_price,
            released=tuple(replace(one, shares=max(one.shares - here, 0)) for one in self.released),
        )  # fmt: skip
        return [first, second]


@dataclass(slots=True, eq=False)
class Account:
    """One client of one broker."""

    broker: str
    user_id: str
    """The broker's stable id of the client."""
    user_name: str
    """What was typed at login."""
    cash: Paise = STARTING_CASH
    holdings: dict[str, Holding] = field(default_factory=dict)
    """By ISIN."""
    needs_edis: bool = False
    """Sells need an authorisation at the depository first."""
    tells_releases_late: bool = False
    """The broker's holdings follow the depository a minute later."""
    blocked: bool = False
    book: list[Order] = field(default_factory=list)
    """The orders of the day, oldest first."""
    live: dict[str, Order] = field(default_factory=dict)
    """Those of them that are not final, by order id."""
    opening_cash: Paise = STARTING_CASH
    faults: list[Fault] = field(default_factory=list)
    """What always goes wrong for this user name."""

    def holding(self, name: Named) -> Holding:
        """What is held of a security, on whichever exchange it is named. Raises `KeyError` when it is not listed."""
        isin = named(name).isin
        return self.holdings.setdefault(isin, Holding(in_demat(isin)))

    def blocked_cash(self, last_price: PriceOf) -> Paise:
        """What open buys may still cost."""
        return sum(
            order.pending * (order.limit_price if order.limit_price is not None else last_price(order.security))
            for order in self.live.values()
            if order.side is Side.BUY and order.exchange_order_id is not None
        )

    def available_cash(self, last_price: PriceOf) -> Paise:
        return self.cash - self.blocked_cash(last_price)

    def sellable(self, name: Named) -> int:
        """Shares that a new sell order may name, on the exchange of this security."""
        security = named(name)
        held = self.holdings.get(security.isin)
        if held is None:
            return 0
        pledged = held.collateral if self.broker in SELL_PLEDGED else 0
        all_of_it = held.quantity + held.t1 + held.bought + pledged - held.used - self._on_sale(security.isin)
        return all_of_it - self._bound_elsewhere(security)

    def unauthorised(self, name: Named, quantity: int) -> int:
        """How many shares of a sell of this size still need an authorisation at the depository."""
        isin = named(name).isin
        held = self.holdings.get(isin)
        if held is None or not self.needs_edis:
            return 0
        free = held.authorised + held.t1 + held.bought - held.used - self._on_sale(isin)
        return max(quantity - max(free, 0), 0)

    def _on_sale(self, isin: str) -> int:
        return sum(
            order.pending
            for order in self.live.values()
            if order.security.isin == isin and order.side is Side.SELL and order.exchange_order_id is not None
        )

    def _bound_elsewhere(self, security: Security) -> int:
        """Shares that were bought today on the other exchange: until they are delivered they can be sold there only.
        A guess: the documents of the brokers do not say it, each exchange settles its own trades."""
        net = 0
        for order in self.book:
            if order.exchange != security.exchange and order.security.isin == security.isin:
                sold = order.filled + (order.pending if order.exchange_order_id is not None and not order.final else 0)
                net += order.filled if order.side is Side.BUY else -sold
        return max(net, 0)

    def settle_fill(self, order: Order, quantity: int, price: Paise) -> None:
        """Move cash and shares for one fill. Proceeds of a sale can be spent at once. Pledged shares are sold last."""
        held = self.holding(order.security)
        if order.side is Side.BUY:
            self.cash -= quantity * price
            held.bought += quantity
            held.cost += quantity * price
        else:
            self.cash += quantity * price
            free = held.quantity + held.t1 + held.bought - held.free_sold
            if self.broker in SELL_PLEDGED:
                held.pledged_sold += min(max(quantity - max(free, 0), 0), held.collateral - held.pledged_sold)
            held.used += quantity

    def roll(self) -> None:
        """The morning after a trading day: what was sold leaves, what was bought moves one day on."""
        for held in list(self.holdings.values()):
            held.cost -= held.average_price * held.used
            delivered = held.quantity + held.t1 - held.free_sold
            arriving = held.bought + min(delivered, 0)
            held.quantity, held.t1 = max(delivered, 0), arriving
            held.collateral -= held.pledged_sold
            held.bought = held.used = held.pledged_sold = 0
            held.released = ()
            if not held.owned:
                del self.holdings[held.security.isin]
        self.opening_cash = self.cash


class Accounts:
    """Every client of every broker."""

    def __init__(self) -> None:
        self._by_id: dict[tuple[str, str], Account] = {}
        self._by_name: dict[tuple[str, str], Account] = {}

    def at_login(self, broker: str, user_name: str, id_form: str) -> Account:
        """The account of this user name, made if there is none yet.

        `id_form` is the shape of the broker's client ids: `A` stands for a letter, `0` for a digit. The id depends on
        the name alone, so that a client keeps it when the sandbox starts anew. Raises `ValueError` without a name.
        """
        name = user_name.strip().lower()
        if not name:
            raise ValueError("a user name is needed")
        known = self._by_name.get((broker, name))
        if known is not None:
            return known
        account = Account(broker, self._free_id(broker, name, id_form), name)
        _furnish(account, magic.name_of(name))
        self._by_name[broker, name] = self._by_id[broker, account.user_id] = account
        return account

    def find(self, broker: str, name_or_id: str) -> Account | None:
        """By user id or by user name."""
        return self._by_id.get((broker, name_or_id)) or self._by_name.get((broker, name_or_id.strip().lower()))

    def all(self) -> list[Account]:
        return list(self._by_id.values())

    def forget(self) -> None:
        self._by_id.clear()
        self._by_name.clear()

    def _free_id(self, broker: str, name: str, form: str) -> str:
        for attempt in count():
            candidate = _shaped(f"{broker}/{name}/{attempt}", form)
            if (broker, candidate) not in self._by_id:
                return candidate
        raise AssertionError("unreachable")


def _shaped(text: str, form: str) -> str:
    number = int.from_bytes(sha256(text.encode()).digest())
    shaped = []
    for place in form:
        alphabet = ascii_uppercase if place == "A" else digits
        number, index = divmod(number, len(alphabet))
        shaped.append(alphabet[index])
    return "".join(shaped)


def _furnish(account: Account, special: magic.MagicName | None) -> None:
    holdings = STARTER_HOLDINGS
    if special is not None:
        account.faults = [structs.replace(fault) for fault in special.faults]
        account.needs_edis = special.needs_edis or special.late_release
        account.tells_releases_late = special.late_release
        account.blocked = special.blocked
        if special.no_funds:
            account.cash = account.opening_cash = 0
        if special.no_holdings:
            holdings = {}
        if special.large:
            holdings = dict.fromkeys(
                [symbol for symbol, one in listed().items() if one.series == "EQ"][:150], (10, 50000)
            )
    for symbol, (quantity, price) in holdings.items():
        held = account.holding(symbol)
        held.quantity, held.cost = quantity, quantity * price
    if special is not None and special.pledged:
        held = account.holding("RELIANCE")
        held.quantity, held.collateral = 50, 100
        held = account.holding("TCS")
        held.quantity, held.t1 = 100, 50
        held = account.holding("INFY")
        held.quantity, held.t1, held.collateral = 0, 20, 180
    if special is not None and special.two_rows:
        account.holding("ITC").on_bse = 200
