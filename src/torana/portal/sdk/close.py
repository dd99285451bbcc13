"""What the web SDK reports: the pop-up looks closed."""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from torana.flows.context import FlowServices
from torana.flows.registry import FLOWS
from torana.flows.visits import CUT_WITHIN, Stage, Visit, stage_of
from torana.kit.clock import Deadline
from torana.portal import store
from torana.portal.admission.admit import Admitted, FlowOver, Known, recognise_flow
from torana.portal.admission.browser_auth import hashed
from torana.portal.sdk.watch import State, going_on, look, may_end, over_state
from torana.portal.visit.end import leave
from torana.transactions.models import Transaction
from torana.transactions.outcomes import (
    INVALID_TRANSACTION,
    USER_CANCELLED_AFTER_LOGIN,
    USER_CANCELLED_CHOOSER,
    USER_CANCELLED_LOGIN,
    FlowError,
)

BEACON_SECONDS = 0.4
"""So long the word that our page was left may be behind the word that the window looks closed."""
FRESH = timedelta(seconds=5)
"""A window that looks closed so soon after it was opened may have been cut off by the opener policy of either page."""
APART_SECONDS = 2.5
"""So long a page of such a window may need to tell that it is open."""
LOOK_SECONDS = 0.1


_CANCELLED = {Stage.AT_BROKER: USER_CANCELLED_LOGIN, Stage.REVIEWING: USER_CANCELLED_AFTER_LOGIN}


@dataclass(frozen=True, slots=True)
class Closing:
    """What became of a flow whose pop-up looks closed.

    `unsure`: the window may only have been cut off, and the investor is asked. `ends`: a page of the broker's may have
    done that or the investor may have closed it, so the flow ends when the login does not come back in good time.
    """

    state: State
    unsure: bool = False
    ends: bool = False

    def data(self) -> dict[str, Any]:
        return self.state.data() | {"unsure": self.unsure, "ends": self.ends}


def cancelled_at(stage: Stage) -> FlowError:
    """Which of the three ways of cancelling it is."""
    return _CANCELLED.get(stage, USER_CANCELLED_CHOOSER)


async def close(services: FlowServices, admitted: Admitted, transaction_id: str, flow: str, *, sure: bool) -> Closing:
    """The pop-up looks closed: before the confirmation the flow ends, after it the orders go on (U02, U03). Where the
    window has gone on with another transaction, that one tells as well whether it may only be cut off, and ends too
    unless it is confirmed."""
    try:
        known = await recognise_flow(services, admitted, transaction_id, flow)
    except FlowOver:
        return Closing(await look(services, admitted, transaction_id, flow))
    if not may_end(admitted, known):
        return Closing(over_state(INVALID_TRANSACTION))
    shown = [(known.visit, known.transaction)]
    if known.visit is not None and (inner := await going_on(services, known.visit, known.transaction)) is not None:
        shown.insert(0, inner)
    for each in shown:
        doubt = await _doubt(services, *each, sure=sure)
        if doubt is not None:
            return Closing(await look(services, admitted, transaction_id, flow), unsure=True, ends=doubt.ends)
    for each in shown:
        await _end(services, known, flow, *each)
    return Closing(await look(services, admitted, transaction_id, flow))


@dataclass(frozen=True, slots=True)
class _Doubt:
    """The window may only have been cut off."""

    ends: bool = False


async def _doubt(services: FlowServices, visit: Visit | None, transaction: Transaction, *, sure: bool) -> _Doubt | None:
    """None: this transaction says that the window is closed."""
    if stage_of(visit, transaction) is Stage.CONFIRMED:
        asked = FLOWS.of(transaction)
        return _Doubt() if await asked.window_closed(services, transaction, visit, sure=sure) else None
    left_at = None if sure else await _left_for_broker(services, visit, transaction)
    if left_at is not None:
        return _Doubt(ends=services.clock.now() - left_at >= CUT_WITHIN)
    return _Doubt() if not sure and await _is_apart(services, visit) else None


async def _left_for_broker(services: FlowServices, visit: Visit | None, transaction: Transaction) -> datetime | None:
    """When our page gave way to the broker's, if the investor is still there. None: it never did."""
    if visit is None or stage_of(visit, transaction) is not Stage.AT_BROKER:
        return None
    if visit.left_at is not None or visit.handed_over_at is None:
        return visit.left_at
    await asyncio.sleep(BEACON_SECONDS)
    found = await store.find(services.database, visit.gateway_id, visit.visit_id)
    return None if found is None else found[0].left_at


async def _is_apart(services: FlowServices, visit: Visit | None) -> bool:
    """Whether the window is open, as a page of ours in it says, and its opener cannot see it."""
    if visit is None or visit.apart_at is not None:
        return visit is not None
    patience = Deadline(APART_SECONDS)
    while services.clock.now() - visit.seen_at < FRESH and not patience.passed:
        await asyncio.sleep(LOOK_SECONDS)
        found = await store.find(services.database, visit.gateway_id, visit.visit_id)
        if found is None or found[1].settled_at is not None:
            return False
        if found[0].apart_at is not None:
            return True
    return False


async def _end(services: FlowServices, known: Known, flow: str, visit: Visit | None, transaction: Transaction) -> None:
    """What is confirmed goes on without the window."""
    now, stage = services.clock.now(), stage_of(visit, transaction)
    if stage is Stage.CONFIRMED:
        return
    async with services.database.transaction() as connection:
        if visit is None:
            # The window never reached us; the flow is remembered so that it alone is told how it ended.
            await store.insert(
                connection,
                store.NewVisit(
                    visit_id=secrets.token_hex(12),
                    flow_hash=hashed(flow),
                    cookie_hash=hashed(secrets.token_urlsafe(32)),
                    asked_investor_id=known.asked_investor_id,
                    connected=False,
                    brokers=None,
                    amo=False,
                    return_url=None,
                    broker=None,
                ),
                gateway_id=transaction.gateway_id,
                transaction_id=transaction.transaction_id,
                now=now,
            )
        await leave(connection, transaction, stage, cancelled_at(stage), now)
    if visit is not None:
        await store.mark_closed(services.database, visit.gateway_id, visit.visit_id, now)
