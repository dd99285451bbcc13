"""Somebody takes a consent back: what was kept under it is deleted, and the partner is told."""

from collections.abc import Collection, Sequence
from datetime import datetime

from torana.api.answers import iso
from torana.events.log import record
from torana.holdings import store
from torana.holdings.events import CONSENT_WITHDRAWN
from torana.investors import consents
from torana.investors.consents import WithdrawnBy
from torana.investors.models import HOLDINGS_SCOPES, Consent, Scope
from torana.kit.database import Connection, Database
from torana.mutual_funds import store as fund_imports


async def withdraw(
    database: Database, gateway_id: str, investor_id: str, *, scopes: Collection[Scope], by: WithdrawnBy, now: datetime
) -> None:
    """All of it in one database transaction. What a webhook that is still under way would have told is gone with it.
    Withdrawing twice changes nothing (H02)."""
    async with database.transaction() as connection:
        taken_back = await consents.withdraw(connection, gateway_id, investor_id, scopes=scopes, by=by, now=now)
        await _end(connection, gateway_id, taken_back, now)


async def withdraw_one(
    database: Database, gateway_id: str, investor_id: str, consent_id: str, *, by: WithdrawnBy, now: datetime
) -> Consent | None:
    """The same by the id of a consent, with every other of the investor to the same; of a guest (`GUESTS`) by its id
    alone. The consent as it is then; None if there is none such."""
    async with database.transaction() as connection:
        done = await consents.withdraw_one(connection, gateway_id, investor_id, consent_id, by=by, now=now)
        if done is None:
            return None
        await _end(connection, gateway_id, done.taken_back, now)
    return done.named


async def _end(connection: Connection, gateway_id: str, taken_back: Sequence[Consent], now: datetime) -> None:
    for consent in taken_back:
        if HOLDINGS_SCOPES.intersection(consent.scopes):
            await store.delete(connection, gateway_id, consent.investor_id)
        if Scope.FUND_STATEMENT in consent.scopes:
            await fund_imports.forget_statement(connection, gateway_id, consent.transaction_id)
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
