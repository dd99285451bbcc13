"""A broker that hangs holds up its own pages and nobody else's."""

import asyncio

import pytest

from tests.kit.jobs import eventually
from tests.portal.installation import Browser, Installation
from tests.portal.steps import TCS, to_hand_over, to_review
from tests.support.brokers import ANY_BROKER, OTHER_BROKER
from torana.kit.outbound import BrokerClient

LOGINS = 30
"""More than there are connections to the database."""


async def test_while_logins_hang_at_one_broker_another_ones_investor_gets_to_the_review(
    installation: Installation, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S07: what waits for a broker holds nothing that others need."""
    defaults = BrokerClient.send.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "seconds", 600.0)
    await installation.tell("POST", "/sandbox/settings", {"rateLimits": False})
    await installation.tell(
        "POST",
        "/sandbox/faults",
        {"broker": ANY_BROKER, "operation": "token", "kind": "hang", "times": None, "seconds": 600},
    )
    waiting = [asyncio.create_task(_log_in(installation)) for _ in range(LOGINS)]

    async def all_wait() -> bool:
        return await _exchanged(installation) == LOGINS

    await eventually(all_wait)

    review = await to_review(installation, browser, await installation.create(TCS), broker=OTHER_BROKER)
    still_waiting = [task for task in waiting if not task.done()]
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)

    assert review.heading == "Review your order"
    assert len(still_waiting) == LOGINS


async def _log_in(installation: Installation) -> None:
    async with installation.browser() as browser:
        hand_over = await to_hand_over(installation, browser, await installation.create(TCS))
        await browser.log_in(hand_over, "asha")


async def _exchanged(installation: Installation) -> int:
    """How many codes are on their way to the broker that hangs."""
    (fault,) = (await installation.tell("GET", "/sandbox/faults"))["faults"]
    return int(fault["applied"])
