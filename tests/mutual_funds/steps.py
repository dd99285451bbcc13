"""What a partner does who imports mutual funds by API, and the worker's part."""

from typing import Any

import msgspec
from httpx import Response

from tests.support.clock import HandClock
from tests.support.gateway import Caller
from tests.support.partner import CIPHER
from torana.flows.registry import EVENT_TYPES
from torana.kit.due import claim
from torana.mutual_funds.fetch import FUND_IMPORTS, fetch
from torana.mutual_funds.imports import FundImports
from torana.partners.gateways import Gateways
from torana.webhooks.models import Event
from torana.webhooks.schemas import webhook_body

INTENT = "MF_HOLDINGS_IMPORT"
PHONE, EMAIL = {"phone": "+919876543210"}, {"email": "asha@example.in"}
RIGHT, WRONG = "123456", "000000"


async def made(partner: Caller, investor_id: str | None = None, **more: Any) -> str:
    answer = await partner.create({"intent": INTENT, **more}, investor_id)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["data"]["transactionId"])


async def post(partner: Caller, call: str, transaction_id: str, to: dict[str, str] = PHONE, **more: Any) -> Response:
    body = {"transactionId": transaction_id, "pan": "ABCPE1234F", **to, **more.pop("body", {})}
    return await partner.client.post(f"/gateway/mf/{call}", json=body, headers=more.pop("headers", partner.headers()))


async def get_otp(partner: Caller, transaction_id: str, to: dict[str, str] = PHONE, **more: Any) -> Response:
    return await post(partner, "getOtp", transaction_id, to, **more)


async def verify(
    partner: Caller, transaction_id: str, otp: str = RIGHT, to: dict[str, str] = PHONE, **more: Any
) -> Response:
    return await post(partner, "verifyOtp", transaction_id, to, body={"otp": otp, **more.pop("body", {})}, **more)


def refusal(answer: Response) -> tuple[int, str, str]:
    told = answer.json()
    assert told["success"] is False
    return answer.status_code, told["errors"][0], told["errorType"]


async def fetched(imports: FundImports, partner: Caller, clock: HandClock) -> None:
    """The worker's part."""
    gateways = Gateways(imports.database, clock, CIPHER)
    clock.advance(2)
    for claimed in await claim(imports.database, FUND_IMPORTS, partner.gateway.gateway_id, clock.now(), 5):
        await fetch(imports, gateways, claimed)


async def webhook(imports: FundImports, partner: Caller, transaction_id: str) -> dict[str, Any]:
    kind = EVENT_TYPES["mf_holdings.imported"]
    async with imports.database.connection() as connection:
        row = await connection.fetchrow(
            "select event_id, transaction_id, sequence, type, data, created_at from events"
            " where gateway_id = $1 and transaction_id = $2 and type = $3",
            partner.gateway.gateway_id, transaction_id, kind.name,
        )  # fmt: skip
    assert row is not None
    assert kind.load is not None
    now = imports.clock.now()
    data = await kind.load(imports.database, CIPHER, partner.gateway.gateway_id, row["data"], now)
    event = Event(**{**dict(row), "data": data})
    told: dict[str, Any] = msgspec.json.decode(webhook_body(EVENT_TYPES, event, partner.gateway.api_secret))
    return told
