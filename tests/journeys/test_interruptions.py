"""What befalls a purchase on its way: reloads, restarts, dead processes, no network, two clicks. It happens once."""

import pytest

from tests.journeys.conftest import Begin
from tests.journeys.journey import Journey, Window
from tests.journeys.partner import buy
from tests.journeys.tellers import all_tell_the_same
from tests.support.brokers import ANY_NAME

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def _to_review(journey: Journey) -> Window:
    window = await journey.pop_up()
    await window.to_review()
    return window


async def test_a_page_that_is_reloaded_after_the_confirmation_gets_the_result(journey: Journey) -> None:
    """U04. It calls again when it loads, and the pop-up goes on."""
    offer = await journey.offered(buy("TCS", 101))
    window = await _to_review(journey)
    await window.place()
    await journey.installation.placed(journey.user, 1)

    await journey.page.reload()
    await journey.loaded()
    await window.shows("Your order is filled", "result")

    await all_tell_the_same(journey, offer, window)
    assert [outcome["by"] for outcome in offer.settled] == ["resume"]
    await journey.shown_by_page("COMPLETED, 1 of 1", "reloaded-page")


async def test_a_page_that_comes_back_after_the_end_is_told_how_it_ended(journey: Journey) -> None:
    """U04."""
    offer = await journey.offered(buy("TCS", 2))
    window = await _to_review(journey)
    await journey.page.goto(f"{journey.partner.url}/elsewhere")

    await window.place()
    await window.shows("Your order is filled")
    await journey.visit(offer)

    await all_tell_the_same(journey, offer, window)
    assert [outcome["by"] for outcome in offer.settled] == ["resume"]


async def test_a_page_that_is_reloaded_before_the_confirmation_goes_on_in_the_same_window(journey: Journey) -> None:
    """U04."""
    offer = await journey.offered(buy("TCS", 2))
    window = await _to_review(journey)

    await journey.page.reload()
    await journey.shown_by_page("Your transaction is still open", "reloaded-page")
    await journey.notice("Continue").click()
    await window.reviewing()
    await window.place()
    await window.shows("Your order is filled")

    await all_tell_the_same(journey, offer, window)
    assert len(journey.context.pages) == 2


async def test_a_click_with_the_same_id_after_a_reload_joins_what_runs(journey: Journey) -> None:
    offer = await journey.offered(buy("TCS", 2))
    window = await _to_review(journey)
    await journey.page.reload()
    await journey.notice("Continue").wait_for()

    await journey.page.evaluate("buy()")
    await window.reviewing()
    await window.place()
    await window.shows("Your order is filled")

    await all_tell_the_same(journey, offer, window)
    await offer.outcome(1)
    assert sorted(outcome["by"] for outcome in offer.settled) == ["resume", "trigger"]
    assert len(journey.context.pages) == 2


async def test_a_worker_that_is_killed_while_it_sends_is_replaced_and_nothing_is_sent_twice(journey: Journey) -> None:
    """P: the page waits all the time, and the answer of the broker was lost with the worker."""
    services = journey.installation
    offer = await journey.offered(buy("TCS", 2), buy("INFY", 3))
    window = await _to_review(journey)
    await services.fault("hang", journey.user, seconds=50, placed=True)

    await window.place()
    await services.placed(journey.user, 2)
    await services.kill("worker")
    await window.waiting()
    await window.look("waiting")
    await services.start("worker")
    await window.shows("Your 2 orders are filled", "result")

    batch = await all_tell_the_same(journey, offer, window)
    assert batch["filled"] == 2
    assert len(offer.settled) == 1


async def test_a_gateway_that_dies_while_everybody_waits_is_found_again(journey: Journey) -> None:
    services = journey.installation
    journey.expects.append("Failed to load resource")
    offer = await journey.offered(buy("TCS", 101))
    window = await _to_review(journey)
    await window.place()
    await services.placed(journey.user, 1)
    await window.waiting()

    await services.kill("gateway")
    await services.start("gateway")
    await window.shows("Your order is filled", "result")

    await all_tell_the_same(journey, offer, window)
    assert len(offer.settled) == 1


async def test_a_gateway_that_dies_in_the_moment_of_the_confirmation_takes_it_when_it_is_back(journey: Journey) -> None:
    """D08: the browser shows no error of its own, the pop-up sends the confirmation again, and there is one order."""
    services = journey.installation
    journey.expects.append("Failed to load resource")
    offer = await journey.offered(buy("TCS", 2))
    window = await _to_review(journey)

    async with services.killed_at("orders.plan.before_commit", "gateway"):
        await window.place()
        await window.page.get_by_text("We are trying again").wait_for()
        await window.look("confirming")
    await window.shows("Your order is filled")

    await all_tell_the_same(journey, offer, window)
    assert len(offer.settled) == 1


