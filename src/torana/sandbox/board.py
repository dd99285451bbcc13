"""What the page of the exchange shows, as data: clock, prices, orders, clients, faults. Money in paise."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from torana.kit.clock import IST
from torana.kit.money import Paise
from torana.market import calendar
from torana.market.calendar import Phase
from torana.sandbox.accounts import Account
from torana.sandbox.faults import Fault
from torana.sandbox.models import Order, State
from torana.sandbox.moments import MOMENT_NOTES, Moment, next_of
from torana.sandbox.securities import NSE, listed
from torana.sandbox.world import World

MOST_ORDERS = 40
MOST_CLIENTS = 30
WATCHED = ("RELIANCE", "TCS", "INFY", "HDFCBANK", "ITC", "SBIN", "TATASTEEL", "M&M")
"""Symbols of the NSE whose prices run on the page: what a new client holds."""
_NOTICEABLE = timedelta(minutes=1)
_PHASES = {
    Phase.OPEN: "Open",
    Phase.PRE_OPEN: "Pre-open",
    Phase.CLOSING: "Closing session",
    Phase.CLOSED: "Closed",
    Phase.UNKNOWN: "Unknown",
}
_STATES = {
    State.RECEIVED: "Received",
    State.AMO_RECEIVED: "Waits for the opening",
    State.VALIDATION_PENDING: "Being checked",
    State.OPEN_PENDING: "On its way",
    State.OPEN: "Open",
    State.CANCEL_PENDING: "Being cancelled",
    State.COMPLETE: "Filled",
    State.CANCELLED: "Cancelled",
    State.REJECTED: "Rejected",
}
_TONES = {State.COMPLETE: "good", State.REJECTED: "bad", State.CANCELLED: "bad"}


@dataclass(frozen=True, slots=True)
class Leap:
    """A button that sets the clock. `at` is where it leads."""

    mode: str
    label: str
    note: str
    at: datetime | None
    here: bool


@dataclass(frozen=True, slots=True)
class ClockView:
    now: datetime
    phase: str
    is_open: bool
    orders: str
    """Which orders are taken, in words."""
    next_open: datetime | None
    shifted: bool
    """The exchange lives in another time than the machine."""
    leaps: list[Leap]


@dataclass(frozen=True, slots=True)
class PriceView:
    symbol: str
    last: Paise
    basis_points: int
    """Change since the last close."""


@dataclass(frozen=True, slots=True)
class OrderView:
    order: Order
    user_name: str
    state: str
    detail: str
    """What is to be said beside the state; may be empty."""
    tone: str
    """`good`, `bad`, or empty while nothing is decided."""
    per_cent: int
    """How much of it is filled."""


@dataclass(frozen=True, slots=True)
class HeldView:
    symbol: str
    shares: int
    worth: Paise


@dataclass(frozen=True, slots=True)
class ClientView:
    account: Account
    cash: Paise
    held: list[HeldView]
    worth: Paise
    session_until: datetime | None


@dataclass(frozen=True, slots=True)
class Board:
    clock: ClockView
    prices: list[PriceView]
    orders: list[OrderView]
    older_orders: int
    live_orders: int
    clients: list[ClientView]
    faults: list[Fault]
    brokers: list[str]
    rate_limits: bool
    at_once: bool
    """Market orders are filled without delay."""
    next_user: str


def board(world: World) -> Board:
    """Everything as it is now; the newest orders and clients first."""
    exchange = world.exchange
    orders = exchange.ledger.orders
    names = {(account.broker, account.user_id): account.user_name for account in exchange.accounts.all()}
    return Board(
        clock=_clock(world),
        prices=[_price(world, symbol) for symbol in WATCHED],
        orders=[_order(world, order, names) for order in reversed(orders[-MOST_ORDERS:])],
        older_orders=max(len(orders) - MOST_ORDERS, 0),
        live_orders=sum(not order.final for order in orders),
        clients=[_client(world, account) for account in reversed(exchange.accounts.all()[-MOST_CLIENTS:])],
        faults=world.faults.all(),
        brokers=sorted(world.apps),
        rate_limits=world.rate_limits,
        at_once=exchange.tempo.slowest <= 0,
        next_user=world.next_user,
    )


def _clock(world: World) -> ClockView:
    now, phase = world.exchange.now(), world.exchange.phase()
    amo = calendar.amo_open(now)
    if phase.takes_orders:
        orders = "Orders are taken"
    else:
        orders = "After-market orders are taken" if amo else "No orders are taken"
    here = {
        Moment.OPEN: phase is Phase.OPEN,
        Moment.CLOSED: phase in (Phase.CLOSED, Phase.CLOSING) and not amo,
        Moment.AFTER_MARKET: phase is Phase.CLOSED and amo and _trades_today(now),
        Moment.HOLIDAY: not _trades_today(now),
        Moment.OPENING: phase is Phase.PRE_OPEN,
    }
    labels = {
        Moment.OPEN: "Open",
        Moment.CLOSED: "Closed",
        Moment.AFTER_MARKET: "After market",
        Moment.HOLIDAY: "Holiday",
        Moment.OPENING: "Next opening",
    }
    shifted = abs(world.exchange.time.offset) >= _NOTICEABLE
    leaps = [
        Leap(moment, label, MOMENT_NOTES[moment], _reached(moment, now), here[moment])
        for moment, label in labels.items()
    ]
    real = Leap("real", "Real time", "as on this machine", now - world.exchange.time.offset, not shifted)
    return ClockView(
        now=now,
        phase=_PHASES[phase],
        is_open=phase is Phase.OPEN,
        orders=orders,
        next_open=calendar.next_open(now),
        shifted=shifted,
        leaps=[*leaps, real],
    )


def _trades_today(now: datetime) -> bool:
    return calendar.current().session(now.astimezone(IST).date()) is not None


def _reached(moment: Moment, now: datetime) -> datetime | None:
    try:
        return next_of(moment, now)
    except ValueError:
        return None


def _price(world: World, symbol: str) -> PriceView:
    exchange, security = world.exchange, listed(NSE)[symbol]
    last, close = exchange.last_price(security), exchange.prices.previous_close(security, exchange.now())
    return PriceView(symbol, last, round((last - close) * 10_000 / close))


def _order(world: World, order: Order, names: dict[tuple[str, str], str]) -> OrderView:
    state, detail = _STATES[order.state], ""
    if order.appears_at > world.exchange.now():
        state = "Not in the book yet"
    elif order.state is State.REJECTED:
        detail = order.message or ""
    elif order.filled and order.filled != order.quantity:
        state = "Partly filled" if not order.final else state
        detail = f"{order.filled} of {order.quantity}" + (", the rest cancelled" if order.cancelled else "")
    return OrderView(
        order,
        names.get((order.broker, order.account_id), order.account_id),
        state,
        detail,
        _TONES.get(order.state, ""),
        min(order.filled * 100 // order.quantity, 100) if order.quantity else 0,
    )


def _client(world: World, account: Account) -> ClientView:
    exchange = world.exchange
    held = [
        HeldView(one.symbol, shares, shares * exchange.last_price(one.security))
        for one in account.holdings.values()
        if (shares := one.owned - one.used) > 0
    ]
    return ClientView(
        account=account,
        cash=exchange.available_cash(account),
        held=held,
        worth=sum(one.worth for one in held),
        session_until=world.sessions_of(account.broker).live_until(account, exchange.now()),
    )
