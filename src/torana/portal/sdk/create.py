"""A page asks for a transaction by itself: for what needs nothing of the partner's server, a login for instance."""

from contextlib import suppress
from dataclasses import replace

import asyncpg
import msgspec

from torana.flows.context import FlowServices
from torana.flows.registry import FLOWS
from torana.kit.clock import Clock
from torana.kit.errors import ApiError
from torana.partners.access import Access
from torana.partners.models import Gateway
from torana.partners.rate_limit import MinuteCounts
from torana.portal.admission.admit import (
    DEVELOPER,
    TRANSACTION_ID,
    Admitted,
    FlowOver,
    NotAdmitted,
    Suspended,
    recognise_flow,
)
from torana.portal.sdk.watch import State, look, over_state
from torana.transactions.create import check, create
from torana.transactions.outcomes import INVALID_TRANSACTION
from torana.transactions.schemas import read_create

NOT_SUPPORTED = "not_supported"
"""What this version of the gateway does not do, or not for a page."""


class PageCreates:
    """How many transactions pages of one gateway may ask for in a minute from one client address: each may lead to
    messages that cost money. `per_minute` 0: no limit."""

    def __init__(self, clock: Clock, per_minute: int) -> None:
        self._counts = MinuteCounts(clock)
        self._per_minute = per_minute

    def check(self, gateway: Gateway, address: str) -> None:
        """Counts one. Raises `NotAdmitted` for one too many; the web SDK asks again for some seconds."""
        used, seconds_left = self._counts.count(gateway.gateway_id.encode(), address.encode())
        if not self._per_minute or used <= self._per_minute:
            return
        raise NotAdmitted(
            "Too Many Requests",
            DEVELOPER.too_many_creates(most=str(self._per_minute), seconds=str(seconds_left)),
            status=429,
            anchor="rate-limit",
            gateway=gateway,
            headers={"retry-after": str(seconds_left)},
        )


async def create_for_page(
    services: FlowServices, admitted: Admitted, transaction_id: str, flow: str, body: bytes
) -> State:
    """The state of the transaction that this page asks for with the body of a create. The page chooses the id, at
    random, so that a request whose answer was lost can come again: it finds what the first one made.

    Raises `NotAdmitted` for what a page may not ask for.
    """
    try:
        await recognise_flow(services, admitted, transaction_id, flow)
        return await look(services, admitted, transaction_id, flow)
    except FlowOver as over:
        if over.error != INVALID_TRANSACTION or TRANSACTION_ID.fullmatch(transaction_id) is None:
            return over_state(over.error)
    if admitted.gateway.suspended_at is not None:
        raise Suspended(admitted.gateway)
    services.overload.check()
    access = Access(admitted.gateway, None if admitted.investor is None else admitted.investor.investor_id)
    try:
        wanted = read_create(FLOWS, body, by_page=True)
        intent = FLOWS.registered(wanted.intent, wanted.kind)
        check(intent, access)
    except ApiError as error:
        raise _refused(admitted, error) from None
    if not intent.by_page:
        text = DEVELOPER.not_for_pages(intent=intent.name)
        raise NotAdmitted(NOT_SUPPORTED, text, status=400, anchor="not-supported", gateway=admitted.gateway)
    warnings: tuple[str, ...] = ()
    with suppress(asyncpg.UniqueViolationError):  # ours, made by a faster request, or somebody else's: `look` tells
        now, cipher = services.clock.now(), services.cipher
        await create(services.database, services.intents, access, wanted, now, None, transaction_id, cipher=cipher)
        given = msgspec.json.decode(body)
        warnings = await intent.begun_by_page(services, admitted.gateway.gateway_id, transaction_id, given)
    return replace(await look(services, admitted, transaction_id, flow), warnings=warnings)


def _refused(admitted: Admitted, error: ApiError) -> NotAdmitted:
    name = {"not-supported": NOT_SUPPORTED, "input": "invalid_request"}.get(error.anchor, "invalid_user_data")
    return NotAdmitted(name, error.message, status=error.status, anchor=error.anchor, gateway=admitted.gateway)
