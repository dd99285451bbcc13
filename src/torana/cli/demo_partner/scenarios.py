"""Endings that a visitor can pick with one tap: each sets a quantity, who logs in, and the exchange's clock."""

from collections.abc import Mapping
from typing import Any

import aiohttp
import msgspec
from litestar import post
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.types import ControllerRouterHandler

from torana.cli.demo_partner.baskets import Basket
from torana.cli.demo_partner.shop import CookieKey, Session, Shop
from torana.cli.demo_partner.trace import Watch, message, noting


class Scenario(msgspec.Struct, frozen=True):
    key: str
    name: str
    what: str
    """What will happen, and what to do for it."""
    clock: str = "open"
    user: str = "asha"
    """Typed in already at the simulated login."""
    quantity: int | None = None
    """Shares of the basket's first line; the sandbox's table says what it decides."""
    guest: bool = False
    """Only somebody who logs in can try it."""


SCENARIOS = {
    one.key: one
    for one in (
        Scenario("filled", "All filled", "Every order is filled within seconds."),
        Scenario(
            "partly",
            "Partly filled",
            "43 of 109 shares are filled and the rest stays open. You can cancel it below.",
            quantity=109,
        ),
        Scenario(
            "rejected",
            "Rejected",
            "The broker accepts 102 shares, then rejects the order for lack of funds.",
            quantity=102,
        ),
        Scenario(
            "no-answer",
            "No answer",
            "The broker never answers for 105 shares. The order is looked up and found, not sent again.",
            quantity=105,
        ),
        Scenario(
            "after-hours",
            "After hours",
            "It is evening at the exchange: orders wait for the next opening.",
            clock="after_market",
        ),
        Scenario(
            "cancelled",
            "Login cancelled",
            "Log in as cancel: the broker sends you back, and nothing is bought.",
            user="cancel",
            guest=True,
        ),
        Scenario("closed", "Pop-up closed", "Close the window before you place the orders: the page is told."),
    )
}


def as_wanted(basket: Basket, scenario: Scenario | None) -> Basket:
    """The basket with the scenario's quantity in its first line."""
    if scenario is None or scenario.quantity is None:
        return basket
    first, *others = basket.lines
    return msgspec.structs.replace(basket, lines=(msgspec.structs.replace(first, quantity=scenario.quantity), *others))


class Exchange:
    """The control API of the sandbox. A real app has nothing like it. Raises `HTTPException` when it does not work."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def set_clock(self, mode: str) -> None:
        await self._post("/sandbox/clock", {"mode": mode})

    async def set_next_login(self, user: str) -> None:
        await self._post("/sandbox/next-login", {"userName": user})

    async def _post(self, path: str, body: Mapping[str, Any]) -> None:
        data = msgspec.json.encode(body)
        watch = Watch("sandbox", f"POST {path}", message("POST", path, {}, data))
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http,
                http.post(self._url + path, data=data) as response,
            ):
                said = await response.read()
        except (aiohttp.ClientError, TimeoutError):
            watch.lose()
            raise HTTPException("the sandbox does not answer", status_code=502) from None
        watch.end(response.status, said)
        if not response.ok:
            raise HTTPException(f"the sandbox refused: {response.status}", status_code=502)


class Picked(msgspec.Struct):
    key: str


@post("/api/scenario", status_code=200)
async def pick(data: Picked, state: State, lantern: CookieKey = None) -> Session:
    """Set the exchange's clock and who logs in next; what is bought from now on has the scenario's quantity."""
    shop: Shop = state.shop
    person, scenario = shop.person(lantern), SCENARIOS.get(data.key)
    if scenario is None or shop.sandbox_url is None:
        raise HTTPException("no such scenario", status_code=404)
    exchange = Exchange(shop.sandbox_url)
    with noting() as steps:
        try:
            await exchange.set_clock(scenario.clock)
            await exchange.set_next_login(scenario.user)
        finally:
            person.note(steps)
    person.scenario = scenario.key
    if scenario.guest:
        person.investor_id = person.broker = None
    return shop.session(person)


SCENARIO_ROUTES: list[ControllerRouterHandler] = [pick]
