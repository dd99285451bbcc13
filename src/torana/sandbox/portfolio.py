"""Holdings, positions, funds and quotes as brokers show them, computed once for all: amounts in rupees."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from torana.kit.money import Paise, rupees
from torana.market.securities import Security
from torana.sandbox.accounts import Account, Holding
from torana.sandbox.exchange import Exchange
from torana.sandbox.models import Side, Trade
from torana.sandbox.prices import Day, listed

NOTHING = Decimal(0)
_FOUR = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class HoldingView:
    """One row of the holdings. What was bought today is not among them but among the positions."""

    held: Holding
    listed_on: str
    """`NSE` or `BSE`."""
    last: Paise
    close: Paise
    """The close of the session before."""

    @property
    def security(self) -> Security:
        return listed()[self.held.symbol]

    @property
    def symbol(self) -> str:
        return self.held.symbol

    @property
    def settled(self) -> int:
        """Delivered and not pledged, as it stood this morning."""
        return self.held.quantity

    @property
    def delivered(self) -> int:
        """Delivered, not pledged and not sold today."""
        return max(self.held.quantity - self.held.free_sold, 0)

    @property
    def t1(self) -> int:
        """Bought the trading day before, as it stood this morning."""
        return self.held.t1

    @property
    def arriving(self) -> int:
        """Of those: not sold today."""
        return self.held.t1 - min(max(self.held.free_sold - self.held.quantity, 0), self.held.t1)

    @property
    def collateral(self) -> int:
        """Pledged, as it stood this morning."""
        return self.held.collateral

    @property
    def pledged(self) -> int:
        """Pledged and not sold today."""
        return self.held.collateral - self.held.pledged_sold

    @property
    def owned(self) -> int:
        """Everything of this morning: settled, on its way, pledged."""
        return self.held.quantity + self.held.t1 + self.held.collateral

    @property
    def used(self) -> int:
        """Sold today, pledged shares too."""
        return min(self.held.free_sold, self.held.quantity + self.held.t1) + self.held.pledged_sold

    @property
    def authorised(self) -> int:
        """Released at the depository for sale today."""
        return self.held.authorised

    @property
    def average_price(self) -> Decimal:
        return rupees(self.held.average_price)

    @property
    def last_price(self) -> Decimal:
        return rupees(self.last)

    @property
    def close_price(self) -> Decimal:
        return rupees(self.close)

    @property
    def gain_now(self) -> Decimal:
        """On what is neither sold nor pledged."""
        return rupees((self.last - self.held.average_price) * (self.delivered + self.arriving))

    @property
    def gain(self) -> Decimal:
        """On everything of this morning."""
        return rupees((self.last - self.held.average_price) * self.owned)

    @property
    def day_change(self) -> Decimal:
        """Per share."""
        return rupees(self.last - self.close)

    @property
    def day_change_percentage(self) -> Decimal:
        return (Decimal(self.last - self.close) * 100 / self.close).quantize(_FOUR, ROUND_HALF_UP)


def holdings(exchange: Exchange, account: Account) -> list[HoldingView]:
    """What is delivered, on its way from yesterday, or pledged."""
    now = exchange.now()
    return [
        HoldingView(row, listed_on, exchange.last_price(row.symbol), exchange.prices.previous_close(row.symbol, now))
        for held in account.holdings.values()
        if held.owned > held.bought
        for listed_on, row in held.rows()
    ]


@dataclass(slots=True)
class Traded:
    """Shares of one side and what they cost together, paise."""

    quantity: int = 0
    value: Paise = 0

    def price(self, places: int) -> Decimal:
        """Rupees per share, 0 without shares."""
        return round(Decimal(self.value) / self.quantity / 100, places) if self.quantity else NOTHING


@dataclass(frozen=True, slots=True)
class PositionView:
    """What was traded today in one security and product. Nothing is carried over night in the cash market."""

    symbol: str
    product: str
    bought: Traded
    sold: Traded
    last: Paise
    close: Paise
    places: int
    """Decimals of the broker's average prices."""

    @property
    def security(self) -> Security:
        return listed()[self.symbol]

    @property
    def quantity(self) -> int:
        """Net: bought less sold."""
        return self.bought.quantity - self.sold.quantity

    @property
    def buy_quantity(self) -> int:
        return self.bought.quantity

    @property
    def buy_value(self) -> Decimal:
        return rupees(self.bought.value)

    @property
    def buy_price(self) -> Decimal:
        return self.bought.price(self.places)

    @property
    def sell_quantity(self) -> int:
        return self.sold.quantity

    @property
    def sell_value(self) -> Decimal:
        return rupees(self.sold.value)

    @property
    def sell_price(self) -> Decimal:
        return self.sold.price(self.places)

    @property
    def average_price(self) -> Decimal:
        """Of the side that is left over, 0 when nothing is."""
        return self.buy_price if self.quantity > 0 else self.sell_price if self.quantity < 0 else NOTHING

    @property
    def last_price(self) -> Decimal:
        return rupees(self.last)

    @property
    def close_price(self) -> Decimal:
        return rupees(self.close)

    @property
    def net_value(self) -> Decimal:
        """What is left over, at its average price."""
        return self.quantity * self.average_price

    @property
    def cash(self) -> Decimal:
        """Received less paid."""
        return rupees(self.sold.value - self.bought.value)

    @property
    def gain(self) -> Decimal:
        """Received less paid, and what is left over at the last price."""
        return rupees(self.sold.value - self.bought.value + self.quantity * self.last)

    @property
    def realised(self) -> Decimal:
        """Of the shares that were bought and sold."""
        return min(self.bought.quantity, self.sold.quantity) * (self.sell_price - self.buy_price)

    @property
    def unrealised(self) -> Decimal:
        """Of the shares that are left over."""
        return self.quantity * (self.last_price - self.average_price)

    @property
    def realised_and_unrealised(self) -> Decimal:
        return self.realised + self.unrealised


