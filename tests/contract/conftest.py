"""Benches: any connector, those that place by API, those that place in the browser."""

from collections.abc import AsyncIterator

import pytest

from tests.contract.bench import Bench, bench
from tests.contract.subjects import BY_API, BY_BASKET, SUBJECTS
from tests.support.clock import HandClock


@pytest.fixture(params=SUBJECTS, ids=str)
async def any_bench(request: pytest.FixtureRequest, clock: HandClock) -> AsyncIterator[Bench]:
    async with bench(request.param, clock) as one:
        yield one


@pytest.fixture(params=BY_API, ids=str)
async def api_bench(request: pytest.FixtureRequest, clock: HandClock) -> AsyncIterator[Bench]:
    async with bench(request.param, clock) as one:
        yield one


@pytest.fixture(params=BY_BASKET, ids=str)
async def basket_bench(request: pytest.FixtureRequest, clock: HandClock) -> AsyncIterator[Bench]:
    async with bench(request.param, clock) as one:
        yield one
