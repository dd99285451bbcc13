"""X01: what belongs to another partner is not there, on every route that the API reference knows."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from httpx import AsyncClient

from tests.support.brokers import ANY_BROKER
from tests.support.clock import HandClock
from tests.support.gateway import Running
from torana.baskets.draft import check_draft
from torana.baskets.publish import publish
from torana.baskets.reference import EXAMPLE
from torana.baskets.schemas import read_basket
from torana.kit.database import Database

_PATHS = msgspec.json.decode((Path(__file__).parents[2] / "docs" / "openapi.json").read_bytes())["paths"]
WITH_IDS = [
    (
        method,
        path,
        [parameter["name"] for parameter in operation["parameters"] if parameter["name"].lower().endswith("id")],
    )
    for path, item in _PATHS.items()
    for method, operation in item.items()
    if any(parameter["name"].lower().endswith("id") for parameter in operation["parameters"])
]


INVESTOR = "investor_id"
"""Whom the token names on the routes of one investor."""


@pytest.fixture
async def theirs(running: Running, database: Database, clock: HandClock) -> dict[str, str]:
    """Ids of things that another partner owns."""
    gateway_id, now = running.stranger.gateway_id, clock.now()
    ids = {"transactionId": f"TRX_{uuid4().hex}", "batchId": uuid4().hex[:24], "endpoint_id": f"end_{uuid4().hex}"}
    ids["endpointId"] = ids["endpoint_id"]
    ids["scid"] = f"B_{uuid4().hex}"
    ids["iscid"] = uuid4().hex[:24]
    ids["leadId"] = uuid4().hex[:24]
    ids["consent_id"] = f"cns_{uuid4().hex}"
    ids[INVESTOR] = investor_id = uuid4().hex[:24]
    async with database.transaction() as connection:
        await connection.execute(
            "insert into investors (gateway_id, investor_id, broker, broker_user_id, created_at) values "
            f"($1, $2, '{ANY_BROKER}', $2, $3)",
            gateway_id,
            investor_id,
            now,
        )
        await connection.execute(
            "insert into consents (gateway_id, consent_id, investor_id, scopes, notice, language, transaction_id,"
            " given_at, valid_until) values ($1, $2, $3, '{securities}', '', 'en', '', $4, $4)",
            gateway_id,
            ids["consent_id"],
            investor_id,
            now,
        )
        await connection.execute(
            """
            insert into transactions (gateway_id, transaction_id, intent, status, investor_id, created_at, expires_at,
                                      confirmed_at, settled_at, finished_at)
            values ($1, $2, 'TRANSACTION', 'COMPLETED', $3, $4, $4, $4, $4, $4)
            """,
            gateway_id,
            ids["transactionId"],
            investor_id,
            now,
        )
        await connection.execute(
            f"""
            insert into batches (gateway_id, batch_id, transaction_id, investor_id, session_id, broker, execution_mode,
                                 variety, status, confirmed_hash, created_at, completed_at, book_day, lane)
            values ($1, $2, $3, $4, 'ses_1', '{ANY_BROKER}', 'server_api', 'regular', 'COMPLETED', 'hash', $5, $5,
                    current_date, 'test/{ANY_BROKER}')
            """,
            gateway_id,
            ids["batchId"],
            ids["transactionId"],
            investor_id,
            now,
        )
        await connection.execute(
            """
            insert into orders (gateway_id, order_id, batch_id, line, symbol, exchange, isin, side, quantity,
                                order_type, state, filled_quantity, average_price, created_at, updated_at, final_at)
            values ($1, $2, $2, 1, 'TCS', 'NSE', 'INE467B01029', 'BUY', 1, 'MARKET', 'COMPLETE', 1, 300000, $3, $3, $3)
            """,
            gateway_id,
            ids["batchId"],
            now,
        )
        await connection.execute(
            "insert into attempts (gateway_id, attempt_id, order_id, number, tag, state, planned_at) "
            "values ($1, $2, $2, 1, $2, 'ACCEPTED', now())",
            gateway_id,
            ids["batchId"],
        )
        await connection.execute(
            "insert into endpoints (gateway_id, endpoint_id, url, secret, created_at) values "
            "($1, $2, 'https://theirs.example/hook', 'sealed', $3)",
            gateway_id,
            ids["endpoint_id"],
            now,
        )
        body = read_basket(msgspec.json.encode({**EXAMPLE, "scid": ids["scid"]}))
        await publish(connection, gateway_id, check_draft(body, now.date()), now)
        await connection.execute(
            "insert into investments (gateway_id, iscid, investor_id, scid, version, revision, batch_count, positions,"
            " repairs, repaired, created_at, updated_at) values ($1, $2, $3, $4, 1, 1, 1, '[]', '{}', '{}', $5, $5)",
            gateway_id,
            ids["iscid"],
            investor_id,
            ids["scid"],
            now,
        )
        await connection.execute(
            "insert into leads (gateway_id, transaction_id, lead_id, status, login_offered, sealed, created_at,"
            " updated_at) values ($1, $2, $3, 'SUBMITTED', false, '', $4, $4)",
            gateway_id,
            ids["transactionId"],
            ids["leadId"],
            now,
        )
    return ids


def _nobodys(theirs: dict[str, str]) -> dict[str, str]:
    """The same ids, of nothing; the investor in whose name it is asked stays."""
    return {name: value if name == INVESTOR else value[:-8] + "0" * 8 for name, value in theirs.items()}


def test_there_are_routes_with_ids() -> None:
    assert len(WITH_IDS) >= 5


@pytest.mark.parametrize(("method", "path", "names"), WITH_IDS, ids=lambda part: str(part))
async def test_a_foreign_id_answers_like_one_that_nobody_has(
    running: Running, theirs: dict[str, str], method: str, path: str, names: list[str]
) -> None:
    nobodys = _nobodys(theirs)

    for name in names:
        foreign = await ask(running, method, path, {**nobodys, name: theirs[name]}, names)
        unknown = await ask(running, method, path, nobodys, names)

        assert foreign == unknown, name
        assert theirs[name] not in str(foreign)


@pytest.mark.parametrize(("method", "path", "names"), WITH_IDS, ids=lambda part: str(part))
async def test_the_owner_finds_it(
    running: Running, theirs: dict[str, str], method: str, path: str, names: list[str]
) -> None:
    """Without this the test above could pass on ids that do not exist."""
    owner = msgspec.structs.replace(running, gateway=running.stranger)

    nobodys = _nobodys(theirs)

    for name in names:
        status, body = await ask(owner, method, path, {**nobodys, name: theirs[name]}, names)

        assert status != 404, name
        if path.endswith("/orders/sst"):
            (found,) = body["data"]["orderBatches"]
            assert theirs[name] in (found["batchId"], found["transactionId"])


async def ask(running: Running, method: str, path: str, ids: dict[str, str], names: list[str]) -> tuple[int, Any]:
    url = path.replace("{name}", running.gateway.name).replace("{endpoint_id}", ids["endpoint_id"])
    url = url.replace("{consent_id}", ids["consent_id"])
    headers = running.headers(investor_id=ids[INVESTOR] if "/user/" in path else None)
    query = {name: ids[name] for name in names if f"{{{name}}}" not in path}
    if path.endswith("/replay"):
        query["since"] = "2026-11-18T00:00:00Z"
    async with AsyncClient(base_url=running.url) as client:
        answer = await client.request(method, url, params=query, headers=headers)
    body = answer.json()
    body.pop("requestId", None)
    return answer.status_code, body
