"""What is asked of the registrar, and what it tells."""

import re
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from torana.kit.letter_case import lower, upper
from torana.kit.money import Paise
from torana.one_time_codes.models import MOST_ATTEMPTS, Channel, Destination
from torana.transactions import personal

PAN = re.compile(r"[A-Z]{5}[0-9]{4}[A-Z]", re.ASCII)
"""The form of an Indian tax number."""


class Applicant(msgspec.Struct, frozen=True):
    """Whose holdings are asked for: the PAN, and where the registrar sends its code. No repr shows either."""

    pan: str
    to: Destination

    def __repr__(self) -> str:
        return f"Applicant({self.to.channel.value})"


class Wanted(msgspec.Struct, frozen=True):
    """What an import asks for. Without `detailed` there are holdings only, with it their transactions since
    `from_date` (None: since the first) too."""

    detailed: bool = False
    from_date: date | None = None


class FundEntry(msgspec.Struct, frozen=True):
    """One transaction in a scheme. `units` is negative where units left; `amount` in paise, None where none is told."""

    on: date
    description: str
    units: Decimal
    price: Decimal | None
    amount: Paise | None


class FundHolding(msgspec.Struct, frozen=True):
    """Units of one scheme in one folio. `nav` is rupees a unit with all its places, `cost` and `value` are paise; None
    is what the registrar did not tell."""

    folio: str
    fund: str
    scheme: str
    isin: str | None
    units: Decimal
    nav: Decimal | None
    nav_date: date | None
    cost: Paise | None
    value: Paise | None
    entries: tuple[FundEntry, ...] = ()


class AccountStatement(msgspec.Struct, frozen=True):
    """Everything that the registrar told of one person, as it stood then. Without holdings: it says that there are
    none."""

    holdings: tuple[FundHolding, ...]
    detailed: bool
    read_at: datetime


class Outcome(StrEnum):
    FETCHED = "fetched"
    FAILED = "failed"


class FundImport(msgspec.Struct, frozen=True):
    """One import as it is stored. `applicant`, `reference` (the registrar's, of what it was asked) and `statement` are
    sealed; empty is what is not there yet, or not kept any more. `consent` is what the person was told, in which
    language, and by which way they agreed."""

    gateway_id: str
    transaction_id: str
    channel: Channel
    applicant: bytes
    reference: bytes
    sendings: int
    codes_tried: int
    asked_at: datetime
    sent_at: datetime | None
    consent: dict[str, Any]
    verified_at: datetime | None
    ended_at: datetime | None
    outcome: Outcome | None
    statement: bytes
    created_at: datetime

    @property
    def waits_for_code(self) -> bool:
        """Whether a code was sent and can be given back."""
        return bool(self.reference) and self.verified_at is None and self.ended_at is None

    @property
    def tries_left(self) -> int:
        return MOST_ATTEMPTS - self.codes_tried


def pan_of(given: object) -> str | None:
    """A PAN, whatever its letter case and however it is spaced; None for what is none."""
    word = upper("".join(given.split())) if isinstance(given, str) else ""
    return word if PAN.fullmatch(word) else None


def phone_of(given: object) -> Destination | None:
    """An Indian mobile number, with its country code or without; None for what is none."""
    found = personal.phone_of(given) if isinstance(given, str) else None
    return None if found is None else Destination.phone(found)


def email_of(given: object) -> Destination | None:
    """An e-mail address, in lower case; None for what is none."""
    found = personal.email_of(given) if isinstance(given, str) else None
    return None if found is None else Destination.email(lower(found))
