"""One route for each thing that the page can ask for: it creates the transaction that the page then triggers."""

from collections.abc import Awaitable, Mapping

import msgspec
from litestar import post
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.types import ControllerRouterHandler

from torana.cli.demo_partner.baskets import BASKETS, Basket
from torana.cli.demo_partner.gateway import GatewayRefused
from torana.cli.demo_partner.people import Person, Purchase
from torana.cli.demo_partner.scenarios import SCENARIOS, Exchange, as_wanted
from torana.cli.demo_partner.shop import CookieKey, Shop
from torana.cli.demo_partner.trace import noting


class Choice(msgspec.Struct):
    basket: str


@post("/api/purchases")
async def purchase(data: Choice, state: State, lantern: CookieKey = None) -> Purchase:
    """Buy a basket."""
    shop: Shop = state.shop
    person = shop.person(lantern)
    basket = BASKETS.get(data.basket)
    if basket is None:
        raise HTTPException("no such basket", status_code=404)
    return await _begun(shop, person, _bought(shop, person, basket), basket.name)


async def _bought(shop: Shop, person: Person, basket: Basket) -> str:
    """The transaction of this basket, as the person's scenario wants it."""
    scenario = SCENARIOS.get(person.scenario or "")
    if scenario is not None and shop.sandbox_url is not None:
        await Exchange(shop.sandbox_url).set_next_login(scenario.user)
    return await shop.client.create_transaction(as_wanted(basket, scenario), person.investor_id)


@post("/api/onboarding")
async def onboarding(state: State, lantern: CookieKey = None) -> Purchase:
    """Log in at a broker, and nothing more."""
    if state.shop.person(lantern).investor_id is not None:
        raise HTTPException("a broker is connected already", status_code=409)
    return await ask(state.shop, lantern, {"intent": "ONBOARDING"}, "Your broker")


@post("/api/funds")
async def funds(state: State, lantern: CookieKey = None) -> Purchase:
    """See the funds of the person's broker account."""
    state.shop.investor(lantern)
    return await ask(state.shop, lantern, {"intent": "FETCH_FUNDS"}, "Your funds")


@post("/api/holdings")
async def holdings(state: State, lantern: CookieKey = None) -> Purchase:
    """See what the person holds."""
    state.shop.investor(lantern)
    return await ask(state.shop, lantern, {"intent": "HOLDINGS_IMPORT", "version": "v2"}, "Your holdings")


@post("/api/authorisation")
async def authorisation(state: State, lantern: CookieKey = None) -> Purchase:
    """Have the person's shares released at the depository."""
    state.shop.investor(lantern)
    return await ask(state.shop, lantern, {"intent": "AUTHORISE_HOLDINGS"}, "Your shares")


@post("/api/mutual-funds")
async def mutual_funds(state: State, lantern: CookieKey = None) -> Purchase:
    """See the mutual funds of whoever is there."""
    asked = {"intent": "MF_HOLDINGS_IMPORT", "responseConfig": {"casSummary": True}}
    return await ask(state.shop, lantern, asked, "Your mutual funds")


@post("/api/purchases/{transaction_id:str}/cancellation")
async def cancellation(transaction_id: str, state: State, lantern: CookieKey = None) -> Purchase:
    """Cancel what is still open of a purchase: its one order, or all of them."""
    shop: Shop = state.shop
    shop.investor(lantern)
    bought = shop.person(lantern).purchases.get(transaction_id)
    if bought is None or not bought.waiting:
        raise HTTPException("nothing of it is open", status_code=409)
    order: dict[str, object] = {"batchId": bought.batch_id}
    if len(bought.waiting) > 1:
        asked = {"intent": "CANCEL_AMO", "orderConfig": order}
    else:
        asked = {"intent": "CANCEL_ORDER", "orderConfig": order | {"ticker": bought.waiting[0]}}
    return await ask(shop, lantern, asked, f"Cancelling {bought.basket}")


async def ask(shop: Shop, lantern: str | None, body: Mapping[str, object], name: str) -> Purchase:
    person = shop.person(lantern)
    return await _begun(shop, person, shop.client.create(body, person.investor_id), name)


async def _begun(shop: Shop, person: Person, making: Awaitable[str], name: str) -> Purchase:
    """The purchase of the transaction that is made. Its calls are shown, whether they succeed or not."""
    transaction_id = ""
    with noting() as steps:
        try:
            transaction_id = await making
        except GatewayRefused as error:
            raise HTTPException(str(error), status_code=502) from None
        finally:
            person.note(steps, transaction_id)
    return shop.people.begin(person, transaction_id, name)


ASKING_ROUTES: list[ControllerRouterHandler] = [
    purchase,
    onboarding,
    funds,
    holdings,
    authorisation,
    mutual_funds,
    cancellation,
]
