"""`GET orders/sst`: whose orders it gives, and of which transactions."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from httpx import AsyncClient

from tests.api.house import Running
from tests.conftest import HandClock
from torana.kit.database import Database
from torana.partners.models import Gateway
from torana.partners.tokens import issue_token


class Investor(msgspec.Struct):
    """Somebody with one finished and one running transaction."""

    investor_id: str
    completed: str
    """Transaction ids."""
    running: str
    batch: str
    """Of the completed one."""
    running_batch: str


async def investor(database: Database, gateway: Gateway, clock: HandClock) -> Investor:
    now, ids = clock.now(), [uuid4().hex[:24] for _ in range(3)]
    known = Investor(ids[0], f"TRX_{uuid4().hex}", f"TRX_{uuid4().hex}", ids[1], ids[2])
    async with database.transaction() as connection:
        await connection.execute(
            "insert into investors (gateway_id, investor_id, broker, broker_user_id, created_at) "
            "values ($1, $2, 'kite', $2, $3)",
            gateway.gateway_id, known.investor_id, now,
        )  # fmt: skip
        for transaction_id, batch_id, status in (
            (known.completed, known.batch, "COMPLETED"),
            (known.running, known.running_batch, "PROCESSING"),
        ):
            over = now if status == "COMPLETED" else None
            await connection.execute(
                "insert into transactions (gateway_id, transaction_id, intent, status, investor_id, created_at, "
                "expires_at, confirmed_at, settled_at, finished_at) "
                "values ($1, $2, 'TRANSACTION', $3, $4, $5, $5, $5, $6, $6)",
                gateway.gateway_id, transaction_id, status, known.investor_id, now, over,
            )  # fmt: skip
            await connection.execute(
                "insert into batches (gateway_id, batch_id, transaction_id, investor_id, session_id, broker, "
                "execution_mode, variety, status, confirmed_hash, created_at, completed_at, book_day, lane) "
                "values ($1, $2, $3, $4, 'ses_1', 'kite', 'server_api', 'regular', $5, 'hash', $6, $7, current_date, "
                "'test/kite')",
                gateway.gateway_id, batch_id, transaction_id, known.investor_id,
                "COMPLETED" if over else "PLACED", now + timedelta(seconds=1), over,
            )  # fmt: skip
            order_id = f"ord_{uuid4().hex}"
            await connection.execute(
                "insert into orders (gateway_id, order_id, batch_id, line, symbol, exchange, isin, side, quantity, "
                "order_type, state, filled_quantity, average_price, created_at, updated_at, final_at) "
                "values ($1, $2, $3, 1, 'TCS', 'NSE', 'INE467B01029', 'BUY', 3, 'MARKET', $4, $5, 320050, $6, $6, $7)",
                gateway.gateway_id, order_id, batch_id, "COMPLETE" if over else "OPEN", 3 if over else 0, now, over,
            )  # fmt: skip
            await connection.execute(
                "insert into attempts (gateway_id, attempt_id, order_id, number, tag, state, planned_at, started_at, sends) "
                "values ($1, $2, $3, 1, $4, 'ACCEPTED', $5, $5, 1)",
                gateway.gateway_id, f"att_{uuid4().hex}", order_id, str(uuid4().int)[:15], now,
            )  # fmt: skip
    return known


@pytest.fixture
async def asha(running: Running, database: Database, clock: HandClock) -> Investor:
    return await investor(database, running.gateway, clock)


@pytest.fixture
async def ravi(running: Running, database: Database, clock: HandClock) -> Investor:
    """Another investor of the same partner."""
    return await investor(database, running.gateway, clock)


async def ask(running: Running, investor_id: str | None = None, **query: str | list[str]) -> tuple[int, dict[str, Any]]:
    headers = running.headers() | {"x-gateway-authtoken": issue_token(running.gateway, investor_id, datetime.now(UTC))}
    async with AsyncClient(base_url=running.url) as client:
        answer = await client.get(f"/v1/{running.gateway.name}/engine/orders/sst", params=query, headers=headers)
    return answer.status_code, answer.json()


def batches(body: dict[str, Any]) -> list[str]:
    return [batch["batchId"] for batch in body["data"]["orderBatches"]]


async def test_a_connected_token_sees_all_finished_batches_of_its_own_and_nobody_elses(
    running: Running, asha: Investor, ravi: Investor
) -> None:
    _, hers = await ask(running, asha.investor_id)
    _, his = await ask(running, ravi.investor_id)

    assert batches(hers) == [asha.batch]
    assert batches(his) == [ravi.batch]


@pytest.mark.parametrize("name", ["transactionId", "batchId"])
async def test_another_investors_id_is_left_out_for_a_connected_token(
    running: Running, asha: Investor, ravi: Investor, name: str
) -> None:
    ids = [asha.completed, ravi.completed] if name == "transactionId" else [asha.batch, ravi.batch]

    status, body = await ask(running, asha.investor_id, **{name: ids})

    assert status == 200
    assert batches(body) == [asha.batch]


@pytest.mark.parametrize("name", ["transactionId", "batchId"])
@pytest.mark.parametrize("connected", [True, False])
async def test_a_transaction_that_is_not_completed_gives_no_orders(
    running: Running, asha: Investor, name: str, connected: bool
) -> None:
    ids = [asha.running, asha.completed] if name == "transactionId" else [asha.running_batch, asha.batch]

    _, body = await ask(running, asha.investor_id if connected else None, **{name: ids})

    assert batches(body) == [asha.batch]


async def test_a_guest_token_needs_ids(running: Running, asha: Investor) -> None:
    status, body = await ask(running)

    assert status == 400
    assert body["data"] is None
    assert body["errors"] == ["a guest token needs transactionId or batchId"]
    assert asha.batch not in str(body)


async def test_a_guest_token_with_ids_sees_those(running: Running, asha: Investor, ravi: Investor) -> None:
    _, body = await ask(running, None, transactionId=asha.completed, batchId=ravi.batch)

    assert set(batches(body)) == {asha.batch, ravi.batch}


async def test_an_id_that_nobody_has_is_an_empty_list(running: Running, asha: Investor) -> None:
    status, body = await ask(running, asha.investor_id, transactionId=f"TRX_{'0' * 32}")

    assert (status, batches(body)) == (200, [])


async def test_a_batch_says_where_and_whose_it_is_and_its_numbers_are_short(running: Running, asha: Investor) -> None:
    headers = running.headers() | {
        "x-gateway-authtoken": issue_token(running.gateway, asha.investor_id, datetime.now(UTC))
    }
    async with AsyncClient(base_url=running.url) as client:
        answer = await client.get(f"/v1/{running.gateway.name}/engine/orders/sst", headers=headers)

    (batch,) = answer.json()["data"]["orderBatches"]
    assert (batch["broker"], batch["smallcaseAuthId"]) == ("kite", asha.investor_id)
    assert batch["orders"][0]["errorCode"] is None
    for number in ('"buyAmount":9601.5,', '"sellAmount":0,', '"averagePrice":3200.5,', '"price":0,'):
        assert number in answer.text
