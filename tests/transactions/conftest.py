"""A partner who calls the API."""

from collections.abc import AsyncIterator

import pytest

from tests.api.services import Batches, Caller, application, calling
from tests.conftest import HandClock
from tests.partners.making import make_gateway
from torana.kit.database import Database


@pytest.fixture
def batches() -> Batches:
    return Batches()


@pytest.fixture
async def partner(database: Database, clock: HandClock, batches: Batches) -> AsyncIterator[Caller]:
    async with calling(application(database, clock, batches=batches)) as client:
        yield Caller(client, await make_gateway(database, clock), clock)


@pytest.fixture
async def stranger(database: Database, clock: HandClock, partner: Caller) -> Caller:
    """Another partner of the same installation."""
    return Caller(partner.client, await make_gateway(database, clock), clock)
