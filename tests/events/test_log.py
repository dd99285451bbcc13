"""The log: an event is written with the change it tells of, or not at all."""

import asyncio
from datetime import datetime
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from tests.support.clock import HandClock
from tests.support.partner import make_gateway
from torana.events.log import record
from torana.kit.database import Database
from torana.partners.models import Gateway


@pytest.fixture
async def gateway(database: Database, clock: HandClock) -> Gateway:
    return await make_gateway(database, clock)


async def insert_transaction(database: Database, gateway: Gateway, now: datetime) -> str:
    transaction_id = f"TRX_{uuid4().hex}"
    await database.execute(
        """
        insert into transactions (gateway_id, transaction_id, intent, status, created_at, expires_at)
        values ($1, $2, 'CONNECT', 'INITIALIZED', $3, $3)
        """,
        gateway.gateway_id,
        transaction_id,
        now,
    )
    return transaction_id


async def insert_endpoint(
    database: Database, gateway: Gateway, now: datetime, *, types: list[str] | None = None, disabled: bool = False
) -> str:
    endpoint_id = f"end_{uuid4().hex}"
    await database.execute(
        """
        insert into endpoints (gateway_id, endpoint_id, url, secret, event_types, created_at, disabled_at)
        values ($1, $2, 'https://kiran.example/hook', 'sealed', $3, $4, $5)
        """,
        gateway.gateway_id,
        endpoint_id,
        types,
        now,
        now if disabled else None,
    )
    return endpoint_id


async def rows(database: Database, table: str, gateway: Gateway) -> list[Any]:
    async with database.connection() as connection:
        return list(
            await connection.fetch(f"select * from {table} where gateway_id = $1 order by 2", gateway.gateway_id)
        )


async def write(
    database: Database, gateway: Gateway, transaction_id: str | None, now: datetime, *, notify: bool = False
) -> str:
    async with database.transaction() as connection:
        return await record(
            connection,
            gateway_id=gateway.gateway_id,
            transaction_id=transaction_id,
            type="batch.completed",
            data={"filled": 2, "name": "ब"},
            now=now,
            notify_partner=notify,
        )


async def test_an_event_is_numbered_and_kept(database: Database, gateway: Gateway, clock: HandClock) -> None:
    transaction_id = await insert_transaction(database, gateway, clock.now())

    first = await write(database, gateway, transaction_id, clock.now())
    clock.advance(5)
    second = await write(database, gateway, transaction_id, clock.now())

    events = {event["event_id"]: event for event in await rows(database, "events", gateway)}
    assert [events[first]["sequence"], events[second]["sequence"]] == [1, 2]
    assert events[second]["created_at"] == clock.now()
    assert events[first]["data"] == {"filled": 2, "name": "ब"}
    assert first.startswith("evt_")


async def test_writers_at_the_same_moment_leave_no_hole(database: Database, gateway: Gateway, clock: HandClock) -> None:
    """I8."""
    transaction_id = await insert_transaction(database, gateway, clock.now())

    await asyncio.gather(*(write(database, gateway, transaction_id, clock.now()) for _ in range(25)))

    assert sorted(event["sequence"] for event in await rows(database, "events", gateway)) == list(range(1, 26))


async def test_what_is_rolled_back_did_not_happen(database: Database, gateway: Gateway, clock: HandClock) -> None:
    """I8, P05."""
    transaction_id = await insert_transaction(database, gateway, clock.now())
    await insert_endpoint(database, gateway, clock.now())

    async def write_and_stumble() -> None:
        async with database.transaction() as connection:
            await record(
                connection,
                gateway_id=gateway.gateway_id,
                transaction_id=transaction_id,
                type="batch.completed",
                data={},
                now=clock.now(),
                notify_partner=True,
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await write_and_stumble()
    await write(database, gateway, transaction_id, clock.now())

    assert [event["sequence"] for event in await rows(database, "events", gateway)] == [1]
    assert await rows(database, "deliveries", gateway) == []


async def test_an_event_without_a_transaction_has_no_number(
    database: Database, gateway: Gateway, clock: HandClock
) -> None:
    for _ in range(2):
        await write(database, gateway, None, clock.now())

    assert [(event["transaction_id"], event["sequence"]) for event in await rows(database, "events", gateway)] == [
        (None, None)
    ] * 2


async def test_an_event_of_an_unknown_transaction_is_an_error(
    database: Database, gateway: Gateway, clock: HandClock
) -> None:
    with pytest.raises(LookupError):
        await write(database, gateway, "TRX_unknown", clock.now())


async def test_another_gateways_transaction_gets_no_event(
    database: Database, gateway: Gateway, clock: HandClock
) -> None:
    """X01."""
    other = await make_gateway(database, clock)
    transaction_id = await insert_transaction(database, other, clock.now())

    with pytest.raises(LookupError):
        await write(database, gateway, transaction_id, clock.now())


async def test_each_endpoint_that_wants_it_gets_one_delivery(
    database: Database, gateway: Gateway, clock: HandClock
) -> None:
    """I8."""
    transaction_id = await insert_transaction(database, gateway, clock.now())
    everything = await insert_endpoint(database, gateway, clock.now())
    this_type = await insert_endpoint(database, gateway, clock.now(), types=["batch.completed", "batch.placed"])
    await insert_endpoint(database, gateway, clock.now(), types=["batch.placed"])
    await insert_endpoint(database, gateway, clock.now(), disabled=True)
    await insert_endpoint(database, await make_gateway(database, clock), clock.now())

    event_id = await write(database, gateway, transaction_id, clock.now(), notify=True)

    deliveries = await rows(database, "deliveries", gateway)
    assert {delivery["endpoint_id"] for delivery in deliveries} == {everything, this_type}
    assert {(delivery["event_id"], delivery["state"]) for delivery in deliveries} == {(event_id, "PENDING")}
    assert {delivery["due_at"] for delivery in deliveries} == {clock.now()}


async def test_an_event_for_ourselves_is_not_delivered(database: Database, gateway: Gateway, clock: HandClock) -> None:
    transaction_id = await insert_transaction(database, gateway, clock.now())
    await insert_endpoint(database, gateway, clock.now())

    await write(database, gateway, transaction_id, clock.now())

    assert await rows(database, "deliveries", gateway) == []


async def test_those_who_wait_are_told_at_the_commit(
    database: Database, database_url: str, gateway: Gateway, clock: HandClock
) -> None:
    transaction_id = await insert_transaction(database, gateway, clock.now())
    await insert_endpoint(database, gateway, clock.now())
    told: asyncio.Queue[tuple[str, object]] = asyncio.Queue()
    listening = await asyncpg.connect(database_url)
    for channel in ("torana_events", "torana_due"):
        await listening.add_listener(channel, lambda _c, _p, channel, payload: told.put_nowait((channel, payload)))

    await write(database, gateway, transaction_id, clock.now())
    await write(database, gateway, transaction_id, clock.now(), notify=True)

    heard = [await asyncio.wait_for(told.get(), 5) for _ in range(3)]
    await listening.close()
    assert heard == [
        ("torana_events", transaction_id),
        ("torana_events", transaction_id),
        ("torana_due", f"deliveries {gateway.gateway_id}"),
    ]
