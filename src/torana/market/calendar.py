"""When the market trades. Wall times are IST; moments are aware and come back in UTC.

The calendar says what it does not know (`Calendar.knows`). Outside the years of its data every weekday has the usual
hours. A special session whose hours are announced by circular counts as closed until an operator adds them, with a file
named by the environment variable `TORANA_CALENDAR_FILE`.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from torana.kit.clock import IST
from torana.kit.errors import ConfigurationError

_SATURDAY = 5
_LOOK_AHEAD_DAYS = 30


class Phase(StrEnum):
    PRE_OPEN = "PRE_OPEN"
    OPEN = "OPEN"
    CLOSING = "CLOSING"
    """The exchange's closing session, at the closing price. No order of ours is for it: it is closed to investors."""
    CLOSED = "CLOSED"
    UNKNOWN = "UNKNOWN"
    """Nobody could tell the exchange's time. A calendar never says this."""

    @property
    def takes_orders(self) -> bool:
        """Whether a regular order can be placed."""
        return self in (Phase.PRE_OPEN, Phase.OPEN)


@dataclass(frozen=True, slots=True)
class Hours:
    """Wall times of one session."""

    pre_open: time
    open: time
    close: time


@dataclass(frozen=True, slots=True)
class ClosingSession:
    """Wall times of the session after the close, on days with the usual hours."""

    since: date
    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Calendar:
    """The trading days and hours of one exchange, and the usual window for after-market orders."""

    known_from: date
    known_until: date
    hours: Hours
    amo_from: time
    amo_until: time
    holidays: frozenset[date]
    sessions: Mapping[date, Hours | None]
    """Special sessions; None where the hours are not known."""
    closing: ClosingSession

    def knows(self, day: date) -> bool:
        return self.known_from <= day <= self.known_until and self.sessions.get(day, self.hours) is not None

    def session(self, day: date) -> Hours | None:
        """The hours of that day, the usual ones where the calendar does not reach; None when there is no trading, or
        a session whose hours nobody has announced."""
        if day in self.sessions:
            return self.sessions[day]
        return None if day.weekday() >= _SATURDAY or day in self.holidays else self.hours

    def phase(self, at: datetime) -> Phase:
        wall = at.astimezone(IST)
        hours = self.session(wall.date())
        if hours is None:
            return Phase.CLOSED
        if hours.pre_open <= wall.time() < hours.close:
            return Phase.PRE_OPEN if wall.time() < hours.open else Phase.OPEN
        closing = self.closing
        usual = hours == self.hours and wall.date() >= closing.since
        return Phase.CLOSING if usual and closing.start <= wall.time() < closing.end else Phase.CLOSED

    def next_open(self, at: datetime) -> datetime | None:
        """The first opening after this moment whose hour is known."""
        day = at.astimezone(IST).date()
        for ahead in range(_LOOK_AHEAD_DAYS):
            hours = self.session(day + timedelta(days=ahead))
            if hours is not None:
                opening = datetime.combine(day + timedelta(days=ahead), hours.open, IST)
                if opening > at:
                    return opening.astimezone(UTC)
        return None

    def amo_open(self, at: datetime) -> bool:
        """Whether brokers usually take after-market orders: evening, night, and all of a day without trading."""
        pause = self._amo_pause(at)
        return pause is None or not pause[0] <= at < pause[1]

    def amo_opens(self, at: datetime) -> datetime | None:
        """When brokers usually begin to take after-market orders, in UTC; None when they do so now."""
        pause = self._amo_pause(at)
        return pause[1].astimezone(UTC) if pause is not None and pause[0] <= at < pause[1] else None

    def _amo_pause(self, at: datetime) -> tuple[datetime, datetime] | None:
        """From when to when brokers take none that day: as long before its session and after it as on a usual day."""
        day = at.astimezone(IST).date()
        hours = self.session(day)
        if hours is None:
            return None

        def on(wall: time) -> datetime:
            return datetime.combine(day, wall, IST)

        before = on(self.hours.pre_open) - on(self.amo_until)
        after = on(self.amo_from) - on(self.hours.close)
        return on(hours.pre_open) - before, on(hours.close) + after


def phase(at: datetime) -> Phase:
    """What the market is doing at this moment."""
    return current().phase(at)


def next_open(at: datetime) -> datetime | None:
    """The first opening after this moment, in UTC. None when an operator's calendar has none within a month."""
    return current().next_open(at)


def amo_open(at: datetime) -> bool:
    """Whether brokers usually take after-market orders at this moment. The broker's own answer is the truth."""
    return current().amo_open(at)


