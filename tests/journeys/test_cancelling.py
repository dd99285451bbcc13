"""An order that waits is cancelled in a browser: promise, webhook and look-up tell it."""

import pytest

from tests.journeys.conftest import Begin
from tests.journeys.partner import buy

pytestmark = pytest.mark.asyncio(loop_scope="session")
KEYS = ("cancelled", "cancelStatus")


async def test_an_order_that_waits_is_cancelled_after_one_question(begin: Begin) -> None:
    async with begin(phone=True) as journey, journey.installation.closed_market():
        placing = await journey.offered(buy("TCS", 2), buy("ITC", 1), amo=True)
        window = await journey.pop_up()
        await window.to_review()
        await window.place()
        await window.shows("Your 2 orders are in the queue")
        (batch,) = (await placing.result())["orderBatches"]
        await window.press("Return to Kuber Wealth")
        await window.closed()

        order = {"batchId": batch["batchId"], "ticker": "TCS"}
        investor_id = batch["smallcaseAuthId"]
        offer = await journey.offered(investor_id=investor_id, body={"intent": "CANCEL_ORDER", "orderConfig": order})
        window = await journey.pop_up()
        await window.shows("Cancel this order?", "cancel")
        await window.press("Cancel order")
        await window.shows("Order cancelled", "cancelled")
        result = await offer.result()

        webhook = await journey.installation.webhook(offer.transaction_id, "cancellation.completed")
        details = await journey.partner.details(offer)
        told = [[one[key] for key in KEYS] for one in (result, webhook, details["success"])]
        assert told == [[True, "CANCELLED"]] * 3
        for one in (result, webhook):
            statuses = {order["tradingsymbol"]: order["status"] for order in one["orderBatches"][0]["orders"]}
            assert statuses == {"TCS": "CANCELLED AMO", "ITC": "PLACED"}
