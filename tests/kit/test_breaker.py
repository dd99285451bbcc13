"""A broker that does not answer rests, ever longer, until it answers."""

import pytest
from prometheus_client import REGISTRY

from torana.kit.breaker import FAILURES, PAUSES, Breaker, BreakerState


class Monotonic:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def time() -> Monotonic:
    return Monotonic()


@pytest.fixture
def breaker(time: Monotonic) -> Breaker:
    return Breaker("acme", "test", monotonic=time)


def opened(breaker: Breaker) -> None:
    for _ in range(FAILURES):
        breaker.failed()


def test_it_asks_as_long_as_answers_come_in_between(breaker: Breaker) -> None:
    for _ in range(3):
        for _ in range(FAILURES - 1):
            breaker.failed()
        breaker.answered()

    assert breaker.rest() == 0.0
    assert breaker.state is BreakerState.CLOSED


def test_failures_in_a_row_open_it_and_more_of_them_do_not_lengthen_the_pause(breaker: Breaker) -> None:
    opened(breaker)
    for _ in range(50):
        breaker.failed()

    assert breaker.state is BreakerState.OPEN
    assert breaker.rest() == PAUSES[0]


def test_after_the_pause_one_asks_and_the_others_rest_on(breaker: Breaker, time: Monotonic) -> None:
    opened(breaker)
    time.seconds += PAUSES[0]

    first, second = breaker.rest(), breaker.rest()

    assert first == 0.0
    assert second > 0.0
    assert breaker.state is BreakerState.HALF_OPEN


def test_a_probe_that_fails_makes_the_next_pause_longer_up_to_the_longest(breaker: Breaker, time: Monotonic) -> None:
    opened(breaker)
    pauses = []
    for _ in range(len(PAUSES) + 2):
        pauses.append(breaker.rest())
        time.seconds += pauses[-1]
        assert breaker.rest() == 0.0
        breaker.failed()

    assert pauses == [*PAUSES, PAUSES[-1], PAUSES[-1]]


def test_a_probe_that_never_says_how_it_ended_is_followed_by_another(breaker: Breaker, time: Monotonic) -> None:
    opened(breaker)
    time.seconds += PAUSES[0]
    assert breaker.rest() == 0.0

    time.seconds += breaker.rest()

    assert breaker.rest() == 0.0


@pytest.mark.parametrize("probing", [False, True])
def test_any_answer_closes_it_and_the_next_pause_is_the_shortest(
    breaker: Breaker, time: Monotonic, probing: bool
) -> None:
    opened(breaker)
    if probing:
        time.seconds += PAUSES[0]
        breaker.rest()
        breaker.failed()
        time.seconds += PAUSES[1]
        breaker.rest()

    breaker.answered()

    assert breaker.state is BreakerState.CLOSED
    assert breaker.rest() == 0.0
    opened(breaker)
    assert breaker.rest() == PAUSES[0]


def test_its_state_is_a_metric(breaker: Breaker) -> None:
    opened(breaker)

    labels = {"broker": "acme", "mode": "test"}
    states = {
        state: REGISTRY.get_sample_value("torana_broker_breaker", labels | {"torana_broker_breaker": state})
        for state in BreakerState
    }
    assert states == {BreakerState.CLOSED: 0.0, BreakerState.OPEN: 1.0, BreakerState.HALF_OPEN: 0.0}
