"""Shares of a connected account are released at the depository: what the broker does not tell is not released."""

from typing import Any

import msgspec
import pytest

from tests.portal.at_depository import authorise, looked_again, names_depository, refuse, way_in
from tests.portal.installation import Answer, Browser, Flow, Installation
from tests.portal.steps import connected
from tests.support.brokers import ANY_BROKER, ANY_NAME, LIMIT_BROKER, LIMIT_NAME, OTHER_BROKER
from torana.sandbox.accounts import STARTER_HOLDINGS

BODY = {"intent": "AUTHORISE_HOLDINGS"}
TITLE = "Authorise your shares"


async def asked(
    installation: Installation, browser: Browser, *, user: str = "needs-edis", broker: str = ANY_BROKER
) -> Flow:
    """A partner asks a connected investor for it."""
    return await installation.ask_for(BODY, await connected(installation, browser, user=user, broker=broker))


async def shown(installation: Installation, browser: Browser, flow: Flow) -> Answer:
    """The pop-up is open and has loaded what its skeleton loads."""
    return await browser.load(await installation.open(browser, flow))


async def error_of(installation: Installation, flow: Flow) -> tuple[Any, Any]:
    transaction = await installation.transaction(flow)
    return transaction.error_name, transaction.error_code


async def lacking(browser: Browser, page: Answer) -> Any:
    """What an open page is told when it asks."""
    told = await browser.get(f"{page.url.partition('?')[0]}/prices")
    return msgspec.json.decode(told.text)["lacking"]


async def test_shares_are_released_at_the_depository_and_the_partner_learns_it(
    installation: Installation, browser: Browser
) -> None:
    """Nothing is typed on a page of ours; the page that stays open learns from the broker that it is over."""
    flow = await asked(installation, browser)

    page = await shown(installation, browser, flow)
    before = await lacking(browser, page)
    way = await authorise(installation, browser, page, ANY_BROKER)
    after = await lacking(browser, page)
    done = await looked_again(browser, page)

    settled = await installation.settled(flow)
    transaction = await installation.transaction(flow)
    assert page.heading == TITLE
    assert all(symbol.replace("&", "&amp;") in page.text for symbol in STARTER_HOLDINGS)
    assert not [form.blanks for form in page.page.forms if form.blanks]
    assert way.heading == "Authorise at the depository"
    assert names_depository(way) in way.words
    assert (before, after) == (None, 0)
    assert done.heading == "Your shares are authorised"
    assert (settled["result"]["status"], settled["result"]["broker"]) == (True, ANY_BROKER)
    assert transaction.result == {"status": True, "standing": False}
    assert (transaction.status, transaction.confirmed_at) == ("COMPLETED", None)


async def test_who_has_given_a_standing_authorisation_does_not_see_the_step(
    installation: Installation, browser: Browser
) -> None:
    """DDPI and power of attorney."""
    flow = await asked(installation, browser, user="asha")

    page = await shown(installation, browser, flow)

    assert page.heading == "Nothing to authorise"
    assert (await installation.settled(flow))["result"]["status"] is True


@pytest.mark.parametrize("user", ["needs-edis", "late-release"])
async def test_where_the_broker_takes_one_share_at_a_time_it_goes_on_share_by_share(
    installation: Installation, browser: Browser, user: str
) -> None:
    """Also where the holdings follow later: no release is forgotten over the next."""
    flow = await asked(installation, browser, user=user, broker=LIMIT_BROKER)

    page = await shown(installation, browser, flow)
    await authorise(installation, browser, page, LIMIT_BROKER)
    second = await looked_again(browser, page)
    for _ in range(len(STARTER_HOLDINGS) - 1):
        await authorise(installation, browser, page, LIMIT_BROKER)
    done = await looked_again(browser, page)

    assert "one share at a time" in page.words
    assert (second.heading, second.words.count("Authorised for today")) == (TITLE, 1)
    assert done.heading == "Your shares are authorised"
    assert (await installation.settled(flow))["result"]["status"] is True


async def test_who_finishes_before_all_is_released_has_not_released_all(
    installation: Installation, browser: Browser
) -> None:
    flow = await asked(installation, browser, broker=LIMIT_BROKER)
    page = await shown(installation, browser, flow)
    await authorise(installation, browser, page, LIMIT_BROKER)

    done = await browser.submit(await looked_again(browser, page), "/confirm", depository="finish")

    assert done.heading == "Not all shares are authorised"
    assert (await installation.settled(flow))["result"]["status"] is False