async def test_two_clicks_on_the_button_place_once(journey: Journey) -> None:
    """D08."""
    offer = await journey.offered(buy("TCS", 2))
    window = await _to_review(journey)

    await window.page.locator("button.primary[form=confirm]").dblclick()
    await window.shows("Your order is filled")

    await all_tell_the_same(journey, offer, window)


async def test_a_form_that_is_sent_twice_by_script_places_once(journey: Journey) -> None:
    """D08, D12: two requests really leave, at the same moment."""
    offer = await journey.offered(buy("TCS", 2), buy("INFY", 1))
    window = await _to_review(journey)

    statuses = await window.page.evaluate(
        """async () => {
             const form = document.getElementById("confirm");
             const send = () => fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
             return (await Promise.all([send(), send(), send()])).map((answer) => answer.status);
           }"""
    )
    await window.page.reload()
    await window.shows("Your 2 orders are filled")

    assert statuses == [200, 200, 200]
    await all_tell_the_same(journey, offer, window)


async def test_the_back_button_after_the_confirmation_shows_how_it_stands(journey: Journey) -> None:
    """D11."""
    offer = await journey.offered(buy("TCS", 118))
    window = await _to_review(journey)
    await window.place()
    await journey.installation.placed(journey.user, 1)
    await window.waiting()

    await window.page.go_back()
    await window.shows("Your order is at the exchange", "back-once")
    await window.page.go_back()
    await window.shows(f"Log in to {ANY_NAME}")
    await window.page.go_back()
    await window.shows("Your order is at the exchange", "back-three-times")
    await window.page.reload()
    await journey.installation.fill(journey.user)
    await window.shows("Your order is filled")

    await all_tell_the_same(journey, offer, window)


async def test_a_login_that_is_repeated_after_the_confirmation_leads_back_to_how_it_stands(journey: Journey) -> None:
    """D11: back to the broker's page and through its login again. Nobody may read there that nothing was placed."""
    journey.expects.append("403")
    offer = await journey.offered(buy("TCS", 118))
    window = await _to_review(journey)
    await window.place()
    await journey.installation.placed(journey.user, 1)
    await window.waiting()
    await window.page.go_back()
    await window.page.go_back()

    await window.log_in()
    await window.shows("This login does not belong to this window", "login-again")
    assert "Nothing was placed" not in await window.words()
    await window.press("Show my request")
    await window.shows("Your order is at the exchange")
    await journey.installation.fill(journey.user)
    await window.shows("Your order is filled")

    await all_tell_the_same(journey, offer, window)


async def test_a_review_that_is_loaded_again_at_once_still_has_its_prices(journey: Journey) -> None:
    """The broker answers one question for prices a second."""
    await journey.offered(buy("TCS", 2))
    window = await _to_review(journey)

    await window.page.reload()
    await window.reviewing()
    await window.page.reload()
    await window.reviewing(picture="loaded-again")

    assert "Some figures are missing" not in await window.words()


async def test_a_second_tab_of_the_review_finds_it_placed(journey: Journey) -> None:
    """D09."""
    offer = await journey.offered(buy("TCS", 2))
    window = await _to_review(journey)
    other = Window(await journey.context.new_page(), journey)
    await other.page.goto(window.page.url)
    await other.reviewing()

    await window.place()
    await window.shows("Your order is filled")
    await other.place()
    await other.shows("Your order is filled", "second-tab")

    await all_tell_the_same(journey, offer, window)


async def test_an_investor_without_network_places_nothing_and_then_once(begin: Begin) -> None:
    """U11, D12."""
    async with begin(phone=True) as journey:
        journey.expects += ["ERR_INTERNET_DISCONNECTED", "Failed to load resource"]
        offer = await journey.offered(buy("TCS", 101))
        window = await _to_review(journey)

        await journey.context.set_offline(True)
        await window.place()
        await window.page.get_by_text("Nothing was sent").wait_for()
        await window.look("offline-before")
        assert await journey.installation.ledger(journey.user) == []
        await journey.context.set_offline(False)
        await window.place()
        await journey.installation.placed(journey.user, 1)
        await window.waiting()
        await journey.context.set_offline(True)
        await window.page.get_by_text("You are offline").wait_for()
        await window.look("offline-after")
        await journey.context.set_offline(False)
        await window.shows("Your order is filled", "result")

        await all_tell_the_same(journey, offer, window)
