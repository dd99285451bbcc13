"""The exchange itself: prices, time, orders of magnitude."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.clock import HandClock
from torana.kit.clock import IST
from torana.market.securities import all_securities
from torana.sandbox.accounts import Account, Holding
from torana.sandbox.exchange import Exchange, Tempo
from torana.sandbox.models import OrderRefused, OrderType, Reason, Side, State, Ticket
from torana.sandbox.prices import Prices, reference_price
from torana.sandbox.securities import listed
from torana.sandbox.timeline import Timeline

LATE_RELEASE = "late-release"
LOTS = next(symbol for symbol, security in all_securities().items() if security.kind == "sme" and security.lot > 1)
MORNING = datetime(2026, 11, 18, 10, 30, tzinfo=IST)


@pytest.fixture
def exchange(clock: HandClock) -> Exchange:
    return Exchange(clock, tempo=Tempo(0, 0))


def account_of(exchange: Exchange, name: str = "asha") -> Account:
    return exchange.accounts.at_login("kite", name, "AA0000")


def ticket(quantity: int = 5, side: Side = Side.BUY, symbol: str = "ITC", price: int | None = None) -> Ticket:
    kind = OrderType.MARKET if price is None else OrderType.LIMIT
    return Ticket(symbol, side, quantity, kind, price, "CNC", tag="1")


def test_everything_of_the_list_is_traded_at_a_price_where_the_exchange_would_set_its_tick() -> None:
    steps = {1: (0, 250_00), 5: (250_00, 1_000_00), 10: (1_000_00, 5_000_00)}
    steps |= {50: (5_000_00, 10_000_00), 100: (10_000_00, 20_000_00), 500: (20_000_00, 10**9)}

    assert listed() == all_securities()
    for symbol, security in listed().items():
        lowest, highest = steps[security.tick]
        assert lowest < reference_price(symbol) < highest, symbol
        assert reference_price(symbol) % security.tick == 0, symbol


@given(symbol=st.sampled_from(sorted(listed())), minutes=st.integers(0, 400_000), seed=st.integers(0, 3))
def test_every_price_is_on_a_tick_and_within_the_band_of_its_day(symbol: str, minutes: int, seed: int) -> None:
    prices = Prices(seed)
    at = MORNING + timedelta(minutes=minutes)
    if at > datetime(2026, 12, 31, tzinfo=IST):
        at -= timedelta(days=365)

    price = prices.last(symbol, at)
    lower, upper = prices.band(symbol, at)
    day = prices.day(symbol, at)

    tick = listed()[symbol].tick
    assert price > 0
    assert price % tick == lower % tick == upper % tick == 0
    assert lower <= day.low <= price <= day.high <= upper


def test_the_same_seed_tells_the_same_prices_and_another_seed_others() -> None:
    first, same, other = Prices(1), Prices(1), Prices(2)
    moments = [MORNING + timedelta(minutes=5 * step) for step in range(20)]

    walk = [first.last("RELIANCE", at) for at in moments]

    assert walk == [same.last("RELIANCE", at) for at in moments]
    assert walk != [other.last("RELIANCE", at) for at in moments]
    assert len(set(walk)) > 10


def test_prices_stand_still_while_the_market_is_closed() -> None:
    prices = Prices(1)
    close = MORNING.replace(hour=15, minute=30)

    assert prices.last("TCS", close + timedelta(hours=1)) == prices.last("TCS", close + timedelta(hours=14))
    assert prices.previous_close("TCS", MORNING + timedelta(days=1)) == prices.last("TCS", close)


def test_events_run_in_the_order_of_their_moments_and_see_their_own_time(clock: HandClock) -> None:
    timeline = Timeline(clock)
    seen: list[tuple[str, datetime]] = []
    timeline.after(20, lambda: seen.append(("late", timeline.now())))
    timeline.after(10, lambda: timeline.after(5, lambda: seen.append(("added", timeline.now()))))

    clock.advance(60)
    timeline.catch_up()

    start = datetime(2026, 11, 18, 5, 0, tzinfo=UTC)
    assert seen == [("added", start + timedelta(seconds=15)), ("late", start + timedelta(seconds=20))]


def test_nothing_happens_while_the_clock_stands_still(clock: HandClock) -> None:
    exchange = Exchange(clock, tempo=Tempo(1.0, 1.0))
    order = exchange.submit(account_of(exchange), ticket())

    exchange.catch_up()

    assert (order.state, order.filled) == (State.VALIDATION_PENDING, 0)


def test_an_average_price_is_that_of_all_fills(exchange: Exchange, clock: HandClock) -> None:
    exchange.tempo = Tempo(1.0, 1.0)
    exchange.prices.pin("ITC", 400_00)
    order = exchange.submit(account_of(exchange), ticket(101))
    clock.advance(1.5)
    exchange.catch_up()
    exchange.prices.pin("ITC", 401_00)
    clock.advance(3)
    exchange.catch_up()

    assert [(trade.quantity, trade.price) for trade in order.trades] == [(40, 400_00), (61, 401_00)]
    assert order.average_price == Decimal("400.6040")


def test_a_limit_order_is_never_filled_at_a_worse_price(exchange: Exchange) -> None:
    exchange.prices.pin("ITC", 400_00)
    account = account_of(exchange)

    cheap = exchange.submit(account, ticket(5, price=405_00))
    exchange.prices.pin("ITC", 410_00)
    dear = exchange.submit(account, ticket(5, Side.SELL, price=405_00))

    assert [trade.price for trade in cheap.trades] == [400_00]
    assert [trade.price for trade in dear.trades] == [410_00]


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (ticket(symbol="NOSUCHSHARE"), Reason.SYMBOL),
        (ticket(0), Reason.QUANTITY),
        (ticket(10**6), Reason.FREEZE),
        (ticket(3, symbol=LOTS), Reason.QUANTITY),
        (ticket(price=400_01), Reason.TICK),
    ],
)
def test_some_orders_are_refused_before_they_exist(exchange: Exchange, asked: Ticket, reason: Reason) -> None:
    exchange.freeze_quantities["ITC"] = 100_000

    with pytest.raises(OrderRefused) as refused:
        exchange.submit(account_of(exchange), asked)

    assert refused.value.reason is reason
    assert exchange.ledger.orders == []


def test_two_open_sells_cannot_sell_the_same_shares(exchange: Exchange) -> None:
    exchange.prices.pin("ITC", 400_00)
    account = account_of(exchange)

    first = exchange.submit(account, ticket(300, Side.SELL, price=420_00))
    second = exchange.submit(account, ticket(300, Side.SELL, price=420_00))

    assert (first.state, second.state) == (State.OPEN, State.REJECTED)
    assert second.reason is Reason.HOLDINGS


def test_an_id_of_a_client_depends_on_the_name_alone(clock: HandClock) -> None:
    first, second = Exchange(clock), Exchange(clock)

    assert account_of(first).user_id == account_of(second).user_id


def test_order_ids_of_a_sandbox_that_starts_anew_do_not_repeat(clock: HandClock) -> None:
    first = Exchange(clock, tempo=Tempo(0, 0))
    before = [first.submit(account_of(first), ticket(1)).order_id for _ in range(5)]
    clock.advance(1)

    second = Exchange(clock, tempo=Tempo(0, 0))
    after = [second.submit(account_of(second), ticket(1)).order_id for _ in range(5)]

    assert len(set(before) | set(after)) == 10


@given(
    quantity=st.integers(0, 500),
    t1=st.integers(0, 500),
    bought=st.integers(0, 500),
    collateral=st.integers(0, 500),
    sold=st.integers(0, 1500),
)
def test_a_morning_neither_makes_nor_loses_shares(
    quantity: int, t1: int, bought: int, collateral: int, sold: int
) -> None:
    """H04."""
    used = min(sold, quantity + t1 + bought)
    held = Holding(listed()["ITC"], quantity=quantity, t1=t1, bought=bought, used=used, collateral=collateral)
    account = Account("kite", "AB1234", "asha", holdings={held.security.isin: held})

    account.roll()

    assert held.owned == quantity + t1 + bought + collateral - used
    assert min(held.quantity, held.t1) >= 0
    assert (held.bought, held.used, held.collateral) == (0, 0, collateral)
    assert (held.security.isin in account.holdings) == (held.owned > 0)


def test_each_late_release_is_told_a_minute_after_it(exchange: Exchange, clock: HandClock) -> None:
    """The minute of the first says nothing of what was released since, of the same security or of another one."""
    account = account_of(exchange, LATE_RELEASE)
    itc, tcs = account.holding("ITC"), account.holding("TCS")

    def told() -> tuple[int, int]:
        exchange.catch_up()
        return itc.authorised_told(exchange.now()), tcs.authorised_told(exchange.now())

    exchange.authorise(account, {"ITC": 10})
    clock.advance(40)
    exchange.authorise(account, {"ITC": 25, "TCS": 5})
    seen = [told()]
    for seconds in (20, 39, 1):
        clock.advance(seconds)
        seen.append(told())

    assert (itc.authorised, tcs.authorised) == (25, 5)
    assert seen == [(0, 0), (10, 0), (10, 0), (25, 5)]


def test_a_release_of_yesterday_tells_nothing_of_today(exchange: Exchange, clock: HandClock) -> None:
    account = account_of(exchange, LATE_RELEASE)
    exchange.time.set_now(MORNING.replace(hour=5, minute=59, second=50) + timedelta(days=1))
    exchange.authorise(account, {"ITC": 10})
    clock.advance(15)
    exchange.catch_up()
    exchange.authorise(account, {"ITC": 25})
    clock.advance(50)
    exchange.catch_up()

    assert account.holding("ITC").authorised_told(exchange.now()) == 0
