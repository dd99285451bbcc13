"""The baselines of `create` and of the look at holdings: the same rows written, and as many bytes read, by asyncpg
behind a route of Litestar that does nothing else.

Run as `python -m tests.bench.bare DATABASE_URL GATEWAY_ID PORT`.
"""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import uvicorn
from litestar import Litestar, Request, Response, get, post

from torana.kit.ids import new_id, new_transaction_id

INSERT = """
    with t as (
        insert into transactions (gateway_id, transaction_id, intent, kind, status, config, extra, created_at,
                                  expires_at, due_at, event_count)
        values ($1, $2, 'TRANSACTION', 'SECURITIES', 'INITIALIZED', $3, '{}', $4, $5, $5, 1)
    )
    insert into events (gateway_id, event_id, transaction_id, sequence, type, data, created_at)
    values ($1, $6, $2, 1, 'transaction.created', '{}', $4)
"""


READ = "select securities_v2 from holdings_snapshots where gateway_id = $1"


def application(database_url: str, gateway_id: str) -> Litestar:
    pools: list[Any] = []

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        pools.append(await asyncpg.create_pool(database_url, min_size=1, max_size=10))
        yield
        await pools[0].close()

    @post("/", status_code=200)
    async def create(request: Request[Any, Any, Any]) -> Response[bytes]:
        body = await request.body()
        now = datetime.now(UTC)
        transaction_id = new_transaction_id()
        config = json.dumps(json.loads(body)["orderConfig"])
        await pools[0].execute(
            INSERT, gateway_id, transaction_id, config, now, now + timedelta(minutes=15), new_id("evt")
        )
        return Response(b'{"transactionId":"' + transaction_id.encode() + b'"}', media_type="application/json")

    kept: list[bytes] = []

    @post("/holdings", status_code=200)
    async def keep(request: Request[Any, Any, Any]) -> str:
        kept[:] = [await request.body()]
        return "kept"

    @get("/holdings")
    async def holdings() -> Response[bytes]:
        await pools[0].fetchrow(READ, gateway_id)
        return Response(kept[0], media_type="application/json")

    @get("/ready")
    async def ready() -> str:
        return "ready"

    return Litestar([create, keep, holdings, ready], lifespan=[lifespan], openapi_config=None, logging_config=None)


if __name__ == "__main__":
    _, url, gateway, port = sys.argv
    uvicorn.run(
        application(url, gateway),
        port=int(port),
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
        server_header=False,
    )
