"""The ledger of consents: given, looked up, withdrawn. An entry is never changed but for its withdrawal."""

from collections.abc import Set
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from torana.investors import store
from torana.investors.models import Consent, Scope
from torana.kit.database import Connection, Database
from torana.kit.ids import new_id

VALID_FOR = timedelta(days=365)
"""A consent ends by itself after this."""


class WithdrawnBy(StrEnum):
    """Who passed the withdrawal on."""

    INVESTOR = "investor"
    """On a page of ours."""
    PARTNER = "partner"
    """By the partner's API, in the investor's name."""
    ERASURE = "erasure"
    """With everything else of the person."""


async def give(
    connection: Connection,
    *,
    gateway_id: str,
    investor_id: str,
    scopes: Set[Scope],
    notice: str,
    language: str,
    transaction_id: str,
    now: datetime,
    valid_for: timedelta = VALID_FOR,
    consent_id: str | None = None,
) -> Consent:
    """Write down that the investor agreed to this text just now; `consent_id` is a new one unless the caller chose
    one."""
    consent = Consent(
        consent_id=consent_id or new_id("cns"),
        investor_id=investor_id,
        scopes=sorted(scopes),
        notice=notice,
        language=language,
        transaction_id=transaction_id,
        given_at=now,
        valid_until=now + valid_for,
        withdrawn_at=None,
        withdrawn_by=None,
    )
    await store.insert_consent(connection, gateway_id, consent)
    return consent


async def standing(
    database: Database, gateway_id: str, investor_id: str, scopes: Set[Scope], now: datetime
) -> Consent | None:
    """The newest consent of the investor that allows all of these now, None where there is none."""
    return await store.standing_consent(database, gateway_id, investor_id, sorted(scopes), now)


async def hold(connection: Connection, gateway_id: str, consent_id: str) -> Consent | None:
    """This consent, which is not withdrawn until the end of the caller's database transaction. Whoever locks what was
    made under it locks it after this."""
    return await store.hold_consent(connection, gateway_id, consent_id)


async def end(connection: Connection, gateway_id: str, consent_id: str, *, by: WithdrawnBy, now: datetime) -> None:
    """Withdraw this consent and no other; one that is over stays as it is."""
    await store.end_consent(connection, gateway_id, consent_id, by, now)


async def ledger(database: Database, gateway_id: str, investor_id: str) -> list[Consent]:
    """Every consent of the investor at this gateway, the newest first."""
    return await store.consents(database, gateway_id, investor_id)


async def of_transaction(database: Database, gateway_id: str, transaction_id: str) -> list[Consent]:
    """What was agreed to in this transaction, by an investor or a guest, the oldest first."""
    return await store.consents_of_transaction(database, gateway_id, transaction_id)


GUESTS = ""
"""In the place of an investor's id: of no investor."""


class Withdrawal(NamedTuple):
    """The consent as it is after it was withdrawn, and which ones were not withdrawn before."""

    named: Consent
    taken_back: list[Consent]


async def withdraw(
    connection: Connection, gateway_id: str, investor_id: str, consent_id: str, *, by: WithdrawnBy, now: datetime
) -> Withdrawal | None:
    """Withdraw this consent, and every other of the investor to any of the same, in the caller's database transaction.
    A withdrawal that is repeated takes nothing back that was agreed to after it. None if this investor has none such at
    this gateway. Of a guest (`GUESTS`) one is withdrawn: nothing says whose the others are."""
    found = await store.withdraw_consent(connection, gateway_id, investor_id, consent_id, by, now)
    named = next((consent for consent, _ in found if consent.consent_id == consent_id), None)
    if named is None:
        return None
    return Withdrawal(named, [consent for consent, taken in found if taken])
