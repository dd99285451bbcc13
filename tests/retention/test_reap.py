"""What is kept leaves when its age is over, and not before."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.faults.stage import Stage
from torana.flows.registry import EVENT_TYPES, FLOWS
from torana.kit.database import Database
from torana.kit.errors import ConfigurationError
from torana.retention.reap import NOT_REAPED, reap, reapers
from torana.services import build_services
from torana.settings import Retention, read_settings
from torana.webhooks import endpoints

KEPT = Retention(orders_days=1827, unconfirmed_days=90, visits_days=30, deliveries_days=60)
OF_A_TRANSACTION = ("transactions", "batches", "orders", "attempts", "events")


async def counts(stage: Stage) -> dict[str, int]:
    tables = [*OF_A_TRANSACTION, "deliveries", "delivery_attempts", "broker_sessions", "investors"]
    return {table: await stage.services.database.value(f"select count(*) from {table}") for table in tables}


async def filled(stage: Stage) -> str:
    """A transaction whose order was filled, with an endpoint that was told of it."""
    services = stage.services
    async with services.database.transaction() as connection:
        await endpoints.create(
            connection,
            services.cipher,
            gateway_id=stage.gateway.gateway_id,
            url="http://127.0.0.1:9/",
            event_types=None,
            known_types=EVENT_TYPES,
            now=services.clock.now(),
        )
    async with stage.worker_here():
        transaction_id = await stage.buy(await stage.log_in(), ("TCS", 1))
        await stage.ended(transaction_id)
    return transaction_id


async def reaped(stage: Stage, days: float) -> dict[str, int]:
    """What leaves in a round so many days from now."""
    return await reap(stage.services.database, KEPT, stage.services.clock.now() + timedelta(days=days))


async def test_every_table_has_a_reaper_or_does_not_grow(database: Database) -> None:
    async with database.connection() as connection:
        rows = await connection.fetch("select table_name from information_schema.tables where table_schema = 'public'")

    cared_for = {table for reaper in reapers() for table in reaper.tables} | NOT_REAPED.keys()
    assert {row["table_name"] for row in rows} == cared_for


async def test_orders_stay_five_years_and_leave_whole(stage: Stage) -> None:
    await filled(stage)
    before = await counts(stage)
    assert all(before.values()), before

    await reaped(stage, 1826)
    kept = await counts(stage)
    await reaped(stage, 1828)
    left = await counts(stage)

    assert {table: kept[table] for table in OF_A_TRANSACTION} == {table: before[table] for table in OF_A_TRANSACTION}
    assert not any(left[table] for table in OF_A_TRANSACTION), left
    assert left["investors"] == 1, "who logged in within the time of a session row is still known"

    await reaped(stage, 1900)
    await reaped(stage, 1900)
    assert not any((await counts(stage)).values())


async def test_an_order_that_has_not_ended_stays_however_old_it_is(stage: Stage) -> None:
    await stage.buy(await stage.log_in(), ("TCS", 1))  # and no worker

    await reaped(stage, 4000)

    left = await counts(stage)
    assert all(left[table] for table in OF_A_TRANSACTION)


async def test_what_placed_nothing_leaves_earlier(stage: Stage) -> None:
    await filled(stage)
    session = await stage.log_in()
    expired = await stage.logged_in(session)
    await stage.services.database.execute(
        "update transactions set finished_at = now(), due_at = null, status = 'EXPIRED' where transaction_id = $1",
        expired.transaction_id,
    )

    assert "unconfirmed" not in await reaped(stage, 89)
    assert (await reaped(stage, 91))["unconfirmed"] == 1

    assert await stage.services.database.value("select count(*) from transactions") == 1


async def test_a_delivery_leaves_once_it_waits_for_nothing_and_its_event_stays(stage: Stage) -> None:
    await filled(stage)

    assert "deliveries" not in await reaped(stage, 61), "they still wait for the receiver"
    await stage.services.database.execute("update deliveries set due_at = null, state = 'EXHAUSTED'")
    assert "deliveries" not in await reaped(stage, 59)
    assert (await reaped(stage, 61))["deliveries"] >= 1

    left = await counts(stage)
    assert (left["deliveries"], left["delivery_attempts"]) == (0, 0)
    assert left["events"] > 0


async def test_a_session_that_ended_loses_its_token_at_once(stage: Stage) -> None:
    session = await stage.log_in()

    await stage.services.sessions.end(stage.gateway.gateway_id, session.session_id, stage.services.clock.now())

    kept = await stage.services.sessions.by_id(stage.gateway.gateway_id, session.session_id)
    assert kept is not None
    assert (kept.secrets, await stage.services.database.value("select token from broker_sessions")) == ({}, b"")


async def test_a_session_that_expired_loses_its_token_in_the_next_round(stage: Stage) -> None:
    session = await stage.log_in()

    await reaped(stage, 0)
    assert (await stage.services.database.value("select token from broker_sessions")) != b""
    assert (await reaped(stage, 2))["tokens"] == 1

    kept = await stage.services.sessions.by_id(stage.gateway.gateway_id, session.session_id)
    assert kept is not None
    assert kept.secrets == {}


async def test_old_idempotency_keys_leave_after_a_day(stage: Stage) -> None:
    """D07."""
    now = stage.services.clock.now()
    for number, age in enumerate((0, 23, 25, 48)):
        await stage.services.database.execute(
            "insert into idempotency_keys (gateway_id, key, fingerprint, locked_at, created_at) "
            "values ($1, $2, '', $3, $3)",
            stage.gateway.gateway_id,
            str(number),
            now - timedelta(hours=age),
        )

    assert (await reaped(stage, 0))["keys"] == 2


async def test_more_rows_than_leave_at_once_leave_in_one_round(stage: Stage) -> None:
    await stage.services.database.execute(
        "insert into events (gateway_id, event_id, type, data, created_at) "
        "select $1, 'evt_' || n, 'endpoint.disabled', '{}', now() - interval '91 days' from generate_series(1, 1200) n",
        stage.gateway.gateway_id,
    )

    assert (await reaped(stage, 0))["events"] == 1200


def test_the_settings_are_read_from_the_environment() -> None:
    settings = read_settings({"TORANA_KEEP_ORDERS_DAYS": "3000", "TORANA_KEEP_VISITS_DAYS": "7"})

    assert (settings.retention.orders_days, settings.retention.visits_days) == (3000, 7)
    assert settings.retention.deliveries_days == 90


def test_the_age_of_an_intents_table_is_set_by_the_name_that_it_declares() -> None:
    kept = read_settings({"TORANA_KEEP_LEADS_DAYS": "7"}).retention

    (leads,) = [age for table in FLOWS.tables for age in table.ages if age.setting == "leads"]
    assert (kept.days(leads), Retention().days(leads)) == (7, 180)


@pytest.mark.parametrize("name", ["TORANA_KEEP_LEEDS_DAYS", "TORANA_KEEP_OF_TABLES", "TORANA_KEEP__DAYS"])
def test_an_age_that_nothing_declares_is_refused_with_those_that_there_are(tmp_path: Path, name: str) -> None:
    wrong = read_settings({"TORANA_HOME": str(tmp_path), name: "7", "TORANA_KEEP_LEADS_DAYS": "7"})

    with pytest.raises(ConfigurationError, match=rf"{name}; there are .*TORANA_KEEP_LEADS_DAYS"):
        build_services(wrong)
