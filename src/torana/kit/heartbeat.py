"""Each worker says that it lives, in a table that is not logged; whoever asks learns when the last one was seen.

Seconds are the database's: a worker whose machine has another time is not thought dead.
"""

import asyncio
from collections.abc import Callable

import msgspec

from torana.kit.background import Background
from torana.kit.database import Database
from torana.kit.metrics import WORKER_SEEN

BEAT_SECONDS = 2.0
LOST_AFTER_SECONDS = 30.0


class Workers(msgspec.Struct, frozen=True):
    """`seen` seconds ago the last sign of life of any worker came, None: there never was one. `down` are background
    tasks of workers that have ended."""

    seen: float | None
    down: list[str]

    @property
    def trouble(self) -> str | None:
        """What is wrong, for an operator."""
        if self.seen is None or self.seen > LOST_AFTER_SECONDS:
            since = "no worker runs" if self.seen is None else f"no worker was seen for {self.seen:.0f} s"
            return f"{since}: nothing is placed, followed or delivered"
        return f"a worker is without {', '.join(self.down)}" if self.down else None


async def beat(database: Database, worker_id: str, background: Background, is_overloaded: Callable[[], bool]) -> None:
    """Say every few seconds that this worker lives and whether it has more to do than it can, until cancelled."""
    while True:
        await database.look_at_continuity()
        await database.execute(
            """
            with gone as (delete from workers where seen_at < clock_timestamp() - interval '1 day')
            insert into workers (worker_id, seen_at, down, overloaded) values ($1, clock_timestamp(), $2, $3)
            on conflict (worker_id) do update
            set seen_at = excluded.seen_at, down = excluded.down, overloaded = excluded.overloaded
            """,
            worker_id,
            background.down,
            is_overloaded(),
        )
        await asyncio.sleep(BEAT_SECONDS)


async def leave(database: Database, worker_id: str) -> None:
    """This worker ends, and is not to be looked for."""
    await database.execute("delete from workers where worker_id = $1", worker_id)


async def workers(database: Database) -> Workers:
    """How the workers of this installation are."""
    found = await database.fetch_one(
        Workers,
        """
        select extract(epoch from clock_timestamp() - max(seen_at))::float8 as seen,
               coalesce(array_agg(distinct name order by name) filter (where name is not null), '{}') as down
        from workers left join lateral unnest(
            case when seen_at > clock_timestamp() - make_interval(secs => $1) then down end) as name on true
        """,
        LOST_AFTER_SECONDS,
    )
    assert found is not None
    WORKER_SEEN.set(float("inf") if found.seen is None else found.seen)
    return found


async def workers_overloaded(database: Database) -> bool:
    """Whether there are workers, and all of them have more to do than they can."""
    found: bool = await database.value(
        """
        select coalesce(bool_and(overloaded), false) from workers
        where seen_at > clock_timestamp() - make_interval(secs => $1)
        """,
        LOST_AFTER_SECONDS,
    )
    return found
