"""The market's hours, and what the calendar does not know."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from torana.kit.clock import IST
from torana.kit.errors import ConfigurationError
from torana.market import calendar
from torana.market.calendar import Phase
from torana.market.calendar_end import warnings


def ist(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=IST)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-18 08:59:59", Phase.CLOSED),
        ("2026-11-18 09:00:00", Phase.PRE_OPEN),
        ("2026-11-18 09:14:59", Phase.PRE_OPEN),
        ("2026-11-18 09:15:00", Phase.OPEN),
        ("2026-11-18 15:29:59", Phase.OPEN),
        ("2026-11-18 15:30:00", Phase.CLOSED),
        ("2026-11-18 15:39:59", Phase.CLOSED),
        ("2026-11-18 15:40:00", Phase.CLOSING),
        ("2026-11-18 15:59:59", Phase.CLOSING),
        ("2026-11-18 16:00:00", Phase.CLOSED),
        ("2026-08-03 15:45:00", Phase.CLOSING),
        ("2026-07-31 15:45:00", Phase.CLOSED),
        ("2026-11-22 15:45:00", Phase.CLOSED),
        ("2026-11-24 15:45:00", Phase.CLOSED),
        ("2026-11-22 10:30:00", Phase.CLOSED),
        ("2026-11-24 10:30:00", Phase.CLOSED),
        ("2026-02-01 10:30:00", Phase.OPEN),
        ("2026-11-08 11:00:00", Phase.CLOSED),
        ("2026-11-08 18:30:00", Phase.CLOSED),
        ("2025-10-21 13:45:00", Phase.CLOSED),
        ("2026-12-31 10:30:00", Phase.OPEN),
        ("2027-01-01 08:00:00", Phase.CLOSED),
        ("2027-01-01 09:05:00", Phase.PRE_OPEN),
        ("2027-01-01 10:30:00", Phase.OPEN),
        ("2027-01-01 15:45:00", Phase.CLOSING),
        ("2027-01-01 20:00:00", Phase.CLOSED),
        ("2027-01-02 10:30:00", Phase.CLOSED),
        ("2024-12-31 10:30:00", Phase.OPEN),
    ],
)
def test_the_phase_of_the_market_at_a_moment(at: str, expected: Phase) -> None:
    assert calendar.phase(ist(at)) == expected


def test_the_phase_does_not_depend_on_the_zone_of_the_moment() -> None:
    assert calendar.phase(datetime(2026, 11, 18, 3, 45, tzinfo=UTC)) == Phase.OPEN


@pytest.mark.parametrize(
    ("at", "opening"),
    [
        ("2026-11-18 09:14:59", "2026-11-18 09:15"),
        ("2026-11-18 09:15:00", "2026-11-19 09:15"),
        ("2026-11-20 16:00:00", "2026-11-23 09:15"),
        ("2026-11-23 16:00:00", "2026-11-25 09:15"),
        ("2026-11-06 16:00:00", "2026-11-09 09:15"),
        ("2026-01-31 10:00:00", "2026-02-01 09:15"),
    ],
)
def test_the_next_opening_skips_weekends_holidays_and_days_without_known_hours(at: str, opening: str) -> None:
    assert calendar.next_open(ist(at)) == ist(opening)


@pytest.mark.parametrize(
    ("at", "opening"),
    [
        ("2026-12-31 10:00:00", "2027-01-01 09:15"),
        ("2027-01-01 10:00:00", "2027-01-04 09:15"),
        ("2027-01-02 11:00:00", "2027-01-04 09:15"),
    ],
)
def test_beyond_the_known_years_weekdays_open_at_the_usual_time(at: str, opening: str) -> None:
    assert calendar.next_open(ist(at)) == ist(opening)


@pytest.mark.parametrize(
    ("day", "known"),
    [("2026-11-18", True), ("2026-12-31", True), ("2027-01-01", False), ("2026-11-08", False), ("2024-12-31", False)],
)
def test_the_calendar_says_what_it_does_not_know(day: str, known: bool) -> None:
    assert calendar.current().knows(date.fromisoformat(day)) is known


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2026-12-31 20:00:00", "2027-01-01"),
        ("2027-01-01 20:00:00", "2027-01-04"),
        ("2027-01-02 11:00:00", "2027-01-04"),
        ("2026-11-08 11:00:00", "2026-11-09"),
    ],
)
def test_an_after_market_order_lives_in_the_book_of_the_next_opening_on_days_that_are_not_known_too(
    at: str, day: str
) -> None:
    assert calendar.book_day(ist(at), after_market=True) == date.fromisoformat(day)
    assert calendar.trading_of(date.fromisoformat(day)) == (ist(f"{day} 09:15"), ist(f"{day} 15:30"))


@pytest.mark.parametrize(
    ("at", "opens"),
    [
        ("2026-11-18 08:56:59", None),
        ("2026-11-18 08:57:00", "2026-11-18 16:00"),
        ("2026-11-18 15:59:59", "2026-11-18 16:00"),
        ("2026-11-18 16:00:00", None),
        ("2026-11-08 11:00:00", None),
        ("2027-01-01 12:00:00", "2027-01-01 16:00"),
        ("2027-01-02 12:00:00", None),
    ],
)
def test_when_after_market_orders_are_taken_again(at: str, opens: str | None) -> None:
    assert calendar.amo_opens(ist(at)) == (None if opens is None else ist(opens))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-18 08:56:59", True),
        ("2026-11-18 08:57:00", False),
        ("2026-11-18 12:00:00", False),
        ("2026-11-18 15:59:59", False),
        ("2026-11-18 16:00:00", True),
        ("2026-11-22 12:00:00", True),
        ("2026-11-24 12:00:00", True),
        ("2026-11-08 11:00:00", True),
        ("2026-11-08 18:30:00", True),
        ("2027-01-01 12:00:00", False),
        ("2027-01-01 20:00:00", True),
        ("2027-01-02 12:00:00", True),
    ],
)
def test_when_after_market_orders_are_taken(at: str, expected: bool) -> None:
    assert calendar.amo_open(ist(at)) is expected


@pytest.mark.parametrize(
    ("at", "wall", "end"),
    [
        ("2026-11-18 05:59:59", "06:00", "2026-11-18 06:00"),
        ("2026-11-18 06:00:00", "06:00", "2026-11-19 06:00"),
        ("2026-11-18 10:30:00", "03:30", "2026-11-19 03:30"),
        ("2026-12-31 23:00:00", "00:00", "2027-01-01 00:00"),
    ],
)
def test_a_session_ends_the_next_time_the_wall_clock_shows_its_hour(at: str, wall: str, end: str) -> None:
    assert calendar.session_end(ist(at), wall) == ist(end)


@pytest.mark.parametrize(
    ("today", "said"),
    [
        ("2026-09-01", []),
        ("2026-09-09", []),
        ("2026-09-10", ["8 November 2026"]),
        ("2026-11-01", ["8 November 2026"]),
        ("2026-11-02", ["in 59 days", "8 November 2026"]),
        ("2026-11-08", ["in 53 days", "8 November 2026"]),
        ("2026-11-09", ["in 52 days"]),
        ("2026-12-31", ["ends on 31 December 2026, in 0 days"]),
        ("2027-01-01", ["ended on 31 December 2026"]),
    ],
)
def test_sixty_days_before_it_matters_it_is_said_what_is_not_known(today: str, said: list[str]) -> None:
    found = warnings(calendar.current(), date.fromisoformat(today), 60)

    assert len(found) == len(said)
    assert all(part in sentence for part, sentence in zip(said, found, strict=True))


def test_an_operator_can_correct_and_extend_the_calendar(tmp_path: Path) -> None:
    override = tmp_path / "calendar.toml"
    override.write_text(
        """
        known_until = 2027-12-31
        open = [2026-11-24]
        [holidays]
        2027-01-26 = "Republic Day"
        [[sessions]]
        date = 2026-11-08
        pre_open = "17:45"
        open = "18:00"
        close = "19:00"
        """
    )

    corrected = calendar.load(override)

    assert corrected.phase(ist("2026-11-24 10:00")) == Phase.OPEN
    assert corrected.phase(ist("2026-11-08 18:30")) == Phase.OPEN
    assert corrected.phase(ist("2026-11-08 17:50")) == Phase.PRE_OPEN
    assert corrected.phase(ist("2026-11-08 11:00")) == Phase.CLOSED
    assert corrected.amo_open(ist("2026-11-08 11:00"))
    assert not corrected.amo_open(ist("2026-11-08 18:30"))
    assert not corrected.amo_open(ist("2026-11-08 19:29"))
    assert corrected.amo_open(ist("2026-11-08 19:30"))
    assert corrected.knows(date(2026, 11, 8))
    assert corrected.phase(ist("2027-01-25 10:00")) == Phase.OPEN
    assert corrected.phase(ist("2027-01-26 10:00")) == Phase.CLOSED
    assert corrected.phase(ist("2026-12-25 10:00")) == Phase.CLOSED


@pytest.mark.parametrize("text", ["not toml at all", '[hours]\nopen = "25:00"', '[hours]\nlunch = "12:00"'])
def test_an_unusable_override_is_named_at_start(tmp_path: Path, text: str) -> None:
    override = tmp_path / "calendar.toml"
    override.write_text(text)

    with pytest.raises(ConfigurationError, match=r"calendar\.toml"):
        calendar.load(override)
