"""Clocks: one source of time, and deadlines that no clock can move."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from torana.kit.clock import IST, Clock, Deadline, ForwardClock, ShiftedClock, SystemClock


def test_inside_the_house_time_is_utc(tmp_path: Path) -> None:
    for clock in (SystemClock(), ShiftedClock(tmp_path / "offset")):
        assert clock.now().tzinfo is UTC


def test_india_is_five_and_a_half_hours_ahead_all_year() -> None:
    """T01."""
    for month in (1, 7):
        assert datetime(2026, month, 1, tzinfo=IST).utcoffset() == timedelta(hours=5, minutes=30)


def test_the_shifted_clock_follows_its_file(tmp_path: Path) -> None:
    file = tmp_path / "offset"
    clock = ShiftedClock(file)
    unshifted = clock.now()
    file.write_text("86400")
    tomorrow = clock.now()
    file.write_text("-3600")
    an_hour_ago = clock.now()
    file.write_text("")

    assert timedelta(days=1) <= tomorrow - unshifted
    assert an_hour_ago < unshifted
    assert an_hour_ago < clock.now() < tomorrow


async def test_a_sleeper_of_the_shifted_clock_wakes_when_time_is_moved(tmp_path: Path) -> None:
    file = tmp_path / "offset"
    sleeping = asyncio.create_task(ShiftedClock(file).sleep(3600))
    await asyncio.sleep(0.05)
    asleep = sleeping.done()
    file.write_text("3600 3600")

    async with asyncio.timeout(30):
        await sleeping
    assert asleep is False


async def test_a_file_that_cannot_be_read_as_a_time_leaves_nobody_asleep(tmp_path: Path) -> None:
    file = tmp_path / "offset"
    clock = ShiftedClock(file)
    sleeping = [asyncio.create_task(clock.sleep(3600)) for _ in range(2)]
    await asyncio.sleep(0.05)
    file.write_text("noon")

    async with asyncio.timeout(30):
        ended = await asyncio.gather(*sleeping, return_exceptions=True)

    assert [type(error) for error in ended] == [ValueError, ValueError]


def test_a_time_that_is_set_lets_no_time_go_by(tmp_path: Path) -> None:
    """T01."""
    file = tmp_path / "offset"
    clock = ShiftedClock(file)
    before = clock.steady()
    file.write_text("3600")
    set_forward = clock.steady() - before
    file.write_text("3600 90")

    assert set_forward < 60
    assert clock.steady() - before >= 90


def test_a_forward_clock_goes_on_when_the_time_is_set_back(tmp_path: Path) -> None:
    """T01."""
    file = tmp_path / "offset"
    file.write_text("7200 0")
    clock = ForwardClock(ShiftedClock(file))
    before = clock.now()
    file.write_text("0 60")
    set_back = clock.now()
    file.write_text("14400 60")

    assert before + timedelta(seconds=60) <= set_back < before + timedelta(seconds=120)
    assert clock.now() >= before + timedelta(hours=2)


async def test_the_system_clock_sleeps() -> None:
    await SystemClock().sleep(0.001)


def test_a_deadline_does_not_hear_of_changed_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """T01."""
    deadline = Deadline(60)
    monkeypatch.setattr(time, "time", lambda: 0.0)

    assert not deadline.passed
    assert 0 < deadline.seconds_left <= 60


def test_a_deadline_passes_on_the_monotonic_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    deadline = Deadline(60)
    later = time.monotonic() + 61
    monkeypatch.setattr(time, "monotonic", lambda: later)

    assert deadline.passed


@pytest.mark.parametrize("clock", [SystemClock(), ShiftedClock(Path("/nowhere"))])
def test_clocks_are_clocks(clock: object) -> None:
    assert isinstance(clock, Clock)
