"""Invented prices. A price is a pure function of seed, symbol and moment: a walk that needs no state and can be asked
about any day, backwards too. No figure in here is a quotation of a real exchange."""

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from zlib import crc32

from torana.kit.clock import IST
from torana.kit.money import Paise
from torana.market import calendar
from torana.market.securities import Security, all_securities

BAND_PER_MILLE = 100
"""How far a price may go from the last close, in thousandths."""

_SPANS: Mapping[Paise, tuple[Paise, Paise]] = {
    1: (10_00, 250_00),
    5: (250_00, 1_000_00),
    10: (1_000_00, 5_000_00),
    50: (5_000_00, 10_000_00),
    100: (10_000_00, 20_000_00),
    500: (20_000_00, 1_00_000_00),
}
"""The prices, paise, at which the exchange sets each tick (rule since April 2025); the outer ends are ours."""

_WAVES = ((30 * 86400.0, 0.06), (5400.0, 0.012), (600.0, 0.004), (45.0, 0.0012))
"""Period in seconds and height of each wave that a walk is the sum of."""


@dataclass(frozen=True, slots=True)
class Day:
    """The prices of one security in one session, paise."""

    open: Paise
    high: Paise
    low: Paise
    close: Paise
    """The close of the session before."""
    lower_band: Paise
    upper_band: Paise


def listed() -> Mapping[str, Security]:
    """What the simulated exchange trades, by symbol: everything that the gateway knows."""
    return all_securities()


@cache
def reference_price(symbol: str) -> Paise:
    """The price around which a security walks, paise: one at which the exchange would set its tick. Raises `KeyError`
    when it is not listed."""
    if symbol in _references():
        return _references()[symbol]
    tick = listed()[symbol].tick
    lowest, highest = _SPANS[tick]
    part = (crc32(symbol.encode()) % 1000 + 1) / 1002
    return int(lowest * math.pow(highest / lowest, part) / tick) * tick


@cache
def _references() -> Mapping[str, Paise]:
    """Prices for well-known shares; the others get one from their symbol."""
    text = files("torana.sandbox").joinpath("data", "reference-prices.csv").read_text(encoding="utf-8")
    return {row["symbol"]: int(row["price_paise"]) for row in csv.DictReader(text.splitlines())}


class Prices:
    """Prices in paise. `pin` holds one where a test wants it."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._pinned: dict[str, Paise] = {}

    def pin(self, symbol: str, price: Paise | None) -> None:
        """Hold the price of a security (None: let it go)."""
        if price is None:
            self._pinned.pop(symbol, None)
        else:
            self._pinned[symbol] = price

    def release(self) -> None:
        """Let all prices go."""
        self._pinned.clear()

    def last(self, symbol: str, at: datetime) -> Paise:
        """The last traded price: between sessions that of the last close. Raises `KeyError` if it is not listed."""
        if symbol in self._pinned:
            return self._pinned[symbol]
        return self._walk(symbol, _trading_moment(at))

    def previous_close(self, symbol: str, at: datetime) -> Paise:
        return self._walk(symbol, _close_before(_trading_moment(at).astimezone(IST).date()))

    def band(self, symbol: str, at: datetime) -> tuple[Paise, Paise]:
        """The lowest and the highest price at which an order is taken that day, both on a tick."""
        tick = listed()[symbol].tick
        close = self.previous_close(symbol, at)
        lower = -(-close * (1000 - BAND_PER_MILLE) // (1000 * tick)) * tick
        upper = close * (1000 + BAND_PER_MILLE) // (1000 * tick) * tick
        return lower, upper

    def day(self, symbol: str, at: datetime) -> Day:
        moment = _trading_moment(at)
        hours = calendar.current().session(moment.astimezone(IST).date())
        opening = datetime.combine(moment.astimezone(IST).date(), hours.open, IST) if hours else moment
        span = (moment - opening) / 12
        seen = [self._walk(symbol, opening + span * part) for part in range(13)]
        lower, upper = self.band(symbol, at)
        last = self.last(symbol, at)
        return Day(
            seen[0],
            max(*seen, last),
            min(*seen, last),
            self.previous_close(symbol, at),
            lower_band=lower,
            upper_band=upper,
        )

    def _walk(self, symbol: str, at: datetime) -> Paise:
        seconds = at.timestamp()
        height = sum(size * _wave(self._seed, symbol, seconds / period) for period, size in _WAVES)
        tick = listed()[symbol].tick
        return max(round(reference_price(symbol) * (1 + height) / tick), 1) * tick


def _wave(seed: int, symbol: str, position: float) -> float:
    """Smooth noise in -1 … 1."""
    left = int(position // 1)
    part = position - left
    blend = part * part * (3 - 2 * part)
    start, end = _noise(seed, symbol, left), _noise(seed, symbol, left + 1)
    return start + (end - start) * blend


@lru_cache(maxsize=20_000)
def _noise(seed: int, symbol: str, point: int) -> float:
    return crc32(f"{seed}/{symbol}/{point}/{point % 7}".encode()) / 2**31 - 1


def _trading_moment(at: datetime) -> datetime:
    """The moment itself during a session, else the end of the last session before it."""
    if calendar.phase(at) is calendar.Phase.OPEN:
        return at
    day = at.astimezone(IST).date()
    hours = calendar.current().session(day)
    if hours is not None and at.astimezone(IST).time() >= hours.close:
        return datetime.combine(day, hours.close, IST)
    return _close_before(day)


@lru_cache(maxsize=100)
def _close_before(day: date) -> datetime:
    known = calendar.current()
    for back in range(1, 15):
        hours = known.session(day - timedelta(days=back))
        if hours is not None:
            return datetime.combine(day - timedelta(days=back), hours.close, IST).astimezone(UTC)
    return datetime.combine(day, known.hours.open, IST).astimezone(UTC)
