"""A worker of deliveries alone, as a process that a test can kill.

`python -m tests.webhooks.worker_process DATABASE_URL ENCRYPTION_KEYS`
"""

import asyncio
import sys
from functools import partial

from torana.flows.registry import EVENT_TYPES
from torana.kit.addresses import Allowed
from torana.kit.cipher import Cipher
from torana.kit.clock import SystemClock
from torana.kit.database import Database
from torana.kit.public_client import PublicClient
from torana.kit.runner import Runner
from torana.partners.gateways import Gateways
from torana.webhooks.deliver import DELIVERIES, deliver


async def main(url: str, keys: str) -> None:
    database, clock, cipher = Database(url, size=3), SystemClock(), Cipher(keys)
    await database.open()
    async with PublicClient(Allowed(["127.0.0.0/8"])) as public:
        handler = partial(deliver, database, clock, Gateways(database, clock, cipher), cipher, public, EVENT_TYPES)
        await Runner(database, clock, {DELIVERIES: handler}, lease_seconds=1.0).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
