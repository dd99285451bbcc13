"""What a partner learns of a transaction."""

from typing import Any
from urllib.parse import quote

import jwt
import pytest

from tests.support.brokers import ANY_BROKER
from tests.support.clock import HandClock
from tests.support.gateway import Batches, Caller
from tests.transactions.moving import Journey, begin
from torana.kit.database import Database
from torana.partners.tokens import read_token
from torana.transactions.models import Status
from torana.transactions.outcomes import ORDER_IN_QUEUE, USER_CANCELLED_AFTER_LOGIN

OTHER_INVESTOR = "0badc0de0badc0de0badc0de"
BATCH = {"batchId": "65f0c0ffee65f0c0ffee65f0", "status": "COMPLETED", "quantity": 1, "filled": 1, "orders": []}


@pytest.fixture
async def journey(database: Database, clock: HandClock, partner: Caller) -> Journey:
    return await begin(database, clock, partner)


async def seen(journey: Journey, investor_id: str | None = None) -> dict[str, Any]:
    answer = await journey.partner.details(journey.transaction_id, investor_id)
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


async def test_a_new_transaction_is_initialized(journey: Journey) -> None:
    details = (await seen(journey))["transactionDetails"]

    assert details == {
        "transactionId": journey.transaction_id,
        "intent": "TRANSACTION",
        "status": "INITIALIZED",
        "error": {"value": False, "code": None, "message": None},
        "success": None,
        "broker": None,
        "smallcaseAuthId": None,
        "authToken": None,
        "signup": False,
        "notes": None,
        "orderConfig": {
            "type": "SECURITIES",
            "securities": [
                {"ticker": "TCS", "exchange": "NSE", "quantity": 3, "type": "BUY", "orderType": "MARKET", "price": 0}
            ],
            "meta": {},
        },
        "createdAt": "2026-11-18T05:00:00.000Z",
        "expireAt": "2026-11-18T05:15:00.000Z",
        "expired": False,
    }


async def test_every_key_stands_in_both_places(journey: Journey) -> None:
    data = await seen(journey)

    inner = data.pop("transactionDetails")
    assert data == inner


async def test_a_limit_price_comes_back_as_it_was_given(partner: Caller) -> None:
    body = {
        "intent": "TRANSACTION",
        "orderConfig": {"type": "SECURITIES", "securities": [{"ticker": "TCS", "price": 3200.5}], "meta": {"a": 1.5}},
    }
    made = await partner.create(body)

    answer = await partner.details(made.json()["data"]["transactionId"])

    assert '"orderType":"LIMIT","price":3200.5}' in answer.text
    assert answer.json()["data"]["orderConfig"]["meta"] == {"a": 1.5}


async def test_a_completed_connect_hands_over_the_investor(
    database: Database, clock: HandClock, partner: Caller
) -> None:
    connect = await begin(database, clock, partner, "CONNECT")
    await connect.use()
    await connect.complete()

    data = await seen(connect)

    token = data["success"].pop("smallcaseAuthToken")
    assert data["success"] == {
        "transactionId": connect.transaction_id,
        "broker": ANY_BROKER,
        "signup": False,
        "smallcaseAuthId": connect.investor_id,
    }
    assert (data["status"], data["broker"], data["smallcaseAuthId"]) == ("COMPLETED", ANY_BROKER, connect.investor_id)
    assert read_token(partner.gateway, token, clock.now()).investor_id == connect.investor_id
    assert jwt.decode(token, options={"verify_signature": False})["exp"] == clock.now().timestamp() + 3600


async def test_completed_funds_are_rupees_and_say_of_when_they_are(
    database: Database, clock: HandClock, partner: Caller
) -> None:
    funds = await begin(database, clock, partner, "FETCH_FUNDS", OTHER_INVESTOR)
    await funds.use()
    await funds.complete({"funds": 12345650, "read_at": "2026-11-18T05:12:30Z"})

    success = (await seen(funds))["success"]

    assert (success["funds"], success["fundsAt"]) == (123456.5, "2026-11-18T05:12:30.000Z")


async def test_a_completed_order_brings_its_batches(journey: Journey, batches: Batches) -> None:
    batches.of[journey.transaction_id] = [BATCH]
    await journey.use()
    await journey.confirm()
    assert (await seen(journey))["success"] is None
    await journey.settle(Status.COMPLETED)

    data = await seen(journey)

    assert data["success"]["orderBatches"] == [BATCH]
    assert data["error"] == {"value": False, "code": None, "message": None}


