"""A page of work that goes on: the parts that changed, pushed while it is open."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import msgspec

from torana.flows.context import CurrentVisit, FlowServices
from torana.flows.contract import Step, Work
from torana.flows.registry import FLOWS
from torana.flows.visits import Stage
from torana.kit.clock import Deadline
from torana.pages.render import render_live
from torana.portal.admission.admit import reloaded

QUIET_SECONDS = 15.0
"""A silent stream says so often that it is still there."""
LONGEST_SECONDS = 600.0
"""Then the browser connects again by itself."""


async def status_stream(
    services: FlowServices, current: CurrentVisit, query: Mapping[str, str]
) -> AsyncIterator[bytes]:
    """Server-sent events: `parts` with the live parts of the page as one JSON string, `done` when the page is over."""
    last = ""
    follows: tuple[str, ...] = ()
    deadline = Deadline(LONGEST_SECONDS)
    yield b"retry: 1500\n\n"
    while not deadline.passed:
        with services.stream.waiter(current.visit.transaction_id, *follows) as news:
            current = await reloaded(services, current)
            step = await _step(services, current, query)
            if not isinstance(step, Work):
                yield _event("done", "")
                return
            if step.follows != follows:
                follows = step.follows  # what they did before we heard of it is seen by another look
                continue
            parts = render_live(step.view)
            if parts != last:
                last = parts
                yield _event("parts", parts)
            try:
                await asyncio.wait_for(news.wait(), QUIET_SECONDS)
            except TimeoutError:
                yield b": still here\n\n"


async def _step(services: FlowServices, current: CurrentVisit, query: Mapping[str, str]) -> Step | None:
    """None once it is over, or before it is at work."""
    if current.stage not in (Stage.REVIEWING, Stage.CONFIRMED):
        return None
    return await FLOWS.of(current.transaction).step(services, current, query)


def _event(name: str, data: str) -> bytes:
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(data))
