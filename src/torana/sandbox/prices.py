"""Invented prices. A price is a pure function of seed, security and moment: a walk that needs no state and can be asked
about any day, backwards too. No figure in here is a quotation of a real exchange. A share that both exchanges list
walks on the BSE as on the NSE, but for the quickest wave: the prices differ by a few ticks."""

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
from torana.market.models import Security
from torana.sandbox.securities import NSE, Named, by_isin, name_of, named

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


@cache
def reference_price(name: Named) -> Paise:
    """The price around which a security walks, paise: one at which the NSE would set its tick, and the BSE's tick below
    that for the same share there. Raises `KeyError` when it is not listed."""
    security = named(name)
    tick, leads = security.tick, _leading(security)
    if leads is not security:
        return int(reference_price(leads) / tick) * tick
    if security.exchange == NSE and security.symbol in _references():
        return _references()[security.symbol]
    lowest, highest = _SPANS[tick]
    part = (crc32(name_of(security).encode()) % 1000 + 1) / 1002
    return int(lowest * math.pow(highest / lowest, part) / tick) * tick


def _leading(security: Security) -> Security:
    """The listing whose price the others of its ISIN follow: the NSE's."""
    return by_isin(security.isin, NSE) or security if security.exchange != NSE else security


@cache
def _references() -> Mapping[str, Paise]:
    """Prices for well-known shares; the others get one from their symbol."""
    text = files("torana.sandbox").joinpath("data", "reference-prices.csv").read_text(encoding="utf-8")
    return {row["symbol"]: int(row["price_paise"]) for row in csv.DictReader(text.splitlines())}


class Prices:
    """Prices in paise. `pin` holds one where a test wants it."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._pinned: dict[Security, Paise] = {}

    def pin(self, name: Named, price: Paise | None) -> None:
        """Hold the price of a security (None: let it go). Raises `KeyError` when it is not listed."""
        if price is None:
            self._pinned.pop(named(name), None)
        else:
            self._pinned[named(name)] = price

    def release(self) -> None:
        """Let all prices go."""
        self._pinned.clear()

    def last(self, name: Named, at: datetime) -> Paise:
        """The last traded price: between sessions that of the last close. Raises `KeyError` if it is not listed."""
        security = named(name)
        if security in self._pinned:
            return self._pinned[security]
        return self._walk(security, _trading_moment(at))

    def previous_close(self, name: Named, at: datetime) -> Paise:
        return self._walk(named(name), _close_before(_trading_moment(at).astimezone(IST).date()))

    def closes(self, name: Named, since: date, now: datetime) -> list[tuple[date, Paise]]:
        """The last price of every session from one day on that has ended. Raises `KeyError` if it is not listed."""
        security, known = named(name), calendar.current()
        days = [since + timedelta(days=ahead) for ahead in range((now.astimezone(IST).date() - since).days + 1)]
        closed = [(day, datetime.combine(day, hours.close, IST)) for day in days if (hours := known.session(day))]
        return [(day, self._walk(security, at)) for day, at in closed if at <= now]

    def band(self, name: Named, at: datetime) -> tuple[Paise, Paise]:
        """The lowest and the highest price at which an order is taken that day, both on a tick."""
        tick = named(name).tick
        close = self.previous_close(name, at)
        lower = -(-close * (1000 - BAND_PER_MILLE) // (1000 * tick)) * tick
        upper = close * (1000 + BAND_PER_MILLE) // (1000 * tick) * tick
        return lower, upper

    def day(self, name: Named, at: datetime) -> Day:
        security, moment = named(name), _trading_moment(at)
        hours = calendar.current().session(moment.astimezone(IST).date())
        opening = datetime.combine(moment.astimezone(IST).date(), hours.open, IST) if hours else moment
        span = (moment - opening) / 12
        seen = [self._walk(security, opening + span * part) for part in range(13)]
        lower, upper = self.band(security, at)
        last = self.last(security, at)
        return Day(
            seen[0],
            max(*seen, last),
            min(*seen, last),
            self.previous_close(security, at),
            lower_band=lower,
            upper_band=upper,
        )

    def _walk(self, security: Security, at: datetime) -> Paise:
        seconds = at.timestamp()
        ways = [name_of(_leading(security))] * (len(_WAVES) - 1) + [name_of(security)]
        height = sum(
            size * _wave(self._seed, way, seconds / period) for way, (period, size) in zip(ways, _WAVES, strict=True)
        )
        return max(round(reference_price(security) * (1 + height) / security.tick), 1) * security.tick


def _wave(seed: int, way: str, position: float) -> float:
    """Smooth noise in -1 … 1."""
    left = int(position // 1)
    part = position - left
    blend = part * part * (3 - 2 * part)
    start, end = _noise(seed, way, left), _noise(seed, way, left + 1)
    return start + (end - start) * blend


@lru_cache(maxsize=20_000)
def _noise(seed: int, way: str, point: int) -> float:
    return crc32(f"{seed}/{way}/{point}/{point % 7}".encode()) / 2**31 - 1


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
