"""A lead: a request to open an account at a broker."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from torana.connectors.contract import Applicant, OpeningStatus

AWAY_AT_MOST = timedelta(minutes=30)
"""So long after an applicant was sent on the promise in the partner's page settles, whether they came back or not."""


class LeadStatus(StrEnum):
    """The interface's words for how far it is (gateway-interface 5.6)."""

    INITIALIZED = "INITIALIZED"
    """Opened; no phone number yet."""
    VERIFICATION = "VERIFICATION"
    """A code was sent to the phone."""
    DETAILS_REGISTER = "DETAILS_REGISTER"
    """The phone is proven; the details are asked for."""
    BROKER_REGISTER = "BROKER_REGISTER"
    """The details are there; no broker yet."""
    SELECTED_BROKER = "LEAD SELECTED BROKER"
    PENDING_SUBMISSION = "LEAD PENDING BROKER SUBMISSION"
    """The applicant was sent on with their details; the broker has not said yet that it has them."""
    SUBMITTED = "SUBMITTED"
    PROCESSING = "PROCESSING"
    COMPLETED = "COMPLETED"


ORDER = tuple(LeadStatus)
"""From the first to the last: what a broker says only leads on."""
AT_BROKER = frozenset({LeadStatus.SUBMITTED, LeadStatus.PROCESSING, LeadStatus.COMPLETED})
OF_BROKER = {
    OpeningStatus.SUBMITTED: LeadStatus.SUBMITTED,
    OpeningStatus.PROCESSING: LeadStatus.PROCESSING,
    OpeningStatus.COMPLETED: LeadStatus.COMPLETED,
}


class Details(msgspec.Struct, frozen=True):
    """What is known of the applicant; empty where nothing is. `phone` as `+919876543210`. The repr shows nothing."""

    name: str = ""
    email: str = ""
    phone: str = ""
    pin_code: str = ""

    def __repr__(self) -> str:
        return "Details()"

    @property
    def applicant(self) -> Applicant:
        return Applicant(self.name, self.email, self.phone, self.pin_code)


NOTHING_KNOWN = Details()


class Lead(msgspec.Struct, frozen=True):
    """A lead as it is stored. `sealed` holds the `Details`; `phone_mark` stands for the phone number where equal ones
    are looked for. `handing_over`: the applicant is on their way to the broker, in one window."""

    gateway_id: str
    transaction_id: str
    lead_id: str
    status: LeadStatus
    broker: str | None
    login_offered: bool
    sealed: bytes
    phone_mark: bytes | None
    handing_over: bool
    verified_at: datetime | None
    submitted_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def handed_over(self) -> bool:
        """Whether the applicant was sent to the broker."""
        return ORDER.index(self.status) >= ORDER.index(LeadStatus.PENDING_SUBMISSION)
