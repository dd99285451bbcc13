"""When a process says that it has more to do than it can: rows of what its ticks saw."""

import pytest

from torana.kit.overload import FEWEST_TICKS, LATE_SECONDS, STANDING_SECONDS, TICK_SECONDS, Overload, Overloaded

LATE, IN_TIME = 2 * LATE_SECONDS, LATE_SECONDS / 2


def seen(lates: list[float]) -> Overload:
    """A process after ticks that were so many seconds late."""
    now = [100.0]
    overload = Overload(monotonic=lambda: now[0])
    for late in lates:
        now[0] += TICK_SECONDS + late
        overload.note(late)
    return overload


@pytest.mark.parametrize(
    ("why", "lates", "overloaded"),
    [
        ("nothing was seen yet", [], False),
        ("every tick is in time", [IN_TIME] * 50, False),
        ("late for as long as a queue has to stand", [LATE] * 10, True),
        ("late, but not for so long", [LATE] * 3, False),
        ("one long stop", [30.0], False),
        ("one long stop, and one tick in time after it", [30.0, IN_TIME], False),
        ("one long stop, and few ticks after it", [30.0] + [LATE] * (FEWEST_TICKS - 2), False),
        ("one long stop, and as many late ticks as it takes", [30.0] + [LATE] * (FEWEST_TICKS - 1), True),
        ("one tick in time: the queue was gone", [LATE] * 10 + [IN_TIME], False),
        ("late again, but not for so long", [LATE] * 10 + [IN_TIME] + [LATE] * 3, False),
        ("just as late as is late", [LATE_SECONDS] * 10, True),
        ("never quite late", [LATE_SECONDS * 0.99] * 50, False),
    ],
)
def test_a_queue_that_stands_is_overload_and_a_late_moment_is_none(
    why: str, lates: list[float], overloaded: bool
) -> None:
    overload = seen(lates)

    assert overload.here is overloaded, why


def test_as_long_as_a_queue_has_to_stand_is_counted_from_when_its_first_tick_was_due() -> None:
    late = LATE_SECONDS
    first = next(count for count in range(20) if seen([late] * count).here)

    # The first tick stood for its own lateness already; each further one takes a tick and its lateness.
    assert late + (first - 1) * (TICK_SECONDS + late) >= STANDING_SECONDS
    assert late + (first - 2) * (TICK_SECONDS + late) < STANDING_SECONDS


def test_nothing_new_is_begun_while_this_process_or_every_worker_has_too_much_to_do() -> None:
    seen([IN_TIME]).check()

    with pytest.raises(Overloaded) as here:
        seen([LATE] * 10).check()
    workers = seen([IN_TIME])
    workers.workers_overloaded = True
    with pytest.raises(Overloaded):
        workers.check()

    assert here.value.status == 503
    assert int(here.value.headers["retry-after"]) >= 1
