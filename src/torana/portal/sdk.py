"""What the web SDK asks: may I, how does it stand, and the window looks closed.

The answer to the partner's page always comes from here, never from the pop-up.
"""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from torana.flows.registry import FLOWS
from torana.flows.visits import Stage, Visit, stage_of
from torana.kit.clock import Deadline
from torana.partners.models import Gateway
from torana.partners.tokens import issue_token
from torana.portal import store
from torana.portal.admit import Admitted, FlowOver, Known, Suspended, is_held_back, recognise_flow
from torana.portal.lobby import Lobby
from torana.portal.proofs import hashed
from torana.transactions import life_cycle, look_up
from torana.transactions.details import is_resolved, success
from torana.transactions.models import Transaction
from torana.transactions.outcomes import (
    GATEWAY_SUSPENDED,
    INVALID_TRANSACTION,
    USER_CANCELLED_AFTER_LOGIN,
    USER_CANCELLED_CHOOSER,
    USER_CANCELLED_LOGIN,
    FlowError,
)

HOLD_SECONDS = 25.0
"""So long a watch waits for news."""
GATHER_SECONDS = 0.02
"""Events come in bursts: so long they are gathered before we look."""
CUT_AFTER_LEAVING = timedelta(seconds=1.5)
"""A pop-up that looks closed so soon after it left for the broker was cut off by that page's policy."""
BEACON_SECONDS = 0.4
"""So long the word that our page was left may be behind the word that the window looks closed."""

_CANCELLED = {Stage.AT_BROKER: USER_CANCELLED_LOGIN, Stage.REVIEWING: USER_CANCELLED_AFTER_LOGIN}


@dataclass(frozen=True, slots=True)
class Closing:
    """What became of a flow whose pop-up looks closed.

    `unsure`: the window may only have been cut off, and the investor is asked. `ends`: a page of the broker's may have
    done that or the investor may have closed it, so the flow ends when the login does not come back in good time.
    """

    state: "State"
    unsure: bool = False
    ends: bool = False

    def data(self) -> dict[str, Any]:
        return self.state.data() | {"unsure": self.unsure, "ends": self.ends}


@dataclass(frozen=True, slots=True)
class State:
    """How a flow stands, for the partner's page. `version` is another at every stage."""

    version: int
    stage: Stage
    settled: bool
    result: dict[str, Any] | None
    error: dict[str, Any] | None

    def data(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "stage": self.stage.value,
            "settled": self.settled,
            "result": self.result,
            "error": self.error,
        }


def cancelled_at(stage: Stage) -> FlowError:
    """Which of the three ways of cancelling it is."""
    return _CANCELLED.get(stage, USER_CANCELLED_CHOOSER)


def session(lobby: Lobby, admitted: Admitted) -> dict[str, Any]:
    """What the SDK learns at its start."""
    offered = lobby.brokers(admitted.gateway, None)
    return {
        "connected": admitted.investor is not None,
        "broker": admitted.investor.broker if admitted.investor else None,
        "brokers": [{"key": known.broker, "name": known.name} for known in offered],
    }


async def watch(
    lobby: Lobby, admitted: Admitted, transaction_id: str, flow: str, since: int, *, hold: float = HOLD_SECONDS
) -> State:
    """The state as soon as it is another than version `since`, at the latest after `hold` seconds."""
    deadline = Deadline(hold)
    with lobby.stream.waiter(transaction_id) as news:
        while True:
            news.clear()
            state = await look(lobby, admitted, transaction_id, flow)
            if state.settled or state.version != since or deadline.passed:
                return state
            try:
                await asyncio.wait_for(news.wait(), max(deadline.seconds_left, 0.0))
            except TimeoutError:
                continue
            await asyncio.sleep(GATHER_SECONDS)


async def look(lobby: Lobby, admitted: Admitted, transaction_id: str, flow: str) -> State:
    """The state now. What cannot go on is settled with its error."""
    try:
        known = await recognise_flow(lobby, admitted, transaction_id, flow)
    except FlowOver as over:
        return _over(over.error)
    transaction = known.transaction
    if is_held_back(admitted.gateway, transaction):
        if not _may_end(admitted, known):
            raise Suspended(admitted.gateway)
        transaction = await _end(lobby, transaction, GATEWAY_SUSPENDED)
    return await _state(lobby, admitted.gateway, known.visit, transaction)


