"""The core of the journeys in Firefox and WebKit, each with its pop-up blocker on. `make browsers` tells all of them,
in Chromium too."""

from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio

from tests.browsers.engine import Gone
from tests.browsers.engines import ENGINES, skip_without
from tests.browsers.investor import BUTTON, Investor
from tests.journeys.installation import Installation
from tests.journeys.partner import Partner, buy

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session", params=["firefox", "webkit"])
async def investor(
    request: pytest.FixtureRequest, partner: Partner, installation: Installation, tmp_path: Path
) -> AsyncIterator[Investor]:
    """In a fresh browser."""
    skip_without(request.param)
    async with ENGINES[request.param](tmp_path) as engine:
        yield Investor(engine, partner, installation)


async def test_buys_by_pop_up_and_then_by_redirect(investor: Investor, partner: Partner) -> None:
    by_pop_up = await partner.offer(buy("TCS", 2))
    window = await investor.pop_up(await investor.at(by_pop_up))
    await investor.to_review(window)
    await investor.place(window)
    assert (await by_pop_up.result())["orderBatches"][0]["status"] == "COMPLETED"
    await window.shows("Your order is filled")
    assert len(by_pop_up.settled) == 1
    with suppress(Gone):  # by itself
        await window.close()

    by_redirect = await partner.offer(buy("TCS", 2), config={"redirect": True}, come_back=True)
    tab = await investor.at(by_redirect)
    await tab.press_element(BUTTON)
    await investor.to_review(tab)
    await investor.place(tab)
    await tab.shows("Your order is filled")
    await tab.press("Return to Kuber Wealth")
    assert (await by_redirect.result())["orderBatches"][0]["status"] == "COMPLETED"
    assert by_redirect.settled[0]["by"] == "resume"
    assert await investor.engine.windows() == [tab.handle]
