"""What is signed: the tokens that we make, and the webhooks that we receive."""

import hashlib
import hmac
import time
import warnings
from collections.abc import Mapping

import jwt
import msgspec
from standardwebhooks import Webhook, WebhookVerificationError

# The demo's secret is the short one of public samples. Yours has 32 bytes, and this line is not for you.
warnings.filterwarnings("ignore", category=jwt.InsecureKeyLengthWarning)


class Checks(msgspec.Struct, frozen=True):
    """Both ways in which a webhook proves itself; either alone would do."""

    checksum: bool
    signature: bool

    @property
    def passed(self) -> bool:
        return self.checksum and self.signature


def auth_token(secret: str, investor_id: str | None) -> str:
    """Who is in front of the page: a guest, or the investor whom the gateway named to us before."""
    now = int(time.time())
    claims: dict[str, object] = {"guest": True} if investor_id is None else {"smallcaseAuthId": investor_id}
    return jwt.encode({**claims, "iat": now, "exp": now + 3600}, secret, algorithm="HS256")


def investor_of(secret: str, token: str) -> str | None:
    """The investor that a token of the gateway's names; None when it proves nothing."""
    try:
        claims = jwt.decode(token, secret, algorithms=["HS256"])
    except jwt.InvalidTokenError:
        return None
    found = claims.get("smallcaseAuthId")
    return found if isinstance(found, str) else None


def check_webhook(
    body: bytes, headers: Mapping[str, str], event: Mapping[str, object], *, api_secret: str, signing_secret: str
) -> Checks:
    """Check the body's own checksum and the Standard Webhooks signature over the raw bytes."""
    # What names no investor is signed over its transaction, what has neither over the moment alone.
    subject = event.get("smallcaseAuthId") or event.get("transactionId") or ""
    said = f"{event.get('timestamp')}{subject}"
    expected = hmac.new(api_secret.encode(), said.encode(), hashlib.sha256).hexdigest()
    try:
        Webhook(signing_secret).verify(body, {name.lower(): value for name, value in headers.items()})
        signed = True
    except WebhookVerificationError:
        signed = False
    return Checks(checksum=hmac.compare_digest(expected, str(event.get("checksum"))), signature=signed)
