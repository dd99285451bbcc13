"""What an investor does in the window of its own: the broker's page, the depository's, and back to ours."""

from urllib.parse import urlsplit

from tests.brokers import known
from tests.portal.installation import Answer, Browser, Installation
from tests.support.browser import Browser as Elsewhere
from torana.connectors.contract import BrowserForm, Redirect


def way_in(page: Answer) -> Redirect | BrowserForm:
    """Where the window of its own leads."""
    away = [form for form in page.page.forms if form.action.startswith("http") and "/portal/" not in form.action]
    if away:
        return BrowserForm(away[0].action, dict(away[0].fields))
    assert page.page.main_link is not None, page.heading
    return Redirect(page.page.main_link)


def names_depository(page: Answer) -> str:
    """The host of the page that comes next."""
    return urlsplit(way_in(page).url).netloc


async def authorise(installation: Installation, browser: Browser, page: Answer, broker: str) -> Answer:
    """Open the window, release the shares there, and come back to the page that is open still."""
    way = await browser.submit(page, "/confirm", depository="go")
    walk = known(broker).pages.authorise
    assert walk is not None
    async with Elsewhere(installation.url) as window:
        await walk(window, way_in(way))
    return way


async def refuse(installation: Installation, browser: Browser, page: Answer, broker: str) -> Answer:
    """The same, with a TPIN that is wrong or none at all."""
    way = await browser.submit(page, "/confirm", depository="go")
    walk = known(broker).pages.refuse
    assert walk is not None
    async with Elsewhere(installation.url) as window:
        await walk(window, way_in(way))
    return way


async def looked_again(browser: Browser, page: Answer) -> Answer:
    """The page that was left open, loaded again with what its skeleton loads."""
    shown = await browser.get(page.url.partition("?")[0])
    return await browser.load(shown) if shown.page.main_link and "part=" in shown.page.main_link else shown
