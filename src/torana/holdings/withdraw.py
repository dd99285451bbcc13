"""Somebody takes a consent back: what was kept under it is deleted, and the partner is told."""

from collections.abc import Sequence
from datetime import datetime

from torana.api.answers import iso
from torana.events.log import record
from torana.holdings import store
from torana.holdings.events import CONSENT_WITHDRAWN
from torana.investors import consents
from torana.investors.consents import WithdrawnBy
from torana.investors.models import Consent
from torana.kit.database import Connection, Database
from torana.kit.tables import PersonalTable


async def withdraw(
    database: Database,
    tables: Sequence[PersonalTable],
    gateway_id: str,
    investor_id: str,
    consent_id: str,
    *,
    by: WithdrawnBy,
    now: datetime,
) -> Consent | None:
    """This consent, with every other of the investor to any of the same; of a guest (`GUESTS`) this one alone. `tables`
    are those of all intents. The consent as it is then; None if there is none such.

    All of it in one database transaction. What a webhook that is still under way would have told is gone with it.
    Withdrawing twice changes nothing (H02)."""
    async with database.transaction() as connection:
        done = await consents.withdraw(connection, gateway_id, investor_id, consent_id, by=by, now=now)
        if done is None:
            return None
        await _end(connection, tables, gateway_id, done.taken_back, now)
    return done.named


async def _end(
    connection: Connection,
    tables: Sequence[PersonalTable],
    gateway_id: str,
    taken_back: Sequence[Consent],
    now: datetime,
) -> None:
    for consent in taken_back:
        for table in tables:
            if table.scopes.intersection(consent.scopes):
                await store.forget(connection, table, gateway_id, consent)
        await record(
            connection,
            gateway_id=gateway_id,
            transaction_id=None,
            type=CONSENT_WITHDRAWN.name,
            data={
                "investor_id": consent.investor_id or None,
                "transaction_id": consent.transaction_id,
                "consent_id": consent.consent_id,
                "scopes": consent.scopes,
                "withdrawn_at": iso(now),
                "withdrawn_by": consent.withdrawn_by,
            },
            now=now,
            notify_partner=True,
        )
