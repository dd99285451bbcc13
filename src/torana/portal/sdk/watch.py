"""What the web SDK asks: who is here, and how does a flow stand.

The answer to the partner's page always comes from here, never from the pop-up.
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from torana.flows.context import FlowServices
from torana.flows.registry import FLOWS
from torana.flows.visits import Stage, Visit, stage_of
from torana.kit.clock import Deadline
from torana.partners.models import Gateway
from torana.partners.tokens import issue_token
from torana.portal import store
from torana.portal.admission.admit import Admitted, FlowOver, Known, Suspended, is_held_back, recognise_flow
from torana.transactions import life_cycle
from torana.transactions.details import is_resolved, success
from torana.transactions.models import Transaction
from torana.transactions.outcomes import (
    GATEWAY_SUSPENDED,
    FlowError,
)
from torana.transactions.store import find as find_transaction

HOLD_SECONDS = 25.0
"""So long a watch waits for news."""
GATHER_SECONDS = 0.02
"""Events come in bursts: so long they are gathered before we look."""


@dataclass(frozen=True, slots=True)
class State:
    """How a flow stands, for the partner's page. `version` is another at every stage and once it is placed."""

    version: int
    stage: Stage
    settled: bool
    result: dict[str, Any] | None
    error: dict[str, Any] | None
    placed: bool = False
    """Every order of it has got to its broker, or is known not to."""
    warnings: tuple[str, ...] = ()
    """For the partner's developer: what of the page's wish was left out."""
    follows: tuple[str, ...] = ()
    """Further transactions whose events change it."""

    def data(self) -> dict[str, Any]:
        more = {"warnings": self.warnings} if self.warnings else {}
        return more | {
            "version": self.version,
            "stage": self.stage.value,
            "settled": self.settled,
            "placed": self.placed,
            "result": self.result,
            "error": self.error,
        }


def session(services: FlowServices, admitted: Admitted) -> dict[str, Any]:
    """What the SDK learns at its start."""
    offered = services.brokers(admitted.gateway, None)
    return {
        "connected": admitted.investor is not None,
        "broker": admitted.investor.broker if admitted.investor else None,
        "brokers": [{"key": known.broker, "name": known.name} for known in offered],
    }


async def watch(
    services: FlowServices,
    admitted: Admitted,
    transaction_id: str,
    flow: str,
    since: int,
    *,
    hold: float = HOLD_SECONDS,
) -> State:
    """The state as soon as it is another than version `since`, at the latest after `hold` seconds."""
    deadline, follows = Deadline(hold), tuple[str, ...]()
    while True:
        with services.stream.waiter(transaction_id, *follows) as news:
            state = await look(services, admitted, transaction_id, flow)
            if state.settled or state.version != since or deadline.passed:
                return state
            if state.follows != follows:
                follows = state.follows
                continue
            try:
                await asyncio.wait_for(news.wait(), max(deadline.seconds_left, 0.0))
            except TimeoutError:
                continue
            await asyncio.sleep(GATHER_SECONDS)


async def look(services: FlowServices, admitted: Admitted, transaction_id: str, flow: str) -> State:
    """The state now. What cannot go on is settled with its error."""
    try:
        known = await recognise_flow(services, admitted, transaction_id, flow)
    except FlowOver as over:
        return over_state(over.error)
    transaction = known.transaction
    if is_held_back(admitted.gateway, transaction):
        if not may_end(admitted, known):
            raise Suspended(admitted.gateway)
        transaction = await _end(services, transaction, GATEWAY_SUSPENDED)
    return await _state(services, admitted.gateway, known.visit, transaction)


def over_state(error: FlowError) -> State:
    """For a flow that was never this page's, or is not any more."""
    return State(0, Stage.DONE, True, None, {"message": error.name, "code": error.code, "data": None})


def may_end(admitted: Admitted, known: Known) -> bool:
    """Whether this page may end the transaction before a window was opened: a guest's not one that was made for an
    investor. Afterwards it is the window's own flow that asks."""
    return admitted.investor is not None or known.visit is not None or known.transaction.asked_investor_id is None


async def _end(services: FlowServices, transaction: Transaction, error: FlowError) -> Transaction:
    """The transaction ended by this error, so that what the page is told stays true; or as it is by now, if somebody
    confirmed or ended it."""
    at = {"gateway_id": transaction.gateway_id, "transaction_id": transaction.transaction_id}
    async with services.database.transaction() as connection:
        await life_cycle.fail(connection, **at, error=error, now=services.clock.now())
    return await find_transaction(services.database, **at) or transaction


async def _state(services: FlowServices, gateway: Gateway, visit: Visit | None, transaction: Transaction) -> State:
    settled = transaction.settled_at is not None
    stage = stage_of(visit, transaction)
    if visit is not None and stage is Stage.REVIEWING and (inner := await going_on(services, visit, transaction)):
        stage = Stage.AT_BROKER if stage_of(*inner) is Stage.AT_BROKER else stage
        return State(_version(stage), stage, False, None, None, follows=(inner[1].transaction_id,))
    if not settled:
        placed = stage is Stage.CONFIRMED and await store.is_placed(services.database, transaction)
        return State(_version(stage) + placed, stage, False, None, None, placed)
    now = services.clock.now()
    flow = FLOWS.of(transaction)
    if is_resolved(flow, transaction):
        data = await success(services.database, services.cipher, gateway, flow, transaction, now)
        return State(_version(stage), stage, True, data, None)
    return State(_version(stage), stage, True, None, _error(gateway, transaction, now))


async def going_on(services: FlowServices, visit: Visit, transaction: Transaction) -> tuple[Visit, Transaction] | None:
    """With which other transaction the window of this visit goes on, until that is settled."""
    if not FLOWS.of(transaction).begins_others:
        return None
    return await store.within(services.database, visit.gateway_id, visit.visit_id)


def _version(stage: Stage) -> int:
    """A page that watches is answered when the stage changes, not at each of the many events within one."""
    return 1 + 2 * tuple(Stage).index(stage)


def _error(gateway: Gateway, transaction: Transaction, now: datetime) -> dict[str, Any]:
    data = None
    if transaction.investor_id is not None:
        data = {
            "smallcaseAuthToken": issue_token(gateway, transaction.investor_id, now),
            "broker": transaction.broker,
            "signup": False,
            "transactionId": transaction.transaction_id,
        }
    return {"message": transaction.error_name, "code": transaction.error_code, "data": data}
