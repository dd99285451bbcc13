"""The life of an order after it was accepted: checks, the way to the exchange, fills, cancellation."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from torana.kit.clock import IST
from torana.kit.money import Paise
from torana.market import calendar
from torana.market.calendar import Phase
from torana.sandbox.accounts import Account
from torana.sandbox.models import Ending, Order, Reason, Side, State, Trade, plain_text

if TYPE_CHECKING:
    from torana.sandbox.exchange import Exchange

LARGE_ORDER = 500
"""From so many shares on, an order is filled in three parts."""
STUCK_SECONDS = 90.0
SLOW_SECONDS = 20.0
REST_SECONDS = 3.0
CORRECTION_SECONDS = 5.0


def begin(exchange: "Exchange", account: Account, order: Order, reject: Reason | None) -> None:
    """The broker has the order: it waits for the morning (AMO), or goes on to the broker's checks."""
    order.state = State.AMO_RECEIVED if order.asked.amo else State.RECEIVED
    exchange.changed(order)
    life = _Life(exchange, account, order, reject)
    if order.asked.amo:
        opening = calendar.next_open(exchange.now())
        if opening is not None:
            exchange.time.at(opening, life.validate)
        return
    if order.ending is Ending.STUCK:
        exchange.time.after(STUCK_SECONDS, life.validate)
    else:
        life.validate()


