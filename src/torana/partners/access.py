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


class Access(msgspec.Struct, frozen=True):
    """A caller who has proven himself: a partner's backend, for a connected investor or (None) a guest."""

    gateway: Gateway
    investor_id: str | None


async def authenticate(gateways: Gateways, name: str, headers: Mapping[str, str], now: datetime) -> Access:
    """Check both headers. Raises `AccessDenied` (401) that says which one to mend, never what it should have been."""
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

    Raises `AccessDenied` (401), the same for an unknown name and for a wrong secret.
    """
    given = headers.get(SECRET_HEADER, "")
    gateway = await gateways.by_name(name)
    expected = gateway.api_secret if gateway is not None else ""
    matches = hmac.compare_digest(given.encode(), expected.encode())
    if gateway is None or not given or not matches:
        raise AccessDenied(
            f"invalid gateway: the path must name your gateway and the header {SECRET_HEADER} must carry its API "
            "secret (not the secret that signs tokens)",
            anchor="invalid-gateway",
            errors=("invalid gateway",),
        )
    return gateway


def _invalid_token(why: str) -> AccessDenied:
    return AccessDenied(f"Invalid JWT: {why}", anchor="invalid-jwt", errors=("Invalid JWT",))
