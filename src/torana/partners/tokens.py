"""Auth tokens: the JWT that says who is in front of the pop-up.

The payload is `{"guest": true}` or `{"smallcaseAuthId": "…"}`; `iat`, `exp`, `nbf` and `aud` are optional and are
enforced when they are there. HS256 with the gateway's secret and nothing else.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache

import jwt
import msgspec
from jwt.algorithms import HMACAlgorithm
from jwt.api_jws import PyJWS

from torana.kit.errors import ToranaError
from torana.partners.models import Gateway

LIFETIME = timedelta(hours=1)
"""How long a token of ours is good for."""
LEEWAY_SECONDS = 30
"""How far the partner's clock may be from ours."""
_INVESTOR_ID = re.compile(r"[0-9a-f]{24}")
_LONGEST = 4096
_LARGEST_SECONDS = 100_000_000_000
"""The year 5138 in seconds since 1970, and March 1973 in milliseconds."""


class InvalidToken(ToranaError):
    """The token proves nothing; the message says why, in words for the partner's developer."""


class _WrongSignature(InvalidToken):
    """Another secret may have made it."""


class AuthToken(msgspec.Struct, frozen=True):
    """What a valid token says: the connected investor, or None for a guest."""

    investor_id: str | None


class _Claims(msgspec.Struct, frozen=True, omit_defaults=True):
    guest: bool | None = None
    investor_id: str | None = msgspec.field(default=None, name="smallcaseAuthId")
    iat: float | None = None
    exp: float | None = None
    nbf: float | None = None
    aud: str | list[str] | None = None


class _AnyKeyLength(HMACAlgorithm):
    """Partners may bring the short secret of their old gateway; we neither refuse it nor warn at every request."""

    def check_key_length(self, key: bytes) -> None:
        return None

    def prepare_key(self, key: str | bytes) -> bytes:
        """The secret is what it is: looking whether it might be a public key costs more than the signature."""
        return key.encode() if isinstance(key, str) else key


_jws = PyJWS(algorithms=[])
_jws.register_algorithm("HS256", _AnyKeyLength(HMACAlgorithm.SHA256))
_decoder = msgspec.json.Decoder(_Claims)


def read_token(gateway: Gateway, token: str, now: datetime) -> AuthToken:
    """Check signature and times and return what the token says. Raises `InvalidToken`."""
    claims = _signed(gateway.signing_secrets(now), token)
    _check_use(gateway, claims, now)
    if claims.investor_id is None:
        if claims.guest is not True:
            raise InvalidToken('its payload must be {"guest": true} or {"smallcaseAuthId": "…"}')
        return AuthToken(None)
    if claims.guest:
        raise InvalidToken("it says guest and names an investor: keep one of the two")
    if _INVESTOR_ID.fullmatch(claims.investor_id) is None:
        raise InvalidToken("its smallcaseAuthId must be the 24 hexadecimal digits that this gateway gave you")
    return AuthToken(claims.investor_id)


def _signed(secrets: Sequence[str], token: str) -> _Claims:
    """What a token says that one of these has signed."""
    *others, last = secrets
    for secret in others:
        try:
            return _verified(secret, token)
        except _WrongSignature:
            continue
    return _verified(last, token)


def issue_token(gateway: Gateway, investor_id: str | None, now: datetime) -> str:
    """A token of ours for this investor (None: guest), good for one hour."""
    claims = _Claims(
        guest=True if investor_id is None else None,
        investor_id=investor_id,
        iat=int(now.timestamp()),
        exp=int((now + LIFETIME).timestamp()),
    )
    return _jws.encode(msgspec.json.encode(claims), gateway.secret, algorithm="HS256")


@lru_cache(maxsize=2048)
def _verified(secret: str, token: str) -> _Claims:
    """What a token says whose signature is right; that it is right does not change, so it is remembered."""
    if len(token) > _LONGEST:
        raise InvalidToken(f"it is longer than {_LONGEST} characters")
    try:
        return _decoder.decode(_jws.decode(token, secret, algorithms=["HS256"]))
    except jwt.InvalidSignatureError:
        raise _WrongSignature("its signature is not made with this gateway's secret") from None
    except jwt.InvalidAlgorithmError:
        raise InvalidToken("it must be signed with HS256") from None
    except msgspec.ValidationError as error:
        raise InvalidToken(f"its payload cannot be read: {error}") from None
    except (jwt.InvalidTokenError, msgspec.DecodeError, ValueError):
        raise InvalidToken("it is not a JWT") from None


def _check_use(gateway: Gateway, claims: _Claims, now: datetime) -> None:
    moment = now.timestamp()
    for name in ("exp", "nbf", "iat"):
        if (getattr(claims, name) or 0.0) > _LARGEST_SECONDS:
            raise InvalidToken(f"its {name} is not in seconds since 1970: milliseconds, perhaps")
    if claims.exp is not None and claims.exp <= moment - LEEWAY_SECONDS:
        raise InvalidToken("it has expired: sign a new one")
    if claims.nbf is not None and claims.nbf > moment + LEEWAY_SECONDS:
        raise InvalidToken("it is not valid yet: compare your clock with ours")
    if claims.aud is not None and gateway.name not in ([claims.aud] if isinstance(claims.aud, str) else claims.aud):
        raise InvalidToken("it is meant for somebody else: leave aud out or set it to the gateway's name")
