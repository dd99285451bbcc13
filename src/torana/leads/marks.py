"""A phone number is found by its mark, which a key of the installation makes. When the keys change, marks are made anew
from the numbers that stand sealed beside them; that, and what else becomes of a lead, its table declares."""

import msgspec

from torana.kit.cipher import Cipher, sealed_place
from torana.kit.tables import Age, Mark, PersonalTable, Sealed
from torana.leads.models import Details
from torana.leads.store import LEADS


def marks_of(cipher: Cipher, gateway_id: str, phone: str) -> tuple[bytes, ...]:
    """What stands for a phone number (`+919876543210`) in the leads of this gateway: one mark for each key, that of the
    key that seals first."""
    return cipher.marks(phone, bound_to=f"{gateway_id}|leads")


def place(gateway_id: str, transaction_id: str) -> str:
    """What the details of a lead are bound to."""
    return sealed_place(gateway_id, "leads", transaction_id, "sealed")


def _marks_of_details(cipher: Cipher, gateway_id: str, details: str) -> tuple[bytes, ...]:
    phone = msgspec.json.decode(details, type=Details).phone
    return marks_of(cipher, gateway_id, phone) if phone else ()


# Whoever has read a lead before its erasure cannot write it back: its time has moved on.
LEADS_TABLE = PersonalTable(
    name=LEADS.table,
    exported_as="leads",
    sealed=(Sealed("sealed", shown_as="details"),),
    mark=Mark("phone_mark", "sealed", _marks_of_details),
    erased="sealed = '', phone_mark = null, updated_at = greatest(:now, updated_at + interval '1 ms')",
    ages=(Age("leads", 180, setting="leads", with_transaction=True),),
)
