"""On which days instalments fall. Pure: days are those of India, the trading days are the calendar's."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType

from torana.baskets.models import Frequency, Plan
from torana.market.calendar import first_trading_day, trading_of

_WEEKS: Mapping[Frequency, timedelta] = MappingProxyType(
    {Frequency.WEEKLY: timedelta(weeks=1), Frequency.FORTNIGHTLY: timedelta(weeks=2)}
)
_MONTHS: Mapping[Frequency, int] = MappingProxyType({Frequency.MONTHLY: 1, Frequency.QUARTERLY: 3})


def planned_day(first: date, frequency: Frequency, number: int) -> date:
    """Of the `number`th instalment after the first one. In a month without that day it is the last one: counted from
    the first day each time, a plan of the 31st comes back to it."""
    if frequency in _WEEKS:
        return first + number * _WEEKS[frequency]
    months = first.year * 12 + first.month - 1 + number * _MONTHS[frequency]
    year, month = divmod(months, 12)
    return date(year, month + 1, min(first.day, monthrange(year, month + 1)[1]))


def next_day(plan: Plan) -> date:
    """For which the next instalment is planned."""
    return planned_day(plan.first_day, plan.frequency, plan.number)


def missed_at(plan: Plan) -> datetime:
    """When an instalment that is due now is missed: the next one comes due. UTC."""
    return due_at(next_day(plan))


def due_day(planned: date) -> date:
    """On which an instalment comes due: a day without trading moves it to the next one with."""
    return first_trading_day(planned)


def due_at(planned: date) -> datetime:
    """When, in UTC: at the opening of that day."""
    return trading_of(due_day(planned))[0]


def due_days(plan: Plan, now: datetime) -> list[date]:
    """The planned days of all instalments that have come due by now, the oldest first."""
    found, number = [], plan.number
    while due_at(day := planned_day(plan.first_day, plan.frequency, number)) <= now:
        found.append(day)
        number += 1
    return found