async def test_an_order_after_market_is_a_success_while_it_waits(journey: Journey, batches: Batches) -> None:
    batches.of[journey.transaction_id] = [{**BATCH, "variety": "amo", "status": "PLACED"}]
    await journey.use()
    await journey.confirm()
    await journey.settle(Status.PROCESSING)

    data = await seen(journey)

    assert data["status"] == "PROCESSING"
    assert data["success"]["orderBatches"][0]["variety"] == "amo"


async def test_an_order_in_queue_is_an_error_until_it_is_done(journey: Journey) -> None:
    await journey.use()
    await journey.confirm()
    await journey.settle(Status.PROCESSING, ORDER_IN_QUEUE)
    waiting = await seen(journey)
    await journey.settle(Status.COMPLETED)
    done = await seen(journey)

    assert waiting["error"] == {"value": True, "code": 4005, "message": "order_in_queue"}
    assert waiting["success"] is None
    assert done["error"]["value"] is False
    assert done["success"]["orderBatches"] == []


async def test_a_cancelled_transaction_names_its_error_and_whom_it_was(journey: Journey) -> None:
    await journey.use()
    await journey.fail(USER_CANCELLED_AFTER_LOGIN)

    data = await seen(journey)

    assert (data["status"], data["error"]) == ("ERRORED", {"value": True, "code": 1012, "message": "user_cancelled"})
    assert data["smallcaseAuthId"] == journey.investor_id
    assert data["authToken"]
    assert data["success"] is None


async def test_an_expired_transaction_is_errored_even_if_no_worker_came(journey: Journey, clock: HandClock) -> None:
    """I7: what the partner reads is what the log says."""
    clock.advance(15 * 60)

    data = await seen(journey)

    assert (data["status"], data["expired"]) == ("ERRORED", True)
    assert data["error"] == {"value": True, "code": 3001, "message": "transaction_expired"}
    assert await journey.events() == ["transaction.created", "transaction.failed"]
    assert await seen(journey) == data


async def test_a_connected_token_sees_its_own_transactions_only(
    database: Database, clock: HandClock, partner: Caller
) -> None:
    """X01."""
    journey = await begin(database, clock, partner)
    unknown = await partner.details("TRX_" + "0" * 32, journey.investor_id)

    before_login = await partner.details(journey.transaction_id, journey.investor_id)
    await journey.use()
    own = await partner.details(journey.transaction_id, journey.investor_id)
    other = await partner.details(journey.transaction_id, OTHER_INVESTOR)

    assert [answer.status_code for answer in (before_login, own, other)] == [404, 200, 404]
    assert without_id(before_login) == without_id(other) == without_id(unknown)


async def test_whom_the_create_named_sees_it_from_the_start(partner: Caller) -> None:
    made = await partner.create(
        {"intent": "TRANSACTION", "orderConfig": {"type": "SECURITIES", "securities": [{"ticker": "TCS"}]}},
        OTHER_INVESTOR,
    )
    transaction_id = made.json()["data"]["transactionId"]

    assert (await partner.details(transaction_id, OTHER_INVESTOR)).status_code == 200
    assert (await partner.details(transaction_id, "1" * 24)).status_code == 404
    assert (await partner.details(transaction_id)).status_code == 200


async def test_another_partners_transaction_is_not_there(journey: Journey, stranger: Caller) -> None:
    """X01."""
    foreign = await stranger.details(journey.transaction_id)
    unknown = await stranger.details("TRX_" + "0" * 32)

    assert foreign.status_code == unknown.status_code == 404
    assert without_id(foreign) == without_id(unknown)
    assert foreign.json()["errors"] == ["TransactionIdNotFound"]


@pytest.mark.parametrize(
    "transaction_id", ["", "x", "TRX_", "TRX_" + "G" * 32, "\x00", "TRX_" + "0" * 31 + "\x00", "é", "'--"]
)
async def test_what_is_no_id_is_not_there(partner: Caller, transaction_id: str) -> None:
    answer = await partner.client.get(
        f"/v1/{partner.gateway.name}/engine/transactiondetails?transactionId={quote(transaction_id)}",
        headers=partner.headers(),
    )

    assert answer.status_code == 404


@pytest.mark.parametrize("query", ["", "?transactionid=TRX_1", "?x=%00"])
async def test_the_transaction_must_be_named(partner: Caller, query: str) -> None:
    answer = await partner.client.get(
        f"/v1/{partner.gateway.name}/engine/transactiondetails{query}", headers=partner.headers()
    )

    assert answer.status_code == 400
    assert "transactionId" in answer.json()["message"]


def without_id(answer: Any) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    assert body.pop("requestId") == answer.headers["x-request-id"]
    return body