class _Life:
    """One order on its way. Each step that takes time schedules the next one and finds a cancelled order dead."""

    def __init__(self, exchange: "Exchange", account: Account, order: Order, reject: Reason | None) -> None:
        self.exchange = exchange
        self.account = account
        self.order = order
        self.reject = reject

    def validate(self) -> None:
        if self.order.final:
            return
        self._state(State.VALIDATION_PENDING)
        self._later(self.exchange.tempo.pick(self.exchange.random) * 0.3, self.open)

    def open(self) -> None:
        if self.order.final:
            return
        refusal = self.reject or self._refusal()
        if refusal is not None:
            reject(self.exchange, self.order, refusal)
            return
        self._state(State.OPEN_PENDING)
        self.order.exchange_order_id = _exchange_order_id(self.order)
        self.order.exchange_at = self.exchange.now()
        self._state(State.OPEN)
        self._schedule_close()
        self._schedule_ending()

    def _refusal(self) -> Reason | None:
        """What the broker's risk checks say now."""
        order, exchange = self.order, self.exchange
        if order.limit_price is not None:
            lower, upper = exchange.prices.band(order.security, exchange.now())
            if not lower <= order.limit_price <= upper:
                return Reason.CIRCUIT
        if order.side is Side.SELL:
            return None if order.quantity <= self.account.sellable(order.security) else Reason.HOLDINGS
        price = order.limit_price if order.limit_price is not None else exchange.last_price(order.security)
        return None if order.quantity * price <= exchange.available_cash(self.account) else Reason.FUNDS

    def _schedule_close(self) -> None:
        """A day order that is live at the close is cancelled."""
        today = self.exchange.now().astimezone(IST)
        hours = calendar.current().session(today.date())
        if hours is not None:
            close = today.replace(hour=hours.close.hour, minute=hours.close.minute, second=0, microsecond=0)
            self.exchange.time.at(close, lambda: _finish_cancel(self.exchange, self.order))

    def _schedule_ending(self) -> None:
        wait = self.exchange.tempo.pick(self.exchange.random) * 0.7
        now = self.exchange.now()
        if calendar.phase(now) is Phase.PRE_OPEN:
            opening = calendar.next_open(now)
            wait += (opening - now).total_seconds() if opening else 0.0
        part = max(self.order.quantity * 2 // 5, 1)
        match self.order.ending:
            case Ending.RESTS | Ending.FILLS_DESPITE_CANCEL:
                pass
            case Ending.FILLS_SLOWLY:
                self._later(wait + SLOW_SECONDS, self._fill_all)
            case Ending.PARTIAL_THEN_RESTS:
                self._later(wait, lambda: self._fill(part))
            case Ending.PARTIAL_THEN_FILLS:
                self._later(wait, lambda: self._fill(part))
                self._later(wait + REST_SECONDS, self._fill_all)
            case Ending.PARTIAL_THEN_CANCELLED:
                self._later(wait, lambda: self._fill(part))
                self._later(wait + REST_SECONDS, lambda: _finish_cancel(self.exchange, self.order))
            case Ending.CANCELLED_THEN_FILLS:
                self._later(wait, lambda: _finish_cancel(self.exchange, self.order))
                self._later(wait + CORRECTION_SECONDS, self._correct_to_filled)
            case Ending.OVERFILLS:
                self._later(wait, lambda: fill(self.exchange, self.order, self.order.quantity + 1))
            case _:
                self._later(wait, self._meet_market)

    def _meet_market(self) -> None:
        """Fill at the market, or wait for the price."""
        order = self.order
        if order.final:
            return
        if not marketable(self.exchange, order):
            if order.asked.validity == "IOC":
                _finish_cancel(self.exchange, order)
            else:
                self.exchange.resting[order.order_id] = order
            return
        if order.quantity < LARGE_ORDER or self.exchange.tempo.slowest <= 0:
            self._fill_all()
            return
        third = order.quantity // 3
        wait = self.exchange.tempo.pick(self.exchange.random)
        self._fill(third)
        self._later(wait, lambda: self._fill(third))
        self._later(2 * wait, self._fill_all)

    def _fill(self, quantity: int) -> None:
        if not self.order.final:
            fill(self.exchange, self.order, min(quantity, self.order.pending))

    def _fill_all(self) -> None:
        self._fill(self.order.pending)

    def _correct_to_filled(self) -> None:
        self.order.cancelled = 0
        fill(self.exchange, self.order, self.order.pending)

    def _state(self, state: State) -> None:
        self.order.state = state
        self.exchange.changed(self.order)

    def _later(self, seconds: float, action: Callable[[], None]) -> None:
        if seconds <= 0:
            action()
        else:
            self.exchange.time.after(seconds, action)


def marketable(exchange: "Exchange", order: Order) -> bool:
    """Whether the market trades at the order's price now."""
    if calendar.phase(exchange.now()) is not Phase.OPEN:
        return False
    if order.limit_price is None:
        return True
    last = exchange.last_price(order.security)
    return last <= order.limit_price if order.side is Side.BUY else last >= order.limit_price


def fill_resting(exchange: "Exchange") -> None:
    """Fill the limit orders whose price the market has reached."""
    for order in list(exchange.resting.values()):
        if order.final:
            del exchange.resting[order.order_id]
        else:
            consider(exchange, order)


def consider(exchange: "Exchange", order: Order) -> None:
    """Fill a resting order if it can trade now (it was changed, or the price moved)."""
    if order.order_id in exchange.resting and marketable(exchange, order):
        del exchange.resting[order.order_id]
        fill(exchange, order, order.pending)


def fill(exchange: "Exchange", order: Order, quantity: int, price: Paise | None = None) -> None:
    """Trade so many shares, at the market price if none is given. What the account owns changes with it."""
    account = exchange.accounts.find(order.broker, order.account_id)
    if quantity <= 0 or account is None:
        return
    at_price = price or exchange.last_price(order.security)
    if price is None and order.limit_price is not None:
        at_price = min(at_price, order.limit_price) if order.side is Side.BUY else max(at_price, order.limit_price)
    if order.exchange_order_id is None:
        order.exchange_order_id = _exchange_order_id(order)
    number = len(order.trades) + 1
    order.trades.append(
        Trade(
            trade_id=f"{int(order.order_id) % 10**9 * 100 + number}",
            order_id=order.order_id,
            symbol=order.symbol,
            exchange=order.exchange,
            side=order.side,
            quantity=quantity,
            price=at_price,
            at=exchange.now(),
        )
    )
    order.filled += quantity
    order.value += quantity * at_price
    order.exchange_at = exchange.now()
    account.settle_fill(order, quantity, at_price)
    order.state = State.OPEN if order.pending else State.COMPLETE
    exchange.changed(order)


def reject(exchange: "Exchange", order: Order, reason: Reason) -> None:
    order.state, order.reason, order.message = State.REJECTED, reason, plain_text(reason)
    order.cancelled = 0
    exchange.changed(order)


def cancel(exchange: "Exchange", order: Order) -> None:
    """Take a cancellation of a live order."""
    order.state = State.CANCEL_PENDING
    exchange.changed(order)
    wait = exchange.tempo.pick(exchange.random) * 0.3

    def end() -> None:
        if order.ending is Ending.FILLS_DESPITE_CANCEL and order.exchange_order_id is not None:
            fill(exchange, order, order.pending)
        else:
            _finish_cancel(exchange, order)

    if wait <= 0:
        end()
    else:
        exchange.time.after(wait, end)


def _finish_cancel(exchange: "Exchange", order: Order) -> None:
    if order.final:
        return
    order.cancelled = order.pending
    order.state = State.CANCELLED
    exchange.changed(order)


def advance(
    exchange: "Exchange",
    order: Order,
    action: str,
    *,
    quantity: int | None = None,
    price: Paise | None = None,
    reason: Reason = Reason.FUNDS,
    text: str | None = None,
) -> None:
    """Push an order by hand: `open`, `fill`, `partial` (`quantity` shares), `reject` or `cancel`.

    A final order moves too: that is how a correction is made. Raises `ValueError` for another action.
    """
    order.strange_status = False
    order.appears_at = min(order.appears_at, exchange.now())
    if action in ("fill", "partial"):
        if order.final:
            order.cancelled = 0
        wanted = order.pending if action == "fill" else min(quantity or max(order.pending // 2, 1), order.pending)
        fill(exchange, order, wanted, price)
    elif action == "reject":
        reject(exchange, order, reason)
        order.message = text or order.message
    elif action == "cancel":
        order.cancelled, order.state = order.pending, State.CANCELLED
        exchange.changed(order)
    elif action == "open":
        order.state = State.OPEN
        order.exchange_order_id = order.exchange_order_id or _exchange_order_id(order)
        exchange.changed(order)
    else:
        raise ValueError("`action` is open, fill, partial, reject or cancel")


def _exchange_order_id(order: Order) -> str:
    return f"1{int(order.order_id):015d}"[:16]
