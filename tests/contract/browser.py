"""An investor's browser without a screen: opens pages, fills forms, presses buttons, and stops at the app's door."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urljoin, urlsplit

import aiohttp

_REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(slots=True)
class Button:
    text: str
    name: str | None
    value: str


@dataclass(slots=True)
class Form:
    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)
    """The names of the fields that a person types into."""
    buttons: list[Button] = field(default_factory=list)


@dataclass(slots=True)
class Page:
    url: str
    status: int
    text: str
    forms: Sequence[Form]
    links: Mapping[str, str]
    """Addresses by the text of the link."""


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

    async def follow(self, text: str) -> Page | Left:
        """Follow the link with this text."""
        return await self._go("GET", urljoin(self.page.url, self.page.links[text]), None)

    async def press(self, label: str, *typed: str) -> Page | Left:
        """Press the button that says (or means) `label`, after typing into the first fields of its form."""
        for form in self.page.forms:
            for button in form.buttons:
                if label.lower() in (button.text.lower(), button.value.lower()):
                    return await self._submit(form, button, typed)
        shown = [button.text for form in self.page.forms for button in form.buttons]
        raise AssertionError(f"no button {label!r} at {self.page.url}: {shown}\n{self.page.text}")

    async def _submit(self, form: Form, button: Button, typed: Sequence[str]) -> Page | Left:
        assert len(typed) <= len(form.typed), f"too few fields at {self.page.url}"
        texts = dict(zip(form.typed, typed, strict=False))
        fields = [(name, texts.get(name, value)) for name, value in form.fields]
        if button.name:
            fields.append((button.name, button.value))
        return await self._go(form.method, urljoin(self.page.url, form.action), fields)

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
                    self._at = _page(str(response.url), response.status, text)
                    return self._at
                url = urljoin(str(response.url), response.headers["location"])
                if response.status not in (307, 308):
                    method, fields = "GET", None
        raise AssertionError(f"redirected too often, last to {url}")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._button: Button | None = None
        self._link: str | None = None
        self.links: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._open = Form(given.get("action", ""), given.get("method", "get").upper())
            self.forms.append(self._open)
        elif tag == "a":
            self._link = given.get("href")
        elif self._open is None:
            return
        elif tag == "input" and given.get("name"):
            kind = given.get("type", "text")
            if kind in ("checkbox", "radio") and "checked" not in given:
                return
            self._open.fields.append((given["name"], given.get("value", "")))
            if kind != "hidden":
                self._open.typed.append(given["name"])
        elif tag == "button":
            self._button = Button("", given.get("name") or None, given.get("value", ""))
            self._open.buttons.append(self._button)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "button":
            self._button = None
        elif tag == "a":
            self._link = None

    def handle_data(self, data: str) -> None:
        if self._button is not None:
            self._button.text = (self._button.text + data).strip()
        elif self._link is not None:
            self.links[data.strip()] = self._link


def _page(url: str, status: int, text: str) -> Page:
    reader = _Reader()
    reader.feed(text)
    return Page(url, status, text, reader.forms, reader.links)
