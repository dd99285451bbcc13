"""The worker of an installation in this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from torana.kit.public_client import PublicClient
from torana.kit.runner import Runner
from torana.services import Services
from torana.worker import handlers, order_services


@asynccontextmanager
async def working(services: Services) -> AsyncIterator[Runner]:
    """It works while the block runs, and ends as on SIGTERM."""
    async with PublicClient(("127.0.0.0/8",)) as public:
        orders = order_services(services)
        runner = Runner(services.database, orders.due_clock, handlers(services, orders, public))
        running = asyncio.create_task(runner.run())
        try:
            yield runner
        finally:
            orders.stopping.set()
            runner.stop()
            await asyncio.wait_for(running, 15)
