"""`/readyz` knows whether the installation can do its work, and says what is missing."""

import asyncio
import signal
from pathlib import Path

import asyncpg
from httpx import AsyncClient

from tests.support.gateway import Server
from tests.support.processes import end, start


async def says(client: AsyncClient, wanted: str, status: int, *, seconds: float = 30) -> None:
    """Wait until it says so."""
    told = ""
    async with asyncio.timeout(seconds):
        while wanted not in told:
            answer = await client.get("/readyz")
            told = answer.json()["status"]
            await asyncio.sleep(0.02)
    assert answer.status_code == status, told


async def test_readiness_follows_what_the_installation_can_do(own_database_url: str, tmp_path: Path) -> None:
    environment = {"TORANA_HOME": str(tmp_path), "TORANA_DATABASE_URL": own_database_url}
    with Server(own_database_url, "", **environment) as server:
        async with AsyncClient(base_url=server.url) as client:
            await says(client, "no worker runs", 503)

            worker = start("torana.cli", "worker", environment=environment)
            try:
                await says(client, "ready", 200)

                connection = await asyncpg.connect(own_database_url)
                await connection.execute("update workers set seen_at = seen_at - interval '1 minute'")
                await connection.close()
                await says(client, "no worker was seen", 503)
                await says(client, "ready", 200)

                worker.send_signal(signal.SIGTERM)
                await worker.wait()
                await says(client, "no worker runs", 503)
            finally:
                await end([worker])
