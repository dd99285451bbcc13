"""Orders and trades as brokers show them: amounts in rupees, quantities in shares, moments in UTC."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from torana.kit.money import Paise, rupees
from torana.market.models import Security
from torana.sandbox.exchange import Exchange
from torana.sandbox.models import Order, OrderType, Reason, Side, State, Step, Trade
from torana.sandbox.vocabulary import Vocabulary

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order as the book shows it, or how it stood at one step of its history."""

    exchange: Exchange
    order: Order
    status: str
    """The broker's word."""
    at: datetime
    """When it was accepted; in the history when it came to stand so."""
    exchange_at: datetime | None
    """The exchange's last word; None before the exchange has it."""
    exchange_order_id: str | None
    quantity: int
    filled: int
    cancelled: int
    price: Decimal
    """The limit; 0 without one."""
    average_price: Decimal
    """Per share to four decimals, 0 before the first fill."""
    message: str | None
    """Plain text of a rejection."""
    modified: bool
    last: bool = True
    """How the order stands now."""
    state: State = State.RECEIVED

    @property
    def worth(self) -> Decimal:
        """What all of it costs at its limit, or else at the price of the moment in which it was accepted."""
        price = self.order.limit_price or self.exchange.prices.last(self.order.security, self.order.accepted_at)
        return rupees(self.order.quantity * price)

    @property
    def order_id(self) -> str:
        return self.order.order_id

    @property
    def account_id(self) -> str:
        return self.order.account_id

    @property
    def tag(self) -> str | None:
        return self.order.tag

    @property
    def guid(self) -> str:
        return self.order.guid

    @property
    def side(self) -> Side:
        return self.order.side

    @property
    def order_type(self) -> OrderType:
        return self.order.order_type

    @property
    def product(self) -> str:
        """The broker's word, as it was asked for."""
        return self.order.asked.product

    @property
    def validity(self) -> str:
        return self.order.asked.validity

    @property
    def amo(self) -> bool:
        return self.order.asked.amo

    @property
    def disclosed(self) -> int:
        return self.order.asked.disclosed

    @property
    def reason(self) -> Reason | None:
        return self.order.reason

    @property
    def changes(self) -> int:
        return self.order.changes

    @property
    def security(self) -> Security:
        return self.order.security

    @property
    def symbol(self) -> str:
        return self.order.symbol

    @property
    def unfilled(self) -> int:
        """What was not filled, of a cancelled order too; a rejected one has nothing pending."""
        return 0 if self.state is State.REJECTED else self.not_filled

    @property
    def not_filled(self) -> int:
        """What was not filled, of a rejected order too."""
        return max(self.quantity - self.filled, 0)

    @property
    def pending(self) -> int:
        """What may still be filled: neither filled nor cancelled."""
        return 0 if self.state is State.REJECTED else max(self.quantity - self.filled - self.cancelled, 0)


def order_view(exchange: Exchange, order: Order, vocabulary: Vocabulary) -> OrderView:
    """One row of the order book."""
    return OrderView(
        exchange, order, vocabulary.word_of(order), order.accepted_at, order.exchange_at, order.exchange_order_id,
        order.quantity, order.filled, order.cancelled, _price(order.limit_price),
        order.average_price if order.filled else NOTHING, order.message, modified=order.changes > 0, state=order.state,
    )  # fmt: skip


def history_views(exchange: Exchange, order: Order, vocabulary: Vocabulary) -> Iterator[OrderView]:
    """One row for every status that the order went through, the oldest first."""
    for word, step in vocabulary.history(order):
        yield _at_step(exchange, order, word, step)


def _at_step(exchange: Exchange, order: Order, word: str, step: Step) -> OrderView:
    return OrderView(
        exchange, order, word, step.at, step.at if step.exchange_order_id else None, step.exchange_order_id,
        step.quantity, step.filled, step.cancelled, _price(step.limit_price),
        step.average_price if step.filled else NOTHING, step.message, modified=False,
        last=step is order.history[-1], state=step.state,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TradeView:
    """One fill, with the order that it belongs to."""

    trade: Trade
    order: Order

    @property
    def trade_id(self) -> str:
        return self.trade.trade_id

    @property
    def order_id(self) -> str:
        return self.trade.order_id

    @property
    def exchange_order_id(self) -> str | None:
        return self.order.exchange_order_id

    @property
    def at(self) -> datetime:
        return self.trade.at

    @property
    def ordered_at(self) -> datetime:
        return self.order.accepted_at

    @property
    def side(self) -> Side:
        return self.trade.side

    @property
    def quantity(self) -> int:
        return self.trade.quantity

    @property
    def price(self) -> Decimal:
        return rupees(self.trade.price)

    @property
    def value(self) -> Decimal:
        return rupees(self.trade.price * self.trade.quantity)

    @property
    def product(self) -> str:
        return self.order.asked.product

    @property
    def order_type(self) -> OrderType:
        return self.order.order_type

    @property
    def security(self) -> Security:
        return self.order.security

    @property
    def symbol(self) -> str:
        return self.trade.symbol


def trade_views(book: Iterable[Order], trades: Iterable[Trade]) -> list[TradeView]:
    """The trades of a day with their orders."""
    orders = {order.order_id: order for order in book}
    return [TradeView(trade, orders[trade.order_id]) for trade in trades]


def _price(price: Paise | None) -> Decimal:
    return rupees(price) if price else NOTHING
