"""Moments of the market that somebody wants to be at: the next one of each kind. Time only goes forward to them, so
that what waits in the exchange happens in its order."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum

from torana.kit.clock import IST
from torana.market import calendar
from torana.market.calendar import Hours, Phase

_LOOK_AHEAD_DAYS = 60
_TRADING = time(10, 30)
_DAY_OFF = time(11, 0)
_AFTER_CLOSE = timedelta(minutes=5)
"""Closed, and too early for after-market orders."""
_EVENING = timedelta(hours=2, minutes=30)
"""After the close: after-market orders are taken."""
_BEFORE_OPENING = timedelta(seconds=10)


class Moment(StrEnum):
    OPEN = "open"
    OPENING = "opening"
    CLOSED = "closed"
    AFTER_MARKET = "after_market"
    HOLIDAY = "holiday"


MOMENT_NOTES: dict[Moment, str] = {
    Moment.OPEN: "10:30 on a trading day, unless the market is open",
    Moment.OPENING: "ten seconds before the next opening",
    Moment.CLOSED: "five minutes after the close: no order is taken",
    Moment.AFTER_MARKET: "two and a half hours after the close: after-market orders are taken",
    Moment.HOLIDAY: "11:00 on the next day without trading",
}


def next_of(moment: Moment, now: datetime) -> datetime:
    """When that is next, in UTC. Raises `ValueError` when the market calendar has none in two months."""
    if moment is Moment.OPEN and calendar.phase(now) is Phase.OPEN:
        return now
    known, today = calendar.current(), now.astimezone(IST).date()
    for ahead in range(_LOOK_AHEAD_DAYS):
        day = today + timedelta(days=ahead)
        at = _TIMES[moment](known.session(day), datetime.combine(day, time(), IST))
        if at is not None and at > now:
            return at.astimezone(UTC)
    raise ValueError("the market calendar knows no such moment")


def _on(midnight: datetime, wall: time) -> datetime:
    return midnight.replace(hour=wall.hour, minute=wall.minute)


def _in_session(hours: Hours | None, midnight: datetime) -> datetime | None:
    """A special session may have other hours than usual: then a minute after its opening."""
    if hours is None:
        return None
    usual = hours.open <= _TRADING < hours.close
    return _on(midnight, _TRADING) if usual else _on(midnight, hours.open) + timedelta(minutes=1)


def _before_opening(hours: Hours | None, midnight: datetime) -> datetime | None:
    return None if hours is None else _on(midnight, hours.open) - _BEFORE_OPENING


def _after_close(hours: Hours | None, midnight: datetime) -> datetime | None:
    return None if hours is None else _on(midnight, hours.close) + _AFTER_CLOSE


def _evening(hours: Hours | None, midnight: datetime) -> datetime | None:
    return None if hours is None else _on(midnight, hours.close) + _EVENING


def _day_off(hours: Hours | None, midnight: datetime) -> datetime | None:
    return _on(midnight, _DAY_OFF) if hours is None else None


_TIMES: dict[Moment, Callable[[Hours | None, datetime], datetime | None]] = {
    Moment.OPEN: _in_session,
    Moment.OPENING: _before_opening,
    Moment.CLOSED: _after_close,
    Moment.AFTER_MARKET: _evening,
    Moment.HOLIDAY: _day_off,
}
