"""The way of somebody without an account to the broker's own page for opening one, and the broker's word on it.

```
begin(applicant, lead_id, return_url, status_url) ──> a link, or a form with the details, for the applicant's browser
                                … the applicant fills in the rest at the broker …
read(told) ─> Told: of which lead, how far it is. The browser brings it back, or the broker's server sends it
```
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from torana.connectors.contract.login import BrowserForm, Redirect
    from torana.connectors.contract.setup import Setup


@dataclass(frozen=True, slots=True)
class Applicant:
    """Who wants an account. `phone` as `+919876543210`, proven by a code. The repr shows nothing."""

    name: str = field(repr=False)
    email: str = field(repr=False)
    phone: str = field(repr=False)
    pin_code: str = field(repr=False)


class OpeningStatus(StrEnum):
    """How far a broker says that an account is."""

    SUBMITTED = "SUBMITTED"
    """The applicant has handed in the form."""
    PROCESSING = "PROCESSING"
    """The broker is checking it."""
    COMPLETED = "COMPLETED"
    """The account is open."""


@dataclass(frozen=True, slots=True)
class Told:
    lead_id: str
    status: OpeningStatus


class AccountOpenings(Protocol):
    def __init__(self, setup: "Setup") -> None: ...

    @property
    def tells(self) -> bool:
        """Whether the broker takes the details from us and says how far it is. Otherwise it is a link, and nothing
        comes back."""
        ...

    def begin(self, applicant: Applicant, lead_id: str, return_url: str, status_url: str) -> "Redirect | BrowserForm":
        """Where the applicant's browser goes."""
        ...

    def read(self, told: Mapping[str, str]) -> Told:
        """Raises `ValueError` for what is not this broker's word on a lead, or whose proof is wrong."""
        ...
