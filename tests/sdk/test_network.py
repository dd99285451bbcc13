"""Networks that break and gateways that are away."""

import pytest

from tests.sdk.fake_gateway import FakeGateway
from tests.sdk.pages import TRX, PartnerPage, eventually

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_page_that_was_offline_learns_the_result_when_it_is_back(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    """U11."""
    gateway.hold = 0.2
    await buyer.visit()
    popup = await buyer.buy()
    await gateway.reach(TRX, "confirmed")
    await popup.close()
    await eventually(gateway.closings)
    failed: list[str] = []
    buyer.page.on("requestfailed", lambda request: failed.append(request.url))

    await buyer.page.context.set_offline(True)
    await eventually(lambda: len(failed) >= 3)
    await gateway.resolve(TRX, broker="alpha")
    await eventually(lambda: len(failed) >= 4)
    assert await buyer.outcomes() == []
    await buyer.page.context.set_offline(False)

    assert (await buyer.outcome())["result"]["broker"] == "alpha"


async def test_a_minute_without_a_network_after_the_confirmation_is_survived(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    """U11, on a clock that is moved by hand."""
    gateway.hold = 0.2
    await buyer.page.clock.install()
    await buyer.visit()
    popup = await buyer.buy()
    await buyer.page.clock.run_for(1000)
    await gateway.reach(TRX, "confirmed")
    await popup.close()
    await buyer.page.clock.run_for(1000)
    await eventually(gateway.closings)

    gateway.down = True
    for second in range(60):
        await buyer.page.clock.run_for(1000)
        assert await buyer.outcomes() == [], f"gave up after {second} s"
    assert gateway.dropped > 3
    gateway.down = False
    await gateway.resolve(TRX, broker="alpha")
    for _ in range(30):
        await buyer.page.clock.run_for(1000)
        if await buyer.outcomes():
            break

    assert (await buyer.outcome())["result"]["broker"] == "alpha"


async def test_a_gateway_that_restarts_is_asked_again(buyer: PartnerPage, gateway: FakeGateway) -> None:
    gateway.hold = 0.2
    await buyer.visit()
    await buyer.buy()
    await eventually(lambda: "watch" in gateway.paths())
    gateway.down = True
    await eventually(lambda: gateway.dropped >= 2)

    gateway.down = False
    await gateway.resolve(TRX)

    assert "result" in await buyer.outcome()


@pytest.mark.parametrize("status", [429, 500, 502, 503])
async def test_an_answer_that_says_later_is_not_a_result(status: int, buyer: PartnerPage, gateway: FakeGateway) -> None:
    gateway.hold = 0.2
    await buyer.visit()
    await buyer.buy()
    await eventually(lambda: "watch" in gateway.paths())
    gateway.refusal = (status, "internal_error")
    asked = len(gateway.calls)
    await eventually(lambda: len(gateway.calls) >= asked + 2)
    assert await buyer.outcomes() == []

    gateway.refusal = None
    await gateway.resolve(TRX)

    assert "result" in await buyer.outcome()


async def test_a_refusal_in_the_middle_settles_and_keeps_the_flow_for_a_better_token(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    gateway.hold = 0.2
    await buyer.visit()
    await buyer.buy()
    await gateway.reach(TRX, "confirmed")
    gateway.refusal = (401, "invalid_jwt")
    outcome = await buyer.outcome()
    gateway.refusal = None
    await gateway.resolve(TRX, broker="alpha")

    later = await buyer.page.evaluate("() => gw.init({smallcaseAuthToken: 'fresh'}).then(() => gw.resume())")

    assert (outcome["message"], outcome["code"]) == ("invalid_jwt", None)
    assert later["broker"] == "alpha"


async def test_an_unchanged_state_is_not_asked_for_in_a_storm(buyer: PartnerPage, gateway: FakeGateway) -> None:
    gateway.hold = 0
    await buyer.visit()
    await buyer.buy()
    await eventually(lambda: gateway.paths().count("watch") >= 3)
    asked = gateway.paths().count("watch")

    await buyer.page.wait_for_timeout(2000)

    assert gateway.paths().count("watch") <= asked + 3


async def test_a_gateway_that_is_down_settles_within_seconds_and_leaves_no_window(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    """Given a gateway that nobody reaches, when the investor presses Buy, then no window stays and the page is told."""
    errors: list[str] = []
    buyer.page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    gateway.down = True
    await buyer.visit()

    async with buyer.page.context.expect_page() as opening:
        await buyer.page.click("#pay")
    popup = await opening.value

    outcome = await buyer.outcome()
    assert (outcome["message"], outcome["code"], outcome["data"]) == ("internal_error", 2000, None)
    assert f"No answer from {gateway.url}" in outcome["description"]
    await eventually(popup.is_closed)
    assert gateway.opened == []
    assert await buyer.storage() == "{}"
    assert sum("scDK: No answer" in error for error in errors) == 1


async def test_a_gateway_that_is_down_sends_no_tab_away(buyer: PartnerPage, gateway: FakeGateway) -> None:
    gateway.down = True
    await buyer.visit(redirect=True)

    await buyer.page.click("#pay")

    assert (await buyer.outcome())["message"] == "internal_error"
    assert buyer.page.url.startswith(buyer.partner.url)
    assert gateway.opened == []


async def test_a_window_that_waits_for_the_gateway_says_so_and_opens_when_it_is_there(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    gateway.down = True
    await buyer.visit()
    async with buyer.page.context.expect_page() as opening:
        await buyer.page.click("#pay")
    popup = await opening.value
    await eventually(lambda: gateway.dropped >= 2)
    assert (await popup.title(), await popup.locator("body").inner_text()) == ("Opening …", "Opening …")
    mark = await popup.locator("svg").bounding_box()
    assert mark is not None
    assert mark["width"] == 48
    assert gateway.opened == []

    gateway.down = False
    await popup.wait_for_url(f"{gateway.url}/portal/**")
    await gateway.resolve(TRX)

    assert "result" in await buyer.outcome()


async def test_a_window_closed_while_it_waits_for_the_gateway_opens_nothing_later(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    gateway.down = True
    await buyer.visit()
    async with buyer.page.context.expect_page() as opening:
        await buyer.page.click("#pay")
    await (await opening.value).close()
    await eventually(lambda: gateway.dropped >= 2)

    gateway.down = False

    outcome = await buyer.outcome()
    assert (outcome["message"], outcome["code"]) == ("user_cancelled", 1010)
    assert gateway.opened == []
    assert len(buyer.page.context.pages) == 1


async def test_a_gateway_that_goes_away_is_given_up_after_the_pop_up_is_gone(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    gateway.hold = 0.2
    await buyer.page.clock.install()
    await buyer.visit()
    popup = await buyer.buy()
    gateway.down = True
    await popup.close()

    for _ in range(100):
        await buyer.page.clock.run_for(10_000)
        if await buyer.outcomes():
            break

    outcome = await buyer.outcome()
    assert (outcome["message"], outcome["code"]) == ("timed_out", 4003)
    assert outcome["data"] == {"transactionId": TRX, "outcome": "unknown"}
    assert TRX in (await buyer.storage() or "")


async def test_a_reload_while_the_gateway_stays_away_leaves_the_outcome_unknown(
    buyer: PartnerPage, gateway: FakeGateway
) -> None:
    """Never reached in this page, and yet it may be confirmed: an earlier load of the page had begun it."""
    await buyer.page.clock.install()
    errors: list[str] = []
    buyer.page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    gateway.down = True
    begun = f"sessionStorage.setItem('torana.flows', JSON.stringify({{{TRX}: {{flow: 'f'.repeat(32)}}}}));"
    await buyer.visit(start=f"{begun} record(gw.resume());")

    for _ in range(100):
        await buyer.page.clock.run_for(10_000)
        if await buyer.outcomes():
            break

    outcome = await buyer.outcome()
    assert (outcome["message"], outcome["code"]) == ("timed_out", 4003)
    assert sum("scDK: No answer" in error for error in errors) == 1
    assert TRX in (await buyer.storage() or "")
