"""Where a story begins: pages that an investor has reached."""

from typing import Any

from tests.portal.installation import Answer, Browser, Flow, Installation
from tests.support.brokers import ANY_BROKER

TCS: dict[str, Any] = {"ticker": "TCS", "quantity": 3, "type": "BUY"}
INFY: dict[str, Any] = {"ticker": "INFY", "quantity": 2, "type": "BUY"}


async def to_hand_over(
    installation: Installation, browser: Browser, flow: Flow, *, broker: str = ANY_BROKER, **more: str
) -> Answer:
    """The pop-up is open, a broker is chosen."""
    page = await installation.open(browser, flow, **more)
    if page.heading == "Choose your broker":
        page = await browser.submit(page, "/broker", broker=broker)
    return page


async def to_review(
    installation: Installation,
    browser: Browser,
    flow: Flow,
    *,
    broker: str = ANY_BROKER,
    user: str = "asha",
    **more: str,
) -> Answer:
    """Logged in, in front of the review."""
    hand_over = await to_hand_over(installation, browser, flow, broker=broker, **more)
    waiting = await browser.log_in(hand_over, user)
    return await browser.load(waiting) if waiting.page.main_link else waiting


async def connected(
    installation: Installation,
    browser: Browser,
    *,
    user: str = "asha",
    logged_in: bool = True,
    broker: str = ANY_BROKER,
) -> str:
    """An investor whom the partner knows by their account at a broker; their id."""
    flow = await installation.create()
    await browser.log_in(await to_hand_over(installation, browser, flow, broker=broker), user)
    transaction = await installation.transaction(flow)
    assert transaction.investor_id is not None
    assert transaction.session_id is not None
    if not logged_in:
        now = installation.services.clock.now()
        await installation.services.sessions.end(transaction.gateway_id, transaction.session_id, now)
    return transaction.investor_id
