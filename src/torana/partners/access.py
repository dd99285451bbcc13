"""Who calls: the gateway proven by its API secret, the investor by the auth token."""

import hmac
from collections.abc import Mapping
from datetime import datetime

import msgspec

from torana.kit.errors import AccessDenied
from torana.partners.gateways import Gateways
from torana.partners.models import Gateway
from torana.partners.tokens import InvalidToken, read_token

SECRET_HEADER = "x-gateway-secret"
TOKEN_HEADER = "x-gateway-authtoken"
SUSPENDED_ANCHOR = "gateway-suspended"


class Access(msgspec.Struct, frozen=True):
    """A caller who has proven who they are: a partner's backend, for a connected investor or (None) a guest."""

    gateway: Gateway
    investor_id: str | None


async def authenticate(gateways: Gateways, name: str, headers: Mapping[str, str], now: datetime) -> Access:
    """Check both headers. Raises `AccessDenied`: 401 that says which one to mend, never what it should have been; 403
    for a suspended gateway."""
    gateway = await gateway_by_secret(gateways, name, headers)
    token = headers.get(TOKEN_HEADER)
    if not token:
        raise _invalid_token(f"send the investor's token in the header {TOKEN_HEADER}")
    try:
        return Access(gateway, read_token(gateway, token, now).investor_id)
    except InvalidToken as error:
        raise _invalid_token(str(error)) from None


async def gateway_by_secret(gateways: Gateways, name: str, headers: Mapping[str, str]) -> Gateway:
    """The gateway of this name if the header `x-gateway-secret` is its API secret.

    Raises `AccessDenied`: 401, the same for an unknown name and for a wrong secret; 403 for a suspended gateway.
    """
    given = headers.get(SECRET_HEADER, "")
    gateway = await gateways.by_name(name)
    expected = [""] if gateway is None else gateway.api_secrets(gateways.clock.now())
    matches = [hmac.compare_digest(given.encode(), one.encode()) for one in expected]
    if gateway is None or not given or not any(matches):
        raise AccessDenied(
            f"invalid gateway: the path must name your gateway and the header {SECRET_HEADER} must carry its API "
            "secret (not the secret that signs tokens)",
            anchor="invalid-gateway",
            errors=("invalid gateway",),
        )
    if gateway.suspended_at is not None:
        raise AccessDenied(
            "The operator has suspended this gateway: nothing new is taken. Orders that were confirmed before "
            "continue, and webhooks report how they end",
            status=403,
            anchor=SUSPENDED_ANCHOR,
            errors=("gateway suspended",),
        )
    return gateway


def _invalid_token(why: str) -> AccessDenied:
    return AccessDenied(f"Invalid JWT: {why}", anchor="invalid-jwt", errors=("Invalid JWT",))
