"""One-time codes that prove a phone number or an e-mail address: one code a transaction at a time."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

DIGITS = 6
GOOD_FOR = timedelta(minutes=5)
"""How long a code that was sent can be given back."""
RESEND_AFTER = timedelta(seconds=30)
"""So long after a sending there is no other one to the same address, of whatever transaction of the gateway."""
MOST_SENDINGS = 5
"""Per transaction, whatever the address, and whether the sender took them or not."""
MOST_ATTEMPTS = 5
"""Per transaction, whatever the code (gateway-interface 2.8)."""
MOST_A_DAY = 10
"""Sendings to one address, of all transactions of a gateway. What the sender did not take is none."""
COUNTED_FOR = timedelta(hours=24)
"""How long the day of an address, or of a gateway, is."""


class Channel(StrEnum):
    PHONE = "phone"
    EMAIL = "email"


class Destination(msgspec.Struct, frozen=True):
    """Where a code goes: a phone number as `+919876543210`, or an e-mail address. Its repr shows neither."""

    channel: Channel
    address: str

    @classmethod
    def phone(cls, number: str) -> "Destination":
        return cls(Channel.PHONE, number)

    @classmethod
    def email(cls, address: str) -> "Destination":
        return cls(Channel.EMAIL, address)

    @property
    def masked(self) -> str:
        """For the person who gave it: `+91 ••••• •3210`, `a•••@example.in`."""
        if self.channel is Channel.PHONE:
            return f"{self.address[:3]} ••••• •{self.address[-4:]}"
        name, _, host = self.address.partition("@")
        return f"{name[:1]}•••@{host}"

    @property
    def spaced(self) -> str:
        """As people read it: `+91 98765 43210`."""
        if self.channel is Channel.EMAIL:
            return self.address
        return f"{self.address[:3]} {self.address[3:8]} {self.address[8:]}"

    def __repr__(self) -> str:
        return f"Destination({self.channel.value})"


class Sending(StrEnum):
    """What became of a wish for a code."""

    SENT = "sent"
    TOO_SOON = "too_soon"
    """One was sent to this address a moment ago; it is still good."""
    ADDRESS_TOO_SOON = "address_too_soon"
    """One was sent to this address a moment ago, and is not good here: another number took its place, or another
    transaction asked for it."""
    TOO_MANY = "too_many"
    """`MOST_SENDINGS` of this transaction are used up."""
    TOO_MANY_TO_ADDRESS = "too_many_to_address"
    """`MOST_A_DAY` are used up."""
    TOO_MANY_OF_GATEWAY = "too_many_of_gateway"
    """The gateway has sent as many today as the operator lets it."""
    LOCKED = "locked"
    """`MOST_ATTEMPTS` of this transaction are used up."""
    VERIFIED = "verified"
    """An address of this transaction is proven already."""
    NOT_DELIVERED = "not_delivered"
    """The operator's sender did not take it, or there is none. Another one may be asked for at once."""


class Verdict(StrEnum):
    """What a code that was given back is worth. Only `RIGHT`, `WRONG` and `OTHER_ADDRESS` cost an attempt."""

    RIGHT = "right"
    WRONG = "wrong"
    MALFORMED = "malformed"
    """Not six digits."""
    EXPIRED = "expired"
    LOCKED = "locked"
    """`MOST_ATTEMPTS` are used up: the right code is not taken any more either."""
    NOT_SENT = "not_sent"
    OTHER_CHANNEL = "other_channel"
    """It was sent by phone and is given back for an e-mail address, or the other way round."""
    OTHER_ADDRESS = "other_address"
    """It was sent to another address of the same channel."""
    SPENT = "spent"
    """The right one was given back before. This says nothing of the code that was given now."""


class SentCode(msgspec.Struct, frozen=True):
    """What is known of the code of a transaction, as it is stored. `sealed` holds address and code. `sent_at` is None
    where the sender did not take it."""

    gateway_id: str
    transaction_id: str
    channel: Channel
    address_mark: bytes
    sealed: bytes
    sendings: int
    attempts: int
    sent_at: datetime | None
    expires_at: datetime
    verified_at: datetime | None
    created_at: datetime

    @property
    def attempts_left(self) -> int:
        return MOST_ATTEMPTS - self.attempts
