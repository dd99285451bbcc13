"""A partner that sells a basket, with every route on baskets."""

from collections.abc import AsyncIterator

import pytest

from tests.baskets.test_investments import Told
from tests.baskets.writing import written
from tests.support.clock import HandClock
from tests.support.gateway import api_services_of, application, calling
from tests.support.partner import log_in, make_gateway
from torana.baskets.action_routes import actions_router
from torana.baskets.investment_routes import investments_router
from torana.baskets.isin_change_routes import isin_changes_router
from torana.baskets.reconcile_routes import reconcile_router
from torana.baskets.routes import baskets_router
from torana.kit.database import Database


@pytest.fixture
async def seller(database: Database, clock: HandClock) -> AsyncIterator[Told]:
    """An investor of theirs has logged in."""
    services = api_services_of(database, clock)
    routers = [baskets_router(services), investments_router(services), actions_router(services)]
    routers += [reconcile_router(services), isin_changes_router(services)]
    app = application(database, clock, more=routers)
    async with calling(app) as client:
        seller = Told(client, await make_gateway(database, clock), clock)
        await seller.publish(written("LAMP_1"))
        seller.investor_id, _ = await log_in(database, seller.gateway, clock.now())
        yield seller
