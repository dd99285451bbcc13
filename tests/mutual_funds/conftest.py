"""A partner who imports by API, over a simulated registrar that is reached by HTTP."""

from collections.abc import AsyncIterator

import pytest

from tests.support.clock import HandClock
from tests.support.gateway import Caller, api_services_of, application, calling
from tests.support.partner import CIPHER, make_gateway
from torana.flows.registry import FLOWS
from torana.kit.database import Database
from torana.mutual_funds.imports import FundImports
from torana.mutual_funds.mfcentral import SIMULATED_KEYS, MfCentral
from torana.mutual_funds.routes import mutual_funds_router
from torana.partners.models import Mode
from torana.sandbox.server import RunningSandbox, running_sandbox


@pytest.fixture
async def sandbox(clock: HandClock) -> AsyncIterator[RunningSandbox]:
    async with running_sandbox(clock=clock) as sandbox:
        yield sandbox


@pytest.fixture
async def imports(database: Database, clock: HandClock, sandbox: RunningSandbox) -> AsyncIterator[FundImports]:
    registrar = MfCentral(SIMULATED_KEYS.at(f"{sandbox.url}/mfcentral"), clock, mode=Mode.TEST)
    made = FundImports(database, CIPHER, clock, {Mode.TEST: registrar}, 30)
    yield made
    await made.close()


@pytest.fixture
async def partner(database: Database, clock: HandClock, imports: FundImports) -> AsyncIterator[Caller]:
    routes = mutual_funds_router(api_services_of(database, clock), imports, FLOWS)
    async with calling(application(database, clock, more=[routes])) as client:
        yield Caller(client, await make_gateway(database, clock), clock)
