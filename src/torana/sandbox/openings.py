"""Requests to open an account that came to the simulated brokers."""

import hmac
from collections import OrderedDict
from dataclasses import dataclass, field
from enum import StrEnum

SECRET = "sandbox-opening-secret"
"""What the sandbox app of every broker agreed on."""
_KEPT = 5000


class Opened(StrEnum):
    """How far an account is."""

    SUBMITTED = "SUBMITTED"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"


@dataclass(slots=True)
class Opening:
    """One applicant's request. `told` is every status that the sender was told."""

    fields: dict[str, str]
    told: list[Opened] = field(default_factory=list)

    def signed(self, status: Opened) -> dict[str, str]:
        lead_id = self.fields["leadId"]
        proof = hmac.digest(SECRET.encode(), f"{lead_id}\n{status}".encode(), "sha256").hex()
        return {"leadId": lead_id, "status": status.value, "signature": proof}


class Openings:
    """Every request that came, of all brokers, by its lead. The oldest give way."""

    def __init__(self) -> None:
        self._known: OrderedDict[str, Opening] = OrderedDict()

    def take(self, fields: dict[str, str]) -> Opening:
        """The same lead may come again, after a reload of the page that sends it."""
        known = self._known.setdefault(fields["leadId"], Opening(fields))
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return known

    def find(self, lead_id: str) -> Opening | None:
        return self._known.get(lead_id)

    def forget(self) -> None:
        self._known.clear()
