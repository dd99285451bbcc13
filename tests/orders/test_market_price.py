"""Market orders at a broker that takes limits only: how far from the last price they may go."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.connectors.replay import LIMIT_SELL, MARKET_BUY, SESSION
from torana.connectors.contract import (
    Connector,
    Instrument,
    MarketOrders,
    NotSent,
    OrderRules,
    OrderType,
    Session,
    SessionEnded,
    Side,
    TagRule,
    Unknown,
)
from torana.kit.money import Paise
from torana.orders.market_price import limit_beyond, priced

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
    sent = await priced(broker(Quotes({"INFY": 1500_00})), RULES, SESSION, MARKET_BUY)

    assert (sent.order_type, sent.limit_price) == (OrderType.LIMIT, 1507_50)
    assert (sent.tag, sent.quantity) == (MARKET_BUY.tag, MARKET_BUY.quantity)


@pytest.mark.parametrize("market", [one for one in MarketOrders if one is not MarketOrders.AS_LIMIT])
async def test_other_brokers_get_their_market_orders_as_they_are(market: MarketOrders) -> None:
    assert await priced(broker(None), replace(RULES, market=market), SESSION, MARKET_BUY) is MARKET_BUY


async def test_a_limit_stays_what_the_investor_said() -> None:
    assert await priced(broker(None), RULES, SESSION, LIMIT_SELL) is LIMIT_SELL


@pytest.mark.parametrize("answer", [{}, Unknown("lost"), NotSent("away"), None])
async def test_without_a_fresh_price_nothing_is_sent(answer: Any) -> None:
    with pytest.raises(NotSent) as caught:
        await priced(broker(answer if answer is None else Quotes(answer)), RULES, SESSION, MARKET_BUY)

    assert type(caught.value) is NotSent


async def test_a_login_that_is_over_is_told_as_that() -> None:
    with pytest.raises(SessionEnded):
        await priced(broker(Quotes(SessionEnded("over"))), RULES, SESSION, MARKET_BUY)
