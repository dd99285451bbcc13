"""Orders over HTTP: whose orders `GET orders/sst` gives, and what a postback sets going."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from httpx import Response

from tests.connectors.replay import KEYS, Replayer, fixture
from tests.support.clock import HandClock
from tests.support.gateway import Caller, application, calling
from tests.support.partner import make_gateway
from torana.connectors.contract import ExecutionMode, Setup
from torana.connectors.hosts import live_hosts
from torana.connectors.registry import BROKERS, Connectors
from torana.kit.database import Database
from torana.orders.routes import LARGEST_POSTBACK, MOST_IDS, POSTBACK
from torana.partners.models import Gateway, Mode


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
                "insert into attempts (gateway_id, attempt_id, order_id, number, tag, state, planned_at, started_at, "
                "sends) values ($1, $2, $3, 1, $4, 'ACCEPTED', $5, $5, 1)",
                gateway.gateway_id, f"att_{uuid4().hex}", order_id, str(uuid4().int)[:15], now,
            )  # fmt: skip
    return known


@pytest.fixture
async def partner(database: Database, clock: HandClock) -> AsyncIterator[Caller]:
    connectors = Connectors.build(
        keys={"kite": {"api_key": KEYS["api_key"], "api_secret": KEYS["api_secret"]}},
        sandbox_url="http://127.0.0.1:1",
        public_url="http://torana.test",
        client=lambda *_: Replayer([]),
    )
    async with calling(application(database, clock, connectors=connectors)) as client:
        yield Caller(client, await make_gateway(database, clock), clock)


@pytest.fixture
async def asha(partner: Caller, database: Database, clock: HandClock) -> Investor:
    return await investor(database, partner.gateway, clock)


@pytest.fixture
async def ravi(partner: Caller, database: Database, clock: HandClock) -> Investor:
    """Another investor of the same partner."""
    return await investor(database, partner.gateway, clock)


async def ask(partner: Caller, investor_id: str | None = None, **query: str | list[str]) -> tuple[int, dict[str, Any]]:
    path = f"/v1/{partner.gateway.name}/engine/orders/sst"
    answer = await partner.client.get(path, params=query, headers=partner.headers(investor_id))
    return answer.status_code, answer.json()


def batches(body: dict[str, Any]) -> list[str]:
    return [batch["batchId"] for batch in body["data"]["orderBatches"]]


async def test_a_connected_token_sees_all_finished_batches_of_its_own_and_nobody_elses(
    partner: Caller, asha: Investor, ravi: Investor
) -> None:
    _, hers = await ask(partner, asha.investor_id)
    _, his = await ask(partner, ravi.investor_id)

    assert batches(hers) == [asha.batch]
    assert batches(his) == [ravi.batch]


@pytest.mark.parametrize("name", ["transactionId", "batchId"])
async def test_another_investors_id_is_left_out_for_a_connected_token(
    partner: Caller, asha: Investor, ravi: Investor, name: str
) -> None:
    ids = [asha.completed, ravi.completed] if name == "transactionId" else [asha.batch, ravi.batch]

    status, body = await ask(partner, asha.investor_id, **{name: ids})

    assert status == 200
    assert batches(body) == [asha.batch]


@pytest.mark.parametrize("name", ["transactionId", "batchId"])
@pytest.mark.parametrize("connected", [True, False])
async def test_a_transaction_that_is_not_completed_gives_no_orders(
    partner: Caller, asha: Investor, name: str, connected: bool
) -> None:
    ids = [asha.running, asha.completed] if name == "transactionId" else [asha.running_batch, asha.batch]

    _, body = await ask(partner, asha.investor_id if connected else None, **{name: ids})

    assert batches(body) == [asha.batch]


async def test_a_guest_token_needs_ids(partner: Caller, asha: Investor) -> None:
    status, body = await ask(partner)

    assert status == 400
    assert body["data"] is None
    assert body["errors"] == ["a guest token needs transactionId or batchId"]
    assert asha.batch not in str(body)


async def test_a_guest_token_with_ids_sees_those(partner: Caller, asha: Investor, ravi: Investor) -> None:
    _, body = await ask(partner, None, transactionId=asha.completed, batchId=ravi.batch)

    assert set(batches(body)) == {asha.batch, ravi.batch}


async def test_an_id_that_nobody_has_is_an_empty_list(partner: Caller, asha: Investor) -> None:
    status, body = await ask(partner, asha.investor_id, transactionId=f"TRX_{'0' * 32}")

    assert (status, batches(body)) == (200, [])


async def test_a_batch_says_where_and_whose_it_is_and_its_numbers_are_short(partner: Caller, asha: Investor) -> None:
    path = f"/v1/{partner.gateway.name}/engine/orders/sst"
    answer = await partner.client.get(path, headers=partner.headers(asha.investor_id))

    (batch,) = answer.json()["data"]["orderBatches"]
    assert (batch["broker"], batch["smallcaseAuthId"]) == ("kite", asha.investor_id)
    assert batch["orders"][0]["errorCode"] is None
    for number in ('"buyAmount":9601.5,', '"sellAmount":0,', '"averagePrice":3200.5,', '"price":0,'):
        assert number in answer.text


async def test_so_many_ids_at_once_and_no_more(partner: Caller, asha: Investor) -> None:
    most = [asha.completed, *[f"TRX_{number:032x}" for number in range(MOST_IDS - 1)]]

    status, body = await ask(partner, None, transactionId=most)
    refused, _ = await ask(partner, None, transactionId=[*most, "TRX_more"])

    assert (status, batches(body)) == (200, [asha.batch])
    assert refused == 400


async def test_orders_are_told_under_both_names(partner: Caller, asha: Investor) -> None:
    _, body = await ask(partner, asha.investor_id)

    assert body["success"] is True
    assert body["data"]["orders"] == body["data"]["orderBatches"]


def kite_postback(order_id: str, *, secret: str = KEYS["api_secret"], **changed: object) -> bytes:
    told = {**json.loads(fixture("kite", "parse_postback")), "order_id": order_id, **changed}
    proof = f"{order_id}{told['order_timestamp']}{secret}"
    return json.dumps(told | {"checksum": sha256(proof.encode()).hexdigest()}).encode()


async def post(partner: Caller, body: bytes, path: str = "/postback/kite") -> Response:
    return await partner.client.post(path, content=body)


def counted(result: str) -> float:
    return float(POSTBACK.labels("kite", result)._value.get())


async def due(database: Database, batch_id: str) -> tuple[int, bool]:
    """How many hints the batch had, and whether it is due."""
    async with database.connection() as connection:
        row = await connection.fetchrow("select hints, due_at from batches where batch_id = $1", batch_id)
    assert row is not None
    return row["hints"], row["due_at"] is not None


async def test_a_postback_makes_the_batch_of_its_order_due(partner: Caller, asha: Investor, database: Database) -> None:
    """K01 to K03, K08: whatever it says, and whether the order's id is known yet, the book is read and has the last
    word. Final orders have postbacks too: a broker corrects an end."""
    states = "select array_agg(state order by order_id) from orders where batch_id = $1"
    stood = await database.value(states, asha.batch)
    tag = await database.value(
        "select tag from attempts join orders using (gateway_id, order_id) where batch_id = $1", asha.batch
    )
    before = counted("taken")

    said = {"tag": tag, "user_id": asha.investor_id, "status": "OPEN"}
    answer = await post(partner, kite_postback("900900900", **said))

    assert (answer.status_code, answer.json()) == (200, {"status": "taken"})
    assert await database.value(states, asha.batch) == stood
    assert await due(database, asha.batch) == (1, True)
    assert await due(database, asha.running_batch) == (0, False)
    assert counted("taken") == before + 1
    assert await database.value("select seen_in from orders where batch_id = $1", asha.batch) is None


async def test_a_postback_from_another_account_marks_the_order(
    partner: Caller, asha: Investor, database: Database
) -> None:
    tag = await database.value(
        "select tag from attempts join orders using (gateway_id, order_id) where batch_id = $1", asha.running_batch
    )

    await post(partner, kite_postback("900900900", tag=tag, user_id="ZZ0001"))

    assert await database.value("select seen_in from orders where batch_id = $1", asha.running_batch) == "ZZ0001"


async def test_a_postback_of_somebody_elses_order_is_taken_and_changes_nothing(partner: Caller) -> None:
    """K05."""
    before = counted("unknown order")

    answer = await post(partner, kite_postback("900900901", tag=None))

    assert answer.status_code == 200
    assert counted("unknown order") == before + 1


@pytest.mark.parametrize(
    ("path", "body", "status", "says"),
    [
        ("/postback/kite", kite_postback("1", secret="another"), 403, "not a postback of ours"),
        ("/postback/kite", b"{", 403, "not a postback of ours"),
        ("/postback/upstox/guessed", b"{}", 403, "not a postback of ours"),
        ("/postback/nobody", b"{}", 404, "no such broker"),
        ("/postback/kite", b" " * LARGEST_POSTBACK + b"x", 413, "64 kB"),
    ],
)
async def test_what_is_no_postback_of_ours_is_refused(
    partner: Caller, asha: Investor, database: Database, path: str, body: bytes, status: int, says: str
) -> None:
    """K04."""
    before = counted("refused")

    answer = await post(partner, body, path)

    assert answer.status_code == status
    assert says in answer.json()["message"]
    assert await due(database, asha.batch) == (0, False)
    assert counted("refused") == before + (1 if (status, path) == (403, "/postback/kite") else 0)


async def test_a_postback_of_the_largest_size_is_read(partner: Caller) -> None:
    answer = await post(partner, kite_postback("900900902", tag=None).ljust(LARGEST_POSTBACK))

    assert answer.status_code == 200


async def test_a_broker_that_is_there_in_one_mode_alone_has_its_postbacks_taken(
    database: Database, clock: HandClock
) -> None:
    at = Setup(Replayer([]), live_hosts(BROKERS["kite"], KEYS), KEYS, "https://torana.test", ExecutionMode.SERVER_API)
    live = Connectors({(Mode.LIVE, "kite"): BROKERS["kite"].bound(at)})
    async with calling(application(database, clock, connectors=live)) as client:
        taken = await client.post("/postback/kite", content=kite_postback("900900903", tag=None))
        nobody = await client.post("/postback/upstox", content=b"{}")

    assert (taken.status_code, nobody.status_code) == (200, 404)


async def test_the_secret_in_the_address_proves_a_postback_without_a_checksum(partner: Caller) -> None:
    secret = BROKERS["upstox"].sandbox_keys[ExecutionMode.SERVER_API]["postback_secret"]

    right = await post(partner, fixture("upstox", "parse_postback"), f"/postback/upstox/{secret}")
    none = await post(partner, fixture("upstox", "parse_postback"), "/postback/upstox")

    assert (right.status_code, none.status_code) == (200, 403)
