"""The one market behind all simulated brokers, with the NSE and the BSE in it: takes orders, fills them, settles them.

Everything happens in one thread without waiting; a dialect calls these methods straight from its handlers.
"""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from torana.kit.clock import IST, Clock
from torana.kit.money import Paise
from torana.market import calendar
from torana.market.calendar import Phase
from torana.market.models import Security
from torana.sandbox import fills, magic
from torana.sandbox.accounts import Account, Accounts, Released
from torana.sandbox.ledger import Ledger
from torana.sandbox.models import Ending, Order, OrderRefused, OrderType, Reason, Side, Ticket, Trade
from torana.sandbox.prices import Prices
from torana.sandbox.securities import NSE, Named, find, name_of, named
from torana.sandbox.timeline import Timeline

MORNING = time(6, 0)
"""When (IST) yesterday's orders leave the book and shares settle."""
LARGEST_NUMBER_OF_CHANGES = 25
_LATE = timedelta(seconds=60)
"""After which the holdings of a client with late releases show one."""


@dataclass(frozen=True, slots=True)
class Tempo:
    """A market order is filled after a random time between these seconds; 0 and 0: at once."""

    fastest: float = 0.3
    slowest: float = 1.2

    def pick(self, source: random.Random) -> float:
        return source.uniform(self.fastest, self.slowest) if self.slowest > 0 else 0.0


