"""Who buys, in whatever engine."""

import secrets

from tests.browsers.engine import Engine, Window, until
from tests.journeys.installation import Installation
from tests.journeys.partner import Offer, Partner
from tests.support.brokers import ANY_BROKER

USER_NAME = "document.querySelector('input[name=user_id]')"
PLACE = "document.querySelector('button.primary[form=confirm]')"
BUTTON = "document.querySelector('#pay')"


class Investor:
    """Who buys in that browser."""

    def __init__(self, engine: Engine, partner: Partner, installation: Installation) -> None:
        self.engine = engine
        self.partner = partner
        self.installation = installation
        self.user = f"asha-{secrets.token_hex(4)}"

    async def at(self, offer: Offer) -> Window:
        """In the window in which the partner's page offers this."""
        shop = Window(self.engine, (await self.engine.windows())[0])
        await shop.goto(self.partner.page(offer))
        await shop.until("document.documentElement.dataset.ready === 'yes'", "loads")
        return shop

    async def pop_up(self, shop: Window, *, press: str = "") -> Window:
        """The window that opens at the partner's button, or at one of the notice's."""
        before = set(await self.engine.windows())
        await (shop.press(press) if press else shop.press_element(BUTTON))

        async def opened() -> bool:
            return bool(set(await self.engine.windows()) - before)

        await until(opened, "opens a window")
        (handle,) = set(await self.engine.windows()) - before
        return Window(self.engine, handle)

    async def to_review(self, window: Window) -> None:
        await window.press_element(f"document.querySelector('button[value={ANY_BROKER}]')")
        await window.until(f"!!{USER_NAME}", "shows the broker's login")
        await window.evaluate(f"({USER_NAME}.value = '{self.user}')")
        await window.press("Log in")
        await window.until(f"!!{PLACE}", "shows the review")

    async def place(self, window: Window) -> None:
        await window.press_element(PLACE)
