"""The market's hours, and what the calendar does not know."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from torana.kit.clock import IST
from torana.kit.errors import ConfigurationError
from torana.market import calendar
from torana.market.calendar import Phase


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
        ("2026-11-22 10:30:00", Phase.CLOSED),
        ("2026-11-24 10:30:00", Phase.CLOSED),
        ("2026-02-01 10:30:00", Phase.OPEN),
        ("2026-11-08 18:30:00", Phase.UNKNOWN),
        ("2026-12-31 10:30:00", Phase.OPEN),
        ("2027-01-01 10:30:00", Phase.UNKNOWN),
        ("2024-12-31 10:30:00", Phase.UNKNOWN),
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


def test_there_is_no_next_opening_beyond_the_known_years() -> None:
    assert calendar.next_open(ist("2026-12-31 10:00:00")) is None


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
        ("2027-01-02 12:00:00", False),
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
    assert corrected.phase(ist("2027-01-25 10:00")) == Phase.OPEN
    assert corrected.phase(ist("2027-01-26 10:00")) == Phase.CLOSED
    assert corrected.phase(ist("2026-12-25 10:00")) == Phase.CLOSED


@pytest.mark.parametrize("text", ["not toml at all", '[hours]\nopen = "25:00"', '[hours]\nlunch = "12:00"'])
def test_an_unusable_override_is_named_at_start(tmp_path: Path, text: str) -> None:
    override = tmp_path / "calendar.toml"
    override.write_text(text)

    with pytest.raises(ConfigurationError, match=r"calendar\.toml"):
        calendar.load(override)
