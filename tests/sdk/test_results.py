"""The promise tells what the gateway knows."""

import pytest

from tests.sdk.fake_gateway import TOKEN, FakeGateway
from tests.sdk.pages import TRX, PartnerPage, eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("kind", ["script", "module", "twice"])
async def test_a_finished_transaction_resolves_with_the_result(
    kind: str, buyer: PartnerPage, gateway: FakeGateway
) -> None:
    await buyer.visit(kind)

    await buyer.buy()
    await gateway.resolve(TRX, broker="alpha", signup=False)

    assert await buyer.outcome() == {"result": {"transactionId": TRX, "broker": "alpha", "signup": False}}
    assert await buyer.storage() == "{}"


async def test_the_form_carries_everything_by_post_and_nothing_in_an_address(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    await buyer.visit(amo=True)
    await buyer.page.evaluate("window.transactionId = 'TRX_' + 'b'.repeat(32)")
    await buyer.page.evaluate(
        "() => { document.getElementById('pay').onclick = () => buy({brokers: ['alpha', 'beta'], utm: 1}) }"
    )

    popup = await buyer.buy()

    form = gateway.opened[0]
    flow = form.pop("flow")
    assert len(bytes.fromhex(flow)) == 16
    assert form == {
        "gateway": "demo",
        "authToken": TOKEN,
        "transactionId": "TRX_" + "b" * 32,
        "brokers": "alpha,beta",
        "amo": "true",
        "language": "",
        "returnUrl": "",
        "origin": buyer.partner.url,
    }
    assert TOKEN not in popup.url
    await eventually(lambda: "watch" in gateway.paths())
    watched = next(body for path, body in gateway.calls if path == "watch")
    assert watched == {
        "gateway": "demo",
        "authToken": TOKEN,
        "transactionId": "TRX_" + "b" * 32,
        "flow": flow,
        "since": 0,
    }


async def test_a_refused_transaction_rejects_with_name_code_and_data(buyer: PartnerPage, gateway: FakeGateway) -> None:
    await buyer.visit()

    await buyer.buy()
    await gateway.reject(TRX, "insufficient_holdings", 1004, {"broker": "alpha", "signup": False})

    outcome = await buyer.outcome()
    assert (outcome["message"], outcome["code"]) == ("insufficient_holdings", 1004)
    assert outcome["data"] == {"broker": "alpha", "signup": False}


async def test_an_unknown_id_rejects_with_what_the_gateway_says_of_it(buyer: PartnerPage, gateway: FakeGateway) -> None:
    await gateway.reject(TRX, "invalid_transactionId", 3002)
    await buyer.visit()

    await buyer.buy()

    outcome = await buyer.outcome()
    assert (outcome["message"], outcome["code"], outcome["data"]) == ("invalid_transactionId", 3002, None)


async def test_a_foreign_message_settles_nothing(buyer: PartnerPage, gateway: FakeGateway) -> None:
    """U06."""
    await buyer.visit()
    popup = await buyer.buy()
    lie = {"settled": True, "result": {"transactionId": TRX}, "status": "COMPLETED", "error": None}

    await popup.evaluate("lie => { for (let i = 0; i < 5; i++) opener.postMessage(lie, '*') }", lie)
    await buyer.page.evaluate("lie => window.postMessage(lie, '*')", lie)
    await gateway.reject(TRX, "market_closed", 4004)

    assert (await buyer.outcome())["message"] == "market_closed"
    assert len(await buyer.outcomes()) == 1


async def test_two_triggers_at_once_the_first_goes_on(buyer: PartnerPage, gateway: FakeGateway) -> None:
    """U07."""
    await buyer.visit()
    await buyer.buy()

    await buyer.page.click("#pay")
    second = await buyer.outcome()
    await gateway.resolve(TRX)
    first = await buyer.outcome(1)

    assert (second["message"], second["code"]) == ("transaction_in_process", 3003)
    assert first == {"result": {"transactionId": TRX}}
    assert len(gateway.opened) == 1


async def test_a_new_transaction_may_follow_a_settled_one(buyer: PartnerPage, gateway: FakeGateway) -> None:
    await buyer.visit()
    await buyer.buy()
    await gateway.resolve(TRX)
    await buyer.outcome()
    await buyer.page.evaluate("window.transactionId = 'TRX_' + 'b'.repeat(32)")

    await buyer.buy()
    await gateway.resolve("TRX_" + "b" * 32)

    assert (await buyer.outcome(1))["result"]["transactionId"] == "TRX_" + "b" * 32


async def test_the_result_page_is_left_to_close_itself(buyer: PartnerPage, gateway: FakeGateway) -> None:
    await buyer.visit()
    popup = await buyer.buy()
    await gateway.resolve(TRX)
    await buyer.outcome()
    assert not popup.is_closed()

    async with popup.expect_event("close"):
        await popup.click("text=Finish")

    assert gateway.closings() == []


async def test_a_result_page_left_open_is_closed_when_the_investor_is_back(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    await buyer.page.clock.install()
    await buyer.visit()
    popup = await buyer.buy()
    await gateway.resolve(TRX)
    await buyer.outcome()
    await buyer.page.evaluate("() => { document.hasFocus = () => false }")
    await buyer.page.clock.fast_forward(60_000)
    assert not popup.is_closed()

    async with popup.expect_event("close"):
        await buyer.page.evaluate("() => { document.hasFocus = () => true }")
        await buyer.page.clock.fast_forward(1_000)
