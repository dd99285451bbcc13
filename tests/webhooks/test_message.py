"""What a partner receives: the body, its checksum, its signature."""

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.support.brokers import ANY_BROKER
from tests.support.clock import HandClock
from tests.support.servers import Exchange, raw_server
from tests.webhooks.world import BATCH, INVESTOR, World, bodies


def verified(exchange: Exchange, secret: str) -> Any:
    return Webhook(secret).verify(exchange.body, exchange.headers)


@pytest.fixture
def clock() -> HandClock:
    """Signatures are checked against the receiver's real clock."""
    return HandClock(datetime.now(UTC))


async def test_the_bytes_sent_are_the_bytes_signed(world: World) -> None:
    """W11."""
    async with raw_server() as server:
        _, secret = await world.endpoint(server)
        event_id = await world.event()
        await world.runner.drain()

    sent = server.exchanges[0]
    assert verified(sent, secret)["eventId"] == event_id
    assert sent.headers["webhook-id"] == event_id
    assert sent.headers["content-type"] == "application/json"
    assert sent.request_line == "POST /in HTTP/1.1"


async def test_a_changed_byte_breaks_the_signature(world: World) -> None:
    """W11."""
    async with raw_server() as server:
        _, secret = await world.endpoint(server)
        await world.event()
        await world.runner.drain()

    sent = server.exchanges[0]
    sent.body = sent.body.replace(b"5020.5", b"5020.51")
    with pytest.raises(WebhookVerificationError):
        verified(sent, secret)


async def test_the_checksum_proves_the_body_to_a_client_of_the_reference(world: World) -> None:
    """W11."""
    async with raw_server() as server:
        await world.endpoint(server)
        await world.event()
        await world.runner.drain()

    (body,) = bodies(server)
    said = (body["timestamp"] + body["smallcaseAuthId"]).encode()
    assert body["checksum"] == hmac.new(world.gateway.api_secret.encode(), said, hashlib.sha256).hexdigest()
    moment = datetime.fromtimestamp(int(body["timestamp"]) / 1000, UTC)
    assert abs(moment - world.clock.now()) < timedelta(milliseconds=1.1)


async def test_the_body_is_one_flat_batch_with_the_names_of_the_reference(world: World) -> None:
    async with raw_server() as server:
        await world.endpoint(server)
        transaction_id = await world.transaction()
        event_id = await world.event("batch.placed", transaction_id)
        await world.runner.drain()

    (body,) = bodies(server)
    assert body.pop("checksum")
    assert body.pop("timestamp")
    assert body == {
        "event": "batch.placed",
        "eventId": event_id,
        "sequence": 1,
        "smallcaseAuthId": INVESTOR,
        "transactionId": transaction_id,
        "intent": "TRANSACTION",
        "broker": ANY_BROKER,
        "notes": "for Asha",
        **BATCH,
        "buyAmount": 5020.5,
        "sellAmount": 0,
        "orders": [{**BATCH["orders"][0], "averagePrice": 1673.5}],  # type: ignore[index]  # a list of dicts
    }


async def test_amounts_leave_as_numbers_to_the_last_digit(world: World) -> None:
    async with raw_server() as server:
        await world.endpoint(server)
        await world.event(batch={**BATCH, "buyAmount": "9007199254740993.07", "sellAmount": "0.10"})
        await world.runner.drain()

    assert b'"buyAmount":9007199254740993.07,' in server.exchanges[0].body
    assert b'"sellAmount":0.1,' in server.exchanges[0].body


async def test_the_order_of_the_events_of_a_transaction_can_be_restored(world: World) -> None:
    """W10."""
    async with raw_server() as server:
        await world.endpoint(server)
        transaction_id = await world.transaction()
        for kind in ("batch.placed", "batch.completed", "batch.corrected"):
            await world.event(kind, transaction_id)
        await world.runner.drain()

    received = sorted(bodies(server), key=lambda body: body["sequence"])
    assert [(body["sequence"], body["event"]) for body in received] == [
        (1, "batch.placed"),
        (2, "batch.completed"),
        (3, "batch.corrected"),
    ]


async def test_after_a_rotation_both_secrets_sign_for_a_day_and_then_the_new_one_alone(
    world: World, clock: HandClock
) -> None:
    """W08."""
    async with raw_server() as server:
        endpoint, old = await world.endpoint(server)
        new = await world.rotate(endpoint.endpoint_id)
        await world.event()
        await world.runner.drain()
        clock.advance(-25 * 3600)  # the receiver's clock is real: rotate a day ago instead
        newest = await world.rotate(endpoint.endpoint_id)
        clock.advance(25 * 3600)
        await world.event()
        await world.runner.drain()

    first, second = server.exchanges
    assert verified(first, new) == verified(first, old)
    assert verified(second, newest)
    for refused in (old, new):
        with pytest.raises(WebhookVerificationError):
            verified(second, refused)


async def test_the_secrets_of_an_endpoint_are_not_in_the_database_in_clear(world: World) -> None:
    """X04."""
    async with raw_server() as server:
        _, secret = await world.endpoint(server)

    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secret)
    dump = await world.database.value(
        "select string_agg(e::text, '') || string_agg(encode(secret, 'escape'), '') from endpoints e"
    )
    assert secret.removeprefix("whsec_")[:12] not in dump
