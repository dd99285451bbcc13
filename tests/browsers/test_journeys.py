"""The core journeys in each engine: the real gateway and worker, the simulated brokers, a page on another site."""

from collections.abc import Iterator

import pytest

from tests.browsers.engine import Engine
from tests.browsers.investor import BUTTON, PLACE, Investor
from tests.journeys.installation import Installation
from tests.journeys.partner import Partner, buy

pytestmark = pytest.mark.asyncio(loop_scope="session")

FILLED = "Your order is filled"


@pytest.fixture
def investor(engine: Engine, partner: Partner, installation: Installation) -> Investor:
    return Investor(engine, partner, installation)


@pytest.fixture(autouse=True)
def told(request: pytest.FixtureRequest, results: dict[tuple[str, str], str]) -> Iterator[None]:
    """Each story is a row of the table: its name in words, and what became of it in this engine."""
    story = request.node.originalname.removeprefix("test_").replace("_", " ").replace("pop up", "pop-up")
    row = (story[0].upper() + story[1:], request.node.callspec.params["engine"])
    results[row] = "wrong"
    failed = request.session.testsfailed
    yield
    if request.session.testsfailed == failed:
        results[row] = "right"


async def test_buys_by_pop_up(investor: Investor, partner: Partner) -> None:
    offer = await partner.offer(buy("TCS", 2))
    shop = await investor.at(offer)

    window = await investor.pop_up(shop)
    await investor.to_review(window)
    await investor.place(window)

    assert (await offer.result())["orderBatches"][0]["status"] == "COMPLETED"
    await window.shows(FILLED)
    assert len(offer.settled) == 1


async def test_opens_a_blocked_pop_up_by_our_button_and_closes_it_at_the_review(
    investor: Investor, partner: Partner
) -> None:
    offer = await partner.offer(buy("TCS", 2), hasty=True)
    shop = await investor.at(offer)
    await shop.shows("Open the secure window")

    window = await investor.pop_up(shop, press="Open window")
    await investor.to_review(window)
    await window.close()

    assert await offer.error() == ("user_cancelled", 1012)
    assert await investor.installation.ledger(investor.user) == []


async def test_closes_the_pop_up_after_confirming_and_gets_the_result(investor: Investor, partner: Partner) -> None:
    offer = await partner.offer(buy("TCS", 101))
    window = await investor.pop_up(await investor.at(offer))
    await investor.to_review(window)
    await investor.place(window)
    await investor.installation.placed(investor.user, 1)

    await window.close()

    assert (await offer.result())["orderBatches"][0]["status"] == "COMPLETED"


async def test_buys_by_redirect_and_comes_back_to_the_result(investor: Investor, partner: Partner) -> None:
    offer = await partner.offer(buy("TCS", 2), config={"redirect": True}, come_back=True)
    tab = await investor.at(offer)
    await tab.press_element(BUTTON)

    await investor.to_review(tab)
    await investor.place(tab)
    await tab.shows(FILLED)
    await tab.press("Return to Kuber Wealth")

    assert (await offer.result())["orderBatches"][0]["status"] == "COMPLETED"
    assert offer.settled[0]["by"] == "resume"
    assert await investor.engine.windows() == [tab.handle]


async def test_reloads_the_page_at_the_review_and_goes_on(investor: Investor, partner: Partner) -> None:
    offer = await partner.offer(buy("TCS", 2))
    shop = await investor.at(offer)
    window = await investor.pop_up(shop)
    await investor.to_review(window)

    await shop.goto(partner.page(offer))
    await window.evaluate("(self.isOld = true)")
    await shop.press("Continue")
    await window.until(f"!self.isOld && !!{PLACE}", "shows the review again")
    await investor.place(window)

    assert (await offer.result())["orderBatches"][0]["status"] == "COMPLETED"
    assert len(await investor.engine.windows()) == 2


async def test_buys_on_a_page_that_tells_no_referrer(investor: Investor, partner: Partner) -> None:
    offer = await partner.offer(buy("TCS", 2), referrer="no-referrer")
    window = await investor.pop_up(await investor.at(offer))
    await investor.to_review(window)
    await investor.place(window)

    assert (await offer.result())["orderBatches"][0]["status"] == "COMPLETED"


async def test_buys_on_a_page_that_is_kept_apart_from_its_windows(investor: Investor, partner: Partner) -> None:
    """`Cross-Origin-Opener-Policy: same-origin`: the page cannot see its pop-up, and a bar says where to go on."""
    offer = await partner.offer(buy("TCS", 2), apart=True)
    shop = await investor.at(offer)
    window = await investor.pop_up(shop)
    await investor.to_review(window)
    await shop.shows("Finish in the other window")
    await investor.place(window)

    assert (await offer.result())["orderBatches"][0]["status"] == "COMPLETED"
