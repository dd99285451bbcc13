"""What an investor does on a partner's page, and what can be seen there."""

import asyncio
from collections.abc import Callable
from typing import Any

from playwright.async_api import Locator, Page

from tests.sdk.fake_gateway import FakeGateway, Partner

TRX = "TRX_" + "a" * 32

# Tests look into the shadow roots that the SDK closes; `shadows` remembers how it asked for them.
OPEN_SHADOWS = """
window.shadows = [];
const attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (options) {
  window.shadows.push(options.mode);
  return attach.call(this, Object.assign(options, { mode: "open" }));
};
"""


class PartnerPage:
    """One tab with the partner's page in it."""

    def __init__(self, page: Page, partner: Partner, gateway: FakeGateway) -> None:
        self.page = page
        self.partner = partner
        self.gateway = gateway

    async def visit(self, kind: str = "script", **options: Any) -> None:
        await self.page.goto(self.partner.page(kind, **options))
        await self.page.wait_for_function("window.ready")

    async def reload(self) -> None:
        await self.page.reload()
        await self.page.wait_for_function("window.ready")

    async def buy(self) -> Page:
        """Clicks the button and gives the pop-up with the gateway's page in it."""
        async with self.page.context.expect_page() as opening:
            await self.page.click("#pay")
        popup = await opening.value
        await popup.wait_for_url(f"{self.gateway.url}/portal/**")
        return popup

    async def outcome(self, number: int = 0) -> dict[str, Any]:
        await self.page.wait_for_function("number => window.outcomes.length > number", arg=number)
        outcome: dict[str, Any] = await self.page.evaluate("number => outcomes[number]", number)
        return outcome

    async def outcomes(self) -> list[dict[str, Any]]:
        outcomes: list[dict[str, Any]] = await self.page.evaluate("outcomes")
        return outcomes

    def bar(self) -> Locator:
        return self.page.locator("section")

    def dialog(self) -> Locator:
        return self.page.locator("dialog")

    async def storage(self) -> str | None:
        stored: str | None = await self.page.evaluate("sessionStorage.getItem('torana.flows')")
        return stored


async def eventually(holds: Callable[[], object], seconds: float = 15) -> None:
    """Waits until `holds()` is true; fails when it is not within `seconds`."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not holds():
        assert asyncio.get_running_loop().time() < deadline, "it did not happen"
        await asyncio.sleep(0.02)