@pytest.mark.parametrize(
    ("broker", "then"), [(ANY_BROKER, "Your shares are authorised"), (LIMIT_BROKER, "Authorised for today")]
)
async def test_a_tpin_that_is_refused_can_be_tried_again(
    installation: Installation, browser: Browser, broker: str, then: str
) -> None:
    """The request is spent then: another one is begun. One broker releases all shares at once, the other one by one."""
    flow = await asked(installation, browser, broker=broker)
    page = await shown(installation, browser, flow)

    first = await refuse(installation, browser, page, broker)
    again = await looked_again(browser, page)
    open_still = (await installation.transaction(flow)).settled_at is None
    second = await authorise(installation, browser, again, broker)
    after = await looked_again(browser, page)

    assert "Not authorised yet" in again.words
    assert open_still
    assert way_in(first) != way_in(second)
    assert then in after.words


async def test_who_leaves_half_way_has_released_nothing(installation: Installation, browser: Browser) -> None:
    flow = await asked(installation, browser)
    page = await shown(installation, browser, flow)
    await browser.submit(page, "/confirm", depository="go")

    left = await browser.submit(page, "/cancel")

    assert left.heading == "Cancelled"
    assert await error_of(installation, flow) == ("user_cancelled", 1012)


async def test_what_the_broker_does_not_tell_is_not_taken_for_released(
    installation: Installation, browser: Browser
) -> None:
    flow = await asked(installation, browser)
    fault = {"operation": "holdings", "kind": "status", "status": 503, "times": None}
    await installation.tell("POST", "/sandbox/faults", fault)

    page = await shown(installation, browser, flow)
    open_still = (await installation.transaction(flow)).settled_at is None
    await installation.tell("DELETE", "/sandbox/faults")
    healed = await looked_again(browser, page)

    assert page.heading == f"{ANY_NAME} did not respond"
    assert open_still
    assert healed.heading == TITLE


async def test_a_broker_that_begins_nothing_says_so_in_the_window_of_its_own(
    installation: Installation, browser: Browser
) -> None:
    flow = await asked(installation, browser)
    page = await shown(installation, browser, flow)
    await installation.tell("POST", "/sandbox/faults", {"operation": "authorise", "kind": "status", "status": 503})

    told = await browser.submit(page, "/confirm", depository="go")
    way = await browser.submit(page, "/confirm", depository="go")

    assert told.heading == f"{ANY_NAME} did not respond"
    assert "Nothing was started." in told.words
    assert way.heading == "Authorise at the depository"


async def test_an_account_without_shares_has_nothing_to_release(installation: Installation, browser: Browser) -> None:
    flow = await asked(installation, browser)
    emptied = {"broker": ANY_BROKER, "account": "needs-edis", "holdings": {}}
    await installation.tell("POST", "/sandbox/accounts", emptied)

    await shown(installation, browser, flow)

    assert await error_of(installation, flow) == ("insufficient_holdings", 1004)


async def test_a_broker_that_does_it_in_its_own_pages_only_is_not_asked(
    installation: Installation, browser: Browser
) -> None:
    investor_id = await connected(installation, browser, broker=OTHER_BROKER)
    flow = await installation.ask_for(BODY, investor_id)

    page = await installation.open(browser, flow)

    assert await error_of(installation, flow) == ("intent_not_enabled_for_broker", 3000)
    assert "does not let other apps take you to the depository" in page.words


async def test_a_login_that_the_broker_has_ended_asks_for_another(installation: Installation, browser: Browser) -> None:
    """S04: on the page, and when the way begins."""
    flow = await asked(installation, browser)
    page = await shown(installation, browser, flow)
    await installation.tell("POST", "/sandbox/sessions/end", {"broker": ANY_BROKER})

    told = await browser.submit(page, "/confirm", depository="go")
    over = await looked_again(browser, page)
    back = await browser.load(await browser.log_in(await browser.submit(over, "/broker"), "needs-edis"))
    await installation.tell("POST", "/sandbox/sessions/end", {"broker": ANY_BROKER})
    again = await looked_again(browser, back)

    assert told.heading == over.heading == again.heading == f"Your {ANY_NAME} login has ended"
    assert back.heading == TITLE


async def test_a_broker_that_does_not_say_who_must_is_walked_all_the_same(
    installation: Installation, browser: Browser
) -> None:
    flow = await asked(installation, browser, user="asha", broker=LIMIT_BROKER)

    page = await shown(installation, browser, flow)

    assert page.heading == TITLE
    assert LIMIT_NAME in page.words
