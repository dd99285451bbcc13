"""Ids that are used or unknown, links and forms of others, pages of others: refused by name, and nothing happens."""

import pytest
from playwright.async_api import Page

from tests.journeys.conftest import Begin
from tests.journeys.journey import Journey, Window
from tests.journeys.partner import buy
from tests.journeys.tellers import all_tell_the_same
from tests.support.brokers import ANY_BROKER

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_transaction_that_was_used_is_not_used_again(journey: Journey) -> None:
    offer = await journey.offered(buy("TCS", 2))
    window = await journey.pop_up()
    await window.to_review()
    await window.place()
    await window.shows("Your order is filled")
    await all_tell_the_same(journey, offer, window)
    journey.expects.append("410")

    await journey.page.click("#pay")  # the window of this request is still there, and is found again
    await window.shows("This request is over", "over")

    assert await offer.error(1) == ("transaction_expired", 3001)
    assert len(await journey.installation.ledger(journey.user)) == 1


async def test_a_transaction_that_runs_is_not_begun_a_second_time(journey: Journey) -> None:
    """U07: neither in the page, nor in another tab."""
    offer = await journey.offered(buy("TCS", 2))
    window = await journey.pop_up()
    await window.to_review()

    await journey.page.evaluate("buy()")
    assert await offer.error(0) == ("transaction_in_process", 3003)
    other = await journey.context.new_page()
    await other.goto(journey.partner.page(offer))
    async with journey.context.expect_page() as opening:
        await other.click("#pay")
    refused = Window(await opening.value, journey)
    await refused.shows("This request is open elsewhere", "open-elsewhere")
    assert await offer.error(1) == ("transaction_in_process", 3003)

    await window.place()
    await window.shows("Your order is filled")
    assert (await offer.result(2))["orderBatches"][0]["filled"] == 1
    journey.expects.append("409")


async def test_an_id_that_nobody_made_is_refused(journey: Journey) -> None:
    journey.expects.append("404")
    offer = await journey.offered(buy("TCS", 2))
    offer.transaction_id = "TRX_" + "0" * 32
    await journey.visit(offer)

    window = await journey.pop_up()
    await window.shows("We do not know this request", "unknown")

    assert await offer.error() == ("invalid_transactionId", 3002)


async def test_a_request_whose_time_was_over_before_the_click_is_refused(journey: Journey) -> None:
    journey.expects.append("410")
    offer = await journey.offered(buy("TCS", 2))
    await journey.installation.expire(offer.transaction_id)

    window = await journey.pop_up()
    await window.shows("This request is over", "over")

    assert await offer.error() == ("transaction_expired", 3001)


async def test_a_token_that_proves_nothing_opens_nothing(journey: Journey) -> None:
    """X02."""
    journey.expects.append("401")
    offer = await journey.offered(buy("TCS", 2))
    offer.token = "eyJhbGciOiJub25lIn0.eyJndWVzdCI6dHJ1ZX0."
    await journey.visit(offer)

    await journey.page.evaluate("buy()")

    assert await offer.error() == ("invalid_jwt", None)
    assert (await journey.partner.details(offer))["status"] == "INITIALIZED"


async def test_a_page_of_an_origin_that_is_not_allowed_is_refused(journey: Journey) -> None:
    journey.expects.append("403")
    offer = await journey.offered(buy("TCS", 2))
    await journey.visit(offer, site=journey.partner.neighbour)

    await journey.page.click("#pay")

    assert await offer.error() == ("invalid_gateway", None)
    assert "not on the list of allowed origins" in offer.settled[0]["error"]["description"]
    await journey.shown_by_page("invalid_gateway")
    assert (await journey.partner.details(offer))["status"] == "INITIALIZED"


