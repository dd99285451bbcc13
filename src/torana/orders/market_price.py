"""Market orders at brokers that take none: a limit a little beyond a price.

The investor confirms that limit and it is what is sent (`ConfirmedLine.worst_price`). `priced` is for orders that were
confirmed without one.
"""

from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from torana.connectors.contract import (
    BrokerError,
    Calls,
    Connector,
    MarketOrders,
    NotSent,
    OrderRequest,
    OrderRules,
    OrderType,
    RateLimited,
    Reason,
    Rejected,
    Session,
    SessionEnded,
    Side,
)
from torana.kit.money import Paise
from torana.market.securities import find
from torana.orders.pace import Pace


async def priced(
    connector: Connector, rules: OrderRules, session: Session, order: OrderRequest, pace: Pace
) -> OrderRequest:
    """The order as its broker takes it. Raises `NotSent` where there is no fresh price to protect it with, `Rejected`
    for a market order at a broker that takes none.

    A broker that finds us too fast at asking for prices is asked for none for as long as it says, whoever wants one.
    """
    if order.order_type is not OrderType.MARKET or rules.market is MarketOrders.PROTECTED:
        return order
    if rules.market is MarketOrders.NONE:
        raise Rejected("this broker takes no market orders", reason=Reason.INVALID_ORDER)
    security = find(order.instrument.symbol, order.instrument.exchange)
    if connector.quotes is None or security is None:
        raise NotSent("this broker takes no market orders, and nobody tells a price to make a limit of")
    await pace.turn(Calls.QUOTES)
    try:
        last = (await connector.quotes.prices(session, [order.instrument])).get(order.instrument)
    except SessionEnded:
        raise
    except RateLimited as limited:
        await pace.hold(Calls.QUOTES, limited)
        raise NotSent(f"no fresh price for a market order: {limited.message}") from None
    except BrokerError as error:
        raise NotSent(f"no fresh price for a market order: {error.message}") from None
    if last is None:
        raise NotSent("no fresh price for a market order")
    limit = limit_beyond(last, order.side, rules.market_percent, security.tick)
    return replace(order, order_type=OrderType.LIMIT, limit_price=limit)


def limit_beyond(last: Paise, side: Side, percent: Decimal, tick: Paise) -> Paise:
    """At most so many percent above the last price for a buy, below it for a sale; on a tick, and never zero."""
    part = percent / 100
    ticks = last * (1 + part if side is Side.BUY else 1 - part) / tick
    rounding = ROUND_FLOOR if side is Side.BUY else ROUND_CEILING
    return max(int(ticks.to_integral_value(rounding)), 1) * tick