class Exchange:
    """Accounts, orders, trades and prices of the simulated market."""

    def __init__(self, clock: Clock, *, seed: int = 1, tempo: Tempo | None = None) -> None:
        self.time = Timeline(clock)
        self.prices = Prices(seed)
        self.accounts = Accounts()
        self.ledger = Ledger()
        self.tempo = tempo or Tempo()
        self.random = random.Random(seed)  # noqa: S311  # repeatable on purpose
        self.listeners: list[Callable[[Order], None]] = []
        self.freeze_quantities: dict[str, int] = {}
        """The largest single order by name of a security, where a test wants one; the list that we have names none."""
        self.resting: dict[str, Order] = {}
        """Limit orders that wait for their price."""
        self._by_id: dict[tuple[str, str], Order] = {}
        self._numbers = count(self._first_number())
        self._schedule_morning()

    def now(self) -> datetime:
        """Exchange time, UTC."""
        return self.time.now()

    def phase(self) -> Phase:
        return calendar.phase(self.now())

    def waits_by_itself(self) -> bool:
        """Whether an order that arrives now waits for the next session, at brokers that do not ask for the word."""
        return not self.phase().takes_orders and calendar.amo_open(self.now())

    def catch_up(self) -> None:
        """Let everything happen that is due."""
        self.time.catch_up()
        fills.fill_resting(self)

    def on_change(self, listener: Callable[[Order], None]) -> None:
        """Call this after every change of any order that reads can see."""
        self.listeners.append(listener)

    def security(self, symbol: str, exchange: str = NSE) -> Security:
        """Raises `OrderRefused` when the exchange does not list it."""
        security = find(exchange, symbol)
        if security is None:
            raise OrderRefused(Reason.SYMBOL, f"{symbol} is not listed")
        return security

    def last_price(self, name: Named) -> Paise:
        """Paise. Raises `KeyError` when it is not listed."""
        return self.prices.last(name, self.now())

    def available_cash(self, account: Account) -> Paise:
        return account.available_cash(self.last_price)

    def submit(self, account: Account, ticket: Ticket, *, kept: Ticket | None = None, **how: Any) -> Order:
        """Take an order. Raises `OrderRefused` when it is refused at once; later refusals show in the book.

        `kept` is what the broker makes of the ticket, when that differs. `how` goes to `accept`.
        """
        self.check(account, ticket)
        return self.accept(account, ticket, kept or ticket, **how)

    def check(self, account: Account, ticket: Ticket) -> None:
        """Raise `OrderRefused` for what is refused before there is an order."""
        security = self.security(ticket.symbol, ticket.exchange)
        if account.blocked:
            raise OrderRefused(Reason.ACCOUNT_BLOCKED, "the account is blocked")
        if ticket.quantity <= 0:
            raise OrderRefused(Reason.QUANTITY, "the quantity must be above zero")
        self._check_size(security, ticket.quantity)
        self._check_price(security, ticket.limit_price)
        self._check_hours(amo=ticket.amo)
        if ticket.side is Side.SELL and (lacking := account.unauthorised(security, ticket.quantity)):
            raise OrderRefused(Reason.NOT_AUTHORISED, f"{lacking} quantity needs authorisation at depository.")

    def freeze_quantity(self, security: Security) -> int | None:
        """Shares of the largest single order; None where there is no such limit."""
        return self.freeze_quantities.get(name_of(security), security.freeze_quantity)

    def _check_size(self, security: Security, quantity: int) -> None:
        if quantity % security.lot:
            raise OrderRefused(Reason.QUANTITY, f"the quantity must be a multiple of {security.lot}")
        largest = self.freeze_quantity(security)
        if largest is not None and quantity > largest:
            raise OrderRefused(Reason.FREEZE, f"the largest quantity of one order is {largest} for {security.symbol}")

    def _check_price(self, security: Security, price: Paise | None) -> None:
        if price is not None and (price <= 0 or price % security.tick):
            raise OrderRefused(Reason.TICK, f"the price must be a multiple of {security.tick / 100:.2f}")

    def _check_hours(self, *, amo: bool) -> None:
        now = self.now()
        if amo and (not calendar.amo_open(now) or calendar.next_open(now) is None):
            raise OrderRefused(Reason.AMO_CLOSED, "after-market orders are not taken now")
        if not amo and not calendar.phase(now).takes_orders:
            raise OrderRefused(Reason.MARKET_CLOSED, "the market is closed")

    def new_order(self, account: Account, asked: Ticket, kept: Ticket, *, appears_after: float = 0.0) -> Order:
        """An order with an id that nobody has seen yet."""
        now = self.now()
        opening = calendar.next_open(now) if asked.amo else None
        number = next(self._numbers)
        return Order(
            order_id=f"{now.astimezone(IST):%y%m%d}{number:09d}",
            broker=account.broker,
            account_id=account.user_id,
            asked=asked,
            symbol=kept.symbol,
            exchange=kept.exchange,
            side=kept.side,
            quantity=kept.quantity,
            order_type=kept.order_type,
            limit_price=kept.limit_price,
            tag=kept.tag,
            accepted_at=now,
            appears_at=now + timedelta(seconds=appears_after),
            book_day=(opening or now).astimezone(IST).date(),
            guid=str(UUID(int=self.random.getrandbits(128))),
        )

    def accept(
        self,
        account: Account,
        asked: Ticket,
        kept: Ticket,
        *,
        appears_after: float = 0.0,
        reject: Reason | None = None,
        strange_status: bool = False,
    ) -> Order:
        """Make the order without further checks and let it live. The quantity asked for may be magic."""
        special = magic.QUANTITIES.get(asked.quantity) or _ORDINARY
        order = self.new_order(account, asked, kept, appears_after=max(appears_after, special.appears_after))
        order.strange_status = strange_status or special.strange_status
        order.postback_copies = special.postback_copies
        order.ending = Ending.RESTS if order.strange_status else special.ending
        account.book.append(order)
        account.live[order.order_id] = order
        self._by_id[order.broker, order.order_id] = order
        self.ledger.orders.append(order)

        def begin() -> None:
            fills.begin(self, account, order, reject or special.reject)

        if order.appears_at > self.now():
            self.time.at(order.appears_at, begin)
        else:
            begin()
        return order

    def book(self, account: Account) -> list[Order]:
        """The orders of the day that can be seen, oldest first."""
        now = self.now()
        return [order for order in account.book if order.appears_at <= now]

    def find(self, account: Account, order_id: str) -> Order:
        """An order of this client's book. Raises `OrderRefused` when there is none of this id."""
        order = self._by_id.get((account.broker, order_id))
        if order is None or order.account_id != account.user_id or not order.in_book or order.appears_at > self.now():
            raise OrderRefused(Reason.NOT_FOUND, "there is no such order")
        return order

    def find_anywhere(self, order_id: str) -> Order | None:
        """For the control API: any order ever, of any broker and day."""
        return next((order for (_, known), order in self._by_id.items() if known == order_id), None)

    def trades(self, account: Account) -> list[Trade]:
        """The fills of the day, oldest first."""
        found = [trade for order in self.book(account) for trade in order.trades]
        return sorted(found, key=lambda trade: (trade.at, trade.trade_id))

    def cancel(self, account: Account, order_id: str) -> Order:
        """Raises `OrderRefused`: not found, or final already."""
        order = self.find(account, order_id)
        if order.final:
            raise OrderRefused(Reason.FINAL, "the order is final already")
        fills.cancel(self, order)
        return order

    def modify(
        self,
        account: Account,
        order_id: str,
        *,
        quantity: int | None = None,
        order_type: OrderType | None = None,
        limit_price: Paise | None = None,
    ) -> Order:
        """Change a live order; None leaves a part as it is. Raises `OrderRefused`."""
        order = self.find(account, order_id)
        if order.final:
            raise OrderRefused(Reason.FINAL, "the order is final already")
        if order.changes >= LARGEST_NUMBER_OF_CHANGES:
            raise OrderRefused(Reason.TOO_MANY_CHANGES, "the order was changed too often")
        wanted = order.quantity if quantity is None else quantity
        if wanted <= order.filled:
            raise OrderRefused(Reason.QUANTITY, "the quantity must be above what is filled already")
        self._check_size(order.security, wanted)
        kind = order_type or order.order_type
        price = None if kind is OrderType.MARKET else (limit_price or order.limit_price)
        if kind is OrderType.LIMIT and price is None:
            raise OrderRefused(Reason.TICK, "a limit order needs a price")
        self._check_price(order.security, price)
        order.quantity, order.order_type, order.limit_price = wanted, kind, price
        order.changes += 1
        self.changed(order)
        fills.consider(self, order)
        return order

    def authorise(self, account: Account, quantities: Mapping[Security, int] | Mapping[str, int] | None = None) -> None:
        """Release shares at the depository for today's sales: these, or everything that is delivered."""
        asked = {named(name).isin: quantity for name, quantity in (quantities or {}).items()}
        told_from = self.now() + (_LATE if account.tells_releases_late else timedelta())
        for isin, held in account.holdings.items():
            shares = min(held.quantity if quantities is None else asked.get(isin, 0), held.quantity)
            if shares > held.authorised:
                held.released += (Released(shares, told_from),)

    def changed(self, order: Order) -> None:
        """Write the order's history and tell everybody."""
        order.note(self.now())
        if order.final and (account := self.accounts.find(order.broker, order.account_id)):
            account.live.pop(order.order_id, None)
        for listener in self.listeners:
            listener(order)

    def forget(self) -> None:
        """Back to the first day: no accounts, no orders, nothing waiting."""
        self.time.forget()
        self.prices.release()
        self.freeze_quantities.clear()
        self.accounts.forget()
        self.resting.clear()
        self._by_id.clear()
        self.ledger.orders.clear()
        self.ledger.dropped.clear()
        self.ledger.postbacks.clear()
        self.ledger.traffic.clear()
        self._schedule_morning()

    def _schedule_morning(self) -> None:
        self.time.at(calendar.session_end(self.now(), f"{MORNING:%H:%M}"), self._morning)

    def _morning(self) -> None:
        today = self.now().astimezone(IST).date()
        traded_yesterday = calendar.current().session(today - timedelta(days=1)) is not None
        for account in self.accounts.all():
            for order in account.book:
                order.in_book = order.book_day >= today
            account.book = [order for order in account.book if order.in_book]
            if traded_yesterday:
                account.roll()
        self._schedule_morning()

    def _first_number(self) -> int:
        """Milliseconds of the day: numbers do not repeat when the sandbox starts anew on the same day."""
        now = self.now().astimezone(IST)
        return int((now - now.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds() * 1000)


_ORDINARY = magic.MagicQuantity(0, "is filled")
