"""What the suite runs over: every broker that is found, in every way of placing that it offers."""

from dataclasses import dataclass

from tests.brokers import Pages, known, uncovered
from torana.connectors.contract import ExecutionMode
from torana.connectors.registry import BROKERS

APP = "http://127.0.0.1:9"
"""The app's origin: nobody listens there, the browser stops at its door."""


@dataclass(frozen=True, slots=True)
<<<<<<< HEAD
class Hands:
    """What a person does on one broker's pages."""

    log_in: Callable[[Browser, str, str], Awaitable[Page | Left]]
    """(browser, URL of the login, user name): until the browser comes back to the app or a page stays."""
    start_basket: Callable[[Browser, BrowserForm, str], Awaitable[Page | Left]]
    """(browser, the form, user name): until the orders are shown for review."""
    confirm: Callable[[Browser], Awaitable[Page | Left]]
    """On the review: place, and go back to the app."""
    decline: Callable[[Browser], Awaitable[Page | Left]]
    """On the review: go back to the app with nothing done."""


async def _kite_log_in(browser: Browser, url: str, user: str) -> Page | Left:
    await browser.open(url)
    return await browser.press("login", user)


async def _kite_start(browser: Browser, form: BrowserForm, user: str) -> Page | Left:
    await browser.post(form.url, form.fields)
    return await browser.press("login", user)


async def _kite_confirm(browser: Browser) -> Page | Left:
    shown = await browser.press("execute")
    return shown if isinstance(shown, Left) else await browser.go_on()


async def _kite_decline(browser: Browser) -> Page | Left:
    return await browser.press("cancel")


async def _upstox_log_in(browser: Browser, url: str, user: str) -> Page | Left:
    await browser.open(url)
    return await browser.press("login", user)


async def _upstox_start(browser: Browser, form: BrowserForm, user: str) -> Page | Left:
    return await browser.post(form.url, form.fields)


async def _upstox_confirm(browser: Browser) -> Page | Left:
    await browser.press("place")
    return await browser.press("done")


async def _upstox_decline(browser: Browser) -> Page | Left:
    return await browser.press("cancel")


HANDS: Mapping[str, Hands] = {
    "kite": Hands(_kite_log_in, _kite_start, _kite_confirm, _kite_decline),
    "upstox": Hands(_upstox_log_in, _upstox_start, _upstox_confirm, _upstox_decline),
    "angelbroking": Hands(_kite_log_in, _kite_start, _kite_confirm, _kite_decline),
}


@dataclass(frozen=True, slots=True)
=======
>>>>>>> w/contract
class Subject:
    broker: str
    mode: ExecutionMode

    @property
    def pages(self) -> Pages:
        return known(self.broker).pages

    def __str__(self) -> str:
        return f"{self.broker}-{self.mode}"


COVERED = {name: broker for name, broker in BROKERS.items() if name not in uncovered()}
SUBJECTS = [Subject(name, mode) for name, broker in COVERED.items() for mode in broker.execution_modes]
BY_API = [subject for subject in SUBJECTS if subject.mode is ExecutionMode.SERVER_API]
BY_BASKET = [subject for subject in SUBJECTS if subject.mode is ExecutionMode.REDIRECT_BASKET]
