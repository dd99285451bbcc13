"""An investor's browser without a screen: opens pages, fills forms, presses buttons, and stops at the app's door."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urljoin, urlsplit

import aiohttp

from torana.cli import pages

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Page(pages.Page):
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

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.url).query, keep_blank_values=True))


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
        for _ in range(10):
            if url.startswith(self._app_origin):
                return Left(url)
            async with self._session.request(
                method,
                url,
                data=fields if method == "POST" else None,
                params=fields if method == "GET" and fields else None,
                allow_redirects=False,
            ) as response:
                text = (await response.read()).decode()
                if response.status not in _REDIRECTS:
                    self._at = Page(str(response.url), response.status, text)
                    return self._at
                url = urljoin(str(response.url), response.headers["location"])
                if response.status not in (307, 308):
                    method, fields = "GET", None
        raise AssertionError(f"redirected too often, last to {url}")
