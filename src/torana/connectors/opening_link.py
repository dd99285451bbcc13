"""Account opening by the address that a broker gives the operator as its partner: a plain link, or, where the two have
agreed on a secret, a form with the applicant's details, whose status comes back signed.

No broker publishes an interface for this. The form is what this program offers to those who agree on it
(docs/account-opening.md); the link works with every broker.
"""

from collections.abc import Mapping
from hashlib import sha256
from hmac import compare_digest, digest

from torana.connectors.contract import Applicant, BrowserForm, Key, OpeningStatus, Redirect, Setup, Told
from torana.connectors.contract.setup import FromKey, Host

ROLE = "opening"
_KEY, _SECRET = "opening_url", "opening_secret"
OPENING_KEYS = (
    Key(
        _KEY,
        secret=False,
        required=False,
        help="your address for opening accounts, with your partner code in it; without it no account can be opened",
    ),
    Key(
        _SECRET,
        secret=True,
        required=False,
        help="what signs the status of an account opening; with it the applicant's details are handed over",
    ),
)
SANDBOX_SECRET = "sandbox-opening-secret"
SANDBOX_OPENING = {_SECRET: SANDBOX_SECRET}


def opening_host(broker: str) -> Host:
    """Only the applicant's browser goes there."""
    return Host(FromKey(_KEY, optional=True), f"/{broker}/opening", called=False)


def signature(secret: str, lead_id: str, status: str) -> str:
    """Hexadecimal HMAC-SHA256 of `leadId` and `status` with a line break between them."""
    return digest(secret.encode(), f"{lead_id}\n{status}".encode(), sha256).hex()


class OpeningLink:
    """See `AccountOpenings`."""

    def __init__(self, setup: Setup) -> None:
        self._url = setup.hosts[ROLE]
        self._secret = setup.keys[_SECRET]

    @property
    def tells(self) -> bool:
        return bool(self._secret)

    def begin(self, applicant: Applicant, lead_id: str, return_url: str, status_url: str) -> Redirect | BrowserForm:
        if not self.tells:
            return Redirect(self._url)
        return BrowserForm(
            self._url,
            {
                "leadId": lead_id,
                "name": applicant.name,
                "email": applicant.email,
                "contact": applicant.phone,
                "pinCode": applicant.pin_code,
                "returnUrl": return_url,
                "statusUrl": status_url,
            },
        )

    def read(self, told: Mapping[str, str]) -> Told:
        lead_id, status, proof = (told.get(name, "") for name in ("leadId", "status", "signature"))
        if not self.tells:
            raise ValueError("no secret was agreed on")
        if not compare_digest(signature(self._secret, lead_id, status).encode(), proof.encode("utf-8", "replace")):
            raise ValueError("the signature is wrong")
        return Told(lead_id, OpeningStatus(status))
