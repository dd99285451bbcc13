"""One investor with one browser, and what they do on the pages that they meet."""

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Browser, BrowserContext, Error, Locator, Page

from tests.journeys.installation import PATIENCE, Installation
from tests.journeys.partner import Offer, Partner
from tests.sdk.pages import OPEN_SHADOWS
from tests.support.axe import WHOLE, PageLeft, violations
from tests.support.brokers import ANY_BROKER, ANY_NAME, OTHER_BROKER, OTHER_NAME
from tests.support.pictures import PICTURES

Scheme = Literal["light", "dark"]

# An investor who wants to read the end before the window closes, and who looks at that window, not at the page behind.
STAY = """
Document.prototype.hasFocus = () => false;
const stay = () => document.querySelector("[data-finish]") && document.querySelector(".running [data-stay]")?.click();
new MutationObserver(stay).observe(document, { attributes: true, childList: true, subtree: true });
"""


@dataclass
class Camera:
    """Takes a picture of every page that a journey passes. `found` is what axe has against them, in `make campaign`."""

    folder: Path
    taken: int = 0
    found: list[str] = field(default_factory=list)

    async def take(self, page: Page, name: str) -> None:
        if WHOLE:
            with suppress(PageLeft):  # a page that goes on by itself is in the gallery
                self.found += [f"{name}: {one}" for one in await violations(page)]
        if not PICTURES:
            return
        self.taken += 1
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{self.taken:02}-{name}.png"
        try:
            await page.screenshot(path=path, animations="disabled")
        except Error:  # a busy browser has been seen to be unable to, once
            await page.screenshot(path=path, animations="disabled")


@dataclass
class Journey:
    """`page` is the partner's. `complaints` are errors of any page, but for those that the journey `expects`."""

    context: BrowserContext
    page: Page
    installation: Installation
    partner: Partner
    camera: Camera
    user: str
    phone: bool = False
    complaints: list[str] = field(default_factory=list)
    expects: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)

    async def offered(self, *lines: dict[str, Any], **how: Any) -> Offer:
        """The investor is on the page that offers these orders."""
        offer = await self.partner.offer(*lines, **how)
        self.offers.append(offer)
        await self.visit(offer)
        return offer

    async def visit(self, offer: Offer, *, site: str | None = None) -> None:
        await self.page.goto(self.partner.page(offer, site=site))
        await self.loaded()

    async def loaded(self) -> None:
        """The partner's page is there and its script has run."""
        await self.page.locator("[data-ready]").wait_for(state="attached")

    async def stays_before_the_broker(self) -> None:
        """The broker's pages never come, so that our last page before them is there for as long as the story needs."""
        await self.context.route(f"{self.installation.sandbox.url}/**", lambda route: route.fulfill(status=204))

    async def pop_up(self) -> "Window":
        """Press the partner's button; the window that opens."""
        async with self.page.context.expect_page() as opening:
            await self.page.click("#pay")
        return await self.window(await opening.value)

    async def window(self, page: Page) -> "Window":
        """A page that was opened; on a phone that is a whole tab, whatever size was asked for."""
        if self.phone and self.page.viewport_size is not None:
            await page.set_viewport_size(self.page.viewport_size)
        return Window(page, self)

    async def redirected(self) -> "Window":
        """Press the partner's button; the whole tab goes to the gateway."""
        await self.page.click("#pay")
        await self.page.wait_for_url(f"{self.installation.url}/portal/**")
        return Window(self.page, self)

    async def returned(self, window: "Window", heading: str) -> None:
        """From the end on the gateway's page back to the partner's, and once more to that end."""
        await window.press("Return to Kuber Wealth")
        await self.loaded()
        await self.offers[-1].outcome()
        await self.page.go_back()
        await window.shows(heading)

    async def connected(self, broker: str = ANY_BROKER) -> str:
        """The investor has connected their account before; their id."""
        await self.offered(brokers=[broker])
        window = await self.pop_up()
        await window.choose(broker)
        await window.log_in()
        await window.shows(f"{ANY_NAME} is connected" if broker == ANY_BROKER else f"{OTHER_NAME} is connected")
        result = await self.offers[-1].result()
        await window.press("Return to Kuber Wealth")
        await window.closed()
        return self.partner.investor_of(result["smallcaseAuthToken"])

    async def shown_by_page(self, text: str, name: str = "page") -> None:
        """The partner's page shows this; it is pictured."""
        await self.page.get_by_text(text).first.wait_for()
        await self.camera.take(self.page, name)

    def notice(self, name: str) -> Locator:
        """A button of the SDK's notice in the partner's page."""
        return self.page.get_by_role("button", name=name, exact=True)

    async def check(self) -> None:
        """What must hold at the end of every journey."""
        unexpected = [one for one in self.complaints if not any(word in one for word in self.expects)]
        assert not unexpected, unexpected
        assert not self.camera.found, self.camera.found
        told = [address for address in self.addresses if any(offer.token in address for offer in self.offers)]
        assert not told, f"a token in an address: {told}"
        for offer in self.offers:
            stories = {_story(outcome) for outcome in offer.settled} - {_OVER}
            assert len(stories) <= 1, f"promises of one transaction tell different stories: {stories}"
        if not self.page.is_closed() and await self.page.locator("[data-ready]").count():
            calls = await self.page.evaluate("calls")
            assert all(call["settled"] <= 1 for call in calls), calls


_OVER = "over, or in another window"
"""What a promise says that came too late; it is no story of how the transaction ended."""


def _story(outcome: dict[str, Any]) -> str:
    error, result = outcome["error"], outcome["result"]
    if error is not None:
        return _OVER if error["code"] in (3001, 3003) else f"{error['message']} {error['code']}"
    return f"{result['transactionId']} {[batch['status'] for batch in result.get('orderBatches', [])]}"