async def test_a_login_of_somebody_else_is_not_taken(begin: Begin) -> None:
    """S01. Somebody sends his own callback, with his own code in it, to an investor who is at the broker."""
    async with begin() as thief, begin() as journey:
        journey.expects.append("403")
        await thief.offered(buy("TCS", 2))
        his = await thief.pop_up()
        await his.choose(ANY_BROKER)
        await his.page.route("**/portal/callback/**", lambda route: route.abort())
        thief.expects.append("ERR_FAILED")
        async with his.page.expect_request("**/portal/callback/**") as going:
            await his.log_in()
        callback = (await going.value).url
        offer = await journey.offered(buy("TCS", 2))
        window = await journey.pop_up()
        await window.choose(ANY_BROKER)

        await window.page.goto(callback)
        await window.shows("This login does not belong to this window", "foreign-login")

        await window.page.go_back()
        await window.log_in()
        await window.reviewing()
        await window.place()
        await window.shows("Your order is filled")
        await all_tell_the_same(journey, offer, window)
        assert await journey.installation.ledger(thief.user) == []


async def test_a_confirmation_that_is_replayed_places_nothing(journey: Journey) -> None:
    """D13: the very form of before, with its cookie and its token, when all is over."""
    offer = await journey.offered(buy("TCS", 2))
    window = await journey.pop_up()
    await window.to_review()
    form = await _form(window.page)
    await window.place()
    await window.shows("Your order is filled")

    assert await _send(window.page, form) == 200
    assert await _send(window.page, form | {"csrf": "0" * 64}) == 403

    await all_tell_the_same(journey, offer, window)
    journey.expects.append("403")


async def test_a_confirmation_of_another_request_is_not_taken(journey: Journey) -> None:
    """D13, D14: a form of an earlier purchase, sent in the window of a later one."""
    journey.expects += ["403", "422"]
    await journey.offered(buy("TCS", 50))
    window = await journey.pop_up()
    await window.to_review()
    earlier = await _form(window.page)
    await window.close()
    await journey.offers[0].error()
    offer = await journey.offered(buy("TCS", 2))
    window = await journey.pop_up()
    await window.to_review()
    own = await _form(window.page)

    assert await _send(window.page, own | {"csrf": earlier["csrf"]}) == 403
    assert await _send(window.page, own | {"review": earlier["review"]}) == 422
    assert await journey.installation.ledger(journey.user) == []

    await window.page.reload()
    await window.reviewing()
    await window.place()
    await window.shows("Your order is filled")
    await all_tell_the_same(journey, offer, window)


async def test_the_address_of_a_window_is_worth_nothing_in_another_browser(begin: Begin) -> None:
    async with begin() as journey, begin(scheme="dark") as stranger:
        stranger.expects.append("403")
        await journey.offered(buy("TCS", 2))
        window = await journey.pop_up()
        await window.to_review()

        elsewhere = Window(stranger.page, stranger)
        await elsewhere.page.goto(window.page.url)
        await elsewhere.shows("We could not recognise this window", "stranger")

        assert "TCS" not in await elsewhere.page.content()


async def test_a_page_in_a_strangers_frame_stays_empty(begin: Begin) -> None:
    """U12."""
    async with begin() as journey:
        journey.expects += ["frame-ancestors", "X-Frame-Options", "Refused to"]
        await journey.offered(buy("TCS", 2))
        window = await journey.pop_up()
        await window.to_review()

        page = await journey.context.new_page()
        await page.goto(f"{journey.partner.neighbour}/frame?of={window.page.url}")
        frame = await (await page.query_selector("iframe")).content_frame()  # type: ignore[union-attr]  # it is there

        assert frame is not None
        assert "Review" not in await frame.content()


async def _form(page: Page) -> dict[str, str]:
    form: dict[str, str] = await page.evaluate("Object.fromEntries(new FormData(document.getElementById('confirm')))")
    return form


async def _send(page: Page, form: dict[str, str]) -> int:
    status: int = await page.evaluate(
        """async (form) => {
             const home = document.getElementById("sheet").dataset.home;
             return (await fetch(`${home}/confirm`, { method: "POST", body: new URLSearchParams(form) })).status;
           }""",
        form,
    )
    return status
