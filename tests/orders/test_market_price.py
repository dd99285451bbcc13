"""Market orders at a broker that takes limits only: how far from the last price they may go."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast
from uuid import uuid4

import pytest

from tests.brokers import UNPACED
from tests.connectors.replay import LIMIT_SELL, MARKET_BUY, SESSION
from tests.support.brokers import LIMIT_BROKER
from torana.connectors.contract import (
    Calls,
    Connector,
    Instrument,
    MarketOrders,
    NotSent,
    OrderRules,
    OrderType,
    RateLimited,
    Reason,
    Rejected,
    Session,
    SessionEnded,
    Side,
    TagRule,
    Unknown,
)
from torana.connectors.registry import BROKERS
from torana.kit.database import Database
from torana.kit.money import Paise
from torana.orders.market_price import limit_beyond, priced
from torana.orders.pace import Pace, take
from torana.partners.models import Mode

RULES = OrderRules(
    tag=TagRule(20), book_kept_until="16:00", market=MarketOrders.AS_LIMIT, market_percent=Decimal("0.5")
)


class Quotes:
    def __init__(self, answer: Mapping[str, Paise] | BaseException) -> None:
        self.answer = answer

    async def prices(self, session: Session, instruments: Sequence[Instrument]) -> Mapping[Instrument, Paise]:
        assert session is SESSION
        if isinstance(self.answer, BaseException):
            raise self.answer
        return {one: self.answer[one.symbol] for one in instruments if one.symbol in self.answer}


def broker(quotes: Quotes | None) -> Connector:
    return cast(Connector, SimpleNamespace(quotes=quotes))


@pytest.mark.parametrize(
    ("last", "side", "percent", "tick", "limit"),
    [
        (100_00, Side.BUY, "1", 5, 101_00),
        (100_00, Side.SELL, "1", 5, 99_00),
        (151_235, Side.BUY, "0.5", 10, 151_990),
        (151_235, Side.SELL, "0.5", 10, 150_480),
        (151_235, Side.BUY, "0.5", 5, 151_990),
        (5, Side.SELL, "2", 5, 5),
        (5, Side.BUY, "2", 5, 5),
        (1, Side.BUY, "1", 5, 5),
    ],
)
def test_a_limit_is_on_a_tick_and_never_further_than_said(
    last: Paise, side: Side, percent: str, tick: Paise, limit: Paise
) -> None:
    assert limit_beyond(last, side, Decimal(percent), tick) == limit


async def test_a_market_order_goes_as_a_limit_near_a_fresh_price() -> None:
    sent = await priced(broker(Quotes({"INFY": 1500_00})), RULES, SESSION, MARKET_BUY, UNPACED)

    assert (sent.order_type, sent.limit_price) == (OrderType.LIMIT, 1507_50)
    assert (sent.tag, sent.quantity) == (MARKET_BUY.tag, MARKET_BUY.quantity)


async def test_a_broker_that_protects_market_orders_gets_them_as_they_are() -> None:
    rules = replace(RULES, market=MarketOrders.PROTECTED)

    assert await priced(broker(None), rules, SESSION, MARKET_BUY, UNPACED) is MARKET_BUY


async def test_a_broker_that_takes_no_market_orders_gets_none() -> None:
    with pytest.raises(Rejected) as caught:
        await priced(broker(None), replace(RULES, market=MarketOrders.NONE), SESSION, MARKET_BUY, UNPACED)

    assert caught.value.reason is Reason.INVALID_ORDER


async def test_a_limit_stays_what_the_investor_said() -> None:
    assert await priced(broker(None), RULES, SESSION, LIMIT_SELL, UNPACED) is LIMIT_SELL


@pytest.mark.parametrize("answer", [{}, Unknown("lost"), NotSent("away"), None])
async def test_without_a_fresh_price_nothing_is_sent(answer: Any) -> None:
    with pytest.raises(NotSent) as caught:
        await priced(broker(answer if answer is None else Quotes(answer)), RULES, SESSION, MARKET_BUY, UNPACED)

    assert type(caught.value) is NotSent


async def test_a_broker_that_is_too_fast_for_prices_is_asked_for_none_by_any_worker(database: Database) -> None:
    """K08: nothing is sent, and the wait that the broker names is everybody's."""
    pace = Pace(database, Mode.TEST, BROKERS[LIMIT_BROKER], f"AB{uuid4().hex[:8]}")

    with pytest.raises(NotSent) as caught:
        await priced(broker(Quotes(RateLimited("slowly", retry_after=30.0))), RULES, SESSION, MARKET_BUY, pace)

    quotes = await take(database, pace.account(Calls.QUOTES), 1)
    orders = await take(database, pace.account(Calls.ORDERS), 1)
    assert type(caught.value) is NotSent
    assert (quotes.count, orders.count) == (0, 1)
    assert quotes.wait is not None
    assert 25 < quotes.wait <= 30


async def test_a_login_that_is_over_is_told_as_that() -> None:
    with pytest.raises(SessionEnded):
        await priced(broker(Quotes(SessionEnded("over"))), RULES, SESSION, MARKET_BUY, UNPACED)
