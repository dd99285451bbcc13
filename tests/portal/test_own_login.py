"""A login at a broker is used by the browser that made it, and by no other, whatever token it brings."""

from dataclasses import replace

import pytest

from tests.portal.installation import Browser, Flow, Installation
from tests.portal.steps import TCS, connected, to_review
from tests.support.brokers import ANY_BROKER, ANY_NAME
from torana.flows.context import csrf_of
from torana.partners.tokens import issue_token
from torana.portal.admission.browser_auth import VISIT_COOKIE


def as_guest(installation: Installation, flow: Flow) -> Flow:
    token = issue_token(installation.gateway, None, installation.services.clock.now())
    return replace(flow, token=token)


async def test_a_connected_token_in_another_browser_leads_to_the_login(
    installation: Installation, browser: Browser
) -> None:
    investor_id = await connected(installation, browser, logged_in=True)
    flow = await installation.create(TCS, investor_id=investor_id)

    async with installation.browser() as stranger:
        page = await installation.open(stranger, flow)

    assert page.heading == f"Log in to {ANY_NAME}"
    assert (await installation.transaction(flow)).session_id is None


async def test_a_guest_token_for_an_investors_transaction_leads_to_the_login(
    installation: Installation, browser: Browser
) -> None:
    investor_id = await connected(installation, browser, logged_in=True)
    flow = as_guest(installation, await installation.create(TCS, investor_id=investor_id))

    async with installation.browser() as stranger:
        page = await installation.open(stranger, flow)
        other = await stranger.log_in(page, "bharat")

    assert page.heading == f"Log in to {ANY_NAME}"
    assert other.heading == f"That is a different {ANY_NAME} account"
    assert "asha" not in other.text.lower()
    assert (await installation.transaction(flow)).session_id is None


@pytest.mark.parametrize("intent", ["SMALLPLUG", "MF_HOLDINGS_IMPORT"])
async def test_a_guest_token_opens_nothing_of_an_investor_where_no_login_proves_who_they_are(
    installation: Installation, browser: Browser, intent: str
) -> None:
    """Given a transaction that was made for an investor and asks for no login first, then a guest neither opens nor
    ends it, and gets no token of the investor."""
    investor_id = await connected(installation, browser, logged_in=True)
    flow = await installation.ask_for({"intent": intent}, investor_id)

    async with installation.browser() as stranger:
        page = await installation.open(stranger, as_guest(installation, flow))
    told = [await installation.ask(call, as_guest(installation, flow)) for call in ("watch", "close")]
    theirs = await installation.open(browser, flow)

    assert page.status == 404
    assert "invalid_transactionId" in page.words
    for status, state in told:
        assert (status, state["error"]) == (200, {"message": "invalid_transactionId", "code": 3002, "data": None})
    assert theirs.status == 200
    assert (await installation.transaction(flow)).settled_at is None


async def test_a_guest_token_skips_no_login_even_in_the_investors_browser(
    installation: Installation, browser: Browser
) -> None:
    investor_id = await connected(installation, browser, logged_in=True)
    flow = as_guest(installation, await installation.create(TCS, investor_id=investor_id))

    page = await installation.open(browser, flow)

    assert page.heading == f"Log in to {ANY_NAME}"


async def test_the_redirect_way_asks_a_stranger_to_log_in_and_the_investor_not(
    installation: Installation, browser: Browser
) -> None:
    investor_id = await connected(installation, browser, logged_in=True)
    back = "https://app.acme.test/back"

    async with installation.browser() as stranger:
        theirs = await installation.open(
            stranger, await installation.create(TCS, investor_id=investor_id), returnUrl=back
        )
    own = await installation.open(browser, await installation.create(TCS, investor_id=investor_id), returnUrl=back)

    assert theirs.heading == f"Log in to {ANY_NAME}"
    assert own.heading == "Review your order"


async def test_a_flow_that_is_opened_again_elsewhere_shows_nothing_and_places_nothing(
    installation: Installation, browser: Browser
) -> None:
    """The same flow key in another browser: its visit moves there, the login does not."""
    flow = await installation.create(TCS)
    await to_review(installation, browser, flow)

    async with installation.browser() as stranger:
        page = await installation.open(stranger, flow)
        again = await stranger.get(f"{page.path}?part=review")
        prices = await stranger.get(f"{page.path}/prices")
        csrf = dict(page.page.forms[0].fields)["csrf"]
        fields = {"csrf": csrf, "review": await review_hash(installation, flow)}
        await stranger.post(f"{page.path}/confirm", fields, origin=stranger.base)

    assert page.heading == again.heading == f"Log in to {ANY_NAME}"
    assert prices.text == '{"prices":{}}'
    assert (await installation.transaction(flow)).confirmed_at is None
    assert await installation.orders_at_broker() == []