def positions(exchange: Exchange, account: Account, *, places: int) -> Iterator[PositionView]:
    """The day's trades by security and product, the oldest first. `places`: decimals of average prices."""
    products = {order.order_id: order.asked.product for order in exchange.book(account)}
    traded: dict[tuple[str, str], dict[Side, Traded]] = defaultdict(lambda: {side: Traded() for side in Side})
    for trade in exchange.trades(account):
        _add(traded[trade.symbol, products[trade.order_id]][trade.side], trade)
    now = exchange.now()
    for (symbol, product), sides in traded.items():
        last, close = exchange.last_price(symbol), exchange.prices.previous_close(symbol, now)
        yield PositionView(symbol, product, sides[Side.BUY], sides[Side.SELL], last, close, places)


def _add(side: Traded, trade: Trade) -> None:
    side.quantity += trade.quantity
    side.value += trade.quantity * trade.price


@dataclass(frozen=True, slots=True)
class FundsView:
    """Cash, and nothing else: there is no collateral and no margin."""

    available: Decimal
    """What may be spent now."""
    cash: Decimal
    """With what open buys block."""
    opening: Decimal
    """This morning."""

    @property
    def used(self) -> Decimal:
        """Spent or blocked today."""
        return self.opening - self.available

    @property
    def blocked(self) -> Decimal:
        """What open buys may still cost."""
        return self.cash - self.available

    @property
    def spent(self) -> Decimal:
        """Paid less received today."""
        return self.opening - self.cash


def funds(exchange: Exchange, account: Account) -> FundsView:
    available = exchange.available_cash(account)
    return FundsView(rupees(available), rupees(account.cash), rupees(account.opening_cash))


@dataclass(frozen=True, slots=True)
class QuoteView:
    """The market in one security now."""

    security: Security
    last: Paise
    day: Day

    @property
    def last_price(self) -> Decimal:
        return rupees(self.last)

    @property
    def open(self) -> Decimal:
        return rupees(self.day.open)

    @property
    def high(self) -> Decimal:
        return rupees(self.day.high)

    @property
    def low(self) -> Decimal:
        return rupees(self.day.low)

    @property
    def close(self) -> Decimal:
        """Of the session before."""
        return rupees(self.day.close)

    @property
    def net_change(self) -> Decimal:
        return rupees(self.last - self.day.close)

    @property
    def lower_band(self) -> Decimal:
        return rupees(self.day.lower_band)

    @property
    def upper_band(self) -> Decimal:
        return rupees(self.day.upper_band)

    def ticks_away(self, ticks: int) -> Decimal:
        """The price so many ticks above the last one."""
        return rupees(self.last + ticks * self.security.tick)

    @property
    def middle(self) -> Decimal:
        """Between the day's high and low."""
        return rupees((self.day.high + self.day.low) // 2)


def quote(exchange: Exchange, symbol: str) -> QuoteView:
    """Raises `KeyError` when it is not listed."""
    return QuoteView(listed()[symbol], exchange.last_price(symbol), exchange.prices.day(symbol, exchange.now()))
