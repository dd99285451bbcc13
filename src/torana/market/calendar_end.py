"""What the market calendar does not know of the days to come: said before it matters."""

from datetime import date, timedelta

import structlog

from torana.kit.clock import IST, Clock
from torana.kit.metrics import CALENDAR_DAYS
from torana.market.calendar import Calendar, current

log = structlog.get_logger(__name__)


def warnings(calendar: Calendar, today: date, days: int) -> list[str]:
    """One sentence for the calendar's end and for each session without hours within so many days of today."""
    said = []
    left = (calendar.known_until - today).days
    if left < days:
        end = (
            f"ends on {_day(calendar.known_until)}, in {left} days"
            if left >= 0
            else (f"ended on {_day(calendar.known_until)}")
        )
        said.append(f"The market calendar {end}: it knows no holidays after that, and weekdays count as trading days.")
    horizon = today + timedelta(days=days)
    unannounced = sorted(day for day, hours in calendar.sessions.items() if hours is None and today <= day < horizon)
    return said + [
        f"The hours of the special session on {_day(day)} are not known: that day counts as closed."
        for day in unannounced
    ]


def today_of(clock: Clock) -> date:
    """The day in India."""
    return clock.now().astimezone(IST).date()


def watch(clock: Clock, days: int) -> None:
    """Log what is to be warned of, and keep the metric of this process at the days that are left."""
    for warning in warnings(current(), today_of(clock), days):
        log.warning("market.calendar", text=warning, remedy="name a file in TORANA_CALENDAR_FILE")
    CALENDAR_DAYS.set_function(lambda: (current().known_until - today_of(clock)).days)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
