"""The four who tell how a transaction ended: the page's promise, the API, the webhook and the pop-up; and the broker,
whose ledger is the truth."""

from typing import Any

from tests.journeys.journey import Journey, Window
from tests.journeys.partner import Offer
from torana.kit.money import grouped


async def all_tell_the_same(
    journey: Journey, offer: Offer, window: Window | None, *, user: str | None = None
) -> dict[str, Any]:
    """Page, API, webhook, pop-up (None: it is closed) and broker agree on every order; the batch that they agree on."""
    words = None if window is None else await window.words()
    result = await offer.result()
    (batch,) = result["orderBatches"]
    details = await journey.partner.details(offer)
    (listed,) = await journey.partner.orders(offer)
    webhook = await journey.installation.webhook(offer.transaction_id)

    assert details["status"] == "COMPLETED"
    (detailed,) = details["success"]["orderBatches"]
    for other in (detailed, listed, webhook):
        assert {name: other[name] for name in batch} == batch
    investors = {details["smallcaseAuthId"], listed["smallcaseAuthId"], webhook["smallcaseAuthId"]}
    assert investors == {journey.partner.investor_of(result["smallcaseAuthToken"])}
    assert batch["smallcaseAuthId"] in investors
    assert {details["broker"], batch["broker"]} == {result["broker"]}

    for order in batch["orders"]:
        line = f"{order['transactionType'].capitalize()} {grouped(order['quantity'])} {order['tradingsymbol']}"
        assert words is None or line in words
    ledger = await journey.installation.ledger(user or journey.user)
    assert sorted(map(_at_broker, ledger)) == sorted(map(_placed, batch["orders"]))
    assert len({order["askedTag"] for order in ledger}) == len(ledger)
    told: dict[str, Any] = batch
    return told


def _placed(order: dict[str, Any]) -> tuple[str, str, int, int]:
    return order["tradingsymbol"], order["transactionType"], order["quantity"], order["filledQuantity"]


def _at_broker(order: dict[str, Any]) -> tuple[str, str, int, int]:
    return order["symbol"], order["side"], order["quantity"], order["filled"]
