"""Orders that the investor takes to Zerodha: Kite's offsite basket, where they log in once more and execute."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.journeys.conftest import Begin
from tests.journeys.installation import installed
from tests.journeys.journey import Journey, Window
from tests.journeys.partner import Partner, buy, serving
from tests.journeys.tellers import all_tell_the_same

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def partner(module_database_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Partner]:
    """The partner of an installation that places with Kite by its basket."""
    home = tmp_path_factory.mktemp("home")
    async with (
        serving() as partner,
        installed(module_database_url, home, [partner.url], kite="redirect_basket") as services,
    ):
        partner.installation = services
        yield partner


async def _at_kites_basket(journey: Journey, *, user: str | None = None) -> Window:
    """A pop-up whose orders are shown at Zerodha, to this user; nothing is placed yet."""
    window = await journey.pop_up()
    await window.to_review()
    await window.place()
    await window.one_more_step("Zerodha")
    await window.log_in(user)
    await window.shows("Review your orders")
    return window


async def test_a_guest_buys_in_kites_own_basket(begin: Begin) -> None:
    async with begin() as journey:
        offer = await journey.offered(buy("TCS", 2), buy("INFY", 3))
        window = await journey.pop_up()
        await window.to_review()
        await window.look("review")
        await window.place()
        await window.one_more_step("Zerodha", picture="one-more-step")
        await window.log_in(picture="login-at-kite")
        await window.shows("Review your orders", "review-at-kite")
        assert await journey.installation.ledger(journey.user) == []

        await window.press("Execute")
        await window.page.locator("#headline").wait_for()
        await window.look("back")
        await window.shows("Your 2 orders are filled", "result")

        batch = await all_tell_the_same(journey, offer, window)
        assert (batch["status"], batch["filled"]) == ("COMPLETED", 2)
        await window.press("Return to Kuber Wealth")
        await window.closed()
        await journey.shown_by_page("COMPLETED, 2 of 2")


async def test_a_basket_that_is_declined_at_kite_is_not_placed(journey: Journey) -> None:
    offer = await journey.offered(buy("TCS", 2), brokers=["kite"])
    window = await _at_kites_basket(journey)

    await window.press("Cancel")
    await window.page.locator("#headline").wait_for()
    await window.look("back")
    await window.shows("Nothing was placed", "result")

    batch = await all_tell_the_same(journey, offer, window)
    assert batch["status"] == "UNPLACED"
    assert [order["tradingsymbol"] for order in batch["unplaced"]] == ["TCS"]


async def test_a_basket_that_is_executed_with_another_account_is_told_as_it_is(journey: Journey) -> None:
    """S02, where it is too late to refuse: the orders exist, and everybody is told whose they are."""
    other = f"another-{journey.user}"
    offer = await journey.offered(buy("TCS", 2), brokers=["kite"])
    window = await _at_kites_basket(journey, user=other)

    await window.press("Execute")
    await window.shows("Your order is filled", "result")

    batch = await all_tell_the_same(journey, offer, window, user=other)
    assert batch["status"] == "COMPLETED"
    assert await journey.installation.ledger(journey.user) == []


async def test_a_window_closed_at_kites_basket_is_asked_about(journey: Journey) -> None:
    """U03."""
    offer = await journey.offered(buy("TCS", 2), brokers=["kite"])
    window = await _at_kites_basket(journey)

    await window.close()
    await journey.shown_by_page("Finish in the other window", "asked")
    await journey.notice("Cancel").click()

    batch = await all_tell_the_same(journey, offer, None)
    assert batch["status"] == "UNPLACED"
