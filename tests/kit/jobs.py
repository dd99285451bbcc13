"""A table of due work for tests: each job is finished by whoever writes its name into it under their fencing token."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from torana.kit.database import Database
from torana.kit.due import Claim, Kind, wake

GATEWAY = "gw"
JOBS = Kind("jobs", ("gateway_id", "job_id"), concurrency=8)
BY_LANE = Kind("jobs", ("gateway_id", "job_id"), concurrency=8, lane="note", per_lane=3)
ONE_BY_ONE = Kind("jobs", ("gateway_id", "job_id"), concurrency=1)

TABLE = """
    create table jobs (
        gateway_id text not null,
        job_id text not null,
        note text not null default '',
        finished_by text[] not null default '{}',
        due_at timestamptz,
        lease_until timestamptz,
        lease_token bigint not null default 0,
        attempts int not null default 0,
        primary key (gateway_id, job_id)
    )
"""


async def add(
    database: Database,
    *job_ids: int,
    due_at: datetime | None = None,
    notify: bool = True,
    lane: str = "",
    gateway_id: str = GATEWAY,
) -> None:
    async with database.transaction() as connection:
        await connection.executemany(
            "insert into jobs (gateway_id, job_id, due_at, note) values ($1, $2, $3, $4)",
            [(gateway_id, str(job_id), due_at or datetime.now(UTC), lane) for job_id in job_ids],
        )
        if notify:
            await wake(connection, "jobs", gateway_id)


def number(claim: Claim) -> int:
    return int(claim.key[1])


async def finish(database: Database, claim: Claim, name: str) -> bool:
    """Write the result if the job is still ours."""
    done = await database.execute(
        "update jobs set finished_by = array_append(finished_by, $1), due_at = null, lease_until = null "
        "where gateway_id = $2 and job_id = $3 and lease_token = $4",
        name,
        *claim.key,
        claim.token,
    )
    return done == "UPDATE 1"


async def finished(database: Database) -> dict[int, list[str]]:
    async with database.connection() as connection:
        rows = await connection.fetch("select job_id, finished_by from jobs where finished_by <> '{}'")
    return {int(row["job_id"]): row["finished_by"] for row in rows}


async def eventually(holds: Callable[[], Awaitable[bool]], seconds: float = 40.0) -> None:
    """Wait until it holds. The length is there to fail a test that would hang, and measures nothing."""
    async with asyncio.timeout(seconds):
        while not await holds():
            await asyncio.sleep(0.02)
