"""The receiver believes a webhook only when both of its proofs are right."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest
from standardwebhooks import Webhook

from torana.cli.receiver import Received, Receiver

API_SECRET = "an-api-secret"
SIGNING_SECRET = "whsec_" + "c2VjcmV0IG9mIHRoZSB0ZXN0LCAzMiBieXRlcyBsb25nIQ=="


@pytest.fixture
async def received() -> asyncio.Queue[Received]:
    return asyncio.Queue()


@pytest.fixture
async def receiver(received: asyncio.Queue[Received]) -> AsyncIterator[Receiver]:
    receiver = Receiver(API_SECRET, received.put_nowait)
    receiver.signing_secret = SIGNING_SECRET
    receiver.start()
    yield receiver
    receiver.stop()


def body(*, api_secret: str = API_SECRET) -> bytes:
    said = b"1700000000000" + b"5f" * 12
    checksum = hmac.new(api_secret.encode(), said, hashlib.sha256).hexdigest()
    return json.dumps(
        {"timestamp": "1700000000000", "smallcaseAuthId": "5f" * 12, "checksum": checksum, "transactionId": "TRX_1"}
    ).encode()


async def deliver(receiver: Receiver, content: bytes, *, secret: str = SIGNING_SECRET) -> int:
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": Webhook(secret).sign("msg_1", now, content.decode()),
    }
    async with aiohttp.ClientSession() as http, http.post(receiver.url, data=content, headers=headers) as answer:
        return answer.status


async def test_a_webhook_that_proves_itself_is_taken(receiver: Receiver, received: asyncio.Queue[Received]) -> None:
    assert await deliver(receiver, body()) == 200

    taken = await received.get()
    assert taken.checks.passed
    assert taken.event["transactionId"] == "TRX_1"


async def test_a_wrong_signature_is_refused(receiver: Receiver, received: asyncio.Queue[Received]) -> None:
    other = "whsec_" + "YW5vdGhlciBzZWNyZXQsIGFsc28gMzIgYnl0ZXMgbG9uZw=="

    assert await deliver(receiver, body(), secret=other) == 401

    refused = (await received.get()).checks
    assert refused.checksum
    assert not refused.signature


async def test_a_wrong_checksum_is_refused(receiver: Receiver, received: asyncio.Queue[Received]) -> None:
    assert await deliver(receiver, body(api_secret="another-secret")) == 401

    refused = (await received.get()).checks
    assert not refused.checksum
    assert refused.signature


async def test_what_is_no_json_is_refused(receiver: Receiver, received: asyncio.Queue[Received]) -> None:
    assert await deliver(receiver, b"not json") == 401

    assert not (await received.get()).checks.passed


async def test_nothing_passes_before_the_endpoint_is_registered(
    receiver: Receiver, received: asyncio.Queue[Received]
) -> None:
    receiver.signing_secret = ""

    assert await deliver(receiver, body()) == 401

    assert not (await received.get()).checks.passed
