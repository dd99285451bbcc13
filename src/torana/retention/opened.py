"""What stands sealed of a person, opened for them."""

from typing import Any

import msgspec

from torana.kit.cipher import Cipher
from torana.mutual_funds.imports import open_kept
from torana.mutual_funds.models import FundImport
from torana.transactions.create import personal_place
from torana.transactions.models import Transaction


def opened_import(cipher: Cipher, transaction: Transaction, found: FundImport | None) -> dict[str, Any]:
    """An import of mutual funds: what the partner said of the person, who asked, what came. Amounts are in paise."""
    given = None
    if transaction.personal:
        place = personal_place(transaction.gateway_id, transaction.transaction_id)
        given = msgspec.json.decode(cipher.open(transaction.personal, bound_to=place))
    told: dict[str, Any] = {"transaction_id": transaction.transaction_id, "given": given}
    if found is None:
        return told
    parts = {name: open_kept(cipher, found, name, getattr(found, name)) for name in ("applicant", "statement")}
    opened = {name: None if text is None else msgspec.json.decode(text) for name, text in parts.items()}
    moments = {name: getattr(found, name) for name in ("asked_at", "verified_at", "ended_at")}
    told |= msgspec.to_builtins({"consent": found.consent, "outcome": found.outcome, **moments, **opened})
    return told
