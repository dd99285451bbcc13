"""What a broker's list lacks is refused before the investor confirms anything, with the reason."""

from collections.abc import Iterator

import pytest

from tests.portal.installation import Browser, Installation
from tests.portal.steps import INFY, TCS, connected, to_hand_over, to_review
from tests.support.brokers import ANY_BROKER, ANY_NAME
from torana.flows.registry import FLOWS
from torana.market import securities
from torana.market.listing import Origin, build
from torana.market.models import BrokerCode
from torana.market.packaged import packaged_changes, packaged_dates, packaged_securities


def listed_by(*codes: BrokerCode) -> None:
    """From now on this installation goes by a list in which these are all the codes of brokers."""
    dates = packaged_dates()
    securities.use(build(packaged_securities(), packaged_changes(), codes, dates=dates, origin=Origin.REFRESHED))


@pytest.fixture(autouse=True)
def packaged_again() -> Iterator[None]:
    yield
    securities.use(None)


LISTED_INFY = BrokerCode(ANY_BROKER, "NSE", "INE009A01021", "408065", "INFY")


async def test_a_broker_that_does_not_list_a_share_is_left_before_the_login_and_says_so(
    installation: Installation, browser: Browser
) -> None:
    listed_by(LISTED_INFY)
    flow = await installation.create(INFY, TCS)

    over = await to_hand_over(installation, browser, flow)
    state = await installation.settled(flow)

    assert f"{ANY_NAME} does not list TCS on NSE." in over.words
    assert (state["error"]["message"], state["error"]["code"]) == ("intent_not_enabled_for_broker", 3000)


async def test_a_share_that_left_the_brokers_list_since_the_login_is_refused_at_the_review(
    installation: Installation, browser: Browser
) -> None:
    investor_id = await connected(installation, browser, logged_in=True)
    flow = await installation.create(TCS, investor_id=investor_id)
    waiting = await installation.open(browser, flow)

    listed_by(LISTED_INFY)
    over = await browser.load(waiting)

    assert f"{ANY_NAME} does not list TCS on NSE." in over.words
    assert await installation.services.database.value("select count(*) from orders") == 0


async def test_an_order_keeps_the_names_that_its_broker_had_at_the_confirmation(
    installation: Installation, browser: Browser
) -> None:
    """They are what is confirmed, too."""
    listed_by(BrokerCode(ANY_BROKER, "NSE", "INE467B01029", "2953217", "TCS"))
    flow = await installation.create(TCS)
    review = await to_review(installation, browser, flow)

    async with installation.worker():
        await browser.submit(review, "/confirm")
        state = await installation.settled(flow)

    kept = await installation.services.database.value("select (broker_code, broker_symbol, exchange) from orders")
    assert kept == ("2953217", "TCS", "NSE")
    assert state["result"]["orderBatches"][0]["orders"][0]["exchange"] == "NSE"


async def test_the_review_names_the_exchange(installation: Installation, browser: Browser) -> None:
    review = await to_review(installation, browser, await installation.create(TCS))

    assert "TCS NSE" in review.words


async def test_an_order_for_the_bse_goes_there_and_says_so_everywhere(
    installation: Installation, browser: Browser
) -> None:
    """A security that the BSE alone lists, by its number."""
    flow = await installation.create({"ticker": "542012", "exchange": "BSE", "quantity": 4, "type": "BUY"})
    review = await to_review(installation, browser, flow)
    async with installation.worker():
        status = await browser.submit(review, "/confirm")
        state = await installation.settled(flow)

    assert "A1L BSE" in review.words
    assert "A1L BSE" in status.words
    (order,) = state["result"]["orderBatches"][0]["orders"]
    assert (order["tradingsymbol"], order["exchange"], order["status"]) == ("A1L", "BSE", "COMPLETE")
    transaction = await installation.transaction(flow)
    told = FLOWS.of(transaction).order_config(FLOWS.of(transaction).config_of(transaction))
    assert told is not None
    assert (told["securities"][0]["ticker"], told["securities"][0]["exchange"]) == ("A1L", "BSE")


async def test_one_basket_holds_the_same_share_on_both_exchanges_at_two_prices(
    installation: Installation, browser: Browser
) -> None:
    on_bse = {**TCS, "exchange": "BSE"}
    review = await to_review(installation, browser, await installation.create(TCS, on_bse))

    assert "TCS NSE" in review.words
    assert "TCS BSE" in review.words
    assert "did not share" not in review.words


async def test_a_security_that_left_every_list_meanwhile_ends_it_inside(
    installation: Installation, browser: Browser
) -> None:
    """Between the create and the review a reading of the exchange's list may take it away."""
    flow = await installation.create(TCS)
    review = await to_review(installation, browser, flow)
    gone = "update transactions set config = jsonb_set(config, '{lines,0,symbol}', '\"NOSUCH\"')"
    await installation.services.database.execute(f"{gone} where transaction_id = $1", flow.transaction_id)

    page = await browser.get(f"{review.path}?part=review")

    state = await installation.settled(flow)
    assert (state["error"]["message"], state["error"]["code"]) == ("internal_error", 2000)
    assert page.status == 200
