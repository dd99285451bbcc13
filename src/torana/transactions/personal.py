"""What is said of a person: how a phone number and an e-mail address are read, and the sealed part of a transaction."""

import re

from torana.kit.cipher import Cipher, sealed_place
from torana.transactions.models import Transaction

_SPACING = re.compile(r"[\s().-]+")
_PHONE = re.compile(r"(?:\+91|0091|91|0)?([6-9][0-9]{9})", re.ASCII)
_EMAIL = re.compile(
    r"[^@\s,;:<>\"()\\]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.IGNORECASE | re.ASCII
)
_LONGEST_EMAIL = 254


def phone_of(given: str) -> str | None:
    """A mobile number of India in any usual writing, as `+919876543210`; None for what is none."""
    found = _PHONE.fullmatch(_SPACING.sub("", given))
    return None if found is None else f"+91{found[1]}"


def email_of(given: str) -> str | None:
    """An e-mail address as it was written, without space around it; None for what is none."""
    plain = given.strip()
    return plain if len(plain) <= _LONGEST_EMAIL and _EMAIL.fullmatch(plain) else None


def personal_place(gateway_id: str, transaction_id: str) -> str:
    """What the sealed part of a transaction is bound to."""
    return sealed_place(gateway_id, "transactions", transaction_id, "personal")


def open_personal(cipher: Cipher, transaction: Transaction) -> str | None:
    """What its create said of the person, as it was sealed (`Intent.parted`); None where it said nothing, or it is not
    kept any more."""
    if not transaction.personal:
        return None
    place = personal_place(transaction.gateway_id, transaction.transaction_id)
    return cipher.open(transaction.personal, bound_to=place)