@dataclass
class Window:
    """Where the gateway's pages are: a pop-up, or the partner's own tab."""

    page: Page
    journey: Journey

    # what it shows

    async def shows(self, heading: str, picture: str | None = None) -> None:
        """Wait for the page of this heading; take its picture."""
        await self._title(heading).wait_for()
        if picture is not None:
            await self.look(picture)

    async def waiting(self) -> None:
        """The page that follows the orders is there."""
        await self.page.locator("[data-stream]").wait_for()

    async def look(self, picture: str) -> None:
        await self.journey.camera.take(self.page, picture)

    async def words(self) -> str:
        """The visible text of the page, in one line."""
        return re.sub(r"\s+", " ", await self.page.locator("body").inner_text())

    async def closed(self) -> None:
        """Wait until the window is closed."""
        if not self.page.is_closed():
            await self.page.wait_for_event("close")

    # what is done there

    async def close(self) -> None:
        """The investor closes the window by its own button."""
        await asyncio.wait_for(self.page.close(), PATIENCE)

    async def press(self, name: str) -> None:
        """The amount that stands on a button is no part of its name here."""
        named = re.compile(rf"^{re.escape(name)}( · ₹[0-9,.]+)?$")
        button = self.page.get_by_role("button", name=named)
        try:
            await button.or_(self.page.get_by_role("link", name=name, exact=True)).last.click()
        except Error:
            if not self.page.is_closed():  # by this very button, before the click was over
                raise

    async def choose(self, broker: str, *, picture: str | None = None) -> None:
        """Choose the broker, if there is a choice, and go to its page."""
        name = {ANY_BROKER: ANY_NAME, OTHER_BROKER: OTHER_NAME}[broker]
        tile = self.page.get_by_role("button", name=name, exact=True).first
        await tile.or_(self._title(f"Log in to {name}")).or_(self._user_name).first.wait_for()
        if await tile.count():
            await tile.click()
        await self.hand_over(name, picture=picture)

    async def hand_over(self, name: str, *, picture: str | None = None) -> None:
        """Our last page before the broker's. It goes on by itself; this investor presses the button."""
        await self._go_on(
            self._title(f"Log in to {name}"),
            self.page.get_by_role("link", name=f"Continue to {name}"),
            self._user_name,
            picture,
        )

    async def one_more_step(self, name: str, *, picture: str | None = None) -> None:
        """Our page before a basket at the broker. It goes on by itself, too."""
        await self._go_on(
            self._title(f"One more step at {name}"),
            self.page.get_by_role("button", name=f"Continue to {name}"),
            self._title({ANY_NAME: f"Log in to {ANY_NAME}", OTHER_NAME: "Review orders"}[name]),
            picture,
        )

    async def _go_on(self, title: Locator, button: Locator, there: Locator, picture: str | None) -> None:
        """From a page that does not wait for anybody: on a busy machine it may have gone on before it was seen."""
        await title.or_(there).first.wait_for()
        if picture is not None and await title.count():
            await self.look(picture)
        with suppress(Error):
            await button.click(timeout=1000, no_wait_after=True)
        await there.wait_for()

    def _title(self, heading: str) -> Locator:
        return self.page.get_by_role("heading", name=heading, exact=True, level=1)

    @property
    def _user_name(self) -> Locator:
        """Where a broker's own page asks who it is."""
        return self.page.get_by_label("User name")

    async def log_in(self, user: str | None = None, *, picture: str | None = None) -> None:
        """At the broker's own login."""
        await self._user_name.fill(user or self.journey.user)
        if picture is not None:
            await self.look(picture)
        await self.page.get_by_role("button", name="Log in", exact=True).click()

    async def to_review(self, broker: str = ANY_BROKER, *, user: str | None = None) -> None:
        """From the first page to the review."""
        await self.choose(broker)
        await self.log_in(user)
        await self.reviewing()

    async def reviewing(self, *, picture: str | None = None) -> None:
        """The review is there, with prices and funds."""
        await self.page.locator("form#confirm").wait_for()
        if picture is not None:
            await self.look(picture)

    async def place(self) -> None:
        """Confirm what the review shows."""
        await self.page.locator("button.primary[form=confirm]").click()


@asynccontextmanager
async def begun(
    browser: Browser,
    installation: Installation,
    partner: Partner,
    camera: Camera,
    *,
    phone: bool = False,
    scheme: Scheme = "light",
    stays: bool = True,
) -> AsyncIterator[Journey]:
    """A fresh browser, at a desk or on a phone. `stays`: the investor wants to read how it ended."""
    size = {"width": 390, "height": 844} if phone else {"width": 1100, "height": 760}
    context = await browser.new_context(
        viewport=size,  # type: ignore[arg-type]  # a plain dict of the right shape
        screen=size,  # type: ignore[arg-type]  # likewise
        has_touch=phone,
        is_mobile=phone,
        device_scale_factor=2 if phone else 1,
        color_scheme=scheme,
    )
    context.set_default_timeout(PATIENCE * 1000)
    await context.add_init_script(OPEN_SHADOWS)
    if stays:
        await context.add_init_script(STAY)
    page = await context.new_page()
    user = f"asha-{secrets.token_hex(4)}"
    journey = Journey(context, page, installation, partner, camera, user, phone)
    context.on("weberror", lambda problem: journey.complaints.append(str(problem.error)))
    context.on(
        "console",
        lambda line: journey.complaints.append(line.text) if line.type in ("error", "warning") else None,
    )
    context.on("request", lambda request: journey.addresses.append(request.url))
    try:
        yield journey
        await journey.check()
    finally:
        await context.close()
