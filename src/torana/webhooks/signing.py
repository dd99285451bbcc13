"""What proves a webhook: the checksum in the body and the Standard Webhooks signature over the very bytes sent.

An endpoint's secrets are kept sealed as `current` or `current previous until`: after a rotation the previous secret
signs as well until that moment (seconds since 1970), so that the partner can change over without losing a webhook.
"""

import base64
import hashlib
import hmac
import secrets
from datetime import UTC, datetime, timedelta

from standardwebhooks import Webhook

from torana.kit.cipher import Cipher, sealed_place

SECRET_BYTES = 32
OVERLAP = timedelta(hours=24)


def new_secret() -> str:
    """A signing secret as partners see it, `whsec_…`."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}"


def seal_secret(cipher: Cipher, gateway_id: str, endpoint_id: str, secret: str) -> bytes:
    return cipher.seal(secret, bound_to=_place(gateway_id, endpoint_id))


def rotated(cipher: Cipher, gateway_id: str, endpoint_id: str, sealed: bytes, secret: str, now: datetime) -> bytes:
    """The sealed secrets of an endpoint after `secret` became its current one."""
    place = _place(gateway_id, endpoint_id)
    current = cipher.open(sealed, bound_to=place).split(" ")[0]
    return cipher.seal(f"{secret} {current} {int((now + OVERLAP).timestamp())}", bound_to=place)


def signing_secrets(cipher: Cipher, gateway_id: str, endpoint_id: str, sealed: bytes, now: datetime) -> list[str]:
    """The secrets that sign now, the current one first."""
    match cipher.open(sealed, bound_to=_place(gateway_id, endpoint_id)).split(" "):
        case [current, previous, until] if now.timestamp() < int(until):
            return [current, previous]
        case [current, *_]:
            return [current]
    raise AssertionError("split never returns an empty list")


def signature_headers(keys: list[str], event_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """The Standard Webhooks 1.0 headers; `webhook-id` is the event's id, the same at every attempt."""
    moment = now.astimezone(UTC)
    signatures = [Webhook(key).sign(event_id, moment, body.decode()) for key in keys]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(moment.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def checksum(api_secret: str, timestamp: str, subject: str) -> str:
    """Hexadecimal HMAC-SHA256 of `timestamp` and the event's subject joined, keyed with the gateway's API secret."""
    return hmac.new(api_secret.encode(), f"{timestamp}{subject}".encode(), hashlib.sha256).hexdigest()


def _place(gateway_id: str, endpoint_id: str) -> str:
    return sealed_place(gateway_id, "endpoints", endpoint_id, "secret")
