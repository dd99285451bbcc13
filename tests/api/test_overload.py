"""Past what the installation can do nothing new is begun, and what was begun goes on."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from httpx import AsyncClient, Response

from tests.support.clock import HandClock
from tests.support.gateway import Caller, Server
from tests.support.partner import make_gateway
from torana.kit.cipher import Cipher
from torana.kit.database import Database

BODY = {
    "intent": "TRANSACTION",
    "orderConfig": {"type": "SECURITIES", "securities": [{"ticker": "TCS", "quantity": 1, "type": "BUY"}]},
}


async def seen_workers(database: Database, *overloaded: bool) -> None:
    """These workers, and no other, were seen just now."""
    await database.execute("delete from workers")
    for number, too_much in enumerate(overloaded):
        await database.execute(
            "insert into workers (worker_id, seen_at, overloaded) values ($1, clock_timestamp(), $2)",
            f"wrk_{number}",
            too_much,
        )


async def transactions(database: Database) -> int:
    count: int = await database.value("select count(*) from transactions")
    return count


async def created(partner: Caller, status: int) -> Response:
    """Create until it is answered like this."""
    async with asyncio.timeout(30):
        while (answer := await partner.create(BODY)).status_code != status:
            await asyncio.sleep(0.05)
    return answer


async def test_while_every_worker_has_too_much_to_do_nothing_new_is_begun_and_the_rest_goes_on(
    own_database_url: str, tmp_path: Path
) -> None:
    database = Database(own_database_url)
    await database.open()
    clock = HandClock(datetime.now(UTC))
    gateway = await make_gateway(database, clock, cipher=Cipher.from_home(tmp_path))
    environment = {"TORANA_HOME": str(tmp_path), "TORANA_DATABASE_URL": own_database_url}
    with Server(own_database_url, "", **environment) as server:
        async with AsyncClient(base_url=server.url) as client:
            partner = Caller(client, gateway, clock)
            await seen_workers(database, True, False)
            begun = await created(partner, 200)

            await seen_workers(database, True, True)
            await created(partner, 503)
            stored = await transactions(database)
            refused = await partner.create(BODY)
            opened = await client.post("/portal/open", data={"gateway": gateway.name})
            details = await partner.details(begun.json()["data"]["transactionId"])

            stored_then = await transactions(database)

            await seen_workers(database, True, False)
            again = await created(partner, 200)
    await database.close()

    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) >= 1
    assert "nothing was begun" in refused.json()["message"]
    assert (opened.status_code, int(opened.headers["retry-after"]) >= 1) == (503, True)
    assert "back in a few seconds" in opened.text
    assert details.status_code == 200
    assert again.json()["success"] is True
    assert stored_then == stored
