"""A runner over the table `jobs` as a process that a test can stop.

`python -m tests.kit.due_process DATABASE_URL NAME`. Its handler waits at a fault point between claiming and writing.
"""

import asyncio
import sys

from tests.kit.jobs import JOBS, finish
from torana.kit import faultpoints
from torana.kit.clock import SystemClock
from torana.kit.database import Database
from torana.kit.due import Claim, LostLease
from torana.kit.runner import Runner


async def main(url: str, name: str) -> None:
    database = Database(url, size=3)
    await database.open()

    async def handle(claim: Claim) -> None:
        await faultpoints.reach("tests.due_process.claimed")
        if not await finish(database, claim, name):
            raise LostLease(str(claim.key))

    await Runner(database, SystemClock(), {JOBS: handle}, lease_seconds=1.0).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