def amo_opens(at: datetime) -> datetime | None:
    """When brokers usually begin to take after-market orders, in UTC; None when they do so now."""
    return current().amo_opens(at)


def session_end(at: datetime, wall: str) -> datetime:
    """The next moment, in UTC, at which clocks in India show `HH:MM`: when a broker ends the tokens of the day."""
    local = at.astimezone(IST)
    end = datetime.combine(local.date(), _time(wall), IST)
    return (end if end > local else end + timedelta(days=1)).astimezone(UTC)


def book_day(at: datetime, *, after_market: bool) -> date:
    """The day, in India, of the broker's book in which an order placed at this moment lives: today's, or for an
    after-market order that of the next opening."""
    opening = next_open(at) if after_market else None
    if after_market and opening is None:
        return at.astimezone(IST).date() + timedelta(days=1)
    return (opening or at).astimezone(IST).date()


def book_ends(day: date, kept_until: str) -> datetime:
    """From when on the broker's book of that day may be cleared, in UTC: the first time after the opening of that day
    at which clocks in India show `HH:MM`."""
    wall = _time(kept_until)
    ahead = timedelta(days=1) if wall < current().hours.open else timedelta()
    return datetime.combine(day + ahead, wall, IST).astimezone(UTC)


def first_trading_day(day: date) -> date:
    """That day, or the next one with a session whose hours are known. Raises `LookupError` where an operator's calendar
    has none within a month."""
    for ahead in range(_LOOK_AHEAD_DAYS):
        found = day + timedelta(days=ahead)
        if current().session(found) is not None:
            return found
    raise LookupError(f"the market calendar has no session within {_LOOK_AHEAD_DAYS} days from {day}")


def session_before(day: date) -> date:
    """The last day before this one with a session whose hours are known. Raises `LookupError` where an operator's
    calendar has none within a month."""
    for back in range(1, _LOOK_AHEAD_DAYS):
        found = day - timedelta(days=back)
        if current().session(found) is not None:
            return found
    raise LookupError(f"the market calendar has no session within {_LOOK_AHEAD_DAYS} days before {day}")


def trading_of(day: date) -> tuple[datetime, datetime]:
    """Opening and close of that day's session in UTC; the usual ones where there is none."""
    hours = current().session(day) or current().hours
    opening, close = (datetime.combine(day, wall, IST).astimezone(UTC) for wall in (hours.open, hours.close))
    return opening, close


@cache
def current() -> Calendar:
    """The calendar of this process: the packaged one, corrected by the operator's file if there is one."""
    override = os.environ.get("TORANA_CALENDAR_FILE")
    return load(Path(override) if override else None)


def load(override: Path | None = None) -> Calendar:
    """Raises `ConfigurationError` when the operator's file cannot be used."""
    packaged = tomllib.loads(files("torana.market").joinpath("data", "nse-calendar.toml").read_text(encoding="utf-8"))
    if override is None:
        return _calendar(packaged)
    try:
        return _calendar(_merged(packaged, tomllib.loads(override.read_text(encoding="utf-8"))))
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ConfigurationError(f"cannot use the market calendar {override}: {error}") from None


def _merged(packaged: dict[str, Any], override: dict[str, Any]) -> dict[str, Any]:
    merged = packaged | {key: override[key] for key in ("known_from", "known_until") if key in override}
    for table in ("hours", "amo", "closing", "holidays"):
        merged[table] = packaged[table] | override.get(table, {})
    for day in override.get("open", []):
        merged["holidays"].pop(day.isoformat(), None)
    merged["sessions"] = packaged["sessions"] + override.get("sessions", [])
    return merged


def _calendar(data: dict[str, Any]) -> Calendar:
    usual = {name: _time(wall) for name, wall in data["hours"].items()}
    return Calendar(
        known_from=data["known_from"],
        known_until=data["known_until"],
        hours=Hours(**usual),
        amo_from=_time(data["amo"]["from"]),
        amo_until=_time(data["amo"]["until"]),
        holidays=frozenset(date.fromisoformat(day) for day in data["holidays"]),
        sessions={
            session["date"]: Hours(**{name: _time(session[name]) if name in session else usual[name] for name in usual})
            if session.get("hours_known", True)
            else None
            for session in data["sessions"]
        },
        closing=ClosingSession(
            since=data["closing"]["since"],
            start=_time(data["closing"]["from"]),
            end=_time(data["closing"]["until"]),
        ),
    )


def _time(wall: str) -> time:
    return datetime.strptime(wall, "%H:%M").replace(tzinfo=UTC).time()