async def test_orders_that_were_confirmed_elsewhere_are_shown_and_decided_after_a_login(
    installation: Installation, browser: Browser
) -> None:
    """The same flow key in another browser, before a worker sent anything."""
    flow = await installation.create(TCS)
    await browser.submit(await to_review(installation, browser, flow), "/confirm")

    async with installation.browser() as stranger:
        page = await installation.open(stranger, flow)
        csrf = csrf_of(next(one.value for one in stranger.http.cookie_jar if one.key == VISIT_COOKIE))
        await stranger.post(f"{page.path}/again", {"csrf": csrf, "decision": "cancel"}, origin=stranger.base)
        decided = await installation.services.database.value("select state from orders")
        live = await stranger.get(f"{page.path}/stream")
        other = await stranger.log_in(await stranger.get(f"{page.path}?login=1"), "bharat")
        own = await stranger.log_in(await stranger.get(f"{page.path}?login=1"), "asha")

    assert page.heading == other.heading == f"Log in to {ANY_NAME} to see these orders"
    assert "TCS" not in page.words
    assert decided == "PLANNED"
    assert live.status == 403
    assert f"another {ANY_NAME} account" in other.words
    assert "TCS" in own.words


async def test_how_finished_orders_ended_is_shown_after_a_login_too(
    installation: Installation, browser: Browser
) -> None:
    """The login changes nothing about them any more."""
    flow = await installation.create(TCS)
    review = await to_review(installation, browser, flow)
    async with installation.worker():
        await browser.submit(review, "/confirm")
        await installation.settled(flow)

    async with installation.browser() as stranger:
        page = await installation.open(stranger, flow)
        own = await stranger.log_in(await stranger.get(f"{page.path}?login=1"), "asha")

    assert page.heading == f"Log in to {ANY_NAME} to see these orders"
    assert own.heading == "Your order is filled"


async def test_an_older_login_to_the_account_decides_nothing_about_open_orders(
    installation: Installation, browser: Browser
) -> None:
    flow = await installation.create(TCS)

    async with installation.browser() as other:
        await connected(installation, other, logged_in=True)
        await browser.submit(await to_review(installation, browser, flow), "/confirm")
        page = await installation.open(other, flow)

    assert page.heading == f"Log in to {ANY_NAME} to see these orders"


async def test_two_investors_and_two_tabs_of_one_browser_keep_their_logins(
    installation: Installation, browser: Browser
) -> None:
    asha = await connected(installation, browser, user="asha", logged_in=True)
    bharat = await connected(installation, browser, user="bharat", logged_in=True)

    pages = [
        await installation.open(browser, await installation.create(TCS, investor_id=investor))
        for investor in (asha, bharat, asha)
    ]

    assert [page.heading for page in pages] == ["Review your order"] * 3


async def test_cleared_cookies_mean_a_new_login(installation: Installation, browser: Browser) -> None:
    investor_id = await connected(installation, browser, logged_in=True)
    browser.http.cookie_jar.clear()

    page = await installation.open(browser, await installation.create(TCS, investor_id=investor_id))

    assert page.heading == f"Log in to {ANY_NAME}"


async def test_the_cookie_of_the_login_is_kept_from_scripts_and_other_sites(
    installation: Installation, browser: Browser
) -> None:
    page = await installation.open(browser, await installation.create(TCS))
    page = await browser.submit(page, "/broker", broker=ANY_BROKER)

    back = await browser.get(await browser.callback(page, "asha"), follow=False)

    cookies = [value for name, value in back.headers.items() if name.lower() == "set-cookie"]
    kept = next(cookie for cookie in cookies if cookie.startswith("torana_browser_"))
    assert "HttpOnly" in kept
    assert "SameSite=lax" in kept
    secret = kept.split(";")[0].split("=", 1)[1]
    stored = await installation.services.database.value(
        "select string_agg(broker_sessions::text, ' ') from broker_sessions"
    )
    assert secret not in stored


async def review_hash(installation: Installation, flow: Flow) -> str:
    found = (await installation.visit(flow)).review_hash
    return found.hex() if found else ""
