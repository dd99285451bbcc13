"""An investor's browser without script: opens pages, fills forms, presses buttons, and stops where a site is left."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urljoin, urlsplit

import aiohttp

from torana.cli import web_page

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Page(web_page.Page):
    """A page where the browser stays."""

    def __init__(self, url: str, status: int, text: str) -> None:
        super().__init__(text)
        self.url = url
        self.status = status
        self.text = text


@dataclass(slots=True)
class Left:
    """The broker sent the browser back to the app."""

    url: str
    form: Mapping[str, str] = field(default_factory=dict)
    """What it posts there, where it comes back by a form."""

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))

    @property
    def brought(self) -> dict[str, str]:
        """By form or in the address."""
        return {**self.query, **self.form}


async def follow(
    http: aiohttp.ClientSession,
    method: str,
    url: str,
    fields: Iterable[tuple[str, str]] | None,
    *,
    leaves: Callable[[str], bool],
) -> Page | Left:
    """Send this and follow redirects, as browsers do, up to a page or to an address that `leaves` the site."""
    sent = list(fields or [])
    for _ in range(10):
        if leaves(url):
            return Left(url, dict(sent) if method == "POST" else {})
        async with http.request(
            method,
            url,
            data=sent if method == "POST" else None,
            params=sent if method == "GET" and sent else None,
            allow_redirects=False,
        ) as response:
            text = (await response.read()).decode()
            if response.status not in _REDIRECTS:
                return Page(str(response.url), response.status, text)
            url = urljoin(str(response.url), response.headers["location"])
            if response.status not in (307, 308):
                method, sent = "GET", []
    raise AssertionError(f"redirected too often, last to {url}")


async def go(
    http: aiohttp.ClientSession, url: str, *, method: str = "GET", fields: Iterable[tuple[str, str]] = ()
) -> Page | Left:
    """The same up to the first address of another site."""
    home = urlsplit(url).netloc
    return await follow(http, method, url, fields, leaves=lambda address: urlsplit(address).netloc != home)


async def log_in(http: aiohttp.ClientSession, login_url: str, user: str) -> Mapping[str, str]:
    """Log in on a simulated broker's page; return what the browser brings back."""
    return (await leave(http, login_url, user)).brought


async def leave(http: aiohttp.ClientSession, login_url: str, user: str) -> Left:
    """Log in on a simulated broker's page, up to where it sends the browser back."""
    home = urlsplit(login_url).netloc

    async def sent(method: str, url: str, fields: Iterable[tuple[str, str]] | None = None) -> Page | Left:
        return await follow(http, method, url, fields, leaves=lambda address: urlsplit(address).netloc != home)

    arrived = await sent("GET", login_url)
    for _ in range(4):
        if isinstance(arrived, Left):
            return arrived
        form = arrived.forms[0]
        fields = form.filled(dict.fromkeys(form.blanks, user), form.buttons[0])
        arrived = await sent(form.method.upper(), urljoin(arrived.url, form.action or arrived.url), fields)
    raise AssertionError(f"the login did not end: {arrived}")


class Browser:
    """Follows redirects within the broker's site; an address of the app ends the journey as `Left`."""

    def __init__(self, app_origin: str) -> None:
        self._app_origin = app_origin
        self._session: aiohttp.ClientSession | None = None
        self._at: Page | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._session is not None
        await self._session.close()

    @property
    def page(self) -> Page:
        assert self._at is not None, "no page is open"
        return self._at

    async def open(self, url: str) -> Page | Left:
        return await self._go("GET", url, None)

    async def post(self, url: str, fields: Mapping[str, str]) -> Page | Left:
        """Post a form that came from the app's page."""
        return await self._go("POST", url, list(fields.items()))

    async def go_on(self) -> Page | Left:
        """Follow the main link."""
        assert self.page.main_link is not None, f"no way on at {self.page.url}\n{self.page.text}"
        return await self._go("GET", urljoin(self.page.url, self.page.main_link), None)

    async def press(self, what: str, *typed: str) -> Page | Left:
        """Press the button of this value, or else of the form that ends in it, after typing into its blank fields."""
        for form in self.page.forms:
            for button in form.buttons:
                if what in (button.value, form.action.rpartition("/")[2]):
                    fields = form.filled(dict(zip(form.blanks, typed, strict=True)), button)
                    return await self._go(form.method.upper(), urljoin(self.page.url, form.action), fields)
        raise AssertionError(f"no button {what!r} at {self.page.url}\n{self.page.text}")

    async def _go(self, method: str, url: str, fields: list[tuple[str, str]] | None) -> Page | Left:
        assert self._session is not None
        arrived = await follow(
            self._session, method, url, fields, leaves=lambda address: address.startswith(self._app_origin)
        )
        if isinstance(arrived, Page):
            self._at = arrived
        return arrived
