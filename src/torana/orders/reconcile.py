"""Bring a batch into line with its broker: gather what is known, judge every order by it, write what follows."""

from torana.orders.changes import Change
from torana.orders.commit import commit
from torana.orders.evidence import Look, known_of
from torana.orders.judge import judge_known
from torana.orders.look import gather
from torana.orders.run import BatchRun


async def reconcile(run: BatchRun, in_flight: frozenset[str] = frozenset(), *, look: bool = True) -> Look:
    """`in_flight`: ids of orders whose answer is waited for, which are left alone. With `look` the broker's book is
    read; returns how that went. Raises `LostLease`."""
    evidence = await gather(run, in_flight, look=look)
    orders = [known_of(order, evidence) for order in run.batch.orders]
    changes: list[Change] = [change for known in orders if (change := judge_known(known)) is not None]
    run.prove([known.order for known in orders if known.never_left], evidence.since)
    if evidence.look is Look.SESSION_OVER:
        # The next pass takes a later login of the same investor, once there is one.
        await run.services.sessions.end(run.batch.gateway_id, run.live_session.session_id, evidence.now)
    if changes:
        await commit(run, changes)
    return evidence.look
