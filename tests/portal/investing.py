"""Investors with an investment in a basket, told through the pop-up."""

from typing import Any

import msgspec

from tests.baskets.test_routes import isin_of
from tests.baskets.writing import written
from tests.portal.installation import Answer, Browser, Flow, Installation
from tests.support.brokers import ANY_BROKER
from torana.api.answers import encode
from torana.baskets import store
from torana.baskets.draft import check_draft
from torana.baskets.models import Investment
from torana.baskets.publish import publish
from torana.baskets.schemas import BasketBody
from torana.flows.registry import FLOWS
from torana.kit.clock import IST
from torana.orders import store as orders
from torana.orders.models import Batch
from torana.transactions.details import details

SCID = "LAMP_1"
HALVES = [{"ticker": "NTPC", "weight": 0.5}, {"ticker": "ITC", "weight": 0.5}]


async def published(installation: Installation, scid: str = SCID, **different: Any) -> None:
    """A basket of two that the gateway sells, or a new version of it."""
    body = msgspec.convert(
        msgspec.json.decode(msgspec.json.encode(written(scid, **({"constituents": HALVES} | different)))),
        BasketBody,
        strict=False,
    )
    now = installation.services.clock.now()
    async with installation.services.database.transaction() as connection:
        await publish(connection, installation.gateway.gateway_id, check_draft(body, now.astimezone(IST).date()), now)


async def asked(installation: Installation, kind: str, investor_id: str | None = None, **more: Any) -> Flow:
    return await installation.ask_for({"intent": "TRANSACTION", "orderConfig": {"type": kind, **more}}, investor_id)


async def opened(
    installation: Installation,
    browser: Browser,
    flow: Flow,
    *,
    broker: str = ANY_BROKER,
    user: str = "asha",
    **how: str,
) -> Answer:
    """The first page of the flow after the login."""
    page = await installation.open(browser, flow, **how)
    if page.heading == "Choose your broker":
        page = await browser.submit(page, "/broker", broker=broker)
    if not page.page.main_link or "/portal/" not in page.page.main_link or "part=" not in page.page.main_link:
        page = await browser.log_in(page, user)
    return await browser.load(page) if page.page.main_link else page


def entered(**shares: str | int) -> dict[str, str]:
    """What is typed on a page that asks for shares, by symbol."""
    return {f"shares-{isin_of(symbol)}": str(number) for symbol, number in shares.items()}


async def chosen(browser: Browser, page: Answer, **typed: Any) -> Answer:
    """Past the page on which an amount or shares are entered."""
    after = await browser.submit(page, "/confirm", **typed)
    return await browser.load(after) if after.page.main_link else after


async def bought(
    installation: Installation, browser: Browser, amount: str = "20000", **how: Any
) -> tuple[Flow, dict[str, Any]]:
    """An investment of so many rupees, and what its promise told."""
    flow = await asked(installation, "BUY", how.pop("investor_id", None), scid=how.pop("scid", SCID))
    page = await opened(installation, browser, flow, **how)
    await browser.submit(await chosen(browser, page, amount=amount), "/confirm")
    return flow, (await installation.settled(flow))["result"]


async def investment(installation: Installation, told: dict[str, Any]) -> Investment:
    found = await store.investment_of(
        installation.services.database, installation.gateway.gateway_id, told["smallcaseAuthId"], told["iscid"]
    )
    assert found is not None
    return found


async def shares(installation: Installation, told: dict[str, Any]) -> dict[str, int]:
    """What the investment holds, by symbol."""
    return {one.symbol: one.shares for one in (await investment(installation, told)).held}


async def batch_of(installation: Installation, flow: Flow) -> Batch:
    at = installation.services.database, installation.gateway.gateway_id
    (batch,) = await orders.of_transactions(*at, [flow.transaction_id], [])
    return batch


async def actions_told(installation: Installation, told: dict[str, Any]) -> list[str]:
    """What the partner was told to be asked of the investor, and why it was over."""
    question = """
        select array_agg(concat_ws(' ', data->>'kind', data->>'ended_by') order by created_at, event_id) from events
        where type like 'pending_action.%' and data->>'iscid' = $1
    """
    return await installation.services.database.value(question, told["iscid"]) or []


async def tellings(installation: Installation, flow: Flow) -> list[dict[str, Any]]:
    """Promise, look-up and webhook."""
    promise = (await installation.settled(flow))["result"]
    transaction, services = await installation.transaction(flow), installation.services
    intent = FLOWS.of(transaction)
    looked = await details(
        services.database, services.cipher, installation.gateway, intent, transaction, services.clock.now()
    )
    data = await services.database.value(
        "select data from events where transaction_id = $1 and type = 'batch.completed'", flow.transaction_id
    )
    event = next(one for one in intent.events if one.name == "batch.completed")
    return [promise, *(msgspec.json.decode(encode(one)) for one in (looked["success"], event.wire(data)))]
