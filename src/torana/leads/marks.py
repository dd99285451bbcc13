"""A phone number is found by its mark, which a key of the installation makes. When the keys change, marks are made anew
from the numbers that stand sealed beside them."""

from collections.abc import Sequence

import asyncpg
import msgspec

from torana.kit.cipher import Cipher, sealed_place
from torana.kit.database import Database
from torana.leads import store
from torana.leads.models import Details
from torana.leads.store import Marked


def marks_of(cipher: Cipher, gateway_id: str, phone: str) -> tuple[bytes, ...]:
    """What stands for a phone number (`+919876543210`) in the leads of this gateway: one mark for each key, that of the
    key that seals first."""
    return cipher.marks(phone, bound_to=f"{gateway_id}|leads")


def place(gateway_id: str, transaction_id: str) -> str:
    """What the details of a lead are bound to."""
    return sealed_place(gateway_id, "leads", transaction_id, "sealed")


def marks_now(cipher: Cipher, gateway_id: str, found: Marked) -> Sequence[bytes]:
    """The marks that its number has with the keys that are there; none where no number is known. Raises
    `CannotOpen`."""
    plain = cipher.open(found.sealed, bound_to=place(gateway_id, found.transaction_id))
    phone = msgspec.json.decode(plain, type=Details).phone
    return marks_of(cipher, gateway_id, phone) if phone else ()


async def put_mark(database: Database, gateway_id: str, found: Marked, mark: bytes) -> bool:
    """Put this mark in place of what was found. False: the lead has been written meanwhile, or the number is on its way
    to the same broker in another window."""
    try:
        return await store.replace_mark(database, gateway_id, found, mark)
    except asyncpg.UniqueViolationError:
        return False
