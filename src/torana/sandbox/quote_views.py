"""Quotes as brokers show them: the market in one security now, in rupees. Depth and volumes are for the dialects."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from torana.kit.money import Paise, rupees
from torana.market.models import Security
from torana.sandbox.exchange import Exchange
from torana.sandbox.prices import Day


@dataclass(frozen=True, slots=True)
class QuoteView:
    security: Security
    at: datetime
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


def quote(exchange: Exchange, security: Security) -> QuoteView:
    now = exchange.now()
    return QuoteView(security, now, exchange.last_price(security), exchange.prices.day(security, now))
