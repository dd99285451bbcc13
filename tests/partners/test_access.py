"""Who may call: the headers of the partner's API."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from httpx import Response

from tests.portal.samples import GATEWAY
from tests.support.clock import HandClock
from tests.support.gateway import Caller
from torana.kit.database import Database
from torana.kit.errors import AccessDenied
from torana.partners.access import gateway_by_secret
from torana.partners.gateways import Gateways
from torana.partners.models import Gateway, PreviousSecret
from torana.partners.tokens import issue_token


async def call(partner: Caller, headers: dict[str, str], name: str | None = None) -> Response:
    return await partner.client.post(
        f"/gateway/{name or partner.gateway.name}/transaction", json={"intent": "CONNECT"}, headers=headers
    )


def told(answer: Response) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    assert answer.status_code == 401
    assert (body["success"], body["errorType"], body["data"]) == (False, "AccessDenied", None)
    assert body["errors"] == body["error"]
    return body


async def test_the_right_headers_open_the_door(partner: Caller) -> None:
    assert (await call(partner, partner.headers())).status_code == 200


@pytest.mark.parametrize("secret", [None, "", "wrong", "é", "x" * 10_000])
async def test_a_wrong_secret_is_an_invalid_gateway(partner: Caller, secret: str | None) -> None:
    headers: dict[str, Any] = partner.headers()
    del headers["x-gateway-secret"]
    if secret is not None:
        headers["x-gateway-secret"] = secret.encode()

    body = told(await call(partner, headers))

    assert body["errors"] == ["invalid gateway"]
    assert "x-gateway-secret" in body["message"]
    assert body["docUrl"].endswith("#invalid-gateway")


@pytest.mark.parametrize(
    ("secret", "given", "seconds", "opens"),
    [
        ("new", "new", 0, True),
        ("new", "old", 59, True),
        ("new", "old", 60, False),
        ("new", "", 0, False),
        ("", "", 0, False),
    ],
)
async def test_a_secret_opens_until_its_overlap_ends_and_none_opens_nothing(
    clock: HandClock, secret: str, given: str, seconds: int, *, opens: bool
) -> None:
    previous = PreviousSecret("old", clock.now() + timedelta(seconds=60))
    kept = msgspec.structs.replace(GATEWAY, api_secret=secret, previous_api_secret=previous)
    clock.advance(seconds)

    async def by_name(name: str) -> Gateway | None:
        return kept if name == kept.name else None

    found = gateway_by_secret(
        cast(Gateways, SimpleNamespace(by_name=by_name, clock=clock)), kept.name, {"x-gateway-secret": given}
    )

    if opens:
        assert await found is kept
        return
    with pytest.raises(AccessDenied, match="invalid gateway"):
        await found


async def test_an_unknown_gateway_answers_like_a_wrong_secret(partner: Caller) -> None:
    unknown = told(await call(partner, partner.headers(), "nobody-of-that-name"))
    wrong = told(await call(partner, {**partner.headers(), "x-gateway-secret": "wrong"}))

    assert {**unknown, "requestId": ""} == {**wrong, "requestId": ""}


async def test_the_signing_secret_is_not_the_api_secret(partner: Caller) -> None:
    headers = {**partner.headers(), "x-gateway-secret": partner.gateway.secret}

    assert told(await call(partner, headers))["errors"] == ["invalid gateway"]


async def test_another_partners_secret_does_not_open_this_gateway(partner: Caller, stranger: Caller) -> None:
    """X01."""
    assert told(await call(partner, stranger.headers()))["errors"] == ["invalid gateway"]


async def test_without_a_token_nobody_is_there(partner: Caller) -> None:
    headers = partner.headers()
    del headers["x-gateway-authtoken"]

    body = told(await call(partner, headers))

    assert body["errors"] == ["Invalid JWT"]
    assert body["message"] == "Invalid JWT: send the investor's token in the header x-gateway-authtoken"


async def test_a_token_of_another_partner_is_refused(partner: Caller, stranger: Caller, clock: Any) -> None:
    """X02."""
    headers = {**partner.headers(), "x-gateway-authtoken": issue_token(stranger.gateway, None, clock.now())}

    body = told(await call(partner, headers))

    assert body["errors"] == ["Invalid JWT"]
    assert body["message"] == "Invalid JWT: its signature is not made with this gateway's secret"


async def test_an_expired_token_is_refused_by_the_route(partner: Caller, clock: Any) -> None:
    """X02."""
    headers = partner.headers()
    clock.advance(3600 + 31)

    assert told(await call(partner, headers))["message"] == "Invalid JWT: it has expired: sign a new one"


async def test_no_refusal_shows_a_secret(partner: Caller) -> None:
    """I10."""
    for headers in (
        {**partner.headers(), "x-gateway-authtoken": partner.gateway.secret},
        {**partner.headers(), "x-gateway-secret": partner.gateway.secret},
    ):
        text = (await call(partner, headers)).text
        assert partner.gateway.secret not in text
        assert partner.gateway.api_secret not in text


async def test_a_suspended_gateway_is_told_so_after_it_proved_itself(partner: Caller, database: Database) -> None:
    await database.execute("update gateways set suspended_at = now() where gateway_id = $1", partner.gateway.gateway_id)

    own = await call(partner, partner.headers())
    stranger = await call(partner, {**partner.headers(), "x-gateway-secret": "wrong"})

    assert (own.status_code, stranger.status_code) == (403, 401)
    body = own.json()
    assert (body["errorType"], body["errors"]) == ("AccessDenied", ["gateway suspended"])
    assert body["docUrl"].endswith("#gateway-suspended")
