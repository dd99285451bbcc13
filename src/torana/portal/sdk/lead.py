"""What the web SDK asks for somebody without an account: a transaction of its own, with their lead."""

import re
from datetime import datetime

import asyncpg

from torana.flows.account_opening import AccountOpening
from torana.flows.context import FlowServices
from torana.kit.ids import new_id
from torana.leads.read import read_prefill
from torana.portal.admission.admit import DEVELOPER, Admitted, NotAdmitted, Suspended
from torana.transactions.intents import NoConfig
from torana.transactions.store import NewTransaction

_TRANSACTION_ID = re.compile(r"TRX_[0-9a-f]{32}", re.ASCII)


async def begin_lead(
    services: FlowServices, admitted: Admitted, transaction_id: str, user_details: object, *, login_cta: bool
) -> dict[str, str]:
    """Make the transaction that the page's pop-up will open, under the id that the page made up: the pop-up has to open
    in the click, before we can have answered. Returns the keys of `user_details` that were dropped, and why.

    Raises `NotAdmitted` for an id that cannot be one or is another transaction's.
    """
    gateway, now = admitted.gateway, services.clock.now()
    if gateway.suspended_at is not None:
        raise Suspended(gateway)
    if _TRANSACTION_ID.fullmatch(transaction_id) is None:
        raise NotAdmitted("invalid_transactionId", DEVELOPER.transaction_id, status=400, gateway=gateway)
    prefill, dropped = read_prefill(user_details)
    new = _transaction(admitted, transaction_id, now)
    try:
        await services.leads.begin(new, prefill, login_offered=login_cta)
    except asyncpg.UniqueViolationError:
        if await services.leads.of_transaction(gateway.gateway_id, transaction_id) is None:
            raise NotAdmitted("invalid_transactionId", DEVELOPER.transaction_id, status=409, gateway=gateway) from None
    return dropped


def _transaction(admitted: Admitted, transaction_id: str, now: datetime) -> NewTransaction:
    return NewTransaction(
        gateway_id=admitted.gateway.gateway_id,
        transaction_id=transaction_id,
        intent=AccountOpening.intent,
        kind=AccountOpening.kind,
        config=NoConfig(),
        notes=None,
        extra={},
        asked_investor_id=None if admitted.investor is None else admitted.investor.investor_id,
        now=now,
        expires_at=now + AccountOpening.lifetime,
        event_id=new_id("evt"),
    )
