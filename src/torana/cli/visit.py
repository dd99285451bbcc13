"""An investor without a browser: goes through the pages of the pop-up and of a simulated broker, form by form."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from urllib.parse import urljoin

import aiohttp
from yarl import URL

from torana.cli.web_page import Button, Form, Page
from torana.kit.money import rupees

_MOST_PAGES = 20
_TYPED = {"pan": "ABCPE1234F", "to": "9876543210", "otp": "123456"}
"""What the investor types on pages of ours, by the name of the field; the code is that of the sandbox's registrar."""
_SECRET = "123456"
"""What the simulated depository takes for a TPIN and for a one-time password."""
_LIMIT = re.compile(r"limit-([0-9]+)")
_SHOWN_CODE = re.compile(r"\b([0-9]{6})\b(?=[^<>]*</p>)")


class Stranded(Exception):
    """A page offers no way on; the message says where."""


@dataclass(slots=True)
class SimulatedExchange:
    """Where the investor looks prices up: it stands where the simulated brokers do, and is known once one was seen."""

    origin: URL | None = None

    async def highest(self, http: aiohttp.ClientSession, ticker: str) -> str:
        """The highest price of the day, in rupees. Raises `Stranded`."""
        if self.origin is None:
            raise Stranded(f"a limit is wanted for {ticker}, and nobody tells its price")
        async with http.get(self.origin / "sandbox/prices", params={"symbol": ticker}) as answer:
            told = await answer.json()
        return str(rupees(told["prices"][0]["highest"]))


class Visit:
    """One pop-up. `user` is the name typed at the simulated broker; its magic names decide how the login ends."""

    def __init__(
        self,
        http: aiohttp.ClientSession,
        *,
        broker: str,
        user: str,
        exchange: SimulatedExchange,
        tickers: Sequence[str],
        more: int = 0,
    ) -> None:
        """`tickers` are those of the partner's lines, in their order; `more` shares of the first are wanted where they
        are edited, and one of each is sold."""
        self._http = http
        self._exchange = exchange
        self._tickers = tickers
        self._more = more
        self._broker = broker
        self._user = user
        self._phone = f"9{secrets.randbelow(10**9):09}"

    async def go(self, url: str, fields: Mapping[str, str]) -> None:
        """Open the pop-up as the SDK does, confirm what asks for it, and go on until nothing is left to do. Raises
        `Stranded`."""
        gateway = URL(url).origin()
        url, html = await self._send("post", url, list(fields.items()))
        confirmed = False
        for _ in range(_MOST_PAGES):
            page, at_gateway = Page(html), URL(url).origin() == gateway
            if not at_gateway:
                self._exchange.origin = URL(url).origin()
            form = page.form("/confirm") if at_gateway else None
            asks = form is not None and not _TYPED.keys().isdisjoint(form.blanks)
            over = confirmed and not asks and not page.loads and _leading_away(page, gateway) is None
            if at_gateway and (page.ended or over):
                return
            apart = next((form for form in page.forms if form.apart), None)
            if at_gateway and apart is not None:
                await self._apart(url, apart)
                url, html = await self._send("get", url.partition("?")[0], [])
                continue
            if form is not None and (asks or not confirmed):
                # A form that names its step asks for one thing of several: the confirmation comes after it.
                confirmed = not any(name == "step" for name, _ in form.fields)
                button = _button_of(form, self._broker) or form.main_button
                typed = {**self._typed(form, html), **await self._limits(form), **_TYPED}
                url, html = await self._submit(url, self._edited(form), button, typed)
            else:
                url, html = await self._next(url, page, _leading_away(page, gateway) if at_gateway else None)
        raise Stranded(f"no end after {_MOST_PAGES} pages, the last one is {url}")

    async def _apart(self, url: str, form: Form) -> None:
        """Through a window of its own, until a page offers nothing more. Raises `Stranded`."""
        url, html = await self._submit(url, form, form.main_button)
        for _ in range(_MOST_PAGES):
            page = Page(html)
            posted = _leading_on(page)
            if posted is not None:
                url, html = await self._submit(url, posted, posted.main_button, dict.fromkeys(posted.blanks, _SECRET))
            elif page.main_link:
                url, html = await self._send("get", urljoin(url, page.main_link), [])
            else:
                return
        raise Stranded(f"no end after {_MOST_PAGES} pages, the last one is {url}")

    async def _next(self, url: str, page: Page, away: Form | None) -> tuple[str, str]:
        chooser = page.form("/broker")
        if chooser is not None and (tile := _button_of(chooser, self._broker)):
            return await self._submit(url, chooser, tile)
        if away is not None:
            return await self._submit(url, away, away.main_button)
        if page.main_link:
            return await self._send("get", urljoin(url, page.main_link), [])
        at_broker = _leading_on(page)
        if at_broker is not None:
            typed = dict.fromkeys(at_broker.blanks, self._user)
            return await self._submit(url, at_broker, at_broker.main_button, typed)
        raise Stranded(f"“{page.title}” ({url.partition('?')[0]}) offers no way on")

    def _typed(self, form: Form, html: str) -> dict[str, str]:
        """What somebody without an account says of themselves; the code is the one that a test gateway shows."""
        shown = _SHOWN_CODE.search(html)
        person = {"phone": self._phone, "name": "Asha Rao", "email": "asha@example.in", "pin_code": "560001"}
        known = person | {"code": "" if shown is None else shown[1]}
        said = {name: known[name] for name in form.blanks if name in known}
        return said | {name: "1" for name in form.blanks if name.startswith("shares-")}

    def _edited(self, form: Form) -> Form:
        """With more shares of the first, where the form says how many there are, and with a number of this visit's own:
        one number is sent a code every half a minute at most."""

        first = next((name for name, _ in form.fields if name.startswith("shares-")), None)

        def edited(name: str, value: str) -> str:
            return str(int(value) + self._more) if name == first else self._phone if name == "phone" else value

        return replace(form, fields=[(name, edited(name, value)) for name, value in form.fields])

    async def _limits(self, form: Form) -> dict[str, str]:
        """At a broker that takes no market orders every line wants one: the highest price, at which a buy is filled."""
        lines = {name: int(found[1]) for name in form.required if (found := _LIMIT.fullmatch(name))}
        named = {name: self._tickers[line - 1] for name, line in lines.items()}
        return {name: await self._exchange.highest(self._http, ticker) for name, ticker in named.items()}

    async def _submit(
        self, url: str, form: Form, button: Button | None, typed: Mapping[str, str] = MappingProxyType({})
    ) -> tuple[str, str]:
        return await self._send(form.method, urljoin(url, form.action or url), form.filled(typed, button))

    async def _send(self, method: str, url: str, pairs: list[tuple[str, str]]) -> tuple[str, str]:
        data, params = (pairs, None) if method == "post" else (None, pairs or None)
        async with self._http.request(method, url, data=data, params=params) as response:
            html = await response.text()
            if response.status >= 400:
                raise Stranded(f"“{Page(html).title}” ({response.url.path}) answered {response.status}")
            return str(response.url), html


def _leading_away(page: Page, gateway: URL) -> Form | None:
    """The form that hands the orders to a broker's own page."""
    absolute = (form for form in page.forms if form.action.startswith("http"))
    return next((form for form in absolute if URL(form.action).origin() != gateway), None)


def _leading_on(page: Page) -> Form | None:
    """The first form that is posted, but for the one that puts a page into another language."""
    return next((form for form in page.forms if form.method == "post" and not form.action.endswith("/language")), None)


def _button_of(form: Form, value: str) -> Button | None:
    return next((button for button in form.buttons if button.value == value), None)
