"""Model baskets that the gateway publishes, and what the person has invested in them."""

from typing import Any, Literal

import msgspec
from litestar import get, post
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.types import ControllerRouterHandler

from torana.cli.demo_partner.asking import ask
from torana.cli.demo_partner.gateway import GatewayRefused
from torana.cli.demo_partner.people import Purchase
from torana.cli.demo_partner.shop import CookieKey, Shop
from torana.cli.demo_partner.trace import noting

MOST_SHOWN = 10
_WORDS = {
    "BUY": "Investing in",
    "INVESTMORE": "Adding to",
    "MANAGE": "Editing",
    "EXIT": "Selling",
    "REBALANCE": "Rebalancing",
    "FIX": "Repairing",
    "SIP": "An instalment of",
    "SIP_SETUP": "Instalments for",
}
"""What the list of orders calls them."""


class Model(msgspec.Struct):
    """A basket that can be bought; `minimum` in rupees, None while a price is not known."""

    scid: str
    name: str
    text: str
    minimum: float | None


class Held(msgspec.Struct):
    """An investment of the person; rupees. `wants` is what the gateway recommends, `open` that an order waits,
    `instalment` how much is asked for when an instalment plan runs."""

    iscid: str
    name: str
    invested: float
    worth: float | None
    wants: str | None
    open: bool
    instalment: float | None = None
    next_instalment: str | None = None
    """When it comes due."""


class Portfolio(msgspec.Struct):
    models: list[Model]
    held: list[Held]


class Wanted(msgspec.Struct):
    kind: Literal["BUY", "INVESTMORE", "MANAGE", "EXIT", "REBALANCE", "FIX", "SIP", "SIP_SETUP"]
    name: str = ""
    scid: str | None = None
    iscid: str | None = None


@get("/api/portfolio")
async def portfolio(state: State, lantern: CookieKey = None) -> Portfolio:
    """What the gateway sells, and what the person has of it."""
    shop: Shop = state.shop
    person = shop.person(lantern)
    investor_id = person.investor_id
    try:
        with noting() as steps:
            sold = await shop.client.read("smallcases", investor_id, count=MOST_SHOWN)
            held = {} if investor_id is None else await shop.client.read("user/investments", investor_id)
    except GatewayRefused as error:
        raise HTTPException(str(error), status_code=502) from None
    finally:
        person.note(steps)
    return Portfolio([_model(one) for one in sold["smallcases"]], [_held(one) for one in held.get("investments", ())])


@post("/api/portfolio/orders")
async def order(data: Wanted, state: State, lantern: CookieKey = None) -> Purchase:
    """Buy a basket, change an investment in one, or plan instalments on it."""
    if data.kind != "BUY":
        state.shop.investor(lantern)
    named = {"scid": data.scid} if data.kind == "BUY" else {"iscid": data.iscid}
    body: dict[str, Any] = {"intent": "TRANSACTION", "orderConfig": {"type": data.kind, **named}}
    if data.kind == "SIP_SETUP":
        body = {"intent": "SIP_SETUP", "orderConfig": named}
    return await ask(state.shop, lantern, body, f"{_WORDS[data.kind]} {data.name[:80]}".strip())


def _model(told: dict[str, Any]) -> Model:
    info = told["info"]
    return Model(told["scid"], info["name"], info["shortDescription"], told["stats"]["minInvestAmount"])


def _held(told: dict[str, Any]) -> Held:
    investment = told["investment"]
    returns, plan = investment["returns"], investment["sipDetails"] or {}
    return Held(
        investment["iscid"],
        investment["name"],
        returns["unrealizedInvestment"],
        returns["networth"],
        investment["recommendedAction"],
        investment["flags"]["orderPending"],
        plan.get("amount"),
        plan.get("scheduledDate"),
    )


PORTFOLIO_ROUTES: list[ControllerRouterHandler] = [portfolio, order]