def _over(error: FlowError) -> State:
    """For a flow that was never this page's, or is not any more."""
    return State(0, Stage.DONE, True, None, {"message": error.name, "code": error.code, "data": None})


def _may_end(admitted: Admitted, known: Known) -> bool:
    """Whether this page may end the transaction before a window was opened: a guest's not one that was made for an
    investor. Afterwards it is the window's own flow that asks."""
    return admitted.investor is not None or known.visit is not None or known.transaction.asked_investor_id is None


async def _end(lobby: Lobby, transaction: Transaction, error: FlowError) -> Transaction:
    """The transaction ended by this error, so that what the page is told stays true; or as it is by now, if somebody
    confirmed or ended it."""
    at = {"gateway_id": transaction.gateway_id, "transaction_id": transaction.transaction_id}
    async with lobby.database.transaction() as connection:
        await life_cycle.fail(connection, **at, error=error, now=lobby.clock.now())
    return await look_up.find(lobby.database, **at) or transaction


async def close(lobby: Lobby, admitted: Admitted, transaction_id: str, flow: str, *, sure: bool) -> Closing:
    """The pop-up looks closed: before the confirmation the flow ends, after it the orders go on (U02, U03)."""
    try:
        known = await recognise_flow(lobby, admitted, transaction_id, flow)
    except FlowOver:
        return Closing(await look(lobby, admitted, transaction_id, flow))
    if not _may_end(admitted, known):
        return Closing(_over(INVALID_TRANSACTION))
    if stage_of(known.visit, known.transaction) is Stage.CONFIRMED:
        asked = FLOWS.of(known.transaction)
        unsure = await asked.window_closed(lobby, known.transaction, known.visit, sure=sure)
        return Closing(await look(lobby, admitted, transaction_id, flow), unsure)
    left_at = None if sure else await _left_for_broker(lobby, known)
    if left_at is not None:
        ends = lobby.clock.now() - left_at >= CUT_AFTER_LEAVING
        return Closing(await look(lobby, admitted, transaction_id, flow), unsure=True, ends=ends)
    await _cancel(lobby, known, flow)
    return Closing(await look(lobby, admitted, transaction_id, flow))


async def _left_for_broker(lobby: Lobby, known: Known) -> datetime | None:
    """When our page gave way to the broker's, if the investor is still there. None: it never did."""
    visit = known.visit
    if visit is None or stage_of(visit, known.transaction) is not Stage.AT_BROKER:
        return None
    if visit.left_at is not None or visit.handed_over_at is None:
        return visit.left_at
    await asyncio.sleep(BEACON_SECONDS)
    found = await store.find(lobby.database, visit.gateway_id, visit.visit_id)
    return None if found is None else found[0].left_at


async def _cancel(lobby: Lobby, known: Known, flow: str) -> None:
    transaction, visit, now = known.transaction, known.visit, lobby.clock.now()
    async with lobby.database.transaction() as connection:
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
        await life_cycle.fail(
            connection,
            gateway_id=transaction.gateway_id,
            transaction_id=transaction.transaction_id,
            error=cancelled_at(stage_of(visit, transaction)),
            now=now,
        )
    if visit is not None:
        await store.mark_closed(lobby.database, visit.gateway_id, visit.visit_id, now)


async def _state(lobby: Lobby, gateway: Gateway, visit: Visit | None, transaction: Transaction) -> State:
    settled = transaction.settled_at is not None
    stage = stage_of(visit, transaction)
    if not settled:
        return State(_version(stage), stage, False, None, None)
    now = lobby.clock.now()
    if is_resolved(transaction):
        data = await success(lobby.database, gateway, FLOWS.of(transaction), transaction, now)
        return State(_version(stage), stage, True, data, None)
    return State(_version(stage), stage, True, None, _error(gateway, transaction, now))


def _version(stage: Stage) -> int:
    """A page that watches is answered when the stage changes, not at each of the many events within one."""
    return 1 + tuple(Stage).index(stage)


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
